"""The curve: people holding out, week by week, and what the sources say on the same paper."""

from __future__ import annotations

from datetime import date, timedelta
from math import exp
from typing import Any

import numpy as np

from sim.chart.registry import chart
from sim.evidence.ledger import claims
from sim.evidence.loading import evidence_set
from sim.evidence.sets import Statement, Target, in_words
from sim.experiment.quantiles import HALF
from sim.model.codes import COUNTS, PLACES
from sim.model.timeline import date_of
from sim.scenario.schema import Scenario
from sim.view import style
from sim.view.app.band import Band
from sim.view.app.events import lettered
from sim.view.app.svg import Picture, Size, area, group, haloed, line, tag, text
from sim.view.app.worlds import Frame, Shown

COLOURS = (style.HISTORY, style.OTHER)
DASHES = (None, "7 3.5")
PLACE_WORDS = {each.name: each.label for each in chart().places}
EXTRA = {
    "statements": ("signed", "2 3"),
    "quiet": ("gone quiet", "1 5"),
    "under_label": ("all, in camps", "6 2 1 2"),
}
"""Further series that can be shown: their words and their dashes."""


class _Paper:
    """From days and people to pixels."""

    def __init__(self, frame: Frame, size: Size, shows: frozenset[str]) -> None:
        self.size, self.unit = size, size.unit
        calendar = frame.first.scenario.calendar
        self.origin, self.start = calendar.start, date_of(calendar, calendar.first_week)
        self.first, self.weeks = calendar.first_week, frame.weeks - calendar.first_week
        u = self.unit
        self.left, self.right = 50 * u, size.width - 62 * u
        self.top, self.bottom = 20 * u, size.height - 22 * u
        people = max(world.scenario.population.size.value for world in frame.worlds)
        self.most = max(min(people * 1.01, _top(frame, shows)), 1.0)

    def x(self, day: date) -> float:
        return self.at((day - self.origin).days / 7)

    def at(self, week: float) -> float:
        return float(self.at_all(np.array(week)))

    def at_all(self, weeks: np.ndarray) -> np.ndarray:
        share = (weeks - self.first) / self.weeks
        return self.left + (self.right - self.left) * np.clip(share, 0.0, 1.0)

    def y(self, people: float) -> float:
        return float(self.y_all(np.array(people)))

    def y_all(self, people: np.ndarray) -> np.ndarray:
        return self.bottom - (self.bottom - self.top) * people / self.most


def _top(frame: Frame, shows: frozenset[str]) -> float:
    """Return how high the picture goes: above what is drawn so far and what the sources say."""
    names = ["holding", *(name for name in EXTRA if name in shows)]
    found = [_column(world, name).max() for world in frame.worlds for name in names]
    for target in marked(frame.first.scenario):
        found += [
            max(each.bounds) if each.kind == "between" else each.figure
            for each in target.statements
        ]
    return 2000.0 * np.ceil(1.15 * max(found) / 2000.0)


def draw(
    frame: Frame, size: Size, band: Band | None = None, shows: frozenset[str] = frozenset()
) -> Picture:
    """Draw the weeks lived so far.

    Args:
        frame: of the worlds.
        size: of the picture.
        band: behind the first world's curve.
        shows: of `places` and `EXTRA`: what is drawn beside those holding out.
    """
    paper = _Paper(frame, size, shows)
    moving = [_events(paper, frame)]
    if "places" in shows:
        moving.append(_places(paper, frame.first))
    if band is not None:
        moving.append(_band(paper, frame, band))
    extra = [name for name in EXTRA if name in shows]
    for name in extra:
        moving += [_extra(paper, world, k, name) for k, world in enumerate(frame.worlds)]
    moving += [_curve(paper, world, k) for k, world in enumerate(frame.worlds)]
    if "places" in shows:
        moving.append(_key(paper, frame))
    moving += [_marks(paper, frame.first.scenario), _present(paper, frame, extra)]
    return Picture(_axes(paper), "".join(moving))


def marked(scenario: Scenario) -> list[Target]:
    """Return the targets of a scenario's evidence that speak of those holding out, in order."""
    return [
        target
        for target in evidence_set(scenario.evidence).targets.values()
        if target.over is None
        and target.reading.series == ("holding",)
        and target.reading.statistic != "change"
        and scenario.calendar.first_shown <= target.reading.start <= scenario.calendar.end
    ]


def _axes(paper: _Paper) -> str:
    u, parts = paper.unit, []
    step = next(
        s for s in (50, 100, 200, 500, 1000, 2000, 5000, 10**5, 10**6) if paper.most / s < 8
    )
    for people in range(0, int(paper.most) + 1, step):
        y = paper.y(people)
        ink = style.GREY if people == 0 else "#ececec"
        parts.append(line((paper.left, paper.right), (y, y), stroke=ink, stroke_width=0.8))
        look = {"text_anchor": "end", "fill": "#555555"}
        parts.append(text(paper.left - 6 * u, y + 4 * u, f"{people:,}", 11 * u, **look))
    months = 3 if paper.weeks <= 220 else 12
    for month in range(240):
        year, number = divmod(paper.start.month - 1 + month, 12)
        day = date(paper.start.year + year, number + 1, 1)
        if day < paper.start or number % months or (day - paper.start).days > 7 * paper.weeks:
            continue
        x, y = paper.x(day), paper.bottom
        words = f"{day:%b %Y}" if months == 3 else f"{day:%Y}"
        parts.append(line((x, x), (y, y + 4 * u), stroke=style.GREY, stroke_width=0.8))
        parts.append(text(x, y + 16 * u, words, 11 * u, text_anchor="middle", fill="#555555"))
    return "".join(parts)


def _events(paper: _Paper, frame: Frame) -> str:
    u, parts = paper.unit, []
    for letter, day, acts in lettered(frame):
        x = paper.x(day)
        parts.append(
            group(
                line((x, x), (paper.top - 4 * u, paper.bottom), stroke="#c4c4c4", stroke_width=0.8),
                haloed(x, paper.top - 8 * u, letter, 11 * u, text_anchor="middle", fill=style.INK),
                title=f"{day:%d %B %Y}: " + " ".join(acts),
            )
        )
    return "".join(parts)


def _weeks(paper: _Paper, world: Shown) -> np.ndarray:
    return paper.at_all(np.arange(paper.first, len(world.counts)))


def _column(world: Shown, name: str) -> np.ndarray:
    """Return a column of the weeks that are shown, so far."""
    return world.counts[world.scenario.calendar.first_week :, COUNTS.index(name)]


def _band(paper: _Paper, frame: Frame, band: Band) -> str:
    n = min(frame.week + 1, len(band.low))
    weeks = np.arange(paper.first, n)
    look = {"fill": style.HISTORY, "fill_opacity": 0.18}
    low, high = paper.y_all(band.low[weeks]), paper.y_all(band.high[weeks])
    return area(paper.at_all(weeks), low, high, **look)


def _places(paper: _Paper, world: Shown) -> str:
    parts, below = [], np.zeros(len(world.counts) - paper.first)
    x = _weeks(paper, world)
    for place in reversed(PLACES):
        above = below + _column(world, f"holding_{place}")
        if above[-1] > below[-1] or (above > below).any():
            look = {"fill": style.of_place(place), "fill_opacity": 0.75}
            parts.append(area(x, paper.y_all(below), paper.y_all(above), **look))
        below = above
    return "".join(parts)


def _key(paper: _Paper, frame: Frame) -> str:
    """Say which shade is which place."""
    u, world = paper.unit, frame.first
    whose = "" if frame.second is None else f" (in {world.name})"
    there = [place for place in PLACES if _column(world, f"holding_{place}").any()]
    parts, x, y = [], paper.left + 10 * u, paper.bottom - 8 * u
    for place in there:
        words = PLACE_WORDS[place] + (whose if place == there[-1] else "")
        look = {"fill": style.of_place(place), "stroke": "#ffffff"}
        parts.append(tag("rect", x=x, y=y - 9 * u, width=11 * u, height=11 * u, **look))
        parts.append(haloed(x + 15 * u, y, words, 10.5 * u, fill=style.INK))
        x += (28 + 6.2 * len(words)) * u
    return "".join(parts)


def _curve(paper: _Paper, world: Shown, k: int) -> str:
    x, y = _weeks(paper, world), paper.y_all(_column(world, "holding"))
    look = {"stroke": COLOURS[k], "stroke_width": 2.4 * paper.unit, "stroke_dasharray": DASHES[k]}
    return line(x, y, **look)


def _extra(paper: _Paper, world: Shown, k: int, name: str) -> str:
    dashes = EXTRA[name][1]
    x, people = _weeks(paper, world), _column(world, name)
    look = {"stroke": COLOURS[k], "stroke_width": 1.8 * paper.unit, "stroke_dasharray": dashes}
    return line(x, paper.y_all(people), stroke_linecap="round", **look)


def _present(paper: _Paper, frame: Frame, extra: list[str]) -> str:
    """Mark where the worlds have come to, with their numbers; labels that are close make room."""
    u, x = paper.unit, paper.at(frame.week)
    ends = [int(_column(world, "holding")[-1]) for world in frame.worlds]
    heights = [paper.y(people) for people in ends]
    bold = {"size": 13 * u, "font_weight": "bold"}
    labels: list[dict[str, Any]] = [
        {"y": y, "words": f"{people:,}", "fill": COLOURS[k], **bold}
        for k, (people, y) in enumerate(zip(ends, heights, strict=True))
    ]
    for name in extra:
        y = paper.y(_column(frame.first, name)[-1])
        labels.append({"y": y, "words": EXTRA[name][0], "fill": COLOURS[0], "size": 10.5 * u})
    parts = [
        tag("circle", cx=x, cy=y, r=4 * u, fill=COLOURS[k], stroke="#ffffff")
        for k, y in enumerate(heights)
    ]
    near = 0 < paper.right - x < 55 * u  # to the end, where a mark may stand
    shift, anchor = (-6 * u, "end") if near else (8 * u, "start")
    places = _apart([label.pop("y") - (9 * u if near else -4.5 * u) for label in labels], 15 * u)
    for y, label in zip(places, labels, strict=True):
        words, size = label.pop("words"), label.pop("size")
        parts.append(haloed(x + shift, y, words, size, text_anchor=anchor, **label))
    return "".join(parts)


def _apart(heights: list[float], room: float) -> list[float]:
    """Return the heights moved, in their order, so that each has its room."""
    order = np.argsort(heights, kind="stable")
    found = np.array(heights, float)[order]
    for _ in range(len(found)):
        for k in range(len(found) - 1):
            if (short := room - (found[k + 1] - found[k])) > 0:
                found[k] -= short / 2
                found[k + 1] += short / 2
    moved = np.empty_like(found)
    moved[order] = found
    return [float(y) for y in moved]


def _marks(paper: _Paper, scenario: Scenario) -> str:
    """Draw what the sources say of history; full marks were used by the fit, open ones not."""
    parts = []
    for number, target in enumerate(marked(scenario), 1):
        reading = target.reading
        start, end = reading.start, reading.end or reading.start
        many = len(target.statements)
        for k, said in enumerate(target.statements):
            apart = (k - (many - 1) / 2) * ((end - start) or timedelta(days=30)) / 6
            label = f"{number}{'abcdefgh'[k]}" if many > 1 else str(number)
            days = (start, start + (end - start) / 2 + apart, end)
            parts.append(_mark(paper, target, said, days, label))
    return "".join(parts)


def _mark(
    paper: _Paper, target: Target, said: Statement, days: tuple[date, date, date], label: str
) -> str:
    u, (start, middle, end) = paper.unit, (paper.x(day) for day in days)
    ink: dict[str, Any] = {"stroke": style.FIGURES, "stroke_width": 1.4 * u}
    face = "#ffffff" if target.held_out else style.FIGURES
    error = exp(HALF * said.spread)
    if said.kind == "between":
        low, high = (paper.y(people) for people in said.bounds)
        thick = ink | {"stroke_width": 5 * u, "stroke_opacity": 0.85}
        drawn = line((middle, middle), (low, high), **thick)
        if target.held_out:
            drawn += line((middle, middle), (low, high), stroke=face, stroke_width=2.2 * u)
    elif said.kind == "about":
        y, low, high = (paper.y(said.figure * f) for f in (1.0, 1 / error, error))
        drawn = line((start, end), (y, y), **ink) + line((middle, middle), (low, high), **ink)
        drawn += tag("circle", cx=middle, cy=y, r=3.6 * u, fill=face, **ink)
    else:
        high = paper.y(said.figure)
        tip = high + (16 * u if said.kind == "below" else -16 * u)
        back = tip + (-5 * u if said.kind == "below" else 5 * u)
        drawn = line((middle - 6 * u, middle + 6 * u), (high, high), **ink)
        drawn += line((middle, middle), (high, tip), **ink)
        drawn += line((middle - 3 * u, middle, middle + 3 * u), (back, tip, back), **ink)
    where = {"text_anchor": "end", "fill": style.FIGURES, "font_weight": "bold"}
    above = said.kind == "between"
    at = (middle + 4 * u, high - 5 * u) if above else (middle - 6 * u, high + 9 * u)
    words = haloed(at[0], at[1], label, 11 * u, **where)
    told = "; ".join(f"{key}: {claims()[key].paraphrase}" for key in said.claims)
    title = f"{label}  {target.what}: {in_words(said)}. {told}"
    return group(drawn, words, title=title, class_="mark")
