"""The chart as arrays, which the compiled weekly loop reads as constants.

`s` stands for stances, `p` for places, in the order of their codes.
"""

from __future__ import annotations

import numpy as np

from sim.chart.registry import chart
from sim.model.codes import COUNTS, PLACES, STANCES, WINGS, columns

_TRANSITIONS, _PLACES, _STANCES = chart().transitions, chart().places, chart().stances

N_PROCESSES = len(_TRANSITIONS)
N_PLACES = len(_PLACES)
SUMMED = tuple(k for k, each in enumerate(_TRANSITIONS) if each.hazard != "clock")
"""Transitions whose hazard is added up person by person; row k of `cumulative_hazard` is
`SUMMED[k]`."""
DECISIONS = np.array([each.hazard == "decision" for each in _TRANSITIONS])
CLOCKS = np.array([each.hazard == "clock" for each in _TRANSITIONS])

AT_RISK = np.array(
    [[[each.at_risk(s, p) for p in PLACES] for s in STANCES] for each in _TRANSITIONS]
)
"""(n_processes, s, p), whether somebody is at risk."""
TO_STANCE = np.array([STANCES.index(e.to_stance) if e.to_stance else -1 for e in _TRANSITIONS])
TO_PLACE = np.array([PLACES.index(e.to_place) if e.to_place else -1 for e in _TRANSITIONS])
"""Where each transition leads; -1 for where the person was."""
EXAMPLE = np.array([each.example for each in _TRANSITIONS])
FACTOR = np.array(np.cumsum([each.factor is not None for each in _TRANSITIONS]) - 1, dtype=np.int64)
FACTOR[[each.factor is None for each in _TRANSITIONS]] = -1
"""Row of `People.factor` for each transition; -1 where everybody's factor is 1."""
N_FACTORS = int((FACTOR >= 0).sum())

DECIDES = np.array([AT_RISK[list(SUMMED), k].any() for k in range(len(STANCES))])
"""(s,), whether people of a stance have to be looked at every week."""
EVERYWHERE = bool(all(AT_RISK[SUMMED[0], k].all() for k in np.flatnonzero(DECIDES)))
"""Whether whoever is looked at is always at risk of the first summed transition."""
BELONGS = np.array([each.belongs for each in _STANCES])
HOLDS = np.array([each.holding for each in _STANCES])
LETTERS = np.array([each.letters for each in _PLACES])
WHERE = np.array([("city", "colony", "isolator").index(each.where) for each in _PLACES])

_EVENTS = tuple(dict.fromkeys(move.event for move in chart().moves))
MOVED_TO = np.full((len(_EVENTS), N_PLACES), -1)
"""(n_events, p), where a dated act moves whoever holds out at a place; -1 for nowhere."""
for _move in chart().moves:
    MOVED_TO[_EVENTS.index(_move.event), PLACES.index(_move.place)] = PLACES.index(_move.to_place)
DATED = _EVENTS
N_DATED = len(DATED)

_COLUMNS = columns()
STOCK = np.zeros((len(COUNTS), len(STANCES), N_PLACES, len(WINGS)), bool)
"""Whom a column counts as they are now, by stance, place and wing."""
FLOW = np.full(len(COUNTS), -1)
"""The transition that a column counts; -1 for a stock."""
FLOW_WING = np.full(len(COUNTS), -1)
FLOW_WITH_PATRON = np.zeros(len(COUNTS), bool)
for _k, _each in enumerate(_COLUMNS):
    if _each.transition:
        FLOW[_k] = [t.name for t in _TRANSITIONS].index(_each.transition)
        FLOW_WING[_k] = WINGS.index(_each.wings[0]) if _each.wings else -1
        FLOW_WITH_PATRON[_k] = _each.with_patron
    else:
        STOCK[_k] = np.einsum(
            "i,j,k->ijk",
            [name in _each.stances for name in STANCES],
            [not _each.places or name in _each.places for name in PLACES],
            [not _each.wings or name in _each.wings for name in WINGS],
        )
