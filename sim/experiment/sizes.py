"""How much may be asked for: whatever would fill the memory is refused before it begins."""

from __future__ import annotations

from sim.errors import InputError, shorten

MEMORY = 8 * 2**30
"""Bytes that what one command keeps at a time may take; the same on every machine."""
SEVERAL = 6
"""Copies of weekly counts that there are at a time: as they come, stacked, and as tables."""
A_RUN = 5_400
"""Bytes that a run takes at most while the table of a sweep is made; measured with tracemalloc."""
A_WORLD = 4_000
"""Bytes of a world that was drawn: its parameters, and what it says of the targets; estimated."""
A_SIMULATION = 50_000
"""Bytes of a simulation, and of a synthetic history; estimated."""


def of_counts(weeks: int, counts: int) -> int:
    """Return the bytes that the weekly counts of one world take in all their copies."""
    return (weeks + 1) * counts * 4 * SEVERAL


def check_size(
    option: str, asked: int, each: float, what: str, remedy: str = "", got: str = ""
) -> None:
    """Make sure that so many can be kept in memory.

    Args:
        option: that asks for them.
        asked: how many.
        each: bytes that one takes.
        what: one of them, in words.
        remedy: what to do instead.
        got: what was asked for, in words, if not a number.

    Raises:
        InputError: they would take more than `MEMORY`.
    """
    most = _rounded(int(MEMORY / each))
    if asked > most:
        reason = f"each {what} takes {_size(each)} of memory, and all may take {_size(MEMORY)}"
        got = got or shorten(asked)
        raise InputError(option, f"got {got}", f"at most {most:,}: {reason}", remedy)


def _rounded(number: int) -> int:
    """Return a number of two digits and zeros, no greater."""
    unit = 10 ** max(len(str(number)) - 2, 0)
    return number // unit * unit


def _size(n: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if n < 1000:
            return f"{n:.0f} {unit}"
        n /= 1024
    return f"{n:.0f} GB"
