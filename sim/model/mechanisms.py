"""The rule of decision, written once: the weekly log-hazard of signing a statement.

One function a mechanism. Each takes a person's `Situation`, the `Week` and the `Coefficients`
and returns its term of the log-hazard; a positive term pushes towards signing, a negative one
holds back. The weekly loop, `Oppositionist.step` and `midnight explain` all call `log_hazard` or
`terms`, so that there is nothing to keep in step. Coefficients are log hazard ratios, >= 0.
Conditions are written as factors: a branch costs more where everybody is somewhere else.

The last line of every docstring names the claims the mechanism rests on.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from sim.model.codes import EXILE, ISOLATOR, PARTY, UNDERGROUND, ZINOVIEVIST
from sim.model.compiled import inlined


class Situation(NamedTuple):
    """What one person's decision depends on in one week; shares and weights lie in [0, 1]."""

    wing: int
    place: int
    programme: float
    conviction: float
    comrades_gone: float
    comrades_holding: float
    patron_pulse: float


class Week(NamedTuple):
    """The levers in one week, all in [0, 1] (`rally` is a decaying pulse, in [0, 1] for one)."""

    terror: float
    arrests: float
    transfers: float
    offer: float
    left_turn: float
    democracy: float
    letters: float
    threat: float
    agitation: float
    rally: float


class Coefficients(NamedTuple):
    """Log hazard ratios of signing (1), except `baseline`: the log of a weekly hazard (1/week)."""

    baseline: float
    expulsion: float
    hardship: float
    hardship_underground: float
    hardship_exile: float
    offer: float
    left_turn: float
    example: float
    patron: float
    silence: float
    threat: float
    rally: float
    solidarity: float


@inlined
def baseline(s: Situation, w: Week, c: Coefficients) -> float:
    """Weekly log-hazard of somebody of middling conviction on whom nothing presses.

    Claims: most-stayed-1928
    """
    return c.baseline


@inlined
def expulsion(s: Situation, w: Week, c: Coefficients) -> float:
    """For a Zinovievist to be outside the Party was political death.

    Claims: recant-2500-zin, zin-survivors-few, cap-zinoviev-1
    """
    return c.expulsion * ((s.wing == ZINOVIEVIST) & (s.place != PARTY))


@inlined
def hardship(s: Situation, w: Week, c: Coefficients) -> float:
    """Prison, exile and the fear of them; the isolator counts 1, other places a share of it.

    Alike for every wing (assumed): the texts say that the conciliators were let be, which the
    model has only in who is transferred.
    Claims: selective-terror, terror-not-main, most-arrested-uo
    """
    severity = (
        c.hardship_underground * (s.place == UNDERGROUND)
        + c.hardship_exile * (s.place == EXILE)
        + 1.0 * (s.place == ISOLATOR)
    )
    return c.hardship * severity * w.terror


@inlined
def offer(s: Situation, w: Week, c: Coefficients) -> float:
    """A signature could mean release, the Party card and a post.

    Claims: carrot-freedom, readmit-posts, readmit-wait-6m, readmit-individual-only
    """
    return c.offer * w.offer * (s.place != PARTY)


@inlined
def left_turn(s: Situation, w: Week, c: Coefficients) -> float:
    """Vindication: the share of one's own programme that the Party has taken up.

    Industry weighs `programme`, party democracy the rest; the second lever is zero in history.
    Claims: left-turn-start, terror-not-main, stalin-attacks-bukharin, preob-appeal, two-camps
    """
    return c.left_turn * (s.programme * w.left_turn + (1.0 - s.programme) * w.democracy)


@inlined
def example(s: Situation, w: Week, c: Coefficients) -> float:
    """The share of one's comrades (same place, correspondents) who have signed.

    News of a signature travels in the press, so that cut letters do not stop it (assumed).
    Claims: stampede-1929, cap-400-july1929
    """
    return c.example * s.comrades_gone


@inlined
def patron(s: Situation, w: Week, c: Coefficients) -> float:
    """The pulse of one's patron's own signature, which fades.

    Claims: cap-zin-urge-followers, cap-400-july1929, cap-njoffe-1934
    """
    return c.patron * s.patron_pulse


@inlined
def silence(s: Situation, w: Week, c: Coefficients) -> float:
    """No letters from Trotsky or between the colonies.

    Claims: correspondence-1928, trotsky-deport-implied, unity-shatters, contact-autumn1929
    """
    return c.silence * (1.0 - w.letters) * ((s.place == EXILE) | (s.place == ISOLATOR))


@inlined
def threat(s: Situation, w: Week, c: Coefficients) -> float:
    """An emergency of the country that makes old slogans untenable.

    Claims: hitler-rally, preob-appeal
    """
    return c.threat * w.threat


@inlined
def rally(s: Situation, w: Week, c: Coefficients) -> float:
    """A declaration short of recantation gives those who want party democracy a common ground.

    Claims: rakovsky-500-sign, rakovsky-3-initiators, rakovsky-nonsigners
    """
    return -c.rally * w.rally * (1.0 - s.programme) * (s.place != ISOLATOR)


@inlined
def solidarity(s: Situation, w: Week, c: Coefficients) -> float:
    """The share of one's comrades who still hold out and can be reached.

    Claims: correspondence-1928, selective-terror, irreconcilable-leaders-28
    """
    return -c.solidarity * s.comrades_holding


@inlined
def conviction(s: Situation, w: Week, c: Coefficients) -> float:
    """Lasting differences between people: conviction is minus the log-frailty.

    Claims: youth-irreconcilable, older-dropout, resistance-firmer
    """
    return -s.conviction


MECHANISMS = (
    baseline,
    expulsion,
    hardship,
    offer,
    left_turn,
    example,
    patron,
    silence,
    threat,
    rally,
    solidarity,
    conviction,
)
"""In the order in which `terms` returns them."""


@inlined
def terms(s: Situation, w: Week, c: Coefficients) -> tuple[float, ...]:
    """Return the terms of the log-hazard of signing, in the order of `MECHANISMS`."""
    return (
        baseline(s, w, c),
        expulsion(s, w, c),
        hardship(s, w, c),
        offer(s, w, c),
        left_turn(s, w, c),
        example(s, w, c),
        patron(s, w, c),
        silence(s, w, c),
        threat(s, w, c),
        rally(s, w, c),
        solidarity(s, w, c),
        conviction(s, w, c),
    )


@inlined
def log_hazard(s: Situation, w: Week, c: Coefficients) -> float:
    """Return the weekly log-hazard (log 1/week) of signing: the sum of `terms`."""
    t = terms(s, w, c)
    return (t[0] + t[1] + t[2] + t[3]) + (t[4] + t[5] + t[6] + t[7]) + (t[8] + t[9] + t[10] + t[11])


def names() -> tuple[str, ...]:
    """Return the names of the mechanisms, in the order of `terms`."""
    return tuple(function.py_func.__name__ for function in MECHANISMS)


def claims(name: str) -> tuple[str, ...]:
    """Return the claim ids that the mechanism `name` rests on, read from its docstring."""
    function = MECHANISMS[names().index(name)]
    line = re.search(r"Claims: (.+)", function.py_func.__doc__)
    return tuple(line.group(1).split(", "))


def meaning(name: str) -> str:
    """Return the first sentence of the docstring of the mechanism `name`."""
    function = MECHANISMS[names().index(name)]
    return function.py_func.__doc__.strip().split("\n")[0]
