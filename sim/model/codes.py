"""The small integers in which the arrays keep states and transitions, read from the chart."""

from __future__ import annotations

from sim.chart.declare import CIVIL_WAR, GENERATIONS, OLD_BOLSHEVIK, YOUTH
from sim.chart.kinds import Count
from sim.chart.registry import chart
from sim.chart.repression import P_ARREST, P_EXPULSION, P_TRANSFER
from sim.chart.signing import P_READMISSION, P_SIGNING
from sim.chart.speaking import P_JOINING, P_QUIET
from sim.chart.states import (
    EXILE,
    HOLDING,
    ISOLATOR,
    PARTY,
    QUIET,
    READMITTED,
    SIGNED,
    SYMPATHISER,
    UNDERGROUND,
)
from sim.chart.wings import CONCILIATOR, IRRECONCILABLE, ULTRA, WINGS, ZINOVIEVIST

__all__ = [
    "CIVIL_WAR",
    "CONCILIATOR",
    "COUNTS",
    "EXILE",
    "GENERATIONS",
    "HAZARD_RULE",
    "HOLDING",
    "IRRECONCILABLE",
    "ISOLATOR",
    "N_HOLDING",
    "OLD_BOLSHEVIK",
    "PARTY",
    "PLACES",
    "PROCESSES",
    "P_ARREST",
    "P_EXPULSION",
    "P_JOINING",
    "P_QUIET",
    "P_READMISSION",
    "P_SIGNING",
    "P_TRANSFER",
    "QUIET",
    "READMITTED",
    "RULES",
    "SIGNED",
    "STANCES",
    "SYMPATHISER",
    "THRESHOLD_RULE",
    "ULTRA",
    "UNDERGROUND",
    "WINGS",
    "YOUTH",
    "ZINOVIEVIST",
    "columns",
]

PLACES = tuple(each.name for each in chart().places)
STANCES = tuple(each.name for each in chart().stances)
PROCESSES = tuple(each.name for each in chart().transitions)

RULES = ("hazard", "threshold")
HAZARD_RULE, THRESHOLD_RULE = range(2)


def columns() -> tuple[Count, ...]:
    """Return the columns of a series behind `week` and `date`: what the states make, the others."""
    holding = tuple(each.name for each in chart().stances if each.holding and each.counted)
    meaning = "people of the Opposition who have neither signed nor gone quiet"
    places = [
        Count(
            f"holding_{each.name}",
            f"of them, {each.meaning}",
            holding,
            (each.name,),
            label=each.label,
        )
        for each in chart().places
    ]
    wings = [
        Count(f"holding_{wing}", f"of them, {wing}s".replace("zin", "Zin"), holding, wings=(wing,))
        for wing in WINGS
    ]
    return (Count("holding", meaning, holding, label="hold out"), *places, *wings, *chart().counts)


COUNTS = tuple(each.name for each in columns())
"""Counts kept every week; the columns of a series after `week` and `date`."""
N_HOLDING = COUNTS.index("holding")
