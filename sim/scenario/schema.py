"""What a world is: the shape of a scenario file, checked by Pydantic.

A number is written with its claims, or `assumed` and why, and the range it is believed to lie in.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    create_model,
    field_validator,
    model_validator,
)

from sim.chart.kinds import Parameter
from sim.chart.registry import chart
from sim.errors import nearest, shorten
from sim.values import Claims, Day, Id, MisfitError, Name, Real, Text, as_real

Wing = Literal["zinovievist", "conciliator", "irreconcilable", "ultra"]
MOST_KNOTS, MOST_EVENTS, MOST_LEADERS = 1000, 1000, 250  # a leader's code has to fit in a byte
MOST_LETTERS = 20_000_000  # pairs of correspondents; some hundred megabytes


class Part(BaseModel):
    """A part of a scenario: unknown keys are errors, nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Sourced(Part):
    """Anything that rests on claims, or is assumed for a stated reason within a stated range."""

    claims: Claims = ()
    assumed: Text = ""

    @model_validator(mode="after")
    def _has_a_source(self) -> Sourced:
        if not self.claims and not self.assumed:
            raise MisfitError(
                "names no source",
                "`claims` of the evidence ledger, or `assumed` with a reason",
                'as in `claims = ["cap-radek"]` or `assumed = "no text says when"`',
            )
        return self


class Number(Sourced):
    """A parameter: its value, the range it is believed to lie in, whether a fit may move it."""

    value: Real
    low: Real
    high: Real
    prior: Literal["fixed", "uniform", "log-uniform"] = "fixed"

    @model_validator(mode="before")
    @classmethod
    def _value_from_prior(cls, data: Any) -> Any:
        """Without a value or a fit, take the middle of the prior."""
        if isinstance(data, dict) and "value" not in data and {"low", "high"} <= data.keys():
            try:
                low, high = as_real(data["low"]), as_real(data["high"])
            except MisfitError:
                return data
            log = data.get("prior") == "log-uniform" and low > 0 and high > 0
            middle = math.sqrt(low * high) if log else (low + high) / 2
            return data | {"value": middle if math.isfinite(middle) else low}
        return data

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Number:
        if self.low > self.high:
            raise MisfitError(
                f"has its range upside down: low = {self.low:g}, high = {self.high:g}",
                "low up to high",
                "swap them",
            )
        if self.prior == "log-uniform" and self.low <= 0:
            raise MisfitError(
                f"is log-uniform with low = {self.low:g}", "low above 0", 'or `prior = "uniform"`'
            )
        return self


class Numbers(Part):
    """A table of parameters; every one has to be given, by the file or by the one it extends."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Number: ...

    @model_validator(mode="after")
    def _within_bounds(self) -> Numbers:
        for name, field in type(self).model_fields.items():
            extra: Any = field.json_schema_extra
            number = getattr(self, name)
            for key in ("low", "high", "value"):
                given = getattr(number, key)
                whole = key != "value" or not extra["whole"] or given.is_integer()
                if not (extra["at_least"] <= given <= extra["at_most"] and whole):
                    raise MisfitError(
                        f"got {given:.12g}",
                        "a whole number" if extra["whole"] else "a number",
                        key=f"{name}.{key}",
                    )
        return self

    def values(self) -> dict[str, float]:
        """Return the bare values by name."""
        return {name: getattr(self, name).value for name in type(self).model_fields}


def _numbers(name: str, meaning: str, declared: Mapping[str, Parameter]) -> type[Numbers]:
    """Return the table of the numbers that the chart declares."""
    fields: dict[str, Any] = {}
    for each in declared.values():
        extra = {name: getattr(each, name) for name in ("unit", "at_least", "at_most", "whole")}
        default = ... if each.default is None else Number.model_validate(dict(each.default))
        field = Field(default, description=each.meaning, json_schema_extra=extra)
        fields[each.name] = (Number, field)
    return create_model(name, __base__=Numbers, __doc__=meaning, **fields)


if TYPE_CHECKING:  # their fields are declared in the chart
    Population = Numbers
    Coefficients = Numbers
    Rates = Numbers
else:
    Population = _numbers("Population", "Who the people are.", chart().population)
    Coefficients = _numbers(
        "Coefficients",
        "Log hazard ratios of signing a statement; each mechanism's sign is part of the rule.",
        chart().coefficients,
    )
    Rates = _numbers(
        "Rates", "The other processes, and the shapes of pulses and circles.", chart().rates
    )


class Rule(Part):
    """Which rule decides."""

    kind: Literal["hazard", "threshold"] = "hazard"
    threshold_mean: Real = Field(
        default=0.5, ge=-5, le=5, description="mean adoption threshold, share"
    )
    threshold_spread: Real = Field(
        default=0.2, ge=0, le=5, description="its standard deviation, share"
    )


class Calendar(Part):
    """First and last day; weeks are counted from the first, and only whole weeks are run."""

    start: Day
    end: Day
    shown: Day | None = Field(
        None, description="from when pictures and the console show; the first day by default"
    )

    @model_validator(mode="after")
    def _end_after_start(self) -> Calendar:
        if self.weeks < 1:
            raise MisfitError(
                f"ends on {self.end}, and starts on {self.start}",
                "an end at least a week after the start",
            )
        if self.first_week > self.weeks - 1:
            raise MisfitError(
                f"is shown from {self.shown} on, and ends on {self.end}",
                "a day at least a week before the end",
            )
        return self

    @property
    def weeks(self) -> int:
        """Whole weeks between the first and the last day."""
        return (self.end - self.start).days // 7

    @property
    def first_shown(self) -> date:
        """From when pictures and the console show."""
        return max(self.shown or self.start, self.start)

    @property
    def first_week(self) -> int:
        """The first week that is shown, 0 or more: that of the first count on `shown` or later."""
        return -((self.start - self.first_shown).days // 7)


_DELAYS = tuple(name for name, each in chart().rates.items() if each.unit == "weeks")


class Knot(Sourced):
    """The height of a lever on a day; between two knots it changes along a straight line."""

    date: Day
    delay: Literal[_DELAYS] | None = Field(  # type: ignore[valid-type]
        None, description="number of the table `rates`: weeks by which the day is later"
    )
    value: Real = Field(ge=0, le=1)
    low: Real | None = Field(None, ge=0, le=1)
    high: Real | None = Field(None, ge=0, le=1)

    @model_validator(mode="after")
    def _assumed_has_a_range(self) -> Knot:
        if self.assumed and (self.low is None or self.high is None):
            raise MisfitError("is assumed, so it needs a range", "`low` and `high`, from 0 to 1")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise MisfitError(
                f"has its range upside down: low = {self.low:g}, high = {self.high:g}",
                "low up to high",
                "swap them",
            )
        return self


class Lever(Part):
    """A dated curve between 0 and 1; before the first knot and after the last it stays level."""

    meaning: Text
    scale: Real = Field(1.0, ge=0, le=1, description="multiplies the whole curve; 0 switches off")
    knots: dict[Id, Knot] = Field(min_length=1, max_length=MOST_KNOTS)

    @field_validator("knots")
    @classmethod
    def _one_knot_a_day(cls, knots: dict[str, Knot]) -> dict[str, Knot]:
        seen: dict[date, str] = {}
        for name, knot in knots.items():
            if knot.date in seen:
                raise MisfitError(
                    f"`{seen[knot.date]}` and `{name}` are both dated {knot.date}",
                    "one knot a day",
                    "move one of them, or take it out",
                )
            seen[knot.date] = name
        return dict(sorted(knots.items(), key=lambda item: item[1].date))


def _levers() -> type[Part]:
    fields: dict[str, Any] = {
        each.name: (Lever, Lever.model_validate(each.default) if "knots" in each.default else ...)
        for each in chart().levers
    }
    return create_model(
        "Levers", __base__=Part, __doc__="What is done to everybody, by date.", **fields
    )


if TYPE_CHECKING:
    Levers = Part
else:
    Levers = _levers()


class Leader(Sourced):
    """A historical person whose acts are data; `following` is their share of a wing."""

    name: Text
    wing: Wing
    following: Real = Field(ge=0, le=1)
    low: float | None = Field(None, ge=0, le=1)
    high: float | None = Field(None, ge=0, le=1)


def _acts() -> list[str]:
    moves, pulses = (each.event for each in chart().moves), (p.event for p in chart().pulses)
    return list(dict.fromkeys(["signature", "appeal", *moves, *pulses]))


if TYPE_CHECKING:
    Act = str
else:
    Act = Literal[tuple(_acts())]
    """Kinds of dated acts: those of leaders, and whatever else the chart reads."""


class Event(Sourced):
    """A dated act. `happens = false` takes it out of the world."""

    date: Day
    kind: Act
    what: Text
    leader: Id | None = None
    strength: Real = Field(1.0, ge=0, le=1)
    happens: bool = Field(True, strict=True)

    @model_validator(mode="after")
    def _names_its_leader(self) -> Event:
        if self.kind in ("signature", "appeal") and self.leader is None:
            raise MisfitError(
                f"is of kind `{self.kind}` and names no leader",
                "the id of one of the `leaders`",
                'as in `leader = "radek"`',
            )
        return self


class Scenario(Part):
    """A world as resolved: nothing is left to look up but the seed."""

    model_config = ConfigDict(title="Midnight scenario")
    FORMAT: ClassVar[int] = 1

    name: Name
    title: Text
    question: Text
    changes: Text = ""
    reading: Text = Field(
        "", description="how its numbers are to be read, where words change sense"
    )
    raised_by: Claims = Field((), description="claims that raise the question")
    evidence: Id = Field(description="evidence set whose figures are believed")
    calendar: Calendar
    rule: Rule = Rule()
    population: Population
    coefficients: Coefficients
    rates: Rates
    leaders: dict[Id, Leader] = Field(max_length=MOST_LEADERS)
    levers: Levers
    events: dict[Id, Event] = Field(max_length=MOST_EVENTS)

    @model_validator(mode="after")
    def _parts_agree(self) -> Scenario:
        self._check_leaders()
        self._check_events()
        people = self.population
        if people.youth.value + people.old_bolsheviks.value > 1 + 1e-9:
            raise MisfitError(
                f"`youth` = {people.youth.value:g} and "
                f"`old_bolsheviks` = {people.old_bolsheviks.value:g} add up to more than everybody",
                "together at most 1",
                key="population",
            )
        if people.size.value * people.correspondents.value > MOST_LETTERS:
            raise MisfitError(
                f"{people.size.value:,.0f} people with {people.correspondents.value:g} "
                "correspondents each are more than memory is kept for",
                f"size x correspondents up to {MOST_LETTERS:,}",
                "take fewer of either",
                key="population",
            )
        return self

    def _check_leaders(self) -> None:
        shares: dict[str, float] = {}
        for leader in self.leaders.values():
            shares[leader.wing] = shares.get(leader.wing, 0.0) + leader.following
        for wing, share in shares.items():
            if share > 1 + 1e-9:
                raise MisfitError(
                    f"the leaders of the wing `{wing}` have a following of {share:g} together",
                    "at most 1, the whole wing",
                    key="leaders",
                )

    def _check_events(self) -> None:
        signed: dict[str, str] = {}
        for name, event in self.events.items():
            if event.leader is not None and event.leader not in self.leaders:
                raise MisfitError(
                    f"got {shorten(event.leader)}, and no leader is called that",
                    ", ".join(self.leaders),
                    nearest(event.leader, self.leaders),
                    key=f"events.{name}.leader",
                )
            if event.kind == "signature" and event.leader is not None and event.happens:
                if event.leader in signed:
                    raise MisfitError(
                        f"`{event.leader}` signs twice, in `{signed[event.leader]}` and `{name}`",
                        "one signature a leader",
                        "give one of the two events `happens = false`",
                        key="events",
                    )
                signed[event.leader] = name
