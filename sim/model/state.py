"""The arrays of a world: people and ties that never change, and the state that the weeks change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from sim.model.codes import COUNTS, PROCESSES
from sim.model.tables import CIRCLES, SUMMED

if TYPE_CHECKING:
    from sim.model.records import Coefficients, Rates


class People(NamedTuple):
    """Who they are; arrays of shape `(n_people,)` unless said otherwise."""

    wing: np.ndarray  # uint8, codes.WINGS
    generation: np.ndarray  # uint8, codes.GENERATIONS
    programme: np.ndarray  # float32 in (0, 1)
    conviction: np.ndarray  # float32, minus the log-frailty of signing
    patron: np.ndarray  # uint8, row of the leader; the last column of `pulse` is nobody
    city: np.ndarray  # uint16, row of the gazetteer
    colony: np.ndarray  # uint16 (n_waves, n_people), where each wave of exile would take them
    isolator: np.ndarray  # uint16
    camp: np.ndarray  # uint16, as the next one
    elsewhere: np.ndarray
    member: np.ndarray  # bool, in the Opposition on the first day
    present: np.ndarray  # bool, False leaves the person out of the world altogether
    factor: np.ndarray  # float64 (n_factors, n_people), relative hazards; rows as in tables.FACTOR
    adoption_threshold: np.ndarray  # float64 in [0, 1], used by the threshold rule only
    resistance: np.ndarray  # float64 (n_processes, n_people), Exp(1) each


class Ties(NamedTuple):
    """Undirected correspondence, compressed: those of i are `person[start[i]:start[i + 1]]`."""

    start: np.ndarray  # int64 (n_people + 1,)
    person: np.ndarray  # uint32 (n_ties * 2,)


class Timeline(NamedTuple):
    """Levers and pulses by week, and on the day after the last: what is done to everybody."""

    levers: np.ndarray  # float64 (n_weeks + 1, len(Week._fields))
    pulse: np.ndarray  # float64 (n_weeks + 1, n_leaders + 1), the last column zero
    signed: np.ndarray  # bool (n_weeks + 1, n_leaders + 1), whether the leader has signed by then
    clock: (
        np.ndarray
    )  # float64 (n_processes, n_weeks + 1), cumulative common hazard of each process
    happened: np.ndarray  # bool (n_dated, n_weeks + 1), whether a dated act has happened by then
    decides: np.ndarray  # bool (n_weeks + 1, s, p), who has to be looked at in a week
    wave: np.ndarray  # int64 (n_weeks + 1,), of exile
    kept: float  # share of the news of signatures in the press that is left after a week
    listed: np.ndarray  # int64 (n_lists, n_weeks + 1), how many a dated table says for a week


ROW = np.dtype(
    [
        ("resistance", np.float64),  # of the first summed transition
        ("programme", np.float32),
        ("conviction", np.float32),
        ("struck", np.int16),  # first week in which a clock strikes
        ("circle", np.uint16),  # row of the gazetteer: comrades at the same place
        ("known", np.int16),  # correspondents who ever joined
        ("gone", np.int16),  # of them, who signed
        ("still", np.int16),  # of them, who hold out outside an isolator
        ("decided", np.int16),  # week of the last decision taken alone, counted from 1
        ("patron", np.uint8),  # column of `Timeline.pulse`
        ("stance", np.uint8),  # codes.STANCES
        ("place", np.uint8),  # codes.PLACES
        ("wing", np.uint8),  # codes.WINGS
        ("since", np.int16),  # week in which they first held out outside the Party, from 1
        ("been", np.uint8),  # bits: of which of the person's own places comrades know them
    ],
    align=True,
)
"""All that a week reads of a person, side by side in half a cache line, however many are gone."""


class State(NamedTuple):
    """What changes; the weekly loop and the Mesa agents share these very arrays."""

    week: np.ndarray  # int64 (1,), weeks completed
    person: np.ndarray  # ROW (n_people,)
    cumulative_hazard: np.ndarray  # float64 (n_summed, n_people), rows as in tables.SUMMED
    resistance: np.ndarray  # float64 (n_summed, n_people), the sums at which each happens, next
    hour: np.ndarray  # float64 (n_processes, n_people), on `Timeline.clock`, when each strikes
    event_week: np.ndarray  # int32 (n_processes, n_people), -1 until it happens
    circle_known: np.ndarray  # int32 (n_places,), everyone who ever belonged to the circle
    circle_gone: np.ndarray  # int32 (n_places,), of them, who signed there
    circle_holding: np.ndarray  # int32 (n_places,), of them, holding out and still there
    circle_striking: np.ndarray  # int32 (n_places,), of them, on hunger strike
    circle_gone_share: np.ndarray  # float64 (n_places,), on the Monday of this week
    circle_holding_share: np.ndarray  # float64 (n_places,)
    circle_striking_share: np.ndarray  # float64 (n_places,), of those who hold out
    circle_people: np.ndarray  # int32 (n_places,), whose city it is, joined or not
    circle_clock: np.ndarray  # float64 (n_circle_hazards * n_places, 2), Monday and week's end
    public: np.ndarray  # float64 (1,), news of signatures in the press, 0 to 1
    signed_now: np.ndarray  # int64 (1,), statements of this week
    belief: np.ndarray  # float32 (n_people,), retained; 1 for whoever never signed
    active: np.ndarray  # uint32 (n_people,): who decides every week, and some who no longer do
    n_active: np.ndarray  # int64 (1,), its length
    waiting: np.ndarray  # uint32 (2 * n_people,), those whom nothing but a clock will strike
    waiting_until: np.ndarray  # int32, in which week
    waiting_hour: np.ndarray  # float64, or at which sum of their circle's hazard
    waiting_row: np.ndarray  # uint32, row of `circle_clock`
    n_waiting: np.ndarray  # int64 (1,)
    listed: np.ndarray  # int64 (1,), week whose decisions both lists are up to date with, from 1
    due: np.ndarray  # int64 (2 * n_people,), events of this week: person, which of theirs, process
    n_due: np.ndarray  # int64 (1,)
    strikes: np.ndarray  # float64 (n_processes,), of the person who decides: fraction of the week
    counts: np.ndarray  # int64 (len(COUNTS),)
    series: np.ndarray  # int64 (n_weeks + 1, len(COUNTS)); row k is the state after k weeks


class World(NamedTuple):
    """All that a week needs, in one value that compiled code takes as it is."""

    people: People
    ties: Ties
    timeline: Timeline
    coefficients: Coefficients
    lots: np.ndarray  # uint32 (n_people,), in which order lots fall; empty where none are drawn
    rates: Rates
    waits: np.ndarray  # int64 (n_processes,), weeks before anybody is at risk
    rule: int  # codes.RULES
    state: State


def empty_state(people: People, n_places: int, n_weeks: int) -> State:
    """Return the state before anybody has been placed."""
    n_people = people.wing.size

    def zeros(shape: int | tuple[int, ...], dtype: DTypeLike) -> np.ndarray:
        return np.zeros(shape, dtype)

    person = zeros(n_people, ROW)
    person["resistance"] = people.resistance[SUMMED[0]]
    for name in ("programme", "conviction", "patron", "wing"):
        person[name] = getattr(people, name)
    return State(
        week=zeros(1, np.int64),
        person=person,
        cumulative_hazard=zeros((len(SUMMED), n_people), np.float64),
        resistance=people.resistance[list(SUMMED)],
        hour=np.full((len(PROCESSES), n_people), np.inf),
        event_week=np.full((len(PROCESSES), n_people), -1, np.int32),
        circle_known=zeros(n_places, np.int32),
        circle_gone=zeros(n_places, np.int32),
        circle_holding=zeros(n_places, np.int32),
        circle_striking=zeros(n_places, np.int32),
        circle_gone_share=zeros(n_places, np.float64),
        circle_holding_share=zeros(n_places, np.float64),
        circle_striking_share=zeros(n_places, np.float64),
        circle_people=zeros(n_places, np.int32),
        circle_clock=zeros((max(len(CIRCLES), 1) * n_places, 2), np.float64),
        public=zeros(1, np.float64),
        signed_now=zeros(1, np.int64),
        belief=np.ones(n_people, np.float32),
        active=zeros(n_people, np.uint32),
        n_active=zeros(1, np.int64),
        waiting=zeros(2 * n_people, np.uint32),
        waiting_until=zeros(2 * n_people, np.int32),
        waiting_hour=zeros(2 * n_people, np.float64),
        waiting_row=zeros(2 * n_people, np.uint32),
        n_waiting=zeros(1, np.int64),
        listed=zeros(1, np.int64),
        due=zeros(2 * n_people, np.int64),
        n_due=zeros(1, np.int64),
        strikes=np.full(len(PROCESSES), np.inf),
        counts=zeros(len(COUNTS), np.int64),
        series=zeros((n_weeks + 1, len(COUNTS)), np.int64),
    )
