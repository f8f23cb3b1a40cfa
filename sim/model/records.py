"""The declared numbers and levers as records that compiled code takes as they are."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any, Self

from sim.chart.registry import chart

if TYPE_CHECKING:

    class _Declared(tuple[Any, ...]):
        _fields: tuple[str, ...]

        def __new__(cls, *values: Any, **named: Any) -> Self: ...
        def __getattr__(self, name: str) -> Any: ...

    Week = _Declared
    Coefficients = _Declared
    Population = _Declared
    Rates = _Declared
else:
    Week = namedtuple("Week", chart().week)
    Coefficients = namedtuple("Coefficients", chart().coefficients)
    Population = namedtuple("Population", chart().population)
    Rates = namedtuple("Rates", chart().rates)
Week.__doc__ = "The levers in one week, all in [0, 1], and the pulses, in [0, 1] for one act."
Coefficients.__doc__ = "Log hazard ratios, except `baseline`: the log of a weekly hazard (1/week)."
Population.__doc__ = "The numbers of the scenario's table `population`, all as floats."
Rates.__doc__ = "The numbers of its table `rates`."
