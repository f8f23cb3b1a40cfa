"""One person: the way to the breaking point, and what pushed and held this week, in both worlds."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.chart.registry import chart
from sim.experiment.life import Life, explain
from sim.model import codes, mechanisms
from sim.model.places import gazetteer
from sim.model.timeline import date_of
from sim.scenario.loading import hash_of
from sim.scenario.schema import Scenario
from sim.view import style
from sim.view.app.curve import COLOURS, DASHES
from sim.view.app.svg import Picture, Size, haloed, line, tag, text
from sim.view.app.worlds import Frame, Worlds

STANCES = {each.name: each.label for each in chart().stances}
ENDS = chart().ends
HOLDING = {each.name for each in chart().stances if each.holding}
PLACES = {each.name: each for each in chart().places}
STANCES_BY_CODE = [STANCES[stance] for stance in codes.STANCES]
TERMS = [name for name in mechanisms.names() if name != "baseline"]
ROW = 15.0  # height of a mechanism's line, in units


class _Asked(NamedTuple):
    scenario: Scenario
    hash: str
    seed: int
    person: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Asked) and self[1:] == other[1:]

    def __hash__(self) -> int:
        return hash(self[1:])


@lru_cache(maxsize=128)
def _life(asked: _Asked) -> Life:
    return explain(asked.scenario, asked.seed, asked.person)


def lives(worlds: Worlds, person: int) -> list[Life]:
    """Return the lives of one person in the worlds of a visitor, to the last day of each.

    Raises:
        InputError: there is no such person.
    """
    scenarios = [shown.scenario for shown in worlds.frame.worlds]
    return [_life(_Asked(s, hash_of(s), worlds.luck, person)) for s in scenarios]


def people_at(worlds: Worlds, place: str) -> list[int]:
    """Return those whom the first world has led to a place so far, those who hold out first."""
    code = next(k for k, each in enumerate(gazetteer()) if each.id == place)
    rows = worlds.world.state.person
    here = np.flatnonzero((rows["circle"] == code) & (rows["stance"] != 0))
    return [int(i) for i in here[np.argsort(rows["stance"][here], kind="stable")]]


def about(life: Life) -> str:
    """Return who somebody was, in a sentence."""
    who, generation = life.about, life.about["generation"].replace("_", " ")
    words = {"old bolshevik": "an Old Bolshevik", "youth": "one of the young"}
    years = words.get(generation, "of the generation of the civil war")
    patron = f", looks to {who['patron']}" if who["patron"] else ""
    return f"{who['wing'].capitalize()} from {who['city']}, {years}{patron}."


def told(lives: list[Life], frame: Frame) -> str:
    """Return the lives so far as HTML: how it stands, and what befell them."""
    parts = []
    for k, (life, shown) in enumerate(zip(lives, frame.worlds, strict=True)):
        week = min(frame.week, len(life.weeks) - 1)
        over = frame.week >= len(life.weeks)
        row = life.weeks.iloc[week]
        stance = life.stance if over else row["stance"]
        place = life.place if over else row["place"]
        now = STANCES[stance] + _where(stance, place, str(row["where"]), over)
        days = [
            f"<li><time>{day}</time> {escape(words)}</li>"
            for day, words in life.events
            if day <= frame.day.isoformat()
        ]
        which = ("first", "second")[k]
        share = min(float(sums(life, frame.week)[-1]), 1.0) if frame.week else 0.0
        way = f'<span data-number="reached-{which}">{share:.1%}</span>'
        if stance not in ENDS:
            days.append(f"<li>{way} of the way to the breaking point</li>")
        parts.append(
            f'<div class="life {which}"><h3><i></i>{escape(shown.name)}: '
            f'<span data-number="stance-{which}">{escape(now)}</span></h3>'
            f"<ul>{''.join(days)}</ul></div>"
        )
    return "".join(parts)


def _where(stance: str, place: str, name: str, over: bool) -> str:
    """Return where somebody is, to be said after the stance: of who holds out, or is in a camp."""
    at, held = PLACES[place], stance in HOLDING and not over
    if stance in ENDS or not (held or at.where in ("camp", "elsewhere")):
        return ""
    return f", {at.label if at.where == 'elsewhere' else name}"


def sums(life: Life, week: int) -> np.ndarray:
    """Return the share of the breaking point reached by the end of each of the weeks run."""
    return life.weeks["cumulative_hazard"].to_numpy()[:week] / life.resistance


def draw(lives: list[Life], frame: Frame, size: Size) -> Picture:
    """Draw the way to the breaking point, and below it the terms of the present week."""
    u = max(size.width / 340.0, 0.85)
    left, right, top, bottom = 34 * u, size.width - 8 * u, 20 * u, 122 * u
    still = [
        text(0, 11 * u, "Share of the breaking point reached", 11 * u, fill=style.INK),
        line((left, right), (top, top), stroke=style.INK, stroke_dasharray="4 3"),
        line((left, right), (bottom, bottom), stroke=style.GREY),
    ]
    for share, words in ((1.0, "1"), (0.5, "½"), (0.0, "0")):
        y = bottom + (top - bottom) * share
        still.append(text(left - 6 * u, y + 4 * u, words, 10.5 * u, text_anchor="end", fill="#555"))
    calendar = frame.first.scenario.calendar
    first, end = calendar.first_week, calendar.end
    began = date_of(calendar, first)
    still.append(
        text(left, bottom + 13 * u, f"{began:%b %Y}", 10 * u, text_anchor="start", fill="#555")
    )
    still.append(
        text(right, bottom + 13 * u, f"{end:%b %Y}", 10 * u, text_anchor="end", fill="#555")
    )
    moving = []
    for k, life in enumerate(lives):
        lived = min(frame.week, int((~life.weeks["stance"].isin(ENDS)).sum()))
        reached = np.concatenate([[0.0], np.minimum(sums(life, lived), 1.0)])[first:]
        x = left + (right - left) * np.arange(len(reached)) / (frame.weeks - first)
        heights = bottom + (top - bottom) * reached
        look = {"stroke": COLOURS[k], "stroke_width": 2.2 * u, "stroke_dasharray": DASHES[k]}
        moving.append(line(x, heights, **look))
        moving.append(
            tag("circle", cx=float(x[-1]), cy=float(heights[-1]), r=3.5 * u, fill=COLOURS[k])
        )
    moving.append(_terms(lives, frame, size.width, bottom + 50 * u, u))
    return Picture("".join(still), "".join(moving))


def _terms(lives: list[Life], frame: Frame, width: float, top: float, u: float) -> str:
    """Draw what pushes (to the right) and what holds (to the left), a bar for each world."""
    rows = [_last_at_risk(life, frame.week) for life in lives]
    if all(row is None for row in rows):
        return text(0, top, "Not of the Opposition so far: nothing to sign.", 11 * u, fill="#555")
    left = any(row is not None and int(row["week"]) < frame.week - 1 for row in rows)
    when = "this week; of who has left, in the last week before" if left else "this week"
    parts = [
        text(0, top - 18 * u, "What held (left) and pushed (right)", 11 * u),
        text(0, top - 5 * u, when, 10 * u, fill="#555"),
    ]
    middle, reach = 0.60 * width, 0.34 * width
    most = max(4.0, *(abs(float(row[name])) for row in rows if row is not None for name in TERMS))
    bottom = top + ROW * u * len(TERMS)
    parts.append(line((middle, middle), (top, bottom), stroke=style.GREY, stroke_width=0.8))
    for n, name in enumerate(TERMS):
        y = top + ROW * u * n
        words = name.replace("_", " ")
        parts.append(text(0, y + 11 * u, words, 10.5 * u, fill="#444"))
        high = (ROW - 5) * u / len(rows)
        for k, row in enumerate(rows):
            if row is None or not abs(float(row[name])) > 0.005:
                continue
            long = float(row[name]) / most * reach
            x, from_top = min(middle, middle + long), y + 3 * u + k * high
            which = ("first", "second")[k]
            look = {"data_term": f"{which}-{name}", "data_value": f"{row[name]:.4f}"}
            look |= {"fill": COLOURS[k] if k == 0 else "#ffffff", "stroke": COLOURS[k]}
            parts.append(tag("rect", x=x, y=from_top, width=abs(long), height=high - 1, **look))
            if len(rows) == 1:
                side = {"text_anchor": "start" if long >= 0 else "end", "fill": "#444"}
                put = middle + long + (4 if long >= 0 else -4) * u
                parts.append(haloed(put, y + 11.5 * u, f"{row[name]:+.1f}", 9.5 * u, **side))
    return "".join(parts)


def _last_at_risk(life: Life, week: int) -> pd.Series | None:
    """Return the last week, up to the present one, in which there was something to decide."""
    lived = life.weeks.iloc[: max(week, 1)]
    held = lived[lived["hazard"].notna()]
    return None if held.empty else held.iloc[-1]
