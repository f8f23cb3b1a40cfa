"""The decline, and history beside its counterfactuals."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from string import ascii_uppercase
from textwrap import fill

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sim.evidence.sets import Target, evidence_set
from sim.experiment.comparison import Comparison, end_week
from sim.experiment.runs import QUANTILES, Runs, in_words
from sim.model.codes import COUNTS, PLACES
from sim.model.timeline import date_of
from sim.view import style

NOT_KNOWN = (
    "Lines are medians over seeds, bands hold 90% of them: they show luck alone, for one set of "
    "coefficients.\nWhat else is unknown, the shares of the wings and most coefficients among it, "
    "is not in the bands."
)


def decline(runs: Runs, path: Path | str | None = None) -> Figure:
    """Draw a scenario's decline with the figures of its evidence set, and where people were.

    Args:
        runs: the worlds of one scenario.
        path: where to write PNG and SVG; nowhere by default.
    """
    drawn = style.figure(9.0, 7.2)
    with mpl.rc_context(style.RULES):
        top, bottom = drawn.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        _curve(top, runs, style.HISTORY, runs.scenario.title)
        _figures(top, runs)
        _events(top, runs)
        _frame(top, runs)
        top.set_title(f"{runs.scenario.title}: people of the Left Opposition who held out")
        _whereabouts(bottom, runs)
        _frame(bottom, runs)
        drawn.supxlabel(NOT_KNOWN, fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def comparison(found: Comparison, path: Path | str | None = None) -> Figure:
    """Draw history with the figures on it, and every other world beside it.

    Args:
        found: baseline and counterfactuals.
        path: where to write PNG and SVG; nowhere by default.
    """
    by_effect = found.table.iloc[1:].sort_values("holding_median", ascending=False)
    worlds = [found.worlds[name] for name in by_effect["scenario"]]
    columns = 4 if len(worlds) > 4 else max(len(worlds), 1)
    rows = -(-len(worlds) // columns)
    drawn = style.figure(13.0, 5.6 + 1.9 * rows)
    with mpl.rc_context(style.RULES):
        upper, lower = drawn.subfigures(2, 1, height_ratios=[5.0, 1.9 * rows])
        left, right = upper.subplots(1, 2, width_ratios=[3, 2])
        _curve(left, found.baseline, style.HISTORY, found.baseline.scenario.title)
        _figures(left, found.baseline)
        _events(left, found.baseline)
        _frame(left, found.baseline)
        left.set_title(f"{found.baseline.scenario.title}: people who held out, week by week")
        _forest(right, found)
        axes = lower.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for ax, runs in zip(axes.flat, worlds, strict=False):
            _curve(ax, found.baseline, style.GREY, None, band=False)
            _curve(ax, runs, style.OTHER, None)
            _frame(ax, runs, small=True)
            ax.set_title(runs.scenario.title, fontsize=8)
        for ax in axes.flat[len(worlds) :]:
            ax.set_visible(False)
        lower.supxlabel(NOT_KNOWN, fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def _days(runs: Runs) -> np.ndarray:
    calendar = runs.scenario.calendar
    days = [date_of(calendar, week) for week in range(calendar.weeks + 1)]
    return np.array(days, dtype="datetime64[D]")


def _curve(ax: Axes, runs: Runs, colour: str, label: str | None, band: bool = True) -> None:
    holding = runs.counts[..., COUNTS.index("holding")]
    low, median, high = (np.quantile(holding, q, axis=0) for q in QUANTILES.values())
    if band and len(runs.seeds) > 1:
        ax.fill_between(_days(runs), low, high, color=colour, alpha=0.3, linewidth=0)
    ax.plot(_days(runs), median, color=colour, linewidth=1.6, label=label)


def _figures(ax: Axes, runs: Runs) -> None:
    """Draw what the evidence set says about the number holding out: marks, bars and arrows."""
    last = date_of(runs.scenario.calendar, runs.scenario.calendar.weeks)
    for target in evidence_set(runs.scenario.evidence).targets.values():
        reading = target.reading
        on_curve = target.over is None and reading.series == ("holding",)
        if not on_curve or reading.start > last or reading.statistic == "change":
            continue
        _mark(ax, target, reading.start, reading.end or reading.start)


def _mark(ax: Axes, target: Target, start: date, end: date) -> None:
    middle = start + (end - start) / 2
    colour = style.FIGURES
    error = 1.645 * target.spread
    if target.kind == "about":
        low, high = target.value * np.exp(-error), target.value * np.exp(error)
        ax.plot([start, end], [target.value] * 2, color=colour, linewidth=1.2)
        ax.plot([middle], [target.value], "o", color=colour, markersize=5)
        ax.plot([middle, middle], [low, high], color=colour, linewidth=1.2)
        at = high
    elif target.kind == "between":
        ax.plot([middle, middle], [target.low, target.high], color=colour, linewidth=4, alpha=0.8)
        at = target.high
    else:
        tip = 0.55 if target.kind == "below" else 1.8
        arrow = {"arrowstyle": "-|>", "color": colour}
        ax.annotate("", (middle, target.value * tip), (middle, target.value), arrowprops=arrow)
        at = target.value
    words = "fewer than 1,000" if target.kind == "between" else in_words(target)
    left = mdates.date2num(middle) < np.mean(ax.get_xlim())
    ax.annotate(
        f"{words}\n[{target.claims[0]}]",
        (middle, at),
        xytext=(6 if left else 0, 6 if left else 90),
        textcoords="offset points",
        ha="left" if left else "right",
        fontsize=7.5,
        color=colour,
        arrowprops=None if left else {"arrowstyle": "-", "color": colour, "linewidth": 0.6},
    )


def _events(ax: Axes, runs: Runs) -> None:
    """Letter the dated acts along the head of the picture, and say below what each was."""
    calendar = runs.scenario.calendar
    last = date_of(calendar, calendar.weeks)
    days: dict[date, list[str]] = {}
    for event in runs.scenario.events.values():
        if event.happens and calendar.start <= event.date <= last:
            days.setdefault(event.date, []).append(event.what)
    key = []
    for letter, (day, acts) in zip(ascii_uppercase, sorted(days.items()), strict=False):
        ax.axvline(day, ymax=0.97, color=style.PALE, linewidth=0.8, zorder=0)
        ax.text(
            mdates.date2num(day),
            1.0,
            letter,
            transform=ax.get_xaxis_transform(),
            fontsize=8,
            color=style.INK,
            ha="center",
            va="top",
        )
        key.append(f"{letter}  {day:%d %b %Y}: " + " ".join(acts))
    wrapped = [fill(line, 64, subsequent_indent="     ") for line in key]
    ax.text(
        0.03,
        0.04,
        "\n".join(wrapped),
        transform=ax.transAxes,
        fontsize=6.8,
        color=style.GREY,
        va="bottom",
    )


def _whereabouts(ax: Axes, runs: Runs) -> None:
    """Stack the median numbers holding out by place."""
    found = {
        place: np.median(runs.counts[..., COUNTS.index(f"holding_{place}")], axis=0)
        for place in PLACES
    }
    shown = {place: counts for place, counts in found.items() if counts.any()}
    names = {
        "party": "in the Party",
        "underground": "in hiding",
        "exile": "in exile",
        "isolator": "in isolators",
    }
    ax.stackplot(
        _days(runs),
        *shown.values(),
        labels=[names[place] for place in shown],
        colors=[style.PLACES[place] for place in shown],
    )
    ax.legend(frameon=False, loc="upper right", reverse=True)
    ax.set_title("Where they were (the shares by place are assumed, not reported)")


def _frame(ax: Axes, runs: Runs, small: bool = False) -> None:
    ax.set_ylim(bottom=0)
    ax.set_xlim(_days(runs)[0], _days(runs)[-1])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.0f}"))
    years = runs.scenario.calendar.weeks / 52
    if small or years > 4:
        ax.xaxis.set_major_locator(mdates.YearLocator())
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    else:
        ax.xaxis.set_major_locator(mdates.MonthLocator([1, 4, 7, 10]))
        ax.xaxis.set_major_formatter(mdates.DateFormatter("%b\n%Y"))
    if not small:
        ax.set_ylabel("people")


def _forest(ax: Axes, found: Comparison) -> None:
    """Draw each world's number at the end of 1929 with its interval, history on top."""
    table = found.table
    others = table.iloc[1:].sort_values("holding_median")
    rows = [*others.to_dict("records"), table.iloc[0].to_dict()]
    for y, row in enumerate(rows):
        colour = style.HISTORY if y == len(rows) - 1 else style.OTHER
        ax.plot([row["holding_low"], row["holding_high"]], [y, y], color=colour, linewidth=3)
        ax.plot([row["holding_median"]], [y], "o", color=colour, markersize=5)
        words = f"{row['holding_median']:,.0f}"
        if y < len(rows) - 1:
            words += f"  ({row['difference_median']:+,.0f})"
        ax.annotate(
            words,
            (row["holding_high"], y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    ax.axvline(table.iloc[0]["holding_median"], color=style.PALE, linewidth=1, zorder=0)
    ax.set_yticks(range(len(rows)), [row["title"] for row in rows])
    ax.set_xlim(0, max(row["holding_high"] for row in rows) * 1.25)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    calendar = found.baseline.scenario.calendar
    day = date_of(calendar, end_week(calendar))
    ax.set_title(f"Holding out at the end of {day:%Y} (and paired difference)")
    ax.set_xlabel("people")
