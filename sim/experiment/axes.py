"""One axis of a design: which number it moves, and through which values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np

from sim.chart.lists import refuse
from sim.errors import InputError, nearest, shorten
from sim.scenario.schema import Scenario
from sim.values import MisfitError, as_day, as_real

Value = float | int | str
"""A number, a day as `1929-07-13`, or the name of a scenario."""
SCENARIO = "scenario"
"""The key of an axis of whole scenarios."""
MOST_VALUES = 100_000
_SHAPES = "KEY=LOW:HIGH:STEPS or KEY=a,b,c"
_SAMPLED = "KEY=LOW:HIGH or KEY=a,b,c, as a sample chooses the steps"


@dataclass(frozen=True)
class Axis:
    """A number of a scenario, and the values that it takes.

    Attributes:
        key: dotted, as of `--set`.
        kind: what the values are; days are kept as text.
        values: in their order; empty if points are drawn from `low` to `high`, or listed.
        low, high: ends of a range to draw from.
    """

    key: str
    kind: Literal["number", "whole", "date", "scenario"]
    values: tuple[Value, ...] = ()
    low: Value | None = None
    high: Value | None = None

    def at(self, u: float) -> Value:
        """Return the value at the place `u`, from 0 to 1, of the range or of the list."""
        if self.values:
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        low, high = (as_number(end, self.kind) for end in self.range)
        return from_number(low + u * (high - low), self.kind)

    @property
    def range(self) -> tuple[Value, Value]:
        """Both ends of an axis that draws from a range."""
        assert self.low is not None, self.key  # checked where the axis is made
        assert self.high is not None, self.key
        return self.low, self.high

    def as_json(self) -> list[Any]:
        """Return the axis as JSON keeps it."""
        return [self.key, self.kind, list(self.values), self.low, self.high]

    @classmethod
    def from_json(cls, content: Sequence[Any]) -> Axis:
        """Return the axis that `as_json` described."""
        key, kind, values, low, high = content
        return cls(key, kind, tuple(values), low, high)


def as_number(value: Value, kind: str) -> float:
    """Return a value as a number: a day as its ordinal."""
    return float(date.fromisoformat(str(value)).toordinal()) if kind == "date" else float(value)


def from_number(number: float, kind: str) -> Value:
    """Return the value nearest to a number; a twelfth digit is noise."""
    if kind == "date":
        return date.fromordinal(round(number)).isoformat()
    return round(number) if kind == "whole" else float(f"{number:.12g}")


def split(text: str, option: str) -> tuple[str, str]:
    """Split `KEY=VALUES`.

    Raises:
        InputError: it is nothing of the kind.
    """
    key, equals, values = text.partition("=")
    key, values = key.strip(), values.strip()
    if not equals or not values or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", key):
        shapes = _SHAPES if option == "--vary" else "KEY=LOW:HIGH"
        raise InputError(option, f"got {shorten(text)}", shapes, "as in coefficients.offer=0:3:7")
    return key, values


def read_axis(key: str, given: Any, base: Scenario, sampled: bool, where: str) -> Axis:
    """Return the axis of `key` through the values that a text or a list gives.

    Args:
        key: dotted, of a number of `base`.
        given: `LOW:HIGH:STEPS`, `a,b,c`, or a list of values; `LOW:HIGH` if `sampled`.
        base: the scenario that is changed.
        sampled: whether points are drawn from the range.
        where: the option, for messages.

    Raises:
        InputError: there is no such number, or these are not its values.
    """
    kind = kind_of(key, base, where)
    if not isinstance(given, str):
        several = list(given) if isinstance(given, (Sequence, np.ndarray)) else [given]
        return Axis(key, kind, _different([read_value(v, kind, where) for v in several], where))
    parts = [part.strip() for part in given.split(":")]
    if len(parts) == 1:
        texts = listed(given, where)
        return Axis(key, kind, _different([read_value(v, kind, where) for v in texts], where))
    if len(parts) != (2 if sampled else 3):
        raise InputError(where, f"got {shorten(given)}", _SAMPLED if sampled else _SHAPES)
    low, high = (read_value(part, kind, where) for part in parts[:2])
    if as_number(low, kind) >= as_number(high, kind):
        raise InputError(where, f"goes from {low} to {high}", "LOW below HIGH")
    if sampled:
        return Axis(key, kind, (), low, high)
    if not re.fullmatch(r"[0-9]{1,9}", parts[2]) or not 2 <= int(parts[2]) <= MOST_VALUES:
        allowed = f"a whole number from 2 to {MOST_VALUES:,}"
        raise InputError(f"{where}: STEPS", f"got {shorten(parts[2])}", allowed)
    ends = as_number(low, kind), as_number(high, kind)
    values = [from_number(float(x), kind) for x in np.linspace(*ends, int(parts[2]))]
    return Axis(key, kind, _different(values, where))


def listed(text: str, where: str) -> list[str]:
    """Return the values of a list with commas between them.

    Raises:
        InputError: one is empty, or something else stands between them.
    """
    found = [value.strip() for value in text.split(",")]
    if len(found) > 1 and not found[-1]:
        raise InputError(where, f"got {shorten(text)}", "no comma after the last value")
    if not all(found):
        raise InputError(where, f"got {shorten(text)}", "a value before every comma")
    if ";" in text:
        raise InputError(where, f"got {shorten(text)}", "commas between values, as in 0,0.5,1")
    return found


def _different(values: list[Value], where: str) -> tuple[Value, ...]:
    if len(set(values)) < len(values) or not values:
        got = "has one value twice" if values else "has no value"
        raise InputError(where, got, "different values", "take fewer steps" if values else "")
    return tuple(values)


def read_value(given: Any, kind: str, where: str) -> Value:
    """Return one value of an axis.

    Raises:
        InputError: it is not of this kind.
    """
    try:
        if kind == "date":
            return as_day(given).isoformat()
        number = as_real(float(given) if isinstance(given, str) else given)
        if not np.isfinite(number):
            raise ValueError
        return int(number) if kind == "whole" and number.is_integer() else number
    except (MisfitError, ValueError, OverflowError):
        allowed = "a day, such as 1929-07-13" if kind == "date" else "a number"
        raise InputError(where, f"got {shorten(given)}", allowed) from None


def kind_of(key: str, base: Scenario, where: str) -> Literal["number", "whole", "date"]:
    """Return what the values of a key are.

    Raises:
        InputError: the scenario has no such key, or it is no number and no day.
    """
    refuse(key, where)
    found: Any = base.model_dump(mode="json")
    for depth, name in enumerate(names := key.split(".")):
        if not isinstance(found, Mapping) or name not in found:
            known = list(found) if isinstance(found, Mapping) else []
            start = ".".join(names[:depth])
            guess = nearest(name, known).replace("`", f"`{start}." if start else "`", 1)
            place = f"`{start}` has" if start else "a scenario has"
            raise InputError(where, f"{place} no `{name}`", ", ".join(known[:40]), guess)
        found = found[name]
    if isinstance(found, Mapping) and "value" in found:
        found = found["value"]
    if isinstance(found, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", found):
        return "date"
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        remedy = f"one of its numbers: {', '.join(found)}" if isinstance(found, Mapping) else ""
        raise InputError(where, "is no number and no day", "the key of one", remedy)
    return "whole" if _is_whole(names, base) else "number"


def _is_whole(names: list[str], base: Scenario) -> bool:
    if names[0] not in ("population", "coefficients", "rates") or names[2:] not in ([], ["value"]):
        return False
    table = type(getattr(base, names[0]))
    return bool(table.model_fields[names[1]].json_schema_extra["whole"])
