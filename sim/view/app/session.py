"""One visitor's state: the view, the worlds that belong to it, and what was wrong with a wish.

Everything a visitor can do is a method here; the components of `page` only call them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import randrange
from typing import Any

import solara

from sim.errors import InputError, MidnightError
from sim.experiment.life import somebody
from sim.scenario.loading import load
from sim.scenario.loading import seed as check_seed
from sim.view.app import address
from sim.view.app.address import View
from sim.view.app.controls import keys
from sim.view.app.memory import give_back_soon
from sim.view.app.worlds import Pace, Worlds

NONE, BY_HAND = "", "="
"""No second world; a second world that is the first one, to be changed by hand."""


class Session:
    """A visitor.

    Args:
        query: of the address; what is wrong in it is told, and left out.

    Attributes:
        view: what is looked at; its `week` is that of the last change, the model knows the present.
        model: the `Worlds` of the view, put anew when the view changes.
        parameters: the arguments that made it, for Mesa's Reset.
        message: what was wrong with the last wish; empty if nothing.
        target: which world the sliders change, `first` or `second`.
        place: whose people are listed.
        tab: the part that is open.
        controller: a number that changes when Mesa's buttons have to begin anew.
        answered: how many changes of sliders have been carried out, or refused.
        anew: a number that changes when the sliders have to forget what was moved.
    """

    def __init__(self, query: str | None) -> None:
        self.pace = Pace()
        view, complaint = address.from_query(query)
        try:
            worlds = self._worlds(view, view.week)
            if view.week > (weeks := worlds.frame.weeks):
                said = InputError("week", f"got {view.week}", f"0 to {weeks} in this world")
                complaint = f"{complaint}\n{said}".strip()
        except Exception as error:  # whatever it is, a visitor gets a sentence and a world
            complaint, view = f"{complaint}\n{error}".strip(), View()
            worlds = self._worlds(view, 0)
        self.view = solara.reactive(view)
        self.model = solara.reactive(worlds)
        self.parameters = solara.reactive(self._parameters(view))
        self.message = solara.reactive(complaint)
        self.target = solara.reactive("second" if view.second else "first")
        self.place = solara.reactive("")
        self.tab = solara.reactive("Person" if view.person is not None else "Events")
        self.controller = solara.reactive(0)
        self.anew = solara.reactive(0)
        self.answered = solara.reactive(0)
        try:
            self._check_person()
        except InputError as error:
            self.message.value = f"{complaint}\n{error}".strip()

    def _parameters(self, view: View) -> dict[str, Any]:
        return view.parameters() | {"pace": self.pace}

    def _worlds(self, view: View, week: int) -> Worlds:
        return Worlds(**self._parameters(view), week=week)

    def leave(self) -> None:
        """End: whatever plays stops, and the memory is given back."""
        self.pace.leave()
        give_back_soon()

    def wish(self, act: Callable[[], None]) -> None:
        """Do what the visitor asked for; what cannot be done is told on the page."""
        try:
            act()
        except MidnightError as error:
            self.message.value = str(error)
        except Exception as error:  # whatever it is, a visitor gets a sentence
            self.message.value = f"internal error (a bug): {type(error).__name__}: {error}"
        else:
            self.message.value = ""

    def show(self, view: View, week: int | None = None) -> None:
        """Run the simulations of a view up to the present week, or up to another, and show them.

        Raises:
            InputError: they cannot be lived, and whatever was shown stays; or the person whose
                life is shown does not live in them.
        """
        before = self.model.value
        worlds = self._worlds(view, before.week if week is None else week)
        self.parameters.value = self._parameters(view)
        self.view.value = view
        self.model.value = worlds
        if worlds.running != before.running:
            self.controller.value += 1
        self._check_person()

    def go(self, week: int) -> None:
        """Go to a week, forth or back: the simulations are run again up to it."""
        self.show(self.view.value, week)

    def _check_person(self) -> None:
        """Let go of a person whom these worlds do not have.

        Raises:
            InputError: that it was so.
        """
        view, n_people = self.view.value, self.model.value.world.people.wing.size
        if view.person is not None and view.person >= n_people:
            self.view.value = replace(view, person=None)
            got, allowed = f"got {view.person}", f"0 to {n_people - 1} in this world"
            raise InputError("person", got, allowed)

    def change(self, key: str, value: Any) -> None:
        """Change one number of the world that the sliders are for; history's value takes it back.

        Raises:
            InputError: there is no such control, or the value is out of its range.
        """
        view, second = self.view.value, self.changes_second
        name, before = self.changed
        changes = dict(before)
        control = keys(load(name)).get(key)
        if control is None:
            raise InputError("control", f"got {key}", "one that the page shows")
        if isinstance(value, float):
            value = float(f"{value:.6g}")  # as the address writes it
        control.check(value)
        changes.pop(key, None)
        if value != control.value:
            changes[key] = value
        first = replace(view, changes=changes)
        self.show(replace(view, second_changes=changes) if second else first)

    @property
    def changes_second(self) -> bool:
        """Whether the sliders are for the second world."""
        return self.view.value.second is not None and self.target.value == "second"

    @property
    def changed(self) -> tuple[str, Mapping[str, Any]]:
        """The scenario of the world that the sliders are for, and its changes."""
        view = self.view.value
        if view.second is not None and self.changes_second:
            return view.second, view.second_changes
        return view.scenario, view.changes

    def reset(self) -> None:
        """Take back every change; scenarios, seed and week stay."""
        self.show(replace(self.view.value, changes={}, second_changes={}))
        self.anew.value += 1

    def choose_first(self, name: str) -> None:
        """Take another scenario for the first world."""
        name = address.check_name(name, "scenario")
        self.show(replace(self.view.value, scenario=name, changes={}))
        self.anew.value += 1

    def choose_second(self, name: str) -> None:
        """Put a second world beside the first, or take it away."""
        view = self.view.value
        if name == NONE:
            wanted = replace(view, second=None, second_changes={})
        elif name == BY_HAND:
            wanted = replace(view, second=view.scenario, second_changes=dict(view.changes))
        else:
            name = address.check_name(name, "second world")
            wanted = replace(view, second=name, second_changes={})
        self.show(wanted)
        self.target.value = "first" if name == NONE else "second"
        self.anew.value += 1

    def choose_span(self, text: str) -> None:
        """Run and show other years, in both worlds."""
        self.show(replace(self.view.value, span=address.check_span(text)))

    def choose_seed(self, text: str) -> None:
        """Take other people and other luck, for both worlds."""
        self.show(replace(self.view.value, seed=check_seed(text, "seed")))

    def choose_person(self, text: str) -> None:
        """Show a person's life; nobody's for an empty text."""
        n_people = self.model.value.world.people.wing.size
        person = address.whole(text, "person", n_people - 1) if text.strip() else None
        self.view.value = replace(self.view.value, person=person)

    def anybody(self) -> None:
        """Show a person at random; which one is no part of a simulation."""
        self.choose_person(str(randrange(self.model.value.world.people.wing.size)))

    def somebody(self) -> None:
        """Show the person to whom most happens."""
        worlds = self.model.value
        self.choose_person(str(somebody(worlds.resolved, worlds.luck)))

    def choose_place(self, place: str) -> None:
        """List the people of a place."""
        self.place.value = place
        self.tab.value = "Person"
