"""The decline, and history beside its counterfactuals."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from string import ascii_lowercase, ascii_uppercase
from textwrap import fill
from typing import Any, Literal

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
from sim.model.codes import COUNTS, columns
from sim.model.timeline import date_of
from sim.model.world import History
from sim.view import killings, style

KEY = 0.13
"""Inches of a line of the key."""
LABEL = "under_label"
"""The second count: all who were called Trotskyists in the camps."""
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
        _curve(top, runs, style.HISTORY, "held out without a break")
        _under_label(top, runs)
        key = [*_figures(top, runs), *_events(top, runs)]
        _frame(top, runs)
        top.set_title(fill(f"{_named(runs)}: people of the Left Opposition who held out", 100))
        _whereabouts(bottom, runs)
        _frame(bottom, runs)
        said = [*key, *_readings([runs]), _bands(runs), SAID, *_killings([runs])]
        words = "\n".join(fill(line, 150) for line in said)
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
    below = 1.9 * rows + KEY * len([*_targets(found.baseline), *_acts(found.baseline)])
    drawn = style.figure(13.0, 5.6 + below)
    with mpl.rc_context(style.RULES):
        upper, lower = style.stacked(drawn, [5.0, below])
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
            ax.set_title(fill(runs.scenario.title, 48), fontsize=8)
        for ax, runs in zip(axes.flat, worlds, strict=False):  # one scale, known when all are drawn
            _frame(ax, runs, small=True)
        for ax in axes.flat[len(worlds) :]:
            ax.set_visible(False)
        said = [
            *key,
            *_readings(worlds),
            f"Small pictures: {found.baseline.scenario.title} grey, the other world orange.",
            _bands(found.baseline),
            SAID,
            *_killings([found.baseline, *worlds]),
        ]
        words = "\n".join(fill(line, 215) for line in said)
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


def _killings(worlds: list[Runs]) -> list[str]:
    """Return what is said of 1937 and 1938, if they are shown."""
    words = killings.said(*(runs.scenario.calendar for runs in worlds))
    return [words] if words else []


def _days(runs: Runs) -> np.ndarray:
    """Return the days that are shown."""
    calendar = runs.scenario.calendar
    days = [date_of(calendar, week) for week in range(calendar.first_week, calendar.weeks + 1)]
    return np.array(days, dtype="datetime64[D]")


def _counts(runs: Runs, name: str) -> np.ndarray:
    """Return a column of the weeks that are shown, (n_seeds, n_days)."""
    return runs.counts[:, runs.scenario.calendar.first_week :, COUNTS.index(name)]


def _curve(ax: Axes, runs: Runs, colour: str, label: str | None, band: bool = True) -> None:
    low, median, high = interval(_counts(runs, "holding"))
    if band and len(runs.seeds) > 1:
        ax.fill_between(_days(runs), low, high, color=colour, alpha=0.3, linewidth=0)
    ax.plot(_days(runs), median, color=colour, linewidth=1.6, label=label)


def _under_label(ax: Axes, runs: Runs) -> None:
    """Draw the second count, if there is anybody in it: all whom the camps called Trotskyists."""
    labels = {each.name: each.label for each in columns()}
    median = np.median(_counts(runs, LABEL), axis=0)
    if not median.any():
        return
    look: dict[str, Any] = {"linewidth": 1.6, "linestyle": (0, (4, 2))}
    shown = np.where(median > 0, median, np.nan)
    words = f"{labels[LABEL]}, whatever they once signed"
    ax.plot(_days(runs), shown, color=style.INK, label=words, **look)
    high = interval(_counts(runs, "holding"))[2]
    side = _side(np.fmax(high, median))
    ax.legend(frameon=False, loc=side, bbox_to_anchor=(float(side == "upper right"), 0.93))


def _targets(runs: Runs) -> list[Target]:
    """Return what the evidence set says about those holding out in the days that are shown."""
    calendar = runs.scenario.calendar
    first, last = calendar.first_shown, date_of(calendar, calendar.weeks)
    return [
        target
        for target in runs.evidence.targets.values()
        if target.over is None
        and target.reading.series == ("holding",)
        and target.reading.statistic != "change"
        and first <= target.reading.start <= last
    ]


def _figures(ax: Axes, runs: Runs) -> list[str]:
    """Number what the evidence set says about those holding out; return what each number is."""
    key: list[str] = []
    for number, target in enumerate(_targets(runs), 1):
        start = target.reading.start
        _mark(ax, target, start, target.reading.end or start, str(number))
        claims = ", ".join(target.claims)
        key.append(f"{number}  {in_words(target)}: {target.what} [{claims}]")
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


def _acts(runs: Runs) -> dict[date, list[str]]:
    """Return the dated acts of the days that are shown, by day."""
    calendar = runs.scenario.calendar
    last = date_of(calendar, calendar.weeks)
    days: dict[date, list[str]] = {}
    for event in runs.scenario.events.values():
        if event.happens and calendar.first_shown <= event.date <= last:
            days.setdefault(event.date, []).append(event.what)
    day, words = killings.began()
    if calendar.first_shown <= day <= last:
        days.setdefault(day, []).append(words)
    return dict(sorted(days.items()))


def _events(ax: Axes, runs: Runs) -> list[str]:
    """Letter the dated acts along the head of the picture; return what each letter stands for."""
    key = []
    for letter, (day, acts) in zip(ascii_uppercase, _acts(runs).items(), strict=False):
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


def _side(heights: np.ndarray) -> Literal["upper left", "upper right"]:
    """Return the corner with more room above a curve."""
    third = len(heights) // 3
    return "upper left" if heights[:third].max() < heights[-third:].max() else "upper right"


def _whereabouts(ax: Axes, runs: Runs) -> None:
    """Stack the median numbers holding out by place, and on top those who do so again."""
    parts = [
        (each.label, style.of_place(each.name), np.median(_counts(runs, f"holding_{each.name}"), 0))
        for each in chart().places
    ]
    again = {name: _counts(runs, name) for name in style.AGAIN}
    again[LABEL] = again[LABEL] - _counts(runs, "holding_camp")
    words = {"active": "secretly active again", LABEL: "in the camps: joined them, or had signed"}
    parts += [(words[name], style.AGAIN[name], np.median(each, 0)) for name, each in again.items()]
    shown = [(label, colour, counts) for label, colour, counts in parts if counts.any()]
    if shown:
        labels, colours, counts = zip(*shown, strict=True)
        ax.stackplot(_days(runs), *counts, labels=labels, colors=colours)
        side = _side(np.sum(counts, axis=0))
        ax.legend(frameon=False, loc=side, reverse=True)
    ax.set_title("Where they were (the shares by place are assumed, not reported)")


def _frame(ax: Axes, runs: Runs, small: bool = False) -> None:
    ax.set_ylim(bottom=0)
    ax.set_xlim(_days(runs)[0], _days(runs)[-1])
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:,.0f}"))
    years = len(_days(runs)) / 52
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
