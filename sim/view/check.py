"""Checks as pictures: figures beside what worlds say, ranks of known truths, truths found again."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.evidence.sets import Statement, Target
from sim.experiment.quantiles import HALF
from sim.inference.check import Check
from sim.inference.likelihood import LEAST_COUNT
from sim.inference.predictive import MET
from sim.inference.sbc import UNIFORM, ecdf_band, histogram_band
from sim.view import style

COLUMNS = 4
LEAST_SHOWN = 0.02
"""Ratios below this are drawn at the edge."""


def predictive(found: Check, path: Path | str | None = None) -> Figure:
    """Draw what prior and posterior say of each target beside what the sources say of it.

    Args:
        found: a check.
        path: where to write PNG and SVG; nowhere by default.
    """
    table, targets = found.table, found.targets
    ratio = np.array([targets[key].over is not None for key in table["target"]])
    sizes = [max(int((~ratio).sum()), 1), max(int(ratio.sum()), 1)]
    drawn = style.figure(10.0, 2.0 + 0.52 * sum(sizes))
    with mpl.rc_context(style.RULES):
        axes = drawn.subplots(2, 1, height_ratios=[size + 0.6 for size in sizes])
        panels = ((~ratio, LEAST_COUNT, "people"), (ratio, LEAST_SHOWN, "share or ratio"))
        for ax, (chosen, least, unit) in zip(axes, panels, strict=True):
            rows = table[chosen].to_dict("records")
            ax.set_visible(bool(rows))
            for y, row in enumerate(reversed(rows)):
                _beside(ax, y, row, targets[row["target"]], least)
            labels = [fill(row["what"].partition(", with")[0], 58) for row in reversed(rows)]
            ax.set_yticks(range(len(rows)), labels, fontsize=8)
            ax.set_ylim(-0.7, len(rows) - 0.3)
            ax.set_xscale("log")
            ax.set_xlim(left=least)
            ax.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda x, _: f"{x:,.6g}"))
            ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
            ax.set_xlabel(unit)
        axes[0].set_title(_title(found))
        words = (
            "Thin grey: 90% of the worlds of the prior; blue: 90% of those of the posterior, and "
            "their median, with seeds that no fit has seen. Red: what the sources say, with 90% of "
            "the error assumed; arrows for bounds; open marks were not used by the fit. `p`: the "
            "chance that a source that looked at these worlds would say this bound, or a number as "
            f"far out; below {MET:g} the figure is missed. What lies below {LEAST_COUNT:g} people "
            f"or {LEAST_SHOWN:g} is cut."
        )
        drawn.supxlabel(fill(words, 165), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def _title(found: Check) -> str:
    asked = found.asked
    return f"{asked.scenario.title}, held against {asked.evidence.title}"


def _beside(ax: Axes, y: int, row: dict, target: Target, least: float) -> None:
    before = np.maximum([row["prior_low"], row["prior_high"]], least)
    after = np.maximum([row["low"], row["high"]], least)
    ax.plot(before, [y - 0.22] * 2, color=style.GREY, linewidth=1.2)
    ax.plot(after, [y] * 2, color=style.HISTORY, linewidth=4, solid_capstyle="butt")
    if row["median"] >= least:
        ax.plot([row["median"]], [y], "|", color="white", markersize=8, markeredgewidth=1.6)
    for said in target.statements:
        _said(ax, y + 0.25, said, target.held_out)
    words = f"{row['in_words']}, p = {row['p_value']:.2g}"
    bold = "bold" if row["in_words"] == "missed" else "normal"
    ax.text(
        1.01, y, words, transform=ax.get_yaxis_transform(), fontsize=8, va="center", fontweight=bold
    )


def _said(ax: Axes, y: float, said: Statement, held_out: bool) -> None:
    error = np.exp(HALF * said.spread)
    mark: dict[str, Any] = {
        "color": style.FIGURES,
        "markerfacecolor": "white" if held_out else style.FIGURES,
    }
    line: dict[str, Any] = {"color": style.FIGURES, "linewidth": 1.4}
    if said.kind == "between":
        ax.plot(said.bounds, [y, y], "|-", **line, markersize=7)
        return
    if said.kind == "about":
        ax.plot([said.figure / error, said.figure * error], [y, y], **line)
        ax.plot([said.figure], [y], "o", markersize=5, **mark)
        return
    way = 1 if said.kind == "above" else -1
    ends = [said.figure, said.figure * error ** (2 * way)]
    ax.plot(ends, [y, y], **line)
    ax.plot(ends[1:], [y], ">" if way > 0 else "<", markersize=5, **mark)
    ax.plot(ends[:1], [y], "|", markersize=7, **line)


def ranks(found: Check, path: Path | str | None = None) -> Figure:
    """Draw where the truths lie in their posteriors: a histogram and the ECDF of each quantity.

    Args:
        found: a check with simulations.
        path: where to write PNG and SVG; nowhere by default.
    """
    table = _calibration(found)
    n = int(table["simulations"].iloc[0])
    bins = int(np.clip(n // 6, 4, 20))
    low, high = histogram_band(n, bins)
    drawn, axes = _panels(len(table), 1.6)
    with mpl.rc_context(style.RULES):
        for ax, row in zip(axes, table.to_dict("records"), strict=False):
            places = _of(found, row["quantity"])["place"].to_numpy()
            ax.axhspan(low, high, color=style.PALE, linewidth=0)
            ax.axhline(n / bins, color=style.GREY, linewidth=0.8)
            heights, edges = np.histogram(places, bins, (0.0, 1.0))
            good = row["in_words"] == UNIFORM
            colour = style.HISTORY if good else style.FIGURES
            ax.stairs(heights, edges, fill=True, color=colour, alpha=0.55)
            ax.set(xlim=(0, 1), ylim=(0, max(high, heights.max()) * 1.15))
            ax.set_xticks([0, 0.5, 1], ["0", "½", "1"])
            held = f"90%: {row['covered_90']:.0%}, 50%: {row['covered_50']:.0%}"
            _entitle(ax, row["quantity"], f"{held}; p = {row['p_value']:.2g}", good)
        words = (
            f"Each of {n} simulations: parameters from the {found.truths}, figures from their world"
            f"{_luck(found)}, a posterior from the figures. Bars: in how many of them the truth "
            "lies in each part of its posterior, from its low end (0) to its high end (1). Grey: "
            "what 99% of bars would keep to if all is right. Heaped in the middle: intervals too "
            "wide; at both ends: too narrow; at one end: shifted. Above each: how many of its 90% "
            f"and 50% intervals held the truth (± {_error(table, 90):.0%} and "
            f"± {_error(table, 50):.0%} by chance), and "
            "the p-value of ranks and coverage."
        )
        drawn.supxlabel(fill(words, 190), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def ecdf(found: Check, path: Path | str | None = None) -> Figure:
    """Draw the ECDF of the places of the truths, less what it should be, in its 99% band.

    Args:
        found: a check with simulations.
        path: where to write PNG and SVG; nowhere by default.
    """
    table = _calibration(found)
    n = int(table["simulations"].iloc[0])
    at, low, high = ecdf_band(n)
    drawn, axes = _panels(len(table), 1.5)
    with mpl.rc_context(style.RULES):
        for ax, row in zip(axes, table.to_dict("records"), strict=False):
            places = np.sort(_of(found, row["quantity"])["place"].to_numpy())
            ax.fill_between(at, low - at, high - at, color=style.PALE, linewidth=0)
            ax.axhline(0, color=style.GREY, linewidth=0.8)
            steps = np.concatenate([[0.0], places, [1.0]])
            share = np.concatenate([np.arange(n + 1) / n, [1.0]])
            ax.step(steps, share - steps, where="post", color=style.HISTORY, linewidth=1.2)
            ax.set(xlim=(0, 1))
            ax.set_xticks([0, 0.5, 1], ["0", "½", "1"])
            _entitle(ax, row["quantity"], f"p = {row['p_ranks']:.2g}", row["p_ranks"] >= 0.01)
        words = (
            f"Share of {n} truths that lie lower in their posterior than each place, less that "
            "place. Grey: the whole line stays in it 99 times of 100 if all is right (Säilynoja, "
            "Bürkner & Vehtari 2022)."
        )
        drawn.supxlabel(fill(words, 190), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def recovery(found: Check, path: Path | str | None = None) -> Figure:
    """Draw each known truth against the posterior median and interval that was found for it.

    Args:
        found: a check with simulations.
        path: where to write PNG and SVG; nowhere by default.
    """
    table = _calibration(found)
    drawn, axes = _panels(len(table), 2.3)
    with mpl.rc_context(style.RULES):
        for ax, row in zip(axes, table.to_dict("records"), strict=False):
            each = _of(found, row["quantity"])
            number = found.asked.parameters.get(row["quantity"])
            log = number is not None and number.prior == "log-uniform"
            truth = each["truth"].to_numpy()
            ax.vlines(
                truth, each["low"], each["high"], color=style.HISTORY, alpha=0.35, linewidth=1
            )
            ax.plot(truth, each["median"], "o", color=style.HISTORY, markersize=3)
            ends = _ends(each) if number is None else (number.low, number.high)
            ax.plot(ends, ends, color=style.GREY, linewidth=0.8)
            ax.set(xscale="log" if log else "linear", yscale="log" if log else "linear")
            ax.set(xlim=ends, ylim=ends)
            for axis in (ax.xaxis, ax.yaxis):
                if log:
                    ticks = [ends[0], float(np.sqrt(ends[0] * ends[1])), ends[1]]
                    axis.set_ticks(ticks, [f"{tick:.2g}" for tick in ticks])
                    axis.set_minor_locator(mpl.ticker.NullLocator())
                else:
                    axis.set_major_locator(mpl.ticker.MaxNLocator(3))
            learnt = row["contraction"]
            words = f"r = {row['correlation']:.2f}"
            if not np.isnan(learnt):
                words += f"; learnt {max(learnt, 0):.0%}"
            _entitle(ax, row["quantity"], words)
        n = int(table["simulations"].iloc[0])
        words = (
            f"{n} simulations, truths from the {found.truths}{_luck(found)}. Across: the truth "
            "that made the figures; up: the posterior's median and 90% interval from the figures "
            "alone. On the line: found again. A flat cloud: this many figures cannot tell the "
            "parameter, whatever its value; its intervals are then as wide as the prior. `r`: "
            "correlation of truth and median; `learnt`: how much of the prior's variance the "
            "figures take away on average."
        )
        drawn.supxlabel(fill(words, 190), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def _panels(n: int, height: float) -> tuple[Figure, list[Axes]]:
    rows = -(-n // COLUMNS)
    drawn = style.figure(12.0, 0.9 + height * rows)
    with mpl.rc_context(style.RULES):
        axes = list(drawn.subplots(rows, COLUMNS, squeeze=False).flat)
    for ax in axes[n:]:
        ax.set_visible(False)
    for ax in axes:
        ax.tick_params(labelsize=7)
    return drawn, axes[:n]


def _entitle(ax: Axes, quantity: str, words: str, good: bool = True) -> None:
    name = quantity.rpartition(".")[2].replace("_", " ")
    ax.set_title(f"{name}\n{words}", fontsize=8, fontweight="normal" if good else "bold")


def _luck(found: Check) -> str:
    return " with other seeds" if found.other_luck else ""


def _calibration(found: Check) -> pd.DataFrame:
    assert found.calibration is not None  # the pictures are named where there is one alone
    return found.calibration


def _of(found: Check, quantity: str) -> pd.DataFrame:
    assert found.recovery is not None
    return found.recovery[found.recovery["quantity"] == quantity]


def _ends(each: pd.DataFrame) -> tuple[float, float]:
    values = each[["truth", "low", "high"]].to_numpy()
    return float(values.min()), float(values.max())


def _error(table: pd.DataFrame, percent: int) -> float:
    return float(table[f"covered_{percent}_error"].iloc[0])
