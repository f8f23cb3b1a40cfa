"""What the figures taught and what they left open: prior against posterior, and pairs."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure

from sim.experiment.quantiles import QUANTILES
from sim.inference.posterior import Posterior, weighted
from sim.inference.prior import quantile
from sim.scenario.schema import Number
from sim.view import style

BINS, COLUMNS, MOST_PAIRS = 20, 4, 6


def parameters(found: Posterior, path: Path | str | None = None) -> Figure:
    """Draw the prior and the posterior of every parameter, those learnt most first.

    Args:
        found: a calibration.
        path: where to write PNG and SVG; nowhere by default.
    """
    summary = found.summary.sort_values("contraction", ascending=False, kind="stable")
    rows = -(-len(summary) // COLUMNS)
    drawn = style.figure(12.0, 1.0 + 1.75 * rows)
    with mpl.rc_context(style.RULES):
        axes = drawn.subplots(rows, COLUMNS, squeeze=False)
        for ax, (k, row) in zip(axes.flat, summary.iterrows(), strict=False):
            _marginal(
                ax,
                found.points[:, cast("int", k)],
                found.weights,
                found.problem.parameters[row.parameter],
            )
            name = row.parameter.partition(".")[2].replace("_", " ")
            ax.set_title(f"{name}\n{row.in_words} ({max(row.contraction, 0):.0%})", fontsize=8)
        for ax in axes.flat[len(summary) :]:
            ax.set_visible(False)
        asked = found.problem
        words = (
            f"{asked.scenario.title}; figures: {asked.evidence.title}. Grey outline: the prior; "
            "filled: the posterior; bar: its 90% interval and median. In brackets how much of the "
            "prior's variance is gone. A parameter that keeps its prior is not known to be "
            "unimportant: the figures cannot tell."
        )
        drawn.supxlabel(fill(words, 190), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def pairs(found: Posterior, path: Path | str | None = None) -> Figure:
    """Draw the joint posterior of the parameters that the figures bind to each other most.

    Args:
        found: a calibration.
        path: where to write PNG and SVG; nowhere by default.
    """
    chosen = _bound(found)
    keys = list(found.problem.parameters)
    size = len(chosen)
    drawn = style.figure(1.8 * size + 0.6, 1.8 * size + 1.2)
    with mpl.rc_context(style.RULES):
        axes = drawn.subplots(size, size, squeeze=False, sharex="col")
        for i, down in enumerate(chosen):
            for j, across in enumerate(chosen):
                ax = axes[i, j]
                if j > i:
                    ax.set_visible(False)
                elif i == j:
                    number = found.problem.parameters[keys[down]]
                    _marginal(ax, found.points[:, down], found.weights, number)
                else:
                    _joint(ax, found, across, down)
                    _scale(ax.yaxis, found.problem.parameters[keys[down]])
                    ax.tick_params(labelleft=j == 0)
                _scale(ax.xaxis, found.problem.parameters[keys[across]])
                ax.tick_params(labelsize=6, labelbottom=i == size - 1)
                if i == size - 1:
                    ax.set_xlabel(_short(keys[across]), fontsize=8)
                if j == 0 and i > 0:
                    ax.set_ylabel(_short(keys[down]), fontsize=8)
        asked = found.problem
        words = (
            f"{asked.scenario.title}; figures: {asked.evidence.title}. The {size} parameters that "
            "the figures bind to each other most, over the width of their priors; darker where "
            "more of the posterior lies, with the correlation. A ridge: the figures fix a "
            "combination of the two, not each."
        )
        drawn.supxlabel(fill(words, 150), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def _bound(found: Posterior) -> list[int]:
    """Return the columns of the parameters with the strongest correlations, in their order."""
    strength = np.abs(_correlation(found)) - np.eye(found.points.shape[1])
    return sorted(np.argsort(-strength.max(axis=0), kind="stable")[:MOST_PAIRS].tolist())


def _correlation(found: Posterior) -> np.ndarray:
    covariance = np.cov(found.points.T, aweights=found.weights, ddof=0)
    sd = np.sqrt(np.diag(covariance))
    return covariance / np.outer(sd, sd)


def _short(key: str) -> str:
    return key.partition(".")[2].replace("_", " ")


def _edges(number: Number, n: int = BINS) -> np.ndarray:
    return np.array([quantile(number, u) for u in np.linspace(0.0, 1.0, n + 1)])


def _scale(axis: Axis, number: Number) -> None:
    """Lay the prior's width along an axis, with a few plain numbers."""
    letter = "x" if isinstance(axis, XAxis) else "y"
    axis.axes.set(**{f"{letter}lim": (number.low, number.high)})
    if number.prior == "log-uniform":
        axis.axes.set(**{f"{letter}scale": "log"})
        ticks = [quantile(number, u) for u in (0.0, 0.5, 1.0)]
        axis.set_ticks(ticks, [f"{tick:.2g}" for tick in ticks])
        axis.set_minor_locator(mpl.ticker.NullLocator())
    else:
        axis.set_major_locator(mpl.ticker.MaxNLocator(4))


def _marginal(ax: Axes, places: np.ndarray, weights: np.ndarray, number: Number) -> None:
    """Draw density relative to the prior, on the scale on which the prior is flat."""
    height, _ = np.histogram(places, np.linspace(0.0, 1.0, BINS + 1), weights=weights)
    edges = _edges(number)
    ax.stairs(height * BINS, edges, fill=True, color=style.HISTORY, alpha=0.45)
    ax.stairs(np.ones(BINS), edges, color=style.GREY, linewidth=1.0, baseline=None)
    low, middle, high = (quantile(number, weighted(places, weights, q)) for q in QUANTILES.values())
    top = max(height.max() * BINS, 1.0)
    ax.plot([low, high], [-0.08 * top] * 2, color=style.HISTORY, linewidth=2, solid_capstyle="butt")
    ax.plot([middle], [-0.08 * top], "o", color=style.HISTORY, markersize=4)
    _scale(ax.xaxis, number)
    ax.set_ylim(-0.16 * top, 1.15 * top)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    ax.tick_params(labelsize=7)


def _joint(ax: Axes, found: Posterior, across: int, down: int) -> None:
    numbers = list(found.problem.parameters.values())
    grid = np.linspace(0.0, 1.0, BINS + 1)
    x, y = found.points[:, across], found.points[:, down]
    height, _, _ = np.histogram2d(x, y, bins=(grid, grid), weights=found.weights)
    ax.pcolormesh(_edges(numbers[across]), _edges(numbers[down]), height.T, cmap="Blues")
    ax.text(
        0.96,
        0.95,
        f"{_correlation(found)[across, down]:+.2f}",
        transform=ax.transAxes,
        ha="right",
        va="top",
        fontsize=7,
    )
