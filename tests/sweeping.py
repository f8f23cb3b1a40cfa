"""Shared by the tests of sweeps: a small design, real processes, and ways for them to die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sim.experiment.design import Design, design
from sim.experiment.execution import Execution
from sim.experiment.export import export
from sim.experiment.store import reading
from sim.experiment.sweep import run_missing
from sim.experiment.sweep_result import Sweep

VARY = ("coefficients.left_turn=0:8:5", "events.radek_signs.date=1929-05-01,1929-07-13")
SMALL = ("population.size=300",)
"""Worlds of a few milliseconds."""
ALONE = Execution(workers=1)
TABLES = ("design.csv", "runs.csv", "failures.csv", "series.csv", "runs.parquet", "series.parquet")


def small(seeds: int = 3, vary=VARY, **how) -> Design:
    """Return a design of small worlds, by default 10 points."""
    return design(vary=vary, seeds=range(1, seeds + 1), changes=SMALL, **how)


def finished(
    found: Design, folder: Path, execution: Execution = ALONE, retry_failed: bool = False
) -> Sweep:
    """Run what is missing and export its tables."""
    run_missing(found, folder, execution, retry_failed)
    export(Sweep(folder), picture=False)
    return Sweep(folder)


def assert_same_tables(one: Sweep, other: Sweep) -> None:
    """Assert that whatever both sweeps export is the same to the byte."""
    series = one.design.series
    for name in TABLES:
        if series or not name.startswith("series"):
            left, right = ((each.folder / name).read_bytes() for each in (one, other))
            assert left == right, name


def done(folder: Path) -> int:
    """Return how many runs a folder keeps; it must be readable at any moment."""
    with reading(folder) as store:
        return store.count("runs")


def in_child(work: Callable[[], None]) -> int:
    """Start a forked process that does some work; return its id. Its end is its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def kill(process: int, after: float) -> bool:
    """Kill a child process after some seconds, and return whether it was still alive."""
    time.sleep(after)
    ended, _ = os.waitpid(process, os.WNOHANG)
    if not ended:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    return not ended


def midnight(*words: object, under: Sequence[str] = ()) -> subprocess.Popen:
    """Start the command in a process of its own, and of its own group, under another if named."""
    return subprocess.Popen(
        [*under, sys.executable, "-m", "sim.cli", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition.

    Raises:
        TimeoutError: it does not come true in time.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)
