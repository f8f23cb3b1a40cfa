"""Small worlds for the tests: one in which nothing happens, one in which everything does.

Changes are written as for `sim.simulate`: keywords with `__` for a dot, or a mapping.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np

from sim.model import codes
from sim.model.people import draw_people
from sim.model.state import People, Ties, World
from sim.model.tables import FACTOR
from sim.model.ties import from_pairs
from sim.model.timeline import date_of
from sim.model.weekly import run_weeks
from sim.model.world import create
from sim.scenario.loading import load
from sim.scenario.schema import Scenario

HISTORICAL = load("historical")
NEVER = np.iinfo(np.int32).max  # the week of an event that does not happen

SHORT = {"calendar.start": "1927-12-19", "calendar.end": "1930-01-06"}
"""A hundred and seven weeks, from the Congress on."""

NOTHING = {
    **{f"coefficients.{name}": 0 for name in HISTORICAL.coefficients.values()},
    **{
        f"rates.{name}": 0
        for name in HISTORICAL.rates.values()
        if name != "correspondence" and not name.endswith("_half_life")
    },
    **{
        f"population.{name}": 0
        for name in HISTORICAL.population.values()
        if name.startswith("conviction_")
    },
    **{f"events.{name}.happens": False for name in HISTORICAL.events},
    **SHORT,
    "coefficients.baseline": -30,  # 1e-13 a week
    "population.sympathisers": 0,
    "population.correspondents": 0,
}

EVERYTHING = {
    **SHORT,
    "coefficients.baseline": -6,
    "coefficients.expulsion": 2,
    "coefficients.hardship": 1,
    "coefficients.hardship_underground": 0.3,
    "coefficients.hardship_exile": 0.5,
    "coefficients.offer": 1,
    "coefficients.left_turn": 2,
    "coefficients.example": 2,
    "coefficients.patron": 3,
    "coefficients.silence": 1,
    "coefficients.threat": 1,
    "coefficients.rally": 1.5,
    "coefficients.solidarity": 2,
    "rates.quiet": 0.005,
    "rates.quiet_terror": 1,
    "rates.quiet_older": 0.7,
    "rates.arrest": 0.05,
    "rates.transfer": 0.02,
    "rates.selectivity": 1,
    "rates.joining": 0.005,
    "rates.expulsion": 0.05,  # slow, so that people are in all four places at once
    "rates.readmission": 0.1,
    "rates.readmission_wait": 10,
    "rates.correspondence": 0.3,
    "population.size": 1000,
    "population.sympathisers": 0.2,
    "population.zinovievists": 0.3,
    "population.conciliators": 0.7,
    "population.conviction_spread": 1,
    "coefficients.firmness": 1,
    "coefficients.hardening": 1,
    "population.correspondents": 2,
}

LATER = {
    "calendar.end": "1938-12-26",
    "population.conciliators": 0.5,
    "rates.relapse": 0.05,
    "rates.second_statement": 0.02,
    "rates.recruitment": 0.03,
    "rates.strike_example": 0.3,
    "rates.breaking": 0.05,
    "rates.radicalisation": 0.004,
}
"""Round numbers with which all that can happen after 1930 happens to some."""


def dotted(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments as dotted keys."""
    return {key.replace("__", "."): value for key, value in changes.items()}


def plain(changes: Mapping[str, Any] | None = None, **more: Any) -> Scenario:
    """Return history with everything taken out: 107 weeks in the Party, nothing presses.

    All are members, alike, without correspondents; a test puts back what it is about.
    """
    return load(HISTORICAL, {**NOTHING, **(changes or {}), **dotted(more)})


def lively(changes: Mapping[str, Any] | None = None, **more: Any) -> Scenario:
    """Return history with round numbers, all of them at work; independent of any fit."""
    return load(HISTORICAL, {**EVERYTHING, **(changes or {}), **dotted(more)})


def lasting_to_1938(changes: Mapping[str, Any] | None = None, **more: Any) -> Scenario:
    """Return the same from the autumn of 1926 to the end of 1938."""
    whole = {"calendar.start": HISTORICAL.calendar.start.isoformat()}
    return lively({**LATER, **whole, **(changes or {}), **dotted(more)})


def level(lever: str, height: float) -> dict[str, float]:
    """Return the changes that hold a lever at one height from first day to last."""
    knots = getattr(HISTORICAL.levers, lever).knots
    return {f"levers.{lever}.knots.{name}.value": height for name in knots}


def expelled() -> dict[str, float]:
    """Return the changes that expel everybody in the first week, for an `expulsion_factor` of 1e9.

    They are in hiding from week 1 on, as of `people_with`.
    """
    return level("expulsions", 1) | {"rates.expulsion": 1}


def lasting(weeks: int) -> dict[str, str]:
    """Return the change that makes the calendar `weeks` long."""
    first = date.fromisoformat(SHORT["calendar.start"])
    return {"calendar.end": (first + timedelta(weeks=weeks)).isoformat()}


def people_with(scenario: Scenario, seed: int = 1, **arrays: Any) -> People:
    """Return the people of a scenario with some arrays replaced; one number goes for all.

    `TRANSITION_factor` replaces everybody's own factor of a transition.
    """
    people = draw_people(scenario, seed)
    for name in [name for name in arrays if name.endswith("_factor")]:
        factor = people.factor.copy()
        factor[factor_row(name.removesuffix("_factor"))] = arrays.pop(name)
        people = people._replace(factor=factor)
    return people._replace(
        **{name: np.full_like(getattr(people, name), value) for name, value in arrays.items()}
    )


def factor_row(transition: str) -> int:
    """Return the row of `People.factor` that belongs to a transition."""
    return int(FACTOR[codes.PROCESSES.index(transition)])


def without(people: People, person: int) -> People:
    """Return the same people, but for one who never existed."""
    present = people.present.copy()
    present[person] = False
    return people._replace(present=present)


def nobody_writes(n_people: int) -> Ties:
    """Return no ties at all."""
    return from_pairs(n_people, np.empty((0, 2)))


def everybody_writes(n_people: int) -> Ties:
    """Return the complete graph."""
    return from_pairs(n_people, np.column_stack(np.triu_indices(n_people, k=1)))


def live(
    scenario: Scenario,
    seed: int = 1,
    people: People | None = None,
    ties: Ties | None = None,
    weeks: int | None = None,
) -> World:
    """Return the world of a scenario, lived for `weeks`, by default to the calendar's end."""
    world = create(scenario, seed, people, ties)
    run_weeks(world, scenario.calendar.weeks if weeks is None else weeks)
    return world


def count(world: World, name: str) -> np.ndarray:
    """Return one column of the series, (n_weeks + 1,); row k is the state after k weeks."""
    return world.state.series[:, codes.COUNTS.index(name)]


def week_of(world: World, *processes: int) -> np.ndarray:
    """Return the week of each person's first event of these kinds, or NEVER."""
    weeks = world.state.event_week[list(processes)]
    return np.where(weeks < 0, NEVER, weeks).min(axis=0)


def week_left(world: World) -> np.ndarray:
    """Return the week in which each person ceased to hold out, or NEVER."""
    return week_of(world, codes.P_SIGNING, codes.P_QUIET)


def first_week_changed(scenario: Scenario, lever: str, knot: str) -> int:
    """Return the first week whose lever a change to `knot` can touch."""
    knots = getattr(scenario.levers, lever).knots
    last = max((k.date for k in knots.values() if k.date < knots[knot].date), default=date.min)
    return sum(date_of(scenario.calendar, week) <= last for week in range(scenario.calendar.weeks))


class Diary(NamedTuple):
    """What was true of everybody after every week; arrays (n_weeks + 1, n_people)."""

    stance: np.ndarray
    place: np.ndarray
    circle: np.ndarray
    cumulative_hazard: np.ndarray


def diary(world: World) -> Diary:
    """Live the rest of the calendar, taking notes."""
    pages = []
    for week in range(world.state.series.shape[0]):
        if week > 0:
            run_weeks(world, 1)
        row = world.state.person
        notes = [row["stance"], row["place"], row["circle"], world.state.cumulative_hazard[0]]
        pages.append([note.copy() for note in notes])
    return Diary(*(np.stack(notes) for notes in zip(*pages, strict=True)))


def assert_same(a: World, b: World, but: np.ndarray | list[int] = ()) -> None:
    """Assert that two worlds are one to the bit, for everybody `but` some.

    Only if nobody is excepted can the series be the same too.
    """
    kept = np.setdiff1d(np.arange(a.people.wing.size), but)
    assert np.array_equal(a.state.event_week[:, kept], b.state.event_week[:, kept])
    ours, theirs = a.state.cumulative_hazard, b.state.cumulative_hazard
    assert np.array_equal(ours[:, kept], theirs[:, kept])
    for field in ("stance", "place", "circle"):
        assert np.array_equal(a.state.person[field][kept], b.state.person[field][kept]), field
    if len(but) == 0:
        assert np.array_equal(a.state.series, b.state.series)
        # `decided` notes that somebody decided alone, and is no part of the world.
        for field in set(a.state.person.dtype.names) - {"decided"}:
            assert np.array_equal(a.state.person[field], b.state.person[field]), field
