"""The values that a scenario is made of: numbers, days, names, texts, lists of claims."""

from __future__ import annotations

import numbers
import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from sim.errors import shorten


class MisfitError(ValueError):
    """What a validator objects to; `sim.scenario.validation` makes a message of it.

    Args:
        got: what is wrong; empty stands for the value as it was written.
        allowed: what would have been accepted.
        remedy: what to do about it.
        key: dotted key of the culprit, below the place that was being checked.
    """

    def __init__(self, got: str = "", allowed: str = "", remedy: str = "", key: str = "") -> None:
        self.got, self.allowed, self.remedy, self.key = got, allowed, remedy, key
        super().__init__(got or allowed)


def as_real(value: Any) -> float:
    """Take any number but a truth value or a text."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise MisfitError(allowed="a number")
    try:
        return float(value) + 0.0  # no negative zero
    except OverflowError:
        raise MisfitError(allowed="a number") from None


def as_day(value: Any) -> date:
    """Take a day, bare or as text, and nothing that has an hour."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise MisfitError(f"{shorten(value)} is not in the calendar", "a day") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise MisfitError(allowed="a day")


Text = Annotated[str, Field(max_length=2000)]
LONGEST_NAME = 255
"""Bytes of a file's name, as file systems have it."""
_RENAME = "rename the file, or give the scenario a `name` in it"


def as_name(value: Any) -> str:
    """Take whatever a file can be called, without its ending."""
    if not isinstance(value, str):
        raise MisfitError(allowed="text in quotes")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise MisfitError(allowed="text in UTF-8", remedy=_RENAME) from None
    if size > LONGEST_NAME:
        raise MisfitError(f"got a name of {size:,} bytes", f"at most {LONGEST_NAME}", _RENAME)
    if value in ("", ".", "..") or {"/", "\0"} & set(value):
        raise MisfitError(allowed="what a file can be called: a text without `/`", remedy=_RENAME)
    return value


Name = Annotated[str, BeforeValidator(as_name)]
Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
FIRST_DAY, LAST_DAY = date(1917, 1, 1), date(1953, 12, 31)
Day = Annotated[date, BeforeValidator(as_day), Field(ge=FIRST_DAY, le=LAST_DAY)]
Real = Annotated[float, BeforeValidator(as_real)]
Claims = Annotated[tuple[Id, ...], Field(max_length=100)]
