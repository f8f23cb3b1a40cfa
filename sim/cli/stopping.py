"""Ctrl-C, SIGTERM and SIGHUP: the command ends within five seconds, whatever it is at."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sim.errors import Stop, notice

BOUND = 4.0
"""Seconds that a command has to end in by itself, before it is ended."""
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
WORDS = "stopped; nothing half-written was kept"

_asked: list[int] = []


@contextmanager
def stoppable_process() -> Iterator[None]:
    """Raise `Stop` in the main thread at the first signal that asks the command to end.

    Further signals change nothing: what is open is being closed, and that is bounded. Signals that
    whoever started the command ignores, as `nohup` does, stay ignored.
    """
    if threading.current_thread() is threading.main_thread():
        for name in SIGNALS:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, _stop)
    try:
        yield
    except KeyboardInterrupt as stop:
        notice(WORDS)
        sys.exit(getattr(stop, "exit_code", Stop().exit_code))
    except SystemExit as end:
        if _asked and end.code == Stop().exit_code:  # as the command line's library ends on a stop
            notice(WORDS)
            sys.exit(Stop(_asked[0]).exit_code)
        raise


def _stop(number: int, frame: object) -> None:
    if _asked:
        return
    _asked.append(number)
    end = threading.Timer(BOUND, _end, [number])
    end.daemon = True
    end.start()
    raise Stop(number)


def _end(number: int) -> None:
    """End this process and all that it started, whatever they are at."""
    notice("stopped while it was busy; a temporary folder may be left, which the next run removes")
    for process in multiprocessing.active_children():
        with suppress(OSError):
            process.kill()
    os._exit(128 + number)
