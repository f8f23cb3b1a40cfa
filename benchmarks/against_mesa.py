"""(a) The same rule in plain Mesa: how much slower, and whether it gives the same world."""

from __future__ import annotations

import time

import networkx
import numpy as np

from benchmarks.plain_mesa import REPORTERS, PlainOpposition
from benchmarks.speed import SEED, Result, Row, found, in_turn, live
from sim.model.codes import COUNTS, PLACES, PROCESSES, STANCES, WINGS
from sim.model.people import draw_people, draw_ties
from sim.model.places import gazetteer
from sim.model.state import World
from sim.model.ties import from_pairs
from sim.model.weekly import run_weeks
from sim.model.world import create
from sim.scenario.loading import load
from sim.scenario.schema import Scenario


def letters(scenario: Scenario) -> np.ndarray:
    """Return who writes to whom, each pair once, since a graph knows no doubles."""
    ties = draw_ties(scenario, SEED, draw_people(scenario, SEED))
    writer = np.repeat(np.arange(ties.start.size - 1, dtype=np.uint32), np.diff(ties.start))
    both = np.column_stack([writer, ties.person])
    return np.unique(both[both[:, 0] < both[:, 1]], axis=0)


def plain_model(scenario: Scenario) -> PlainOpposition:
    """Draw the people and build the plain model of them."""
    graph = networkx.empty_graph(int(scenario.population.size.value))
    graph.add_edges_from(letters(scenario).tolist())
    return PlainOpposition(scenario, found(scenario), graph)


def twin(scenario: Scenario) -> World:
    """Found the world of the same people and the same letters."""
    people = draw_people(scenario, SEED)
    return create(scenario, SEED, people, from_pairs(people.wing.size, letters(scenario)))


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
    world = twin(scenario)
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
            Row(
                "a",
                "largest difference in a weekly count, people",
                str(differing_counts(plain[0], world)),
            ),
            Row(
                "a",
                "people who end differently",
                f"{differing_lives(plain[0], world)} of {people:,}",
            ),
        ],
        best,
    )


def differing_counts(plain: PlainOpposition, world: World) -> int:
    """Return the largest difference in a weekly count, people."""
    counted = plain.datacollector.get_model_vars_dataframe()
    ours = world.state.series[: len(counted), [COUNTS.index(name) for name in REPORTERS]]
    return int(np.abs(counted.to_numpy() - ours).max())


def differing_lives(plain: PlainOpposition, world: World) -> int:
    """Count those who differ in stance, place, circle, belief or a week of an event.

    Or, by a single bit, in the cumulative hazard of signing.
    """
    state, ids = world.state, [place.id for place in gazetteer()]
    differ = np.zeros(world.people.wing.size, bool)
    for i, person in enumerate(plain.agents):
        row = state.person[i]
        weeks = {p: int(w) for p, w in zip(PROCESSES, state.event_week[:, i], strict=True)}
        differ[i] = (
            person.state != (STANCES[row["stance"]], PLACES[row["place"]], WINGS[row["wing"]])
            or person.circle != ids[row["circle"]]
            or person.belief != state.belief[i]
            or person.events != {name: week for name, week in weeks.items() if week >= 0}
            or person.exposure["signing"] != state.cumulative_hazard[0, i]
        )
    return int(differ.sum())
