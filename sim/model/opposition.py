"""The Mesa model: `Opposition` is a world, each `Oppositionist` a view of one person in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from typing import Any

import mesa
import numpy as np

from sim.errors import InputError
from sim.model.codes import COUNTS, GENERATIONS, PLACES, STANCES, WINGS
from sim.model.collector import Collector, Reporter
from sim.model.deciding import hazard_of, situation, week_of
from sim.model.mechanisms import Situation
from sim.model.people import leader_ids
from sim.model.places import Place, gazetteer
from sim.model.tables import HOLDS
from sim.model.timeline import date_of
from sim.model.weekly import decide_all, decide_one, end_week
from sim.model.world import create
from sim.scenario.loading import load
from sim.scenario.loading import seed as check_seed
from sim.scenario.schema import Scenario


class Oppositionist(mesa.Agent):
    """A person: a thin view of one row of the model's arrays.

    `model.step()` decides for everybody at once; `agent.step()` decides for one person by the
    same compiled rule. A model that is `person_by_person` uses only the latter.

    To have agents of your own, subclass this, and name it as the `agent_class` of your model; what
    its `step` does is what the person does. Whoever is removed does nothing any more, and stays
    in the counts as they were.
    """

    def __init__(self, model: Opposition, person: int) -> None:
        super().__init__(model)
        self.person = person

    def step(self) -> None:
        """Let this person decide about the current week."""
        decide_one(self.model.world, self.person)

    def remove(self) -> None:
        """Leave the agents of the model, in which the others decide one by one from now on."""
        super().remove()
        self.model.person_by_person = True

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
        """Whether the person holds out, as comrades see it."""
        return bool(HOLDS[self._row["stance"]])

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
        rng: the seed, any integer >= 0, 1 by default; a scenario and a seed determine the world
            to the bit.
        changes: dotted keys and values, as of `--set`.
        person_by_person: call every agent's `step` in random order, which gives the same world
            slowly; done in any case where a subclass has a `step` of its own.
        seed: another name of `rng`.
        model_reporters, agent_reporters: collected every week beside the counts, as of
            `mesa.DataCollector`.

    Attributes:
        agent_class: of the people; a subclass may name another.

    Raises:
        sim.errors.InputError: the scenario, a change or the seed cannot be used.
    """

    agent_class: type[Oppositionist] = Oppositionist

    def __init__(
        self,
        scenario: str | Scenario = "historical",
        rng: int | None = None,
        changes: dict[str, Any] | None = None,
        person_by_person: bool = False,
        *,
        seed: int | None = None,
        model_reporters: Mapping[str, Reporter] | None = None,
        agent_reporters: Mapping[str, Reporter] | None = None,
    ) -> None:
        luck = _seed(rng, seed)
        super().__init__(rng=luck)
        self.resolved = load(scenario, changes or {})
        self.luck = luck
        self.person_by_person = person_by_person or self.agent_class.step is not Oppositionist.step
        self.world = create(self.resolved, self.luck)
        for person in range(self.world.people.wing.size):
            self.agent_class(self, person)
        counts = {name: partial(_count, column=column) for column, name in enumerate(COUNTS)}
        self.datacollector = Collector(
            model_reporters={"date": "date", **counts, **(model_reporters or {})},
            agent_reporters=agent_reporters,
        )
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
        """Run one week; after the last week of the calendar nothing happens any more."""
        if self.week >= self.resolved.calendar.weeks:
            self.running = False
            self.steps: int = min(self.steps, self.week)  # Mesa has counted this one already
            return
        if self.person_by_person:
            self.agents.select(agent_type=Oppositionist).shuffle_do("step")
        else:
            decide_all(self.world)
        end_week(self.world)
        self.running = self.week < self.resolved.calendar.weeks
        self.datacollector.collect(self)


def _seed(rng: int | None, seed: int | None) -> int:
    if rng is not None and seed is not None:
        raise InputError("seed", "got rng as well", "one of the two")
    if rng is not None:
        return check_seed(rng, "rng")
    return 1 if seed is None else check_seed(seed, "seed")


def _count(model: Opposition, column: int) -> int:
    return int(model.world.state.counts[column])
