"""What a user is told when something cannot be done, and the exit code that goes with it."""

from __future__ import annotations

import difflib
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, time
from math import log10
from numbers import Integral, Real
from typing import Any


class MidnightError(Exception):
    """Anything that a user may meet; its text is an instruction, never a traceback."""

    exit_code = 1


class InputError(MidnightError):
    """Bad input: says where it stands, what was got, what is allowed and what to do.

    The text stays below 2,000 characters and is safe to print, whatever the input was.

    Args:
        where: file and key, or the option, that holds the value.
        got: the value as the user wrote it.
        allowed: what would have been accepted.
        remedy: what to do about it.
    """

    exit_code = 2

    def __init__(self, where: str, got: str, allowed: str = "", remedy: str = "") -> None:
        self.where, self.got = printable(where, 480), printable(got, 480)
        self.allowed, self.remedy = printable(allowed, 640), printable(remedy, 320)
        parts = [f"{self.where}: {self.got}"]
        if self.allowed:
            parts.append(f"allowed: {self.allowed}")
        if self.remedy:
            parts.append(self.remedy)
        super().__init__("\n  ".join(parts))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.where, self.got, self.allowed, self.remedy)


class OutputError(MidnightError):
    """A result could not be written; what was there before is untouched."""


@contextmanager
def reading(what: object) -> Iterator[None]:
    """Note on whatever goes wrong within that this file or folder was being read."""
    try:
        yield
    except MidnightError:
        raise
    except Exception as error:
        note = f"{_READING}{printable(str(what))}"
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
        raise


_READING = "while reading "


def being_read(error: BaseException) -> str:
    """Return the innermost file or folder that `reading` has noted, or an empty string."""
    notes = [note for note in getattr(error, "__notes__", ()) if note.startswith(_READING)]
    return notes[0].removeprefix(_READING) if notes else ""


class Stop(KeyboardInterrupt):
    """Raised in the main thread when a signal asks the command to end."""

    def __init__(self, number: int = signal.SIGINT) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


class StoppedError(MidnightError):
    """The user has stopped the command; its text says how to go on.

    Args:
        text: one line.
        stop: what was raised.
    """

    def __init__(self, text: str, stop: KeyboardInterrupt) -> None:
        super().__init__(text)
        self.exit_code = getattr(stop, "exit_code", Stop().exit_code)


@contextmanager
def stoppable(kept: str) -> Iterator[None]:
    """Turn a stop into an instruction.

    Args:
        kept: what is kept, and where.

    Raises:
        StoppedError: the user has stopped the command.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        text = f"stopped; {kept}. Give the same command again to go on"
        raise StoppedError(text, stop) from None


def notice(text: str) -> None:
    """Say one line on standard error, if there is one."""
    with suppress(OSError, ValueError, AttributeError):
        print(f"midnight: {text}", file=sys.stderr, flush=True)


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `did you mean ...?` for the closest of `names`, or an empty string."""
    by_case = {known.casefold(): known for known in names}
    found = difflib.get_close_matches(name[:80].casefold(), by_case, n=1, cutoff=0.5)
    return f"did you mean `{by_case[found[0]]}`?" if found else ""


def printable(text: str, length: int = 400) -> str:
    """Return `text` cut to `length` characters; what no terminal shows is written as an escape."""
    shown = "".join(c if c.isprintable() or c == "\n" else _escape(c) for c in text[: length + 1])
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def shorten(value: object, length: int = 60) -> str:
    """Return `value` as a TOML file writes it, cut to `length` characters on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        inner = "".join(c if c.isprintable() else _escape(c) for c in value[:length])
        whole = len(value) <= length and len(inner) <= length - 2
        return f'"{inner}"' if whole else f'"{inner[: length - 3]}…"'
    if isinstance(value, Integral):
        digits = int(int(abs(value)).bit_length() * log10(2)) + 1
        return str(value) if digits <= 25 else f"a whole number of about {digits:,} digits"
    if isinstance(value, Real):
        return repr(float(value))
    if isinstance(value, (date, time)):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, Mapping):
        return f"a table of {len(value)}" if value else "an empty table"
    if isinstance(value, (list, tuple, set, frozenset)):
        return f"a list of {len(value)}" if value else "an empty list"
    return "nothing" if value is None else f"something of type {type(value).__name__}"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
