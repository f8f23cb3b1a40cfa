"""What is kept of every run of a sweep: one number for each question asked of a world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.chart.registry import chart
from sim.evidence.sets import EvidenceSet, Target
from sim.experiment.readings import FEW, predict, week_below, within
from sim.model.codes import COUNTS, P_QUIET, P_SIGNING, PLACES, WINGS
from sim.scenario.schema import Calendar

if TYPE_CHECKING:
    from sim.model.world import History

COLUMNS = {
    "point": "number of the point in the design, from 0",
    "seed": "random seed",
    "peak": "most people who ever held out in one week",
    "peak_week": "the first week with that many",
    "target_*": "what the world says of each target of the evidence set whose dates it covers",
    "holding_*": "people holding out on the last day that the target of this name speaks of",
    f"week_below_{FEW}": f"first week with fewer than {FEW:,} holding out; empty if none",
    "signed_*": "people of each wing who signed a statement",
    "quiet_*": "people of each wing who went quiet without signing",
    "remaining": "people holding out on the last day",
    "remaining_*": "of them, those in the Party, underground, in exile, in an isolator, in a camp",
}
"""What the columns of a table of runs mean, after the axes of the design."""


_COUNTED = np.array([each.holding and each.counted for each in chart().stances])
"""Whether somebody of a stance holds out without a break."""


def summarise(history: History, evidence: EvidenceSet) -> dict[str, float | int | None]:
    """Return the summaries of a world that has been run; None stands for "never".

    Args:
        history: run to its end.
        evidence: whose targets are read off it.
    """
    state, calendar = history.world.state, history.scenario.calendar
    series = state.series
    holding = series[:, COUNTS.index("holding")]
    found: dict[str, float | int | None] = {
        "peak": int(holding.max()),
        "peak_week": int(holding.argmax()),
    }
    targets = covered(evidence, calendar)
    for key, target in targets.items():
        found[f"target_{key}"] = _plain(predict(series, calendar, target))
    for key, target in targets.items():
        found[f"holding_{key}"] = _on_day(holding, calendar, target)
    found[f"week_below_{FEW}"] = _plain(week_below(holding))
    left = (state.event_week[P_SIGNING] >= 0, state.event_week[P_QUIET] >= 0)
    for name, gone in zip(("signed", "quiet"), left, strict=True):
        for code, wing in enumerate(WINGS):
            found[f"{name}_{wing}"] = int((gone & (history.world.people.wing == code)).sum())
    remaining = _COUNTED[state.person["stance"]]
    found["remaining"] = int(remaining.sum())
    for code, place in enumerate(PLACES):
        found[f"remaining_{place}"] = int((remaining & (state.person["place"] == code)).sum())
    return found


def covered(evidence: EvidenceSet, calendar: Calendar) -> dict[str, Target]:
    """Return the targets whose days the calendar covers."""
    return within(evidence, calendar).targets


def names(evidence: EvidenceSet, calendar: Calendar) -> list[str]:
    """Return the summaries of a run, in the order of the columns."""
    targets = covered(evidence, calendar)
    return [
        "peak",
        "peak_week",
        *(f"target_{key}" for key in targets),
        *(f"holding_{key}" for key in targets),
        f"week_below_{FEW}",
        *(f"signed_{wing}" for wing in WINGS),
        *(f"quiet_{wing}" for wing in WINGS),
        "remaining",
        *(f"remaining_{place}" for place in PLACES),
    ]


def headline(evidence: EvidenceSet, calendar: Calendar) -> str:
    """Return the summary that a picture shows if it can show but one.

    The last target the fit uses that counts those holding out on a day, or those of the last day.
    """
    counted = [
        key
        for key, target in covered(evidence, calendar).items()
        if target.over is None
        and target.reading.series == ("holding",)
        and target.reading.statistic == "at"
        and not target.held_out
    ]
    return f"target_{counted[-1]}" if counted else "remaining"


def _plain(value: np.ndarray) -> float | None:
    number = float(value)
    return number if np.isfinite(number) else None


def _on_day(holding: np.ndarray, calendar: Calendar, target: Target) -> float:
    day = target.reading.end or target.reading.start
    week = (day.toordinal() - calendar.start.toordinal()) / 7.0
    return float(np.interp(week, np.arange(len(holding)), holding))
