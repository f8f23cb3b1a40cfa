"""The worlds of an attribution: one draw, run with every coalition of the mechanisms at work.

The value of a coalition is one number of people:

    v(S) = those who held out at the height of 1928 in the whole world of the draw, and no longer
           do on the last Monday of 1929 where only the mechanisms of S are at work.

So v(all) is the decline that the model has for history, and a share of it is a number of these
very people. They are fixed by the whole world, because the two plainer numbers answer other
questions. The fall from each world's own height depends on who left before: whatever drives people
out in the first winter lowers the height, and would be credited with having kept them (the leaders
with about minus 950 people, as Zinoviev's example works in that winter). The number that holds out
at the end of 1929 alone mixes the decline with the Zinovievists' leaving of that winter. Both are
kept with every coalition (`height`, `holding`), for whoever would rather divide those.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np

from sim.errors import InputError
from sim.experiment.comparison import END
from sim.experiment.draws import Draw
from sim.inference.shapley import members
from sim.inference.switches import SWITCHES, Switch, changes_nothing, switched_off
from sim.model.codes import N_HOLDING
from sim.model.mechanisms import Coefficients, Week
from sim.model.state import State, World
from sim.model.tables import COUNTED
from sim.model.timeline import date_of, timeline, week_of
from sim.model.weekly import run_weeks
from sim.model.world import create
from sim.scenario.schema import Scenario

HEIGHT = (date(1928, 4, 1), date(1928, 12, 31))
"""When the height is looked for, as the evidence sets do: after the Zinovievists had left."""
ALL = (1 << len(SWITCHES)) - 1
MEMBERS = members(len(SWITCHES))
"""(256, 8), whether a mechanism is at work in a coalition."""
KEPT = ("left", "holding", "height")
"""What is kept of a coalition's world; `left` is v(S)."""


def check(scenario: Scenario) -> None:
    """Make sure that a scenario lives the days that are read, by the rule that is divided.

    Raises:
        InputError: it does not.
    """
    calendar = scenario.calendar
    if calendar.start > HEIGHT[0] or week_of(calendar, END) > calendar.weeks:
        got = f"lives the days from {calendar.start} to {date_of(calendar, calendar.weeks)}"
        raise InputError(f"{scenario.name}: calendar", got, f"{HEIGHT[0]} to {END} within them")
    if scenario.rule.kind != "hazard":
        got = f"got `{scenario.rule.kind}`, a rule in which most of the mechanisms have no part"
        raise InputError(f"{scenario.name}: rule.kind", got, "hazard")


def coalition_values(drawn: Draw) -> np.ndarray:
    """Run every coalition of one draw with its seed.

    Worlds that differ only through what has not yet begun are run as one until it does: half the
    weeks of all worlds, and the same to the bit.

    Returns:
        Shape (2 ** n_switches, 3), people: the columns of `KEPT`.
    """
    whole, calendar = drawn.world, drawn.scenario.calendar
    end = week_of(calendar, END)
    first, last = -(-(HEIGHT[0] - calendar.start).days // 7), week_of(calendar, HEIGHT[1])
    begins = {1 << bit: _begins(whole, switch, end) for bit, switch in enumerate(SWITCHES)}
    late = sorted((bit for bit in begins if 0 < begins[bit] < end), key=lambda bit: begins[bit])
    never = list(_unions(bit for bit in begins if begins[bit] >= end))
    found = np.empty((ALL + 1, len(KEPT)))
    held = None
    for early in _unions(bit for bit in begins if begins[bit] == 0):
        worlds = {early: create(_without(whole, early), drawn.seed)}
        for bit in late:
            for off, world in list(worlds.items()):
                _live_until(world, begins[bit])
                worlds[off | bit] = _twin(world, _without(whole, off | bit))
        for world in worlds.values():
            _live_until(world, end)
        if held is None:  # nothing is off in the first world of all: the whole one
            height = worlds[0].state.series[first : last + 1, N_HOLDING]
            again = create(whole, drawn.seed)
            _live_until(again, first + int(height.argmax()))
            held = holding_now(again)
        for off, world in worlds.items():
            holding = world.state.series[:, N_HOLDING]
            left = (held & ~holding_now(world)).sum()
            for more in never:
                kept = left, holding[end], holding[first : last + 1].max()
                found[ALL & ~(off | more)] = kept
    return found


def holding_now(world: World) -> np.ndarray:
    """Return who holds out without a break: (n_people,), bool."""
    return COUNTED[world.state.person["stance"]] & world.people.present


def _begins(whole: Scenario, switch: Switch, end: int) -> int:
    """Return the first week in which a mechanism is at work; `end` if it never is."""
    if changes_nothing(whole, switch):
        return end
    if switch.at_work is None:
        return 0
    at_work = switch.at_work(Week(*timeline(whole).levers[:end].T))
    return int(at_work.argmax()) if at_work.any() else end


def _unions(bits: Iterable[int]) -> Sequence[int]:
    """Return every sum of some of the bits, none of them first, the highest bit changing last."""
    found = [0]
    for bit in sorted(bits):
        found += [each | bit for each in found]
    return found


def _without(whole: Scenario, off: int) -> Scenario:
    return switched_off(whole, [s for bit, s in enumerate(SWITCHES) if off >> bit & 1])


def _live_until(world: World, week: int) -> None:
    run_weeks(world, week - int(world.state.week[0]))


def _twin(world: World, scenario: Scenario) -> World:
    """Return a world in the same state, that goes on as another scenario has it."""
    return world._replace(
        coefficients=Coefficients(**scenario.coefficients.values()),
        timeline=timeline(scenario),
        state=State(*(array.copy() for array in world.state)),
    )
