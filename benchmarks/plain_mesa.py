"""The same world as a Mesa user would write it, with speed on nobody's mind.

It shares no line of the weekly loop with `sim`: the chart, who the people are, who writes to whom,
their resistances, the levers and the numbers of the scenario come from there, and the mechanisms
run as the plain Python that they are declared in. So this and `plain_person.py` are also the
specification in plain Python, and that both worlds agree on every person is a check on either. The
threshold rule is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import mesa
import networkx
from mesa.discrete_space import Network

from benchmarks.plain_person import Person
from sim.chart.kinds import Count
from sim.chart.registry import chart
from sim.model.codes import PLACES
from sim.model.mechanisms import Week
from sim.model.places import gazetteer
from sim.model.records import Rates
from sim.model.state import World
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
        self.rates = Rates(**scenario.rates.values())
        self.coefficients = world.coefficients
        self.correspondence = world.correspondence
        self.timeline = world.timeline
        self.lots = world.lots.tolist()
        self.week = 0
        self.happened = set(self.events())
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
        self.carry_out_lists()
        self.week += 1
        self.carry_out_dated_acts()
        self.datacollector.collect(self)

    def begin_week(self) -> None:
        """Read the levers of the week."""
        self.now = now = Week(*self.timeline.levers[self.week].tolist())
        self.pulse = self.timeline.pulse[self.week].tolist()
        self.hazard = {
            each.name: each.rate(now, self.rates)
            for each in chart().transitions
            if each.rate is not None
        }

    def carry_out_dated_acts(self) -> None:
        """Move whoever the acts of this Monday move."""
        if set(self.events()) - self.happened:
            self.happened = set(self.events())
            for person in self.agents:
                if person.holds:
                    person.place = self.moved(person.place)

    def carry_out_lists(self) -> None:
        """Carry out what dated lists say for this week, in the order in which lots fall."""
        people = list(self.agents)
        lists = [each for each in chart().transitions if each.hazard == "list"]
        for each, numbers in zip(lists, self.timeline.listed, strict=True):
            left = int(numbers[self.week])
            place = each.entries[0].place
            for person in (people[i] for i in self.lots):
                here = not place or person.circle == place
                if left and here and each.at_risk(person.stance, person.place):
                    person.happens(each, self.week + 1)
                    left -= 1

    def events(self) -> list[str]:
        """Return the kinds of dated acts that have happened by the Monday of this week."""
        kinds = dict.fromkeys(move.event for move in chart().moves)
        return [k for k, by in zip(kinds, self.timeline.happened, strict=True) if by[self.week]]

    def moved(self, place: str) -> str:
        """Return where somebody at a place finds themselves after what has happened."""
        for move in chart().moves:
            if move.event in self.happened and place == move.place:
                place = move.to_place
        return place


def _holding(place: str):
    return lambda m: sum(p.stance == "holding" and p.place == place for p in m.agents)


def _stance(stance: str):
    return lambda m: sum(p.stance == stance for p in m.agents)


def _count(each: Count):
    if each.transition:
        return lambda m: sum(
            (not each.wings or p.wing in each.wings) * p.events.count((each.transition, True))
            + (not each.wings or p.wing in each.wings)
            * (not each.with_patron)
            * p.events.count((each.transition, False))
            for p in m.agents
        )
    return lambda m: sum(
        p.stance in each.stances and (not each.places or p.place in each.places) for p in m.agents
    )


REPORTERS = {
    "holding": _stance("holding"),
    **{f"holding_{place}": _holding(place) for place in PLACES},
    **{each.name: _count(each) for each in chart().counts if each.stances and not each.wings},
    **{each.name: _count(each) for each in chart().counts if each.transition},
}
"""Counted from the people, as in Mesa's own examples; named as in `sim.model.codes.COUNTS`."""
