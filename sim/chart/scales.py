"""Shares and their log odds."""

from __future__ import annotations

import numpy as np


def logit(p: float) -> float:
    """Return the log odds of a share, which is kept away from 0 and 1."""
    p = min(max(p, 1e-12), 1.0 - 1e-12)
    return float(np.log(p / (1.0 - p)))


def expit(x: np.ndarray) -> np.ndarray:
    """Return the shares of log odds."""
    return 1.0 / (1.0 + np.exp(-x))
