"""How a declaration is written: one call a thing, in one place.

`docs/extending.md` shows a mechanism, a lever and a transition, whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.chart.kinds import (
    RATIO,
    Count,
    DatedMove,
    Group,
    Lever,
    Mechanism,
    Parameter,
    Place,
    Pulse,
    Stance,
    Switch,
    Transition,
)
from sim.chart.registry import CHART
from sim.errors import InputError
from sim.values import FIRST_DAY

GENERATIONS = ("youth", "civil_war", "old_bolshevik")
YOUTH, CIVIL_WAR, OLD_BOLSHEVIK = range(3)


def place(name: str, label: str, meaning: str, where: str, letters: bool = True) -> int:
    """Declare a place; return its code in the arrays (see `kinds.Place`)."""
    CHART.add(CHART.places, Place(name, label, meaning, where, letters))
    return len(CHART.places) - 1


def stance(name: str, label: str, ending: str, **more: bool) -> int:
    """Declare a stance; return its code in the arrays (see `kinds.Stance`)."""
    CHART.add(CHART.stances, Stance(name, label, ending, **more))
    return len(CHART.stances) - 1


def transition(name: str, count: Count | None = None, **more: Any) -> int:
    """Declare a transition and the numbers of its rate; return its code (see `kinds.Transition`).

    Args:
        name: in tables, and of the stream of its resistances.
        count: the column of the series that counts it, if it is to have one.
        more: the other fields of `kinds.Transition`.
    """
    CHART.add_numbers(CHART.rates, more.get("rates", ()))
    CHART.add(CHART.transitions, Transition(name, **more))
    if count is not None:
        CHART.add(CHART.counts, count)
    return len(CHART.transitions) - 1


def dated_move(event: str, words: str, **more: str) -> None:
    """Declare what a dated act does to everybody in a state (see `kinds.DatedMove`)."""
    CHART.moves.append(DatedMove(event, words, **more))


def count(name: str, meaning: str, **more: Any) -> Count:
    """Declare a column of the series (see `kinds.Count`)."""
    return CHART.add(CHART.counts, Count(name, meaning, **more))


def group(name: str, about: str, controls: tuple[str, ...]) -> None:
    """Declare a heading of the page for the controls of transitions (see `kinds.Group`)."""
    CHART.groups.append(Group(name, about, controls))


def lever(name: str, meaning: str, value: float | None = None, assumed: str = "") -> Lever:
    """Declare a lever.

    Args:
        name: in the scenario's table `levers`.
        meaning: one line.
        value: the height, 0 to 1, that it has all the time unless a scenario file gives it knots;
            None for a lever whose knots every scenario has to give.
        assumed: why this height.
    """
    if value is None:
        return CHART.add(CHART.levers, Lever(name, {"meaning": meaning}))
    knot = {"date": FIRST_DAY.isoformat(), "value": value, "low": value, "high": value}
    knot["assumed"] = assumed or "level unless a scenario says otherwise"
    return CHART.add(CHART.levers, Lever(name, {"meaning": meaning, "knots": {"level": knot}}))


def pulse(name: str, event: str, half_life: str) -> Pulse:
    """Declare the fading trace of dated acts (see `kinds.Pulse`)."""
    return CHART.add(CHART.pulses, Pulse(name, event, half_life))


def mechanism(
    *coefficients: Parameter,
    claims: tuple[str, ...] = (),
    decisions: tuple[str, ...] = ("signing",),
    switch: Switch | None = None,
    controls: tuple[str, ...] = (),
    convinces: bool = False,
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Declare the decorated function as a term of the log-hazard of decisions.

    Args:
        coefficients: the numbers that it declares; it reads them as attributes of its third
            argument.
        claims: what it rests on.
        decisions: transitions whose hazard it is a term of.
        switch: how an attribution takes it out of a world.
        controls: keys that stand under it on the page, beside its coefficients.
        convinces: whether who signs because of it does so with conviction.

    Raises:
        InputError: a name is taken, or the function has no docstring.
    """

    def declare(function: Callable[..., float]) -> Callable[..., float]:
        name = function.__name__
        if not (function.__doc__ or "").strip():
            raise InputError(f"mechanism `{name}`", "has no docstring", "one line of meaning")
        CHART.add_numbers(CHART.coefficients, coefficients)
        declared = Mechanism(
            name, function, coefficients, claims, decisions, switch, controls, convinces
        )
        CHART.add(CHART.mechanisms, declared)
        return function

    return declare


def number(
    name: str,
    meaning: str,
    unit: str,
    at_least: float,
    at_most: float,
    whole: bool = False,
    **default: Any,
) -> Parameter:
    """Return a number, with what a scenario has that says nothing about it (see `Parameter`)."""
    return Parameter(name, meaning, unit, at_least, at_most, whole, default or None)


def coefficient(name: str, meaning: str, **default: Any) -> Parameter:
    """Return a log hazard ratio of 0 to 20."""
    return number(name, meaning, RATIO, 0, 20, **default)


def rate(name: str, meaning: str, **default: Any) -> Parameter:
    """Return a hazard of 0 to 5 a week."""
    return number(name, meaning, "1/week", 0, 5, **default)
