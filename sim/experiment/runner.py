"""Running many worlds: here, in local processes, or on a Dask cluster, the same to the bit."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice
from math import ceil
from typing import Generic, NamedTuple, TypeVar, cast

import numpy as np

from sim.errors import InputError, MidnightError
from sim.experiment.pools import Here, Pool, PoolLostError, StopEverythingError
from sim.experiment.sizes import A_RUN, check_size

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK_SECONDS = 0.5
"""What a worker does before it reports: a thousand times what reporting costs, and all that is
lost when its process dies."""
LOOK = 1.0
"""Seconds without a report after which workers are looked after."""
UNKNOWN = 2**62
"""Stands for how many items there are where nobody knows."""
DIED = (
    "its process died twice (killed, hanging, or out of memory); with fewer --workers each has more"
)


def seeds_from(
    seeds: int | Sequence[int], each: float = A_RUN, option: str = "--seeds", remedy: str = ""
) -> list[int]:
    """Return a list of seeds: 1 to n for a number n, the seeds themselves otherwise.

    Args:
        seeds: how many, or which.
        each: bytes that are kept of the world of a seed.
        option: that asks for them.
        remedy: what to do if there are too many.

    Raises:
        InputError: there is none, or one is negative, no integer, or there twice; or they are too
            many to keep what comes of them.
    """
    if isinstance(seeds, (int, np.integer)) and not isinstance(seeds, bool):
        if seeds < 1:
            raise InputError(option, f"got {seeds}", "a whole number, 1 or more")
        check_size(option, int(seeds), each, "world", remedy)
        return list(range(1, int(seeds) + 1))
    if isinstance(seeds, Sized):
        check_size(option, len(seeds), each, "world", remedy)
    found = [seeds] if isinstance(seeds, bool) else list(seeds)
    whole = all(isinstance(s, (int, np.integer)) and not isinstance(s, bool) for s in found)
    if not found or not whole or min(found) < 0 or len(set(found)) < len(found):
        raise InputError("seeds", f"got {found}", "different whole numbers, 0 or more")
    return [int(seed) for seed in found]


def run_many(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    workers: Pool | None = None,
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in the order of the items.

    What a process that died had not reported is run again, as by `attempt_many`.

    Args:
        function: importable by name; must depend on its item alone.
        items: what the worlds are made of; taken as they are needed.
        workers: as given by `pool`; None runs in this process.

    Raises:
        MidnightError: an item has cost its process twice, or the cluster is gone.
        Exception: whatever `function` raises.
    """
    count = len(items) if isinstance(items, Sized) else UNKNOWN
    waiting: dict[int, Outcome[Result]] = {}
    due = 0
    for some in _settle(function, items, count, workers or Here(), in_words=False):
        waiting.update((number, outcome) for number, _, outcome in some)
        while due in waiting:
            result, error, _ = waiting.pop(due)
            if isinstance(error, Exception):
                raise error
            if error:
                raise MidnightError(f"a world could not be run: {error}")
            yield cast(Result, result)  # None only where the function returns it
            due += 1


class Attempt(NamedTuple, Generic[Item, Result]):
    """What became of one item: a result, or an error in words; and the seconds that it took."""

    item: Item
    result: Result | None
    error: str
    seconds: float


def attempt_many(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    count: int,
    workers: Pool,
) -> Iterator[list[Attempt[Item, Result]]]:
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
    for some in _settle(function, items, count, workers, in_words=True):
        yield [
            Attempt(item, result, str(error), seconds) for _, item, (result, error, seconds) in some
        ]


Outcome = tuple[Result | None, str | Exception, float]
"""Of one item, as a worker reports it: result, error and seconds."""
Numbered = tuple[int, Item, Outcome[Result]]


def _settle(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    count: int,
    workers: Pool,
    in_words: bool,
) -> Iterator[list[Numbered[Item, Result]]]:
    """Try every item; yield what became of them, each with its number, as they are done."""
    queue = _Queue(items, count)
    under_way: dict[Future[list[Outcome[Result]]], list[tuple[int, Item]]] = {}
    suspects: deque[tuple[int, Item]] = deque()
    died = False

    def begin(batch: list[tuple[int, Item]]) -> Future[list[Outcome[Result]]]:
        nonlocal died
        if died:
            workers.reopen()
            died = False
        return workers.submit(
            _attempt, function, [item for _, item in batch], CHUNK_SECONDS, in_words
        )

    try:
        while True:
            while not suspects and len(under_way) < workers.ahead():
                if not (batch := queue.take(workers.ahead())):
                    break
                try:
                    under_way[begin(batch)] = batch
                except workers.deaths:
                    died = True
                    suspects.extend(batch)
            if suspects and not under_way:  # alone, so that who kills its process is found
                batch = [suspects.popleft()]
                try:
                    found = _result(begin(batch), workers)
                except workers.deaths:
                    died = True
                    found = [(None, DIED, 0.0)]
                yield _numbered(batch, found)
                continue
            if not under_way:
                return
            finished, _ = wait(under_way, timeout=LOOK, return_when=FIRST_COMPLETED)
            if not finished:
                workers.watch()
                continue
            workers.heard()
            for future in finished:
                batch = under_way.pop(future)
                try:
                    found = future.result()
                except workers.deaths:
                    died = True
                    suspects.extend(batch)
                    continue
                queue.learn(batch, found)
                yield _numbered(batch, found)
    except workers.losses:
        raise PoolLostError(workers.lost) from None


def _result(future: Future[list[Outcome[Result]]], workers: Pool) -> list[Outcome[Result]]:
    """Wait for one task, and look after its worker meanwhile."""
    while not wait([future], timeout=LOOK).done:
        workers.watch()
    workers.heard()
    return future.result()


def _numbered(
    batch: list[tuple[int, Item]], found: list[Outcome[Result]]
) -> list[Numbered[Item, Result]]:
    pairs = zip(batch, found, strict=False)  # a worker may have had no time for the last ones
    return [(number, item, outcome) for (number, item), outcome in pairs]


class _Queue(Generic[Item]):
    """Items still to be tried, handed out in chunks that take about `CHUNK_SECONDS`."""

    def __init__(self, items: Iterable[Item], count: int) -> None:
        self.items, self.left = enumerate(items), count
        self.returned: deque[tuple[int, Item]] = deque()
        self.chunk = 1

    def take(self, hands: int) -> list[tuple[int, Item]]:
        """Return the next chunk; towards the end small ones, so that all hands finish together."""
        size = max(1, min(self.chunk, ceil(self.left / (2 * hands))))
        batch = [self.returned.popleft() for _ in range(min(size, len(self.returned)))]
        batch += islice(self.items, size - len(batch))
        self.left -= len(batch)
        return batch

    def learn(self, batch: list[tuple[int, Item]], found: list[Outcome[Result]]) -> None:
        """Take back what a worker had no time for, and learn from how long the rest took."""
        rest = batch[len(found) :]
        self.returned.extend(rest)
        self.left += len(rest)
        took = [seconds for *_, seconds in found]
        self.chunk = min(4 * self.chunk, ceil(CHUNK_SECONDS / max(sum(took) / len(took), 1e-4)))


def _attempt(
    function: Callable[[Item], Result], batch: list[Item], budget: float, in_words: bool
) -> list[Outcome[Result]]:
    """Try items until the budget, in seconds, is spent; at least one."""
    found: list[Outcome[Result]] = []
    begun = time.perf_counter()
    for item in batch:
        start = time.perf_counter()
        if found and start - begun > budget:
            break
        result: Result | None = None
        error: str | Exception = ""
        try:
            result = function(item)
        except StopEverythingError:
            raise
        except Exception as problem:
            error = _in_words(problem) if in_words else _sendable(problem)
        found.append((result, error, time.perf_counter() - start))
    return found


def _in_words(problem: Exception) -> str:
    if isinstance(problem, MemoryError):
        return "out of memory; with fewer --workers each has more"
    return str(problem) if isinstance(problem, MidnightError) else _named(problem)


def _named(problem: Exception) -> str:
    return f"{type(problem).__name__}: {problem}"


def _sendable(problem: Exception) -> Exception:
    """Return an exception that another process can raise."""
    try:
        pickle.loads(pickle.dumps(problem))
    except Exception:
        return MidnightError(_named(problem))
    return problem
