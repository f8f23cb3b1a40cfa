"""What a user is told when something cannot be done, and the exit code that goes with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MidnightError(Exception):
    """Anything that a user may meet; its text is an instruction, never a traceback."""

    exit_code = 1


class InputError(MidnightError):
    """Bad input: says where it stands, what was got, what is allowed and what to do.

    Args:
        where: file and key, or the option, that holds the value.
        got: the value as the user wrote it.
        allowed: what would have been accepted.
        remedy: what to do about it.
    """

    exit_code = 2

    def __init__(self, where: str, got: str, allowed: str = "", remedy: str = "") -> None:
        self.where, self.got, self.allowed, self.remedy = where, got, allowed, remedy
        parts = [f"{where}: {got}"]
        if allowed:
            parts.append(f"allowed: {allowed}")
        if remedy:
            parts.append(remedy)
        super().__init__("\n  ".join(parts))

    def __reduce__(self):
        return type(self), (self.where, self.got, self.allowed, self.remedy)


class OutputError(MidnightError):
    """A result could not be written; what was there before is untouched."""


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `did you mean ...?` for the closest of `names`, or an empty string."""
    found = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"did you mean `{found[0]}`?" if found else ""


def shorten(value: object, length: int = 60) -> str:
    """Return `repr(value)` cut to `length` characters, so that noise stays on one line."""
    text = repr(value)
    return text if len(text) <= length else text[: length - 1] + "…"
