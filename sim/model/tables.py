"""The chart as arrays, which the compiled weekly loop reads as constants.

`s` stands for stances, `p` for places, in the order of their codes.
"""

from __future__ import annotations

import numpy as np

from sim.chart.registry import PLACES_OF_A_PERSON, chart
from sim.model.codes import PLACES, STANCES, WINGS, columns
from sim.model.places import gazetteer

_TRANSITIONS, _PLACES, _STANCES = chart().transitions, chart().places, chart().stances

N_PROCESSES = len(_TRANSITIONS)
N_PLACES = len(_PLACES)
SUMMED = tuple(k for k, e in enumerate(_TRANSITIONS) if e.hazard in ("decision", "contact"))
"""Transitions whose hazard is added up person by person; row k of `cumulative_hazard` is
`SUMMED[k]`."""
DECISIONS = np.array([each.hazard == "decision" for each in _TRANSITIONS])
CLOCKS = np.array([each.hazard == "clock" for each in _TRANSITIONS])
CIRCLES = tuple(k for k, e in enumerate(_TRANSITIONS) if e.hazard == "circle")
CIRCLE = np.array([CIRCLES.index(k) if k in CIRCLES else -1 for k in range(N_PROCESSES)])
"""Row of `State.circle_clock` for each transition; -1 for what is no circle's hazard."""
LISTS = np.array([k for k, e in enumerate(_TRANSITIONS) if e.hazard == "list"], np.int64)


def _risks(stance: str, place: str, wing: str) -> int:
    return sum(
        1 << k
        for k, each in enumerate(_TRANSITIONS)
        if each.at_risk(stance, place) and (not each.wings or wing in each.wings)
    )


RISKS = np.array(
    [[[_risks(stance, place, wing) for wing in WINGS] for place in PLACES] for stance in STANCES],
    np.int64,
)
"""(s, p, n_wings), bit k is whether somebody is at risk of transition k."""
WEIGHED = np.array(
    [(RISKS >> process & 1) << k for k, process in enumerate((*SUMMED, *CIRCLES))]
).sum(axis=0)
"""(s, p, n_wings), bit k is whether somebody is at risk of the k-th of `SUMMED`, then `CIRCLES`."""
AT_RISK = np.array(
    [[[each.at_risk(s, p) for p in PLACES] for s in STANCES] for each in _TRANSITIONS]
)
"""(n_processes, s, p), whether somebody is at risk."""
TO_STANCE = np.array([STANCES.index(e.to_stance) if e.to_stance else -1 for e in _TRANSITIONS])
TO_WING = np.array([WINGS.index(e.to_wing) if e.to_wing else -1 for e in _TRANSITIONS])
TO_PLACE = np.array([PLACES.index(e.to_place) if e.to_place else -1 for e in _TRANSITIONS])
"""Where each transition leads; -1 for where the person was."""
EXAMPLE = np.array([each.example for each in _TRANSITIONS])
EXPOSED = np.array([e.hazard == "clock" and e.exposure is not None for e in _TRANSITIONS])
"""Whether the exposure to a clock is read as the risk begins."""
FACTOR = np.array(np.cumsum([each.factor is not None for each in _TRANSITIONS]) - 1, dtype=np.int64)
FACTOR[[each.factor is None for each in _TRANSITIONS]] = -1
"""Row of `People.factor` for each transition; -1 where everybody's factor is 1."""
N_FACTORS = int((FACTOR >= 0).sum())

BELONGS = np.array([each.belongs for each in _STANCES])
HOLDS = np.array([each.holding for each in _STANCES])
COUNTED = np.array([each.holding and each.counted for each in _STANCES])
STRIKING = np.array([each.striking for each in _STANCES])
PLACED = np.array([each.belongs or each.placed for each in _STANCES])
LETTERS = np.array([each.letters for each in _PLACES])
WHERE = np.array([PLACES_OF_A_PERSON.index(each.where) for each in _PLACES])

_ROWS = {each.id: row for row, each in enumerate(gazetteer())}
IN_CIRCLE = np.array([_ROWS.get(each.circle, -1) for each in _TRANSITIONS])
COUNTED_IN = np.array([_ROWS.get(each.circle, -1) for each in columns()])
"""Row of the gazetteer where alone it happens, or is counted; -1 for everywhere."""

_EVENTS = tuple(dict.fromkeys(move.event for move in chart().moves))
MOVED_TO = np.full((len(_EVENTS), N_PLACES), -1)
"""(n_events, p), where a dated act moves whoever holds out at a place; -1 for nowhere."""
BROUGHT_TO = np.full((len(_EVENTS), len(_STANCES)), -1)
"""(n_events, s), to which stance a dated act brings people; -1 for none."""
for _move in chart().moves:
    _event = _EVENTS.index(_move.event)
    if _move.place:
        MOVED_TO[_event, PLACES.index(_move.place)] = PLACES.index(_move.to_place)
    else:
        BROUGHT_TO[_event, STANCES.index(_move.stance)] = STANCES.index(_move.to_stance)
DATED = _EVENTS
N_DATED = len(DATED)

_NONE = -1


def _stocks(stance: str, place: str, wing: str) -> list[int]:
    return [
        k
        for k, each in enumerate(columns())
        if stance in each.stances
        and (not each.places or place in each.places)
        and (not each.wings or wing in each.wings)
    ]


def _flows(transition: str, wing: str) -> list[int]:
    return [
        k
        for k, each in enumerate(columns())
        if each.transition == transition and (not each.wings or wing in each.wings)
    ]


def _padded(rows: list[list[int]], *shape: int) -> np.ndarray:
    """Return lists of columns as an array of a shape and one axis more, ended by `_NONE`."""
    most = max(map(len, rows)) + 1
    return np.array([row + [_NONE] * (most - len(row)) for row in rows]).reshape(*shape, most)


STOCKS = _padded(
    [_stocks(s, p, w) for s in STANCES for p in PLACES for w in WINGS],
    len(STANCES),
    N_PLACES,
    len(WINGS),
)
"""(s, p, n_wings, ...), the columns that count somebody as they are now, ended by -1."""
FLOWS = _padded(
    [_flows(each.name, w) for each in _TRANSITIONS for w in WINGS], N_PROCESSES, len(WINGS)
)
"""(n_processes, n_wings, ...), the columns that count an event, ended by -1."""
WITH_PATRON = np.array([each.with_patron for each in columns()])
"""Whether a column counts only followers of a leader who has signed."""
