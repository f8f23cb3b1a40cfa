"""Signing a statement and the way back, and signing a declaration instead."""

from __future__ import annotations

from sim.chart.declare import count, number, rate, transition
from sim.chart.registry import CHART
from sim.chart.wings import ULTRA, WINGS, ZINOVIEVIST

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
P_READMISSION = transition(
    "readmission",
    hazard="clock",
    stances=("signed",),
    places=("underground", "exile", "isolator"),
    to_stance="readmitted",
    to_place="party",
    words="was readmitted to the Party",
    claims=("thousands-back", "most-returned", "readmit-wait-6m"),
    rate=lambda w, r: r.readmission * w.offer * w.readmissions,
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
            value=0,
            assumed="the half year of the rule of 1927 is in the lever `readmissions`",
        ),
    ),
    wait="readmission_wait",
    group="offer",
)
transition(
    "declaring",
    hazard="contact",
    stances=("holding",),
    places=("underground", "exile", "isolator"),
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
            value=0.029,
            prior="log-uniform",
            claims=("rakovsky-500-sign",),
            assumed="over five hundred signed, out of how many whom it reached is unknown",
        ),
    ),
    group="rally",
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
            value=5.85,
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
            value=19.1,
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
    "of them, by followers of a leader who had signed, other than Zinoviev and Kamenev",
    transition="signing",
    wings=WINGS[ZINOVIEVIST + 1 :],
    with_patron=True,
)
count("declaration", "people who have signed Rakovsky's declaration", transition="declaring")
