"""What can be changed on the page: levers, coefficients and acts, under their mechanisms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sim.chart.kinds import Mechanism, Transition
from sim.chart.registry import chart
from sim.errors import InputError, shorten
from sim.model import mechanisms
from sim.scenario.schema import Number, Scenario, Sourced


def _groups() -> dict[str, tuple[str, ...]]:
    """Return which keys stand under which heading: mechanisms, then groups of transitions."""
    found = {each.name: each.controls or default_controls(each) for each in chart().mechanisms}
    found |= {each.name: each.controls for each in chart().groups}
    for each in chart().transitions:
        if not each.group and each.rate is not None:
            found[each.name] = default_controls(each)
    return found


def default_controls(each: Mechanism | Transition) -> tuple[str, ...]:
    """Return the controls of what names none: the levers that it reads, and its numbers."""
    reader: Callable[..., Any]
    if isinstance(each, Mechanism):
        reader, numbers, part = each.function, each.coefficients, "coefficients"
    else:
        assert each.rate is not None
        reader, numbers, part = each.rate, each.rates, "rates"
    read = reader.__code__.co_names
    levers = [f"levers.{lever.name}" for lever in chart().levers if lever.name in read]
    return (*levers, *(f"{part}.{number.name}" for number in numbers))


GROUPS = _groups()
"""Which controls stand under which heading; `acts.` are the events of a kind."""


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
    if group in mechanisms.names():
        return mechanisms.meaning(group)
    known = {each.name: each.about for each in chart().groups}
    return known.get(group) or f"Who {chart().transition(group).words}."


def claims(group: str) -> tuple[str, ...]:
    """Return the claims that a group's mechanism rests on."""
    return mechanisms.claims(group) if group in mechanisms.names() else ()


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
    extra: Any = field.json_schema_extra
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
