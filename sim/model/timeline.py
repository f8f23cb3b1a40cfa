"""From dated curves and acts to what each week brings."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from sim.chart.registry import chart
from sim.elementary import log
from sim.model import elementwise
from sim.model.codes import PLACES, STANCES
from sim.model.mechanisms import Week
from sim.model.people import leader_ids
from sim.model.places import WAVES
from sim.model.records import Rates
from sim.model.state import Timeline
from sim.model.tables import AT_RISK, DATED, DECISIONS, LISTS, SUMMED
from sim.scenario.schema import Calendar, Knot, Lever, Scenario

OF_LEADERS = ("signature", "appeal")
"""Acts that a leader's own followers hear most of."""


def date_of(calendar: Calendar, week: int) -> date:
    """Return the day on which `week` begins; equally, the day on which row `week` was counted."""
    return calendar.start + timedelta(weeks=week)


def week_of(calendar: Calendar, day: date) -> int:
    """Return the week in which `day` falls; negative before the first day."""
    return (day - calendar.start).days // 7


def heights(lever: Lever, days: np.ndarray, rates: Rates) -> np.ndarray:
    """Return the lever on `days` (ordinals): straight lines between knots, level outside.

    Spelled out, for NumPy's own leaves it to the C compiler how its steps are rounded.
    """
    dated = sorted((_day(knot, rates), knot.value) for knot in lever.knots.values())
    x, y = np.array(dated).T
    after = np.searchsorted(x, days, side="right")
    left, right = np.maximum(after - 1, 0), np.minimum(after, x.size - 1)
    way = (days - x[left]) / np.maximum(x[right] - x[left], 1)
    return lever.scale * (y[left] + way * (y[right] - y[left]))


def _day(knot: Knot, rates: Rates) -> float:
    """Return the day of a knot, an ordinal, with the delay that the scenario gives it."""
    return knot.date.toordinal() + (7.0 * getattr(rates, knot.delay) if knot.delay else 0.0)


def timeline(scenario: Scenario) -> Timeline:
    """Return the levers and pulses of every week of a scenario, and of the day after the last."""
    calendar = scenario.calendar
    weeks = np.arange(calendar.weeks + 1)
    days = calendar.start.toordinal() + 7 * weeks
    rates = Rates(**scenario.rates.values())
    leaders = leader_ids(scenario)
    levers = np.zeros((weeks.size, len(Week._fields)))
    for column, lever in enumerate(chart().levers):
        levers[:, column] = heights(getattr(scenario.levers, lever.name), days, rates)
    pulses = {each.event: each for each in chart().pulses}
    pulse = np.zeros((weeks.size, len(leaders) + 1))
    signed = np.zeros((weeks.size, len(leaders) + 1), bool)
    happened = np.zeros((len(DATED), weeks.size), bool)
    for event in scenario.events.values():
        if not event.happens:
            continue
        since = weeks - week_of(calendar, event.date)
        passed = since >= 0
        age = np.where(passed, since, 0)
        if event.kind in DATED:
            happened[DATED.index(event.kind)] |= passed
            continue
        if event.kind in pulses:
            common = pulses[event.kind]
            fading = _fading(age, getattr(rates, common.half_life))
            column = Week._fields.index(common.name)
            levers[:, column] += event.strength * np.where(passed, fading, 0.0)
        if event.leader in leaders and event.kind in OF_LEADERS:
            column = leaders.index(str(event.leader))
            fading = _fading(age, rates.patron_half_life)
            pulse[:, column] += event.strength * np.where(passed, fading, 0.0)
            signed[:, column] |= passed & (event.kind == "signature")
    clock = _clock(Week(*levers.T), rates)
    wave = np.searchsorted([day.toordinal() for day in WAVES], days, side="right") - 1
    kept = float(_fading(np.ones(1), rates.news_half_life)[0])
    decides, listed = _decides(clock), _listed(calendar)
    return Timeline(levers, pulse, signed, clock, happened, decides, wave, kept, listed)


def _decides(clock: np.ndarray) -> np.ndarray:
    """Return who has to be looked at in each week: (n_weeks + 1, n_stances, n_places).

    Those at risk of a decision, always; those at risk of a contact, while its rate is not 0.
    """
    found = np.zeros((clock.shape[1], len(STANCES), len(PLACES)), bool)
    on = np.diff(clock, axis=1, append=clock[:, -1:]) > 0.0
    for process in SUMMED:
        weeks = np.full(clock.shape[1], True) if DECISIONS[process] else on[process]
        found |= weeks[:, None, None] & AT_RISK[process]
    return found


def _listed(calendar: Calendar) -> np.ndarray:
    """Return of how many people dated tables speak by week, (n_lists, n_weeks + 1)."""
    found = np.zeros((len(LISTS), calendar.weeks + 1), np.int64)
    for k, process in enumerate(LISTS):
        for entry in chart().transitions[process].entries:
            week = week_of(calendar, entry.date)
            if 0 <= week < calendar.weeks:
                found[k, week] += entry.number
    return found


def _fading(age: np.ndarray, half_life: float) -> np.ndarray:
    """Return what is left of a pulse after `age` weeks, 1 at first."""
    return elementwise.exp(-log(2.0) * age / half_life)


def _clock(week: Week, rates: Rates) -> np.ndarray:
    """Return the common hazard of each clock, summed from the first day on.

    Shape (n_processes, n_weeks + 1); a person's own hazard is a factor times this.
    """
    week = Week(*(lever[:-1] for lever in week))
    hazard = np.zeros((len(chart().transitions), week[0].size + 1))
    for code, transition in enumerate(chart().transitions):
        if transition.rate is not None:
            hazard[code, 1:] = transition.rate(week, rates)
    return np.cumsum(hazard, axis=1)
