"""Who writes to whom across the distances of exile."""

from __future__ import annotations

import numpy as np

from sim.model import streams
from sim.model.compiled import compiled
from sim.model.state import Ties


def letters(seed: int, n_people: int, begun: int) -> Ties:
    """Return a random recursive graph: each person begins to write to `begun` earlier ones.

    Choosing among those with smaller numbers only means that one person more, at the end,
    changes nobody else's ties. Mean degree 2 * `begun`; the largest grows like log(n_people),
    so some are better known than others, as they were.
    """
    if begun == 0 or n_people < 2:
        return from_pairs(n_people, np.empty((0, 2), np.uint32))
    pairs = np.empty(((n_people - 1) * begun, 2), np.uint32)
    _choose(streams.uniform(seed, "letters", (n_people, begun)), pairs)
    return from_pairs(n_people, pairs)


def from_pairs(n_people: int, pairs: np.ndarray) -> Ties:
    """Return ties from undirected `pairs` (n_pairs, 2) of different people; doubles count twice."""
    pairs = np.ascontiguousarray(pairs, np.uint32)
    start = np.zeros(n_people + 1, np.int64)
    person = np.empty(2 * len(pairs), np.uint32)
    _compress(pairs, start, np.zeros(n_people, np.int64), person)
    return Ties(start, person)


@compiled
def _choose(slots: np.ndarray, pairs: np.ndarray) -> None:
    """Write down to which earlier person each begins to write: the share `slots` of the way."""
    k = 0
    for writer in range(1, slots.shape[0]):
        for slot in range(slots.shape[1]):
            pairs[k, 0] = writer
            pairs[k, 1] = slots[writer, slot] * writer
            k += 1


@compiled
def _compress(pairs: np.ndarray, start: np.ndarray, filled: np.ndarray, person: np.ndarray) -> None:
    for k in range(pairs.shape[0]):
        start[pairs[k, 0] + 1] += 1
        start[pairs[k, 1] + 1] += 1
    for i in range(1, start.size):
        start[i] += start[i - 1]
    for i in range(filled.size):
        filled[i] = start[i]
    for k in range(pairs.shape[0]):
        a, b = pairs[k, 0], pairs[k, 1]
        person[filled[a]] = b
        filled[a] += 1
        person[filled[b]] = a
        filled[b] += 1
