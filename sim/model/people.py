"""Drawing the people: each attribute from a stream of its own, so chance is kept across worlds."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sim.chart.registry import chart
from sim.chart.situation import Person
from sim.elementary import exp, expit, log, logit
from sim.model import streams
from sim.model.codes import (
    CIVIL_WAR,
    CONCILIATOR,
    GENERATIONS,
    IRRECONCILABLE,
    OLD_BOLSHEVIK,
    PROCESSES,
    ULTRA,
    WINGS,
    YOUTH,
    ZINOVIEVIST,
)
from sim.model.compiled import compiled, put_together, with_its_helpers
from sim.model.places import cities, colonies, draw
from sim.model.records import Population, Rates
from sim.model.state import People, Ties
from sim.model.tables import FACTOR, N_FACTORS
from sim.model.ties import letters
from sim.scenario.schema import Scenario

_expit = with_its_helpers(expit)


class Draws(NamedTuple):
    """What chance gives each person, shape (n_people,) unless said otherwise."""

    generation: np.ndarray  # uniform, as the next four
    conciliator: np.ndarray
    zinovievist: np.ndarray
    ultra: np.ndarray
    member: np.ndarray
    programme: np.ndarray  # standard normal, as the next two
    conviction: np.ndarray
    adoption_threshold: np.ndarray
    patron: np.ndarray  # Exp(1), (n_leaders + 1, n_people), the last row of nobody


class Leaders(NamedTuple):
    """The leaders in the order of their columns in `Timeline.pulse`; arrays of (n_leaders,)."""

    wing: np.ndarray  # codes.WINGS
    following: np.ndarray  # share of the wing


class Shares(NamedTuple):
    """What does not differ within a generation or a wing."""

    conciliator: np.ndarray  # (n_generations,), among those who are no Zinovievists
    programme: np.ndarray  # (n_wings,), median log odds
    nobody: np.ndarray  # (n_wings,), share that has no patron
    silent: np.ndarray  # (n_wings,), share that has not spoken openly on the first day


class Threshold(NamedTuple):
    """The distribution of adoption thresholds, which the threshold rule alone reads."""

    mean: float
    spread: float


def _factors() -> Callable:
    """Return a function that sets person i's own factors, put together from the declarations."""
    known: dict[str, object] = {}
    lines = ["def set_factors(factor, i, p, n, r):", "    pass"]
    for each, row in zip(chart().transitions, FACTOR, strict=True):
        if each.factor is not None:
            known[f"of_{each.name}"] = with_its_helpers(each.factor)
            lines.append(f"    factor[{row}, i] = of_{each.name}(p, n, r)")
    return put_together("set_factors", "\n".join(lines) + "\n", known)


_set_factors = _factors()


def leader_ids(scenario: Scenario) -> list[str]:
    """Return the leaders in the order of their columns in `Timeline.pulse`."""
    return sorted(scenario.leaders)


def draw_people(scenario: Scenario, seed: int) -> People:
    """Return the people of a scenario under a seed.

    Person i has the same draws in every scenario with that seed, whatever else changes.
    """
    population = Population(*map(float, scenario.population.values().values()))
    rates = Rates(*map(float, scenario.rates.values().values()))
    n = int(population.size)
    keys = leader_ids(scenario)
    leaders = Leaders(
        np.array([WINGS.index(scenario.leaders[key].wing) for key in keys], np.uint8),
        np.array([scenario.leaders[key].following for key in keys], np.float64),
    )
    people = People(
        wing=np.empty(n, np.uint8),
        generation=np.empty(n, np.uint8),
        programme=np.empty(n, np.float32),
        conviction=np.empty(n, np.float32),
        patron=np.empty(n, np.uint8),
        city=np.empty(n, np.uint16),
        colony=colonies(seed, n),
        isolator=draw("isolator", seed, n),
        camp=draw("camp", seed, n),
        elsewhere=draw("elsewhere", seed, n),
        member=np.empty(n, bool),
        present=np.ones(n, bool),
        factor=np.ones((N_FACTORS, n)),
        adoption_threshold=np.empty(n),
        resistance=np.stack(
            [streams.exponential(seed, f"resistance/{process}", n) for process in PROCESSES]
        ),
    )
    threshold = Threshold(scenario.rule.threshold_mean, scenario.rule.threshold_spread)
    shares = _shares(population, leaders)
    _draw(population, rates, threshold, leaders, shares, _draws(seed, n, keys), people)
    people.city[:] = cities(seed, people.wing == ZINOVIEVIST)
    return people


def draw_ties(scenario: Scenario, seed: int, people: People) -> Ties:
    """Return who writes to whom (see `ties.letters`)."""
    numbers = scenario.population.values()
    nobody = len(scenario.leaders)
    return letters(
        seed, people, nobody, int(numbers["correspondents"]), int(numbers["acquaintance"])
    )


def lots(seed: int, n: int) -> np.ndarray:
    """Return in which order lots fall among n people; uint32 (n,)."""
    return np.argsort(streams.uniform(seed, "lots", n), kind="stable").astype(np.uint32)


def _draws(seed: int, n: int, leaders: list[str]) -> Draws:
    return Draws(
        generation=streams.uniform(seed, "generation", n),
        conciliator=streams.uniform(seed, "wing/conciliator", n),
        zinovievist=streams.uniform(seed, "wing/zinovievist", n),
        ultra=streams.uniform(seed, "wing/ultra", n),
        member=streams.uniform(seed, "member", n),
        programme=streams.normal(seed, "programme", n),
        conviction=streams.normal(seed, "conviction", n),
        adoption_threshold=streams.normal(seed, "adoption_threshold", n),
        patron=np.stack([streams.exponential(seed, f"patron/{key}", n) for key in [*leaders, ""]]),
    )


def _shares(numbers: Population, leaders: Leaders) -> Shares:
    conciliators = [logit(numbers.conciliators)] * len(GENERATIONS)
    conciliators[YOUTH] -= numbers.youth_tilt
    nobody = np.ones(len(WINGS))
    np.subtract.at(nobody, leaders.wing, leaders.following)
    like = {"ultra": "irreconcilable"}
    silent = np.full(len(WINGS), numbers.sympathisers)
    silent[ZINOVIEVIST] = exp(numbers.zinovievists_open * log(numbers.sympathisers))
    medians = [logit(getattr(numbers, f"programme_{like.get(w, w)}")) for w in WINGS]
    return Shares(
        np.array([expit(each) for each in conciliators]),
        np.array(medians),
        np.maximum(nobody, 0.0),
        silent,
    )


@compiled
def _draw(
    numbers: Population,
    rates: Rates,
    threshold: Threshold,
    leaders: Leaders,
    shares: Shares,
    draws: Draws,
    people: People,
) -> None:
    """Draw everybody, person by person."""
    for i in range(people.wing.size):
        generation = CIVIL_WAR
        if draws.generation[i] < numbers.youth:
            generation = YOUTH
        if draws.generation[i] >= 1.0 - numbers.old_bolsheviks:
            generation = OLD_BOLSHEVIK
        wing = ULTRA if draws.ultra[i] < numbers.ultras else IRRECONCILABLE
        if draws.conciliator[i] < shares.conciliator[generation]:
            wing = CONCILIATOR
        if draws.zinovievist[i] < numbers.zinovievists:
            wing = ZINOVIEVIST
        programme = shares.programme[wing] + numbers.programme_spread * draws.programme[i]
        people.generation[i] = generation
        people.wing[i] = wing
        people.programme[i] = _expit(programme)
        people.conviction[i] = numbers.conviction_spread * draws.conviction[i]
        people.patron[i] = _patron(leaders, shares.nobody[wing], wing, draws.patron, i)
        people.member[i] = draws.member[i] >= shares.silent[wing]
        people.adoption_threshold[i] = (
            threshold.mean + threshold.spread * draws.adoption_threshold[i]
        )
        person = Person(generation, wing, draws.conviction[i])
        _set_factors(people.factor, i, person, numbers, rates)


@compiled
def _patron(leaders: Leaders, nobody: float, wing: int, arrivals: np.ndarray, i: int) -> int:
    """Let the leaders of a wing, and nobody, race for person i in proportion to followings.

    Each runs on a stream of its own, so that another following, or another leader, changes the
    patron of those only whom that leader wins or loses.
    """
    patron = leaders.wing.size
    first = arrivals[patron, i] / nobody
    for k in range(leaders.wing.size):
        if leaders.wing[k] == wing and arrivals[k, i] / leaders.following[k] < first:
            patron, first = k, arrivals[k, i] / leaders.following[k]
    return patron
