"""The chart of a life as a picture: a line for each state, an arrow for each transition.

States are lines in the order of a life, from those who have not joined to how lives end; a
transition stands in a column of its own, with a dot on the line of whoever is at risk and an arrow
to where it leads. So no arrow can cross a word, whatever is declared.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.chart.kinds import Stance
from sim.chart.registry import Chart, chart
from sim.view import style

KINDS = {
    "decision": ("decision", "-", style.INK, 1.7),
    "clock": ("known hazard", "-", style.INK, 0.8),
    "contact": ("contact", (0, (1.2, 1.6)), style.INK, 1.5),
    "circle": ("contact of a circle", (0, (3.5, 1.2)), style.INK, 1.3),
    "list": ("dated list", (0, (6, 2, 1.2, 2)), "#6a6a6a", 0.9),
    "dated act": ("dated act", (0, (5, 2.2)), "#6a6a6a", 0.9),
}
"""How each kind of hazard is called, and its dashes, ink and width."""
GROUPS = ("before", "holding out", "left", "again", "ends")
"""The states in the order of a life."""
LEFT, COLUMN, ROW, HEAD = 3.5, 0.23, 0.225, 1.25
"""Inches: where the lines begin, between two transitions, between two states, above the lines."""
STANCE, LETTERS = 0.98, 25
"""Where the names of stances begin, in inches; and how long their lines may be, in letters."""


class State(NamedTuple):
    """A line of the picture: a stance, at some of its places."""

    group: str
    stance: Stance
    places: tuple[str, ...]


Arrow = tuple[frozenset[int], frozenset[int]]
"""From which lines to which."""


class Way(NamedTuple):
    """A transition, or a dated act: from which lines to which."""

    name: str
    kind: str
    arrows: tuple[tuple[frozenset[int], frozenset[int]], ...]

    @property
    def ends(self) -> tuple[int, int]:
        """The uppermost and the lowest line that it touches."""
        every = [row for arrow in self.arrows for rows in arrow for row in rows]
        return min(every), max(every)


def draw(path: Path | None = None) -> Figure:
    """Draw the chart, and write it to `path` + .png and .svg if one is given."""
    found = chart()
    lines = states(found)
    columns = ways(found, lines)
    width, height = LEFT + COLUMN * (len(columns) + 1), HEAD + ROW * (len(lines) + 2.9)
    drawn = style.figure(width, height)
    with mpl.rc_context(style.RULES | {"figure.constrained_layout.use": False}):
        drawn.set_layout_engine("none")
        ax = drawn.add_axes((0.0, 0.0, 1.0, 1.0))
        ax.set(xlim=(0, width), ylim=(height, 0))
        ax.axis("off")
        _states(ax, found, lines, width)
        for k, way in enumerate(columns):
            _way(ax, way, LEFT + COLUMN * (k + 0.8))
        _key(ax, columns, HEAD + ROW * (len(lines) + 0.9))
        ax.text(0.06, height - 0.12, notes(found), va="bottom", fontsize=7, color="#555555")
    return style.save(drawn, path)


def notes(found: Chart) -> str:
    """Return what the picture says below, in words: dated lists, and what changes no state."""
    lists, told = [each for each in found.transitions if each.entries], []
    for each in lists:
        days = sorted(entry.date for entry in each.entries)
        span = dict.fromkeys(f"{day:%b %Y}" for day in (days[0], days[-1]))
        told.append(f"{each.name.replace('_', ' ')}, {' to '.join(span)}")
    words = "Dated lists are data from the texts; on whom they fall is drawn by lot"
    lines = [f"{words} ({'; '.join(told)})."] if told else []
    wings = [e.name for e in found.transitions if not e.to_stance and not e.to_place]
    if wings:
        lines.append(f"Not drawn, for they change the wing and not the state: {', '.join(wings)}.")
    return "\n".join(lines)


def reached(found: Chart) -> dict[str, set[str]]:
    """Return the places at which somebody can have each stance."""
    at = {each.name: set[str]() for each in found.stances}
    at[found.stances[0].name].add(found.places[0].name)
    before = 0
    while before < (now := sum(map(len, at.values()))):
        before = now
        for each in found.transitions:
            for stance in each.stances:
                here = {place for place in at[stance] if each.at_risk(stance, place)}
                at[each.to_stance or stance] |= {each.to_place} if here and each.to_place else here
        for move in found.moves:
            if move.stance:
                at[move.to_stance] |= at[move.stance]
        for move in found.moves:
            for holding in (each.name for each in found.stances if each.holding):
                if move.place and move.place in at[holding]:
                    at[holding].add(move.to_place)
    return at


def states(found: Chart) -> list[State]:
    """Return the lines of the picture from the top down.

    Those who hold out without a break stand by place; of the others, places share a line between
    which neither who is at risk nor where a transition leads makes a difference.
    """
    at = reached(found)
    entered = {each.to_stance for each in found.transitions}
    rows = []
    for stance in found.stances:
        if stance.name in found.ends:
            group = "ends"
        elif stance.holding:
            group = "holding out" if stance.counted else "again"
        else:
            group = "left" if stance.name in entered else "before"
        places = [each.name for each in found.places if each.name in at[stance.name]]
        rows += [State(group, stance, each) for each in _lumped(found, stance, group, places)]
    return sorted(rows, key=lambda each: GROUPS.index(each.group))


def _lumped(found: Chart, stance: Stance, group: str, places: list[str]) -> list[tuple[str, ...]]:
    if group == "holding out":
        return [(place,) for place in places]
    if group == "ends":
        return [tuple(places)]
    classes: dict[object, list[str]] = {}
    for place in places:
        here = [each for each in found.transitions if each.at_risk(stance.name, place)]
        led = any(
            stance.name in each.stances and not each.to_stance and each.to_place == place
            for each in found.transitions
        )
        sort = (tuple(each.name for each in here if each.to_stance), place if led else "")
        classes.setdefault(sort, []).append(place)
    return [tuple(each) for each in classes.values()]


def ways(found: Chart, lines: list[State]) -> list[Way]:
    """Return the columns of the picture: transitions and dated acts, those highest up first."""

    def rows(stance: str, places: Iterable[str]) -> frozenset[int]:
        wanted = set(places)
        return frozenset(
            k
            for k, line in enumerate(lines)
            if line.stance.name == stance and (wanted & set(line.places))
        )

    at = reached(found)
    every: list[tuple[str, str, list[Arrow]]] = []
    for each in found.transitions:
        if not each.to_stance and not each.to_place:
            continue  # another wing: the state stays
        here = {s: {p for p in at[s] if each.at_risk(s, p)} for s in each.stances}
        if each.to_stance:
            goal = {each.to_place} if each.to_place else set().union(*here.values())
            start = frozenset[int]().union(*(rows(s, places) for s, places in here.items()))
            arrows = [(start, rows(each.to_stance, goal))]
        else:
            arrows = [(rows(s, here[s]), rows(s, {each.to_place})) for s in each.stances]
        every.append((each.name, each.hazard, arrows))
    for event in dict.fromkeys(move.event for move in found.moves):
        arrows = []
        for move in found.moves:
            if move.event != event:
                continue
            if move.stance:
                places = at[move.stance]
                arrows.append((rows(move.stance, places), rows(move.to_stance, places)))
            else:
                held = [each.name for each in found.stances if each.holding]
                arrows += [(rows(s, {move.place}), rows(s, {move.to_place})) for s in held]
        every.append((event, "dated act", arrows))
    columns = []
    for name, kind, arrows in every:
        told = [(start - goal, goal) for start, goal in arrows if start - goal]
        columns += [Way(name, kind, part) for part in _apart(told)]
    return sorted(columns, key=lambda way: way.ends)


def _apart(arrows: list[tuple[frozenset[int], frozenset[int]]]) -> list[tuple]:
    """Return arrows in as many columns as they need so that none runs over another."""
    columns: list[list[tuple[frozenset[int], frozenset[int]]]] = []
    for arrow in sorted(arrows, key=lambda each: min(each[0] | each[1])):
        for column in columns:
            if max(column[-1][0] | column[-1][1]) < min(arrow[0] | arrow[1]):
                column.append(arrow)
                break
        else:
            columns.append([arrow])
    return [tuple(column) for column in columns]


def _y(row: int) -> float:
    return HEAD + ROW * (row + 0.5)


def _states(ax: Axes, found: Chart, lines: list[State], width: float) -> None:
    """Draw the lines with their names: groups as bands, a stance once, its places below it."""
    for group in GROUPS:
        rows = [k for k, line in enumerate(lines) if line.group == group]
        if not rows:
            continue
        top, bottom = _y(rows[0]) - ROW / 2, _y(rows[-1]) + ROW / 2
        shade = "#f4f2ec" if GROUPS.index(group) % 2 else "#ffffff"
        ax.add_patch(Rectangle((0, top), width, bottom - top, fc=shade, ec="none", zorder=0))
        ax.text(0.06, _y(rows[0]), group, va="center", fontsize=8, weight="bold")
    labels = {each.name: each.label for each in found.places}
    for stance in dict.fromkeys(line.stance for line in lines):
        rows = [k for k, line in enumerate(lines) if line.stance is stance]
        for k in rows:
            ax.plot([LEFT, width - 0.08], [_y(k), _y(k)], color="#cfcabd", linewidth=0.7, zorder=1)
            words = [labels[place] for place in lines[k].places]
            told = " or ".join(words) if len(words) < 3 else "anywhere else"
            told = told if len(rows) > 1 else stance.label
            ax.text(LEFT - 0.08, _y(k), told, ha="right", va="center", fontsize=7.5)
        if len(rows) > 1:
            middle = (_y(rows[0]) + _y(rows[-1])) / 2
            told = fill(stance.label, LETTERS)
            ax.text(STANCE, middle, told, va="center", fontsize=7.5, linespacing=1.05)
            brace = [_y(rows[0]) - ROW * 0.3, _y(rows[-1]) + ROW * 0.3]
            ax.plot([STANCE - 0.08] * 2, brace, color=style.GREY, linewidth=0.7)


def _way(ax: Axes, way: Way, x: float) -> None:
    """Draw a column: its name at the head, dots where people are at risk, arrows where it leads."""
    _, dashes, ink, width = KINDS[way.kind]
    top = HEAD - 0.08
    words = way.name.replace("_", " ")
    ax.text(x, top, words, rotation=90, ha="center", va="bottom", fontsize=7.5)
    ax.plot([x, x], [top + 0.04, _y(way.ends[0])], color="#e2ded3", linewidth=0.5, zorder=1)
    for start, goal in way.arrows:
        for row in goal:
            above, below = [k for k in start if k < row], [k for k in start if k > row]
            for far, side in ((min(above, default=row), -1), (max(below, default=row), 1)):
                if far == row:
                    continue
                tip = _y(row) + side * 0.012
                ax.plot([x, x], [_y(far), tip], color=ink, linestyle=dashes, linewidth=width)
                mark = "v" if side < 0 else "^"
                ax.plot([x], [tip + side * 0.045], mark, color=ink, markersize=4.6, zorder=4)
        for row in start:
            ax.plot([x], [_y(row)], "o", mfc="white", mec=ink, mew=0.9, markersize=3.8, zorder=5)


def _key(ax: Axes, columns: list[Way], y: float) -> None:
    """Say what dots and lines mean, of those kinds that are there."""
    x = 0.06
    there = [kind for kind in KINDS if any(way.kind == kind for way in columns)]
    for kind in there:
        words, dashes, ink, width = KINDS[kind]
        ax.plot([x, x + 0.32], [y, y], color=ink, linestyle=dashes, linewidth=width)
        ax.text(x + 0.38, y, words, va="center", fontsize=7.5)
        x += 0.58 + 0.055 * len(words)
    ax.plot([x + 0.05], [y], "o", mfc="white", mec=style.INK, mew=0.9, markersize=3.8)
    ax.text(x + 0.15, y, "who is at risk", va="center", fontsize=7.5)
    ax.plot([x + 1.15], [y], "v", color=style.INK, markersize=4.6)
    ax.text(x + 1.25, y, "where it leads", va="center", fontsize=7.5)
