"""Lasting differences between people against the survivor functions of frailty models.

Everybody's hazard is constant, the population's falls: those who would have left have left.

Vaupel, Manton & Stallard (1979), The impact of heterogeneity in individual frailty on the
dynamics of mortality, Demography 16; Clayton (1978), A model for association in bivariate life
tables, Biometrika 65.
"""

import math

import numpy as np
import pytest
from measure import assert_agrees, binomial_error
from scipy.integrate import quad
from scipy.stats import norm
from worlds import count, live, people_with, plain

from sim.model.codes import P_SIGNING

PEOPLE, HAZARD = 20_000, 0.03


def frail(**changes):
    return plain(population__size=PEOPLE, coefficients__baseline=math.log(HAZARD), **changes)


@pytest.mark.parametrize("variance", [0.25, 1.0, 4.0])
def test_gamma_frailty(variance):
    """With gamma frailty of mean 1, S(t) = (1 + v H)^(-1 / v)."""
    scenario = frail()
    frailty = np.random.default_rng(31).gamma(1 / variance, variance, PEOPLE)
    conviction = -np.log(np.maximum(frailty, 1e-30))
    world = live(scenario, seed=32, people=people_with(scenario, 32, conviction=conviction))
    weeks = np.arange(scenario.calendar.weeks + 1)
    p = (1 + variance * HAZARD * weeks) ** (-1 / variance)
    assert_agrees(count(world, "holding"), PEOPLE * p, binomial_error(PEOPLE, p))


@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0])
def test_log_normal_frailty(spread):
    """The model's own conviction against S(t) = E exp(-H e^(s Z)), integrated numerically."""
    scenario = frail(population__conviction_spread=spread)
    world = live(scenario, seed=33)

    def survivors(week):
        def integrand(z):
            return math.exp(-HAZARD * week * math.exp(spread * z)) * norm.pdf(z)

        return quad(integrand, -10, 10, limit=200)[0]

    p = np.array([1.0, *(survivors(week) for week in range(1, scenario.calendar.weeks + 1))])
    assert_agrees(count(world, "holding"), PEOPLE * p, binomial_error(PEOPLE, p))


def test_the_hazard_of_the_population_falls_as_the_frail_leave():
    """With gamma frailty the mean hazard of those left is h / (1 + v H)."""
    scenario, variance = frail(), 2.0
    frailty = np.random.default_rng(34).gamma(1 / variance, variance, PEOPLE)
    people = people_with(scenario, 35, conviction=-np.log(np.maximum(frailty, 1e-30)))
    week = 60
    world = live(scenario, 35, people, weeks=week)
    left = frailty[world.state.event_week[P_SIGNING] < 0]
    expected = 1 / (1 + variance * HAZARD * week)
    # Of those left frailty is again gamma, with the same shape and a smaller scale.
    error = expected * math.sqrt(variance / left.size)
    assert_agrees(left.mean(), expected, error)
