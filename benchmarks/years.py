"""(h) From two years to twelve: time and memory of a world."""

from __future__ import annotations

import time
from datetime import timedelta

import numpy as np

from benchmarks.speed import Result, Row, found, in_turn
from sim.model.weekly import run_weeks
from sim.scenario.loading import load
from sim.scenario.schema import Scenario

TWO_YEARS = load("historical").calendar.start + timedelta(weeks=104)
ENDS = {"two years": TWO_YEARS.isoformat(), "twelve years": "1938-12-26"}


def lasting(end: str, people: int) -> Scenario:
    """Return history from its own first day to another."""
    return load("historical", {"population.size": people, "calendar.end": end})


def live_until(name: str, people: int) -> dict[str, float]:
    """Return seconds of drawing and founding a world and living it, and of living it alone."""
    scenario = lasting(ENDS[name], people)
    start = time.perf_counter()
    world = found(scenario)
    founded = time.perf_counter()
    run_weeks(world, scenario.calendar.weeks)
    end = time.perf_counter()
    return {f"{name}, lived": end - founded, f"{name}, drawn and lived": end - start}


def bytes_of(part: object) -> int:
    """Return how many bytes the arrays of a world take."""
    if isinstance(part, np.ndarray):
        return part.nbytes
    return sum(map(bytes_of, part)) if isinstance(part, tuple) else 0


def years(people: int, rounds: int) -> Result:
    """Live both in turn, and compare."""
    few, many = ENDS
    live_until(few, people)
    best = in_turn(
        rounds, (3, lambda: live_until(few, people)), (3, lambda: live_until(many, people))
    )
    drawn, lived = (
        best[f"{many}, {what}"] / best[f"{few}, {what}"] for what in ("drawn and lived", "lived")
    )
    sizes = {name: bytes_of(found(lasting(end, people))) for name, end in ENDS.items()}
    memory = sizes[many] / sizes[few]
    mebibytes = " and ".join(f"{size / 2**20:.1f}" for size in sizes.values())
    return Result(
        [
            Row(
                "h", "time, 1926-38 : 1926-28, drawn and lived", f"{drawn:.2f}", "<= 3", drawn <= 3
            ),
            Row("h", "the same, weeks alone", f"{lived:.2f}"),
            Row("h", "memory of the arrays", f"{memory:.2f}", "<= 2", memory <= 2.0),
            Row("h", "  its MiB, two years and twelve", mebibytes),
        ],
        best,
    )
