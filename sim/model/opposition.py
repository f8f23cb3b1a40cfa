"""The Mesa model: `Opposition` is a world, each `Oppositionist` a view of one person in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import mesa
import numpy as np

from sim.model.codes import COUNTS, GENERATIONS, PLACES, STANCES, WINGS
from sim.model.deciding import hazard_of, situation, week_of
from sim.model.mechanisms import Situation
from sim.model.people import leader_ids
from sim.model.places import Place, gazetteer
from sim.model.timeline import date_of
from sim.model.weekly import decide_all, decide_one, end_week
from sim.model.world import create
from sim.scenario.loading import load, seed
from sim.scenario.schema import Scenario


class Oppositionist(mesa.Agent):
    """A person: a thin view of one row of the model's arrays.

    `model.step()` decides for everybody at once; `agent.step()` decides for one person by the
    same compiled rule. A model that is `person_by_person` uses only the latter.
    """

    def __init__(self, model: Opposition, person: int) -> None:
        super().__init__(model)
        self.person = person

    def step(self) -> None:
        """Let this person decide about the current week."""
        decide_one(self.model.world, self.person)

    @property
    def _row(self) -> np.void:
        return self.model.world.state.person[self.person]

    @property
    def stance(self) -> str:
        """One of `codes.STANCES`."""
        return STANCES[self._row["stance"]]

    @property
    def place(self) -> str:
        """One of `codes.PLACES`."""
        return PLACES[self._row["place"]]

    @property
    def wing(self) -> str:
        """One of `codes.WINGS`."""
        return WINGS[self._row["wing"]]

    @property
    def generation(self) -> str:
        """One of `codes.GENERATIONS`."""
        return GENERATIONS[self.model.world.people.generation[self.person]]

    @property
    def programme(self) -> float:
        """Weight of the industrial programme against party democracy, 0 to 1."""
        return float(self._row["programme"])

    @property
    def conviction(self) -> float:
        """Minus the log-frailty of signing."""
        return float(self._row["conviction"])

    @property
    def patron(self) -> str | None:
        """Id of the leader whose example counts, if any."""
        leaders = leader_ids(self.model.resolved)
        code = int(self._row["patron"])
        return leaders[code] if code < len(leaders) else None

    @property
    def whereabouts(self) -> Place:
        """The city, colony or isolator where this person is."""
        return gazetteer()[self._row["circle"]]

    @property
    def holding_out(self) -> bool:
        """Whether the person is of the Opposition and has neither signed nor gone quiet."""
        return self.stance == "holding"

    @property
    def situation(self) -> Situation:
        """What this week's decision depends on."""
        world = self.model.world
        return situation(world, week_of(world), self.person)

    @property
    def hazard(self) -> float:
        """This week's hazard of signing, 1/week."""
        return float(hazard_of(self.model.world, self.person))


class Opposition(mesa.Model):
    """The Left Opposition, week by week.

    Args:
        scenario: a name, a path or a scenario.
        rng: the seed, any integer >= 0; a scenario and a seed determine the world to the bit.
        changes: dotted keys and values, as of `--set`.
        person_by_person: call every agent's `step` in random order, which gives the same world
            slowly.

    Raises:
        sim.errors.InputError: the scenario, a change or the seed cannot be used.
    """

    def __init__(
        self,
        scenario: str | Scenario = "historical",
        rng: int = 1,
        changes: dict[str, Any] | None = None,
        person_by_person: bool = False,
    ) -> None:
        luck = seed(rng, "rng")
        super().__init__(rng=luck)
        self.resolved = load(scenario, changes or {})
        self.luck = luck
        self.person_by_person = person_by_person
        self.world = create(self.resolved, self.luck)
        for person in range(self.world.people.wing.size):
            Oppositionist(self, person)
        reporters = {name: _reporter(column) for column, name in enumerate(COUNTS)}
        self.datacollector = mesa.DataCollector(model_reporters={"date": "date", **reporters})
        self.datacollector.collect(self)

    @property
    def week(self) -> int:
        """Weeks completed."""
        return int(self.world.state.week[0])

    @property
    def date(self) -> date:
        """The Monday, or whatever day the calendar starts on, that the world has come to."""
        return date_of(self.resolved.calendar, self.week)

    def step(self) -> None:
        """Live one week; after the last week of the calendar nothing happens any more."""
        if self.week >= self.resolved.calendar.weeks:
            self.running = False
            return
        if self.person_by_person:
            self.agents.shuffle_do("step")
        else:
            decide_all(self.world)
        end_week(self.world)
        self.running = self.week < self.resolved.calendar.weeks
        self.datacollector.collect(self)


def _reporter(column: int):
    return lambda model: int(model.world.state.counts[column])
