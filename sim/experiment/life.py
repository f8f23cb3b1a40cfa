"""One life: week by week, what pushed, what held, and how near a signature was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import permutations
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.chart.kinds import Transition
from sim.chart.registry import chart
from sim.errors import InputError
from sim.experiment.draws import POINT, Parameters, choose, draw
from sim.model import mechanisms
from sim.model.codes import GENERATIONS, P_JOINING, P_SIGNING, PLACES, STANCES, WINGS
from sim.model.columns import PERSONS, SERIES
from sim.model.deciding import terms_of
from sim.model.people import leader_ids
from sim.model.places import gazetteer
from sim.model.provenance import provenance
from sim.model.state import People, World
from sim.model.tables import DATED
from sim.model.timeline import date_of, week_of
from sim.model.weekly import decide_all, end_week
from sim.model.world import create, simulate
from sim.result import Result
from sim.scenario.loading import load
from sim.scenario.schema import Calendar, Scenario


@dataclass(frozen=True, repr=False)
class Lives(Result):
    """One person in one world or several.

    Attributes:
        every: in their order, of the same seed and person.
    """

    every: tuple[Life, ...]

    columns: ClassVar = {
        **{name: SERIES[name] for name in ("scenario", "week", "date")},
        **{name: PERSONS[name] for name in ("stance", "place")},
        "where": "in weeks: city, colony, isolator or camp",
        "hazard": "in weeks: hazard of signing, 1/week; empty when not at risk",
        "cumulative_hazard": "in weeks: its sum; at the resistance the person signs",
        "baseline ... conviction": "in weeks: terms of the log-hazard, one a mechanism",
    }

    @cached_property
    def weeks(self) -> pd.DataFrame:
        """The weeks of every life, one row a week and world."""
        return pd.concat([each.weeks.assign(scenario=each.scenario.name) for each in self.every])

    def _tables(self) -> dict[str, str]:
        return {"weeks": "weeks"}

    def _said(self) -> list[str]:
        one, about = self.every[0], self.every[0].about
        who = f"person {one.person} of seed {one.seed}: {about['wing']}, {about['generation']}"
        return [
            f"{who}, from {about['city']}",
            *(f"{each.scenario.name}: {each.fate}" for each in self.every),
        ]

    @property
    def provenance(self) -> dict[str, Any]:
        """What they rest on."""
        scenarios = [each.scenario for each in self.every]
        return provenance(scenarios, [self.every[0].seed], self.columns)


@dataclass(frozen=True, repr=False)
class Life(Result):
    """One person in one world.

    Attributes:
        scenario: the world.
        seed: the random seed.
        person: row in the arrays.
        about: who they were: wing, generation, programme, conviction, patron, city.
        resistance: the breaking point, as a cumulative hazard of signing.
        stance, place: on the last day, of `codes.STANCES` and `codes.PLACES`.
        weeks: one row a week: date, stance, place, where, a column for each mechanism (its term
            of the log-hazard), `hazard` (1/week) and `cumulative_hazard`; nan when not at risk.
        events: what befell them, as (date, words).
    """

    scenario: Scenario
    seed: int
    person: int
    about: dict[str, Any]
    resistance: float
    stance: str
    place: str
    weeks: pd.DataFrame
    events: list[tuple[str, str]]

    columns: ClassVar = Lives.columns

    @property
    def fate(self) -> str:
        """How it stood with them on the last day."""
        stance = chart().stances[STANCES.index(self.stance)]
        place = chart().places[PLACES.index(self.place)]
        there = place.where in ("camp", "elsewhere") and self.stance not in chart().ends
        return stance.ending + (f", and was {place.meaning}" if there else "")

    def beside(self, *others: Life) -> Lives:
        """Return this life with others of the same person."""
        return Lives((self, *others))

    @property
    def with_scenario(self) -> pd.DataFrame:
        """The weeks, with the name of the world."""
        return self.beside().weeks

    def _tables(self) -> dict[str, str]:
        return {"weeks": "with_scenario"}

    def _said(self) -> list[str]:
        events = [f"{day}: {words}" for day, words in self.events]
        return [*self.beside()._said(), *events]

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on."""
        return self.beside().provenance


def explain(
    scenario: str | Scenario = "historical",
    seed: int = 1,
    person: int = 0,
    changes: Any = (),
    parameters: Parameters = POINT,
) -> Life:
    """Run a scenario and report the weeks of one person.

    Args:
        scenario: a name, a path or a scenario.
        seed: random seed.
        person: row of `History.persons`.
        changes: as of `--set`.
        parameters: as of `run`, whose seed draws them: `shipped`, or a calibration. By default
            those of the scenario, as in `simulate`.

    Raises:
        InputError: the scenario or the posterior cannot be used, or there is no such person.
    """
    resolved = _world(scenario, seed, changes, parameters)
    world = create(resolved, seed)
    state, n_people = world.state, world.people.wing.size
    if not 0 <= person < n_people:
        raise InputError("--person", f"got {person}", f"0 to {n_people - 1} in this world")
    rows, events = [], []
    signing = chart().transitions[P_SIGNING]
    for week in range(resolved.calendar.weeks):
        row = state.person[person]
        stance, place, where = row["stance"], row["place"], row["circle"]
        record: dict[str, Any] = {
            "week": week,
            "date": pd.Timestamp(date_of(resolved.calendar, week)),
            "stance": STANCES[stance],
            "place": PLACES[place],
            "where": gazetteer()[where].name,
        }
        at_risk = signing.at_risk(STANCES[stance], PLACES[place])
        if at_risk:
            record |= dict(zip(mechanisms.names(), terms_of(world, person), strict=True))
        before = state.cumulative_hazard[0, person]
        decide_all(world)
        end_week(world)
        after = float(state.cumulative_hazard[0, person])
        record["hazard"] = after - before if at_risk else np.nan
        record["cumulative_hazard"] = after
        rows.append(record)
        events += _events(world, resolved, person, STANCES[stance], PLACES[place])
    weeks = pd.DataFrame(rows)
    for name in mechanisms.names():
        if name not in weeks:
            weeks[name] = np.nan
    people = world.people
    leaders = leader_ids(resolved)
    patron = int(people.patron[person])
    return Life(
        scenario=resolved,
        seed=seed,
        person=person,
        about={
            "wing": WINGS[people.wing[person]],
            "generation": GENERATIONS[people.generation[person]],
            "programme": float(people.programme[person]),
            "conviction": float(people.conviction[person]),
            "patron": resolved.leaders[leaders[patron]].name if patron < len(leaders) else None,
            "city": gazetteer()[people.city[person]].name,
        },
        resistance=float(people.resistance[0, person]),
        stance=STANCES[state.person[person]["stance"]],
        place=PLACES[state.person[person]["place"]],
        weeks=weeks,
        events=events,
    )


def _events(
    world: World, scenario: Scenario, person: int, stance: str, place: str
) -> list[tuple[str, str]]:
    """Return what befell somebody in the week that has just ended, as (date, words).

    Args:
        world: as the week has left it.
        scenario: its description.
        person: row in the arrays.
        stance, place: on the Monday of that week.
    """
    people, now = world.people, int(world.state.week[0])
    codes = np.flatnonzero(world.state.event_week[:, person] == now - 1)
    if people.member[person]:
        codes = codes[codes != P_JOINING]
    found, wave = [], int(world.timeline.wave[now - 1])
    for each in _following([chart().transitions[code] for code in codes], stance, place):
        day = _day(each, scenario.calendar, now - 1).isoformat()
        found.append((day, each.words + _whither(people, each, person, wave)))
        stance = each.to_stance or stance
    for move in chart().moves:
        happened = world.timeline.happened[DATED.index(move.event)]
        if move.stance == stance and happened[now] and not happened[now - 1]:
            for act in scenario.events.values():
                if act.kind == move.event and act.happens:
                    what = act.what[0].lower() + act.what[1:].rstrip(".")
                    found.append((act.date.isoformat(), what))
    return found


def _day(each: Transition, calendar: Calendar, week: int) -> date:
    """Return the day of an event: the Monday of its week, or the first that a dated list names."""
    named = (entry.date for entry in each.entries if week_of(calendar, entry.date) == week)
    return min(named, default=date_of(calendar, week))


def _following(events: list[Transition], stance: str, place: str) -> Sequence[Transition]:
    """Return the events of one week in an order in which they can have followed each other."""
    for order in permutations(events):
        is_now, is_at = stance, place
        for each in order:
            if not each.at_risk(is_now, is_at):
                break
            is_now, is_at = each.to_stance or is_now, each.to_place or is_at
        else:
            return order
    return events


def _whither(people: People, each: Transition, person: int, wave: int) -> str:
    """Return where an event took somebody, to be said after its words."""
    if not each.to_place:
        return ""
    place = chart().places[PLACES.index(each.to_place)]
    if place.where in UNSAID:
        return ""
    own = getattr(people, place.where)[..., person]
    name = gazetteer()[own[wave] if own.ndim else own].name
    return f" to {name}" if place.letters else f" ({name})"


UNSAID = ("city", "elsewhere")
"""Where nobody is taken, or no text says where."""


def turning_week(life: Life, other: Life, columns: list[str]) -> int | None:
    """Return the first week in which two lives of one person differ in `columns`, or None."""
    n = min(len(life.weeks), len(other.weeks))
    a, b = life.weeks[columns].iloc[:n], other.weeks[columns].iloc[:n]
    differs = (a != b).any(axis=1).to_numpy()
    return int(differs.argmax()) if differs.any() else None


def _world(scenario: str | Scenario, seed: int, changes: Any, parameters: Parameters) -> Scenario:
    resolved = load(scenario, changes)
    return draw(resolved, seed, choose(resolved, parameters)).world


def somebody(
    scenario: str | Scenario, seed: int, changes: Any = (), parameters: Parameters = POINT
) -> int:
    """Return somebody with a story to tell: the person with the most events, those moved first."""
    world = _world(scenario, seed, changes, parameters)
    events = simulate(world, seed).world.state.event_week
    return int((events >= 0).sum(axis=0).argmax())
