"""Processes of this machine that tasks run in: spawned, never forked, the same on every platform.

They leave Ctrl-C to the process that started them, and end with it, however it ends.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.context import BaseContext, SpawnProcess
from typing import ClassVar

from sim.errors import MidnightError

UNGUARDED = 78
"""Exit code of a process that ran into the very call that had started it."""
AT_ONCE = 1.0
"""Seconds that a process has to end in once it was told to."""


class UnguardedError(MidnightError, SystemExit):
    """The script would start itself again and again; nobody need catch it to be spared a traceback.

    Left alone, Python prints `code` as it stands, and exits with 1.
    """

    def __init__(self) -> None:
        self.code = (
            'midnight: put what the script does under `if __name__ == "__main__":`, because each of'
            " its processes reads the script again (or give workers=1)"
        )
        super().__init__(self.code.removeprefix("midnight: "))


def leave_if_unguarded() -> None:
    """End this process quietly if it is still being started: its script lacks the guard."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        os._exit(UNGUARDED)


class Context(BaseContext):
    """Starts processes, and knows all that it has started.

    Attributes:
        processes: in the order of their start.
    """

    _name: ClassVar[str] = "spawn"  # the start method, as multiprocessing's own contexts say it

    def __init__(self) -> None:
        super().__init__()
        self.processes: list[SpawnProcess] = []
        _track_quietly()

    def Process(  # noqa: N802
        self, target: Callable[..., object], args: tuple[object, ...]
    ) -> SpawnProcess:
        """Return a process that is still to be started, as an executor asks for it."""
        process = _Process(target=target, args=args)
        self.processes.append(process)
        return process

    def seconds_used(self) -> float:
        """Return the processor time that the processes have used, in seconds."""
        import psutil

        used = 0.0
        for process in self.processes:
            try:
                found = psutil.Process(process.pid).cpu_times()
            except (psutil.Error, OSError, ValueError):  # dead, or being born
                continue
            used += found.user + found.system
        return used

    def kill(self) -> None:
        """End every process, stopped ones too."""
        for process in self.processes:
            if process.is_alive():
                process.kill()

    def end(self, hurry: bool, seconds: float) -> None:
        """See to it that every process ends: told to in a `hurry`, killed after some seconds."""
        if hurry:
            for process in self.processes:
                if process.is_alive():
                    process.terminate()
        if not self._ended(seconds):
            self.kill()
            self._ended(AT_ONCE)

    def _ended(self, seconds: float) -> bool:
        """Return whether every process has ended after some seconds at most."""
        end = time.monotonic() + seconds
        while left := [p.sentinel for p in self.processes if p.pid and p.exitcode is None]:
            if (rest := end - time.monotonic()) <= 0:
                return False
            if len(connection.wait(left, rest)) == len(left):
                time.sleep(0.01)  # another thread is asking for the exit codes
        return True


class _Process(SpawnProcess):
    def start(self) -> None:
        """Start; Ctrl-C and its like wait until the process has all that it needs."""
        with _later():
            super().start()


STOPS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)


@contextmanager
def _later() -> Iterator[None]:
    """Hold back the signals that stop this process; what starts meanwhile is born deaf to Ctrl-C.

    A process half started, or interrupted while it starts, would print a traceback.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = {each: signal.signal(each, lambda n, _: came.append(n)) for each in STOPS}
    masked = hasattr(signal, "pthread_sigmask")
    old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT]) if masked else None
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, signal.SIG_DFL if handler is None else handler)
        if old is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, old)
        for number in came[:1]:
            signal.raise_signal(number)


def _track_quietly() -> None:
    """Start what cleans up after processes without its warnings, which no user can act on."""
    if os.name != "posix":
        return
    from multiprocessing import resource_tracker

    name, before = "PYTHONWARNINGS", os.environ.get("PYTHONWARNINGS")
    os.environ[name] = "ignore"
    # It is deaf to Ctrl-C and SIGTERM by itself; a terminal that closes must not end it either.
    old = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
    try:
        resource_tracker.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, old)
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def follow_parent() -> None:
    """Leave Ctrl-C to the parent process, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()
