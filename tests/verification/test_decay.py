"""Hazards against closed forms: each process alone, constant and changing.

A person with an Exp(1) resistance leaves when the cumulative hazard reaches it, so the survivor
function at whole weeks is exactly exp(-H) and the number left is binomial.

Sellke (1983), On the asymptotic distribution of the size of a stochastic epidemic, Journal of
Applied Probability 20; Prentice & Gloeckler (1978), Regression analysis of grouped survival data,
Biometrics 34; Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, 2.4.2
and 4.8.1.
"""

import math

import numpy as np
import pytest
from measure import assert_agrees, assert_moments_agree, binomial_error
from worlds import count, expelled, factor_row, level, live, people_with, plain

from sim.model.codes import CONCILIATOR, P_ARREST, P_SIGNING, ZINOVIEVIST

PEOPLE = 20_000


def exponential(rate, weeks):
    return np.exp(-rate * np.asarray(weeks, float))


def assert_survivors(observed, expected_share, n=PEOPLE):
    assert_agrees(observed, n * expected_share, binomial_error(n, expected_share))


@pytest.mark.parametrize("hazard", [0.003, 0.03, 0.3])
def test_constant_hazard_of_signing_gives_exponential_decay(hazard):
    scenario = plain(population__size=PEOPLE, coefficients__baseline=math.log(hazard))
    world = live(scenario, seed=11)
    weeks = np.arange(scenario.calendar.weeks + 1)
    assert_survivors(count(world, "holding"), exponential(hazard, weeks))
    left = world.people.resistance[P_SIGNING] <= hazard * weeks[:, None]
    assert np.array_equal(count(world, "statements"), left.sum(axis=1))


def test_number_holding_is_binomial_over_seeds():
    n, hazard, week, runs = 200, 0.03, 20, 400
    scenario = plain(population__size=n, coefficients__baseline=math.log(hazard))
    holding = [
        count(live(scenario, seed, weeks=week), "holding")[week] for seed in range(100, 100 + runs)
    ]
    p = math.exp(-hazard * week)
    variance = n * p * (1 - p)
    fourth = variance * (1 + 3 * (n - 2) * p * (1 - p))
    assert_moments_agree(holding, n * p, variance, fourth)


def test_going_quiet_decays_exponentially_and_older_people_faster():
    scenario = plain(
        population__size=PEOPLE,
        population__old_bolsheviks=0.3,
        rates__quiet=0.02,
        rates__quiet_older=math.log(3),
    )
    world = live(scenario, seed=12)
    weeks = np.arange(scenario.calendar.weeks + 1)
    share = 0.7 * exponential(0.02, weeks) + 0.3 * exponential(0.06, weeks)
    assert_survivors(count(world, "holding"), share)
    assert np.array_equal(count(world, "quiet"), PEOPLE - count(world, "holding"))


def test_terror_multiplies_going_quiet():
    scenario = plain(
        level("terror", 0.5), population__size=PEOPLE, rates__quiet=0.01, rates__quiet_terror=3
    )
    world = live(scenario, seed=13)
    weeks = np.arange(scenario.calendar.weeks + 1)
    assert_survivors(count(world, "holding"), exponential(0.01 * (1 + 3 * 0.5), weeks))


def test_the_silent_speak_at_a_constant_hazard_while_cause_and_cost_are_level():
    """The rate times exp(cause x agitation - cost x what a vote costs), where nobody is visible."""
    scenario = plain(
        level("agitation", 0.5) | level("vote_cost", 1),
        population__size=PEOPLE,
        population__sympathisers=1,
        rates__joining=0.02,
        rates__joining_cause=2 * math.log(4),
        rates__joining_cost=math.log(2),
    )
    world = live(scenario, seed=14)
    weeks = np.arange(scenario.calendar.weeks + 1)
    assert_survivors(count(world, "silent"), exponential(0.02 * 4 / 2, weeks))
    assert np.array_equal(PEOPLE - count(world, "joined"), count(world, "silent"))


def test_each_who_speaks_lowers_the_cost_for_the_next():
    """In one circle the hazard is h exp(b x) for an open share x; given it, weeks are binomial."""
    hazard, support = 0.004, 5.0
    scenario = plain(
        level("agitation", 1),
        population__size=PEOPLE,
        population__sympathisers=1,
        rates__joining=hazard,
        rates__joining_support=support,
    )
    world = live(scenario, seed=29, people=people_with(scenario, seed=29, city=0))
    silent = count(world, "silent")
    stays = np.exp(-hazard * np.exp(support * (1 - silent[:-1] / PEOPLE)))
    error = np.sqrt(np.maximum(silent[:-1] * stays * (1 - stays), 1.0))
    assert_agrees(silent[1:], silent[:-1] * stays, error)
    assert silent[-1] < 0.05 * PEOPLE < PEOPLE * exponential(hazard, scenario.calendar.weeks)


def chain(first, second, weeks):
    """Return the share between two events, after each week.

    Those whom the first befell in week k are at risk of the second from the next Monday on: after
    t weeks exp(-second (t - k - 1)) of them are left.
    """
    befell = exponential(first, weeks) * -math.expm1(-first)
    return np.array([sum(befell[:t] * exponential(second, weeks[:t][::-1])) for t in weeks])


def test_arrest_then_transfer_is_a_chain_of_two_exponentials():
    arrest, transfer = 0.1, 0.05
    scenario = plain(
        expelled() | level("arrests", 1) | level("transfers", 0.5),
        population__size=PEOPLE,
        rates__arrest=arrest,
        rates__transfer=0.2,
    )
    factors = {"transfer_factor": transfer / (0.2 * 0.5), "expulsion_factor": 1e9}
    world = live(scenario, seed=15, people=people_with(scenario, seed=15, **factors))
    weeks = np.arange(scenario.calendar.weeks)
    assert_survivors(count(world, "holding_underground")[1:], exponential(arrest, weeks))
    assert_survivors(count(world, "holding_exile")[1:], chain(arrest, transfer, weeks))
    assert np.all(count(world, "holding") == PEOPLE)


@pytest.mark.parametrize("leaving", ["signing", "quiet"])
def test_joining_then_leaving_is_a_chain_of_two_exponentials(leaving):
    joins, leaves = 0.03, 0.05
    scenario = plain(
        level("agitation", 1),
        population__size=PEOPLE,
        population__sympathisers=1,
        coefficients__baseline=math.log(leaves) if leaving == "signing" else -30,
        rates__joining=joins,
        rates__quiet=leaves if leaving == "quiet" else 0,
    )
    world = live(scenario, seed=27)
    weeks = np.arange(scenario.calendar.weeks + 1)
    assert_survivors(count(world, "holding"), chain(joins, leaves, weeks))


def test_arrest_begins_with_the_expulsion():
    """Expulsion, then arrest: a chain of two exponentials, and nobody is arrested in the Party."""
    expulsion, arrest = 0.05, 0.1
    scenario = plain(
        level("arrests", 1) | level("expulsions", 1),
        population__size=PEOPLE,
        rates__expulsion=expulsion,
        rates__visibility=0,
        rates__arrest=arrest,
    )
    world = live(scenario, seed=26)
    weeks = np.arange(scenario.calendar.weeks + 1)
    assert_survivors(count(world, "holding_party"), exponential(expulsion, weeks))
    assert_survivors(count(world, "holding_underground"), chain(expulsion, arrest, weeks))


def test_the_outspoken_are_expelled_first_and_the_mean_stays_one():
    scenario = plain(population__size=200_000, rates__visibility=0.6)
    people = people_with(scenario, seed=28)
    factor = people.factor[factor_row("expulsion")]
    assert_agrees(factor.mean(), 1.0, factor.std() / math.sqrt(factor.size))
    assert factor.std() > 0.4


def mean_transfer_factor_agrees_with_one(**changes):
    scenario = plain(
        population__size=200_000,
        population__conciliators=0.6,
        rates__selectivity=0.7,
        **changes,
    )
    factor = people_with(scenario, seed=16).factor[factor_row("transfer")]
    assert factor.std() > 0.5
    assert_agrees(factor.mean(), 1.0, factor.std() / math.sqrt(factor.size))


def test_selectivity_raises_transfer_of_the_firm_and_leaves_the_mean_alone():
    """Relative hazards are log-normal within a wing; their mean over the population is one."""
    mean_transfer_factor_agrees_with_one(population__youth_tilt=0)


def test_the_mean_stays_one_although_the_young_are_more_often_irreconcilable():
    mean_transfer_factor_agrees_with_one(population__youth=0.45, population__youth_tilt=0.5)


def test_readmission_begins_after_the_wait_and_decays_exponentially():
    wait, rate = 10, 0.06
    scenario = plain(
        expelled() | level("offer", 0.5) | level("readmissions", 1),
        population__size=PEOPLE,
        coefficients__baseline=5,  # everybody signs in the first week
        rates__readmission=rate / 0.5,
        rates__readmission_wait=wait,
    )
    world = live(scenario, seed=17, people=people_with(scenario, 17, expulsion_factor=1e9))
    weeks = np.arange(scenario.calendar.weeks + 1)
    assert count(world, "statements")[1] == PEOPLE
    waiting = exponential(rate, np.maximum(weeks - (1 + wait), 0))
    assert_survivors(count(world, "waiting")[1:], waiting[1:])
    assert np.all(count(world, "readmitted")[: 1 + wait + 1] == 0)


def test_a_lever_that_climbs_gives_the_exponential_of_the_summed_hazard():
    """The offer climbs from 0 to 1 in the 194 days between its first two knots."""
    hazard, effect = 0.004, 2.5
    scenario = plain(
        expelled() | level("offer", 1) | {"levers.offer.knots.congress.value": 0},
        population__size=PEOPLE,
        coefficients__baseline=math.log(hazard),
        coefficients__offer=effect,
    )
    world = live(scenario, seed=18, people=people_with(scenario, 18, expulsion_factor=1e9))
    weeks = np.arange(scenario.calendar.weeks)
    weekly = hazard * np.exp(effect * np.minimum(7 * weeks / 194, 1))
    share = np.exp(-np.concatenate([[0], np.cumsum(weekly)]))
    assert_survivors(count(world, "holding"), share)


def test_hazards_are_proportional():
    """One wing's survivor function is the other's to the power of the hazard ratio."""
    ratio, hazard = 4.0, 0.005
    scenario = plain(
        level("ultimatum", 1),
        population__size=PEOPLE,
        coefficients__baseline=math.log(hazard),
        coefficients__expulsion=math.log(ratio),
    )
    wing = np.where(np.arange(PEOPLE) % 2 == 0, ZINOVIEVIST, CONCILIATOR)
    world = live(scenario, seed=19, people=people_with(scenario, seed=19, wing=wing))
    weeks = np.arange(scenario.calendar.weeks + 1)
    others = exponential(hazard, weeks)
    assert_survivors(count(world, "holding_conciliator"), others, PEOPLE // 2)
    assert_survivors(count(world, "holding_zinovievist"), others**ratio, PEOPLE // 2)


def test_resistances_to_different_processes_are_independent():
    """Whether somebody is arrested says nothing about whether they sign."""
    hazard = 0.01
    scenario = plain(
        expelled() | level("arrests", 1),
        population__size=PEOPLE,
        coefficients__baseline=math.log(hazard),
        rates__arrest=0.02,
    )
    people = people_with(scenario, seed=20, expulsion_factor=1e9)
    early = people.resistance[P_ARREST] < 0.5
    world = live(scenario, seed=20, people=people)
    signed = world.state.event_week[P_SIGNING] >= 0
    p = -math.expm1(-hazard * scenario.calendar.weeks)
    for group in (early, ~early):
        n = group.sum()
        assert_agrees(signed[group].sum(), n * p, binomial_error(n, p))
