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
        prior="uniform",
        claims=("selective-terror", "terror-not-main"),
    ),
    number(
        "hardship_underground",
        "share of it felt in hiding",
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
        assumed="conciliators were let be, the stubborn picked out; how far is assumed",
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
        "example",
        "all comrades have signed",
        low=0.0,
        high=4.0,
        prior="uniform",
        claims=("stampede-1929",),
    ),
    claims=("stampede-1929", "cap-400-july1929"),
    switch=Switch(
        "example",
        "example",
        "that comrades have signed draws nobody after them (coefficients.example = 0); that "
        "others hold out still holds (solidarity stays)",
        4,
        values={"coefficients.example": 0.0},
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
        prior="uniform",
        claims=("cap-400-july1929", "stampede-1929"),
        assumed="leaders first, then a stampede; how much each weighed is assumed",
    ),
    claims=("stampede-1929", "cap-400-july1929"),
    switch=Switch(
        "news",
        "news",
        "what the press reports of signatures draws nobody (coefficients.news = 0); the example of "
        "comrades stays",
        8,
        values={"coefficients.news": 0.0},
    ),
    controls=("levers.press", "coefficients.news", "rates.news_half_life"),
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
        "letters wholly cut, in exile or prison",
        low=0.0,
        high=3.0,
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
        "letters are never cut (the lever letters stays at 1), and so those elsewhere who hold out "
        "are heard of too",
        3,
        levers={"letters": 1.0},
        at_work=lambda week: week.letters < 1.0,
    ),
    controls=("levers.letters", "coefficients.silence"),
)
def silence(s, w, c):
    """No letters from Trotsky or between the colonies."""
    cut_off = (s.place == EXILE) | (s.place == ISOLATOR) | (s.place == CAMP)
    return c.silence * (1.0 - w.letters) * cut_off


@mechanism(
    coefficient(
        "threat",
        "the country in mortal danger",
        low=0.0,
        high=2.0,
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
        "rally",
        "a declaration to rally round, when it appears",
        low=0.0,
        high=3.0,
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
    return -c.rally * w.rally * (1.0 - s.programme) * (s.place != ISOLATOR)


@mechanism(
    coefficient(
        "solidarity",
        "all comrades hold out within reach",
        low=0.0,
        high=4.0,
        prior="uniform",
        claims=("correspondence-1928",),
    ),
    claims=("correspondence-1928", "selective-terror", "irreconcilable-leaders-28"),
)
def solidarity(s, w, c):
    """The share of one's comrades who still hold out and can be reached."""
    return -c.solidarity * s.comrades_holding


@mechanism(
    coefficient(
        "firmness",
        "irreconcilables and ultras, against the others",
        low=0.0,
        high=5.0,
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
        prior="uniform",
        claims=("resistance-firmer", "d-hazard-tail"),
    ),
    claims=("resistance-firmer", "d-hazard-tail", "serge-tempered-1936"),
    switch=Switch(
        "hardening",
        "hardening",
        "time held makes nobody firmer (coefficients.hardening = 0): the tail is of people who "
        "were firm from the first",
        9,
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
