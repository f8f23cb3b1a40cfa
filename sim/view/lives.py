"""One life as a picture: the way to the breaking point, and which terms pushed."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.chart.registry import chart
from sim.experiment.life import Life, Lives
from sim.model import mechanisms
from sim.view import killings, style

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
    lines = max(len(each.events) for each in every)
    drawn = style.figure(6.5 * len(every) + 1.5, 6.5 + 0.17 * lines)
    with mpl.rc_context(style.RULES):
        axes = drawn.subplots(2, len(every), squeeze=False, sharex=True, sharey="row")
        names = [name for name in LINES if any(name in at_work(each) for each in every)]
        for column, each in enumerate(every):
            _sum(axes[0, column], each, lines)
            _terms(axes[1, column], each, names)
        axes[0, 0].set_ylabel("share of the breaking point")
        axes[1, 0].set_ylabel("push (up), hold (down): log hazard ratio")
        axes[1, -1].legend(frameon=False, fontsize=7.5, loc="center left", bbox_to_anchor=(1, 0.5))
        one, about = every[0], every[0].about
        patron = f", looks to {about['patron']}" if about["patron"] else ""
        who = (
            f"An invented person (number {one.person} of seed {one.seed}): {about['wing']}, "
            f"{about['generation'].replace('_', ' ')}, from {about['city']}{patron}."
        )
        notes = [f"{x.scenario.title}: {x.scenario.reading}." for x in every if x.scenario.reading]
        words = killings.said(*(each.scenario.calendar for each in every))
        if words:
            drawn.supxlabel(words, fontsize=7, color=style.GREY, x=0.01, ha="left")
        drawn.suptitle(
            "\n".join(fill(words, 75 * len(every)) for words in (who, *notes)),
            fontsize=9,
            x=0.01,
            ha="left",
        )
    return style.save(drawn, path)


def _lived(each: Life) -> pd.DataFrame:
    """Return the weeks that are shown, to the end of the life or of the scenario."""
    weeks = each.weeks[each.weeks["week"] >= each.scenario.calendar.first_week]
    return weeks[~weeks["stance"].isin(chart().ends)]


def _sum(ax: Axes, each: Life, lines: int) -> None:
    """Draw the way to the breaking point, and number what befell the person above it."""
    weeks = _lived(each)
    reached = (weeks["cumulative_hazard"] / each.resistance).to_numpy()
    past = np.concatenate([[False], reached[:-1] >= 1.0])
    ax.plot(weeks["date"], np.where(past, np.nan, np.minimum(reached, 1.0)), color=style.HISTORY)
    ax.axhline(1.0, color=style.INK, linewidth=0.8, linestyle="--")
    days = each.weeks["date"]
    first, last = (
        mdates.date2num(days[each.scenario.calendar.first_week]),
        mdates.date2num(days.iloc[-1]),
    )
    ax.set_xlim(first, last)
    ax.set(ylim=(0, 1.32), yticks=np.linspace(0, 1, 6))
    before, level = -np.inf, 0
    for k, (day, _) in enumerate(each.events, 1):
        x = mdates.date2num(np.datetime64(day))
        if x < first:
            continue
        level = (level + 1) % 3 if x - before < 0.03 * (last - first) else 0
        before = x
        ax.plot([x, x], [0, 1.05 + 0.08 * level], color=style.PALE, linewidth=0.8, zorder=0)
        ax.text(x, 1.06 + 0.08 * level, str(k), ha="center", fontsize=8)
    told = [f"{k}  {day}  {words}" for k, (day, words) in enumerate(each.events, 1)]
    title = fill(f"{each.scenario.title}: {each.fate}", 85)
    ax.set_title("\n".join([title, *told, *[""] * (lines - len(told))]), fontsize=8)


def _terms(ax: Axes, each: Life, names: list[str]) -> None:
    weeks = _lived(each)
    for name in names:
        colour, line = LINES[name]
        ax.plot(
            weeks["date"],
            weeks[name],
            color=colour,
            linestyle=line,
            label=name.replace("_", " "),
        )
    ax.axhline(0.0, color=style.GREY, linewidth=0.6)
    if len(weeks) > 4 * 52:
        ax.xaxis.set_major_locator(mdates.YearLocator())
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    else:
        ax.xaxis.set_major_locator(mdates.MonthLocator([1, 7]))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%b\n%Y"))
