"""The mechanisms that an attribution switches, and to what: a stated neutral for each."""

from __future__ import annotations

from collections.abc import Collection

from sim.chart.kinds import Switch
from sim.chart.registry import chart
from sim.scenario.loading import with_values
from sim.scenario.schema import Lever, Scenario

_SWITCHED = [(m.switch, m) for m in chart().mechanisms if m.switch is not None]
SWITCHES = tuple(sorted((switch for switch, _ in _SWITCHED), key=lambda switch: switch.order))
"""Of the mechanisms that an attribution switches, in the order of the bits of a coalition. Terror
is switched by its two levers, which is the same as coefficients.hardship, rates.quiet_terror and
rates.transfer at 0, and leaves alone the rates, by which people are drawn. Only the lasting
differences change the people, so that the people of one draw are made twice for all its worlds."""


def claims_of(switch: Switch) -> tuple[str, ...]:
    """Return the claims that a switched mechanism rests on."""
    return next(each.claims for of, each in _SWITCHED if of is switch)


ALWAYS_ON = (
    "Always at work: the baseline hazard, expulsion, threat and solidarity; arrest and exile; "
    "joining; going quiet at its ordinary rate."
)


def switched_off(scenario: Scenario, switches: Collection[Switch]) -> Scenario:
    """Return a scenario with some mechanisms at their neutral, and nothing else changed."""
    values = {key: value for each in switches for key, value in each.values.items()}
    changed = with_values(scenario, values)
    levers = {
        name: _level(getattr(scenario.levers, name), height)
        for each in switches
        for name, height in each.levers.items()
    }
    if not levers:
        return changed
    return changed.model_copy(update={"levers": scenario.levers.model_copy(update=levers)})


def changes_nothing(scenario: Scenario, switch: Switch) -> bool:
    """Return whether a scenario stands at the neutral of a mechanism already."""
    keys = [key.split(".") for key in switch.values]
    now = {f"{part}.{name}": getattr(getattr(scenario, part), name).value for part, name in keys}
    levers = {name: getattr(scenario.levers, name) for name in switch.levers}
    return now == switch.values and all(
        lever.scale * knot.value == switch.levers[name]
        for name, lever in levers.items()
        for knot in lever.knots.values()
    )


def _level(lever: Lever, height: float) -> Lever:
    """Return a lever that keeps one height; `scale` alone could not raise it."""
    knots = {name: knot.model_copy(update={"value": height}) for name, knot in lever.knots.items()}
    return lever.model_copy(update={"scale": 1.0, "knots": knots})
