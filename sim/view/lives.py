"""One life as a picture: the way to the breaking point, and which terms pushed."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.experiment.life import Life, Lives
from sim.model import mechanisms
from sim.view import style

COLOURS = ("#1f4e79", "#b35806", "#4d9221", "#7b3294", "#01665e", "#8c510a", "#c51b7d", "#35978f")
LINES = {
    name: (COLOURS[k % len(COLOURS)], ("-", "--")[k // len(COLOURS)])
    for k, name in enumerate(name for name in mechanisms.names() if name != "baseline")
}
"""Colour and line of each mechanism, the same in every picture."""


def at_work(life: Life) -> set[str]:
    """Return the mechanisms that ever pushed or held in this life."""
    return {name for name in LINES if (life.weeks[name].fillna(0.0).abs() > 0.01).any()}


def life(found: Life, path: Path | str | None = None) -> Figure:
    """Draw a life.

    Args:
        found: one person in one world.
        path: where to write PNG and SVG; nowhere by default.
    """
    return lives(found.beside(), path)


def lives(found: Lives, path: Path | str | None = None) -> Figure:
    """Draw the lives of one person side by side.

    Args:
        found: one person in one world or several.
        path: where to write PNG and SVG; nowhere by default.
    """
    every = found.every
    drawn = style.figure(6.5 * len(every) + 1.5, 6.5)
    with mpl.rc_context(style.RULES):
        axes = drawn.subplots(2, len(every), squeeze=False, sharex=True, sharey="row")
        names = [name for name in LINES if any(name in at_work(each) for each in every)]
        for column, each in enumerate(every):
            _sum(axes[0, column], each)
            _terms(axes[1, column], each, names)
        axes[0, 0].set_ylabel("share of the breaking point reached")
        axes[1, 0].set_ylabel("push (up) or hold (down), log hazard ratio")
        axes[1, -1].legend(frameon=False, fontsize=7.5, loc="center left", bbox_to_anchor=(1, 0.5))
        one, about = every[0], every[0].about
        patron = f", looks to {about['patron']}" if about["patron"] else ""
        who = (
            f"An invented person (number {one.person} of seed {one.seed}): {about['wing']}, "
            f"{about['generation'].replace('_', ' ')}, from {about['city']}{patron}."
        )
        notes = [f"{x.scenario.title}: {x.scenario.reading}." for x in every if x.scenario.reading]
        drawn.suptitle(
            "\n".join(fill(words, 75 * len(every)) for words in (who, *notes)),
            fontsize=9,
            x=0.01,
            ha="left",
        )
    return style.save(drawn, path)


def _sum(ax: Axes, each: Life) -> None:
    weeks = each.weeks
    reached = np.minimum(weeks["cumulative_hazard"] / each.resistance, 1.0)
    ax.plot(weeks["date"], reached, color=style.HISTORY)
    ax.axhline(1.0, color=style.INK, linewidth=0.8, linestyle="--")
    for k, (day, words) in enumerate(each.events):
        when = np.datetime64(day)
        ax.axvline(mdates.date2num(when), color=style.PALE, linewidth=0.8)
        late = when > np.datetime64(weeks["date"].iloc[len(weeks) // 2])
        ax.text(
            mdates.date2num(when) + (-4 if late else 4),
            0.83 - 0.08 * k,
            words,
            fontsize=7.5,
            ha="right" if late else "left",
            color=style.GREY,
            transform=ax.get_xaxis_transform(),
        )
    ax.set_ylim(0, 1.1)
    ax.set_title(f"{each.scenario.title}: {each.fate}")


def _terms(ax: Axes, each: Life, names: list[str]) -> None:
    for name in names:
        colour, line = LINES[name]
        ax.plot(
            each.weeks["date"],
            each.weeks[name],
            color=colour,
            linestyle=line,
            label=name.replace("_", " "),
        )
    ax.axhline(0.0, color=style.GREY, linewidth=0.6)
    ax.xaxis.set_major_locator(mdates.MonthLocator([1, 7]))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("%b\n%Y"))
