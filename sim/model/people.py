"""Drawing the people: each attribute from a stream of its own, so luck is kept across worlds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.chart.registry import chart
from sim.chart.scales import expit, logit
from sim.model import streams
from sim.model.codes import (
    CIVIL_WAR,
    CONCILIATOR,
    IRRECONCILABLE,
    OLD_BOLSHEVIK,
    PROCESSES,
    WINGS,
    YOUTH,
    ZINOVIEVIST,
)
from sim.model.places import draw
from sim.model.state import People, Ties
from sim.model.tables import FACTOR, N_FACTORS
from sim.model.ties import letters
from sim.scenario.schema import Scenario


class Drawn(NamedTuple):
    """What a person's own factor of a transition may depend on.

    Attributes:
        population, rates: the scenario's numbers by name.
        generation, wing: (n_people,) codes.
        conviction: (n_people,) standard normal draws, before wing and spread.
    """

    population: dict[str, float]
    rates: dict[str, float]
    generation: np.ndarray
    wing: np.ndarray
    conviction: np.ndarray


def _factors(drawn: Drawn, n: int) -> np.ndarray:
    """Return the relative hazards of the transitions that differ between people."""
    found = np.ones((N_FACTORS, n))
    for transition, row in zip(chart().transitions, FACTOR, strict=True):
        if transition.factor is not None:
            found[row] = transition.factor(drawn)
    return found


def draw_people(scenario: Scenario, seed: int) -> People:
    """Return the people of a scenario under a seed.

    Person i has the same draws in every scenario with that seed, whatever else changes.
    """
    numbers = scenario.population.values()
    n = int(numbers["size"])
    generation = _generations(numbers, seed, n)
    wing = _wings(numbers, generation, seed, n)
    conviction_draw = streams.normal(seed, "conviction", n)
    rule = scenario.rule
    threshold = streams.normal(seed, "adoption_threshold", n)
    rates = scenario.rates.values()
    return People(
        wing=wing,
        generation=generation,
        programme=_programme(numbers, wing, seed, n),
        conviction=(
            numbers["conviction_spread"] * conviction_draw
            + numbers["conviction_irreconcilable"] * (wing == IRRECONCILABLE)
        ).astype(np.float32),
        patron=_patrons(scenario, wing, seed, n),
        city=draw("city", seed, n),
        colony=draw("colony", seed, n),
        isolator=draw("isolator", seed, n),
        member=streams.uniform(seed, "member", n) >= numbers["sympathisers"],
        present=np.ones(n, bool),
        factor=_factors(Drawn(numbers, rates, generation, wing, conviction_draw), n),
        adoption_threshold=rule.threshold_mean + rule.threshold_spread * threshold,
        resistance=np.stack(
            [streams.exponential(seed, f"resistance/{process}", n) for process in PROCESSES]
        ),
    )


def draw_ties(scenario: Scenario, seed: int) -> Ties:
    """Return who writes to whom (see `ties.letters`)."""
    numbers = scenario.population.values()
    return letters(seed, int(numbers["size"]), int(numbers["correspondents"]))


def _generations(numbers: dict[str, float], seed: int, n: int) -> np.ndarray:
    u = streams.uniform(seed, "generation", n)
    generation = np.full(n, CIVIL_WAR, np.uint8)
    generation[u < numbers["youth"]] = YOUTH
    generation[u >= 1.0 - numbers["old_bolsheviks"]] = OLD_BOLSHEVIK
    return generation


def _wings(numbers: dict[str, float], generation: np.ndarray, seed: int, n: int) -> np.ndarray:
    conciliators = np.full(n, logit(numbers["conciliators"]))
    conciliators[generation == YOUTH] -= numbers["youth_tilt"]
    wing = np.where(
        streams.uniform(seed, "wing/conciliator", n) < expit(conciliators),
        CONCILIATOR,
        IRRECONCILABLE,
    ).astype(np.uint8)
    wing[streams.uniform(seed, "wing/zinovievist", n) < numbers["zinovievists"]] = ZINOVIEVIST
    return wing


def _programme(numbers: dict[str, float], wing: np.ndarray, seed: int, n: int) -> np.ndarray:
    medians = np.array([logit(numbers[f"programme_{name}"]) for name in WINGS])
    spread = numbers["programme_spread"] * streams.normal(seed, "programme", n)
    return expit(medians[wing] + spread).astype(np.float32)


def leader_ids(scenario: Scenario) -> list[str]:
    """Return the leaders in the order of their columns in `Timeline.pulse`."""
    return sorted(scenario.leaders)


def _patrons(scenario: Scenario, wing: np.ndarray, seed: int, n: int) -> np.ndarray:
    """Let the leaders of each wing, and nobody, race for each person in proportion to followings.

    Each runs on a stream of its own, so that another following, or another leader, changes the
    patron of those only whom that leader wins or loses.
    """
    leaders = leader_ids(scenario)
    free = dict.fromkeys(WINGS, 1.0)
    for leader in scenario.leaders.values():
        free[leader.wing] -= leader.following
    nobody = np.array([max(free[name], 0.0) for name in WINGS])[wing]
    with np.errstate(divide="ignore"):
        first = streams.exponential(seed, "patron/", n) / nobody
        patron = np.full(n, len(leaders), np.uint8)
        for code, key in enumerate(leaders):
            leader = scenario.leaders[key]
            arrives = streams.exponential(seed, f"patron/{key}", n) / np.float64(leader.following)
            wins = (arrives < first) & (wing == WINGS.index(leader.wing))
            np.copyto(patron, code, where=wins)
            np.copyto(first, arrives, where=wins)
    return patron
