"""Changing wing: what people came to think while they held out."""

from __future__ import annotations

import sim.chart.repression  # noqa: F401  (its codes come first)
from sim.chart.declare import group, rate, transition
from sim.chart.signing import HOLDERS

transition(
    "persuasion",
    hazard="contact",
    stances=HOLDERS,
    places=("party", "underground", "exile"),
    wings=("irreconcilable",),
    to_wing="conciliator",
    words="came to think that one had to help the new course",
    claims=("two-camps", "preob-appeal", "terror-not-main"),
    rate=lambda w, r: r.persuasion * w.left_turn,
    exposure=lambda s, w, r: s.programme,
    rates=(
        rate(
            "persuasion",
            "an irreconcilable turning conciliator, left turn complete",
            low=0.0,
            high=0.1,
            value=0.02,
            claims=("two-camps",),
            assumed="conciliators' texts went by letter too; how many they won is unknown",
        ),
    ),
    group="changing wing",
)
transition(
    "disillusion",
    hazard="clock",
    stances=HOLDERS,
    places=("exile", "isolator"),
    wings=("conciliator",),
    to_wing="irreconcilable",
    words="came to think that nothing was to be hoped from the new course",
    claims=("camps-renegades", "resistance-firmer"),
    rate=lambda w, r: r.disillusion * w.terror,
    rates=(
        rate(
            "disillusion",
            "a conciliator turning irreconcilable, terror at full height",
            low=0.0,
            high=0.02,
            value=0.003,
            claims=("camps-renegades", "resistance-firmer"),
            assumed="those who stayed grew firmer; how many changed is unknown",
        ),
    ),
    group="changing wing",
)
transition(
    "radicalisation",
    hazard="clock",
    stances=HOLDERS,
    places=("isolator", "camp"),
    wings=("irreconcilable",),
    to_wing="ultra",
    words="came to think that a new party was needed",
    claims=("isolator-debates-1936", "two-camps"),
    rate=lambda w, r: r.radicalisation,
    rates=(
        rate(
            "radicalisation",
            "an irreconcilable in an isolator or camp going over to the ultras",
            low=0.0,
            high=0.004,
            value=0.0007,
            claims=("isolator-debates-1936",),
            assumed="divided by 1936; how many is unknown",
        ),
    ),
    group="changing wing",
)
group(
    "changing wing",
    "Who was won over by conciliators, by irreconcilables or by those who wanted a new party.",
    ("rates.persuasion", "rates.disillusion", "rates.radicalisation"),
)
