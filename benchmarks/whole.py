"""A whole world in a process of its own, so that its peak memory is nobody else's."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from benchmarks.speed import live


def whole_world(people: int, weeks: int = 107) -> None:
    """Print seconds and peak memory (GiB) of drawing, founding and living one world."""
    live("warm-up", 8_000, weeks)
    seconds = live("world", people, weeks)["world, drawn and lived"]
    print(json.dumps([seconds, peak_memory()]))


def peak_memory() -> float:
    """Return the most memory this process ever held, GiB; 0 where the system does not tell.

    Linux hands `ru_maxrss` down from the parent through fork and exec, so there the peak is
    read where it belongs to this process alone.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text()).group(1)) / 2**20
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**30 if sys.platform == "darwin" else 2**20)
