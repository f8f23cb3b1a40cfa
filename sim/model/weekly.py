"""The week: everybody's hazards are read from the same Monday, then the week's events are applied.

What can happen, to whom, and where it leads is read from the chart (`sim.chart`, as arrays in
`tables`). Deciding reads the state and writes only one's own cumulative hazards and the list of
events due; applying writes the rest. So the order in which people decide is of no consequence, and
deciding person by person gives the same world as the loop, bit for bit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.model.codes import P_JOINING, THRESHOLD_RULE
from sim.model.compiled import compiled, inlined
from sim.model.mechanisms import (
    Coefficients,
    Situation,
    Week,
    log_hazard,
    log_hazards,
    terms,
    week_from,
)
from sim.model.state import People, State, Ties, Timeline
from sim.model.tables import (
    AT_RISK,
    BELONGS,
    CLOCKS,
    DECIDES,
    DECISIONS,
    EVERYWHERE,
    EXAMPLE,
    FACTOR,
    FLOW,
    FLOW_WING,
    FLOW_WITH_PATRON,
    HOLDS,
    LETTERS,
    MOVED_TO,
    N_DATED,
    N_PROCESSES,
    STOCK,
    SUMMED,
    TO_PLACE,
    TO_STANCE,
    WHERE,
)

MOST_A_WEEK = 2
"""Events of one person in one week; what is due beyond them falls into the next week."""


class World(NamedTuple):
    """All that a week needs, in one value that compiled code takes as it is."""

    people: People
    ties: Ties
    timeline: Timeline
    coefficients: Coefficients
    correspondence: float  # weight in [0, 1] of correspondents among one's comrades
    waits: np.ndarray  # int64 (n_processes,), weeks before anybody is at risk
    rule: int  # codes.RULES
    state: State


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
    weight = world.correspondence * ((person.known > 0) & LETTERS[person.place])
    by_letter = weight / max(person.known, 1)
    return Situation(
        person.wing,
        person.place,
        person.programme,
        person.conviction,
        (1.0 - weight) * gone + by_letter * person.gone,
        (1.0 - weight) * holding + by_letter * week.letters * person.still,
        world.timeline.pulse[state.week[0], person.patron],
    )


@compiled
def hazard_of(world: World, i: int) -> float:
    """Return this week's hazard of signing of person `i`, 1/week."""
    week = week_of(world)
    return math.exp(log_hazard(situation(world, week, i), week, world.coefficients))


@compiled
def terms_of(world: World, i: int) -> tuple[float, ...]:
    """Return this week's terms of the log-hazard of signing of person `i`."""
    week = week_of(world)
    return terms(situation(world, week, i), week, world.coefficients)


@inlined
def _hazard(world: World, week: Week, k: int, i: int) -> float:
    """Return this week's hazard of the k-th summed transition, 1/week."""
    process = SUMMED[k]
    here = situation(world, week, i)
    if DECISIONS[process]:
        return math.exp(log_hazards(process, here, week, world.coefficients))
    clock, now = world.timeline.clock, world.state.week[0]
    common = clock[process, now + 1] - clock[process, now]
    return common * _factor(world, process, i) * here.comrades_holding


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
    if k == 0:  # side by side with all else that a week reads of a person
        resistance = world.state.person[i].resistance
    else:
        resistance = world.people.resistance[SUMMED[k], i]
    hazard = _hazard(world, week, k, i)
    before = world.state.cumulative_hazard[k, i]
    after = before + hazard
    world.state.cumulative_hazard[k, i] = after
    return math.inf if after < resistance else (resistance - before) / hazard


@inlined
def _factor(world: World, process: int, i: int) -> float:
    row = FACTOR[process]
    return world.people.factor[row, i] if row >= 0 else 1.0


@inlined
def _wind(world: World, process: int, i: int, week: int) -> None:
    """From `week` on person `i` is at risk of `process`: note the hour at which it strikes.

    Hazards that are one curve for everybody, times a person's own factor, need no sum a person:
    the curve is summed once (`Timeline.clock`), and a person knows the hour on that clock at
    which their resistance is reached. An hour of infinity is how somebody is not at risk.
    """
    clock, state, factor = world.timeline.clock, world.state, _factor(world, process, i)
    week += world.waits[process]
    if week >= clock.shape[1] or factor <= 0.0:
        state.hour[process, i] = math.inf
    else:
        state.hour[process, i] = clock[process, week] + world.people.resistance[process, i] / factor


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
def _fraction(world: World, process: int, i: int) -> float:
    """Return the fraction of this week at which a clock strikes person `i`, or infinity."""
    now = world.state.week[0]
    before, after = world.timeline.clock[process, now], world.timeline.clock[process, now + 1]
    hour = world.state.hour[process, i]
    return math.inf if after < hour else (hour - before) / (after - before)


@inlined
def _moved(world: World, stance: int, place: int) -> int:
    """Return where dated acts that have happened move somebody; the same place for nowhere."""
    if HOLDS[stance]:
        for event in range(N_DATED):
            if world.timeline.happened[event, world.state.week[0]] and MOVED_TO[event, place] >= 0:
                place = MOVED_TO[event, place]
    return place


@inlined
def _note_due(world: World, i: int) -> None:
    """Note what falls due for person `i`, in the order of the fractions at which it strikes.

    What somebody is no longer at risk of after the first event does not happen.
    """
    state = world.state
    stance, place = state.person[i].stance, state.person[i].place
    for _ in range(MOST_A_WEEK):
        first, when = -1, math.inf
        for process in range(N_PROCESSES):
            if state.strikes[process] < when and AT_RISK[process, stance, place]:
                first, when = process, state.strikes[process]
        if first < 0:
            return
        state.due_person[state.n_due[0]] = i
        state.due_process[state.n_due[0]] = first
        state.n_due[0] += 1
        state.strikes[first] = math.inf
        stance = TO_STANCE[first] if TO_STANCE[first] >= 0 else stance
        place = _moved(world, stance, TO_PLACE[first] if TO_PLACE[first] >= 0 else place)


@inlined
def decide(world: World, week: Week, now: int, i: int) -> None:
    """Add this week's hazards of person `i`; note what falls due."""
    state = world.state
    stance, place = state.person[i].stance, state.person[i].place
    soonest = math.inf
    if DECIDES[stance]:
        for k in range(len(SUMMED)):
            strikes = math.inf
            if (k == 0 and EVERYWHERE) or AT_RISK[SUMMED[k], stance, place]:
                strikes = _sum_up(world, week, k, i)
            state.strikes[SUMMED[k]] = strikes
            soonest = min(soonest, strikes)
    else:
        for k in range(len(SUMMED)):
            state.strikes[SUMMED[k]] = math.inf
    if soonest == math.inf and state.person[i].struck > now:
        return
    for process in range(N_PROCESSES):
        if CLOCKS[process]:
            state.strikes[process] = _fraction(world, process, i)
    _note_due(world, i)


@inlined
def _count(world: World, i: int, change: int) -> None:
    """Add person `i` as they are now to every stock, or take them out."""
    person, counts = world.state.person[i], world.state.counts
    for column in range(counts.size):
        counts[column] += change * STOCK[column, person.stance, person.place, person.wing]


@inlined
def _count_event(world: World, i: int, process: int) -> None:
    """Add an event of person `i` to every flow."""
    state, person = world.state, world.state.person[i]
    for column in range(state.counts.size):
        if FLOW[column] == process and (FLOW_WING[column] < 0 or FLOW_WING[column] == person.wing):
            led = world.timeline.signed[state.week[0], person.patron]
            state.counts[column] += led if FLOW_WITH_PATRON[column] else 1


@inlined
def _own_place(world: World, place: int, i: int) -> int:
    """Return the city, colony or isolator at which a place puts person `i`."""
    people = world.people
    if WHERE[place] == 0:
        return people.city[i]
    return people.colony[i] if WHERE[place] == 1 else people.isolator[i]


@inlined
def _put(world: World, i: int, stance: int, place: int) -> None:
    """Give person `i` a stance and a place, and keep stocks, circles and correspondents right."""
    state, ties, person = world.state, world.ties, world.state.person[i]
    before, was, came = person.stance, person.place, not BELONGS[person.stance]
    reachable = HOLDS[before] & LETTERS[was]
    if BELONGS[before]:
        _count(world, i, -1)
    if HOLDS[before]:
        state.circle_holding[person.circle] -= 1
    person.stance, person.place = stance, place
    if HOLDS[stance]:
        if not HOLDS[before] or WHERE[place] != WHERE[was]:
            person.circle = _own_place(world, place, i)
            state.circle_known[person.circle] += 1
        state.circle_holding[person.circle] += 1
    if BELONGS[stance]:
        _count(world, i, 1)
    known = came & BELONGS[stance]
    still = HOLDS[stance] & LETTERS[place]
    if known or still != reachable:
        for k in range(ties.start[i], ties.start[i + 1]):
            other = state.person[ties.person[k]]
            other.known += known
            other.still += np.int16(still) - np.int16(reachable)


@inlined
def _begin_risks(world: World, i: int, stance: int, place: int, struck: int, first: int) -> None:
    """Begin, from week `first` on, what person `i` is newly at risk of, and end what no longer.

    Args:
        world: everything.
        i: the person, in the new state.
        stance, place: before; a stance of -1 for somebody new.
        struck: the transition that has happened, which begins anew; -1 for none.
        first: week.
    """
    state, person = world.state, world.state.person[i]
    for process in range(N_PROCESSES):
        if CLOCKS[process]:
            if not AT_RISK[process, person.stance, person.place]:
                state.hour[process, i] = math.inf
            elif stance < 0 or process == struck or not AT_RISK[process, stance, place]:
                _wind(world, process, i, first)
    _look_ahead(world, i)
    if DECIDES[person.stance]:
        if stance < 0 or not DECIDES[stance]:
            state.active[state.n_active[0]] = i
            state.n_active[0] += 1
    elif person.struck < state.series.shape[0] - 1:
        state.waiting[state.n_waiting[0]] = i
        state.waiting_until[state.n_waiting[0]] = person.struck
        state.n_waiting[0] += 1


@inlined
def _apply(world: World, i: int, process: int, first: int) -> None:
    """Carry out one event; what the person is newly at risk of begins in week `first`."""
    state, ties, person = world.state, world.ties, world.state.person[i]
    state.event_week[process, i] = state.week[0]
    stance, place = person.stance, person.place
    if EXAMPLE[process]:
        state.circle_gone[person.circle] += 1
        for k in range(ties.start[i], ties.start[i + 1]):
            state.person[ties.person[k]].gone += 1
    _count_event(world, i, process)
    to_stance = TO_STANCE[process] if TO_STANCE[process] >= 0 else stance
    to_place = TO_PLACE[process] if TO_PLACE[process] >= 0 else place
    _put(world, i, to_stance, _moved(world, to_stance, to_place))
    _begin_risks(world, i, stance, place, process, first)


@inlined
def _write_row(state: State) -> None:
    for column in range(state.counts.size):
        state.series[state.week[0], column] = state.counts[column]


@inlined
def _move_all(world: World) -> None:
    """Move whoever a dated act of this Monday moves."""
    state = world.state
    for k in range(state.person.size):
        i = np.uint32(k)
        stance, place = state.person[i].stance, state.person[i].place
        to_place = _moved(world, stance, place)
        if to_place != place:
            _put(world, i, stance, to_place)
            _begin_risks(world, i, stance, place, -1, state.week[0])


@inlined
def _see_circles(world: World) -> None:
    """Take the Monday's picture of every circle, which everybody decides by this week."""
    state = world.state
    for circle in range(state.circle_known.size):
        known = max(state.circle_known[circle], 1)
        state.circle_gone_share[circle] = state.circle_gone[circle] / known
        state.circle_holding_share[circle] = state.circle_holding[circle] / known


@compiled
def found(world: World) -> None:
    """Place everybody on the first day and write row 0 of the series."""
    people, state = world.people, world.state
    for k in range(people.wing.size):
        i = np.uint32(k)
        if people.present[i]:
            if people.member[i]:
                _apply(world, i, P_JOINING, 0)
            else:
                _begin_risks(world, i, -1, 0, -1, 0)
    _write_row(state)
    _see_circles(world)


@compiled
def decide_all(world: World) -> None:
    """Let everybody decide to whom something can happen this week, and forget those who left."""
    state = world.state
    week, now = week_of(world), state.week[0]
    kept = 0
    for k in range(state.n_active[0]):
        i = state.active[k]
        if DECIDES[state.person[i].stance]:
            state.active[kept] = i
            kept += 1
            if state.person[i].decided != now + 1:
                decide(world, week, now, i)
    state.n_active[0] = kept
    kept = 0
    for k in range(state.n_waiting[0]):
        if state.waiting_until[k] > now:
            state.waiting[kept] = state.waiting[k]
            state.waiting_until[kept] = state.waiting_until[k]
            kept += 1
        else:
            if state.person[state.waiting[k]].decided != now + 1:
                decide(world, week, now, state.waiting[k])
    state.n_waiting[0] = kept
    state.listed[0] = now + 1


@inlined
def _forget(world: World) -> None:
    """Take off both lists whom `decide_all` would have taken off, had it been called."""
    state, now = world.state, world.state.week[0]
    if state.listed[0] == now + 1:
        return
    kept = 0
    for k in range(state.n_active[0]):
        if DECIDES[state.person[state.active[k]].stance]:
            state.active[kept] = state.active[k]
            kept += 1
    state.n_active[0] = kept
    kept = 0
    for k in range(state.n_waiting[0]):
        if state.waiting_until[k] > now:
            state.waiting[kept] = state.waiting[k]
            state.waiting_until[kept] = state.waiting_until[k]
            kept += 1
    state.n_waiting[0] = kept


@compiled
def decide_one(world: World, k: int) -> None:
    """Let one person decide, exactly as `decide_all` would; a second time changes nothing."""
    i, now = np.uint32(k), world.state.week[0]
    if now >= world.state.series.shape[0] - 1 or world.state.person[i].decided == now + 1:
        return
    world.state.person[i].decided = now + 1
    if world.people.present[i]:
        decide(world, week_of(world), now, i)


@compiled
def end_week(world: World) -> None:
    """Apply the week's events, bring on the next Monday, and write its row of the series."""
    state, happened = world.state, world.timeline.happened
    _forget(world)
    for k in range(state.n_due[0]):
        _apply(world, state.due_person[k], state.due_process[k], state.week[0] + 1)
    state.n_due[0] = 0
    state.week[0] += 1
    now = state.week[0]
    for event in range(N_DATED):
        if happened[event, now] and not happened[event, now - 1]:
            _move_all(world)
            break
    _write_row(state)
    _see_circles(world)


@compiled
def run_weeks(world: World, n_weeks: int) -> None:
    """Run `n_weeks` weeks."""
    for _ in range(n_weeks):
        decide_all(world)
        end_week(world)
