"""Evidence sets: whose figures are believed, and what each says about a count on a date.

A set is a TOML file, in `sets/` or one's own. Each target names the series and dates that it reads,
its claims, and how it speaks: `about` a number, `above` or `below` one, `between` two, or `either`
of alternatives that contradict each other. How well a world agrees with them is for
`sim.inference.likelihood` to say.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.errors import InputError, nearest, shorten
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


def _are_words(found: object) -> bool:
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
        cited = data.get("claims") if _are_words(data.get("claims")) else ()
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
        ids = [key for each in cited if _are_words(each) for key in each]
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


def names() -> list[str]:
    """Return the names of the shipped evidence sets."""
    folder = resources.files(__package__).joinpath("sets")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir())


@cache
def evidence_set(name: str) -> EvidenceSet:
    """Return a shipped evidence set by its name, or one's own by the path of its file.

    A set that `extends` another takes over its targets, except those that it replaces or lists in
    `leave_out`.

    Raises:
        InputError: there is none of that name, or it is broken or names unknown claims.
    """
    return _evidence_set(name)


def _evidence_set(name: str, above: tuple[str, ...] = ()) -> EvidenceSet:
    """Return a set; `above` are those that extend it."""
    where, text = _read(name)
    try:
        tree = tomllib.loads(text)
        base = tree.pop("extends", None)
        if base is not None:
            if not isinstance(base, str) or base in above:
                allowed = "the name or file of another set, which does not extend this one"
                raise InputError(f"{where}: extends", f"got {shorten(base)}", allowed)
            tree = _laid_over(_evidence_set(base, (*above, name, where)), tree, where)
        found = EvidenceSet.model_validate({"name": Path(name).stem, **tree})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(where, _first(error)) from None
    for key, target in found.targets.items():
        for statement in target.statements:
            check_ids(statement.claims, f"{where}: targets.{key}.claims")
    return found


def _read(name: str) -> tuple[str, str]:
    """Return how to call the file of a set in messages, and its text."""
    if name in names():
        file = f"sets/{name}.toml"
        return file, resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
    if not name.endswith(".toml"):
        raise InputError(
            "evidence",
            f"no set is called `{name}`",
            f"{', '.join(names())}, or the path of a TOML file",
            nearest(name, names()),
        )
    try:
        return name, Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise InputError(name, f"cannot be read ({reason})", "the TOML file of a set") from None


def _laid_over(base: EvidenceSet, tree: dict[str, Any], where: str) -> dict[str, Any]:
    left_out, targets = tree.pop("leave_out", []), tree.get("targets", {})
    if not _are_words(left_out):
        raise InputError(f"{where}: leave_out", f"got {shorten(left_out)}", "a list of targets")
    if not isinstance(targets, dict):
        raise InputError(f"{where}: targets", f"got {shorten(targets)}", "tables [targets.NAME]")
    for key in left_out:
        if key not in base.targets:
            got = f"`{base.name}` has no target `{key}`"
            raise InputError(f"{where}: leave_out", got, "", nearest(str(key), base.targets))
    kept = {key: target for key, target in base.targets.items() if key not in left_out}
    return tree | {"targets": kept | targets}


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


def _first(error: Exception) -> str:
    """Return the first thing that is wrong, in a line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
    return str(error)
