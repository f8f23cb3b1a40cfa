"""The mechanisms that an attribution switches, and to what: a stated neutral for each."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import numpy as np

from sim.model import mechanisms
from sim.model.mechanisms import Week
from sim.scenario.loading import with_values
from sim.scenario.schema import Lever, Scenario


@dataclass(frozen=True)
class Switch:
    """A mechanism that can be taken out of a world.

    Attributes:
        name: in tables.
        title: on screen.
        off: what the world is like without it, and what of it stays.
        values: parameters by dotted key, as they stand when it is off.
        levers: the height, 0 to 1, that a lever keeps from the first day on when it is off.
        term: its term of the log-hazard, which names the claims that it rests on.
        at_work: from the levers, shape (n_weeks,) each, the weeks in which it can make a
            difference; None for every week. Only for what is no part of `Timeline.clock`, by which
            people know weeks ahead what will strike them.
    """

    name: str
    title: str
    off: str
    term: str
    values: dict[str, float] = field(default_factory=dict)
    levers: dict[str, float] = field(default_factory=dict)
    at_work: Callable[[Week], np.ndarray] | None = None

    @property
    def claims(self) -> tuple[str, ...]:
        """The claims that the mechanism rests on."""
        return mechanisms.claims(self.term)


# Terror is switched by its two levers, which is the same as coefficients.hardship,
# rates.quiet_terror and rates.transfer at 0, and leaves alone the rates, by which people are drawn.
SWITCHES = (
    Switch(
        "terror",
        "terror",
        "the levers terror and transfers stay at 0: no hardship, no fear that silences, nobody is "
        "moved to an isolator; arrest and exile themselves stay",
        "hardship",
        levers={"terror": 0.0, "transfers": 0.0},
    ),
    Switch(
        "offer",
        "offer",
        "release, the Party card and a post do not weigh (coefficients.offer = 0); whoever signs "
        "is readmitted as before",
        "offer",
        {"coefficients.offer": 0.0},
    ),
    Switch(
        "left_turn",
        "left turn",
        "what the Party takes up of the programme convinces nobody (coefficients.left_turn = 0)",
        "left_turn",
        {"coefficients.left_turn": 0.0},
    ),
    Switch(
        "silence",
        "silence",
        "letters are never cut (the lever letters stays at 1), and so those elsewhere who hold out "
        "are heard of too",
        "silence",
        levers={"letters": 1.0},
        at_work=lambda week: week.letters < 1.0,
    ),
    Switch(
        "example",
        "example",
        "that comrades have signed draws nobody after them (coefficients.example = 0); that "
        "others hold out still holds (solidarity stays)",
        "example",
        {"coefficients.example": 0.0},
    ),
    Switch(
        "leaders",
        "leaders",
        "a leader's signature or appeal draws no followers (coefficients.patron = 0)",
        "patron",
        {"coefficients.patron": 0.0},
    ),
    Switch(
        "rally",
        "rally",
        "Rakovsky's declaration holds nobody back (coefficients.rally = 0)",
        "rally",
        {"coefficients.rally": 0.0},
        at_work=lambda week: week.rally > 0.0,
    ),
    Switch(
        "differences",
        "lasting differences",
        "everybody is as firm as a conciliator of middling conviction "
        "(population.conviction_spread and conviction_irreconcilable = 0); wing, programme and "
        "whom the isolators take stay",
        "conviction",
        {"population.conviction_spread": 0.0, "population.conviction_irreconcilable": 0.0},
    ),
)
"""In the order of the bits of a coalition. The last alone changes the people, so that the people of
one draw are made twice for its 256 worlds."""

ALWAYS_ON = (
    "Always at work: the baseline hazard, expulsion, threat and solidarity; arrest and exile; "
    "joining; going quiet at its ordinary rate."
)


def switched_off(scenario: Scenario, switches: Collection[Switch]) -> Scenario:
    """Return a scenario with some mechanisms at their neutral, and nothing else changed."""
    values = {key: value for each in switches for key, value in each.values.items()}
    changed = with_values(scenario, values)
    levers = {
        name: _level(getattr(scenario.levers, name), height)
        for each in switches
        for name, height in each.levers.items()
    }
    if not levers:
        return changed
    return changed.model_copy(update={"levers": scenario.levers.model_copy(update=levers)})


def changes_nothing(scenario: Scenario, switch: Switch) -> bool:
    """Return whether a scenario stands at the neutral of a mechanism already."""
    keys = [key.split(".") for key in switch.values]
    now = {f"{part}.{name}": getattr(getattr(scenario, part), name).value for part, name in keys}
    levers = {name: getattr(scenario.levers, name) for name in switch.levers}
    return now == switch.values and all(
        lever.scale * knot.value == switch.levers[name]
        for name, lever in levers.items()
        for knot in lever.knots.values()
    )


def _level(lever: Lever, height: float) -> Lever:
    """Return a lever that keeps one height; `scale` alone could not raise it."""
    knots = {name: knot.model_copy(update={"value": height}) for name, knot in lever.knots.items()}
    return lever.model_copy(update={"scale": 1.0, "knots": knots})
