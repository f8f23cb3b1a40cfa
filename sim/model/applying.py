"""Applying: what an event does to a person, to counts and circles, and to what strikes next."""

from __future__ import annotations

import math

import numpy as np

from sim.model.codes import PARTY
from sim.model.compiled import inlined
from sim.model.deciding import again, brought, moved, situation, week_of
from sim.model.deciding import factor as factor_of
from sim.model.mechanisms import exposures
from sim.model.state import World
from sim.model.tables import (
    BELONGS,
    CIRCLE,
    CIRCLES,
    CLOCKS,
    COUNTED_IN,
    EXAMPLE,
    EXPOSED,
    FLOWS,
    HOLDS,
    LETTERS,
    N_PROCESSES,
    PLACED,
    RISKS,
    STOCKS,
    STRIKING,
    SUMMED,
    TO_PLACE,
    TO_STANCE,
    TO_WING,
    WHERE,
    WITH_PATRON,
)


@inlined
def _wind(world: World, process: int, i: int, week: int) -> None:
    """From `week` on person `i` is at risk of `process`: note the hour at which it strikes.

    Hazards that are one curve for everybody, times a person's own factor, need no sum a person:
    the curve is summed once (`Timeline.clock`), and a person knows the hour on that clock at
    which their resistance is reached. An hour of infinity is how somebody is not at risk.
    """
    clock, state, factor = world.timeline.clock, world.state, factor_of(world, process, i)
    week += world.waits[process]
    if EXPOSED[process]:
        now = week_of(world)
        factor *= exposures(process, situation(world, now, i), now, world.rates)
    if week >= clock.shape[1] or factor <= 0.0:
        state.hour[process, i] = math.inf
    else:
        resistance = world.people.resistance[process, i]
        if state.event_week[process, i] >= 0:
            resistance = again(resistance)
        state.hour[process, i] = clock[process, week] + resistance / factor


@inlined
def _wind_circle(world: World, process: int, i: int) -> None:
    """From next Monday on person `i` is at risk of a circle's hazard: note the hour it strikes."""
    state, factor = world.state, factor_of(world, process, i)
    resistance = world.people.resistance[process, i]
    if state.event_week[process, i] >= 0:
        resistance = again(resistance)
    row = CIRCLE[process] * state.circle_people.size + state.person[i].circle
    summed = state.circle_clock[row, 1]
    state.hour[process, i] = summed + resistance / factor if factor > 0.0 else math.inf


@inlined
def _look_ahead(world: World, i: int) -> None:
    """Note the first week in which a clock strikes person `i`.

    Clocks depend on the calendar alone, so that a week costs one comparison.
    """
    clock, state = world.timeline.clock, world.state
    first = clock.shape[1]
    for process in range(N_PROCESSES):
        if CLOCKS[process] and state.hour[process, i] <= clock[process, -1]:
            week = np.searchsorted(clock[process], state.hour[process, i]) - 1
            first = min(first, week)
    state.person[i].struck = first


@inlined
def count(world: World, i: int, change: int) -> None:
    """Add person `i` as they are now to every stock, or take them out."""
    person, counts = world.state.person[i], world.state.counts
    for k in range(STOCKS.shape[3]):
        column = STOCKS[person.stance, person.place, person.wing, k]
        if column < 0:
            return
        if COUNTED_IN[column] < 0 or COUNTED_IN[column] == person.circle:
            counts[column] += change


@inlined
def _count_event(world: World, i: int, process: int) -> None:
    """Add an event of person `i` to every flow."""
    state, person = world.state, world.state.person[i]
    for k in range(FLOWS.shape[2]):
        column = FLOWS[process, person.wing, k]
        if column < 0:
            return
        led = world.timeline.signed[state.week[0], person.patron]
        state.counts[column] += led if WITH_PATRON[column] else 1


@inlined
def _own_place(world: World, place: int, i: int) -> int:
    """Return the city, colony, isolator or camp at which a place puts person `i`."""
    people = world.people
    if WHERE[place] == 0:
        return people.city[i]
    if WHERE[place] == 1:
        return people.colony[world.timeline.wave[world.state.week[0]], i]
    if WHERE[place] == 2:
        return people.isolator[i]
    return people.camp[i] if WHERE[place] == 3 else people.elsewhere[i]


@inlined
def _put(world: World, i: int, stance: int, place: int, wing: int) -> None:
    """Give person `i` a stance, place and wing; keep stocks, circles and correspondents right."""
    state, ties, person = world.state, world.ties, world.state.person[i]
    before, was, came = person.stance, person.place, not BELONGS[person.stance]
    reachable = HOLDS[before] & LETTERS[was]
    count(world, i, -1)
    if HOLDS[before]:
        state.circle_holding[person.circle] -= 1
        state.circle_striking[person.circle] -= STRIKING[before]
    person.stance, person.place, person.wing = stance, place, wing
    if PLACED[stance] and (not PLACED[before] or WHERE[place] != WHERE[was]):
        person.circle = _own_place(world, place, i)
    if HOLDS[stance]:
        bit = 1 << WHERE[place]
        if person.been & bit == 0:
            person.been |= bit
            state.circle_known[person.circle] += 1
        state.circle_holding[person.circle] += 1
        state.circle_striking[person.circle] += STRIKING[stance]
    if HOLDS[stance] and place != PARTY and person.since == 0:
        person.since = state.week[0] + 1
    count(world, i, 1)
    known = came & BELONGS[stance]
    still = HOLDS[stance] & LETTERS[place]
    if known or still != reachable:
        for k in range(ties.start[i], ties.start[i + 1]):
            other = state.person[ties.person[k]]
            other.known += known
            other.still += np.int16(still) - np.int16(reachable)


@inlined
def _at_risk(process: int, stance: int, place: int, wing: int) -> bool:
    return RISKS[stance, place, wing] >> process & 1 == 1


@inlined
def wait(world: World, i: int) -> None:
    """Put person `i` on the list of those whom a clock or their circle's hazard will strike."""
    state, person, k = world.state, world.state.person[i], world.state.n_waiting[0]
    hour, row = math.inf, 0
    for c in range(len(CIRCLES)):
        if state.hour[CIRCLES[c], i] < hour:
            hour = state.hour[CIRCLES[c], i]
            row = c * state.circle_people.size + person.circle
    if hour < math.inf or person.struck < state.series.shape[0] - 1:
        state.waiting[k] = i
        state.waiting_until[k] = person.struck
        state.waiting_hour[k] = hour
        state.waiting_row[k] = row
        state.n_waiting[0] += 1


@inlined
def begin_risks(
    world: World, i: int, stance: int, place: int, wing: int, struck: int, first: int
) -> None:
    """Begin, from week `first` on, what person `i` is newly at risk of, and end what no longer.

    Args:
        world: everything.
        i: the person, in the new state.
        stance, place, wing: before; a stance of -1 for somebody new.
        struck: the transition that has happened, which begins anew; -1 for none.
        first: week.
    """
    state, person = world.state, world.state.person[i]
    for process in range(N_PROCESSES):
        if CLOCKS[process] or CIRCLE[process] >= 0:
            if not _at_risk(process, person.stance, person.place, person.wing):
                state.hour[process, i] = math.inf
            elif stance < 0 or process == struck or not _at_risk(process, stance, place, wing):
                if CLOCKS[process]:
                    _wind(world, process, i, first)
                else:
                    _wind_circle(world, process, i)
    _look_ahead(world, i)
    decides = world.timeline.decides
    if decides[first, person.stance, person.place]:
        if stance < 0 or not decides[state.week[0], stance, place]:
            state.active[state.n_active[0]] = i
            state.n_active[0] += 1
    else:
        wait(world, i)


@inlined
def apply(world: World, i: int, process: int, first: int) -> None:
    """Carry out one event; what the person is newly at risk of begins in week `first`."""
    state, ties, person = world.state, world.ties, world.state.person[i]
    state.event_week[process, i] = state.week[0]
    for k in range(len(SUMMED)):
        if process == SUMMED[k]:
            state.resistance[k, i] += again(world.people.resistance[process, i])
            if k == 0:
                person.resistance = state.resistance[k, i]
    stance, place, wing = person.stance, person.place, person.wing
    if EXAMPLE[process]:
        state.signed_now[0] += 1
        state.circle_gone[person.circle] += 1
        for k in range(ties.start[i], ties.start[i + 1]):
            state.person[ties.person[k]].gone += 1
    _count_event(world, i, process)
    to_stance = TO_STANCE[process] if TO_STANCE[process] >= 0 else stance
    to_place = TO_PLACE[process] if TO_PLACE[process] >= 0 else place
    to_stance = brought(world, to_stance)
    to_wing = TO_WING[process] if TO_WING[process] >= 0 else wing
    _put(world, i, to_stance, moved(world, to_stance, to_place), to_wing)
    begin_risks(world, i, stance, place, wing, process, first)


@inlined
def move_all(world: World) -> None:
    """Move whoever a dated act of this Monday moves."""
    state = world.state
    for k in range(state.person.size):
        i = np.uint32(k)
        stance, place = state.person[i].stance, state.person[i].place
        to_stance = brought(world, stance)
        to_place = moved(world, to_stance, place)
        if to_place != place or to_stance != stance:
            wing = state.person[i].wing
            _put(world, i, to_stance, to_place, wing)
            begin_risks(world, i, stance, place, wing, -1, state.week[0])
