"""What can happen to a person up to 1930, and the columns that count it.

Their order is that of their codes; two that fall on the same moment happen in this order.
"""

from __future__ import annotations

from typing import Any

from sim.chart.declare import OLD_BOLSHEVIK, count, group, number, rate, transition
from sim.chart.registry import CHART
from sim.chart.situation import Person
from sim.chart.wings import IRRECONCILABLE, ULTRA, WINGS
from sim.elementary import exp, expit, logit

HOLDERS = ("holding", "declared")
"""Whoever holds out without a break and can be led away from it."""

P_SIGNING = transition(
    "signing",
    hazard="decision",
    stances=HOLDERS,
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
            "arrest of somebody in hiding, waves at full height",
            low=0.01,
            high=0.1,
            value=0.035,
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
    share = (1.0 - n.zinovievists) * (1.0 - conciliators * (1.0 - n.ultras))
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
    group="expulsion, arrest and isolator",
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
            low=0.0001,
            high=0.02,
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
            value=0.06,
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
    exposure=lambda s, w, r: s.programme * (1.0 - r.correspondence * (1.0 - w.letters)),
    rates=(
        rate(
            "persuasion",
            "an irreconcilable turning conciliator, left turn complete, all letters coming",
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
            "an irreconcilable in an isolator going over to the ultras",
            low=0.0,
            high=0.004,
            value=0.0007,
            claims=("isolator-debates-1936",),
            assumed="divided by 1936; how many is unknown",
        ),
    ),
    group="changing wing",
)
transition(
    "declaring",
    hazard="contact",
    stances=("holding",),
    places=("party", "underground", "exile"),
    to_stance="declared",
    words="signed Rakovsky's declaration",
    claims=("rakovsky-500-sign", "rakovsky-nonsigners", "longuet-critics"),
    rate=lambda w, r: r.declaring * w.rally,
    exposure=lambda s, w, r: (1.0 - s.programme) * (s.wing != ULTRA),
    rates=(
        rate(
            "declaring",
            "signing Rakovsky's declaration when it appears, by somebody for party democracy alone",
            low=0.005,
            high=0.2,
            prior="log-uniform",
            claims=("rakovsky-500-sign",),
            assumed="over five hundred signed, out of how many whom it reached is unknown",
        ),
    ),
    group="rally",
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
            assumed="its authors were punished; how many others is unknown",
        ),
    ),
    group="rally",
)
transition(
    "illness",
    hazard="clock",
    stances=(*HOLDERS, "quiet", "signed"),
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
            "news_half_life",
            "half-life of the news of signatures in the press",
            "weeks",
            0.1,
            520,
            low=1,
            high=12,
            prior="uniform",
            claims=("stampede-1929",),
            assumed="papers printed lists for months; how long each is remembered is assumed",
        ),
        number(
            "posts_delay",
            "weeks after 1 May 1929 until the posts that Bukharin's people lose are open",
            "weeks",
            0,
            520,
            low=0,
            high=30,
            prior="uniform",
            claims=("readmit-posts", "posts-vacated-1929"),
            assumed="the texts leave the date open: between May and the end of the year",
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
group(
    "changing wing",
    "Who was won over by conciliators, by irreconcilables or by those who wanted a new party.",
    ("rates.persuasion", "rates.disillusion", "rates.radicalisation"),
)

count(
    "silent",
    "people who lean to the Opposition and have not (yet) spoken openly",
    stances=("sympathiser",),
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
count("expelled", "expulsions from the Party so far", transition="expulsion")
count("declaration", "people who have signed Rakovsky's declaration", transition="declaring")
count("died", "people who died of illness or hunger", stances=("died",))
