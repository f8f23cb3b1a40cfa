"""Our own exp, log and normal quantile: as exact as the libraries', and alike however they run."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_ndtr, ndtri

from sim import elementary
from sim.model import elementwise

RNG = np.random.default_rng(5)
EXPONENTS = np.concatenate([RNG.uniform(-708, 709, 50_000), RNG.normal(0, 5, 50_000)])
POSITIVE = np.concatenate(
    [np.exp(RNG.uniform(-700, 700, 50_000)), RNG.random(50_000), 1 - 2.0 ** -np.arange(1, 54)]
)


def units(found: np.ndarray, x: np.ndarray, function) -> np.ndarray:
    """Return errors in units of the last place, against extended precision."""
    return np.abs((found - function(x.astype(np.longdouble))) / np.spacing(np.abs(found)))


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 60, reason="needs extended precision")
def test_exp_and_log_err_by_less_than_a_unit_in_the_last_place():
    assert units(elementwise.exp(EXPONENTS), EXPONENTS, np.exp).max() < 0.52
    assert units(elementwise.log(POSITIVE), POSITIVE, np.log).max() < 0.9


def test_the_ends():
    exp, log = elementwise.exp, elementwise.log
    assert exp([0.0, -math.inf, -709.0, 710.0, math.inf]).tolist() == [1, 0, 0, math.inf, math.inf]
    assert log([1.0, 0.0, math.inf]).tolist() == [0.0, -math.inf, math.inf]
    assert np.isnan([*exp([math.nan]), *log([math.nan, -1.0])]).all()


def test_normal_quantile_and_distribution():
    u = np.concatenate([RNG.random(20_000), 10.0 ** RNG.uniform(-16, -1, 1_000)])
    u = np.maximum(u, 2.0**-54)
    assert elementwise.normal(u) == pytest.approx(ndtri(u), rel=1e-14, abs=1e-15)
    x = np.linspace(-40, 12, 20_001)
    assert elementwise.normal_log_cdf(x) == pytest.approx(log_ndtr(x), rel=1e-14, abs=1e-14)


@given(st.floats(-700, 700), st.floats(1e-300, 1e300))
def test_plain_python_gives_the_bits_of_compiled_code(x, y):
    assert elementary.exp(x) == elementwise.exp(x)
    assert elementary.log(y) == elementwise.log(y)


@given(st.floats(-300, 300))
def test_log_undoes_exp(x):
    assert elementary.log(elementary.exp(x)) == pytest.approx(x, rel=1e-15, abs=2e-16)


def test_draws_by_inversion_stay_finite_at_both_ends():
    ends = np.array([0.0, 1.0 - 2.0**-53])
    assert np.isfinite(elementwise.normal(ends)).all()
    assert (elementwise.exponential(ends) > 0.0).all()
    assert elementwise.exponential(ends)[1] == pytest.approx(53 * math.log(2))


def test_log_sum_exp():
    x = np.array([[0.0, 1.0, -800.0], [-np.inf, -np.inf, 2.0]])
    assert float(elementwise.log_sum_exp(x)) == pytest.approx(math.log(1 + math.e + math.e**2))
    assert elementwise.log_sum_exp(x, axis=1) == pytest.approx([math.log(1 + math.e), 2.0])
    shares = np.array([[0.25], [0.75]])
    both = elementwise.log_sum_exp(np.zeros((2, 3)), axis=0, shares=shares)
    assert both == pytest.approx(np.zeros(3), abs=1e-15)
    assert float(elementwise.log_sum_exp(np.full(4, -np.inf))) == -math.inf
