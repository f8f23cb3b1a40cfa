"""What can be changed on the page: levers, coefficients and acts, under their mechanisms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.errors import InputError, shorten
from sim.model import mechanisms
from sim.scenario.schema import Number, Scenario, Sourced

GROUPS: dict[str, tuple[str, ...]] = {
    "baseline": ("coefficients.baseline",),
    "expulsion": ("coefficients.expulsion", "acts.expulsion"),
    "hardship": (
        "levers.terror",
        "coefficients.hardship",
        "coefficients.hardship_underground",
        "coefficients.hardship_exile",
    ),
    "offer": ("levers.offer", "coefficients.offer"),
    "left_turn": ("levers.left_turn", "levers.democracy", "coefficients.left_turn"),
    "example": ("coefficients.example", "rates.correspondence"),
    "patron": ("coefficients.patron", "rates.patron_half_life", "acts.signature", "acts.appeal"),
    "silence": ("levers.letters", "coefficients.silence"),
    "threat": ("levers.threat", "coefficients.threat"),
    "rally": ("coefficients.rally", "rates.rally_half_life", "acts.declaration"),
    "solidarity": ("coefficients.solidarity",),
    "conviction": ("population.conviction_spread", "population.conviction_irreconcilable"),
    "arrest and isolator": (
        "levers.arrests",
        "levers.transfers",
        "rates.transfer",
        "rates.selectivity",
    ),
    "joining and going quiet": ("levers.agitation", "rates.joining", "rates.quiet"),
}
"""Which controls stand under which mechanism; `acts.` are the events of a kind."""

OTHERS = {
    "arrest and isolator": "Who is arrested and exiled, and who is moved from a colony to prison.",
    "joining and going quiet": "Recruits of 1928, and those who fell silent without signing.",
}
"""What is no mechanism of signing, in a sentence."""


@dataclass(frozen=True)
class Control:
    """One thing that can be changed.

    Attributes:
        key: dotted, as of `--set`.
        label: what it is.
        value: as it stands.
        low, high: the range that the page offers.
        whole: whether only whole numbers make sense.
        source: claims, or `assumed` and why.
        switch: whether it is an act that happens or does not.
        fitted: whether the value comes from a fit to the figures, within the range.
    """

    key: str
    label: str
    value: float | bool
    low: float
    high: float
    source: str
    whole: bool = False
    switch: bool = False
    fitted: bool = False

    def check(self, value: Any) -> None:
        """Refuse a value that the page does not offer.

        Raises:
            InputError: saying what is offered.
        """
        if self.switch:
            if not isinstance(value, bool):
                raise InputError(self.key, f"got {shorten(value)}", "true or false")
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(self.key, f"got {shorten(value)}", "a number")
        elif not self.low <= value <= self.high:
            raise InputError(self.key, f"got {value:g}", f"{self.low:g} to {self.high:g}")


def source(part: Sourced) -> str:
    """Return what a number rests on, in a line."""
    said = f"claims {', '.join(part.claims)}" if part.claims else ""
    assumed = f"assumed: {part.assumed}" if part.assumed else ""
    return "; ".join(filter(None, (said, assumed)))


def controls(scenario: Scenario) -> dict[str, list[Control]]:
    """Return what can be changed in a scenario, by group."""
    return {
        group: [found for name in names for found in _controls(scenario, name)]
        for group, names in GROUPS.items()
    }


def keys(scenario: Scenario) -> dict[str, Control]:
    """Return every control of a scenario by its key."""
    return {control.key: control for group in controls(scenario).values() for control in group}


def about(group: str) -> str:
    """Return what a group is about, in a sentence."""
    return OTHERS.get(group) or mechanisms.meaning(group)


def claims(group: str) -> tuple[str, ...]:
    """Return the claims that a group's mechanism rests on."""
    return () if group in OTHERS else mechanisms.claims(group)


def _controls(scenario: Scenario, name: str) -> list[Control]:
    part, _, last = name.partition(".")
    if part == "acts":
        return [
            Control(
                f"events.{key}.happens", event.what, event.happens, 0, 1, source(event), False, True
            )
            for key, event in scenario.events.items()
            if event.kind == last and event.date <= scenario.calendar.end
        ]
    if part == "levers":
        return [_lever(scenario, last)]
    table = getattr(scenario, part)
    number: Number = getattr(table, last)
    field = type(table).model_fields[last]
    extra = field.json_schema_extra
    label = f"{last.replace('_', ' ')}: {field.description} ({extra['unit']})"
    low, high = min(number.low, number.value), max(number.high, number.value)
    fitted, whole = number.prior != "fixed", extra["whole"]
    value, said = number.value, source(number)
    return [Control(name, label, value, low, high, said, whole, fitted=fitted)]


def _lever(scenario: Scenario, name: str) -> Control:
    """Return the control of a lever: its height; or the one knot of a lever that history lacks."""
    lever = getattr(scenario.levers, name)
    only = next(iter(lever.knots.items()))
    if len(lever.knots) == 1:
        key, knot = only
        return Control(
            f"levers.{name}.knots.{key}.value", lever.meaning, knot.value, 0.0, 1.0, source(knot)
        )
    cited = ", ".join(dict.fromkeys(c for knot in lever.knots.values() for c in knot.claims))
    said = f"its dates: claims {cited}; its heights are assumed"
    label = f"{lever.meaning} (times the curve of history)"
    return Control(f"levers.{name}.scale", label, lever.scale, 0.0, 1.0, said)
