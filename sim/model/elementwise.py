"""Elementary functions of arrays, and draws by inversion: the same bits on every machine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from sim import elementary
from sim.model.compiled import compiled, with_its_helpers

_exp_of = with_its_helpers(elementary.exp)
_log_of = with_its_helpers(elementary.log)
_normal_log_cdf_of = with_its_helpers(elementary.normal_log_cdf)
_normal_quantile_of = with_its_helpers(elementary.normal_quantile)

_LEAST = 2.0**-54
"""Stands for a uniform of exactly 0, whose normal quantile would be infinite."""
_TINY = float(np.finfo(float).tiny)


@compiled
def _exp(x: np.ndarray, out: np.ndarray) -> None:
    for k in range(x.size):
        out[k] = _exp_of(x[k])


@compiled
def _log(x: np.ndarray, out: np.ndarray) -> None:
    for k in range(x.size):
        out[k] = _log_of(x[k])


@compiled
def _normal_log_cdf(x: np.ndarray, out: np.ndarray) -> None:
    for k in range(x.size):
        out[k] = _normal_log_cdf_of(x[k])


@compiled
def _normal(uniform: np.ndarray, out: np.ndarray) -> None:
    for k in range(uniform.size):
        out[k] = _normal_quantile_of(max(uniform[k], _LEAST))


@compiled
def _exponential(uniform: np.ndarray, out: np.ndarray) -> None:
    for k in range(uniform.size):
        out[k] = -_log_of(1.0 - uniform[k]) + _TINY


def _each(function: Callable[[np.ndarray, np.ndarray], None], x: ArrayLike) -> np.ndarray:
    numbers = np.asarray(x, np.float64)
    out = np.empty(numbers.size)
    function(numbers.ravel(), out)
    return out.reshape(numbers.shape)


def exp(x: ArrayLike) -> np.ndarray:
    """Return `elementary.exp` of each number."""
    return _each(_exp, x)


def log(x: ArrayLike) -> np.ndarray:
    """Return `elementary.log` of each number."""
    return _each(_log, x)


def normal_log_cdf(x: ArrayLike) -> np.ndarray:
    """Return `elementary.normal_log_cdf` of each number."""
    return _each(_normal_log_cdf, x)


def normal(uniform: ArrayLike) -> np.ndarray:
    """Return standard normals for uniforms on [0, 1)."""
    return _each(_normal, uniform)


def exponential(uniform: ArrayLike) -> np.ndarray:
    """Return Exp(1) draws for uniforms on [0, 1); never exactly zero."""
    return _each(_exponential, uniform)


def log_sum_exp(
    x: np.ndarray, axis: int | None = None, shares: np.ndarray | float = 1.0
) -> np.ndarray:
    """Return the log of the sum of `shares` times e**x, along an axis or of all."""
    most = np.max(x, axis=axis, keepdims=True)
    most = np.where(np.isfinite(most), most, 0.0)
    total = np.sum(shares * exp(x - most), axis=axis, keepdims=True)
    found = log(total) + most
    return found.reshape(()) if axis is None else np.squeeze(found, axis)
