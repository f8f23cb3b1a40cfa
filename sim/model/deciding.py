"""Deciding: a person's hazards of the week, read from the Monday, and what falls due.

Deciding reads the state and writes only one's own cumulative hazards and the list of events due.
"""

from __future__ import annotations

import math

import numpy as np

from sim import elementary
from sim.model.codes import THRESHOLD_RULE
from sim.model.compiled import compiled, inlined, with_its_helpers
from sim.model.mechanisms import (
    Situation,
    Week,
    exposures,
    log_hazard,
    log_hazards,
    retained,
    terms,
    week_from,
)
from sim.model.state import World
from sim.model.tables import (
    BROUGHT_TO,
    CIRCLE,
    CIRCLES,
    CLOCKS,
    DECISIONS,
    EXAMPLE,
    FACTOR,
    HOLDS,
    IN_CIRCLE,
    LETTERS,
    MOVED_TO,
    N_DATED,
    N_PROCESSES,
    RISKS,
    SUMMED,
    TO_PLACE,
    TO_STANCE,
    TO_WING,
    WEIGHED,
)

_exp = with_its_helpers(elementary.exp)

_log = with_its_helpers(elementary.log)
UNUSED, SHORT_OF_ONE = 2.0**20, 1.0 - 2.0**-30

MOST_A_WEEK = 2
"""Events of one person in one week; what is due beyond them falls into the next week."""
PROCESS_BITS = 8
"""Of an event that is due, the last bits, which say what it is."""


@inlined
def week_of(world: World) -> Week:
    """Return the levers of the week that is about to be run."""
    return week_from(world.timeline.levers[world.state.week[0]])


@inlined
def situation(world: World, week: Week, i: int) -> Situation:
    """Return the situation of person `i` on the Monday of this week."""
    state, person = world.state, world.state.person[i]
    gone = state.circle_gone_share[person.circle]
    holding = state.circle_holding_share[person.circle]
    # Nobody writes to an isolator: there, comrades are the people behind the same walls.
    weight = world.rates.correspondence * ((person.known > 0) & LETTERS[person.place])
    by_letter = weight / max(person.known, 1)
    return Situation(
        person.wing,
        person.place,
        person.programme,
        person.conviction,
        max(state.week[0] + 1 - person.since, 0) * (person.since > 0) / 52.0,
        (1.0 - weight) * gone + by_letter * person.gone,
        (1.0 - weight) * holding + by_letter * person.still,
        state.circle_striking_share[person.circle],
        state.public[0],
        world.timeline.pulse[state.week[0], person.patron],
        person.known,
        state.belief[i],
        world.people.adoption_threshold[i],
    )


@compiled
def hazard_of(world: World, i: int) -> float:
    """Return this week's hazard of signing of person `i`, 1/week."""
    week = week_of(world)
    return _exp(log_hazard(situation(world, week, i), week, world.coefficients))


@compiled
def terms_of(world: World, i: int) -> tuple[float, ...]:
    """Return this week's terms of the log-hazard of signing of person `i`."""
    week = week_of(world)
    return terms(situation(world, week, i), week, world.coefficients)


@inlined
def _belief_of(world: World, i: int) -> float:
    """Return what belief person `i` retains who signs this week, 0 to 1."""
    week = week_of(world)
    return retained(situation(world, week, i), week, world.coefficients)


@inlined
def factor(world: World, process: int, i: int) -> float:
    """Return the relative hazard of person `i`."""
    row = FACTOR[process]
    return world.people.factor[row, i] if row >= 0 else 1.0


@inlined
def moved(world: World, stance: int, place: int) -> int:
    """Return where dated acts that have happened move somebody; the same place for nowhere."""
    if HOLDS[stance]:
        for event in range(N_DATED):
            if world.timeline.happened[event, world.state.week[0]] and MOVED_TO[event, place] >= 0:
                place = MOVED_TO[event, place]
    return place


@inlined
def brought(world: World, stance: int) -> int:
    """Return to which stance dated acts that have happened bring somebody."""
    for event in range(N_DATED):
        if world.timeline.happened[event, world.state.week[0]] and BROUGHT_TO[event, stance] >= 0:
            stance = BROUGHT_TO[event, stance]
    return stance


@inlined
def is_here(process: int, circle: int) -> bool:
    """Return whether a transition can happen in a circle."""
    return IN_CIRCLE[process] < 0 or IN_CIRCLE[process] == circle


@inlined
def is_on(world: World, process: int) -> bool:
    """Return whether the hazard of a summed transition is not 0 for everybody this week."""
    clock, now = world.timeline.clock, world.state.week[0]
    return DECISIONS[process] or clock[process, now + 1] > clock[process, now]


@inlined
def again(resistance: float) -> float:
    """Return the draw for a second spell at risk, from digits that the first did not use."""
    rest = _exp(-resistance) * UNUSED
    return _log(1.0 / (1.0 - (rest - math.floor(rest)) * SHORT_OF_ONE))


@inlined
def _hazard(world: World, week: Week, k: int, i: int) -> float:
    """Return this week's hazard of the k-th summed transition, 1/week."""
    process = SUMMED[k]
    here = situation(world, week, i)
    if DECISIONS[process]:
        return _exp(log_hazards(process, here, week, world.coefficients))
    clock, now = world.timeline.clock, world.state.week[0]
    common = clock[process, now + 1] - clock[process, now]
    return common * factor(world, process, i) * exposures(process, here, week, world.rates)


@inlined
def _sum_up(world: World, week: Week, k: int, i: int) -> float:
    """Add this week's hazard of the k-th summed transition to the person's sum.

    Returns:
        The fraction of the week at which the resistance is reached; infinity if it is not. Hazards
        are constant within a week.
    """
    if k == 0 and world.rule == THRESHOLD_RULE:
        gone = situation(world, week, i).comrades_gone
        return 0.0 if gone >= world.people.adoption_threshold[i] else math.inf
    resistance = world.state.person[i].resistance  # side by side with all else that a week reads
    if k > 0:
        resistance = world.state.resistance[k, i]
    hazard = _hazard(world, week, k, i)
    before = world.state.cumulative_hazard[k, i]
    after = before + hazard
    world.state.cumulative_hazard[k, i] = after
    return math.inf if after < resistance else (resistance - before) / hazard


@inlined
def _fraction(world: World, process: int, i: int) -> float:
    """Return the fraction of this week at which a clock strikes person `i`, or infinity."""
    now = world.state.week[0]
    before, after = world.timeline.clock[process, now], world.timeline.clock[process, now + 1]
    hour = world.state.hour[process, i]
    return math.inf if after < hour else (hour - before) / (after - before)


@inlined
def circle_strikes(world: World, process: int, i: int) -> float:
    """Return the fraction of this week at which a circle's hazard strikes person `i`."""
    state = world.state
    row = CIRCLE[process] * state.circle_people.size + state.person[i].circle
    before, after = state.circle_clock[row, 0], state.circle_clock[row, 1]
    hour = world.state.hour[process, i]
    return math.inf if after < hour or after <= before else (hour - before) / (after - before)


@inlined
def _note_due(world: World, i: int) -> None:
    """Note what falls due for person `i`, in the order of the fractions at which it strikes.

    What somebody is no longer at risk of after the first event does not happen.
    """
    state = world.state
    stance, place, wing = state.person[i].stance, state.person[i].place, state.person[i].wing
    for nth in range(MOST_A_WEEK):
        first, when = -1, math.inf
        for process in range(N_PROCESSES):
            if state.strikes[process] < when and RISKS[stance, place, wing] >> process & 1:
                first, when = process, state.strikes[process]
        if first < 0:
            return
        state.due[state.n_due[0]] = (np.int64(i) * MOST_A_WEEK + nth) << PROCESS_BITS | first
        if EXAMPLE[first]:  # as of the Monday, before the week's events change what comrades do
            state.belief[i] = _belief_of(world, i)
        state.n_due[0] += 1
        state.strikes[first] = math.inf
        stance = brought(world, TO_STANCE[first] if TO_STANCE[first] >= 0 else stance)
        place = moved(world, stance, TO_PLACE[first] if TO_PLACE[first] >= 0 else place)
        wing = TO_WING[first] if TO_WING[first] >= 0 else wing


@inlined
def decide(world: World, week: Week, now: int, i: int) -> None:
    """Add this week's hazards of person `i`; note what falls due."""
    state, person = world.state, world.state.person[i]
    weighs, due = WEIGHED[person.stance, person.place, person.wing], person.struck <= now
    if weighs & 1:  # signing, nearly always the only one: with a constant it compiles to half
        state.strikes[SUMMED[0]] = _sum_up(world, week, 0, i)
        due |= state.strikes[SUMMED[0]] < math.inf
    if weighs > 1:
        for k in range(1, len(SUMMED)):
            process = SUMMED[k]
            if weighs >> k & 1 and is_on(world, process) and is_here(process, person.circle):
                state.strikes[process] = _sum_up(world, week, k, i)
                due |= state.strikes[process] < math.inf
        for k in range(len(CIRCLES)):
            if weighs >> (len(SUMMED) + k) & 1:
                state.strikes[CIRCLES[k]] = circle_strikes(world, CIRCLES[k], i)
                due |= state.strikes[CIRCLES[k]] < math.inf
    if due:
        for process in range(N_PROCESSES):
            if CLOCKS[process]:
                state.strikes[process] = _fraction(world, process, i)
        _note_due(world, i)
        state.strikes[:] = math.inf
