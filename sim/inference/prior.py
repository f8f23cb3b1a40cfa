"""The priors: the ranges that the scenario file gives its free parameters, as one unit cube."""

from __future__ import annotations

import numpy as np

from sim.elementary import exp, log
from sim.errors import InputError
from sim.model import elementwise
from sim.scenario.schema import Number, Scenario

PARTS = ("population", "coefficients", "rates")


def free(scenario: Scenario) -> dict[str, Number]:
    """Return the parameters that have a prior, by dotted key."""
    found = {}
    for part in PARTS:
        numbers = getattr(scenario, part)
        for name in type(numbers).model_fields:
            number = getattr(numbers, name)
            if number.prior != "fixed":
                found[f"{part}.{name}"] = number
    return found


def some_free(scenario: Scenario) -> dict[str, Number]:
    """Return the parameters that have a prior.

    Raises:
        InputError: there is none.
    """
    if found := free(scenario):
        return found
    raise InputError(scenario.name, "has no free parameter", 'numbers with `prior = "uniform"`')


def quantile(number: Number, u: float, whole: bool = False) -> float:
    """Return the quantile `u` of the prior of a parameter."""
    if number.prior == "log-uniform":
        value = exp(log(number.low) + u * log(number.high / number.low))
    else:
        value = number.low + u * (number.high - number.low)
    return float(round(value)) if whole else value


def place(number: Number, values: np.ndarray) -> np.ndarray:
    """Return where values lie in their prior, 0 to 1: the inverse of `quantile`."""
    values = np.asarray(values, float)
    if number.prior == "log-uniform":
        return elementwise.log(values / number.low) / log(number.high / number.low)
    return (values - number.low) / (number.high - number.low)


def values(scenario: Scenario, point: np.ndarray) -> dict[str, float]:
    """Return parameters by dotted key for a point of the unit cube, rounded to five digits."""
    found = {}
    for (key, number), u in zip(free(scenario).items(), point, strict=True):
        part, name = key.split(".")
        field = type(getattr(scenario, part)).model_fields[name]
        value = quantile(number, float(u), field.json_schema_extra["whole"])
        found[key] = float(f"{value:.5g}")
    return found
