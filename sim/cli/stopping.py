"""Ctrl-C, SIGTERM and SIGHUP: the command ends within five seconds, whatever it is at."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from sim.errors import Stop, StoppedError, notice

BOUND = 4.0
"""Seconds that a command has to end in by itself, before it is ended."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
WORDS = "stopped; no partial results were saved"

_asked: list[int] = []
_explained = threading.Event()


@contextmanager
def imports_stoppable() -> Iterator[None]:
    """Let the first signal end a command that is still being loaded, without a traceback."""
    before = _answer(_leave)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stop` in the main thread at the first signal that asks the command to end.

    Further signals change nothing: what is open is being closed, and that is bounded. Signals that
    whoever started the command ignores, as `nohup` does, stay ignored.

    Raises:
        StoppedError: in the place of whatever came of the stop; one that says more is let through.
    """
    _answer(_stop)
    try:
        yield
    except StoppedError:
        raise
    except KeyboardInterrupt as stop:
        raise StoppedError(WORDS, stop) from None
    except SystemExit as end:
        if _asked and end.code == Stop().exit_code:  # as the library of the commands ends on a stop
            raise StoppedError(WORDS, Stop(_asked[0])) from None
        raise
    except Exception:
        if _asked:  # a stop that came out of foreign code as something else
            raise StoppedError(WORDS, Stop(_asked[0])) from None
        raise


Handler = Callable[[int, FrameType | None], Any] | int | None
"""What Python's `signal` takes and gives."""


def _answer(handler: Handler) -> dict[int, Handler]:
    """Have signals answered by a handler; return the handlers of before."""
    before: dict[int, Handler] = {}
    if threading.current_thread() is threading.main_thread():
        for number in (getattr(signal, name) for name in SIGNALS if hasattr(signal, name)):
            if (known := signal.getsignal(number)) not in (signal.SIG_IGN, None):
                before[number] = known
                signal.signal(number, handler)
    return before


def _stop(number: int, frame: object) -> None:
    _answer(signal.SIG_IGN)
    _asked.append(number)
    end = threading.Timer(BOUND, _end, [number])
    end.daemon = True
    end.start()
    raise Stop(number)


def _leave(number: int, frame: object) -> None:
    notice(WORDS)
    os._exit(128 + number)


def explained() -> None:
    """Note that the user has been given a sentence: what still has to end does so without one."""
    _explained.set()


def _end(number: int) -> None:
    """End this process and all that it started, whatever they are at."""
    if not _explained.is_set():
        words = "a temporary folder may be left, which the next run removes"
        notice(f"stopped while it was busy; {words}")
    import multiprocessing

    for process in multiprocessing.active_children():
        with suppress(OSError):
            process.kill()
    os._exit(128 + number)
