"""The mechanisms of signing that work through others: comrades, leaders, letters, the press.

As in `sim.chart.mechanisms`, each is one term of the weekly log-hazard.
"""

from __future__ import annotations

import sim.chart.mechanisms  # noqa: F401  (its terms come first)
from sim.chart.declare import coefficient, mechanism, number
from sim.chart.kinds import Switch
from sim.chart.states import CAMP, EXILE, ISOLATOR, PARTY


@mechanism(
    coefficient(
        "example",
        "all comrades have signed",
        low=0.0,
        high=4.0,
        value=3.08,
        prior="uniform",
        claims=("stampede-1929",),
    ),
    claims=("stampede-1929", "cap-400-july1929"),
    switch=Switch(
        "example",
        "example",
        "that others have signed, comrades or names in the press, draws nobody after them "
        "(coefficients.example and news = 0); that others hold out still holds (solidarity stays)",
        4,
        values={"coefficients.example": 0.0, "coefficients.news": 0.0},
    ),
    controls=("coefficients.example", "rates.correspondence"),
)
def example(s, w, c):
    """The share of one's comrades (same place, correspondents) who have signed, as far as known."""
    return c.example * s.comrades_gone


@mechanism(
    coefficient(
        "news",
        "half of all who hold out have signed in the last weeks, as the press reports",
        low=0.0,
        high=6.0,
        value=3.88,
        prior="uniform",
        claims=("stampede-1929", "cap-400-july1929"),
    ),
    number(
        "renown",
        "signatures of others that a leader's signature weighs as much as, of all who hold out",
        "share",
        0,
        1,
        low=0.0,
        high=0.1,
        value=0.041,
        prior="uniform",
        claims=("cap-400-july1929", "stampede-1929"),
        assumed="leaders first, then a stampede; how much each weighed is assumed",
    ),
    claims=("stampede-1929", "cap-400-july1929"),
    controls=(
        "levers.press",
        "coefficients.news",
        "coefficients.renown",
        "rates.news_half_life",
    ),
)
def news(s, w, c):
    """News of signatures in the press: of leaders, and of everybody in lists."""
    return 2.0 * c.news * min(w.press * (s.news + c.renown * w.signatures), 0.5)


@mechanism(
    coefficient(
        "patron",
        "in the week of the patron's signature",
        low=0.0,
        high=6.0,
        value=3.3,
        prior="uniform",
        claims=("cap-400-july1929", "cap-zin-urge-followers"),
    ),
    claims=("cap-zin-urge-followers", "cap-400-july1929", "cap-njoffe-1934"),
    switch=Switch(
        "leaders",
        "leaders",
        "a leader's signature or appeal draws no followers (coefficients.patron = 0)",
        5,
        values={"coefficients.patron": 0.0},
    ),
    controls=("coefficients.patron", "rates.patron_half_life", "acts.signature", "acts.appeal"),
)
def patron(s, w, c):
    """The pulse of one's patron's own signature, which fades."""
    return c.patron * s.patron_pulse


@mechanism(
    coefficient(
        "silence",
        "Trotsky wholly cut off, in exile or prison",
        low=0.0,
        high=3.0,
        value=1.1,
        prior="uniform",
        claims=("unity-shatters", "correspondence-1928"),
    ),
    claims=(
        "correspondence-1928",
        "trotsky-deport-implied",
        "unity-shatters",
        "contact-autumn1929",
    ),
    switch=Switch(
        "silence",
        "silence",
        "Trotsky is never cut off (the lever letters stays at 1); letters between colonies go on "
        "in either case",
        3,
        levers={"letters": 1.0},
        at_work=lambda week: week.letters < 1.0,
    ),
    controls=("levers.letters", "coefficients.silence"),
)
def silence(s, w, c):
    """No letters from Trotsky."""
    cut_off = (s.place == EXILE) | (s.place == ISOLATOR) | (s.place == CAMP)
    return c.silence * (1.0 - w.letters) * cut_off


@mechanism(
    coefficient(
        "rally",
        "a declaration to rally round, when it appears",
        low=0.0,
        high=3.0,
        value=0.424,
        prior="uniform",
        claims=("rakovsky-500-sign",),
    ),
    claims=("rakovsky-500-sign", "rakovsky-3-initiators", "rakovsky-nonsigners"),
    switch=Switch(
        "rally",
        "rally",
        "Rakovsky's declaration holds nobody back (coefficients.rally = 0)",
        6,
        values={"coefficients.rally": 0.0},
        at_work=lambda week: week.rally > 0.0,
    ),
    controls=("coefficients.rally", "rates.rally_half_life", "acts.declaration"),
)
def rally(s, w, c):
    """A declaration short of recantation gives those who want party democracy a common ground."""
    return -c.rally * w.rally * (1.0 - s.programme) * (s.place != PARTY)


@mechanism(
    coefficient(
        "solidarity",
        "all comrades hold out within reach",
        low=0.0,
        high=4.0,
        value=3.64,
        prior="uniform",
        claims=("correspondence-1928",),
    ),
    claims=("correspondence-1928", "selective-terror", "irreconcilable-leaders-28"),
)
def solidarity(s, w, c):
    """The share of one's comrades who still hold out and can be reached."""
    return -c.solidarity * s.comrades_holding
