"""The one interval in which every number over seeds or draws is given."""

from __future__ import annotations

import numpy as np

LEVEL = 0.9
"""What the interval holds."""
QUANTILES = {"low": 0.05, "median": 0.5, "high": 0.95}
"""Its ends, and the middle."""
HALF = 1.645
"""Standard errors from the middle of a normal law to either end of it."""


def spread(found: np.ndarray, prefix: str = "") -> dict[str, float]:
    """Return `low`, `median` and `high` of numbers, nan where none is known.

    Args:
        found: (n,), of which nan is left out.
        prefix: put before each name.
    """
    known = found[~np.isnan(found)]
    return {
        f"{prefix}{name}": float(np.quantile(known, q)) if known.size else float("nan")
        for name, q in QUANTILES.items()
    }


def interval(found: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the low end, the median and the high end along the first axis of (n, ...)."""
    return tuple(np.quantile(found, q, axis=0) for q in QUANTILES.values())
