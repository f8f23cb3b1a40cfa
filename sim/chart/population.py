"""Who the people are: numbers of the scenario's table `population`."""

from __future__ import annotations

from sim.chart.declare import number
from sim.chart.registry import CHART

CHART.add_numbers(
    CHART.population,
    (
        number(
            "size",
            "everybody in the world: members of December 1927 and those who may still join",
            "people",
            1,
            5_000_000,
            True,
        ),
        number("sympathisers", "share who have not joined by December 1927", "share", 0, 1),
        number("zinovievists", "share of Zinoviev's and Kamenev's followers", "share", 0, 1),
        number(
            "conciliators",
            "share of conciliators among the others, before `youth_tilt`",
            "share",
            0,
            1,
        ),
        number("youth", "share who came of age after the civil war", "share", 0, 1),
        number("old_bolsheviks", "share who joined before February 1917", "share", 0, 1),
        number(
            "youth_tilt",
            "log odds by which the young are more often irreconcilable",
            "log odds",
            -5,
            5,
        ),
        number(
            "programme_zinovievist",
            "median weight of the industrial programme against party democracy",
            "share",
            0.001,
            0.999,
        ),
        number("programme_conciliator", "the same for conciliators", "share", 0.001, 0.999),
        number("programme_irreconcilable", "the same for irreconcilables", "share", 0.001, 0.999),
        number("programme_spread", "its spread within a wing", "sd of the logit", 0, 5),
        number(
            "conviction_spread", "lasting differences between people", "sd of the log-frailty", 0, 5
        ),
        number(
            "conviction_irreconcilable",
            "by how much the irreconcilables are firmer than the others",
            "log hazard ratio",
            0,
            20,
        ),
        number(
            "correspondents",
            "comrades elsewhere to whom each person begins to write",
            "people",
            0,
            20,
            True,
        ),
    ),
)
