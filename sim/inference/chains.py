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
DRIFT, WIDENING, WIDEST = 0.2, 0.02, 0.2
"""How far the earlier and the later half of what is kept may differ: any mean, in standard
deviations; and the logs of the standard deviations, on average (or by a standard error, where few
draws cannot tell so little) and any."""
LONG_ENOUGH = 1.0
"""Autocorrelation times that what is kept lasts at least. As long a burn-in has gone before it,
twice the time in which what is remembered of the beginning falls by e; there are hundreds of
walkers, so that draws are many by then."""
ALIKE = 0.05
"""Autocorrelation from which on it counts as none."""


def effective_draws(z: np.ndarray) -> tuple[float, bool]:
    """Return what walkers are worth after a burn-in of half of the rounds.

    Args:
        z: (rounds, walkers, dimensions), where they stood.

    Returns:
        Effective draws of the slowest dimension (Vehtari et al. 2021, doi:10.1214/20-BA1221); and
        whether it is settled: long enough, with means and spreads that no longer change.
    """
    kept = z[len(z) // 2 :]
    n, walkers = kept.shape[:2]
    whole = kept.var(axis=(0, 1))
    if n < 4 or not whole.all():
        return 0.0, False
    centred = kept - kept.mean(axis=(0, 1))
    times, going = np.ones(z.shape[2]), np.ones(z.shape[2], bool)
    for lag in range(1, n):
        alike = (centred[:-lag] * centred[lag:]).mean(axis=(0, 1)) / whole
        going &= alike >= ALIKE
        if not going.any():
            break
        times += np.where(going, 2.0 * alike, 0.0)
    slowest = float(times.max())
    ess = n * walkers / slowest
    early, late = kept[: n // 2], kept[n // 2 :]
    shift = np.abs(early.mean(axis=(0, 1)) - late.mean(axis=(0, 1))) / np.sqrt(whole)
    wider = 0.5 * np.log(late.var(axis=(0, 1)) / early.var(axis=(0, 1)))
    chance = math.sqrt(2.0 / (ess * len(wider)))
    steady = abs(wider.mean()) < max(WIDENING, chance) and np.abs(wider).max() < WIDEST
    return ess, bool(n >= LONG_ENOUGH * slowest and shift.max() < DRIFT and steady)


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
