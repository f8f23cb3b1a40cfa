"""The decline, and history beside its counterfactuals."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from textwrap import fill
from typing import Any

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.chart.registry import chart
from sim.evidence.sets import Statement, Target, in_words
from sim.experiment.comparison import Comparison, marked_day
from sim.experiment.quantiles import HALF, interval
from sim.experiment.runs import Runs
from sim.model.codes import COUNTS, PLACES
from sim.model.timeline import date_of
from sim.model.world import History
from sim.view import style

SAID = (
    "Red: what the sources say of history; full marks were used by the fit, open ones were not; "
    "bars are 90% of the error assumed for their grade."
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
        key = [*_figures(top, runs), *_events(top, runs)]
        _frame(top, runs)
        top.set_title(fill(f"{_named(runs)}: people of the Left Opposition who held out", 100))
        _whereabouts(bottom, runs)
        _frame(bottom, runs)
        words = "\n".join([*key, *_readings([runs]), fill(_bands(runs), 150), SAID])
        drawn.supxlabel(words, fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def world(found: History, path: Path | str | None = None) -> Figure:
    """Draw the decline of one world.

    Args:
        found: a world that was run to its end.
        path: where to write PNG and SVG; nowhere by default.
    """
    counts = found.world.state.series[None]
    return decline(Runs(found.scenario, [found.seed], counts), path)


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
        upper, lower = style.stacked(drawn, [5.0, 1.9 * rows])
        left, right = upper.subplots(1, 2, width_ratios=[3, 2])
        _curve(left, found.baseline, style.HISTORY, found.baseline.scenario.title)
        key = [*_figures(left, found.baseline), *_events(left, found.baseline)]
        _frame(left, found.baseline)
        left.set_title(fill(f"{_named(found.baseline)}: people who held out, week by week", 70))
        _forest(right, found)
        axes = lower.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        for ax, runs in zip(axes.flat, worlds, strict=False):
            _curve(ax, found.baseline, style.GREY, None, band=False)
            _curve(ax, runs, style.OTHER, None)
            _frame(ax, runs, small=True)
            ax.set_title(fill(runs.scenario.title, 48), fontsize=8)
        for ax in axes.flat[len(worlds) :]:
            ax.set_visible(False)
        words = "\n".join(
            [
                *key,
                *_readings(worlds),
                f"Small pictures: {found.baseline.scenario.title} grey, the other world orange.",
                _bands(found.baseline),
                SAID,
            ]
        )
        lower.supxlabel(words, fontsize=7, color=style.GREY, x=0.01, ha="left")
    return style.save(drawn, path)


def _bands(runs: Runs) -> str:
    """Return what the bands hold."""
    if runs.draws is None:
        return (
            "Lines: the model, medians over seeds; bands hold 90% of them, over seeds alone, "
            "for one set of parameters. What else is unknown is not in the bands."
        )
    return (
        "Lines: the model, medians over worlds; bands hold 90% of them: what the figures leave "
        f"open of {len(runs.draws.parameters)} parameters (posterior {runs.draws.name}),"
        " and seeds."
    )


def _named(runs: Runs) -> str:
    return f"{runs.scenario.title}, as modelled"


def _readings(worlds: list[Runs]) -> list[str]:
    """Return, for worlds in which words change their sense, how their numbers are to be read."""
    return [f"* {w.scenario.title}: {w.scenario.reading}." for w in worlds if w.scenario.reading]


def _days(runs: Runs) -> np.ndarray:
    calendar = runs.scenario.calendar
    days = [date_of(calendar, week) for week in range(calendar.weeks + 1)]
    return np.array(days, dtype="datetime64[D]")


def _curve(ax: Axes, runs: Runs, colour: str, label: str | None, band: bool = True) -> None:
    holding = runs.counts[..., COUNTS.index("holding")]
    low, median, high = interval(holding)
    if band and len(runs.seeds) > 1:
        ax.fill_between(_days(runs), low, high, color=colour, alpha=0.3, linewidth=0)
    ax.plot(_days(runs), median, color=colour, linewidth=1.6, label=label)


def _figures(ax: Axes, runs: Runs) -> list[str]:
    """Number what the evidence set says about those holding out; return what each number is."""
    last = date_of(runs.scenario.calendar, runs.scenario.calendar.weeks)
    key: list[str] = []
    for target in runs.evidence.targets.values():
        reading = target.reading
        on_curve = target.over is None and reading.series == ("holding",)
        if not on_curve or reading.start > last or reading.statistic == "change":
            continue
        start, end = reading.start, reading.end or reading.start
        _mark(ax, target, start, end, str(len(key) + 1))
        claims = ", ".join(target.claims)
        key.append(f"{len(key) + 1}  {in_words(target)}: {target.what} [{claims}]")
    return key


def _mark(ax: Axes, target: Target, start: date, end: date, number: str) -> None:
    """Draw what a target says; alternatives side by side, the first at the day itself."""
    days = (end - start) or timedelta(days=30)
    many = len(target.statements)
    for k, said in enumerate(target.statements):
        middle = start + (end - start) / 2 + (k - (many - 1) / 2) * days / 6
        letter = ascii_lowercase[k] if many > 1 else ""
        _statement(ax, said, (start, middle, end), target.held_out, number + letter)


def _statement(
    ax: Axes, said: Statement, days: tuple[date, date, date], held_out: bool, number: str
) -> None:
    start, middle, end = (mdates.date2num(day) for day in days)
    colour = style.FIGURES
    error = np.exp(HALF * said.spread)
    face = "white" if held_out else colour
    if said.kind == "about":
        low, high = said.figure / error, said.figure * error
        ax.plot([start, end], [said.figure] * 2, color=colour, linewidth=1.2)
        ax.plot([middle, middle], [low, high], color=colour, linewidth=1.2)
        mark: dict[str, Any] = {
            "color": colour,
            "markerfacecolor": face,
            "markersize": 5,
            "clip_on": False,
        }
        ax.plot([middle], [said.figure], "o", **mark)
        at = high
    elif said.kind == "between":
        ends = said.bounds
        ax.plot([middle, middle], ends, color=colour, linewidth=4, alpha=0.8)
        if held_out:
            ax.plot([middle, middle], ends, color=face, linewidth=2)
        at = ends[1]
    else:
        tip = 0.55 if said.kind == "below" else 1.8
        arrow = {"arrowstyle": "-|>", "edgecolor": colour, "facecolor": face}
        ax.annotate("", (middle, said.figure * tip), (middle, said.figure), arrowprops=arrow)
        at = said.figure
    ax.annotate(
        number,
        (middle, at),
        xytext=(0, 4),
        textcoords="offset points",
        ha="center",
        fontsize=9,
        fontweight="bold",
        color=colour,
    )


def _events(ax: Axes, runs: Runs) -> list[str]:
    """Letter the dated acts along the head of the picture; return what each letter stands for."""
    calendar = runs.scenario.calendar
    last = date_of(calendar, calendar.weeks)
    days: dict[date, list[str]] = {}
    for event in runs.scenario.events.values():
        if event.happens and calendar.start <= event.date <= last:
            days.setdefault(event.date, []).append(event.what)
    key = []
    for letter, (day, acts) in zip(ascii_uppercase, sorted(days.items()), strict=False):
        ax.axvline(mdates.date2num(day), ymax=0.97, color=style.PALE, linewidth=0.8, zorder=0)
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
    return key


def _whereabouts(ax: Axes, runs: Runs) -> None:
    """Stack the median numbers holding out by place."""
    found = {
        place: np.median(runs.counts[..., COUNTS.index(f"holding_{place}")], axis=0)
        for place in PLACES
    }
    shown = {place: counts for place, counts in found.items() if counts.any()}
    names = {place.name: place.label for place in chart().places}
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
            paired = (row[f"difference_{key}"] for key in ("median", "low", "high"))
            words += "  ({:+,.0f} [{:+,.0f} to {:+,.0f}])".format(*paired)
        ax.annotate(
            words,
            (row["holding_high"], y),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    ax.axvline(table.iloc[0]["holding_median"], color=style.PALE, linewidth=1, zorder=0)
    marked = {w.scenario.name for w in found.worlds.values() if w.scenario.reading}
    titles = [row["title"] + (" *" if row["scenario"] in marked else "") for row in rows]
    ax.set_yticks(range(len(rows)), [fill(title, 50) for title in titles])
    ax.set_xlim(0, max(row["holding_high"] for row in rows) * 1.6)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    day = marked_day(found.baseline.scenario.calendar)
    ax.set_title(f"Holding out on {day:%d %b %Y} (paired difference [90%])")
    ax.set_xlabel("people")
