"""Where worlds are run: this process, local processes, a Dask cluster; one interface for all."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from sim.errors import InputError, MidnightError, notice
from sim.experiment.spawned import (
    AT_ONCE,
    UNGUARDED,
    Context,
    UnguardedError,
    follow_parent,
    leave_if_unguarded,
)
from sim.extras import explained
from sim.model import cache

CONNECTING, ASKING = 10.0, 2.0
"""Seconds that a scheduler has to answer in, and between questions for its workers."""
ALONE = 5.0
"""Seconds that a scheduler may be without workers before the user is told."""
PATIENCE = 60.0
"""Seconds without a report or any work before workers are replaced; MIDNIGHT_PATIENCE is used
instead where it is set."""
WORK = 0.05
"""Seconds of processor time that show that somebody is at work."""
LEAVING = 5.0
"""Seconds that workers have to leave in when all is done."""


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

    def submit(self, function: Callable, *args: object) -> Future:
        """Run `function(*args)` somewhere; both must be importable and picklable."""
        return self.executor.submit(function, *args)

    def ahead(self) -> int:
        """Return how many tasks to keep under way so that nobody waits."""
        raise NotImplementedError

    def heard(self) -> None:
        """Note that a task has come back."""

    def watch(self) -> None:
        """Look after the workers while none reports."""

    def reopen(self) -> None:
        """Replace all workers after a death, if the pool does not do so by itself.

        Raises:
            MidnightError: new ones would fare no better.
        """

    def close(self, hurry: bool) -> None:
        """Send everybody home; in a `hurry`, without waiting for what is under way."""
        self.executor.shutdown(wait=not hurry, cancel_futures=hurry)


class Here(Pool):
    """This process; tasks are done when they are submitted."""

    def submit(self, function: Callable, *args: object) -> Future:
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
    """Processes of this machine; those that are stopped, or hang, are replaced after a while."""

    deaths = (BrokenProcessPool,)

    def __init__(self, workers: int) -> None:
        leave_if_unguarded()
        cache.folder()  # one for all, before any of them would make its own
        self.workers = workers
        self._open()

    def _open(self) -> None:
        self.context = Context()
        self.executor = ProcessPoolExecutor(self.workers, self.context, follow_parent)
        self.used, self.moved = 0.0, time.monotonic()

    def ahead(self) -> int:
        """A task for everybody, and one that waits."""
        return 2 * self.workers

    def heard(self) -> None:
        """Note that a task has come back."""
        self.moved = time.monotonic()

    def watch(self) -> None:
        """Kill all processes if none has done anything for long; their deaths are then seen.

        One that takes long works: compiling, or a world of a year. One that is stopped, or waits
        for what never comes, uses no processor time.
        """
        used = self.context.seconds_used()
        if used - self.used > WORK:
            self.heard()
            self.used = used
        self.used = min(self.used, used)  # less when one has ended
        quiet = time.monotonic() - self.moved
        if quiet > float(os.environ.get("MIDNIGHT_PATIENCE", PATIENCE)):
            notice(
                f"no process has done anything for {quiet:.0f} s (stopped, or hanging): they are "
                "replaced, and what they had not finished is run again"
            )
            self.context.kill()
            self.heard()

    def reopen(self) -> None:
        """Start new processes in the place of those of which one has died, which ends them all.

        Raises:
            UnguardedError: they died because the script starts itself again.
        """
        self.close(hurry=True)
        if any(process.exitcode == UNGUARDED for process in self.context.processes):
            raise UnguardedError
        self._open()

    def close(self, hurry: bool) -> None:
        """End all processes, in a `hurry` in the middle of their work; none outlives it."""
        self.executor.shutdown(wait=False, cancel_futures=hurry)
        self.context.end(hurry, AT_ONCE if hurry else LEAVING)


class Cluster(Pool):
    """The workers of a running Dask scheduler, however many come and go."""

    losses = (CancelledError, OSError)

    def __init__(self, address: str) -> None:
        with explained():
            import dask
            from distributed import Client
            from distributed.comm import get_address_host_port
            from distributed.scheduler import KilledWorker
        for name in [name for name in logging.root.manager.loggerDict if name.startswith("distr")]:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.deaths = (KilledWorker,)
        self.lost = (
            f"the cluster at {address} is gone; every finished run is kept.\n"
            "  Give the same command again, with the address of a running scheduler or without"
        )
        try:
            get_address_host_port(address)  # what Dask would fail on, with a traceback at its end
            with dask.config.set({"distributed.comm.timeouts.connect": CONNECTING}):
                self.client = Client(address, timeout=CONNECTING, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(
                "--cluster",
                f"no scheduler answers at `{address}` ({type(error).__name__})",
                "the address that `dask scheduler` prints, such as tcp://127.0.0.1:8786",
                "see docs/cluster.md",
            ) from None
        self.executor, self.address = self.client.get_executor(), address
        self.threads, self.asked = 1, -math.inf
        self.alone_since: float | None = None

    def submit(self, function: Callable, *args: object) -> Future:
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

    def watch(self) -> None:
        """Say so, once, if the scheduler has had no workers for a while."""
        with contextlib.suppress(OSError, RuntimeError):
            now = time.monotonic()
            if self.client.nthreads():
                self.alone_since = None
            elif self.alone_since is None:
                self.alone_since = now
            elif now - self.alone_since > ALONE:
                self.alone_since = math.inf
                notice(
                    f"the scheduler at {self.address} has no workers; waiting for one. Start one "
                    f"with `dask worker {self.address}` (see docs/cluster.md), or stop with Ctrl-C"
                )

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
