"""What each mechanism accounts for, under each evidence set, and which of them work together."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.evidence.loading import evidence_set, is_shipped
from sim.experiment.draws import Draws
from sim.inference.attribution import Attribution
from sim.inference.switches import ALWAYS_ON, SWITCHES
from sim.view import style

LOOKS = (
    (style.HISTORY, "o", True),
    (style.OTHER, "s", True),
    (style.GREY, "D", True),
    (style.FIGURES, "o", False),
    (style.INK, "s", False),
)
"""Colour, mark, and whether the mark is filled, of each posterior: told apart without colour."""

PAGE = 235
"""Letters of the caption that fit side by side."""


def titled(draws: Draws | None) -> str:
    """Return what a posterior is called on screen."""
    if draws is None:
        return "parameters as they stand in the scenario"
    believed = draws.about.get("evidence", "")
    return evidence_set(believed).title if is_shipped(believed) else draws.name


def shares(found: Attribution, path: Path | str | None = None) -> Figure:
    """Draw the shares with their intervals, side by side, and the interactions of the first.

    Args:
        found: shares under one posterior or several.
        path: where to write PNG and SVG; nowhere by default.
    """
    many = len(found.draws)
    drawn = style.figure(13.0, 4.8 + 0.55 * max(many, 2))
    with mpl.rc_context(style.RULES):
        left, right = drawn.subplots(1, 2, width_ratios=[7, 6])
        _intervals(left, found)
        _matrix(right, found)
        drawn.supxlabel(_words(found), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def _intervals(ax: Axes, found: Attribution) -> None:
    table, many = found.shares, len(found.draws)
    step = min(0.8 / many, 0.25)
    for k, draws in enumerate(found.draws):
        rows = table.iloc[k * len(SWITCHES) : (k + 1) * len(SWITCHES)]
        y = np.arange(len(SWITCHES)) + (k - (many - 1) / 2) * step
        colour, mark, filled = LOOKS[k % len(LOOKS)]
        ax.hlines(y, rows["people_low"], rows["people_high"], color=colour, linewidth=2.2)
        face = colour if filled else "white"
        look: dict[str, Any] = {
            "color": colour,
            "markerfacecolor": face,
            "markersize": 5.5,
            "linewidth": 2.2,
        }
        ax.plot(rows["people_mean"], y, mark, label=fill(titled(draws), 60), **look)
        for at, row in zip(y, rows.to_dict("records"), strict=True):
            if np.isfinite(row["fraction"]):
                holds = row["people_mean"] < 0
                ax.annotate(
                    f"{row['fraction']:+.0%}",
                    (row["people_low" if holds else "people_high"], at),
                    xytext=(-6 if holds else 6, 0),
                    textcoords="offset points",
                    ha="right" if holds else "left",
                    va="center",
                    fontsize=7.5,
                )
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.margins(x=0.12)
    ax.set_ylim(len(SWITCHES) - 0.4, -0.6)
    ax.set_yticks(range(len(SWITCHES)), [switch.title for switch in SWITCHES])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color=style.PALE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.set_xlabel("people: held (left of the line), made leave (right); mean and 90% interval")
    ax.set_title("Shares of the decline, 1928 to the end of 1929 (% of what is divided)")
    ax.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(-0.02, -0.11), ncols=2)


def _matrix(ax: Axes, found: Attribution) -> None:
    """Draw the mean interactions of the first posterior, darker where they are larger."""
    mean = found.pairs[0].mean(axis=0)
    n = len(SWITCHES)
    shown = np.ma.masked_where(~np.tri(n, k=-1, dtype=bool), mean)[1:, :-1]
    top = max(float(np.abs(mean).max()), 1.0)
    ax.imshow(np.abs(shown), cmap="Greys", vmin=0.0, vmax=1.5 * top)
    for i in range(n - 1):
        for j in range(i + 1):
            value = mean[i + 1, j]
            dark = abs(value) > 0.8 * top
            words = "0" if abs(value) < 0.5 else f"{value:+,.0f}"
            colour = "white" if dark else style.INK
            ax.text(j, i, words, ha="center", va="center", fontsize=8, color=colour)
    titles = [switch.title for switch in SWITCHES]
    ax.set_xticks(range(n - 1), titles[:-1], rotation=30, ha="right")
    ax.set_yticks(range(n - 1), titles[1:])
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    whose = f"\n{fill(titled(found.draws[0]), 60)}" if len(found.draws) > 1 else ""
    ax.set_title(f"Pairs: people more (+) or fewer (-) than one by one{whose}", fontsize=9)


def _words(found: Attribution) -> str:
    said = [
        f"{titled(draws)}: of {row['height_mean']:,.0f} at the height, {row['left_mean']:,.0f} "
        f"left; with all of them off {row['left_by_none_mean']:,.0f}."
        for draws, row in zip(found.draws, found.effects.to_dict("records"), strict=True)
    ]
    n, each = len(found.seeds), "draws" if any(found.draws) else "seeds"
    drawn = "parameters and seeds" if any(found.draws) else "seeds alone, for one set of parameters"
    return "\n".join(
        [
            fill(
                f"{found.scenario.title}, as modelled. Divided (means over {n} {each}): those who "
                "held out at the height of 1928 and no longer did at the end of 1929, less those "
                f"who would have left with all of them switched off. Intervals hold 90%: {drawn}.",
                PAGE,
            ),
            *(fill(words, PAGE) for words in said),
            fill(ALWAYS_ON, PAGE),
            "Switched off means:",
            *(fill(f"{s.title}: {s.off}.", PAGE, subsequent_indent="    ") for s in SWITCHES),
        ]
    )
