"""Contagion among people who all see each other, against its exact law and its limit.

Within a week everybody who holds out leaves with the same chance, which depends on how many left
before: a chain-binomial epidemic, whose law for small numbers is a product of matrices and for
large numbers a recursion. Adding up one hazard for all until it passes their resistances is
Sellke's construction of it.

Abbey (1952), An examination of the Reed-Frost theory of epidemics, Human Biology 24; Sellke
(1983), On the asymptotic distribution of the size of a stochastic epidemic, Journal of Applied
Probability 20; Kurtz (1970), Solutions of ordinary differential equations as limits of pure jump
Markov processes, Journal of Applied Probability 7.
"""

import math

import numpy as np
import pytest
from measure import assert_agrees, assert_moments_agree
from scipy.stats import binom
from worlds import (
    assert_same,
    count,
    everybody_writes,
    live,
    nobody_writes,
    people_with,
    plain,
    week_left,
)

from sim.model.codes import P_QUIET, P_SIGNING

BASELINE, EXAMPLE = math.log(0.01), 3.0


def hazard(share_gone):
    return np.exp(BASELINE + EXAMPLE * share_gone)


def contagious(n, **changes):
    return plain(
        population__size=n,
        coefficients__baseline=BASELINE,
        coefficients__example=EXAMPLE,
        **changes,
    )


def chain_binomial(n, weeks, others):
    """Return the law (n + 1,) of the number gone after `weeks`, of whom each sees `others`."""
    gone = np.arange(n + 1)
    leaves = -np.expm1(-hazard(gone / others))
    step = binom.pmf(gone[None, :] - gone[:, None], n - gone[:, None], leaves[:, None])
    law = np.zeros(n + 1)
    law[0] = 1.0
    return law @ np.linalg.matrix_power(step, weeks)


@pytest.mark.parametrize("through", ["circle", "letters"])
@pytest.mark.parametrize("week", [15, 30])
def test_mean_and_variance_follow_the_chain_binomial(through, week):
    n, runs = 40, 600
    scenario = contagious(n, rates__correspondence=1)
    if through == "circle":
        ties, others = nobody_writes(n), n  # in a circle one is counted oneself
    else:
        ties, others = everybody_writes(n), n - 1
    sample = []
    for seed in range(runs):
        people = people_with(scenario, seed, city=0)
        sample.append(count(live(scenario, seed, people, ties, week), "statements")[week])
    law = chain_binomial(n, week, others)
    gone = np.arange(n + 1)
    mean = law @ gone
    assert_moments_agree(sample, mean, law @ (gone - mean) ** 2, law @ (gone - mean) ** 4)


def test_a_large_crowd_follows_the_recursion():
    """The error is the binomial noise of each week, carried on by the slope of the recursion."""
    n = 100_000
    scenario = contagious(n)
    world = live(scenario, seed=51, people=people_with(scenario, 51, city=0))
    share, variance = [1.0], [0.0]
    for _ in range(scenario.calendar.weeks):
        s = share[-1]
        stays = math.exp(-hazard(1 - s))
        slope = stays * (1 + s * EXAMPLE * hazard(1 - s))
        share.append(s * stays)
        variance.append(slope**2 * variance[-1] + s * stays * (1 - stays) / n)
    assert share[10] > 0.85, "slow at first"
    assert share[60] < 0.05, "then a stampede"
    # A count moves in steps of one, so nothing is known to better than 1 / n.
    error = np.sqrt(variance) + 1 / n
    assert_agrees(count(world, "holding") / n, np.array(share), error)


@pytest.mark.parametrize("quiet", [0, 0.02])
def test_one_sum_of_hazards_for_all_passes_one_resistance_after_another(quiet):
    """Sellke's construction, written out: the same numbers, person by person.

    Whoever goes quiet sets no example, but is still one of those among whom shares are taken.
    """
    n = 500
    scenario = contagious(n, rates__quiet=quiet)
    world = live(scenario, seed=52, people=people_with(scenario, 52, city=0))
    resistance = world.people.resistance
    falls_quiet = resistance[P_QUIET] / quiet if quiet else np.full(n, np.inf)
    total, signs = 0.0, np.full(n, np.inf)
    for week in range(scenario.calendar.weeks):
        now = hazard(np.sum(signs < falls_quiet) / n)
        crossing = np.isinf(signs) & (resistance[P_SIGNING] <= total + now)
        signs[crossing] = week + (resistance[P_SIGNING][crossing] - total) / now
        total += now
    signed = np.where(signs < falls_quiet, np.floor(signs), -1)
    assert np.sum(signed >= 0) > 200
    assert np.array_equal(world.state.event_week[P_SIGNING], signed)


def test_two_circles_do_not_infect_each_other():
    """Half in a city where all sign at once: the other half live as if alone."""
    n = 20_000
    scenario = contagious(n)
    here = np.arange(n) < n // 2
    city, conviction = np.where(here, 0, 1), np.where(here, -20, 0)
    people = people_with(scenario, 53, city=city, conviction=conviction)
    alone = people._replace(present=~here)
    both, one = live(scenario, 53, people), live(scenario, 53, alone)
    assert np.all(week_left(both)[here] == 0)
    assert_same(both, one, but=np.flatnonzero(here))
