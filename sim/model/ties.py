"""Who writes to whom across the distances of exile."""

from __future__ import annotations

import numpy as np

from sim.model import streams
from sim.model.compiled import compiled, inlined
from sim.model.state import People, Ties


def letters(seed: int, people: People, nobody: int, begun: int, among: int) -> Ties:
    """Return a random recursive graph: each person begins to write to `begun` earlier ones.

    Each is the one of `among` people met by chance who has most in common with the writer: the
    city counts two, the wing and the leader followed one each. Choosing among those with smaller
    numbers only means that one person more, at the end, changes nobody else's ties. Mean degree
    2 * `begun`; the largest grows like log(n_people), so some are better known than others.

    Args:
        seed: of the world.
        people: everybody.
        nobody: the patron of those who follow no leader.
        begun: correspondents begun by each.
        among: people met by chance for each of them; 1 for chance alone.
    """
    n_people = people.wing.size
    if begun == 0 or n_people < 2:
        return from_pairs(n_people, np.empty((0, 2), np.uint32))
    pairs = np.empty(((n_people - 1) * begun, 2), np.uint32)
    met = streams.uniform(seed, "letters", (n_people, begun))
    _choose(met, among, people.city, people.wing, people.patron, nobody, pairs)
    return from_pairs(n_people, pairs)


def from_pairs(n_people: int, pairs: np.ndarray) -> Ties:
    """Return ties from undirected `pairs` (n_pairs, 2) of different people; doubles count twice."""
    pairs = np.ascontiguousarray(pairs, np.uint32)
    start = np.zeros(n_people + 1, np.int64)
    person = np.empty(2 * len(pairs), np.uint32)
    _compress(pairs, start, np.zeros(n_people, np.int64), person)
    return Ties(start, person)


@compiled
def _choose(
    met: np.ndarray,
    among: int,
    city: np.ndarray,
    wing: np.ndarray,
    patron: np.ndarray,
    nobody: int,
    pairs: np.ndarray,
) -> None:
    """Write down to which earlier person each begins to write; `met` says whom they meet."""
    begun = met.shape[1]
    for writer in range(1, met.shape[0]):
        for slot in range(begun):
            best, most = np.int64(0), -1
            for k in range(among):
                other = np.int64(_further(met[writer, slot], k) * writer)
                common = 2 * (city[other] == city[writer]) + (wing[other] == wing[writer])
                common += (patron[other] == patron[writer]) & (patron[writer] != nobody)
                if common > most:
                    best, most = other, common
            row = (writer - 1) * begun + slot
            pairs[row, 0] = writer
            pairs[row, 1] = best


@inlined
def _further(uniform: float, k: int) -> float:
    """Return the k-th uniform that follows from one, by the steps of SplitMix64; 0 is itself."""
    if k == 0:
        return uniform
    z = np.uint64(uniform * 2.0**53) + np.uint64(k) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53


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
