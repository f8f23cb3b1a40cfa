"""One person of the plain model: the rule of `sim.model`, spelled out a second time."""

from __future__ import annotations

import math

from mesa.discrete_space import FixedAgent

from sim.model.codes import PROCESSES, WINGS
from sim.model.places import gazetteer
from sim.model.weekly import World

RISKS = {  # of those who hold out, by place
    "party": ("signing", "quiet"),
    "underground": ("signing", "quiet", "arrest"),
    "exile": ("signing", "quiet", "transfer"),
    "isolator": ("signing",),
}


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
        self.city = places[people.city[i]].id
        self.colony = places[people.colony[i]].id
        self.isolator = places[people.isolator[i]].id
        self.factor = {
            "quiet": float(people.quiet_factor[i]),
            "transfer": float(people.transfer_factor[i]),
        }
        self.resistance = dict(zip(PROCESSES, people.resistance[:, i].tolist(), strict=True))
        self.exposure = dict.fromkeys(PROCESSES, 0.0)
        self.stance = "sympathiser"
        self.place = self.circle = None
        self.considered_from = 0
        self.due = []
        if people.member[i]:
            self.joining()

    def risks(self) -> tuple[str, ...]:
        """Return the processes that may strike this week."""
        if self.stance == "holding":
            return RISKS[self.place]
        if self.stance == "sympathiser":
            return ("joining",)
        if self.stance == "signed" and self.model.week >= self.considered_from:
            return ("readmission",)
        return ()

    def hazard(self, process: str) -> float:
        """Return this week's hazard of a process, 1/week."""
        if process == "signing":
            return math.exp(self.log_hazard())
        return self.model.hazard[process] * self.factor.get(process, 1.0)

    def log_hazard(self) -> float:
        """Return the log of this week's hazard of signing."""
        model, place = self.model, self.place
        c, w = model.coefficients, model.now
        gone, holding = self.comrades()
        outside = place != "party"
        severity = {
            "party": 0.0,
            "underground": c.hardship_underground,
            "exile": c.hardship_exile,
            "isolator": 1.0,
        }[place]
        base = c.baseline
        expulsion = c.expulsion * (self.wing == "zinovievist" and outside)
        hardship = c.hardship * severity * w.terror
        offer = c.offer * w.offer * outside
        taken_up = self.programme * w.left_turn + (1.0 - self.programme) * w.democracy
        left_turn = c.left_turn * taken_up
        example = c.example * gone
        patron = c.patron * model.pulse[self.patron]
        silence = c.silence * (1.0 - w.letters) * (place in ("exile", "isolator"))
        threat = c.threat * w.threat
        rally = -c.rally * w.rally * (1.0 - self.programme) * (place != "isolator")
        solidarity = -c.solidarity * holding
        return (
            (base + expulsion + hardship + offer)
            + (left_turn + example + patron + silence)
            + (threat + rally + solidarity - self.conviction)
        )

    def comrades(self) -> tuple[float, float]:
        """Return the shares of one's comrades who have signed and who hold out within reach."""
        circle = self.model.circles[self.circle]
        gone, holding = circle.gone / circle.known, circle.holding / circle.known
        if self.place == "isolator":  # no letters
            return gone, holding
        friends = [f for f in self.cell.neighborhood.agents if f.stance != "sympathiser"]
        if not friends:
            return gone, holding
        signed = sum(f.stance in ("signed", "readmitted") for f in friends)
        still = sum(f.stance == "holding" and f.place != "isolator" for f in friends)
        weight = self.model.correspondence
        each = weight / len(friends)
        return (
            (1.0 - weight) * gone + each * signed,
            (1.0 - weight) * holding + each * self.model.now.letters * still,
        )

    def step(self) -> None:
        """Decide: what strikes this week, in the order in which resistances are reached."""
        struck = []
        for process in self.risks():
            hazard, before = self.hazard(process), self.exposure[process]
            self.exposure[process] = before + hazard
            if self.exposure[process] >= self.resistance[process]:
                struck.append(((self.resistance[process] - before) / hazard, process))
        self.due = []
        for _, process in sorted(struck):
            if process == "quiet" and "transfer" in self.due:
                continue  # nobody goes quiet in an isolator
            self.due.append(process)
            if process in ("signing", "quiet"):
                break  # whoever has left is not arrested any more

    def advance(self) -> None:
        """Carry out what was decided, once everybody has."""
        for process in self.due:
            getattr(self, process)()

    def joining(self) -> None:
        self.stance = "holding"
        self.enter("underground" if self.model.expelled else "party", self.city)

    def signing(self) -> None:
        self.leave()
        self.stance = "signed"
        self.considered_from = self.model.week + 1 + self.model.readmission_wait
        self.model.circles[self.circle].gone += 1

    def quiet(self) -> None:
        self.leave()
        self.stance = "quiet"

    def arrest(self) -> None:
        self.leave()
        self.enter("exile", self.colony)

    def transfer(self) -> None:
        self.leave()
        self.enter("isolator", self.isolator)

    def readmission(self) -> None:
        self.stance, self.place = "readmitted", "party"

    def enter(self, place: str, where: str) -> None:
        self.place, self.circle = place, where
        self.model.circles[where].known += 1
        self.model.circles[where].holding += 1

    def leave(self) -> None:
        self.model.circles[self.circle].holding -= 1
