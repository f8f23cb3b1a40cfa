"""The worlds of one visitor: `Opposition`, with a second world beside it, and a snapshot a week.

A visitor's model is a Mesa model like any other: `Worlds` is `sim.Opposition`, whose `step` also
runs the week of the second. What the page draws is its `frame`: made at the end of a step and
never changed after it, so that a drawing can never meet a half-finished week.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, NamedTuple
from weakref import WeakSet

import mesa
import numpy as np

from sim.chart.registry import chart
from sim.errors import InputError, MidnightError
from sim.experiment.comparison import fates_differ
from sim.model.codes import STANCES, SYMPATHISER
from sim.model.opposition import Opposition
from sim.model.places import gazetteer
from sim.model.tables import HOLDS
from sim.model.weekly import run_weeks
from sim.model.world import History, create
from sim.scenario.loading import load, to_one_end
from sim.scenario.schema import Scenario
from sim.scenario.span import spanned

ENDS = {name: code for code, name in enumerate(STANCES) if name in chart().ends}
"""How lives end, and the codes."""
WHICH = ("first", "second")
PATIENCE = 1.0
"""Seconds that a playing model waits, at most, for the browser to have drawn the last week."""


class Shown(NamedTuple):
    """One world in one week; its arrays are copies."""

    name: str
    scenario: Scenario
    changes: Mapping[str, Any]  # made by hand, by dotted key
    counts: np.ndarray  # int64 (n_weeks_lived + 1, len(COUNTS))
    people: np.ndarray  # int64 (n_places,), whose way had led here; those who left stay counted
    holding: np.ndarray  # int64 (n_places,), of them, holding out
    ended: np.ndarray  # int64 (n_ends, n_places), of them, those whose life ended in each way


class Frame(NamedTuple):
    """What there is to see of a week."""

    week: int
    weeks: int  # of the calendar
    day: date
    first: Shown
    second: Shown | None
    differ: int  # people whose fate differs so far between the two

    @property
    def worlds(self) -> list[Shown]:
        """The first world, and the second if there is one."""
        return [self.first] if self.second is None else [self.first, self.second]

    @property
    def over(self) -> bool:
        """Whether the last week has been run."""
        return self.week >= self.weeks


class Pace:
    """Lets a playing model wait for the page, never the page for the model.

    Mesa's play button steps in a thread of its own, and would overtake the browser.
    """

    everyone: ClassVar[WeakSet[Pace]] = WeakSet()

    def __init__(self) -> None:
        self.gone = False
        self._drawn = threading.Event()
        self._drawn.set()
        self._listener: int | None = None
        Pace.everyone.add(self)

    def drawn(self, _week: int | None = None) -> None:
        """Be told by the browser that the last week is on the screen."""
        self._listener = threading.get_ident()
        self._drawn.set()

    def wait(self) -> None:
        """Wait for the last week to be drawn, except in the thread that would be told so."""
        if not self.gone and threading.get_ident() != self._listener:
            self._drawn.wait(PATIENCE)
        self._drawn.clear()

    def leave(self) -> None:
        """The visitor is gone: whatever still plays ends with its next step."""
        self.gone = True
        self._drawn.set()


class Worlds(Opposition):
    """A world, and if asked for a second one of the same people and luck, stepping together.

    Both run to the last day of the longer one, as in `compare`, and are shown from one day on.

    Args:
        first, rng, changes: scenario, seed and changes, as of `Opposition`; a parameter that is
            called `scenario` would be taken by Mesa 3.5 for one of its own kind, on Reset.
        second: scenario of the second world; none by default.
        second_changes: made to the second world alone.
        week: how far to run at once; at least to the first week that is shown.
        span: years that both run to, and show, as of `--span`; empty for those of the scenario.
        pace: of the page that shows them.

    Raises:
        InputError: a scenario, a change or the seed cannot be used, or the two are no pair.
    """

    def __init__(
        self,
        first: str | Scenario = "historical",
        rng: int = 1,
        changes: dict[str, Any] | None = None,
        second: str | Scenario | None = None,
        second_changes: dict[str, Any] | None = None,
        week: int = 0,
        span: str = "",
        pace: Pace | None = None,
    ) -> None:
        asked = [_spanned(load(first, changes or {}), span)]
        if second is not None:
            asked.append(_spanned(load(second, second_changes or {}), span))
        base, *others = to_one_end(asked)
        super().__init__(base, rng)
        # Mesa 3.3 keeps every model alive in the counters of its agents' ids; all are numbered.
        getattr(mesa.Agent, "_ids", {}).pop(self, None)
        self.pace = pace
        self.failure = ""
        self.names = [_named(first, changes)]
        self.changes = [dict(changes or {})]
        self.second: History | None = None
        if second is not None:
            self.changes.append(dict(second_changes or {}))
            (other,) = others
            if other.calendar.start != base.calendar.start:
                start = base.calendar.start
                raise InputError("second world", f"starts on {other.calendar.start}", f"{start}")
            other = other.model_copy(update={"calendar": base.calendar})
            self.names.append(_named(second, second_changes))
            if self.names[0] == self.names[1]:
                self.names = [f"{name} ({k})" for name, k in zip(self.names, WHICH, strict=True)]
            self.second = History(other, self.luck, create(other, self.luck))
        calendar = self.resolved.calendar
        for _ in range(min(max(week, calendar.first_week), calendar.weeks)):
            self._live()
        self.frame = self._picture()

    def step(self) -> None:
        """Run one week of both worlds; a failure is kept as a message, and the worlds rest."""
        if self.pace is not None:
            self.pace.wait()
            if self.pace.gone:
                self.running = False
        if self.failure or not self.running:
            self.running = False
            return
        try:
            self._live()
            self.frame = self._picture()
        except Exception as error:
            logging.getLogger(__name__).exception("a world failed")
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """Rest for good, with a message for the page."""
        own = isinstance(error, MidnightError)
        self.failure = str(error) if own else f"{type(error).__name__}: {error}"
        self.running = False

    def _live(self) -> None:
        super().step()
        if self.second is not None:
            run_weeks(self.second.world, 1)

    def _picture(self) -> Frame:
        first = History(self.resolved, self.luck, self.world)
        shown = [_shown(self.names[0], first, self.changes[0])]
        if self.second is not None:
            shown.append(_shown(self.names[1], self.second, self.changes[1]))
        return Frame(
            week=self.week,
            weeks=self.resolved.calendar.weeks,
            day=self.date,
            first=shown[0],
            second=shown[1] if len(shown) > 1 else None,
            differ=0 if self.second is None else fates_differ(first, self.second),
        )


def _shown(name: str, history: History, changes: Mapping[str, Any]) -> Shown:
    state = history.world.state
    person, n_places = state.person, len(gazetteer())
    came = person["stance"] != SYMPATHISER
    holds = HOLDS[person["stance"]]
    over = [person["circle"][person["stance"] == code] for code in ENDS.values()]
    return Shown(
        name,
        history.scenario,
        changes,
        state.series[: int(state.week[0]) + 1].copy(),
        np.bincount(person["circle"][came], minlength=n_places),
        np.bincount(person["circle"][holds], minlength=n_places),
        np.array([np.bincount(circles, minlength=n_places) for circles in over]),
    )


def _spanned(scenario: Scenario, span: str) -> Scenario:
    return spanned(scenario, span, "span") if span else scenario


def _named(scenario: str | Scenario, changes: Mapping[str, Any] | None) -> str:
    return load(scenario).title + (", changed" if changes else "")
