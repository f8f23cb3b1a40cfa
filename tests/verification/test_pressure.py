"""With terror off, more pressure never lets anybody hold out longer.

Without arrests and transfers nobody changes place, so that every term of the log-hazard grows
with what presses and with how many have gone: the system is attractive, and the same resistances
give the harder world's exits no later than the milder one's, person by person (a monotone
coupling: Liggett 1985, Interacting Particle Systems, chapter III.2).
"""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from property import MONOTONE, changes, few, more_pressure, seeds
from worlds import (
    HISTORICAL,
    NEVER,
    expelled,
    level,
    live,
    lively,
    nobody_writes,
    people_with,
    plain,
    week_left,
)

from sim.model.codes import P_ARREST, P_SIGNING
from sim.model.people import draw_people
from sim.scenario.loading import load

TERROR_OFF = {f"levers.{name}.scale": 0 for name in ("terror", "arrests", "transfers")}


@few
@given(more_pressure(), seeds)
def test_more_pressure_never_lets_anyone_hold_longer(pair, seed):
    less, more = (load(HISTORICAL, changes) for changes in pair)
    assert np.all(week_left(live(more, seed)) <= week_left(live(less, seed)))


@few
@given(changes(), seeds, st.lists(st.floats(0, 3), min_size=80, max_size=80))
def test_less_conviction_never_lets_anyone_hold_longer(some, seed, less):
    """One person's giving in sooner can only hasten that of others; so also by thresholds."""
    scenario = load(HISTORICAL, {**some, **MONOTONE, **TERROR_OFF})
    people = draw_people(scenario, seed)
    weaker = people._replace(
        conviction=people.conviction - np.array(less, np.float32),
        adoption_threshold=people.adoption_threshold - np.array(less) / 10,
    )
    assert np.all(
        week_left(live(scenario, seed, weaker)) <= week_left(live(scenario, seed, people))
    )


def test_more_pressure_does_make_people_leave_sooner():
    """What the tests above allow to be equal is not equal throughout."""
    spared = {**MONOTONE, **TERROR_OFF}
    mild, harsh = lively(spared), lively(spared, coefficients__left_turn=3)
    milder, sooner = week_left(live(mild, 61)), week_left(live(harsh, 61))
    assert np.all(sooner <= milder)
    assert np.mean(sooner < milder) > 0.05


def test_with_terror_on_an_arrest_can_let_somebody_hold_longer():
    """Why terror has to be off: exile takes a person away from comrades who have all signed."""
    n = 10
    first = np.arange(n) == 0
    at_liberty = plain(
        expelled() | level("arrests", 1),
        population__size=n,
        coefficients__baseline=-5,
        coefficients__example=20,
        rates__arrest=5,
        levers__arrests__scale=0,
    )
    arrested = load(at_liberty, {"levers.arrests.scale": 1})
    everybody = {"city": 0, "conviction": np.where(first, 0, -4), "expulsion_factor": 1e9}
    people = people_with(at_liberty, 62, **everybody)
    resistance = people.resistance.copy()
    resistance[P_SIGNING] = 1.0
    resistance[P_ARREST] = np.where(first, 0.1, 1e6)
    people = people._replace(resistance=resistance)
    free, exiled = (live(s, 62, people, nobody_writes(n)) for s in (at_liberty, arrested))
    assert np.all(week_left(free)[1:] == 2)
    assert week_left(free)[0] == 3
    assert week_left(exiled)[0] == NEVER
