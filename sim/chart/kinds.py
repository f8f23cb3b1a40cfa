"""What a declaration consists of: numbers, levers, mechanisms, states, transitions, counts.

Every kind is a frozen dataclass with plain fields, so that whatever is derived from the chart (the
scenario schema, the weekly loop, tables, documents, the page) reads the same words and numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple

import numpy as np

from sim.chart.situation import Person

RATIO = "log hazard ratio"
"""Unit of a coefficient that weighs nothing at 0."""

Hazard = Literal["decision", "clock", "contact", "circle", "list"]
"""How a transition comes about.

`decision`: exp of the sum of its mechanisms' terms, added up week by week.
`clock`: a rate that is known in advance, the same curve for everybody times the person's own
factor, added up once.
`contact`: the same, times the person's exposure in that week, added up week by week.
`circle`: the same for everybody in a circle, times the person's own factor, added up once for each
circle.
`list`: a dated table, which no scenario can change, says how many; who it is is by lot.
"""


@dataclass(frozen=True)
class Parameter:
    """A number of a scenario: `coefficients.NAME`, `rates.NAME` or `population.NAME`.

    Attributes:
        name: in the scenario's table.
        meaning: one line.
        unit: of the value.
        at_least, at_most: hard bounds.
        whole: only whole numbers make sense.
        default: what a scenario has that says nothing about it, as a scenario file writes it
            (`value`, `low`, `high`, `prior`, `claims`, `assumed`); None where it has to.
    """

    name: str
    meaning: str
    unit: str
    at_least: float
    at_most: float
    whole: bool = False
    default: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Lever:
    """A dated curve between 0 and 1 that is the same for everybody: `levers.NAME`.

    Attributes:
        name: in the scenario's table.
        default: what a scenario has of it that says nothing about it: its meaning, and knots
            unless every scenario has to give them.
    """

    name: str
    default: Mapping[str, Any]


@dataclass(frozen=True)
class Pulse:
    """A fading trace of dated acts, the same for everybody.

    Attributes:
        name: a column of the week, beside the levers.
        event: kind of the acts that leave it.
        half_life: the rate that says how long it lasts, in weeks.
    """

    name: str
    event: str
    half_life: str


@dataclass(frozen=True)
class Switch:
    """How an attribution takes a mechanism out of a world: a stated neutral.

    Attributes:
        name: in tables.
        title: on screen.
        off: what the world is like without it, and what of it stays.
        values: parameters by dotted key, as they stand when it is off.
        levers: the height, 0 to 1, that a lever keeps from the first day on when it is off.
        at_work: from the levers, shape (n_weeks,) each, the weeks in which it can make a
            difference; None for every week.
        order: place among the switches.
    """

    name: str
    title: str
    off: str
    order: int
    values: Mapping[str, float] = field(default_factory=dict)
    levers: Mapping[str, float] = field(default_factory=dict)
    at_work: Callable[[Any], np.ndarray] | None = None


@dataclass(frozen=True)
class Mechanism:
    """One term of the log-hazard of a decision.

    Attributes:
        name: of the function.
        function: takes a `Situation`, the `Week` and the `Coefficients`; returns the term. Plain
            Python that Numba can compile.
        coefficients: the numbers that it declares.
        claims: what it rests on.
        decisions: transitions whose hazard it is a term of.
        switch: how an attribution switches it; None for what is always at work.
        controls: keys that stand under it on the page, `levers.NAME`, `rates.NAME` and so on;
            `acts.KIND` for the events of a kind.
        convinces: whether who signs because of it does so with conviction: the rest of what pushed
            is how much belief is retained.
    """

    name: str
    function: Callable[..., float]
    coefficients: tuple[Parameter, ...]
    claims: tuple[str, ...]
    decisions: tuple[str, ...] = ("signing",)
    switch: Switch | None = None
    controls: tuple[str, ...] = ()
    convinces: bool = False

    @property
    def left_out(self) -> Mapping[str, float]:
        """The parameters, by dotted key, of a world in which it weighs nothing.

        Its first coefficient at 0 where that is a log hazard ratio; the values of its switch where
        it declares none. Empty for what no explanation can do without.
        """
        if not self.coefficients:
            return self.switch.values if self.switch else {}
        first = self.coefficients[0]
        return {f"coefficients.{first.name}": 0.0} if first.unit == RATIO else {}

    @property
    def meaning(self) -> str:
        """The first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().split("\n")[0]


@dataclass(frozen=True)
class Place:
    """Where somebody of the Opposition can be.

    Attributes:
        name: in tables.
        label: on screen.
        meaning: after `holding out: `.
        where: which of a person's own places this is: a kind of the gazetteer.
        letters: whether letters come and go.
    """

    name: str
    label: str
    meaning: str
    where: str
    letters: bool = True


@dataclass(frozen=True)
class Stance:
    """How somebody stands.

    Attributes:
        name: in tables.
        label: on screen.
        ending: of a person on the last day, in a sentence after `they`.
        belongs: whether it is a stance of somebody who has joined.
        holding: whether the person holds out, as comrades see it.
        counted: whether somebody who holds out so has done so without a break.
        striking: whether the person takes part in a hunger strike.
        placed: whether somebody who does not belong has a circle all the same.
    """

    name: str
    label: str
    ending: str
    belongs: bool = True
    holding: bool = False
    counted: bool = True
    striking: bool = False
    placed: bool = False


class Entry(NamedTuple):
    """What was done to people on a day: a row of a dated table.

    Attributes:
        date: of the day.
        number: how many people.
        claims, assumed: what it rests on.
    """

    date: date
    number: int
    claims: tuple[str, ...] = ()
    assumed: str = ""


@dataclass(frozen=True)
class Transition:
    """Something that can happen to a person.

    Attributes:
        name: in tables: `week_of_NAME`; also of the stream of its resistances.
        hazard: how it comes about.
        stances, places: of whoever is at risk; no places for all of them.
        to_stance, to_place: where it leads; empty for where the person was.
        wings, to_wing: the same of wings: whoever is at risk, all if none is named, and where they
            go over to.
        words: what befell somebody, after a date.
        claims: what it rests on.
        rate: for a clock or contact, the hazard of a week (1/week) from the `Week` (arrays of
            shape (n_weeks,)) and the numbers of the table `rates`.
        rates: the numbers that it declares.
        exposure: what the rate is multiplied by, from the person's `Situation`, the `Week` and the
            `Rates`: for a contact every week, by default the share of comrades who hold out; for a
            clock once, as the risk begins, by default 1; for a circle, from its `Circle`, every
            week. Plain Python that Numba can compile.
        factor: the person's own factor, from a `Person` and the numbers of the tables `population`
            and `rates`; None for 1. Plain Python that Numba can compile.
        wait: the rate that says for how many weeks nobody is at risk yet; empty for none.
        example: whether comrades see it as an example (they count as gone).
        circle: of a contact or list: the place of the gazetteer where alone it happens; empty for
            everywhere.
        entries: of a list: what was done, by date.
        group: of the page's controls (a `Group` or a mechanism) that has those of its numbers that
            the page shows; by default it has a group of its own, with all of them.
    """

    name: str
    hazard: Hazard
    stances: tuple[str, ...]
    to_stance: str = ""
    to_place: str = ""
    places: tuple[str, ...] = ()
    wings: tuple[str, ...] = ()
    to_wing: str = ""
    words: str = ""
    claims: tuple[str, ...] = ()
    rate: Callable[[Any, Any], np.ndarray] | None = None
    rates: tuple[Parameter, ...] = ()
    exposure: Callable[[Any, Any, Any], float] | None = None
    factor: Callable[[Person, Any, Any], float] | None = None
    wait: str = ""
    example: bool = False
    circle: str = ""
    entries: tuple[Entry, ...] = ()
    group: str = ""

    def at_risk(self, stance: str, place: str) -> bool:
        """Return whether somebody of a stance at a place is at risk."""
        return stance in self.stances and (not self.places or place in self.places)


@dataclass(frozen=True)
class DatedMove:
    """What a dated act does to everybody in a state, and from then on to whoever comes there.

    Attributes:
        event: kind of the act.
        words: what it is called in the chart.
        place, to_place: from where to where those who hold out are moved; empty for a stance.
        stance, to_stance: from which to which people are brought; empty for a place.
    """

    event: str
    words: str
    place: str = ""
    to_place: str = ""
    stance: str = ""
    to_stance: str = ""


@dataclass(frozen=True)
class Count:
    """A column of the weekly series.

    A stock counts people as they are now; a flow counts how often something has happened so far.

    Attributes:
        name: of the column.
        meaning: one line.
        stances, places, wings: of a stock: who is counted; nothing stands for all.
        circle: of a stock: the place of the gazetteer where they are; empty for everywhere.
        transition: of a flow.
        with_patron: of a flow: only followers of a leader who had signed by then.
        label: on screen; empty for what the page's table does not show.
    """

    name: str
    meaning: str
    stances: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    wings: tuple[str, ...] = ()
    circle: str = ""
    transition: str = ""
    with_patron: bool = False
    label: str = ""


@dataclass(frozen=True)
class Group:
    """A heading of the page under which controls of several transitions stand.

    Attributes:
        name: the heading.
        about: one line.
        controls: keys, `levers.NAME` or `rates.NAME`.
    """

    name: str
    about: str
    controls: tuple[str, ...]
