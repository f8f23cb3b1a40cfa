"""The measurement model against values computed by hand."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import norm

from sim.errors import InputError
from sim.evidence.sets import Reading, Target, evidence_set, names
from sim.experiment.readings import covers, predict, read
from sim.inference.likelihood import log_likelihood, total
from sim.model.codes import COUNTS
from sim.scenario.schema import Calendar

CALENDAR = Calendar(start=date(1928, 1, 2), end=date(1928, 3, 5))
AT = {"series": ("holding",), "start": date(1928, 1, 16)}


def target(**changes) -> Target:
    base = {"what": "a count", "kind": "about", "value": 8000.0, "spread": 0.1}
    return Target.model_validate(base | {"claims": ("opp-8000-1928",), "reading": AT} | changes)


def weekly(*counts: int, column: str = "holding") -> np.ndarray:
    series = np.zeros((len(counts), len(COUNTS)), int)
    series[:, COUNTS.index(column)] = counts
    return series


def test_about_is_log_normal():
    assert log_likelihood(8000.0, target()) == 0.0
    expected = norm.logpdf(np.log(7000), np.log(8000), 0.1) - norm.logpdf(0, 0, 0.1)
    assert log_likelihood(7000.0, target()) == pytest.approx(expected)


@pytest.mark.parametrize(("kind", "sign"), [("above", 1), ("below", -1)])
def test_bounds_are_soft_by_their_spread(kind, sign):
    bound = target(kind=kind, value=1000.0)
    assert log_likelihood(1000.0, bound) == pytest.approx(np.log(0.5))
    assert log_likelihood(1105.17, bound) == pytest.approx(norm.logcdf(sign * 1.0), abs=1e-4)


def test_between_is_both_bounds():
    both = target(kind="between", value=None, low=500.0, high=1000.0)
    low = log_likelihood(700.0, target(kind="above", value=500.0))
    high = log_likelihood(700.0, target(kind="below", value=1000.0))
    assert log_likelihood(700.0, both) == pytest.approx(low + high)


def test_nobody_left_is_unlikely_and_finite():
    assert -1e5 < log_likelihood(0.0, target()) < -1000


def test_grade_gives_the_spread():
    graded = Target.model_validate(
        {"what": "x", "kind": "about", "value": 1, "claims": ("opp-8000-1928",), "reading": AT}
    )
    assert graded.spread == 0.15


def test_readings():
    series = weekly(100, 80, 60, 90, 50, 40, 30, 20, 10, 5)
    monday = CALENDAR.start
    at = Reading(series=("holding",), start=monday + timedelta(days=7))
    between = Reading(series=("holding",), start=monday + timedelta(days=10))
    change = Reading(
        series=("holding",), statistic="change", start=monday, end=monday + timedelta(weeks=4)
    )
    highest = Reading(
        series=("holding",),
        statistic="highest",
        start=monday + timedelta(weeks=1),
        end=monday + timedelta(weeks=5),
    )
    assert read(series, CALENDAR, at) == 80
    assert read(series, CALENDAR, between) == pytest.approx(80 - 20 * 3 / 7)
    assert read(series, CALENDAR, change) == -50
    assert read(series, CALENDAR, highest) == 90


def test_ratio_of_nothing_to_nothing_says_nothing_good():
    ratio = target(kind="above", value=1.0, over=AT)
    nobody = weekly(*[0] * 10)
    assert np.isnan(predict(nobody, CALENDAR, ratio))
    assert log_likelihood(predict(nobody, CALENDAR, ratio), ratio) < -100


def test_total_adds_targets_and_leaves_out_what_is_held_out():
    evidence = evidence_set("greene-deutscher")
    calendar = Calendar(start=date(1927, 12, 19), end=date(1930, 1, 6))
    series = np.random.default_rng(1).integers(1, 9000, (3, calendar.weeks + 1, len(COUNTS)))
    by_hand = sum(
        log_likelihood(predict(series, calendar, each), each)
        for each in evidence.targets.values()
        if not each.held_out
    )
    assert total(series, calendar, evidence) == pytest.approx(by_hand)
    assert not covers(calendar, evidence.targets["level_1936"])


@pytest.mark.parametrize("name", names())
def test_sets_read_series_that_exist(name):
    long = Calendar(start=date(1927, 12, 19), end=date(1936, 7, 1))
    series = np.ones((long.weeks + 1, len(COUNTS)))
    for each in evidence_set(name).targets.values():
        assert np.isfinite(predict(series + np.arange(long.weeks + 1)[:, None], long, each))


def test_unknown_set_and_series_are_named():
    with pytest.raises(InputError, match="did you mean `longuet`"):
        evidence_set("longet")
    with pytest.raises(InputError, match="did you mean `holding`"):
        read(weekly(1, 2), CALENDAR, Reading(series=("holdin",), start=CALENDAR.start))
