"""Running many worlds: here, in local processes, or on a Dask cluster, the same to the bit."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from math import ceil
from typing import NamedTuple, TypeVar

import numpy as np

from sim.errors import InputError, MidnightError
from sim.experiment.pools import Here, Pool, PoolLostError, StopEverythingError, pool

__all__ = [
    "WORTH_A_SECOND_PROCESS",
    "Attempt",
    "Pool",
    "StopEverythingError",
    "Tell",
    "attempt_many",
    "check_workers",
    "default_workers",
    "pool",
    "run_many",
    "seeds_from",
    "silent",
    "where_to_run",
]

Item = TypeVar("Item")
Result = TypeVar("Result")

WORTH_A_SECOND_PROCESS = 60
"""Worlds below which starting other processes (about two seconds each) costs more than it saves."""
CHUNK_SECONDS = 0.5
"""What a worker does before it reports: a thousand times what reporting costs, and all that is
lost when its process dies."""
DIED = "its process died (killed, or out of memory)"

Tell = Callable[[int, int], None]
"""Called with the number of worlds done and of all worlds."""


def silent(done: int, of: int) -> None:
    """Tell nobody."""


def seeds_from(seeds: int | Sequence[int]) -> list[int]:
    """Return a list of seeds: 1 to n for a number n, the seeds themselves otherwise.

    Raises:
        InputError: there is none, or one is negative, no integer, or there twice.
    """
    if isinstance(seeds, (int, np.integer)) and not isinstance(seeds, bool):
        if seeds < 1:
            raise InputError("--seeds", f"got {seeds}", "a whole number, 1 or more")
        return list(range(1, int(seeds) + 1))
    found = list(seeds)
    whole = all(isinstance(s, (int, np.integer)) and not isinstance(s, bool) for s in found)
    if not found or not whole or min(found) < 0 or len(set(found)) < len(found):
        raise InputError("seeds", f"got {found}", "different whole numbers, 0 or more")
    return [int(seed) for seed in found]


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


def where_to_run(workers: int | None, worlds: int) -> int:
    """Return how many local processes so many worlds are worth.

    Raises:
        InputError: `workers` is less than 1.
    """
    workers = check_workers(workers)
    return 1 if worlds < 2 * WORTH_A_SECOND_PROCESS else workers


def run_many(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: Pool | None = None,
    chunk: int = 1,
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in the order of the items.

    Args:
        function: importable by name; must depend on its item alone.
        items: what the worlds are made of; taken as they are needed.
        workers: as given by `pool`; None runs in this process.
        chunk: items sent to a process at a time.

    Raises:
        MidnightError: a worker process died, or the cluster is gone.
        Exception: whatever `function` raises.
    """
    workers = workers or Here()
    items = iter(items)
    under_way: deque[Future] = deque()
    try:
        while batch := list(islice(items, chunk)):
            under_way.append(workers.submit(_apply, function, batch))
            if len(under_way) >= workers.ahead():
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()
    except workers.deaths:
        raise MidnightError(
            "a worker process died (out of memory, perhaps): try again with --workers 1"
        ) from None
    except workers.losses:
        raise PoolLostError(workers.lost) from None


def _apply(function: Callable[[Item], Result], batch: list[Item]) -> list[Result]:
    return [function(item) for item in batch]


class Attempt(NamedTuple):
    """What became of one item: a result, or an error in words; and the seconds that it took."""

    item: object
    result: object
    error: str
    seconds: float


def attempt_many(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    count: int,
    workers: Pool,
) -> Iterator[list[Attempt]]:
    """Try every item and yield what became of them, in chunks, in the order of completion.

    An item that raises is an attempt with an error. When a process dies, whatever it had not
    reported is tried again, one item at a time, so that an item that kills its process is found
    and comes back as an error too.

    Args:
        function: importable by name; must depend on its item alone.
        items: taken as they are needed, so that millions take no memory.
        count: how many there are, at most.
        workers: as given by `pool`.

    Raises:
        PoolLostError: the cluster is gone.
        StopEverythingError: as raised by `function`.
    """
    queue = _Queue(items, count)
    under_way: dict[Future, list] = {}
    suspects: deque = deque()
    try:
        while True:
            while not suspects and len(under_way) < workers.ahead():
                if not (batch := queue.take(workers.ahead())):
                    break
                try:
                    under_way[workers.submit(_attempt, function, batch, CHUNK_SECONDS)] = batch
                except workers.deaths:
                    suspects.extend(batch)
            if under_way:
                finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in finished:
                    batch = under_way.pop(future)
                    try:
                        found = future.result()
                    except workers.deaths:
                        suspects.extend(batch)
                        continue
                    queue.learn(batch, found)
                    yield found
            elif suspects:
                yield [_alone(function, suspects.popleft(), workers)]
            else:
                return
    except workers.losses:
        raise PoolLostError(workers.lost) from None


def _alone(function: Callable[[Item], Result], item: Item, workers: Pool) -> Attempt:
    """Try one item with nothing else under way; if its process dies, it is the culprit."""
    workers.reopen()
    try:
        (found,) = workers.submit(_attempt, function, [item], CHUNK_SECONDS).result()
    except workers.deaths:
        workers.reopen()
        return Attempt(item, None, DIED, 0.0)
    return found


class _Queue:
    """Items still to be tried, handed out in chunks that take about `CHUNK_SECONDS`."""

    def __init__(self, items: Iterable, count: int) -> None:
        self.items, self.left = iter(items), count
        self.returned: deque = deque()
        self.chunk = 1

    def take(self, hands: int) -> list:
        """Return the next chunk; towards the end small ones, so that all hands finish together."""
        size = max(1, min(self.chunk, ceil(self.left / (2 * hands))))
        batch = [self.returned.popleft() for _ in range(min(size, len(self.returned)))]
        batch += islice(self.items, size - len(batch))
        self.left -= len(batch)
        return batch

    def learn(self, batch: list, found: list[Attempt]) -> None:
        """Take back what a worker had no time for, and learn from how long the rest took."""
        rest = batch[len(found) :]
        self.returned.extend(rest)
        self.left += len(rest)
        each = sum(attempt.seconds for attempt in found) / len(found)
        self.chunk = min(4 * self.chunk, ceil(CHUNK_SECONDS / max(each, 1e-4)))


def _attempt(function: Callable[[Item], Result], batch: list[Item], budget: float) -> list[Attempt]:
    """Try items until the budget, in seconds, is spent; at least one."""
    found: list[Attempt] = []
    begun = time.perf_counter()
    for item in batch:
        start = time.perf_counter()
        if found and start - begun > budget:
            break
        result, error = None, ""
        try:
            result = function(item)
        except StopEverythingError:
            raise
        except MidnightError as problem:
            error = str(problem)
        except Exception as problem:
            error = f"{type(problem).__name__}: {problem}"
        found.append(Attempt(item, result, error, time.perf_counter() - start))
    return found
