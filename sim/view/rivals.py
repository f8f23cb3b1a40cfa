"""Rival explanations side by side: evidence, fit, what no fit has used, counterfactuals."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from sim.evidence.sets import Target
from sim.experiment.quantiles import HALF
from sim.inference.explanations import Rivals
from sim.inference.posterior import TOO_FEW
from sim.view import style
from sim.view.sweeps import bounds

FAR = 25.0
"""Units of log-evidence below the best at which the bars are cut."""


def rivals(found: Rivals, path: Path | str | None = None) -> Figure:
    """Draw what the figures say between rival explanations.

    Args:
        found: rivals, calibrated on the same figures.
        path: where to write PNG and SVG; nowhere by default.
    """
    rows = found.table.sort_values("log_evidence", ascending=False).set_index("rival")
    ordered, known = list(rows.index), rows["ess"].to_numpy() >= TOO_FEW
    drawn = style.figure(13.0, 9.4)
    with mpl.rc_context(style.RULES):
        top, middle, bottom = style.stacked(drawn, [2.6, 3.2, 2.6])
        left, right = top.subplots(1, 2, width_ratios=[2, 3])
        _evidence(left, rows)
        _agreement(right, found, ordered, known)
        asked = found.problems[0]
        names = list(rows["title"])
        _predictions(middle, found.held_out, ordered, names, asked.evidence.targets, known)
        _effects(bottom, found.effects, ordered, names, known)
        words = (
            f"Figures: {asked.evidence.title}. Log-evidence: the likelihood averaged over a "
            "rival's prior, below the best; 3 are odds of about 20 to 1, 5 of 150 to 1, when each "
            "was as likely before. It depends on how wide the priors are. Numbers in the table: "
            "expected log-likelihood of each figure, 0 for perfect agreement. Bars hold 90% of the "
            "posterior's worlds; red: what the sources say, with the error assumed, not used by "
            f"any fit. Pale: rivals with fewer than {TOO_FEW} effective draws. "
            "Every rival keeps the expulsion, going quiet and lasting differences between people."
        )
        bottom.supxlabel(fill(words, 200), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def _evidence(ax: Axes, rows: pd.DataFrame) -> None:
    places = np.arange(len(rows))[::-1]
    behind, known = rows["behind_the_best"].clip(upper=FAR), rows["ess"] >= TOO_FEW
    colours = _colours(known, style.HISTORY)
    ax.barh(places, -behind, color=colours, alpha=0.6, height=0.55)
    shown = known & (rows["behind_the_best"] < FAR)
    ax.errorbar(
        -behind[shown],
        places[shown],
        xerr=HALF * rows.loc[shown, "log_evidence_error"],
        fmt="none",
        color=style.INK,
        linewidth=1,
    )
    ax.set_yticks(places, rows["title"])
    for place, (_, row) in zip(places, rows.iterrows(), strict=True):
        far = row["behind_the_best"]
        number = f"-{far:,.0f}: " if far >= 10 else f"-{far:.1f}: "
        number = "" if far == 0 or row["ess"] < TOO_FEW else number
        ax.annotate(
            number + row["in_words"],
            (0, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=7,
            annotation_clip=False,
        )
    ax.set_xlabel(f"log-evidence, below the best (cut at -{FAR:g})")
    ax.set_title("How far the figures support it")
    ax.margins(x=0.02)


def _agreement(ax: Axes, found: Rivals, ordered: list[str], known: np.ndarray) -> None:
    grid = found.fits.pivot(index="rival", columns="target", values="agreement")
    keys = list(found.problems[0].fitted)
    grid = grid.loc[ordered, keys]
    ax.imshow(np.clip(grid, -6, 0), cmap="Greys_r", vmin=-8, vmax=0, aspect="auto")
    for i, row in enumerate(grid.to_numpy()):
        for j, value in enumerate(row):
            colour = "white" if value < -4 else style.INK if known[i] else style.GREY
            ax.text(j, i, f"{value:.1f}", ha="center", va="center", fontsize=8, color=colour)
    ax.set_xticks(range(len(keys)), [fill(key.replace("_", " "), 13) for key in keys], fontsize=7)
    ax.set_yticks([])
    ax.set_title("How well it meets each figure")
    for spine in ax.spines.values():
        spine.set_visible(False)


def _predictions(
    figure: SubFigure,
    rows: pd.DataFrame,
    ordered: list[str],
    names: list[str],
    targets: dict[str, Target],
    known: np.ndarray,
) -> None:
    keys = list(dict.fromkeys(rows["target"]))
    if not keys:
        words = "Nothing to predict: the set holds no figure out of the fit"
        figure.text(0.5, 0.5, words, ha="center", color=style.GREY)
        return
    axes = figure.subplots(1, len(keys), sharey=True, squeeze=False)[0]
    places = np.arange(len(ordered))[::-1]
    for ax, key in zip(axes, keys, strict=True):
        own = rows[rows["target"] == key].set_index("rival").loc[ordered]
        low, high = bounds(targets[key])
        finite = [x for x in (low, high) if np.isfinite(x)]
        ax.axvspan(
            max(low, 10.0),
            high if np.isfinite(high) else 1e5,
            color=style.FIGURES,
            alpha=0.12,
            linewidth=0,
        )
        for x in finite:
            ax.axvline(x, color=style.FIGURES, linewidth=0.8)
        colours = _colours(known, style.HISTORY)
        ax.hlines(places, own["low"].clip(lower=10), own["high"].clip(lower=10), color=colours)
        ax.scatter(own["median"].clip(lower=10), places, 16, color=colours, zorder=3)
        ax.set_xscale("log")
        ax.set_xlim(10, 2e4)
        ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
        ax.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        ax.set_title(fill(own["what"].iloc[0], 44), fontsize=8)
        ax.set_yticks(places, names)
    axes[0].set_xlabel("people")
    figure.suptitle(
        "What it predicts for history that no fit has used", fontsize=10, x=0.01, ha="left"
    )


def _effects(
    figure: SubFigure, rows: pd.DataFrame, ordered: list[str], names: list[str], known: np.ndarray
) -> None:
    keys = list(dict.fromkeys(rows["scenario"]))
    axes = figure.subplots(1, len(keys), sharex=True, sharey=True, squeeze=False)[0]
    places = np.arange(len(ordered))[::-1]
    for ax, key in zip(axes, keys, strict=True):
        own = rows[rows["scenario"] == key].set_index("rival").loc[ordered]
        ax.axvline(0, color=style.GREY, linewidth=0.8)
        colours = _colours(known, style.OTHER)
        ax.hlines(places, own["difference_low"], own["difference_high"], color=colours)
        ax.scatter(own["difference_median"], places, 16, color=colours, zorder=3)
        ax.set_title(fill(own["title"].iloc[0].partition(", with")[0], 44), fontsize=8)
        ax.set_yticks(places, names)
    axes[0].set_xlabel("more people holding out at the end of 1929 than in its own history")
    figure.suptitle("What it would make of three other worlds", fontsize=10, x=0.01, ha="left")


def _colours(known: Iterable[bool], colour: str) -> list[str]:
    """Return a colour a rival: a pale one where few draws speak."""
    return [colour if each else style.PALE for each in known]
