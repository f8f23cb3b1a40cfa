"""Simulation-based calibration: does the truth fall anywhere in its posterior equally often?

Parameters are drawn from the prior, figures from a world that they make, and both are forgotten;
a posterior from these figures alone, if everything is right, holds the truth in its 90% intervals
nine times of ten, and the place of the truth in it is uniform (Cook, Gelman & Rubin 2006; Talts et
al. 2018, arXiv:1804.06788). The same holds for whatever depends on the figures too, such as the
likelihood, which finds errors that leave every parameter alone (Modrák et al. 2023,
arXiv:2211.02383).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binom, binomtest

from sim.experiment.quantiles import QUANTILES
from sim.inference.posterior import weighted
from sim.inference.sampling import effective

ENDS = dict(sorted((QUANTILES | {"lower": 0.25, "upper": 0.75}).items(), key=lambda end: end[1]))
"""The ends of the 90% and the 50% interval, and the middle."""
DOUBT = 0.01
"""p-value below which a quantity is in doubt; divided by the number of quantities, FAILED."""
NULLS = 10_000
"""Samples of uniform places with which the ECDF test is calibrated."""
UNIFORM, IN_DOUBT, FAILED = "as it should be", "in doubt", "FAILED"


def placed(values: np.ndarray, weights: np.ndarray, truth: float, u: float) -> dict[str, float]:
    """Return where the truth lies among posterior draws: one quantity of one simulation.

    Args:
        values: (n,), draws.
        weights: (n,), not negative.
        truth: the value that made the figures.
        u: uniform on 0 to 1; decides where between two draws, or among equal ones, it lies.

    Returns:
        `truth`, the quantiles of `ENDS`, `variance`, and `place`, 0 to 1: with n independent
        draws (rank + u) / (n + 1), exactly uniform; weighted draws count as their effective number.
    """
    shares = weights / weights.sum()
    n = effective(weights)
    below, equal = shares[values < truth].sum(), shares[values == truth].sum()
    mean = shares @ values
    return {
        "truth": float(truth),
        **{name: weighted(values, shares, q) for name, q in ENDS.items()},
        "variance": float(shares @ (values - mean) ** 2),
        "place": float((n * below + u * (n * equal + 1.0)) / (n + 1.0)),
    }


def uniformity(places: np.ndarray) -> float:
    """Return the p-value of places being uniform, by the deviation of their ECDF.

    The largest deviation anywhere, each point judged by its binomial law (Säilynoja, Bürkner &
    Vehtari 2022, doi:10.1007/s11222-022-10090-6).

    Args:
        places: (n,), 0 to 1.
    """
    nulls = _nulls(len(places))
    return float((1 + np.searchsorted(nulls, _deviation(places[None]), "right")[0]) / (NULLS + 1))


def ecdf_band(n: int, level: float = 0.99) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the band that holds the whole ECDF of n uniform places with a probability.

    Returns:
        Points (n,), lower and upper end of the share of places up to each.
    """
    gamma = np.quantile(_nulls(n), 1.0 - level)
    at = np.arange(1, n + 1) / n
    low, high = binom.ppf(gamma / 2.0, n, at), binom.ppf(1.0 - gamma / 2.0, n, at)
    return at, low / n, high / n


def histogram_band(n: int, bins: int, level: float = 0.99) -> tuple[float, float]:
    """Return between what counts a bar of a histogram of n uniform places lies."""
    low, high = binom.ppf([0.5 - level / 2, 0.5 + level / 2], n, 1.0 / bins)
    return float(low), float(high)


def calibration(rows: pd.DataFrame) -> pd.DataFrame:
    """Return how well posteriors knew what they knew, one row a quantity.

    `covered_*` are the shares of simulations whose interval held the truth, `*_error` their Monte
    Carlo error; `p_value` is that of the ranks and both coverages, thrice the least of the three.

    Args:
        rows: one a simulation and quantity: `quantity`, what `placed` gives, `contraction`.
    """
    names = list(dict.fromkeys(rows["quantity"]))
    found = []
    for name in names:
        each = rows[rows["quantity"] == name]
        places = each["place"].to_numpy()
        n = len(places)
        row: dict[str, Any] = {"quantity": name, "simulations": n}
        row["contraction"] = float(each["contraction"].mean())
        row["correlation"] = _correlation(each["truth"], each["median"])
        chances = [uniformity(places)]
        for percent in (50, 90):
            share = percent / 100
            inside = int((np.abs(places - 0.5) <= share / 2).sum())
            row[f"covered_{percent}"] = inside / n
            row[f"covered_{percent}_error"] = float(np.sqrt(share * (1 - share) / n))
            chances.append(float(binomtest(inside, n, share).pvalue))
        row |= {"p_ranks": chances[0], "p_value": min(3.0 * min(chances), 1.0)}
        found.append(row | {"in_words": _words(row["p_value"], len(names))})
    return pd.DataFrame(found)


def _words(p: float, quantities: int) -> str:
    if p < DOUBT / quantities:
        return FAILED
    return IN_DOUBT if p < DOUBT else UNIFORM


def _correlation(one: pd.Series, other: pd.Series) -> float:
    if len(one) < 3 or one.std() == 0 or other.std() == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


def _deviation(places: np.ndarray) -> np.ndarray:
    """Return, for rows of n places, the least two-sided probability of their ECDF anywhere."""
    n = places.shape[-1]
    at = np.arange(1, n) / n
    counts = np.arange(n + 1)[:, None]
    chances = np.minimum(binom.cdf(counts, n, at), binom.sf(counts - 1, n, at))
    up_to = np.stack([np.searchsorted(row, at, "right") for row in np.sort(places)])
    return np.minimum(2.0 * chances[up_to, np.arange(n - 1)], 1.0).min(axis=-1, initial=1.0)


@cache
def _nulls(n: int) -> np.ndarray:
    """Return the sorted deviations of `NULLS` samples of n uniform places; always the same ones."""
    return np.sort(_deviation(np.random.default_rng(n).random((NULLS, n))))
