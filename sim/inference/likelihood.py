"""How far a world agrees with the figures: the measurement model.

Counts are compared on the log scale, as a historian who is a tenth off is so whatever the size.
"""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

from sim.evidence.sets import EvidenceSet, Target
from sim.experiment.readings import covers, predict
from sim.scenario.schema import Calendar


def log_likelihood(prediction: np.ndarray, target: Target) -> np.ndarray:
    """Return the log-likelihood of a target given what worlds predict, elementwise.

    `about`: log-normal error (up to a constant). `above`, `below`, `between`: the probability
    that the count lies beyond the stated bounds when each bound carries the same error. A count
    of zero is read as half a person.
    """
    y = np.log(np.maximum(np.nan_to_num(np.asarray(prediction, float), nan=0.0), 0.5))
    if target.over is not None:
        y = np.log(np.maximum(np.nan_to_num(np.asarray(prediction, float), nan=0.0), 1e-6))
    if target.kind == "about":
        return -0.5 * ((y - np.log(target.value)) / target.spread) ** 2
    if target.kind == "above":
        return log_ndtr((y - np.log(target.value)) / target.spread)
    if target.kind == "below":
        return log_ndtr((np.log(target.value) - y) / target.spread)
    return log_ndtr((y - np.log(target.low)) / target.spread) + log_ndtr(
        (np.log(target.high) - y) / target.spread
    )


def total(series: np.ndarray, calendar: Calendar, evidence: EvidenceSet) -> np.ndarray:
    """Return the log-likelihood of all targets that the fit may use.

    Args:
        series: counts, shape (..., n_weeks + 1, len(COUNTS)); averaged over nothing.
        calendar: of the scenario.
        evidence: whose figures are believed.
    """
    return sum(
        (
            log_likelihood(predict(series, calendar, target), target)
            for target in evidence.targets.values()
            if not target.held_out and covers(calendar, target)
        ),
        start=np.zeros(series.shape[:-2]),
    )
