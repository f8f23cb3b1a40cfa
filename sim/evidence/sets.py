"""Evidence sets: whose figures are believed, and what each says about a count on a date.

A set is a TOML file in `sets/`. Each target names the series and dates that it reads, its claims,
and how it speaks: `about` a number, `above` or `below` one, or `between` two. How well a world
agrees with them is for `sim.inference.likelihood` to say.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.errors import InputError, nearest
from sim.evidence.ledger import check_ids, claims

SPREAD = {"high": 0.1, "medium": 0.15, "low": 0.3}
"""Standard deviation of the log of a count, by the grade of its claim; assumed.

Round numbers of contemporaries are rarely better than a tenth, and those of hearsay may be a
third off; a target may state its own."""


class Reading(BaseModel):
    """What to read off a world's weekly series.

    `at` is the value on a day, `change` the difference between two days, `highest` the maximum
    between two days. Several series are added up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    series: tuple[str, ...]
    statistic: Literal["at", "change", "highest"] = "at"
    start: date
    end: date | None = None

    @model_validator(mode="after")
    def _has_its_dates(self) -> Reading:
        if (self.end is None) != (self.statistic == "at"):
            raise ValueError("`at` takes `start` alone, `change` and `highest` take `end` as well")
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"ends ({self.end}) before it starts ({self.start})")
        return self


class Target(BaseModel):
    """A statement of the sources about a count, or about the ratio of two (`over`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    what: str
    kind: Literal["about", "above", "below", "between"]
    value: float | None = Field(None, gt=0)
    low: float | None = Field(None, gt=0)
    high: float | None = Field(None, gt=0)
    spread: float = Field(gt=0, description="sd of the log; from the grade unless stated")
    reading: Reading
    over: Reading | None = None
    claims: tuple[str, ...] = Field(min_length=1)
    note: str = ""
    held_out: bool = Field(False, description="shown and checked, but not used by the fit")

    @model_validator(mode="before")
    @classmethod
    def _spread_from_grade(cls, data: dict) -> dict:
        if "spread" not in data and data.get("claims"):
            grades = [claims()[key].grade for key in data["claims"] if key in claims()]
            return data | {"spread": max((SPREAD[grade] for grade in grades), default=0.15)}
        return data

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Target:
        between = self.kind == "between"
        if between != (self.value is None) or between != (None not in (self.low, self.high)):
            raise ValueError("`between` takes `low` and `high`, every other kind `value`")
        return self


class EvidenceSet(BaseModel):
    """Whose figures are believed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    whose: str
    targets: dict[str, Target]


def names() -> list[str]:
    """Return the names of the shipped evidence sets."""
    folder = resources.files(__package__).joinpath("sets")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir())


@cache
def evidence_set(name: str) -> EvidenceSet:
    """Return the evidence set `name`.

    Raises:
        InputError: there is none of that name, or it is broken or names unknown claims.
    """
    if name not in names():
        raise InputError(
            "evidence", f"no set is called `{name}`", ", ".join(names()), nearest(name, names())
        )
    file = f"sets/{name}.toml"
    text = resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
    try:
        found = EvidenceSet.model_validate({"name": name, **tomllib.loads(text)})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(file, _first(error)) from None
    for key, target in found.targets.items():
        check_ids(target.claims, f"{file}: targets.{key}.claims")
    return found


def in_words(target: Target) -> str:
    """Return what a target says, as in `about 8,000` or `between 500 and 1,000`."""

    def number(x: float) -> str:
        return f"{x:,.0f}" if x >= 10 else f"{x:g}"

    if target.kind == "between":
        return f"between {number(target.low)} and {number(target.high)}"
    words = {"about": "about", "above": "more than", "below": "fewer than"}
    return f"{words[target.kind]} {number(target.value)}"


def _first(error: Exception) -> str:
    """Return the first thing that is wrong, in a line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
    return str(error)
