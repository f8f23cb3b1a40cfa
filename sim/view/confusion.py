"""How often figures like history's would find each explanation, if it were the true one."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.inference.confusion import Confusion
from sim.inference.explanations import Rivals
from sim.view import style


def matrix(found: Confusion, path: Path | str | None = None) -> Figure:
    """Draw how often each rival comes first, and is ruled out, under each truth.

    Args:
        found: rivals weighed on synthetic histories.
        path: where to write PNG and SVG; nowhere by default.
    """
    many = len(found.names)
    drawn = style.figure(11.0, 2.4 + 0.42 * many)
    with mpl.rc_context(style.RULES):
        left, right = drawn.subplots(1, 2, sharey=True)
        _shares(left, found, "first", "Has the largest evidence")
        _shares(right, found, "ruled_out", "Is ruled out")
        left.set_yticks(range(many), [found.titles[key] for key in found.names])
        left.set_ylabel("if this were true")
        n = found.log_evidence.shape[1]
        words = (
            f"{found.in_words} Each row: {n} worlds of that explanation's posterior, with luck of "
            "their own, and figures drawn from them with the errors assumed; every explanation "
            "is weighed on these figures. The larger the diagonal at the left, the more such "
            "figures can tell apart; at the right it shows how often the truth itself is lost."
        )
        drawn.supxlabel(fill(words, 170), fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def of_rivals(found: Rivals, path: Path | str | None = None) -> Figure:
    """Draw the matrix of rivals that were asked how often the true one would be found.

    Args:
        found: rivals with a confusion.
        path: where to write PNG and SVG; nowhere by default.
    """
    assert found.confusion is not None  # the picture is named where there is one alone
    return matrix(found.confusion, path)


def _shares(ax: Axes, found: Confusion, column: str, title: str) -> None:
    shares = found.matrix(column)
    many = len(shares)
    ax.imshow(shares, cmap="Greys", vmin=0.0, vmax=1.2, aspect="auto")
    for i in range(many):
        for j in range(many):
            colour = "white" if shares[i, j] > 0.6 else style.INK
            weight = "bold" if i == j else "normal"
            words = f"{shares[i, j]:.0%}"
            ax.text(j, i, words, ha="center", va="center", color=colour, fontweight=weight)
    ax.set_xticks(range(many), [fill(found.titles[key], 12) for key in found.names])
    ax.tick_params(axis="x", labelsize=8)
    ax.set_title(title)
    for spine in ax.spines.values():
        spine.set_visible(False)
