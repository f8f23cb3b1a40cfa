"""Reading the targets of an evidence set off a world's weekly series."""

from __future__ import annotations

from datetime import date

import numpy as np

from sim.errors import InputError, nearest
from sim.evidence.sets import EvidenceSet, Reading, Target
from sim.model.codes import COUNTS
from sim.scenario.schema import Calendar

FEW = 1000
"""A mark of the fall: the first week with fewer people than so many."""


def covers(calendar: Calendar, target: Target) -> bool:
    """Return whether every day that `target` reads lies in the weeks that are run."""
    last = calendar.start.toordinal() + 7 * calendar.weeks
    days = [
        day
        for reading in (target.reading, target.over)
        if reading is not None
        for day in (reading.start, reading.end)
        if day is not None
    ]
    return all(calendar.start.toordinal() <= day.toordinal() <= last for day in days)


def within(evidence: EvidenceSet, calendar: Calendar) -> EvidenceSet:
    """Return a set with only the targets that a calendar covers.

    A run that goes on longer meets the others; until then they are asked nothing.
    """
    kept = {key: each for key, each in evidence.targets.items() if covers(calendar, each)}
    return evidence.model_copy(update={"targets": kept})


def read(series: np.ndarray, calendar: Calendar, reading: Reading) -> np.ndarray:
    """Return what `reading` says of weekly counts of shape `(..., n_weeks + 1, len(COUNTS))`.

    A day between two counts is read off the straight line between them.

    Raises:
        InputError: the reading names a series that is not counted.
    """
    for name in reading.series:
        if name not in COUNTS:
            raise InputError(
                "evidence",
                f"no series is called `{name}`",
                ", ".join(COUNTS),
                nearest(name, COUNTS),
            )
    counts = series[..., [COUNTS.index(name) for name in reading.series]].sum(axis=-1)
    start = _at(counts, calendar, reading.start)
    if reading.end is None:
        return start
    end = _at(counts, calendar, reading.end)
    if reading.statistic == "change":
        return end - start
    first = _week(calendar, reading.start)
    last = _week(calendar, reading.end)
    between = counts[..., int(np.ceil(first)) : int(np.floor(last)) + 1].max(axis=-1)
    return np.maximum(np.maximum(start, end), between)


def predict(series: np.ndarray, calendar: Calendar, target: Target) -> np.ndarray:
    """Return the count, or ratio of counts, that `target` speaks about; nan where 0 / 0."""
    value = read(series, calendar, target.reading)
    if target.over is None:
        return value
    with np.errstate(divide="ignore", invalid="ignore"):
        return value / read(series, calendar, target.over)


def predict_all(
    series: np.ndarray, calendar: Calendar, evidence: EvidenceSet
) -> dict[str, np.ndarray]:
    """Return the predictions for every target whose dates the calendar covers."""
    return {
        key: predict(series, calendar, target)
        for key, target in within(evidence, calendar).targets.items()
    }


def week_below(holding: np.ndarray, few: int = FEW) -> np.ndarray:
    """Return the first week with fewer than `few` holding out, nan where there is none.

    Args:
        holding: counts, shape (..., n_weeks + 1).
        few: people.
    """
    below = holding < few
    return np.where(below.any(axis=-1), below.argmax(axis=-1), np.nan)


def _week(calendar: Calendar, day: date) -> float:
    return (day.toordinal() - calendar.start.toordinal()) / 7.0


def _at(counts: np.ndarray, calendar: Calendar, day: date) -> np.ndarray:
    week = min(max(_week(calendar, day), 0.0), counts.shape[-1] - 1.0)
    low = int(np.floor(week))
    high = min(low + 1, counts.shape[-1] - 1)
    return counts[..., low] + (week - low) * (counts[..., high] - counts[..., low])
