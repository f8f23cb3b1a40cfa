"""(a) The same rule in plain Mesa: how much slower, and whether it gives the same world."""

from __future__ import annotations

import time

import networkx
import numpy as np

from benchmarks.plain_mesa import REPORTERS, PlainOpposition
from benchmarks.speed import SEED, Result, Row, found, in_turn, live
from sim.model.codes import COUNTS, STANCES
from sim.model.people import draw_ties
from sim.model.state import Ties, World
from sim.model.ties import from_pairs
from sim.model.weekly import run_weeks
from sim.scenario.loading import load
from sim.scenario.schema import Scenario


def pairs(ties: Ties) -> np.ndarray:
    """Return who writes to whom, each pair once, since a graph knows no doubles."""
    writer = np.repeat(np.arange(ties.start.size - 1, dtype=np.uint32), np.diff(ties.start))
    both = np.column_stack([writer, ties.person])
    return np.unique(both[both[:, 0] < both[:, 1]], axis=0)


def plain_model(scenario: Scenario) -> PlainOpposition:
    """Draw the people and build the plain model of them."""
    ties = draw_ties(scenario, SEED)
    letters = networkx.empty_graph(ties.start.size - 1)
    letters.add_edges_from(pairs(ties).tolist())
    return PlainOpposition(scenario, found(scenario, ties), letters)


def against_mesa(people: int, weeks: int, rounds: int) -> Result:
    """Live the same people in both models, in turn, and compare."""
    scenario = load("historical", {"population.size": people})
    plain = []

    def live_plainly() -> dict[str, float]:
        start = time.perf_counter()
        model = plain_model(scenario)
        built = time.perf_counter()
        for _ in range(weeks):
            model.step()
        end = time.perf_counter()
        plain[:] = [model]
        return {"plain Mesa, lived": end - built, "plain Mesa, drawn and lived": end - start}

    live("Midnight", people, 1)
    best = in_turn(rounds, (1, live_plainly), (7, lambda: live("Midnight", people, weeks)))
    world = found(scenario, from_pairs(people, pairs(draw_ties(scenario, SEED))))
    run_weeks(world, weeks)
    lived = best["plain Mesa, lived"] / best["Midnight, lived"]
    whole = best["plain Mesa, drawn and lived"] / best["Midnight, drawn and lived"]
    return Result(
        [
            Row(
                "a", "times faster than plain Mesa, weeks", f"{lived:.0f}", ">= 1000", lived >= 1000
            ),
            Row(
                "a",
                "the same, drawing and founding included",
                f"{whole:.0f}",
                ">= 700",
                whole >= 700,
            ),
            Row("a", "largest difference in a weekly count, people", str(_counts(plain[0], world))),
            Row("a", "people who end differently", f"{_fates(plain[0], world)} of {people:,}"),
        ],
        best,
    )


def _counts(plain: PlainOpposition, world: World) -> int:
    counted = plain.datacollector.get_model_vars_dataframe()
    ours = world.state.series[: len(counted), [COUNTS.index(name) for name in REPORTERS]]
    return int(np.abs(counted.to_numpy() - ours).max())


def _fates(plain: PlainOpposition, world: World) -> int:
    """Count those who differ in stance or, by a single bit, in cumulative hazard."""
    stance = np.array([person.stance for person in plain.agents])
    hazard = np.array([person.exposure["signing"] for person in plain.agents])
    differ = stance != np.array(STANCES)[world.state.person["stance"]]
    return int(np.sum(differ | (hazard != world.state.cumulative_hazard[0])))
