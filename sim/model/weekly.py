"""The week: everybody's hazards are read from the same Monday, then the week's events are applied.

What can happen, to whom, and where it leads is read from the chart (`sim.chart`, as arrays in
`tables`). The order in which people decide is of no consequence, and deciding person by person
gives the same world as the loop, bit for bit.
"""

from __future__ import annotations

import numpy as np

from sim.model.applying import apply, begin_risks, count, move_all, wait
from sim.model.codes import N_HOLDING, P_JOINING
from sim.model.compiled import compiled, inlined
from sim.model.deciding import MOST_A_WEEK, PROCESS_BITS, decide, week_of
from sim.model.mechanisms import Circle, Week, circle_exposures
from sim.model.state import State, World
from sim.model.tables import CIRCLES, IN_CIRCLE, LISTS, N_DATED, RISKS


@inlined
def _write_row(state: State) -> None:
    for column in range(state.counts.size):
        state.series[state.week[0], column] = state.counts[column]


@inlined
def _see_circles(world: World) -> None:
    """Take the Monday's picture of every circle, which everybody decides by this week."""
    state = world.state
    for circle in range(state.circle_known.size):
        known = max(state.circle_known[circle], 1)
        state.circle_gone_share[circle] = state.circle_gone[circle] / known
        state.circle_holding_share[circle] = state.circle_holding[circle] / known
        holding = max(state.circle_holding[circle], 1)
        state.circle_striking_share[circle] = state.circle_striking[circle] / holding
    if state.week[0] >= state.series.shape[0] - 1:
        return
    week, clock, now = week_of(world), world.timeline.clock, state.week[0]
    n_circles = state.circle_people.size
    for k in range(len(CIRCLES)):
        common = clock[CIRCLES[k], now + 1] - clock[CIRCLES[k], now]
        for circle in range(n_circles):
            row = k * n_circles + circle
            state.circle_clock[row, 0] = state.circle_clock[row, 1]
            if common > 0.0 and state.circle_people[circle] > 0:
                seen = Circle(state.circle_holding[circle] / state.circle_people[circle])
                exposed = circle_exposures(CIRCLES[k], seen, week, world.rates)
                state.circle_clock[row, 1] += common * exposed


@compiled
def found(world: World) -> None:
    """Place everybody on the first day and write row 0 of the series."""
    people, state = world.people, world.state
    for k in range(people.wing.size):
        i = np.uint32(k)
        if people.present[i]:
            state.person[i].circle = people.city[i]
            state.circle_people[people.city[i]] += 1
            count(world, i, 1)
            if people.member[i]:
                apply(world, i, P_JOINING, 0)
            else:
                begin_risks(world, i, -1, 0, people.wing[i], -1, 0)
    _write_row(state)
    _see_circles(world)


@inlined
def _waits(world: World, k: int) -> bool:
    """Return whether nothing strikes the k-th of those who wait this week."""
    state = world.state
    if state.waiting_until[k] <= state.week[0]:
        return False
    return state.circle_clock[state.waiting_row[k], 1] < state.waiting_hour[k]


@inlined
def _take_off(state: State, k: int) -> None:
    """Take the k-th off the list of those who wait, by putting the last in its place."""
    state.n_waiting[0] -= 1
    last = state.n_waiting[0]
    state.waiting[k] = state.waiting[last]
    state.waiting_until[k] = state.waiting_until[last]
    state.waiting_hour[k] = state.waiting_hour[last]
    state.waiting_row[k] = state.waiting_row[last]


@inlined
def _decide_anew(world: World, week: Week, i: int) -> None:
    """Let person `i` decide, unless they have decided this week."""
    person, now = world.state.person[i], world.state.week[0]
    if person.decided != now + 1:
        person.decided = now + 1
        decide(world, week, now, i)


@inlined
def _go_through(world: World, deciding: bool) -> None:
    """Let those on both lists decide, if they are to, and take off whom nothing waits for."""
    state, decides = world.state, world.timeline.decides
    week, now = week_of(world), state.week[0]
    kept = 0
    for k in range(state.n_active[0]):
        i = state.active[k]
        if decides[now, state.person[i].stance, state.person[i].place]:
            state.active[kept] = i
            kept += 1
            if deciding:
                _decide_anew(world, week, i)
    state.n_active[0] = kept
    k = 0
    while k < state.n_waiting[0]:
        if _waits(world, k):
            k += 1
        else:
            i = state.waiting[k]
            _take_off(state, k)
            if deciding:
                _decide_anew(world, week, i)
    state.listed[0] = now + 1


@compiled
def decide_all(world: World) -> None:
    """Let everybody decide to whom something can happen this week, and forget those who left."""
    _go_through(world, True)


@compiled
def decide_one(world: World, k: int) -> None:
    """Let one person decide, exactly as `decide_all` would; a second time changes nothing."""
    i = np.uint32(k)
    if world.state.week[0] < world.state.series.shape[0] - 1 and world.people.present[i]:
        _decide_anew(world, week_of(world), i)


@compiled
def end_week(world: World) -> None:
    """Apply the week's events, bring on the next Monday, and write its row of the series."""
    state, happened, decides = world.state, world.timeline.happened, world.timeline.decides
    if state.listed[0] != state.week[0] + 1:
        _go_through(world, False)
    before = state.counts[N_HOLDING]
    _put_in_order(state.due, state.n_due[0])
    for k in range(state.n_due[0]):
        person = np.uint32((state.due[k] >> PROCESS_BITS) // MOST_A_WEEK)
        apply(world, person, state.due[k] & (1 << PROCESS_BITS) - 1, state.week[0] + 1)
    state.n_due[0] = 0
    _print_lists(world, before)
    for k in range(len(LISTS)):
        _carry_out(world, k)
    state.week[0] += 1
    now = state.week[0]
    for event in range(N_DATED):
        if happened[event, now] and not happened[event, now - 1]:
            move_all(world)
            break
    if _others_decide(decides, now):
        _list_anew(world)
    _write_row(state)
    _see_circles(world)


@inlined
def _put_in_order(due: np.ndarray, n: int) -> None:
    """Sort the week's events by person, so that it is of no consequence who decided first.

    An exposure that is read as a risk begins looks at others, to whom events befall as well. This
    is Shell's sort, in place: nothing here allocates.
    """
    gap = n // 2
    while gap > 0:
        for k in range(gap, n):
            event, at = due[k], k
            while at >= gap and due[at - gap] > event:
                due[at] = due[at - gap]
                at -= gap
            due[at] = event
        gap //= 2


@inlined
def _print_lists(world: World, holding: int) -> None:
    """Add this week's signatures to the news in the press, as a share of those who held out."""
    state = world.state
    printed = state.signed_now[0] / max(holding, 1)
    state.public[0] = min(world.timeline.kept * state.public[0] + printed, 1.0)
    state.signed_now[0] = 0


@inlined
def _carry_out(world: World, k: int) -> None:
    """Carry out what a dated table says for this week: who it befalls is by lot alone."""
    state, process, at = world.state, LISTS[k], IN_CIRCLE[LISTS[k]]
    left = world.timeline.listed[k, state.week[0]]
    for n in range(world.lots.size):
        if left == 0:
            return
        i = world.lots[n]
        person = state.person[i]
        here = world.people.present[i] and (at < 0 or person.circle == at)
        risks = RISKS[person.stance, person.place, person.wing]
        if here and risks >> process & 1:
            apply(world, i, process, state.week[0] + 1)
            left -= 1


@inlined
def _others_decide(decides: np.ndarray, now: int) -> bool:
    """Return whether others have to be looked at from this week on than before."""
    for stance in range(decides.shape[1]):
        for place in range(decides.shape[2]):
            if decides[now, stance, place] != decides[now - 1, stance, place]:
                return True
    return False


@inlined
def _list_anew(world: World) -> None:
    """Make both lists of those to whom something can happen anew, as of this Monday."""
    state, now = world.state, world.state.week[0]
    state.n_active[0] = 0
    state.n_waiting[0] = 0
    for k in range(state.person.size):
        i = np.uint32(k)
        if world.people.present[i]:
            person = state.person[i]
            if world.timeline.decides[now, person.stance, person.place]:
                state.active[state.n_active[0]] = i
                state.n_active[0] += 1
            else:
                wait(world, i)


@compiled
def run_weeks(world: World, n_weeks: int) -> None:
    """Run `n_weeks` weeks."""
    for _ in range(n_weeks):
        decide_all(world)
        end_week(world)
