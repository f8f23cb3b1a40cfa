"""How many draws walkers are worth, and how large the mass is that they stand on."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from sim.model import elementwise
from sim.model.elementwise import log_sum_exp

INSIDE = 0.8
"""Share of the draws in the part of space on which an evidence is measured."""
POINTS, PIECE = 60_000, 2_000
"""At which an emulator is asked for it, and at a time."""
DRIFT, WIDENING = 0.2, 1.03
"""How far the earlier and the later half of what is kept may differ: any mean, in standard
deviations; and the sum of the variances, as a ratio."""
LONG_ENOUGH = 1.0
"""Autocorrelation times that what is kept lasts at least. As long a burn-in has gone before it,
twice the time in which what is remembered of the beginning falls by e; there are hundreds of
walkers, so that draws are many by then."""


def effective_draws(z: np.ndarray) -> tuple[float, bool, int]:
    """Return what walkers are worth after a burn-in of half of the rounds.

    Args:
        z: (rounds, walkers, dimensions), where they stood.

    Returns:
        Effective draws (Vehtari et al. 2021, doi:10.1214/20-BA1221, of the slowest dimension but
        one in ten); whether it is settled: long enough, and with means and spread that no longer
        change; and every which round to keep, so that what is kept is nearly independent.
    """
    kept = z[len(z) // 2 :]
    n, walkers = kept.shape[:2]
    if n < 4:
        return 0.0, False, 1
    centred = kept - kept.mean(axis=(0, 1))
    whole = (centred**2).mean(axis=(0, 1))
    time = np.ones(z.shape[2])
    for lag in range(1, n):
        alike = (centred[:-lag] * centred[lag:]).mean(axis=(0, 1)) / whole
        if (alike < 0.05).all():
            break
        time += 2.0 * np.maximum(alike, 0.0)
    slow = float(np.quantile(time, 0.9))
    early, late = kept[: n // 2], kept[n // 2 :]
    shift = np.abs(early.mean(axis=(0, 1)) - late.mean(axis=(0, 1))) / np.sqrt(whole)
    wider = late.var(axis=(0, 1)).sum() / early.var(axis=(0, 1)).sum()
    settled = bool(n >= LONG_ENOUGH * slow and shift.max() < DRIFT and wider < WIDENING)
    return n * walkers / slow, settled, max(1, min(round(slow), n // 4))


def between(
    log_density: Callable[[np.ndarray], np.ndarray], z: np.ndarray, rng: np.random.Generator
) -> tuple[float, float, np.ndarray]:
    """Return the log of an integral over the ellipsoid that holds most of some points.

    Args:
        log_density: of the integrand, for (n, dimensions).
        z: (n, dimensions), about where its mass is.
        rng: for the points.

    Returns:
        The log of the integral, its standard error, and which of `z` lie inside, (n,).
    """
    centre, spread = z.mean(axis=0), np.cov(z.T)
    root = np.linalg.cholesky(spread + 1e-9 * np.eye(len(spread)))
    far = (np.linalg.solve(root, (z - centre).T) ** 2).sum(axis=0)
    edge = float(np.quantile(far, INSIDE))
    parts = []
    for _ in range(POINTS // PIECE):
        normal = rng.standard_normal((PIECE, len(centre)))
        square = (normal**2).sum(axis=1)
        log_q = -0.5 * square - 0.5 * len(centre) * math.log(2.0 * math.pi)
        log_q -= float(np.log(np.diag(root)).sum())
        there = log_density(centre + normal @ root.T)
        parts.append(np.where(square <= edge, there - log_q, -np.inf))
    weights = np.concatenate(parts)
    mean = float(log_sum_exp(weights) - math.log(len(weights)))
    relative = elementwise.exp(weights - mean)
    return mean, float(np.std(relative)) / math.sqrt(len(weights)), far <= edge
