"""The same world as a Mesa user would write it, with speed on nobody's mind.

It shares no line of the rule with `sim`: only who the people are, who writes to whom, their
resistances, the levers and the numbers of the scenario come from there. So this and
`plain_person.py` are also the specification in plain Python, and that both worlds agree on every
person is a check on either. The threshold rule is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import networkx
from mesa.discrete_space import Network

from benchmarks.plain_person import Person
from sim.model.codes import PLACES
from sim.model.mechanisms import Week
from sim.model.places import gazetteer
from sim.model.weekly import World
from sim.scenario.schema import Scenario


@dataclass
class Circle:
    """The comrades of one city, colony or isolator."""

    known: int = 0  # everyone who ever belonged to it
    gone: int = 0  # of them, who signed there
    holding: int = 0  # of them, who hold out and are still there


class PlainOpposition(mesa.Model):
    """The Left Opposition, one `step` a person."""

    def __init__(self, scenario: Scenario, world: World, letters: networkx.Graph) -> None:
        super().__init__(rng=1)  # nothing is drawn from it
        self.rates = scenario.rates.values()
        self.coefficients = world.coefficients
        self.correspondence, self.readmission_wait = world.correspondence, world.readmission_wait
        self.timeline = world.timeline
        self.week, self.expelled = 0, bool(world.timeline.expelled[0])
        self.circles = {place.id: Circle() for place in gazetteer()}
        network = Network(letters, capacity=1, random=self.random)
        for cell in network.all_cells:
            Person(self, cell, world, cell.coordinate)
        self.datacollector = mesa.DataCollector(REPORTERS)
        self.datacollector.collect(self)

    def step(self) -> None:
        """Live one week."""
        self.begin_week()
        self.agents.do("step")
        self.agents.do("advance")
        self.week += 1
        self.datacollector.collect(self)

    def begin_week(self) -> None:
        """Read the levers of the week, and expel when the week of the expulsion has come."""
        self.now = now = Week(*self.timeline.levers[self.week].tolist())
        self.pulse = self.timeline.pulse[self.week].tolist()
        rates = self.rates
        self.hazard = {
            "quiet": rates["quiet"] * (1.0 + rates["quiet_terror"] * now.terror),
            "arrest": rates["arrest"] * now.arrests,
            "transfer": rates["transfer"] * now.transfers,
            "joining": rates["joining"] * now.agitation,
            "readmission": rates["readmission"] * now.offer,
        }
        if self.timeline.expelled[self.week] and not self.expelled:
            self.expelled = True
            for person in self.agents.select(lambda p: p.stance == "holding"):
                person.place = "underground"


def _holding(place: str):
    return lambda m: sum(p.stance == "holding" and p.place == place for p in m.agents)


def _stance(stance: str):
    return lambda m: sum(p.stance == stance for p in m.agents)


REPORTERS = {
    "holding": _stance("holding"),
    **{f"holding_{place}": _holding(place) for place in PLACES},
    "quiet": _stance("quiet"),
    "waiting": _stance("signed"),
    "readmitted": _stance("readmitted"),
}
"""Counted from the people, as in Mesa's own examples; named as in `sim.model.codes.COUNTS`."""
