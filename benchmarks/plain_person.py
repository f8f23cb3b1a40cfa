"""One person of the plain model: the weekly loop of `sim.model`, spelled out a second time."""

from __future__ import annotations

import math

from mesa.discrete_space import FixedAgent

from sim import elementary
from sim.chart.kinds import Transition
from sim.chart.registry import chart
from sim.chart.situation import Situation
from sim.model.codes import PLACES, PROCESSES, WINGS
from sim.model.compiled import with_its_helpers
from sim.model.deciding import MOST_A_WEEK
from sim.model.places import gazetteer
from sim.model.state import World
from sim.model.tables import FACTOR

exp, log = with_its_helpers(elementary.exp), with_its_helpers(elementary.log)
STANCES = {each.name: each for each in chart().stances}
PLACE = {each.name: each for each in chart().places}
TRANSITIONS = {each.name: each for each in chart().transitions}


def second_draw(resistance: float) -> float:
    """Return the resistance of a second spell: from the digits that the first did not use."""
    rest = exp(-resistance) * 2.0**20
    return log(1.0 / (1.0 - (rest - math.floor(rest)) * (1.0 - 2.0**-30)))


class Person(FixedAgent):
    """Somebody in a network of letters."""

    def __init__(self, model, cell, world: World, i: int) -> None:
        super().__init__(model)
        self.cell = cell
        people, places = world.people, gazetteer()
        self.wing = WINGS[people.wing[i]]
        self.programme = float(people.programme[i])
        self.conviction = float(people.conviction[i])
        self.patron = int(people.patron[i])
        self.own = {name: places[getattr(people, name)[i]].id for name in ("city", "colony")}
        self.own["isolator"] = places[people.isolator[i]].id
        self.threshold, self.belief = float(people.adoption_threshold[i]), 1.0
        self.factor = {
            name: float(people.factor[row, i])
            for name, row in zip(PROCESSES, FACTOR, strict=True)
            if row >= 0
        }
        self.resistance = dict(zip(PROCESSES, people.resistance[:, i].tolist(), strict=True))
        self.drawn = dict(self.resistance)
        self.exposure = dict.fromkeys(PROCESSES, 0.0)
        self.stance, self.place, self.circle = chart().stances[0].name, PLACES[0], None
        self.at_risk_from = dict.fromkeys(PROCESSES, 0)
        self.due = []
        self.events = []  # (transition, whether one's patron had signed)
        if people.member[i]:
            self.happens(TRANSITIONS["joining"], 0)

    @property
    def holds(self) -> bool:
        return STANCES[self.stance].holding

    def reachable(self) -> bool:
        return self.holds and PLACE[self.place].letters

    def hazard(self, process: Transition) -> float:
        """Return this week's hazard of a process, 1/week."""
        if process.hazard == "decision":
            return exp(self.log_hazard(process.name))
        hazard = self.model.hazard[process.name] * self.factor.get(process.name, 1.0)
        if process.hazard == "clock":
            return hazard
        if process.exposure is None:
            return hazard * self.situation().comrades_holding
        return hazard * process.exposure(self.situation(), self.model.now)

    def log_hazard(self, decision: str) -> float:
        """Return the log of this week's hazard: the terms four by four."""
        here, model = self.situation(), self.model
        terms = [
            each.function(here, model.now, model.coefficients) for each in chart().terms(decision)
        ]
        total = None
        for k in range(0, len(terms), 4):
            group = terms[k]
            for term in terms[k + 1 : k + 4]:
                group = group + term
            total = group if total is None else total + group
        return total

    def terms(self, decision: str) -> dict[str, float]:
        """Return the terms of this week's log-hazard, by mechanism."""
        here, model = self.situation(), self.model
        return {
            each.name: each.function(here, model.now, model.coefficients)
            for each in chart().terms(decision)
        }

    def retained(self, decision: str) -> float:
        """Return what belief is retained: 1 less the share of what convinces in what pushes."""
        convinces = {each.name for each in chart().terms(decision) if each.convinces}
        declares = {each.name for each in chart().terms(decision) if each.coefficients}
        terms = {name: max(term, 0.0) for name, term in self.terms(decision).items()}
        pushing = sum(term for name, term in terms.items() if name in declares)
        convinced = sum(term for name, term in terms.items() if name in convinces)
        return 1.0 - convinced / pushing if pushing > 0.0 else 1.0

    def situation(self) -> Situation:
        """Return what the hazards of this week depend on."""
        friends = [f for f in self.cell.neighborhood.agents if STANCES[f.stance].belongs]
        return Situation(
            WINGS.index(self.wing),
            PLACES.index(self.place),
            self.programme,
            self.conviction,
            *self.comrades(friends),
            self.model.pulse[self.patron],
            len(friends),
            self.belief,
            self.threshold,
        )

    def comrades(self, friends: list[Person]) -> tuple[float, float]:
        """Return the shares of one's comrades who have signed and who hold out within reach.

        Args:
            friends: correspondents who ever joined.
        """
        circle = self.model.circles[self.circle]
        gone, holding = circle.gone / circle.known, circle.holding / circle.known
        if not PLACE[self.place].letters:
            return gone, holding
        if not friends:
            return gone, holding
        signed = sum(
            sum(TRANSITIONS[name].example for name, _ in friend.events) for friend in friends
        )
        still = sum(friend.reachable() for friend in friends)
        weight = self.model.correspondence
        each = weight / len(friends)
        return (
            (1.0 - weight) * gone + each * signed,
            (1.0 - weight) * holding + each * self.model.now.letters * still,
        )

    def step(self) -> None:
        """Decide: what strikes this week, in the order in which resistances are reached."""
        struck = []
        for code, process in enumerate(chart().transitions):
            if process.hazard == "list" or not process.at_risk(self.stance, self.place):
                continue
            if self.model.week < self.at_risk_from[process.name]:
                continue
            hazard, before = self.hazard(process), self.exposure[process.name]
            resistance = self.resistance[process.name]
            self.exposure[process.name] = before + hazard
            if self.exposure[process.name] >= resistance:
                struck.append(((resistance - before) / hazard, code, process))
        self.due = []
        stance, place = self.stance, self.place
        for _, _, process in sorted(struck, key=lambda each: each[:2]):
            if process.at_risk(stance, place) and len(self.due) < MOST_A_WEEK:
                self.due.append(process)
                if process.example:
                    self.next_belief = self.retained(process.name)
                stance, place = process.to_stance or stance, process.to_place or place

    def advance(self) -> None:
        """Carry out what was decided, once everybody has."""
        for process in self.due:
            self.happens(process, self.model.week + 1)

    def happens(self, process: Transition, first: int) -> None:
        """Carry out an event; new risks begin in week `first`."""
        before, was = self.stance, self.place
        signed = bool(self.model.timeline.signed[self.model.week, self.patron])
        self.events.append((process.name, signed))
        again = second_draw(self.drawn[process.name])
        if process.hazard == "clock":
            self.resistance[process.name] = again
        else:  # its sum goes on
            self.resistance[process.name] += again
        if process.example:
            self.belief = self.next_belief
            self.model.circles[self.circle].gone += 1
        if self.holds:
            self.model.circles[self.circle].holding -= 1
        held, placed = self.holds, STANCES[before].belongs or STANCES[before].placed
        self.stance, self.place = process.to_stance or before, process.to_place or was
        if self.holds:
            self.place = self.model.moved(self.place)
        moved = PLACE[self.place].where != PLACE[was].where
        now_placed = STANCES[self.stance].belongs or STANCES[self.stance].placed
        if (now_placed and not placed) or (self.holds and (moved or not held)):
            self.circle = self.own[PLACE[self.place].where]
        if self.holds:
            circle = self.model.circles[self.circle]
            circle.known += moved or not held
            circle.holding += 1
        for each in chart().transitions:
            new = each.at_risk(self.stance, self.place) and not each.at_risk(before, was)
            if each.hazard == "clock" and (new or each is process):
                wait = int(getattr(self.model.rates, each.wait)) if each.wait else 0
                self.at_risk_from[each.name] = first + wait
                self.exposure[each.name] = 0.0
