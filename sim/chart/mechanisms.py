"""The mechanisms of signing: one function a term of its weekly log-hazard.

Each takes a person's `Situation`, the levers of the week and the coefficients, and returns its
term; a positive term pushes towards signing, a negative one holds back. The weekly loop,
`Oppositionist.step` and `midnight explain` all read the sum of the same terms. Coefficients are
log hazard ratios, >= 0. Conditions are written as factors: a branch costs more where everybody is
somewhere else.
"""

from __future__ import annotations

from sim.chart.declare import coefficient, mechanism, number
from sim.chart.kinds import Switch
from sim.chart.states import CAMP, EXILE, ISOLATOR, PARTY, UNDERGROUND
from sim.chart.wings import CONCILIATOR, IRRECONCILABLE, ULTRA, ZINOVIEVIST


@mechanism(
    number(
        "baseline",
        "weekly log-hazard with nothing pressing",
        "log 1/week",
        -30,
        5,
        low=-12.0,
        high=-3.0,
        value=-7.09,
        prior="uniform",
        claims=("most-stayed-1928",),
        assumed="range wide enough for a loss of nearly nobody or nearly all in a year",
    ),
    claims=("most-stayed-1928",),
)
def baseline(s, w, c):
    """Weekly log-hazard of somebody of middling conviction on whom nothing presses."""
    return c.baseline


@mechanism(
    coefficient(
        "expulsion",
        "Zinovievists who have to choose between the Party and the Opposition",
        low=0.0,
        high=8.0,
        value=4.6,
        prior="uniform",
        claims=("recant-2500-zin", "zin-survivors-few"),
    ),
    claims=("recant-2500-zin", "expulsion-political-death", "cap-zinoviev-1"),
    controls=("levers.ultimatum", "coefficients.expulsion"),
)
def expulsion(s, w, c):
    """For a Zinovievist expulsion was political death, while the Party asked for a choice."""
    return c.expulsion * w.ultimatum * (s.wing == ZINOVIEVIST)


@mechanism(
    coefficient(
        "hardship",
        "isolator at full terror",
        low=0.0,
        high=3.0,
        value=1.13,
        prior="uniform",
        claims=("selective-terror", "terror-not-main"),
    ),
    number(
        "hardship_underground",
        "share of it felt at liberty",
        "share",
        0,
        1,
        low=0.0,
        high=1.0,
        value=0.3,
        claims=("njoffe-arrest",),
        assumed="fear weighs less than the thing",
    ),
    number(
        "hardship_exile",
        "share of it felt in a colony",
        "share",
        0,
        1,
        low=0.1,
        high=1.0,
        value=0.5,
        claims=("correspondence-1928",),
        assumed="painful, not yet crushing, in the colonies of 1928",
    ),
    number(
        "leniency",
        "share of it from which conciliators were spared",
        "share",
        0,
        1,
        low=0.0,
        high=0.8,
        value=0.4,
        claims=("selective-terror",),
        assumed="conciliators were let be, the firm picked out; how far is assumed",
    ),
    claims=("selective-terror", "terror-not-main", "most-arrested-uo"),
    switch=Switch(
        "terror",
        "terror",
        "the levers terror and transfers stay at 0: no hardship, no fear that silences, nobody is "
        "moved to an isolator; arrest and exile themselves stay",
        0,
        levers={"terror": 0.0, "transfers": 0.0},
    ),
    controls=(
        "levers.terror",
        "coefficients.hardship",
        "coefficients.hardship_underground",
        "coefficients.hardship_exile",
        "coefficients.leniency",
    ),
)
def hardship(s, w, c):
    """Prison, exile and the fear of them; isolator and camp count 1, other places a share of it.

    Conciliators were spared a part of it.
    """
    severity = (
        c.hardship_underground * (s.place == UNDERGROUND)
        + c.hardship_exile * (s.place == EXILE)
        + 1.0 * ((s.place == ISOLATOR) | (s.place == CAMP))
    )
    spared = c.leniency * (s.wing == CONCILIATOR)
    return c.hardship * severity * (1.0 - spared) * w.terror


@mechanism(
    coefficient(
        "offer",
        "release and readmission fully offered",
        low=0.0,
        high=3.0,
        value=2.02,
        prior="uniform",
        claims=("carrot-freedom", "readmit-posts"),
    ),
    claims=("carrot-freedom", "readmit-posts", "readmit-wait-6m", "readmit-individual-only"),
    switch=Switch(
        "offer",
        "offer",
        "release, the Party card and a post do not weigh (coefficients.offer = 0); whoever signs "
        "is readmitted as before",
        1,
        values={"coefficients.offer": 0.0},
    ),
    controls=("levers.offer", "coefficients.offer"),
)
def offer(s, w, c):
    """A signature could mean release, the Party card and a post."""
    return c.offer * w.offer * (s.place != PARTY)


@mechanism(
    coefficient(
        "left_turn",
        "own programme wholly taken up",
        low=0.0,
        high=8.0,
        value=5.35,
        prior="uniform",
        claims=("terror-not-main", "left-turn-start"),
    ),
    claims=(
        "left-turn-start",
        "terror-not-main",
        "stalin-attacks-bukharin",
        "preob-appeal",
        "two-camps",
    ),
    switch=Switch(
        "left_turn",
        "left turn",
        "what the Party takes up of the programme convinces nobody (coefficients.left_turn = 0)",
        2,
        values={"coefficients.left_turn": 0.0},
    ),
    controls=("levers.left_turn", "levers.democracy", "coefficients.left_turn"),
    convinces=True,
)
def left_turn(s, w, c):
    """Vindication: the share of one's own programme that the Party has taken up.

    Industry weighs `programme`, party democracy the rest; the second lever is zero in history.
    """
    return c.left_turn * (s.programme * w.left_turn + (1.0 - s.programme) * w.democracy)


@mechanism(
    coefficient(
        "threat",
        "the country in mortal danger",
        low=0.0,
        high=2.0,
        value=0.782,
        prior="uniform",
        claims=("preob-appeal", "hitler-rally"),
    ),
    claims=("hitler-rally", "preob-appeal"),
    controls=("levers.threat", "coefficients.threat"),
    convinces=True,
)
def threat(s, w, c):
    """An emergency of the country that makes old slogans untenable."""
    return c.threat * w.threat


@mechanism(
    coefficient(
        "firmness",
        "irreconcilables and ultras, against the others",
        low=0.0,
        high=5.0,
        value=1.26,
        prior="uniform",
        claims=("two-camps", "youth-irreconcilable"),
        assumed="their wing is a view and no fate: most of them left as well",
    ),
    claims=("two-camps", "youth-irreconcilable"),
    controls=("coefficients.firmness",),
)
def firmness(s, w, c):
    """Irreconcilables and ultras saw less reason to sign than the others."""
    return -c.firmness * ((s.wing == IRRECONCILABLE) | (s.wing == ULTRA))


@mechanism(
    coefficient(
        "hardening",
        "after many years of holding out",
        low=0.0,
        high=6.0,
        value=4.01,
        prior="uniform",
        claims=("resistance-firmer", "d-hazard-tail"),
    ),
    claims=("resistance-firmer", "d-hazard-tail", "serge-tempered-1936"),
    switch=Switch(
        "hardening",
        "hardening",
        "time held makes nobody firmer (coefficients.hardening = 0): the tail is of people who "
        "were firm from the first",
        8,
        values={"coefficients.hardening": 0.0},
    ),
    controls=("coefficients.hardening",),
)
def hardening(s, w, c):
    """Holding out makes firmer: half of it after a year, three quarters after three."""
    return -c.hardening * s.held / (1.0 + s.held)


@mechanism(
    claims=("youth-irreconcilable", "older-dropout", "resistance-firmer"),
    switch=Switch(
        "differences",
        "lasting differences",
        "nobody is firmer than another (population.conviction_spread and coefficients.firmness = "
        "0); programme and whom the isolators take stay",
        7,
        values={"population.conviction_spread": 0.0, "coefficients.firmness": 0.0},
    ),
    controls=("population.conviction_spread",),
)
def conviction(s, w, c):
    """Lasting differences between people: conviction is minus the log-frailty."""
    return -s.conviction
