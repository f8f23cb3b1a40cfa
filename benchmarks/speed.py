"""What is measured: seconds of two or more things in turn, the best of each, and their ratio."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np

from sim import elementary
from sim.model.codes import N_HOLDING
from sim.model.compiled import with_its_helpers
from sim.model.people import draw_people, draw_ties
from sim.model.state import World
from sim.model.weekly import run_weeks
from sim.model.world import create
from sim.scenario.loading import load
from sim.scenario.schema import Scenario

SEED = 1
ROOT = Path(__file__).resolve().parent.parent


class Row(NamedTuple):
    """A line of the table; `target` is empty where nothing is asked for."""

    part: str
    what: str
    measured: str
    target: str = ""
    met: bool | None = None


class Result(NamedTuple):
    """The lines of one part, and the seconds that they come from."""

    rows: list[Row]
    seconds: dict[str, float]


Task = Callable[[], dict[str, float]]


def in_turn(rounds: int, *tasks: tuple[int, Task]) -> dict[str, float]:
    """Run every task in every round, each as often as its number says; return the least seconds."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        for times, task in tasks:
            for _ in range(times):
                for name, seconds in task().items():
                    best[name] = min(seconds, best.get(name, math.inf))
    return best


def world_of(people: int) -> tuple[Scenario, World]:
    """Draw and found a world; nothing comes from a cache but compiled code."""
    scenario = load("historical", {"population.size": people})
    return scenario, found(scenario)


def found(scenario: Scenario) -> World:
    """Draw people and ties, and found their world."""
    people = draw_people(scenario, SEED)
    return create(scenario, SEED, people, draw_ties(scenario, SEED, people))


def live(name: str, people: int, weeks: int) -> dict[str, float]:
    """Return seconds of drawing and founding a world and living it, and of living it alone."""
    scenario = load("historical", {"population.size": people})
    start = time.perf_counter()
    world = found(scenario)
    founded = time.perf_counter()
    run_weeks(world, weeks)
    end = time.perf_counter()
    return {f"{name}, lived": end - founded, f"{name}, drawn and lived": end - start}


def _floor_of(exp):
    @numba.njit
    def floor(log_hazard, total, people):
        """One exponential and one addition for each of `people[week]` people in every week."""
        for week in range(people.size):
            for i in range(people[week]):
                total[i] += exp(log_hazard[i])

    return floor


FLOORS = {
    "our exp": _floor_of(with_its_helpers(elementary.exp)),
    "the C library's": _floor_of(math.exp),
}


def against_floor(people: int, weeks: int, rounds: int) -> Result:
    """(b) A compiled loop of nothing but one exponential and one addition a person-week."""
    _, world = world_of(people)
    run_weeks(world, weeks)
    at_risk = world.state.series[:weeks, N_HOLDING].copy()
    everybody = np.full(weeks, people)
    log_hazard = np.random.default_rng(SEED).uniform(-8.0, 0.0, people)
    for floor in FLOORS.values():
        floor(log_hazard, np.zeros(people), everybody)

    def lay(name: str, whose: str, count: np.ndarray) -> dict[str, float]:
        total = np.zeros(people)
        start = time.perf_counter()
        FLOORS[whose](log_hazard, total, count)
        return {f"{name}, {whose}": time.perf_counter() - start}

    lays = [
        (1, lambda each=each: lay(*each))
        for whose in FLOORS
        for each in (
            ("floor, everybody every week", whose, everybody),
            ("floor, only those at risk", whose, at_risk),
        )
    ]
    best = in_turn(rounds, (1, lambda: live("Midnight", people, weeks)), *lays)

    def over(name: str) -> float:
        return best["Midnight, lived"] / min(best[f"{name}, {whose}"] for whose in FLOORS)

    ratio, strict = over("floor, everybody every week"), over("floor, only those at risk")
    count = f"{at_risk.sum():,} of {everybody.sum():,}"
    return Result(
        [
            Row("b", "times the floor, all person-weeks", f"{ratio:.2f}", "<= 3", ratio <= 3.0),
            Row("b", f"times the floor, at risk only ({count})", f"{strict:.2f}"),
        ],
        best,
    )


def growth(few: int, many: int, rounds: int) -> Result:
    """(c) From a movement to the whole Party: time a person-week, seconds and memory."""
    (scenario, world), (_, large) = world_of(few), world_of(many)
    weeks = scenario.calendar.weeks
    at_risk = {}
    for people, one in ((few, world), (many, large)):
        run_weeks(one, weeks)
        at_risk[people] = int(one.state.series[:weeks, N_HOLDING].sum())
    del world, large, one
    best = in_turn(
        rounds,
        (7, lambda: live(f"{few:,} people", few, weeks)),
        (1, lambda: live(f"{many:,} people", many, weeks)),
    )

    def each(people: int, what: str) -> float:
        return 1e9 * best[f"{people:,} people, {what}"] / at_risk[people]

    rows = []
    for what, target in (("lived", True), ("drawn and lived", False)):
        ratio = each(many, what) / each(few, what)
        verdict = ("<= 2", ratio <= 2.0) if target else ("", None)
        rows.append(
            Row("c", f"time a person-week, {many:,} : {few:,}, {what}", f"{ratio:.2f}", *verdict)
        )
        nanoseconds = f"{each(few, what):.1f} and {each(many, what):.1f}"
        rows.append(Row("c", "  its ns a person-week at risk, few and many", nanoseconds))
    return Result(rows + _whole(many), best)


def _whole(people: int) -> list[Row]:
    script = f"from benchmarks.whole import whole_world; whole_world({people})"
    command = [sys.executable, "-c", script]
    text = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    seconds, peak = json.loads(text)
    memory = f"{peak:.2f} GiB" if peak else "unknown"
    what = f"whole world of {people:,}, ties included"
    return [
        Row("c", what, f"{seconds:.2f} s", "< 2 s", seconds < 2.0),
        Row("c", "  peak memory of its process", memory, "<= 0.5 GiB", 0.0 < peak <= 0.5),
    ]
