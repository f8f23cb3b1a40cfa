"""Speaking openly, falling silent, and taking part again."""

from __future__ import annotations

from typing import Any

from sim.chart.declare import OLD_BOLSHEVIK, count, group, number, rate, transition
from sim.chart.signing import HOLDERS
from sim.chart.situation import Person
from sim.elementary import exp


def _older(p: Person, n: Any, r: Any) -> float:
    return exp(r.quiet_older * (p.generation == OLD_BOLSHEVIK))


P_QUIET = transition(
    "quiet",
    hazard="clock",
    stances=HOLDERS,
    places=("party", "underground", "exile"),
    to_stance="quiet",
    words="went quiet",
    claims=("older-dropout", "sympathisers-left-tucker"),
    rate=lambda w, r: r.quiet * (1.0 + r.quiet_terror * w.terror),
    rates=(
        rate(
            "quiet",
            "going quiet without signing",
            low=0.0002,
            high=0.005,
            value=0.00118,
            prior="log-uniform",
            claims=("older-dropout", "sympathisers-left-tucker"),
            assumed="some fell silent; how many is unknown",
        ),
        number(
            "quiet_terror",
            "relative increase of it at full terror",
            "ratio - 1",
            0,
            50,
            low=0.0,
            high=3.0,
            value=1.0,
            assumed="fear silences; doubling at full terror",
        ),
        number(
            "quiet_older",
            "log hazard ratio of it for Old Bolsheviks",
            "log hazard ratio",
            -5,
            5,
            low=0.0,
            high=1.5,
            value=0.7,
            claims=("older-dropout",),
            assumed="direction from the text; about twice as often",
        ),
    ),
    factor=_older,
    group="speaking openly and going quiet",
)


def _outspoken(p: Person, n: Any, r: Any) -> float:
    """Relative hazard of joining, mean 1, log-linear in the conviction draw."""
    return exp(r.joining_conviction * p.conviction - 0.5 * r.joining_conviction**2)


P_JOINING = transition(
    "joining",
    hazard="circle",
    stances=("sympathiser",),
    places=("party",),
    to_stance="holding",
    words="spoke openly for the Opposition",
    claims=("open-vote-threat", "d-hidden-open", "uo-growth-1927", "activism-up-1928"),
    rate=lambda w, r: r.joining * (w.agitation > 0.0),
    exposure=lambda s, w, r: exp(
        r.joining_cause * w.agitation + r.joining_support * s.visible - r.joining_cost * w.vote_cost
    ),
    factor=_outspoken,
    rates=(
        rate(
            "joining",
            "a sympathiser speaking openly, with no cause, no cost and nobody beside them",
            low=0.0005,
            high=0.01,
            value=0.00377,
            prior="log-uniform",
            claims=("uo-growth-1927", "votes-10000", "votes-4000-stalin"),
            assumed="range wide enough for nearly nobody or nearly all in a year",
        ),
        number(
            "joining_cause",
            "log hazard ratio of it at the height of a cause to speak for",
            "log hazard ratio",
            0,
            20,
            low=0.5,
            high=4.0,
            value=2.0,
            claims=("china-revival-1927", "uo-growth-1927", "activism-up-1928"),
            assumed="the lull ended with China, and 1928 brought new activity; how much is assumed",
        ),
        number(
            "joining_support",
            "log hazard ratio of it where all who lean that way speak openly",
            "log hazard ratio",
            0,
            20,
            low=0.0,
            high=4.0,
            value=2.0,
            claims=("leningrad-october-demo-1927", "platform-sign-slow"),
            assumed="preference falsification (Kuran 1991): others' courage lowers one's own cost",
        ),
        number(
            "joining_cost",
            "minus the log hazard ratio of it where an open vote costs most",
            "log hazard ratio",
            0,
            20,
            low=0.0,
            high=5.0,
            value=2.0,
            claims=("open-vote-threat", "d-open-against-share"),
            assumed="expulsion was threatened for an open vote; no text measures the effect",
        ),
        number(
            "joining_conviction",
            "log hazard ratio of it per unit of the conviction draw",
            "log hazard ratio",
            0,
            5,
            low=0.0,
            high=1.0,
            value=0.4,
            assumed="who is surer speaks sooner; the size is assumed",
        ),
    ),
    group="speaking openly and going quiet",
)
transition(
    "revival",
    hazard="clock",
    stances=("quiet",),
    places=("party", "underground", "exile"),
    to_stance="holding",
    words="took part again",
    claims=("ebb-flow-1928", "activism-up-1928"),
    rate=lambda w, r: r.revival * w.agitation,
    rates=(
        rate(
            "revival",
            "taking part again after a silence, cause at full height",
            low=0.0,
            high=0.02,
            value=0.004,
            claims=("ebb-flow-1928",),
            assumed="people came and went; how many is unknown",
        ),
    ),
    group="speaking openly and going quiet",
)
transition(
    "lying_low",
    hazard="clock",
    stances=HOLDERS,
    places=("party", "underground"),
    to_stance="quiet",
    words="lay low until better times",
    claims=("lie-low-danger",),
    rate=lambda w, r: w.lying_low,
    group="speaking openly and going quiet",
)
group(
    "speaking openly and going quiet",
    "Who spoke openly in 1926-27, recruits of 1928, and those who fell silent without signing.",
    (
        "levers.agitation",
        "levers.vote_cost",
        "rates.joining",
        "rates.joining_cost",
        "rates.joining_support",
        "rates.quiet",
    ),
)

count(
    "silent",
    "people who lean to the Opposition and have not (yet) spoken openly",
    stances=("sympathiser",),
)
count("joined", "people who ever belonged, those of the first day included", transition="joining")
count("quiet", "people who went quiet without signing", stances=("quiet",), label="gone quiet")
