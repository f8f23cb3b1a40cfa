"""One world of a sweep, as a worker anywhere lives it.

The model, and the compiler with it, is loaded when the first world is run: a command that finds
everything done is spared them.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from sim.evidence.loading import evidence_set
from sim.experiment.axes import Value
from sim.experiment.pools import StopEverythingError
from sim.experiment.summaries import summarise
from sim.model.codes import COUNTS
from sim.model.version import model_version
from sim.scenario.loading import hash_of, load
from sim.scenario.schema import Scenario

MOST_BYTES = 10_000_000
"""Of an unpacked series; the longest calendar has about 150,000."""


class Task(NamedTuple):
    """A world to be run, with all that a worker on another machine needs.

    Attributes:
        point: number of the point in the design.
        base: the scenario that it changes, as JSON.
        changes: dotted keys and values.
        seed: random seed.
        evidence: name of the evidence set that summaries read.
        series: whether the weekly series is asked for.
        version: of the model that must run it.
    """

    point: int
    base: str
    changes: tuple[tuple[str, Value], ...]
    seed: int
    evidence: str
    series: bool
    version: str


class Run(NamedTuple):
    """A run as it is kept: hash of the resolved scenario, seed, and what came out."""

    scenario: str
    seed: int
    summary: dict[str, float | int | None]
    series: bytes | None
    seconds: float


def pack(series: np.ndarray) -> bytes:
    """Return weekly counts, (n_weeks + 1, n_counts), in a tenth of their room."""
    changes = np.diff(series.astype("<i4"), axis=0, prepend=np.zeros((1, len(COUNTS)), "<i4"))
    return zlib.compress(changes.tobytes(), 1)


def unpack(packed: bytes) -> np.ndarray:
    """Return the weekly counts that `pack` packed, (n_weeks + 1, n_counts).

    Raises:
        ValueError: `pack` packed nothing of the kind.
    """
    opened = zlib.decompressobj()
    try:
        content = opened.decompress(packed, MOST_BYTES)
    except zlib.error:
        raise ValueError("a weekly series cannot be unpacked") from None
    if not content or not opened.eof or opened.unused_data or len(content) % (4 * len(COUNTS)):
        raise ValueError("a weekly series has another length than it was written with")
    changes = np.frombuffer(content, "<i4").reshape(-1, len(COUNTS))
    return changes.cumsum(axis=0, dtype=np.int32)


def hash_of_point(task: Task) -> str:
    """Return the hash of the world that a point describes."""
    return resolved(task)[1]


def live(task: Task) -> Run:
    """Run one simulation and return what is kept of it."""
    from sim.model.weekly import run_weeks
    from sim.model.world import History, create

    scenario, hashed = resolved(task)
    world = create(scenario, task.seed)
    run_weeks(world, scenario.calendar.weeks)
    summary = summarise(History(scenario, task.seed, world), evidence_set(task.evidence))
    series = pack(world.state.series) if task.series else None
    return Run(hashed, task.seed, summary, series, 0.0)


def resolved(task: Task) -> tuple[Scenario, str]:
    """Return the world that a task describes, and its hash.

    Raises:
        InputError: it is none.
        StopEverythingError: this machine has another version of the model.
    """
    if task.version != model_version():
        raise StopEverythingError(
            f"a worker has version {model_version()} of the model, and the sweep is of "
            f"{task.version}.\n  Install the same version of Midnight on all machines"
        )
    return _load(task.base, task.changes)


@lru_cache(maxsize=256)
def _load(base: str, changes: tuple[tuple[str, Any], ...]) -> tuple[Scenario, str]:
    scenario = load(_base(base), dict(changes))
    return scenario, hash_of(scenario)


@lru_cache(maxsize=64)
def _base(text: str) -> Scenario:
    return Scenario.model_validate_json(text)
