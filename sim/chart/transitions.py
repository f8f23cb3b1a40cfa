"""What can happen to a person: today's six transitions, and the columns that count them.

Their order is that of their codes; two that fall on the same moment happen in this order.
"""

from __future__ import annotations

from typing import Any

from sim.chart.declare import (
    IRRECONCILABLE,
    OLD_BOLSHEVIK,
    WINGS,
    count,
    group,
    number,
    rate,
    transition,
)
from sim.chart.registry import CHART
from sim.chart.situation import Person
from sim.elementary import exp, expit, logit

P_SIGNING = transition(
    "signing",
    hazard="decision",
    stances=("holding",),
    to_stance="signed",
    words="signed a statement",
    claims=("most-stayed-1928", "stampede-1929"),
    example=True,
)


def _older(p: Person, n: Any, r: Any) -> float:
    return exp(r.quiet_older * (p.generation == OLD_BOLSHEVIK))


P_QUIET = transition(
    "quiet",
    hazard="clock",
    stances=("holding",),
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
    group="joining and going quiet",
)

P_ARREST = transition(
    "arrest",
    hazard="clock",
    stances=("holding",),
    places=("underground",),
    to_place="exile",
    words="was arrested and exiled",
    claims=("most-deported-1928", "serge-free-leningrad"),
    rate=lambda w, r: r.arrest * w.arrests,
    rates=(
        rate(
            "arrest",
            "arrest of somebody in hiding, waves at full height",
            low=0.01,
            high=0.1,
            value=0.035,
            claims=("most-deported-1928", "serge-free-leningrad"),
            assumed="most were deported in 1928, some were free for years",
        ),
    ),
    group="arrest and isolator",
)


def _firmness(p: Person, n: Any, r: Any) -> float:
    """Relative hazard of transfer, mean 1 over the population, log-linear in firmness.

    Firmness is the conviction draw, raised by one for irreconcilables and lowered by one for the
    others. The mean is the expected one, not that of the sample: nobody's factor may depend on
    who else exists.
    """
    young = expit(logit(n.conciliators) - n.youth_tilt)
    conciliators = n.youth * young + (1.0 - n.youth) * n.conciliators
    share = (1.0 - n.zinovievists) * (1.0 - conciliators)
    mean = share * exp(r.selectivity) + (1.0 - share) * exp(-r.selectivity)
    shift = 2.0 * (p.wing == IRRECONCILABLE) - 1.0
    return exp(r.selectivity * (shift + p.conviction) - 0.5 * r.selectivity**2) / mean


P_TRANSFER = transition(
    "transfer",
    hazard="clock",
    stances=("holding",),
    places=("exile",),
    to_place="isolator",
    words="was moved to an isolator",
    claims=("selective-terror", "isolator-unknown"),
    rate=lambda w, r: r.transfer * w.transfers,
    rates=(
        rate(
            "transfer",
            "exile to isolator, at full height",
            low=0.001,
            high=0.02,
            prior="log-uniform",
            claims=("selective-terror", "isolator-unknown"),
            assumed="the fate of those in isolators is barely documented",
        ),
        number(
            "selectivity",
            "log hazard ratio of transfer per unit of firmness; 0 is uniform terror",
            "log hazard ratio",
            0,
            10,
            low=0.3,
            high=2.0,
            value=1.0,
            claims=("selective-terror",),
            assumed="the most stubborn first; how much more often is assumed",
        ),
    ),
    factor=_firmness,
    group="arrest and isolator",
)

P_JOINING = transition(
    "joining",
    hazard="clock",
    stances=("sympathiser",),
    to_stance="holding",
    to_place="party",
    words="joined",
    claims=("ebb-flow-1928", "prison-recruits", "activism-up-1928"),
    rate=lambda w, r: r.joining * w.agitation,
    rates=(
        rate(
            "joining",
            "joining of a sympathiser, agitation at full height",
            low=0.001,
            high=0.04,
            value=0.012,
            claims=("ebb-flow-1928", "prison-recruits", "activism-up-1928"),
            assumed="recruits came in, their number is unknown",
        ),
    ),
    group="joining and going quiet",
)

P_READMISSION = transition(
    "readmission",
    hazard="clock",
    stances=("signed",),
    to_stance="readmitted",
    to_place="party",
    words="was readmitted to the Party",
    claims=("thousands-back", "most-returned", "readmit-wait-6m"),
    rate=lambda w, r: r.readmission * w.offer,
    rates=(
        rate(
            "readmission",
            "readmission after the wait, offer full",
            low=0.02,
            high=0.3,
            value=0.1,
            claims=("thousands-back", "most-returned"),
            assumed="thousands were back by 1930; no rate is given",
        ),
        number(
            "readmission_wait",
            "wait before a statement is considered",
            "weeks",
            0,
            520,
            whole=True,
            low=0,
            high=26,
            value=26,
            claims=("readmit-wait-6m",),
        ),
    ),
    wait="readmission_wait",
    group="offer",
)

CHART.add_numbers(
    CHART.rates,
    (
        number(
            "correspondence",
            "weight of correspondents among one's comrades; the rest is the people around",
            "share",
            0,
            1,
            low=0.1,
            high=0.6,
            value=0.3,
            claims=("correspondence-1928",),
            assumed="letters mattered, the people around one more",
        ),
        number(
            "patron_half_life",
            "half-life of the pulse of a signature",
            "weeks",
            0.1,
            520,
            low=1,
            high=12,
            value=4,
            claims=("cap-400-july1929",),
            assumed="the block came together within a month",
        ),
        number(
            "rally_half_life",
            "half-life of the pulse of a declaration",
            "weeks",
            0.1,
            520,
            low=8,
            high=52,
            value=26,
            claims=("rakovsky-500-sign",),
            assumed="a text to hold on to for some months",
        ),
    ),
)
group(
    "arrest and isolator",
    "Who is arrested and exiled, and who is moved from a colony to prison.",
    ("levers.arrests", "levers.transfers", "rates.transfer", "rates.selectivity"),
)
group(
    "joining and going quiet",
    "Recruits of 1928, and those who fell silent without signing.",
    ("levers.agitation", "rates.joining", "rates.quiet"),
)

count("joined", "people who ever belonged, those of the first day included", transition="joining")
count("quiet", "people who went quiet without signing", stances=("quiet",), label="gone quiet")
count("waiting", "people who signed and are not (yet) readmitted", stances=("signed",))
count(
    "readmitted",
    "people who signed and are back in the Party",
    stances=("readmitted",),
    label="and readmitted",
)
count("statements", "statements signed so far", transition="signing", label="signed")
for wing in WINGS:
    words = {"zinovievist": "Zinovievists"}.get(wing, f"{wing}s")
    count(f"statements_{wing}", f"of them, by {words}", transition="signing", wings=(wing,))
count(
    "statements_with_patron",
    "of them, by followers of a leader who had signed",
    transition="signing",
    with_patron=True,
)
count("arrested", "arrests so far", transition="arrest")
count("transferred", "transfers from colony to isolator so far", transition="transfer")
count(
    "available_to_sign",
    "irreconcilables holding out and not in an isolator",
    stances=("holding",),
    places=("party", "underground", "exile"),
    wings=("irreconcilable",),
)
