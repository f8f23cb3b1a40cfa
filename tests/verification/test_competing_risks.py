"""Two causes of leaving against the closed forms of competing risks.

With constant cause-specific hazards h1 and h2, the first cause takes the share h1 / (h1 + h2) of
the exits in every week, and its cumulative incidence is that share of 1 - exp(-(h1 + h2) t).

Prentice et al. (1978), The analysis of failure times in the presence of competing risks,
Biometrics 34; Kalbfleisch & Prentice (2002), chapter 8.
"""

import math

import numpy as np
import pytest
from measure import assert_agrees, binomial_error
from worlds import count, expelled, level, live, people_with, plain

from sim.model.codes import P_ARREST, P_QUIET, P_SIGNING


def leaving(signing, quiet, **more):
    return plain(coefficients__baseline=math.log(signing), rates__quiet=quiet, **more)


@pytest.mark.parametrize(("signing", "quiet"), [(0.03, 0.05), (0.05, 0.03), (0.4, 0.1)])
def test_cumulative_incidence_of_each_cause(signing, quiet):
    n, total = 20_000, signing + quiet
    scenario = leaving(signing, quiet, population__size=n)
    world = live(scenario, seed=21)
    exits = -np.expm1(-total * np.arange(scenario.calendar.weeks + 1))
    for column, hazard in (("statements", signing), ("quiet", quiet)):
        p = hazard / total * exits
        assert_agrees(count(world, column), n * p, binomial_error(n, p))


def test_within_a_week_causes_are_ordered_by_time_and_not_by_the_code():
    """Of the exits .375 are signatures; whichever is asked first would have .384 or .366."""
    n, signing, quiet = 200_000, 0.03, 0.05
    world = live(leaving(signing, quiet, population__size=n), seed=22)
    signed, gone = count(world, "statements")[-1], n - count(world, "holding")[-1]
    share = signing / (signing + quiet)
    error = binomial_error(gone, share) / gone
    assert_agrees(signed / gone, share, error)
    asked_first = math.expm1(-signing) / math.expm1(-signing - quiet)
    asked_last = 1 - math.expm1(-quiet) / math.expm1(-signing - quiet)
    assert min(asked_first - share, share - asked_last) > 6 * error, "the test has power"


def test_each_person_leaves_by_the_cause_that_reaches_them_first():
    """The latent times are resistance / hazard; the smaller one is what happens, to a person."""
    signing, quiet = 0.3, 0.5  # so large that both often fall into one week
    scenario = leaving(signing, quiet, population__size=5_000)
    world = live(scenario, seed=23)
    signs = world.people.resistance[P_SIGNING] / signing
    falls_quiet = world.people.resistance[P_QUIET] / quiet
    weeks = world.state.event_week
    assert np.array_equal(weeks[P_SIGNING], np.where(signs < falls_quiet, signs // 1, -1))
    assert np.array_equal(weeks[P_QUIET], np.where(falls_quiet < signs, falls_quiet // 1, -1))
    assert np.mean(signs // 1 == falls_quiet // 1) > 0.15


def test_arrest_competes_with_leaving():
    """Of three hazards, arrest comes first in the share a / (a + h1 + h2) of all cases.

    Everybody is expelled in the first week, so that arrest begins in the second.
    """
    n, signing, quiet, arrest = 20_000, 0.1, 0.2, 0.15
    scenario = leaving(
        signing,
        quiet,
        changes=expelled() | level("arrests", 1),
        population__size=n,
        rates__arrest=arrest,
    )
    world = live(scenario, seed=24, people=people_with(scenario, 24, expulsion_factor=1e9))
    total = signing + quiet + arrest
    weeks = np.maximum(np.arange(scenario.calendar.weeks + 1) - 1, 0)
    p = np.exp(-(signing + quiet)) * arrest / total * -np.expm1(-total * weeks)
    assert_agrees(count(world, "arrested"), n * p, binomial_error(n, p))
    weeks, resistance = world.state.event_week, world.people.resistance
    times = [resistance[P_SIGNING] / signing, resistance[P_QUIET] / quiet]
    first = 1 + resistance[P_ARREST] / arrest < np.minimum(*times)
    assert np.array_equal(weeks[P_ARREST] >= 0, first)


@pytest.mark.parametrize("process", [P_SIGNING, P_QUIET])
def test_nobody_leaves_twice(process):
    world = live(leaving(0.3, 0.5, population__size=5_000), seed=25)
    left = world.state.event_week[process] >= 0
    other = P_QUIET if process == P_SIGNING else P_SIGNING
    assert left.any()
    assert not np.any(left & (world.state.event_week[other] >= 0))
