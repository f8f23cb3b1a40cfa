"""Pictures of sweeps: whichever fits the design, with the evidence drawn in."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.ticker import FuncFormatter, MaxNLocator
from scipy.stats import spearmanr

from sim.evidence.sets import Statement, Target, in_words
from sim.experiment.axes import Axis
from sim.experiment.quantiles import HALF, QUANTILES
from sim.experiment.sensitivity import Sensitivity
from sim.experiment.sweep_result import Sweep
from sim.view import style

SHADES = LinearSegmentedColormap.from_list(
    "midnight", ["#f6f3ec", "#5b8db8", "#12304d"]
).with_extremes(bad="#ffffff")
MOST_PANELS = 30
MOST_SCATTERS = 12
Bounds = tuple[float, float]


def swept(found: Sweep, path: Path | str | None = None) -> Figure:
    """Draw a sweep as its design asks.

    One axis: bands against it. Two: a heat map with the contour where the evidence is met. Three
    or four: small multiples of it. A sample, a list of points or more axes: scatter and rank
    correlations.

    Args:
        found: finished or not.
        path: where to write PNG and SVG; nowhere by default.
    """
    axes = found.design.axes
    panels = np.prod([len(axis.values) for axis in axes[2:]]) if axes[2:] else 1
    draw = _scatters
    if found.design.kind == "grid" and len(axes) <= 4 and panels <= MOST_PANELS:
        draw = _bands if len(axes) == 1 else _heat_maps if len(axes) == 2 else _multiples
    with mpl.rc_context(style.RULES):
        drawn = draw(found)
        status = found.status
        seeds = f"{status.seeds} seeds" if status.seeds > 1 else "one seed"
        so_far = "" if status.left == 0 else f"; so far {status.done:,} of {status.runs:,} worlds"
        failed = f"; {status.failed:,} failed" if status.failed else ""
        whose = found.design.evidence
        drawn.supxlabel(
            f"{found.design.scenario.title}: {status.points:,} points, {seeds} each"
            f"{so_far}{failed}. Red: what the sources say ({whose.title}), with the error assumed.",
            fontsize=7,
            color=style.GREY,
            x=0.01,
            ha="left",
        )
    return style.save(drawn, path)


def bounds(target: Target) -> Bounds:
    """Return the values at which a target counts as met: 90% of its error, or its own bounds.

    Of alternatives, from the lowest to the highest.
    """
    each = [_bounds(said) for said in target.statements]
    return min(low for low, _ in each), max(high for _, high in each)


def _bounds(said: Statement) -> Bounds:
    if said.kind == "between":
        return said.bounds
    error = float(np.exp(HALF * said.spread))
    return {
        "about": (said.figure / error, said.figure * error),
        "above": (said.figure, np.inf),
        "below": (-np.inf, said.figure),
    }[said.kind]


def indices(found: Sensitivity, path: Path | str | None = None) -> Figure:
    """Draw first-order and total indices with their intervals, the strongest on top."""
    table = found.table.sort_values("total", ignore_index=True)
    drawn = style.figure(8.5, 1.6 + 0.5 * len(table))
    with mpl.rc_context(style.RULES):
        ax = drawn.subplots()
        y = np.arange(len(table))
        for name, words, colour, shift in (
            (
                "total",
                "with all it does together with others (total)",
                style.PLACES["underground"],
                -0.2,
            ),
            ("first", "alone (first order)", style.HISTORY, 0.2),
        ):
            ax.barh(y + shift, table[name], height=0.36, color=colour, label=words)
            low, high = table[f"{name}_low"], table[f"{name}_high"]
            ax.hlines(y + shift, low, high, color=style.INK, linewidth=1)
        ax.axvline(0, color=style.GREY, linewidth=0.8)
        ax.set_yticks(y, table["key"])
        ax.set_xlabel("share of the variance (lines: 90% intervals)")
        ax.legend(frameon=False, loc="lower right", reverse=True)
        ax.set_title(f"What moves {_title(found.sweep, found.of)}")
        design = found.sweep.design
        drawn.supxlabel(
            f"{design.scenario.title}: {len(design.points):,} points of the ranges asked for, "
            f"{len(design.seeds)} seeds each. The shares are of these ranges, not of the world.",
            fontsize=7,
            color=style.GREY,
            x=0.01,
            ha="left",
        )
    return style.save(drawn, path)


def _targets(found: Sweep, table: pd.DataFrame) -> dict[str, Target]:
    every = found.design.evidence.targets
    return {f"target_{key}": t for key, t in every.items() if f"target_{key}" in table}


def _title(found: Sweep, column: str) -> str:
    target = found.design.evidence.targets.get(column.removeprefix("target_"))
    if column.startswith("target_") and target is not None:
        return target.what
    return column.replace("_", " ")


def _numbers(axis: Axis, values: pd.Series) -> np.ndarray:
    """Return the values of an axis as places along it: numbers, dates, or 0, 1, ... for names."""
    if axis.kind == "scenario":
        return values.map({name: k for k, name in enumerate(axis.values)}).to_numpy(float)
    if axis.kind == "date":
        return pd.to_datetime(values).map(mdates.date2num).to_numpy(float)
    return values.to_numpy(float)


def _dress(ax: Axes, axis: Axis) -> None:
    """Write the values of an axis along x."""
    ax.set_xlabel(axis.key)
    if axis.kind == "scenario":
        ax.set_xticks(
            range(len(axis.values)),
            [str(v) for v in axis.values],
            rotation=40,
            ha="right",
            fontsize=7,
        )
    elif axis.kind == "date":
        locator = mdates.AutoDateLocator(maxticks=5)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%d %b\n%Y"))


def _evidence(ax: Axes, target: Target) -> None:
    low, high = bounds(target)
    bottom, top = ax.get_ylim()
    bottom, top = min(bottom, 0), max(top, *(1.1 * b for b in (low, high) if np.isfinite(b)))
    ax.set_ylim(bottom, top)
    span = (max(low, bottom), min(high, top))
    ax.axhspan(*span, color=style.FIGURES, alpha=0.12, linewidth=0, zorder=0)
    for edge in (low, high):
        if np.isfinite(edge):
            ax.axhline(edge, color=style.FIGURES, linewidth=0.7, zorder=0)


_thousands = FuncFormatter(lambda y, _: f"{y:,.0f}" if abs(y) >= 10 or y == 0 else f"{y:g}")


def _bands(found: Sweep) -> Figure:
    """Medians and 90% of the seeds along one axis, a panel for each target."""
    (axis,), table = found.design.axes, found.runs
    targets = _targets(found, table)
    columns = min(4, len(targets))
    rows = -(-len(targets) // columns)
    drawn = style.figure(3.3 * columns, 0.7 + 2.6 * rows)
    panels = drawn.subplots(rows, columns, squeeze=False, sharex=True)
    for ax, (column, target) in zip(panels.flat, targets.items(), strict=False):
        of = table.groupby(axis.key, sort=False)[column]
        each = [of.quantile(q) for q in QUANTILES.values()]
        known = _numbers(axis, each[0].index.to_series())
        order = np.argsort(known)
        x, low, middle, high = (np.asarray(v)[order] for v in (known, *each))
        if axis.kind == "scenario":
            ax.vlines(x, low, high, color=style.HISTORY, linewidth=3, alpha=0.4)
            ax.plot(x, middle, "o", color=style.HISTORY, markersize=5)
            ax.set_xlim(-0.5, len(axis.values) - 0.5)
        else:
            ax.fill_between(x, low, high, color=style.HISTORY, alpha=0.3, linewidth=0)
            ax.plot(x, middle, color=style.HISTORY, marker="o", markersize=2.5, linewidth=1.4)
        _evidence(ax, target)
        ax.yaxis.set_major_formatter(_thousands)
        ax.set_title(f"{_short(target.what)}\n{in_words(target)}", fontsize=8)
        _dress(ax, axis)
    for ax in panels.flat[len(targets) :]:
        ax.set_visible(False)
    for ax in panels[:-1].flat:
        ax.set_xlabel("")
    return drawn


def _short(words: str, most: int = 52) -> str:
    return words if len(words) <= most else words[: most - 1].rsplit(" ", 1)[0] + " …"


def _square(found: Sweep, table: pd.DataFrame, value: pd.Series) -> np.ndarray:
    """Return a value by the first two axes, shape (second, first); nan where nothing is done."""
    first, second = found.design.axes[:2]
    across = {v: k for k, v in enumerate(first.values)}
    up = {v: k for k, v in enumerate(second.values)}
    square = np.full((len(up), len(across)), np.nan)
    keys = table[[first.key, second.key]].itertuples(index=False, name=None)
    for (a, b), v in zip(keys, value, strict=True):
        square[up[b], across[a]] = v
    return square


def _medians(found: Sweep, columns: list[str]) -> pd.DataFrame:
    table = found.runs
    return table.groupby(["point", *found.design.keys], as_index=False, sort=False)[
        columns
    ].median()


def _ticks(set_ticks: Callable, axis: Axis, most: int) -> None:
    step = -(-len(axis.values) // most)
    places = range(0, len(axis.values), step)
    words = [v if isinstance(v, str) else f"{v:.4g}" for v in axis.values]
    turned = {"rotation": 30, "ha": "right"} if axis.kind != "number" and most < 9 else {}
    set_ticks(places, [words[k] for k in places], fontsize=7, **turned)


def _heat(
    ax: Axes, found: Sweep, square: np.ndarray, met: Bounds | None = None, **shades: Any
) -> QuadMesh:
    """Draw one cell a point; and where a value lies within `met`, a contour, or dots by name."""
    first, second = found.design.axes[:2]
    image = ax.pcolormesh(np.ma.masked_invalid(square), cmap=SHADES, **shades)
    if met is not None:
        ordered = "scenario" not in (first.kind, second.kind)
        (_contour if ordered and np.isfinite(square).all() else _dots)(ax, square, met)
    _ticks(lambda at, *w, **o: ax.set_xticks([k + 0.5 for k in at], *w, **o), first, 6)
    _ticks(lambda at, *w, **o: ax.set_yticks([k + 0.5 for k in at], *w, **o), second, 9)
    for side in ax.spines.values():
        side.set_visible(False)
    return image


def _contour(ax: Axes, square: np.ndarray, met: Bounds) -> None:
    levels = sorted(edge for edge in met if square.min() < edge < square.max())
    if not levels or min(square.shape) < 2:
        _dots(ax, square, met)
        return
    x, y = np.arange(square.shape[1]) + 0.5, np.arange(square.shape[0]) + 0.5
    lines = ax.contour(x, y, square, levels=levels, colors=style.FIGURES)
    halo: list[AbstractPathEffect] = [withStroke(linewidth=2.5, foreground="white")]
    lines.set_path_effects(halo)
    for label in ax.clabel(lines, fmt=lambda v: f"{v:,.0f}", fontsize=7):
        label.set_path_effects(halo)


def _dots(ax: Axes, square: np.ndarray, met: Bounds) -> None:
    with np.errstate(invalid="ignore"):
        y, x = np.nonzero((square >= met[0]) & (square <= met[1]))
    ax.plot(x + 0.5, y + 0.5, "o", color=style.FIGURES, markersize=5, mec="white", mew=0.8)


def _met(found: Sweep) -> Bounds | None:
    target = found.design.evidence.targets.get(found.headline.removeprefix("target_"))
    return None if target is None else bounds(target)


def _heat_maps(found: Sweep) -> Figure:
    """The headline over two axes, with the evidence on it, and how many targets are met."""
    first, second = found.design.axes
    targets = _targets(found, found.runs)
    table = _medians(found, list(dict.fromkeys([found.headline, *targets])))
    drawn = style.figure(11.5, 5.0)
    left, right = drawn.subplots(1, 2, sharey=True)
    image = _heat(left, found, _square(found, table, table[found.headline]), _met(found))
    drawn.colorbar(image, ax=left, format=_thousands, label="people (median)")
    left.set_title(f"{_title(found, found.headline)}; red: what the sources say", fontsize=9)
    each = [table[name].between(*bounds(target)) for name, target in targets.items()]
    met = pd.concat(each, axis=1).sum(axis=1)
    image = _heat(right, found, _square(found, table, met), vmin=0, vmax=len(targets))
    drawn.colorbar(image, ax=right, label=f"of {len(targets)}", ticks=MaxNLocator(integer=True))
    right.set_title("Figures of the sources that the median world meets", fontsize=9)
    for ax in (left, right):
        ax.set_xlabel(first.key)
    left.set_ylabel(second.key)
    return drawn


def _multiples(found: Sweep) -> Figure:
    """The headline over the first two axes, a panel for each value of the others."""
    others = found.design.axes[2:]
    table = _medians(found, [found.headline])
    columns = len(others[0].values)
    down = others[1].values if len(others) == 2 else (None,)
    if len(down) == 1:
        columns = min(columns, 6)
    panels_at = list(product(down, others[0].values))
    rows = -(-len(panels_at) // columns)
    drawn = style.figure(1.6 + 2.3 * columns, 1.1 + 2.2 * rows)
    panels = drawn.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    shades = {"vmin": table[found.headline].min(), "vmax": table[found.headline].max()}
    for ax, (row, column) in zip(panels.flat, panels_at, strict=False):
        chosen = table[others[0].key] == column
        title = f"{others[0].key} = {column}"
        if row is not None:
            chosen &= table[others[1].key] == row
            title += f"\n{others[1].key} = {row}"
        part = table[chosen]
        square = _square(found, part, part[found.headline])
        image = _heat(ax, found, square, _met(found), **shades)
        ax.set_title(title, fontsize=7)
    for ax in panels.flat[len(panels_at) :]:
        ax.set_visible(False)
    drawn.colorbar(image, ax=panels, format=_thousands, label="people (median)", shrink=0.8)
    drawn.suptitle(f"{_title(found, found.headline)}; red: what the sources say", fontsize=10)
    for ax in panels[-1]:
        ax.set_xlabel(found.design.keys[0], fontsize=8)
    for ax in panels[:, 0]:
        ax.set_ylabel(found.design.keys[1], fontsize=8)
    return drawn


def _scatters(found: Sweep) -> Figure:
    """Rank correlations of the headline with every number, and a scatter for the strongest."""
    table = _medians(found, [found.headline])
    y = table[found.headline].to_numpy(float)
    places = {axis.key: _numbers(axis, table[axis.key]) for axis in found.design.axes}
    rank = {key: _rank_correlation(x, y) for key, x in places.items()}
    strongest = sorted(found.design.axes, key=lambda axis: -abs(np.nan_to_num(rank[axis.key])))
    shown = strongest[:MOST_SCATTERS]
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    drawn = style.figure(4.2 + 2.9 * columns, max(3.4, 0.7 + 2.5 * rows))
    left, right = style.beside(drawn, [4.2, 2.9 * columns])
    bars = left.subplots()
    order = strongest[::-1]
    heights = [rank[axis.key] for axis in order]
    colours = [style.HISTORY if h >= 0 else style.OTHER for h in np.nan_to_num(heights)]
    bars.barh(range(len(order)), heights, color=colours, height=0.6)
    bars.set_yticks(range(len(order)), [axis.key for axis in order], fontsize=7.5)
    bars.axvline(0, color=style.GREY, linewidth=0.8)
    bars.set_xlim(-1, 1)
    bars.set_title(f"Rank correlation with\n{_short(_title(found, found.headline))}", fontsize=9)
    target = found.design.evidence.targets.get(found.headline.removeprefix("target_"))
    panels = right.subplots(rows, columns, squeeze=False, sharey=True)
    for ax, axis in zip(panels.flat, shown, strict=False):
        ax.plot(places[axis.key], y, "o", color=style.HISTORY, markersize=3, alpha=0.5, mew=0)
        if target is not None:
            _evidence(ax, target)
        ax.yaxis.set_major_formatter(_thousands)
        _dress(ax, axis)
        ax.xaxis.label.set_size(7.5)
    for ax in panels.flat[len(shown) :]:
        ax.set_visible(False)
    for ax in panels[:, 0]:
        ax.set_ylabel("people (median)")
    return drawn


def _rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Return Spearman's rank correlation; nan where one of the two does not vary."""
    kept = np.isfinite(x) & np.isfinite(y)
    if kept.sum() < 3 or np.ptp(x[kept]) == 0 or np.ptp(y[kept]) == 0:
        return np.nan
    return float(spearmanr(x[kept], y[kept]).statistic)
