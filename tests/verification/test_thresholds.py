"""The threshold rule against published results: one crowd (Granovetter), a network (Watts).

Granovetter (1978), Threshold models of collective behavior, American Journal of Sociology 83;
Watts (2002), A simple model of global cascades on random networks, PNAS 99; Gleeson & Cahalane
(2007), Seed size strongly affects cascades on random networks, Physical Review E 75.
"""

import math

import numpy as np
import pytest
from measure import assert_agrees, binomial_error
from scipy.optimize import brentq
from scipy.stats import binom, norm, poisson
from worlds import count, lasting, live, people_with, plain

from sim.model.ties import from_pairs

# --- Granovetter: everybody sees everybody -------------------------------------------------


def crowd(thresholds, weeks=107):
    """Return how many of one city's people have acted after each week."""
    n = len(thresholds)
    scenario = plain(lasting(weeks), population__size=n, rule__kind="threshold")
    people = people_with(scenario, city=0, adoption_threshold=thresholds)
    return count(live(scenario, people=people), "statements")


def test_thresholds_0_to_99_bring_everybody_one_after_another():
    acted = crowd(np.arange(100) / 100)
    assert np.array_equal(acted[:101], np.arange(101))
    assert acted[-1] == 100


def test_without_the_threshold_of_one_exactly_one_acts():
    thresholds = np.arange(100) / 100
    thresholds[1] = 0.02
    assert np.all(crowd(thresholds)[1:] == 1)


def test_the_order_in_which_people_are_listed_is_of_no_consequence():
    thresholds = np.random.default_rng(41).permutation(100) / 100
    assert np.array_equal(crowd(thresholds)[:101], np.arange(101))


def smallest_equilibrium(mean, spread):
    """Return the smallest r with r = F(r), F the normal distribution function."""
    grid = np.linspace(0, 1, 20_001)
    excess = norm.cdf(grid, mean, spread) - grid
    if excess[0] <= 0:
        return 0.0
    first = np.argmax(excess <= 0)
    return brentq(lambda r: norm.cdf(r, mean, spread) - r, grid[first - 1], grid[first])


def normal_crowd(mean, spread, n=4_000):
    """Return the final share of a crowd whose thresholds are the quantiles of a normal law."""
    thresholds = norm.ppf((np.arange(n) + 0.5) / n, mean, spread)
    acted = crowd(thresholds, weeks=1_000)
    assert acted[-1] == acted[-2], "no equilibrium yet"
    return acted[-1] / n


@pytest.mark.parametrize("spread", [0.05, 0.10, 0.12, 0.122, 0.123, 0.15, 0.25, 0.40, 0.80])
def test_normal_thresholds_settle_at_the_smallest_fixed_point(spread):
    """Mean 25 of 100, as in Granovetter's figure 2."""
    expected = smallest_equilibrium(0.25, spread)
    # Quantiles are off by 1 / 2n, counts by 1 / n, which the slope of F at r magnifies.
    slope = norm.pdf(expected, 0.25, spread)
    assert abs(normal_crowd(0.25, spread) - expected) <= 1.5 / 4_000 / (1 - slope)


def test_the_equilibrium_jumps_where_the_curve_touches_the_diagonal():
    """At a spread of 12.2, Granovetter finds, it jumps from about 6 to nearly 100."""

    def gap(spread):
        """Return F(r) - r at the r below the mean at which the two run parallel."""
        r = 0.25 - spread * math.sqrt(-2 * math.log(spread * math.sqrt(2 * math.pi)))
        return norm.cdf(r, 0.25, spread) - r

    critical = brentq(gap, 0.08, 0.15)
    assert round(critical, 3) == 0.122
    assert 0.04 < normal_crowd(0.25, critical - 0.0005) < 0.07
    assert normal_crowd(0.25, critical + 0.0005) > 0.99


# --- Watts: people see their correspondents only -------------------------------------------

THRESHOLD = 0.18
VULNERABLE = 5  # one neighbour of up to five is a share of 1 / 5 >= .18


def random_graph(rng, n, degree):
    """Return ties of a random graph with n * degree / 2 edges, and each person's degree."""
    pairs = np.sort(rng.integers(0, n, (int(n * degree), 2)), axis=1)
    pairs = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)
    pairs = rng.permutation(pairs)[: int(n * degree / 2)]
    return from_pairs(n, pairs), np.bincount(pairs.ravel(), minlength=n)


def cascades(degree, worlds, n=2_000, seed=42):
    """Return the final share of each of some graphs in which one person acts by themselves."""
    scenario = plain(population__size=n, rule__kind="threshold", rates__correspondence=1)
    people = people_with(scenario)
    rng = np.random.default_rng(seed)
    shares = []
    for _ in range(worlds):
        ties, degrees = random_graph(rng, n, degree)
        # Whoever writes to nobody looks at the city instead; in Watts's world they see nothing.
        thresholds = np.where(degrees > 0, THRESHOLD, 2.0)
        thresholds[rng.integers(n)] = 0
        world = live(scenario, people=people._replace(adoption_threshold=thresholds), ties=ties)
        acted = count(world, "statements")
        assert acted[-1] == acted[-10], "still spreading"
        shares.append(acted[-1] / n)
    return np.array(shares)


def chance_of_a_global_cascade(degree):
    """Return the chance that one person's neighbours touch the giant vulnerable cluster.

    `u` is the chance that a tie does not lead there: Watts's percolation of vulnerable vertices.
    """
    k = np.arange(1, VULNERABLE + 1)
    weight = k * poisson.pmf(k, degree) / degree
    u = 0.0
    for _ in range(10_000):
        u = 1 - np.sum(weight * (1 - u ** (k - 1)))
    return 1 - math.exp(-degree * (1 - u))


def size_of_a_global_cascade(degree):
    """Return the final share, from Gleeson & Cahalane's recursion started just above zero."""
    k = np.arange(0, 60)
    p = poisson.pmf(k, degree)
    needed = np.ceil(THRESHOLD * k)
    q = 1e-3
    for _ in range(10_000):
        q = np.sum((k * p / degree)[1:] * binom.sf(needed[1:] - 1, k[1:] - 1, q))
    return np.sum(p[1:] * binom.sf(needed[1:] - 1, k[1:], q))


def test_the_cascade_window_closes_where_watts_says():
    """Global cascades need z P(a tie's other end is vulnerable and leads on) > 1."""
    leads_on = {z: z * poisson.cdf(VULNERABLE - 2, z) for z in (3, 10)}
    assert leads_on[3] > 1 > leads_on[10]
    assert cascades(3, worlds=20, seed=43).max() > 0.9
    assert cascades(10, worlds=60, seed=44).max() < 0.01


def test_frequency_and_size_of_global_cascades():
    worlds = 300
    shares = cascades(3, worlds)
    together = shares > 0.1
    assert np.all(shares[~together] < 0.05), "no cascade of middling size"
    p = chance_of_a_global_cascade(3)
    assert_agrees(together.sum(), worlds * p, binomial_error(worlds, p))
    size = shares[together]
    error = size.std() / math.sqrt(size.size) + 1 / 2_000
    assert_agrees(size.mean(), size_of_a_global_cascade(3), error)
