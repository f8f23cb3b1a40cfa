"""One person of the plain model: the weekly loop of `sim.model`, spelled out a second time."""

from __future__ import annotations

import math
from functools import cache, cached_property

import numpy as np
from mesa.discrete_space import FixedAgent

from sim import elementary
from sim.chart.kinds import Transition
from sim.chart.registry import PLACES_OF_A_PERSON, chart
from sim.chart.situation import Situation
from sim.model.codes import PLACES, PROCESSES, WINGS
from sim.model.compiled import with_its_helpers
from sim.model.deciding import MOST_A_WEEK
from sim.model.places import WAVES, gazetteer
from sim.model.state import World
from sim.model.tables import FACTOR

exp, log = with_its_helpers(elementary.exp), with_its_helpers(elementary.log)
STANCES = {each.name: each for each in chart().stances}
PLACE = {each.name: each for each in chart().places}
TRANSITIONS = {each.name: each for each in chart().transitions}
State = tuple[str, str, str]
"""Stance, place and wing."""


def second_draw(resistance: float) -> float:
    """Return the resistance of a second spell: from the digits that the first did not use."""
    rest = exp(-resistance) * 2.0**20
    return log(1.0 / (1.0 - (rest - math.floor(rest)) * (1.0 - 2.0**-30)))


@cache
def risks(state: State) -> tuple[Transition, ...]:
    """Return what somebody in a state is at risk of."""
    stance, place, wing = state
    return tuple(
        each
        for each in chart().transitions
        if each.at_risk(stance, place) and (not each.wings or wing in each.wings)
    )


class Person(FixedAgent):
    """Somebody in a network of letters."""

    def __init__(self, model, cell, world: World, i: int) -> None:
        super().__init__(model)
        self.cell = cell
        people, places = world.people, gazetteer()
        self.programme = float(people.programme[i])
        self.conviction = float(people.conviction[i])
        self.patron = int(people.patron[i])
        self.colonies = [places[people.colony[wave, i]].id for wave in range(len(WAVES))]
        kinds = [kind for kind in PLACES_OF_A_PERSON if kind != "colony"]
        self.own = {kind: places[getattr(people, kind)[i]].id for kind in kinds}
        self.threshold, self.belief = float(people.adoption_threshold[i]), 1.0
        self.factor = {
            name: float(people.factor[row, i])
            for name, row in zip(PROCESSES, FACTOR, strict=True)
            if row >= 0
        }
        self.resistance = dict(zip(PROCESSES, people.resistance[:, i].tolist(), strict=True))
        self.drawn = dict(self.resistance)
        self.exposure = dict.fromkeys(PROCESSES, 0.0)  # summed hazard, or hour for a circle's
        self.at_risk_from = dict.fromkeys(PROCESSES, 0)
        self.exposed = dict.fromkeys(PROCESSES, 1.0)  # of a clock, as its risk began
        self.stance, self.place, self.wing = (
            chart().stances[0].name,
            PLACES[0],
            WINGS[people.wing[i]],
        )
        self.circle, self.been, self.since = self.own["city"], set(), 0
        self.due = []
        self.events = {}  # the week of the last of each kind

    @property
    def state(self) -> State:
        """Stance, place and wing."""
        return self.stance, self.place, self.wing

    @property
    def holds(self) -> bool:
        """Whether the person holds out, as comrades see it."""
        return STANCES[self.stance].holding

    @property
    def placed(self) -> bool:
        """Whether the person has a circle."""
        return STANCES[self.stance].belongs or STANCES[self.stance].placed

    @cached_property
    def letters(self) -> list[Person]:
        """Everybody to whom the person writes, joined or not."""
        return list(self.cell.neighborhood.agents)

    def begin(self, member: bool) -> None:
        """Take one's place on the first day."""
        if member:
            self.happens(TRANSITIONS["joining"], 0)
        else:
            self.begin_risks(None, None, 0)

    def reachable(self) -> bool:
        """Return whether letters come and go, and the person holds out."""
        return self.holds and PLACE[self.place].letters

    def hazard(self, process: Transition) -> float:
        """Return this week's hazard of a process, 1/week."""
        if process.hazard == "decision":
            return exp(self.log_hazard(process.name))
        hazard = self.model.hazard[process.name] * self.factor.get(process.name, 1.0)
        if process.hazard == "clock":
            return hazard * self.exposed[process.name]
        here = self.situation
        if process.exposure is None:
            return hazard * here.comrades_holding
        return hazard * process.exposure(here, self.model.now, self.model.rates)

    def log_hazard(self, decision: str) -> float:
        """Return the log of this week's hazard: the terms four by four."""
        terms, total = list(self.terms(decision).values()), None
        for k in range(0, len(terms), 4):
            group = terms[k]
            for term in terms[k + 1 : k + 4]:
                group = group + term
            total = group if total is None else total + group
        return total

    def terms(self, decision: str) -> dict[str, float]:
        """Return the terms of this week's log-hazard, by mechanism."""
        here, model = self.situation, self.model
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

    @property
    def situation(self) -> Situation:
        """What the hazards of this week depend on."""
        friends = [friend for friend in self.letters if STANCES[friend.stance].belongs]
        years = max(self.model.week + 1 - self.since, 0) / 52.0 if self.since else 0.0
        return Situation(
            WINGS.index(self.wing),
            PLACES.index(self.place),
            self.programme,
            self.conviction,
            years,
            *self.comrades(friends),
            self.model.circles[self.circle].striking_share,
            self.model.public,
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
        if not friends or not PLACE[self.place].letters:
            return circle.gone_share, circle.holding_share
        signed = sum(TRANSITIONS[name].example for each in friends for name in each.events)
        still = sum(friend.reachable() for friend in friends)
        weight = self.model.rates.correspondence
        each = weight / len(friends)
        return (
            (1.0 - weight) * circle.gone_share + each * signed,
            (1.0 - weight) * circle.holding_share + each * still,
        )

    def step(self) -> None:
        """Decide: what strikes this week, in the order in which resistances are reached."""
        struck = []
        for process in risks(self.state):
            if (when := self.strikes(process)) is not None:
                struck.append((when, PROCESSES.index(process.name), process))
        self.due, state = [], self.state
        for _, _, process in sorted(struck, key=lambda each: each[:2]):
            if process in risks(state) and len(self.due) < MOST_A_WEEK:
                self.due.append(process)
                if process.example:
                    self.next_belief = float(np.float32(self.retained(process.name)))
                state = self.after(process, state)

    def strikes(self, process: Transition) -> float | None:
        """Sum up a hazard; return when in this week it reaches the resistance, None if never."""
        name, model = process.name, self.model
        if process.hazard == "list" or model.week < self.at_risk_from[name]:
            return None
        if process.hazard == "circle":
            before, after = model.circles[self.circle].clock[name]
            hour = self.exposure[name]
            return (hour - before) / (after - before) if hour <= after and after > before else None
        if process.hazard == "contact" and (
            model.hazard[name] == 0.0 or process.circle not in ("", self.circle)
        ):
            return None
        hazard, before, resistance = (
            self.hazard(process),
            self.exposure[name],
            self.resistance[name],
        )
        self.exposure[name] = before + hazard
        if self.exposure[name] < resistance:
            return None
        return (resistance - before) / hazard if hazard > 0.0 else -math.inf

    def advance(self) -> None:
        """Carry out what was decided, once everybody has."""
        for process in self.due:
            self.happens(process, self.model.week + 1)

    def after(self, process: Transition, state: State) -> State:
        """Return the state to which a transition leads from another."""
        stance, place, wing = state
        stance = self.model.brought(process.to_stance or stance)
        place = self.model.moved(stance, process.to_place or place)
        return stance, place, process.to_wing or wing

    def happens(self, process: Transition, first: int) -> None:
        """Carry out an event; new risks begin in week `first`."""
        name, model = process.name, self.model
        model.note(process, self)
        self.events[name] = model.week
        again = second_draw(self.drawn[name])
        if process.hazard in ("clock", "circle"):
            self.resistance[name] = again
        else:  # its sum goes on
            self.resistance[name] += again
        if process.example:
            self.belief = self.next_belief
            model.circles[self.circle].gone += 1
            model.signed += 1
        before = self.state
        self.become(self.after(process, before))
        self.begin_risks(before, process, first)

    def become(self, state: State) -> None:
        """Take on a state, and one's place among comrades."""
        circles, placed, was = self.model.circles, self.placed, PLACE[self.place].where
        if self.holds:
            circles[self.circle].holding -= 1
            circles[self.circle].striking -= STANCES[self.stance].striking
        self.stance, self.place, self.wing = state
        where = PLACE[self.place].where
        if self.placed and (not placed or where != was):
            self.circle = self.own[where] if where != "colony" else self.colonies[self.model.wave]
        if self.holds:
            circle = circles[self.circle]
            circle.known += where not in self.been
            self.been.add(where)
            circle.holding += 1
            circle.striking += STANCES[self.stance].striking
            if self.place != PLACES[0]:
                self.since = self.since or self.model.week + 1

    def begin_risks(self, before: State | None, process: Transition | None, first: int) -> None:
        """Begin, from week `first` on, what the person is newly at risk of."""
        known = risks(before) if before else ()
        for each in risks(self.state):
            if each in known and each is not process:
                continue
            name, model = each.name, self.model
            if each.hazard == "clock":
                wait = int(getattr(model.rates, each.wait)) if each.wait else 0
                self.at_risk_from[name] = first + wait
                self.exposure[name] = 0.0
                if each.exposure is not None:
                    self.exposed[name] = each.exposure(self.situation, model.now, model.rates)
            elif each.hazard == "circle":
                summed = model.circles[self.circle].clock[name][1]
                self.exposure[name] = summed + self.resistance[name] / self.factor.get(name, 1.0)
