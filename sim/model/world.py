"""One world: founded from a scenario and a seed, run week by week, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd

from sim.chart.registry import chart
from sim.model import mechanisms
from sim.model.codes import (
    COUNTS,
    GENERATIONS,
    P_ARREST,
    PLACES,
    PROCESSES,
    RULES,
    STANCES,
    WINGS,
)
from sim.model.columns import PERSONS, SERIES
from sim.model.compiled import announce_compilation
from sim.model.people import draw_people, draw_ties, leader_ids, lots
from sim.model.places import gazetteer
from sim.model.provenance import provenance
from sim.model.records import Rates
from sim.model.state import People, Ties, World, empty_state
from sim.model.timeline import date_of, timeline
from sim.model.weekly import found, run_weeks
from sim.result import Result
from sim.scenario.loading import load
from sim.scenario.loading import seed as check_seed
from sim.scenario.schema import Calendar, Scenario


@lru_cache(maxsize=2)
def _drawn(population: str, scenario: _Same, seed: int) -> tuple[People, Ties]:
    people = draw_people(scenario.scenario, seed)
    return people, draw_ties(scenario.scenario, seed, people)


class _Same:
    """A scenario that does not count in a cache's key: the key is what draws depend on."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same)

    def __hash__(self) -> int:
        return 0


def draw(scenario: Scenario, seed: int) -> tuple[People, Ties]:
    """Return people and ties; the same arrays again for a counterfactual of the same people."""
    key = repr(
        (scenario.population.values(), scenario.rates.values(), scenario.rule, scenario.leaders)
    )
    return _drawn(key, _Same(scenario), seed)


def create(
    scenario: Scenario, seed: int, people: People | None = None, ties: Ties | None = None
) -> World:
    """Return the world of a scenario on its first day.

    Args:
        scenario: as resolved by `sim.scenario.loading.load`.
        seed: any integer >= 0.
        people, ties: instead of those drawn; studies of other populations and the tests use them.
    """
    seed = check_seed(seed)
    if people is None or ties is None:
        drawn_people, drawn_ties = draw(scenario, seed)
        people = drawn_people if people is None else people
        ties = drawn_ties if ties is None else ties
    rates = scenario.rates.values()
    dated = timeline(scenario)
    world = World(
        people=people,
        ties=ties,
        timeline=dated,
        lots=lots(seed, people.wing.size) if dated.listed.any() else np.empty(0, np.uint32),
        coefficients=mechanisms.Coefficients(**scenario.coefficients.values()),
        rates=Rates(**{name: float(value) for name, value in rates.items()}),
        waits=np.array([int(rates[e.wait]) if e.wait else 0 for e in chart().transitions]),
        rule=RULES.index(scenario.rule.kind),
        state=empty_state(people, len(gazetteer()), scenario.calendar.weeks),
    )
    announce_compilation()
    found(world)
    return world


def series_frame(counts: np.ndarray, calendar: Calendar) -> pd.DataFrame:
    """Return weekly counts (n_weeks + 1, len(COUNTS)) as a table with `week` and `date`."""
    frame = pd.DataFrame(counts, columns=list(COUNTS))
    frame.insert(0, "week", range(len(frame)))
    days = [date_of(calendar, week) for week in range(len(frame))]
    frame.insert(1, "date", pd.to_datetime(days))
    return frame


SHOWN = ("holding", "statements", "quiet")
"""Counts of the last day that a notebook shows of a world."""


@dataclass(frozen=True, repr=False)
class History(Result):
    """A world run to its end.

    Attributes:
        scenario: the world's description.
        seed: the random seed.
        world: the arrays, in the state of the last day.
    """

    scenario: Scenario
    seed: int
    world: World

    columns: ClassVar = {**SERIES, **PERSONS}

    @cached_property
    def series(self) -> pd.DataFrame:
        """Weekly counts of people, `week` 0 being the first day; columns as in `codes.COUNTS`."""
        return series_frame(self.world.state.series, self.scenario.calendar)

    @cached_property
    def persons(self) -> pd.DataFrame:
        """One row a person: who they were, where they ended, and in which week.

        A week that never came is missing (`pd.NA`), and so is the patron of whom has none.
        """
        people, state = self.world.people, self.world.state
        names = np.array([place.name for place in gazetteer()], dtype=object)
        leaders = leader_ids(self.scenario)
        patron = np.where(people.patron < len(leaders), people.patron.astype(int), -1)
        frame = {
            "person": np.arange(people.wing.size),
            "wing": _named(people.wing, WINGS),
            "generation": _named(people.generation, GENERATIONS),
            "programme": people.programme,
            "conviction": people.conviction,
            "patron": _named(patron, leaders),
            "city": names[people.city],
            "colony": names[self._colony()],
            "member": people.member,
            "last_wing": _named(state.person["wing"], WINGS),
            "stance": _named(state.person["stance"], STANCES),
            "place": _named(state.person["place"], PLACES),
        }
        for code, process in enumerate(PROCESSES):
            weeks = state.event_week[code]
            frame[f"week_of_{process}"] = pd.arrays.IntegerArray(weeks, weeks < 0, copy=True)
        return pd.DataFrame(frame)

    def _colony(self) -> np.ndarray:
        """Return where exile took everybody, or would have in its first wave; (n_people,)."""
        people, arrested = self.world.people, self.world.state.event_week[P_ARREST]
        wave = np.where(arrested >= 0, self.world.timeline.wave[np.maximum(arrested, 0)], 0)
        return people.colony[wave, np.arange(wave.size)]

    def _tables(self) -> dict[str, str]:
        return {"series": "series", "persons": "persons"}

    def _said(self) -> list[str]:
        last = self.series.iloc[-1]
        counts = (f"{name.replace('_', ' ')} {last[name]:,}" for name in SHOWN)
        return [
            f"{self.scenario.name}, seed {self.seed}, {self.world.people.wing.size:,} people",
            f"on {last['date']:%Y-%m-%d}: {', '.join(counts)}",
        ]

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on."""
        return provenance([self.scenario], [self.seed], self.columns)


def _named(codes: np.ndarray, names: Sequence[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(cast("Sequence[int]", codes), pd.Index(names))


def simulate(scenario: str | Scenario, seed: int = 1, changes: Any = (), **more: Any) -> History:
    """Run one simulation to its end, with the parameters as they stand in the scenario.

    Args:
        scenario: a name, a path or a scenario.
        seed: any integer >= 0.
        changes: as of `--set`: a mapping from dotted keys to values, or `key=value` strings.
        more: the same as keywords, with dots written as `__`.

    Raises:
        InputError: the scenario, a change or the seed cannot be used.
    """
    resolved = load(scenario, changes)
    if more:
        resolved = load(resolved, {key.replace("__", "."): value for key, value in more.items()})
    world = create(resolved, seed)
    run_weeks(world, resolved.calendar.weeks)
    return History(resolved, seed, world)
