"""Evidence sets: whose figures are believed, and what each says about a count on a date.

Each target names the series and dates that it reads, its claims, and how it speaks: `about` a
number, `above` or `below` one, `between` two, or `either` of alternatives that contradict each
other. How well a world agrees with them is for `sim.inference.likelihood` to say.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self, TypeGuard

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sim.errors import shorten
from sim.evidence.ledger import claims
from sim.values import Day, MisfitError, Text, as_real

SPREAD = {"high": 0.1, "medium": 0.15, "low": 0.3}
"""Standard deviation of the log of a count, by the grade of its claim; assumed.

Round numbers of contemporaries are rarely better than a tenth, and those of hearsay may be a
third off; a target may state its own."""


def _as_word(value: Any) -> str:
    """Take a name that can be part of a path and of the name of a column."""
    if not isinstance(value, str) or not (value.strip() and value.isprintable()):
        raise MisfitError(allowed="text in quotes")
    if len(value) > 120 or set(value) & set("/\\:") or value.startswith("."):
        raise MisfitError(allowed="at most 120 characters, none of / \\ : among them")
    return value


def _as_key(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", value):
        raise MisfitError(
            f"a target is called {shorten(value)}",
            "letters, digits, - and _, at most 64, a letter or digit first",
        )
    return value


Name = Annotated[str, BeforeValidator(_as_word)]
Key = Annotated[str, AfterValidator(_as_key)]
Ids = Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=100)]
Count = Annotated[float, BeforeValidator(as_real), Field(ge=1e-6, le=1e9, allow_inf_nan=False)]
"""What a source says: a count of people, or the ratio of two."""
Spread = Annotated[float, BeforeValidator(as_real), Field(ge=1e-3, le=100, allow_inf_nan=False)]
Weight = Annotated[float, BeforeValidator(as_real), Field(ge=1e-6, le=1e6, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]


class Reading(BaseModel):
    """What to read off a world's weekly series.

    `at` is the value on a day, `change` the difference between two days, `highest` the maximum
    between two days. Several series are added up.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    series: Ids = Field(min_length=1)
    statistic: Literal["at", "change", "highest"] = "at"
    start: Day
    end: Day | None = None

    @model_validator(mode="after")
    def _has_its_dates(self) -> Reading:
        if (self.end is None) != (self.statistic == "at"):
            raise MisfitError(
                "is missing" if self.end is None else "is given, and `statistic` is `at`",
                "`start` alone for `at`, `end` as well for `change` and `highest`",
                "add it" if self.end is None else "take it out, or change `statistic`",
                key="end",
            )
        if self.end is not None and self.end <= self.start:
            raise MisfitError(
                f"is {self.end}, and `start` is {self.start}", "a day after `start`", key="end"
            )
        return self


def are_words(found: object) -> TypeGuard[list[str] | tuple[str, ...]]:
    """Return whether something is a list of texts."""
    return isinstance(found, list | tuple) and all(isinstance(each, str) for each in found)


class Statement(BaseModel):
    """What a source says about a count, or about the ratio of two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["about", "above", "below", "between", "either"]
    value: Count | None = None
    low: Count | None = None
    high: Count | None = None
    spread: Spread = Field(description="sd of the log; from the grade unless stated")
    claims: Ids = Field(min_length=1)
    note: Text = ""

    @model_validator(mode="before")
    @classmethod
    def _spread_from_grade(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "spread" in data:
            return data
        cited = data.get("claims")
        cited = cited if are_words(cited) else ()
        grades = [claims()[key].grade for key in cited if key in claims()]
        return data | {"spread": max((SPREAD[grade] for grade in grades), default=0.15)}

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Self:
        self._check()
        return self

    def _check(self) -> None:
        takes = ("low", "high") if self.kind == "between" else ("value",)
        for name in ("value", "low", "high"):
            given = getattr(self, name) is not None
            if given != (name in takes):
                raise MisfitError(
                    f"is given, and `kind` is `{self.kind}`" if given else "is missing",
                    "`low` and `high` for `between`, `value` for every other kind",
                    "take it out, or change `kind`" if given else "add it",
                    key=name,
                )
        if self.low is not None and self.high is not None and self.low >= self.high:
            got = f"has its bounds upside down: low = {self.low:g}, high = {self.high:g}"
            raise MisfitError(got, "`low` below `high`", "swap them")

    @property
    def figure(self) -> float:
        """The number of a statement `about`, `above` or `below` one."""
        assert self.value is not None
        return self.value

    @property
    def bounds(self) -> tuple[float, float]:
        """The two numbers that a count is `between`."""
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high


class Alternative(Statement):
    """One of several statements that cannot all be right."""

    kind: Literal["about", "above", "below", "between"]
    weight: Weight = Field(1.0, description="how far it is believed against the others")


class Target(Statement):
    """A statement that worlds are held against: what is read off them, and what the sources say.

    With `kind = "either"` the sources contradict each other: exactly one of the `alternatives` is
    right, and the target itself has no value.
    """

    what: Text
    reading: Reading
    over: Reading | None = None
    held_out: Flag = Field(False, description="shown and checked, but not used by the fit")
    alternatives: Annotated[tuple[Alternative, ...], Field(max_length=20)] = ()

    @model_validator(mode="before")
    @classmethod
    def _claims_of_the_alternatives(cls, data: Any) -> Any:
        listed = data.get("alternatives") if isinstance(data, dict) else None
        if not isinstance(listed, list | tuple) or data.get("kind") != "either":
            return data
        cited = [each.get("claims") for each in listed if isinstance(each, dict)]
        ids = [key for each in cited if are_words(each) for key in each]
        return {"claims": tuple(dict.fromkeys(ids))} | data

    def _check(self) -> None:
        if self.kind != "either":
            if self.alternatives:
                raise MisfitError(
                    f"are given, and `kind` is `{self.kind}`",
                    '`alternatives` for `kind = "either"` alone',
                    "take them out, or change `kind`",
                    key="alternatives",
                )
            super()._check()
            return
        if len(self.alternatives) < 2 or (self.value, self.low, self.high) != (None, None, None):
            raise MisfitError(
                "is `either`, with too few `alternatives` or a value of its own",
                "two `alternatives` or more, and no value",
                "give every alternative a value of its own",
            )
        if len({each.kind == "about" for each in self.alternatives}) > 1:
            raise MisfitError(
                "has `about` and bounds among its `alternatives`",
                "all `about` a number, or all bounds: a density and a probability cannot be "
                "weighed against each other",
                "change the `kind` of some",
            )

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the sources say, one after the other; several only where they contradict."""
        return self.alternatives or (self,)


class EvidenceSet(BaseModel):
    """Whose figures are believed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    title: Text
    whose: Text
    targets: Annotated[dict[Key, Target], Field(max_length=200)]

    @property
    def fitted(self) -> dict[str, Target]:
        """The targets that a fit may use."""
        return {key: target for key, target in self.targets.items() if not target.held_out}


def in_words(target: Statement) -> str:
    """Return what a target says, as in `about 8,000` or `between 500 and 1,000`."""

    def number(x: float) -> str:
        return f"{x:,.0f}" if x >= 10 else f"{x:g}"

    if isinstance(target, Target) and target.kind == "either":
        return "either " + " or ".join(in_words(each) for each in target.alternatives)
    if target.kind == "between":
        low, high = target.bounds
        return f"between {number(low)} and {number(high)}"
    words = {"about": "about", "above": "more than", "below": "fewer than"}
    return f"{words[target.kind]} {number(target.figure)}"
