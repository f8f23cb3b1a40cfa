"""Every conclusion under every reading of the sources."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.evidence.left_out import called
from sim.inference.conclusions import ENOUGH, NO_FIGURES, Readings
from sim.view import style

MARKS = ("o", "s", "^", "D", "v")
"""One a set of figures, so that a picture in grey can be read."""


def readings(found: Readings, path: Path | str | None = None) -> Figure:
    """Draw each conclusion in a panel, a line a reading.

    Args:
        found: the conclusions under every reading.
        path: where to write PNG and SVG; nowhere by default.
    """
    table = found.table
    names = list(dict.fromkeys(table["conclusion"]))
    shares = [name for name in names if name.startswith("share")]
    effects = [name for name in names if name not in shares]
    keys = list(dict.fromkeys(zip(table["evidence"], table["without"], strict=True)))
    columns = max(len(effects), -(-len(shares) // 2))
    drawn = style.figure(3.0 + 2.6 * columns, 1.6 + 3 * (0.16 * len(keys) + 0.6))
    with mpl.rc_context(style.RULES):
        axes = drawn.subplots(3, columns, sharey=True, squeeze=False)
        for ax in axes.flat:
            ax.set_visible(False)
        rows = [effects, shares[:columns], shares[columns:]]
        for line, chosen in zip(axes, rows, strict=True):
            for ax, name in zip(line, chosen, strict=False):
                ax.set_visible(True)
                _panel(ax, table[table["conclusion"] == name], keys, name)
        words = (
            "Bars hold 90% of the draws, marks their median; a mark for each set of figures. "
            "`without`: the figures that rest on this historian or text alone are left out. Last "
            "and grey: with no figures at all, drawn from the prior; what is so there already is "
            "the rule's own. Upper row: people more at the end of 1929 than in history; below: "
            f"shares of the decline. Pale: fewer than {ENOUGH:g} effective draws are left, so the "
            "reading is not counted."
        )
        drawn.supxlabel(fill(words, 60 * columns), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def _label(evidence: str, who: str) -> str:
    if evidence == NO_FIGURES:
        return "no figures: the prior"
    return called(who) if who else f"{evidence}: {called(who)}"


def _panel(ax: Axes, rows: pd.DataFrame, keys: list[tuple[str, str]], name: str) -> None:
    sets = list(dict.fromkeys(evidence for evidence, _ in keys))
    by_key = {(row["evidence"], row["without"]): row for row in rows.to_dict("records")}
    ax.axvline(0, color=style.GREY, linewidth=0.8)
    for place, key in zip(np.arange(len(keys))[::-1], keys, strict=True):
        row = by_key[key]
        whole = key[1] == ""
        colour = style.HISTORY if row["ess"] >= ENOUGH else style.PALE
        colour = style.GREY if key[0] == NO_FIGURES else colour
        ax.hlines(place, row["low"], row["high"], color=colour, linewidth=2.2 if whole else 1.0)
        mark = MARKS[sets.index(key[0]) % len(MARKS)]
        ax.plot(row["median"], place, mark, color=colour, markersize=5 if whole else 3.5)
    labels = [_label(*key) for key in keys]
    ax.set_yticks(np.arange(len(keys))[::-1], labels, fontsize=6)
    ax.tick_params(axis="x", labelsize=7)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.set_title(fill(name.replace("-", " "), 30), fontsize=9)
