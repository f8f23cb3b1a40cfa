"""Running many worlds: in this process or in several, with the same results to the bit."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from sim.errors import InputError, MidnightError

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_A_SECOND_PROCESS = 60
"""Worlds below which starting other processes (about two seconds each) costs more than it saves."""


def default_workers() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_workers(workers: int | None) -> int:
    """Return `workers`, or the number of cores for None.

    Raises:
        InputError: it is less than 1.
    """
    if workers is None:
        return default_workers()
    if workers < 1:
        raise InputError("--workers", f"got {workers}", "a whole number, 1 or more")
    return workers


@contextmanager
def pool(workers: int) -> Iterator[Executor | None]:
    """Open an executor of `workers` processes, or give None for one worker.

    Processes are spawned, never forked: the same on every platform, and safe beside threads.
    """
    if workers == 1:
        yield None
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as executor:
        try:
            yield executor
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def run_many(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    executor: Executor | None = None,
    chunk: int = 1,
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in the order of the items.

    Args:
        function: importable by name; must depend on its item alone.
        items: what the worlds are made of.
        executor: anything with the interface of `concurrent.futures`; None runs in this process.
        chunk: items sent to a process at a time.

    Raises:
        MidnightError: a worker process died.
    """
    if executor is None:
        yield from map(function, items)
        return
    try:
        yield from executor.map(function, items, chunksize=chunk)
    except BrokenProcessPool:
        raise MidnightError(
            "a worker process died (out of memory, perhaps): try again with --workers 1"
        ) from None
