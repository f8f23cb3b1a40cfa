"""Memory that visitors have left behind: free for the next ones, and given back to the system."""

from __future__ import annotations

import ctypes
import gc
import threading
from contextlib import suppress

REST = 2.0
"""Seconds after the last visitor has left; several who leave together are cleared up once."""

_lock = threading.Lock()
_due: threading.Timer | None = None


def give_back_soon() -> None:
    """Collect what a visitor leaves behind, once nothing of the page holds it any more."""
    global _due
    with _lock:
        if _due is not None:
            _due.cancel()
        _due = threading.Timer(REST, give_back)
        _due.daemon = True
        _due.start()


def give_back() -> None:
    """Collect garbage, and return free memory to the system where its C library can (glibc)."""
    gc.collect()
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
