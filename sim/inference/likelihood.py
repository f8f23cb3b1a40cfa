"""How far a world agrees with the figures: the measurement model.

Counts are compared on the log scale, as a historian who is a tenth off is so whatever the size.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from sim.elementary import log
from sim.evidence.sets import Statement, Target
from sim.model import elementwise
from sim.model.elementwise import log_sum_exp, normal_log_cdf

LEAST_COUNT, LEAST_RATIO = 0.5, 1e-6
"""What a count or a ratio of zero is read as, so that nobody left is unlikely, not impossible."""


def log_likelihood(prediction: ArrayLike, target: Target) -> np.ndarray:
    """Return the log-likelihood of a target given what worlds predict, elementwise.

    `about`: log-normal error, relative to perfect agreement. `above`, `below`, `between`: the
    probability that the count lies beyond the stated bounds when each bound carries the same
    error. `either`: a mixture; exactly one of the alternatives is right, and one that is wrong
    might have said anything.
    """
    return of_logs(elementwise.log(as_read(prediction, target)), target)


def of_logs(y: np.ndarray, target: Target) -> np.ndarray:
    """Return the same, given the logs of what worlds predict, as they are read."""
    if target.kind != "either":
        return _of_statement(y, target)
    weights = np.array([each.weight for each in target.alternatives])
    if target.alternatives[0].kind == "about":
        weights /= [each.spread for each in target.alternatives]  # the height of each density
    found = np.stack([_of_statement(y, each) for each in target.alternatives])
    shares = (weights / weights.sum()).reshape(-1, *[1] * y.ndim)
    return log_sum_exp(found, axis=0, shares=shares)


def as_read(prediction: ArrayLike, target: Target) -> np.ndarray:
    """Return what worlds predict for a target as it is read, elementwise: above zero."""
    least = LEAST_COUNT if target.over is None else LEAST_RATIO
    return np.maximum(np.nan_to_num(np.asarray(prediction, float), nan=0.0), least)


def total(predictions: Mapping[str, np.ndarray], targets: Mapping[str, Target]) -> np.ndarray:
    """Return the log-likelihood of all `targets` together, elementwise over the worlds.

    Args:
        predictions: what worlds say of each target (see `readings.predict`), by key.
        targets: independent of each other; those that are not sit together in an `either`.
    """
    each = (log_likelihood(predictions[key], target) for key, target in targets.items())
    return sum(each, start=np.zeros(()))


def _of_statement(y: np.ndarray, said: Statement) -> np.ndarray:
    if said.kind == "about":
        return -0.5 * ((y - log(said.figure)) / said.spread) ** 2
    if said.kind == "above":
        return normal_log_cdf((y - log(said.figure)) / said.spread)
    if said.kind == "below":
        return normal_log_cdf((log(said.figure) - y) / said.spread)
    low, high = map(log, said.bounds)
    return normal_log_cdf((y - low) / said.spread) + normal_log_cdf((high - y) / said.spread)
