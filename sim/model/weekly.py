"""The week: everybody's hazards are read from the same Monday, then the week's events are applied.

Deciding reads the state and writes only one's own cumulative hazards and the list of events due;
applying writes the rest. So the order in which people decide is of no consequence, and deciding
person by person gives the same world as the loop, bit for bit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.model.codes import (
    EXILE,
    HOLDING,
    IRRECONCILABLE,
    ISOLATOR,
    N_ARRESTED,
    N_AVAILABLE,
    N_HOLDING,
    N_JOINED,
    N_PLACE,
    N_QUIET,
    N_READMITTED,
    N_STATEMENTS,
    N_STATEMENTS_WING,
    N_TRANSFERRED,
    N_WAITING,
    N_WING,
    N_WITH_PATRON,
    P_ARREST,
    P_JOINING,
    P_QUIET,
    P_READMISSION,
    P_SIGNING,
    P_TRANSFER,
    PARTY,
    QUIET,
    READMITTED,
    SIGNED,
    SYMPATHISER,
    THRESHOLD_RULE,
    UNDERGROUND,
)
from sim.model.compiled import compiled, inlined
from sim.model.mechanisms import Coefficients, Situation, Week, log_hazard
from sim.model.state import People, State, Ties, Timeline


class World(NamedTuple):
    """All that a week needs, in one value that compiled code takes as it is."""

    people: People
    ties: Ties
    timeline: Timeline
    coefficients: Coefficients
    correspondence: float  # weight in [0, 1] of correspondents among one's comrades
    readmission_wait: int  # weeks from a statement to its consideration
    rule: int  # codes.RULES
    state: State


@inlined
def week_of(world: World) -> Week:
    """Return the levers of the week that is about to be lived."""
    row = world.timeline.levers[world.state.week[0]]
    return Week(row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9])


@inlined
def situation(world: World, week: Week, i: int) -> Situation:
    """Return the situation of person `i` on the Monday of this week."""
    state, person = world.state, world.state.person[i]
    gone = state.circle_gone_share[person.circle]
    holding = state.circle_holding_share[person.circle]
    # Nobody writes to an isolator: there, comrades are the people behind the same walls.
    weight = world.correspondence * ((person.known > 0) & (person.place != ISOLATOR))
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


@inlined
def _signs(world: World, week: Week, i: int) -> float:
    """Add this week's hazard of signing; return the fraction of the week at which it is reached.

    Infinity if it is not. Hazards are constant within a week.
    """
    here, person = situation(world, week, i), world.state.person[i]
    if world.rule == THRESHOLD_RULE:
        return 0.0 if here.comrades_gone >= world.people.adoption_threshold[i] else math.inf
    hazard = math.exp(log_hazard(here, week, world.coefficients))
    before = world.state.cumulative_hazard[i]
    after = before + hazard
    world.state.cumulative_hazard[i] = after
    return math.inf if after < person.resistance else (person.resistance - before) / hazard


@inlined
def _wind(world: World, process: int, i: int, factor: float, week: int) -> None:
    """From `week` on person `i` is at risk of `process`: note the hour at which it strikes.

    Hazards that are one curve for everybody, times a person's own factor, need no sum a person:
    the curve is summed once (`Timeline.clock`), and a person knows the hour on that clock at
    which their resistance is reached. An hour of infinity is how somebody is not at risk.
    """
    clock, state = world.timeline.clock, world.state
    if week >= clock.shape[1] or factor <= 0.0:
        state.hour[process, i] = math.inf
    else:
        state.hour[process, i] = clock[process, week] + world.people.resistance[process, i] / factor


@inlined
def _look_ahead(world: World, i: int) -> None:
    """Note the first week in which anything but signing strikes person `i`.

    The other processes depend on the calendar alone, so that a week costs one comparison.
    """
    clock, state = world.timeline.clock, world.state
    first = clock.shape[1]
    for process in (P_QUIET, P_ARREST, P_TRANSFER, P_JOINING, P_READMISSION):
        if state.hour[process, i] <= clock[process, -1]:
            week = np.searchsorted(clock[process], state.hour[process, i]) - 1
            first = min(first, week)
    state.person[i].struck = first


@inlined
def _fraction(world: World, process: int, i: int) -> float:
    """Return the fraction of this week at which `process` strikes person `i`, or infinity."""
    now = world.state.week[0]
    before, after = world.timeline.clock[process, now], world.timeline.clock[process, now + 1]
    hour = world.state.hour[process, i]
    return math.inf if after < hour else (hour - before) / (after - before)


@inlined
def _due(state: State, i: int, process: int) -> None:
    state.due_person[state.n_due[0]] = i
    state.due_process[state.n_due[0]] = process
    state.n_due[0] += 1


@inlined
def decide_holding(world: World, week: Week, now: int, i: int) -> None:
    """Add this week's hazard of signing; note what falls due.

    Causes that fall in one week are ordered by the fraction of it at which each crosses.
    """
    signs = _signs(world, week, i)
    if signs == math.inf and world.state.person[i].struck > now:
        return
    falls_quiet = _fraction(world, P_QUIET, i)
    arrest, transfer = _fraction(world, P_ARREST, i), _fraction(world, P_TRANSFER, i)
    if transfer < falls_quiet:
        falls_quiet = math.inf  # nobody goes quiet in an isolator
    leaves = min(signs, falls_quiet)
    if min(arrest, transfer) < leaves:
        _due(world.state, i, P_ARREST if arrest < transfer else P_TRANSFER)
    if leaves < math.inf:
        _due(world.state, i, P_SIGNING if signs <= falls_quiet else P_QUIET)


@inlined
def decide_waiting(world: World, now: int, i: int) -> None:
    """Note whether a sympathiser joins, or somebody who signed is readmitted."""
    person = world.state.person[i]
    if person.struck <= now:
        _due(world.state, i, P_JOINING if person.stance == SYMPATHISER else P_READMISSION)


@inlined
def _count_holding(world: World, i: int, change: int) -> None:
    state, person = world.state, world.state.person[i]
    state.counts[N_HOLDING] += change
    state.counts[N_PLACE + person.place] += change
    state.counts[N_WING + person.wing] += change
    state.circle_holding[person.circle] += change
    if person.wing == IRRECONCILABLE and person.place != ISOLATOR:
        state.counts[N_AVAILABLE] += change


@inlined
def _wait(world: World, i: int) -> None:
    """Remember person `i` until the week, known already, in which they are readmitted."""
    state = world.state
    _look_ahead(world, i)
    if state.person[i].struck < state.series.shape[0] - 1:
        state.waiting[state.n_waiting[0]] = i
        state.waiting_until[state.n_waiting[0]] = state.person[i].struck
        state.n_waiting[0] += 1


@inlined
def _leave(world: World, i: int, process: int, first: int) -> None:
    """Strike person `i` from place and circle; a signature is remembered there."""
    state, person, counts = world.state, world.state.person[i], world.state.counts
    _count_holding(world, i, -1)
    if process == P_SIGNING:
        person.stance = SIGNED
        state.circle_gone[person.circle] += 1
        counts[N_WAITING] += 1
        counts[N_STATEMENTS] += 1
        counts[N_STATEMENTS_WING + person.wing] += 1
        counts[N_WITH_PATRON] += world.timeline.signed[state.week[0], person.patron]
        for other in (P_QUIET, P_ARREST, P_TRANSFER):
            state.hour[other, i] = math.inf
        _wind(world, P_READMISSION, i, 1.0, first + world.readmission_wait)
        _wait(world, i)
    elif process == P_QUIET:
        person.stance = QUIET
        counts[N_QUIET] += 1


@inlined
def _enter(world: World, i: int, process: int, first: int) -> None:
    """Enter person `i` at a new place and in its circle; new risks begin in week `first`."""
    people, state, person, counts = (
        world.people,
        world.state,
        world.state.person[i],
        world.state.counts,
    )
    state.hour[process, i] = math.inf
    if process == P_ARREST:
        person.place, person.circle = EXILE, people.colony[i]
        _wind(world, P_TRANSFER, i, people.transfer_factor[i], first)
        counts[N_ARRESTED] += 1
    elif process == P_TRANSFER:
        person.place, person.circle = ISOLATOR, people.isolator[i]
        state.hour[P_QUIET, i] = math.inf
        counts[N_TRANSFERRED] += 1
    else:
        person.stance, person.place, person.circle = HOLDING, PARTY, people.city[i]
        _wind(world, P_QUIET, i, people.quiet_factor[i], first)
        if world.timeline.expelled[state.week[0]]:
            person.place = UNDERGROUND
            _wind(world, P_ARREST, i, 1.0, first)
        counts[N_JOINED] += 1
    state.circle_known[person.circle] += 1
    _count_holding(world, i, 1)


@inlined
def _apply(world: World, i: int, process: int, first: int) -> None:
    """Carry out one event: leave, enter, and let correspondents know.

    What the person is newly at risk of begins in week `first`.
    """
    state, ties, person = world.state, world.ties, world.state.person[i]
    state.event_week[process, i] = state.week[0]
    if process == P_READMISSION:
        person.stance, person.place = READMITTED, PARTY
        state.counts[N_WAITING] -= 1
        state.counts[N_READMITTED] += 1
        return
    reachable = (person.stance == HOLDING) & (person.place != ISOLATOR)
    if person.stance == HOLDING:
        _leave(world, i, process, first)
    if process == P_ARREST or process == P_TRANSFER or process == P_JOINING:
        _enter(world, i, process, first)
    if person.stance == HOLDING:
        _look_ahead(world, i)
    known, gone = process == P_JOINING, process == P_SIGNING
    still = (person.stance == HOLDING) & (person.place != ISOLATOR)
    if known or gone or still != reachable:
        for k in range(ties.start[i], ties.start[i + 1]):
            other = state.person[ties.person[k]]
            other.known += known
            other.gone += gone
            other.still += np.int16(still) - np.int16(reachable)


@inlined
def _write_row(state: State) -> None:
    for column in range(state.counts.size):
        state.series[state.week[0], column] = state.counts[column]


@inlined
def _expel(world: World) -> None:
    state = world.state
    for k in range(state.person.size):
        i = np.uint32(k)
        person = state.person[i]
        if person.stance == HOLDING and person.place == PARTY:
            state.counts[N_PLACE + PARTY] -= 1
            state.counts[N_PLACE + UNDERGROUND] += 1
            person.place = UNDERGROUND
            _wind(world, P_ARREST, i, 1.0, state.week[0])
            _look_ahead(world, i)


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
            state.active[state.n_active[0]] = i
            state.n_active[0] += 1
            if people.member[i]:
                _apply(world, i, P_JOINING, 0)
            else:
                _wind(world, P_JOINING, i, 1.0, 0)
                _look_ahead(world, i)
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
        stance = state.person[i].stance
        if stance == HOLDING or stance == SYMPATHISER:
            state.active[kept] = i
            kept += 1
            if state.person[i].decided == now + 1:
                continue
            if stance == HOLDING:
                decide_holding(world, week, now, i)
            else:
                decide_waiting(world, now, i)
    state.n_active[0] = kept
    kept = 0
    for k in range(state.n_waiting[0]):
        if state.waiting_until[k] > now:
            state.waiting[kept] = state.waiting[k]
            state.waiting_until[kept] = state.waiting_until[k]
            kept += 1
        else:
            if state.person[state.waiting[k]].decided != now + 1:
                decide_waiting(world, now, state.waiting[k])
    state.n_waiting[0] = kept


@compiled
def decide_one(world: World, k: int) -> None:
    """Let one person decide, exactly as `decide_all` would; a second time changes nothing."""
    i, now = np.uint32(k), world.state.week[0]
    if now >= world.state.series.shape[0] - 1 or world.state.person[i].decided == now + 1:
        return
    world.state.person[i].decided = now + 1
    stance = world.state.person[i].stance
    if stance == HOLDING:
        decide_holding(world, week_of(world), now, i)
    elif world.people.present[i] and (stance == SYMPATHISER or stance == SIGNED):
        decide_waiting(world, now, i)


@compiled
def end_week(world: World) -> None:
    """Apply the week's events, bring on the next Monday, and write its row of the series."""
    state, expelled = world.state, world.timeline.expelled
    for k in range(state.n_due[0]):
        _apply(world, state.due_person[k], state.due_process[k], state.week[0] + 1)
    state.n_due[0] = 0
    state.week[0] += 1
    now = state.week[0]
    if expelled[now] and not expelled[now - 1]:
        _expel(world)
    _write_row(state)
    _see_circles(world)


@compiled
def run_weeks(world: World, n_weeks: int) -> None:
    """Live `n_weeks` weeks."""
    for _ in range(n_weeks):
        decide_all(world)
        end_week(world)
