"""Evidence sets: whose figures are believed, and what each says about a count on a date.

Each target names the series and dates that it reads, its claims, and how it speaks: `about` a
number, `above` or `below` one, `between` two, or `either` of alternatives that contradict each
other. How well a world agrees with them is for `sim.inference.likelihood` to say.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.evidence.ledger import claims

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

    series: tuple[str, ...] = Field(min_length=1)
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


def are_words(found: object) -> bool:
    """Return whether something is a list of texts."""
    return isinstance(found, list | tuple) and all(isinstance(each, str) for each in found)


class Statement(BaseModel):
    """What a source says about a count, or about the ratio of two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["about", "above", "below", "between"]
    value: float | None = Field(None, gt=0, allow_inf_nan=False)
    low: float | None = Field(None, gt=0, allow_inf_nan=False)
    high: float | None = Field(None, gt=0, allow_inf_nan=False)
    spread: float = Field(
        gt=0, allow_inf_nan=False, description="sd of the log; from the grade unless stated"
    )
    claims: tuple[str, ...] = Field(min_length=1)
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _spread_from_grade(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "spread" in data:
            return data
        cited = data.get("claims") if are_words(data.get("claims")) else ()
        grades = [claims()[key].grade for key in cited if key in claims()]
        return data | {"spread": max((SPREAD[grade] for grade in grades), default=0.15)}

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Statement:
        between = self.kind == "between"
        if between != (self.value is None) or between != (None not in (self.low, self.high)):
            raise ValueError("`between` takes `low` and `high`, every other kind `value`")
        if between and self.low >= self.high:
            raise ValueError("`low` has to be below `high`")
        return self


class Alternative(Statement):
    """One of several statements that cannot all be right."""

    weight: float = Field(
        1.0, gt=0, allow_inf_nan=False, description="how far it is believed against the others"
    )


class Target(Statement):
    """A statement that worlds are held against: what is read off them, and what the sources say.

    With `kind = "either"` the sources contradict each other: exactly one of the `alternatives` is
    right, and the target itself has no value.
    """

    kind: Literal["about", "above", "below", "between", "either"]
    what: str
    reading: Reading
    over: Reading | None = None
    held_out: bool = Field(False, description="shown and checked, but not used by the fit")
    alternatives: tuple[Alternative, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _claims_of_the_alternatives(cls, data: Any) -> Any:
        listed = data.get("alternatives") if isinstance(data, dict) else None
        if not isinstance(listed, list | tuple) or data.get("kind") != "either":
            return data
        cited = [each.get("claims") for each in listed if isinstance(each, dict)]
        ids = [key for each in cited if are_words(each) for key in each]
        return {"claims": tuple(dict.fromkeys(ids))} | data

    @model_validator(mode="after")
    def _says_what_it_needs(self) -> Target:
        if self.kind != "either":
            if self.alternatives:
                raise ValueError('`alternatives` belong to `kind = "either"`')
            return super()._says_what_it_needs()
        if len(self.alternatives) < 2 or (self.value, self.low, self.high) != (None, None, None):
            raise ValueError("`either` takes two `alternatives` or more, and no value of its own")
        if len({each.kind == "about" for each in self.alternatives}) > 1:
            raise ValueError(
                "the `alternatives` are all `about` a number, or all bounds: "
                "a density and a probability cannot be weighed against each other"
            )
        return self

    @property
    def statements(self) -> tuple[Statement, ...]:
        """What the sources say, one after the other; several only where they contradict."""
        return self.alternatives or (self,)


class EvidenceSet(BaseModel):
    """Whose figures are believed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    whose: str
    targets: dict[str, Target]

    @property
    def fitted(self) -> dict[str, Target]:
        """The targets that a fit may use."""
        return {key: target for key, target in self.targets.items() if not target.held_out}


def in_words(target: Statement) -> str:
    """Return what a target says, as in `about 8,000` or `between 500 and 1,000`."""

    def number(x: float) -> str:
        return f"{x:,.0f}" if x >= 10 else f"{x:g}"

    if target.kind == "either":
        return "either " + " or ".join(in_words(each) for each in target.alternatives)
    if target.kind == "between":
        return f"between {number(target.low)} and {number(target.high)}"
    words = {"about": "about", "above": "more than", "below": "fewer than"}
    return f"{words[target.kind]} {number(target.value)}"
