"""How many worlds are run: in this process, in local ones or on a cluster, and who hears of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

from sim.errors import InputError, notice, shorten
from sim.experiment.pools import Pool, pool

WORTH_A_SECOND_PROCESS = 60
"""Worlds below which starting other processes (about two seconds each) costs more than it saves."""
LEAST_MOST, TIMES_THE_CORES, MOST_ON_WINDOWS = 16, 4, 61
"""Of processes: the least that may be asked for everywhere, how many a core, and what Windows can
wait for."""

Tell = Callable[[int, int], None]
"""Called with the number of worlds done and of all worlds."""


def silent(done: int, of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Execution:
    """Where worlds are run; the results are the same to the bit wherever it is.

    Attributes:
        workers: local processes; by default one a core where there is enough to do.
        cluster: address of a Dask scheduler, used instead of them.
        progress: called with the number of worlds done and of all worlds.
    """

    workers: int | None = None
    cluster: str | None = None
    progress: Tell = silent

    def pool(self, worlds: int | None = None) -> AbstractContextManager[Pool]:
        """Open the workers.

        Args:
            worlds: how many there are to run: with few of them, no other process is started.

        Raises:
            InputError: there cannot be so many workers, or there is no such cluster.
        """
        few = worlds is not None and worlds < 2 * WORTH_A_SECOND_PROCESS
        workers = check_workers(self.workers)
        return pool(1 if few else workers, self.cluster)


DEFAULT = Execution()
"""Here, on all cores where it pays, and silently."""


def default_workers() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_workers(workers: int | None) -> int:
    """Return `workers`, or the number of cores for None.

    Raises:
        InputError: it is less than 1, or far more than this machine can use.
    """
    cores = default_workers()
    if workers is None:
        return min(cores, MOST_ON_WINDOWS) if sys.platform == "win32" else cores
    if workers < 1:
        raise InputError("--workers", f"got {shorten(workers)}", "a whole number, 1 or more")
    most = max(LEAST_MOST, TIMES_THE_CORES * cores)
    most = min(most, MOST_ON_WINDOWS) if sys.platform == "win32" else most
    if workers > most:
        raise InputError(
            "--workers",
            f"got {shorten(workers)}",
            f"1 to {most}: there are {cores} cores here, and each process takes 0.3 GB of memory",
            "leave it out for one a core",
        )
    if workers > cores:
        _say_more_than_cores(workers, cores)
    return workers


@cache
def _say_more_than_cores(workers: int, cores: int) -> None:
    words = "1 core is" if cores == 1 else f"{cores} cores are"
    notice(f"--workers {workers}: only {words} to be had here, so more processes gain nothing")
