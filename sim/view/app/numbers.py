"""The numbers of a week as a small table, and what the two worlds differ in."""

from __future__ import annotations

from html import escape

import numpy as np

from sim.chart.registry import chart
from sim.experiment.comparison import holding_on, marked_day
from sim.experiment.runs import Runs
from sim.model.codes import COUNTS, columns
from sim.view.app.worlds import Frame, Shown

_SHOWN = ("statements", "readmitted", "quiet")
_STATES = [each for each in columns() if each.name.startswith("holding") and each.label]
_OTHERS = sorted(
    (each for each in columns() if each.label and each not in _STATES),
    key=lambda each: _SHOWN.index(each.name) if each.name in _SHOWN else len(_SHOWN),
)
COLUMNS = {each.name: each.label for each in (*_STATES, *_OTHERS)}
"""What the table shows: those holding out and where, then those who left and how."""
ALWAYS = ("holding", "holding_underground", "holding_exile", "holding_isolator", *_SHOWN)
"""Columns that stand there from the first day on."""
ENDS = frozenset(
    each.name for each in columns() if each.stances and chart().ends.issuperset(each.stances)
)
"""Columns of how lives ended: no difference between worlds is told of them."""


def table(frame: Frame) -> str:
    """Return the table of a week as HTML."""
    shown = {name: words for name, words in COLUMNS.items() if _is_shown(frame, name)}
    head = "".join(f'<th scope="col">{words}</th>' for words in shown.values())
    rows = [_row(world, k, list(shown)) for k, world in enumerate(frame.worlds)]
    if frame.second is not None:
        apart = [_now(frame.second, name) - _now(frame.first, name) for name in shown]
        cells = "".join(
            "<td></td>" if n in ENDS else f'<td data-number="difference-{n}">{x:+,}</td>'
            for n, x in _zip(shown, apart)
        )
        fates = f'<b data-number="fates">{frame.differ:,}</b>'
        people = f"{fates} lives differ so far"
        rows.append(f'<tr class="apart"><th scope="row">difference: {people}</th>{cells}</tr>')
    notes = "".join(
        f"<p>{escape(world.name)}: {escape(world.scenario.reading)}.</p>"
        for world in frame.worlds
        if world.scenario.reading
    )
    body = f"<thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f"<table>{body}</table>{notes}"


def _is_shown(frame: Frame, name: str) -> bool:
    """Return whether the table has a column: those of later years once there is anybody.

    How lives ended stands there at the end of a run, never as a number that runs.
    """
    if name == "holding_party":
        return any(_now(world, name) for world in frame.worlds)
    if name in ENDS:
        return frame.over and ever(frame, name)
    return name in ALWAYS or ever(frame, name)


def ever(frame: Frame, name: str) -> bool:
    """Return whether anybody was ever counted so in either world, so far."""
    return any(world.counts[:, COUNTS.index(name)].any() for world in frame.worlds)


def _zip(names: dict[str, str], values: list[int]) -> list[tuple[str, int]]:
    return list(zip(names, values, strict=True))


def _row(world: Shown, k: int, names: list[str]) -> str:
    which = ("first", "second")[k]
    cells = "".join(f'<td data-number="{which}-{n}">{_now(world, n):,}</td>' for n in names)
    return f'<tr class="{which}"><th scope="row"><i></i>{escape(world.name)}</th>{cells}</tr>'


def _now(world: Shown, name: str) -> int:
    return int(world.counts[-1, COUNTS.index(name)])


def ending(frame: Frame) -> str:
    """Return how the worlds stand on the marked day, as `midnight compare` counts it; HTML."""
    found = [
        holding_on(Runs(world.scenario, [0], np.asarray(world.counts)[None]))[0]
        for world in frame.worlds
        if len(world.counts) > world.scenario.calendar.weeks
    ]
    if len(found) < len(frame.worlds):
        return ""
    day = marked_day(frame.first.scenario.calendar)
    last = [_now(world, "holding") for world in frame.worlds]
    later = " and ".join(f"{people:,}" for people in last)
    later = f" ({later} on {frame.day.day} {frame.day:%B %Y}, the last day)"
    parts = [f'On {day.day} {day:%B %Y} <b data-number="end-first">{found[0]:,.0f}</b> held out']
    later = "" if day == frame.day else later
    if frame.second is not None:
        parts.append(
            f' in the first world, <b data-number="end-second">{found[1]:,.0f}</b> in the second: '
            f'<b data-number="end-difference">{found[1] - found[0]:+,.0f}</b>. '
            f"{frame.differ:,} of the same people's lives differ"
        )
    return "".join(parts) + later + "."
