"""Expulsion, arrest, exile, isolators, and death in them."""

from __future__ import annotations

from typing import Any

import sim.chart.speaking  # noqa: F401  (its codes come first)
from sim.chart.declare import count, group, number, rate, transition
from sim.chart.signing import HOLDERS
from sim.chart.situation import Person
from sim.chart.wings import IRRECONCILABLE, ULTRA
from sim.elementary import exp, expit, logit

P_ARREST = transition(
    "arrest",
    hazard="clock",
    stances=HOLDERS,
    places=("underground",),
    to_place="exile",
    words="was arrested and exiled",
    claims=("most-deported-1928", "serge-free-leningrad"),
    rate=lambda w, r: r.arrest * w.arrests,
    rates=(
        rate(
            "arrest",
            "arrest of somebody expelled and at liberty, waves at full height",
            low=0.01,
            high=0.1,
            value=0.045,
            claims=("most-deported-1928", "serge-free-leningrad"),
            assumed="most were deported in 1928, some were free for years",
        ),
    ),
    group="expulsion, arrest and isolator",
)


def _firmness(p: Person, n: Any, r: Any) -> float:
    """Relative hazard of transfer, mean 1 over the population, log-linear in firmness.

    Firmness is the conviction draw, raised by one for irreconcilables and ultras and lowered by one
    for the others. The mean is the expected one, not that of the sample: nobody's factor may depend
    on who else exists.
    """
    young = expit(logit(n.conciliators) - n.youth_tilt)
    conciliators = n.youth * young + (1.0 - n.youth) * n.conciliators
    share = (1.0 - n.zinovievists) * (1.0 - conciliators)
    mean = share * exp(r.selectivity) + (1.0 - share) * exp(-r.selectivity)
    shift = 2.0 * ((p.wing == IRRECONCILABLE) | (p.wing == ULTRA)) - 1.0
    return exp(r.selectivity * (shift + p.conviction) - 0.5 * r.selectivity**2) / mean


P_TRANSFER = transition(
    "transfer",
    hazard="clock",
    stances=HOLDERS,
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
            value=0.00266,
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
            assumed="the firmest first; how much more often is assumed",
        ),
    ),
    factor=_firmness,
    group="expulsion, arrest and isolator",
)


def _visible(p: Person, n: Any, r: Any) -> float:
    """Relative hazard of expulsion, mean 1, log-linear in the conviction draw."""
    return exp(r.visibility * p.conviction - 0.5 * r.visibility**2)


P_EXPULSION = transition(
    "expulsion",
    hazard="clock",
    stances=HOLDERS,
    places=("party",),
    to_place="underground",
    words="was expelled from the Party",
    claims=("exp-75-congress", "exp-1500-after", "costello-thousands-expelled"),
    rate=lambda w, r: r.expulsion * w.expulsions,
    factor=_visible,
    rates=(
        rate(
            "expulsion",
            "expulsion of an open Oppositionist, expulsions at full height",
            low=0.02,
            high=0.2,
            value=0.09,
            claims=("exp-1500-after", "costello-thousands-expelled", "opp-8000-1928"),
            assumed="1,500 right after the Congress, thousands in time",
        ),
        number(
            "visibility",
            "log hazard ratio of it per unit of the conviction draw",
            "log hazard ratio",
            0,
            5,
            low=0.0,
            high=1.0,
            value=0.4,
            assumed="those who stood out went first; the size is assumed",
        ),
    ),
    group="expulsion, arrest and isolator",
)
transition(
    "punishment",
    hazard="clock",
    stances=("declared",),
    places=("exile",),
    to_place="isolator",
    words="was moved to an isolator for signing the declaration",
    claims=("rakovsky-punished-1929",),
    rate=lambda w, r: r.punishment * w.transfers,
    rates=(
        rate(
            "punishment",
            "transfer of somebody who signed the declaration, beside that of others",
            low=0.0,
            high=0.03,
            value=0.01,
            claims=("rakovsky-punished-1929",),
            assumed="the texts say it of Rakovsky alone; that others were punished is assumed",
        ),
    ),
    group="rally",
)
transition(
    "illness",
    hazard="clock",
    stances=(*HOLDERS, "quiet", "signed", "active", "striking", "recruit", "striking_recruit"),
    places=("exile", "isolator", "camp"),
    to_stance="died",
    words="died of illness or hunger",
    claims=("deaths-before-blumkin", "butov-strike-50"),
    rate=lambda w, r: r.illness,
    rates=(
        rate(
            "illness",
            "death by illness, hunger or cold in exile, isolator or camp",
            low=0.00005,
            high=0.001,
            value=0.0002,
            claims=("deaths-before-blumkin",),
            assumed="deaths are reported without numbers; about one in a hundred a year",
        ),
    ),
)
group(
    "expulsion, arrest and isolator",
    "Who is expelled, arrested and exiled, and who is moved from a colony to prison.",
    (
        "levers.expulsions",
        "levers.arrests",
        "levers.transfers",
        "rates.transfer",
        "rates.selectivity",
    ),
)

count("expelled", "expulsions from the Party so far", transition="expulsion")
count("arrested", "arrests so far", transition="arrest")
count("transferred", "transfers from colony to isolator so far", transition="transfer")
count("died", "people who died of illness or hunger", stances=("died",))
