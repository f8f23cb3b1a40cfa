"""The same world as a Mesa user would write it, with speed on nobody's mind.

It shares no line of the weekly loop with `sim`: the chart, who the people are, who writes to whom,
their resistances, the levers and the numbers of the scenario come from there, and the mechanisms
run as the plain Python that they are declared in. So this and `plain_person.py` are also the
specification in plain Python, and that both worlds agree on every person is a check on either. The
threshold rule is left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import mesa
import networkx
from mesa.discrete_space import Network

from benchmarks.plain_person import Person
from sim.chart import situation
from sim.chart.kinds import Count, Transition
from sim.chart.registry import chart
from sim.model.codes import COUNTS, columns
from sim.model.mechanisms import Week
from sim.model.places import gazetteer
from sim.model.records import Rates
from sim.model.state import World
from sim.scenario.schema import Scenario

CIRCLES = [each for each in chart().transitions if each.hazard == "circle"]
LISTS = [each for each in chart().transitions if each.hazard == "list"]


@dataclass
class Circle:
    """The comrades of one city, colony, isolator or camp; shares are those of the Monday."""

    people: int = 0  # whose city it is, joined or not
    known: int = 0  # everyone who ever belonged to it
    gone: int = 0  # of them, who signed there
    holding: int = 0  # of them, who hold out and are still there
    striking: int = 0  # of them, who are on hunger strike
    gone_share: float = 0.0
    holding_share: float = 0.0
    striking_share: float = 0.0
    clock: dict[str, tuple[float, float]] = field(
        default_factory=lambda: {each.name: (0.0, 0.0) for each in CIRCLES}
    )

    def look(self) -> None:
        """Take the Monday's picture, by which everybody decides this week."""
        self.gone_share = self.gone / max(self.known, 1)
        self.holding_share = self.holding / max(self.known, 1)
        self.striking_share = self.striking / max(self.holding, 1)


class PlainOpposition(mesa.Model):
    """The Left Opposition, one `step` a person."""

    def __init__(self, scenario: Scenario, world: World, letters: networkx.Graph) -> None:
        super().__init__(rng=1)  # nothing is drawn from it
        self.rates = Rates(**scenario.rates.values())
        self.coefficients = world.coefficients
        self.timeline = world.timeline
        self.lots = world.lots.tolist()
        self.week, self.public, self.signed = 0, 0.0, 0
        self.flows = Counter()
        self.happened = self.events()
        self.circles = {place.id: Circle() for place in gazetteer()}
        network = Network(letters, capacity=1, random=self.random)
        for cell in network.all_cells:
            Person(self, cell, world, cell.coordinate)
        for person in self.agents:
            self.circles[person.circle].people += 1
        self.read_levers()
        for person, member in zip(self.agents, world.people.member, strict=True):
            person.begin(bool(member))
        self.begin_week()
        self.datacollector = mesa.DataCollector(REPORTERS)
        self.datacollector.collect(self)

    def step(self) -> None:
        """Run one week."""
        holding = sum(COUNTED["holding"](self).values())
        self.agents.do("step")
        self.agents.do("advance")
        printed = self.signed / max(holding, 1)
        self.public = min(self.timeline.kept * self.public + printed, 1.0)
        self.signed = 0
        self.carry_out_lists()
        self.week += 1
        self.read_levers()
        self.carry_out_dated_acts()
        self.begin_week()
        self.datacollector.collect(self)

    def read_levers(self) -> None:
        """Read the levers of the week, and how far the waves of exile have come."""
        self.now = now = Week(*self.timeline.levers[self.week].tolist())
        self.pulse = self.timeline.pulse[self.week].tolist()
        self.wave = int(self.timeline.wave[self.week])
        self.hazard = {
            each.name: each.rate(now, self.rates)
            for each in chart().transitions
            if each.rate is not None
        }

    def begin_week(self) -> None:
        """Look at everybody and at every circle on the Monday."""
        self.people = Counter((*person.state, person.circle) for person in self.agents)
        for circle in self.circles.values():
            circle.look()
            for each in CIRCLES:
                visible = situation.Circle(circle.holding / max(circle.people, 1))
                exposed = each.exposure(visible, self.now, self.rates)
                before = circle.clock[each.name][1]
                circle.clock[each.name] = before, before + self.hazard[each.name] * exposed

    def note(self, process: Transition, person: Person) -> None:
        """Note an event for the columns that count events."""
        led = bool(self.timeline.signed[self.week, person.patron])
        self.flows[process.name, person.wing, led] += 1

    def carry_out_dated_acts(self) -> None:
        """Move whoever the acts of this Monday move."""
        if self.events() == self.happened:
            return
        self.happened = self.events()
        for person in self.agents:
            before = person.state
            stance = self.brought(person.stance)
            after = stance, self.moved(stance, person.place), person.wing
            if after != before:
                person.become(after)
                person.begin_risks(before, None, self.week)

    def carry_out_lists(self) -> None:
        """Carry out what dated lists say for this week, in the order in which lots fall."""
        people = list(self.agents)
        for each, numbers in zip(LISTS, self.timeline.listed, strict=True):
            left = int(numbers[self.week])
            for person in (people[i] for i in self.lots) if left else ():
                here = each.circle in ("", person.circle) and each.at_risk(*person.state[:2])
                if left and here and (not each.wings or person.wing in each.wings):
                    person.happens(each, self.week + 1)
                    left -= 1

    def events(self) -> set[str]:
        """Return the kinds of dated acts that have happened by the Monday of this week."""
        kinds = dict.fromkeys(move.event for move in chart().moves)
        return {k for k, by in zip(kinds, self.timeline.happened, strict=True) if by[self.week]}

    def moved(self, stance: str, place: str) -> str:
        """Return where somebody who holds out finds themselves after what has happened."""
        holds = stance in HOLDING
        for move in chart().moves:
            if holds and move.event in self.happened and move.place and place == move.place:
                place = move.to_place
        return place

    def brought(self, stance: str) -> str:
        """Return the stance of somebody after what has happened."""
        for move in chart().moves:
            if move.event in self.happened and move.stance and stance == move.stance:
                stance = move.to_stance
        return stance


HOLDING = {each.name for each in chart().stances if each.holding}


def _counted(each: Count):
    """Return what a column counts, by state or by event."""
    if each.transition:
        return lambda m: {
            (name, wing, led): number
            for (name, wing, led), number in m.flows.items()
            if name == each.transition
            and (not each.wings or wing in each.wings)
            and (led or not each.with_patron)
        }
    return lambda m: {
        (stance, place, wing, circle): number
        for (stance, place, wing, circle), number in m.people.items()
        if stance in each.stances
        and (not each.places or place in each.places)
        and (not each.wings or wing in each.wings)
        and each.circle in ("", circle)
    }


COUNTED = {name: _counted(each) for name, each in zip(COUNTS, columns(), strict=True)}
REPORTERS = {
    name: lambda m, counted=counted: sum(counted(m).values()) for name, counted in COUNTED.items()
}
"""Counted from the people, as in Mesa's own examples; named as in `sim.model.codes.COUNTS`."""
