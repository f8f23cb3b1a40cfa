"""One life: week by week, what pushed, what held, and how near the breaking point was."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.chart.registry import chart
from sim.errors import InputError
from sim.experiment.draws import POINT, Parameters, choose, draw
from sim.model import mechanisms
from sim.model.codes import GENERATIONS, P_JOINING, PLACES, PROCESSES, STANCES, WINGS
from sim.model.columns import PERSONS, SERIES
from sim.model.deciding import terms_of
from sim.model.people import leader_ids
from sim.model.places import gazetteer
from sim.model.provenance import provenance
from sim.model.state import World
from sim.model.timeline import date_of
from sim.model.weekly import decide_all, end_week
from sim.model.world import create, simulate
from sim.result import Result
from sim.scenario.loading import load
from sim.scenario.schema import Scenario


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
        "where": "in weeks: city, colony or isolator",
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
        stance: on the last day, one of `codes.STANCES`.
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
    weeks: pd.DataFrame
    events: list[tuple[str, str]]

    columns: ClassVar = Lives.columns

    @property
    def fate(self) -> str:
        """How it stood with them on the last day."""
        return chart().stances[STANCES.index(self.stance)].ending

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
    rows = []
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
        if STANCES[stance] == "holding":
            record |= dict(zip(mechanisms.names(), terms_of(world, person), strict=True))
        before = state.cumulative_hazard[0, person]
        decide_all(world)
        end_week(world)
        after = float(state.cumulative_hazard[0, person])
        record["hazard"] = after - before if STANCES[stance] == "holding" else np.nan
        record["cumulative_hazard"] = after
        rows.append(record)
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
        weeks=weeks,
        events=_events(world, resolved, person),
    )


def _events(world: World, scenario: Scenario, person: int) -> list[tuple[str, str]]:
    found = []
    for code in ORDER:
        each, week = chart().transitions[code], int(world.state.event_week[code, person])
        if week < 0 or (code == P_JOINING and world.people.member[person]):
            continue
        words = each.words
        if each.to_place and not each.to_stance:
            place = chart().places[PLACES.index(each.to_place)]
            own = getattr(world.people, place.where)[..., person]
            wave = world.timeline.wave[week]
            name = gazetteer()[own[wave] if own.ndim else own].name
            words += f" to {name}" if place.letters else f" ({name})"
        found.append((week, date_of(scenario.calendar, week).isoformat(), words))
    found.sort(key=lambda event: event[0])
    return [(day, words) for _, day, words in found]


def _order() -> list[int]:
    """Return the transitions in an order in which those of one week can follow each other.

    Joining first, then moves, then leaving, then what befalls those who have left.
    """
    holding = {each.name for each in chart().stances if each.holding}

    def rank(code: int) -> tuple[int, int]:
        each = chart().transitions[code]
        if not holding & set(each.stances):
            return (0 if each.to_stance in holding else 3, code)
        return (2, -code) if each.to_stance else (1, code)

    return sorted(range(len(PROCESSES)), key=rank)


ORDER = _order()
"""In which events of one week can have followed each other: who has left is moved no more."""


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
