"""Where worlds are run: this process, local processes, a Dask cluster; one interface for all."""

from __future__ import annotations

import contextlib
import logging
import math
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from sim.errors import InputError, MidnightError

CONNECTING, ASKING = 10.0, 2.0
"""Seconds that a scheduler has to answer in, and between questions for its workers."""


class PoolLostError(MidnightError):
    """The machines that worlds ran on are gone; what was finished is not."""


class StopEverythingError(MidnightError):
    """Raised by a task when no other task can fare better."""


class Pool:
    """Workers that take tasks as `concurrent.futures.Executor.submit` does.

    Attributes:
        deaths: what a future raises whose worker died.
        losses: what anything raises when all workers are gone for good.
        lost: what to tell the user then.
    """

    deaths: tuple[type[BaseException], ...] = ()
    losses: tuple[type[BaseException], ...] = ()
    lost = ""
    executor: Executor

    def submit(self, function: Callable, *args) -> Future:
        """Run `function(*args)` somewhere; both must be importable and picklable."""
        return self.executor.submit(function, *args)

    def ahead(self) -> int:
        """Return how many tasks to keep under way so that nobody waits."""
        raise NotImplementedError

    def reopen(self) -> None:
        """Replace workers that died, if the pool does not do so by itself."""

    def close(self, hurry: bool) -> None:
        """Send everybody home; in a `hurry`, without waiting for what is under way."""
        self.executor.shutdown(wait=not hurry, cancel_futures=hurry)


class Here(Pool):
    """This process; tasks are done when they are submitted."""

    def submit(self, function: Callable, *args) -> Future:
        """Run `function(*args)` now."""
        done: Future = Future()
        try:
            done.set_result(function(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def ahead(self) -> int:
        """One task at a time."""
        return 1

    def close(self, hurry: bool) -> None:
        """Nothing has to be closed."""


class Processes(Pool):
    """Processes of this machine: spawned, never forked, so the same on every platform."""

    deaths = (BrokenProcessPool,)

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.executor = self._open()

    def _open(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, mp_context=context, initializer=_follow_parent)

    def ahead(self) -> int:
        """A task for everybody, and one that waits."""
        return 2 * self.workers

    def reopen(self) -> None:
        """Start new processes if one has died, which ends them all."""
        try:
            self.executor.submit(int).result()
        except BrokenProcessPool:
            self.executor.shutdown(wait=True)
            self.executor = self._open()


class Cluster(Pool):
    """The workers of a running Dask scheduler, however many come and go."""

    losses = (CancelledError, OSError)

    def __init__(self, address: str) -> None:
        try:
            import dask
            from distributed import Client
            from distributed.scheduler import KilledWorker
        except ImportError:
            raise InputError(
                "--cluster",
                "Dask is not installed",
                "",
                "install it: pip install 'midnight[cluster]'",
            ) from None
        for name in [name for name in logging.root.manager.loggerDict if name.startswith("distr")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.deaths = (KilledWorker,)
        self.lost = (
            f"the cluster at {address} is gone; every finished run is kept.\n"
            "  Give the same command again, with the address of a running scheduler or without"
        )
        try:
            with dask.config.set({"distributed.comm.timeouts.connect": CONNECTING}):
                self.client = Client(address, timeout=CONNECTING, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(
                "--cluster",
                f"no scheduler answers at `{address}` ({type(error).__name__})",
                "the address that `dask scheduler` prints, such as tcp://127.0.0.1:8786",
                "see docs/cluster.md",
            ) from None
        self.executor = self.client.get_executor()
        self.threads, self.asked = 1, -math.inf

    def submit(self, function: Callable, *args) -> Future:
        """Run `function(*args)` on some worker.

        Raises:
            PoolLostError: the connection is closed for good.
        """
        try:
            return super().submit(function, *args)
        except Exception:
            if self.client.status in ("running", "connecting"):
                raise
            raise PoolLostError(self.lost) from None

    def ahead(self) -> int:
        """A task for every thread of the cluster, and one that waits; more as workers join."""
        if time.monotonic() > self.asked + ASKING:
            self.asked = time.monotonic()
            with contextlib.suppress(OSError, RuntimeError):  # gone, as the next future will tell
                self.threads = max(sum(self.client.nthreads().values()), 1)
        return 2 * self.threads

    def close(self, hurry: bool) -> None:
        """Leave the cluster; it goes on without us."""
        self.client.close(timeout=2 if hurry else CONNECTING)


@contextlib.contextmanager
def pool(workers: int, cluster: str | None = None) -> Iterator[Pool]:
    """Open the workers to run worlds on: here for one, local processes, or a cluster.

    Args:
        workers: local processes, 1 or more; 1 stays in this process.
        cluster: address of a Dask scheduler, used instead.

    Raises:
        InputError: no scheduler answers there.
    """
    opened = Cluster(cluster) if cluster else Here() if workers == 1 else Processes(workers)
    try:
        yield opened
    except BaseException:
        opened.close(hurry=True)
        raise
    opened.close(hurry=False)


def _follow_parent() -> None:
    """Leave Ctrl-C to the parent process, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
