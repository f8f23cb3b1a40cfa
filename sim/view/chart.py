"""The chart of a life as a picture and as tables: states, and what leads from one to another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from sim.chart.kinds import Place, Stance, Transition
from sim.chart.registry import Chart, chart
from sim.view import style

WIDE, HIGH, GAP = 2.3, 0.62, 0.62
LEFT, MIDDLE, RIGHT = 0.0, 4.2, 8.9
"""Where those stand who have not joined, who hold out, and who have left."""
KINDS = {
    "decision": ("decision", "-", style.INK),
    "clock": ("known hazard", "-", "#8a8a8a"),
    "contact": ("contact", ":", style.INK),
    "list": ("dated list", "-.", style.INK),
    "dated act": ("dated act", "--", style.INK),
}
"""How each kind of hazard is called and drawn."""


def draw(path: Path | None = None) -> Figure:
    """Draw the chart, and write it to `path` + .png and .svg if one is given."""
    found = chart()
    figure = style.figure(9.2, 0.5 + 1.05 * max(len(found.places), len(_left(found))))
    ax = figure.subplots()
    at = _places(found)
    _frame(ax, found, at)
    for name, (x, y) in at.items():
        _box(ax, x, y, _label(found, name))
    for each in found.transitions:
        _arrow(ax, found, at, each)
    for move in found.moves:
        start, end = at[f"place {move.place}"], at[f"place {move.to_place}"]
        _line(ax, _edge(start, end), _edge(end, start), "dated act", "expulsion")
    _key(ax, found, at)
    ax.set(aspect="equal")
    ax.margins(0.01)
    ax.autoscale_view()
    ax.axis("off")
    return style.save(figure, path)


def _left(found: Chart) -> list[Stance]:
    return [each for each in found.stances if each.belongs and not each.holding]


def _places(found: Chart) -> dict[str, tuple[float, float]]:
    """Return the middle of each state's box."""
    step = HIGH + GAP
    at = {f"place {p.name}": (MIDDLE, -step * k) for k, p in enumerate(found.places)}
    before = [each for each in found.stances if not each.belongs]
    at |= {f"stance {s.name}": (LEFT, -step * k) for k, s in enumerate(before)}
    left = _left(found)
    shift = (len(found.places) - len(left)) / 2
    return at | {f"stance {s.name}": (RIGHT, -step * (k + shift)) for k, s in enumerate(left)}


def _label(found: Chart, name: str) -> str:
    kind, _, own = name.partition(" ")
    every: list[Place] | list[Stance] = found.places if kind == "place" else found.stances
    return next(each for each in every if each.name == own).label


def _frame(ax: Axes, found: Chart, at: dict[str, tuple[float, float]]) -> None:
    """Draw the frame around those who hold out."""
    ys = [at[f"place {each.name}"][1] for each in found.places]
    low, high = min(ys) - HIGH, max(ys) + HIGH
    corner, size = (MIDDLE - WIDE / 2 - 0.25, low), (WIDE + 0.5, high - low)
    box = FancyBboxPatch(corner, *size, boxstyle="round,pad=0.1", fc="#f4f2ec", ec="#c9c3b4")
    ax.add_patch(box)
    holding = next(each for each in found.stances if each.holding)
    ax.text(
        MIDDLE, high + 0.16, holding.label, ha="center", va="bottom", fontsize=10, weight="bold"
    )


def _box(ax: Axes, x: float, y: float, words: str) -> None:
    corner = (x - WIDE / 2, y - HIGH / 2)
    ax.add_patch(
        FancyBboxPatch(corner, WIDE, HIGH, boxstyle="round,pad=0.02", fc="white", ec="#555")
    )
    ax.text(x, y, _broken(words), ha="center", va="center", fontsize=8.5)


def _broken(words: str, most: int = 24) -> str:
    """Return words on two lines if they are long."""
    if len(words) <= most:
        return words
    middle = words.find(" ", len(words) // 2 - 4)
    return f"{words[:middle]}\n{words[middle + 1 :]}"


def _arrow(ax: Axes, found: Chart, at: dict[str, tuple[float, float]], each: Transition) -> None:
    for stance in each.stances:
        start, words = _start(found, at, each, stance)
        if each.to_stance in ("", stance) or _holds(found, each.to_stance):
            end = at[f"place {each.to_place or found.places[0].name}"]
        else:
            end = at[f"stance {each.to_stance}"]
        _line(ax, _edge(start, end), _edge(end, start), each.hazard, words)


def _start(
    found: Chart, at: dict[str, tuple[float, float]], each: Transition, stance: str
) -> tuple[tuple[float, float], str]:
    """Return where an arrow starts, and what stands beside it."""
    if not _holds(found, stance):
        return at[f"stance {stance}"], each.name
    if len(each.places) == 1:
        return at[f"place {each.places[0]}"], each.name
    end = at[f"stance {each.to_stance}"]
    every = [p.name for p in found.places]
    without = [p.label for p in found.places if each.places and p.name not in each.places]
    words = f"{each.name}\n(not {', '.join(without)})" if without and len(every) > 1 else each.name
    return (MIDDLE + 0.35, end[1]), words


def _holds(found: Chart, stance: str) -> bool:
    return any(each.name == stance and each.holding for each in found.stances)


def _edge(start: tuple[float, float], end: tuple[float, float]) -> tuple[float, float]:
    """Return the edge of the box at `start` that faces `end`."""
    (x, y), (other, below) = start, end
    if abs(other - x) < WIDE:
        return (x, y + HIGH / 2 * (1 if below > y else -1))
    return (x + (WIDE / 2 + 0.02) * (1 if other > x else -1), y)


def _line(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], kind: str, words: str
) -> None:
    _, dashes, colour = KINDS[kind]
    look: dict[str, Any] = {
        "arrowstyle": "-|>",
        "mutation_scale": 11,
        "color": colour,
        "linestyle": dashes,
    }
    ax.add_patch(FancyArrowPatch(start, end, shrinkA=1, shrinkB=1, linewidth=1.3, **look))
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    upright = abs(start[0] - end[0]) < 0.1
    put: dict[str, Any] = (
        {"ha": "left", "va": "center"} if upright else {"ha": "center", "va": "bottom"}
    )
    ax.text(x + 0.08 * upright, y + 0.06 * (not upright), words, fontsize=8, **put)


def _key(ax: Axes, found: Chart, at: dict[str, tuple[float, float]]) -> None:
    """Say what the lines mean, of those kinds that are there."""
    there = {each.hazard for each in found.transitions} | ({"dated act"} if found.moves else set())
    y = min(y for _, y in at.values()) - HIGH - 0.45
    for k, kind in enumerate(name for name in KINDS if name in there):
        words, dashes, colour = KINDS[kind]
        x = LEFT - WIDE / 2 + 3.0 * k
        ax.plot([x, x + 0.6], [y, y], color=colour, linestyle=dashes, linewidth=1.3)
        ax.text(x + 0.72, y, words, va="center", fontsize=8)
