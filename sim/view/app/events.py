"""What happened: the dated acts and the turns of the levers, as the worlds pass them."""

from __future__ import annotations

from datetime import date
from html import escape
from string import ascii_uppercase
from typing import NamedTuple

from sim.evidence.ledger import claims, in_full
from sim.scenario.schema import Scenario
from sim.view.app.worlds import Frame


class Happening(NamedTuple):
    """An act or a turn of a lever, on its day."""

    day: date
    what: str
    claims: tuple[str, ...]
    assumed: str
    act: bool


def happenings(scenario: Scenario) -> list[Happening]:
    """Return what happens in a scenario, by date: acts first, then the turns of that day."""
    found = [
        Happening(event.date, event.what, event.claims, event.assumed, True)
        for event in scenario.events.values()
        if event.happens
    ]
    for name in type(scenario.levers).model_fields:
        lever = getattr(scenario.levers, name)
        before = None
        for knot in lever.knots.values():
            height = knot.value * lever.scale
            if height != before and (before is not None or height > 0):
                title = name.replace("_", " ").capitalize()
                if before is None:
                    words = f"{title} at {height:.2g}: {lever.meaning}."
                else:
                    way = "down" if height < before else "up"
                    words = f"{title} {way} from {before:.2g} to {height:.2g}: {lever.meaning}."
                found.append(Happening(knot.date, words, knot.claims, knot.assumed, False))
            before = height
    calendar = scenario.calendar
    within = [each for each in found if calendar.first_shown <= each.day <= calendar.end]
    return sorted(within, key=lambda each: (each.day, not each.act))


def lettered(frame: Frame) -> list[tuple[str, date, list[str]]]:
    """Return the days of acts that either world has passed, each with its letter.

    A day keeps its letter in all worlds of the same dates, and whether or not it has come.
    """
    days: dict[date, dict[str, None]] = {}
    for world in frame.worlds:
        for each in happenings(world.scenario):
            if each.act:
                days.setdefault(each.day, {})[each.what] = None
    return [
        (letter, day, list(acts))
        for letter, (day, acts) in zip(ascii_uppercase, sorted(days.items()), strict=False)
        if day <= frame.day
    ]


def listed(frame: Frame) -> str:
    """Return what has happened so far as HTML, the latest first."""
    letters = {day: letter for letter, day, _ in lettered(frame)}
    owners: dict[Happening, list[int]] = {}
    for k, world in enumerate(frame.worlds):
        for each in happenings(world.scenario):
            owners.setdefault(each, []).append(k)
    passed = [each for each in owners if each.day <= frame.day]
    parts = []
    for each in sorted(passed, key=lambda each: (each.day, each.act), reverse=True):
        letter = f"<b>{letters[each.day]}</b> " if each.act else ""
        only = ""
        if len(owners[each]) < len(frame.worlds):
            k = owners[each][0]
            only = f'<em class="only-{k}">only in {escape(frame.worlds[k].name)}</em> '
        parts.append(
            f'<li class="{"act" if each.act else "turn"}">'
            f"<time>{each.day.day} {each.day:%b %Y}</time>"
            f"<p>{letter}{only}{escape(each.what)} {cited(each.claims)}"
            f"{assumption(each.assumed)}</p></li>"
        )
    return f'<ol class="happenings">{"".join(parts)}</ol>'


def cited(ids: tuple[str, ...]) -> str:
    """Return claims as HTML; what one says shows when the pointer rests on it."""
    told = (f'<abbr title="{escape(in_full(claims()[key]))}">{escape(key)}</abbr>' for key in ids)
    return f'<span class="claims">[{", ".join(told)}]</span>' if ids else ""


def assumption(words: str) -> str:
    """Return what is assumed as HTML."""
    return f' <span class="assumed">assumed: {escape(words)}</span>' if words else ""
