"""The gazetteer: cities, colonies and isolators, each with claims or an assumption."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from sim.model import streams


class Place(NamedTuple):
    """A row of `places.csv`: a city, colony, isolator or camp.

    Attributes:
        latitude, longitude: decimal degrees.
        weight: share of people, relative within a kind.
        zinovievists: the same among Zinovievists, of a city.
        since: from when on people are sent there, of a colony; empty for always.
    """

    id: str
    name: str
    modern_name: str
    kind: str
    latitude: float
    longitude: float
    weight: float
    zinovievists: float
    since: str
    claims: tuple[str, ...]
    assumed: str


Weigh = Callable[[Place], float]


def by_weight(place: Place) -> float:
    """Weigh a place as everybody's."""
    return place.weight


def by_zinovievists(place: Place) -> float:
    """Weigh a city as a Zinovievist's."""
    return place.zinovievists


def by_first_wave(place: Place) -> float:
    """Weigh a colony as one of the first wave."""
    return 0.0 if place.since else place.weight


@cache
def gazetteer() -> tuple[Place, ...]:
    """Return all places in the order of the file; their positions are the codes in the arrays."""
    text = resources.files(__package__).joinpath("places.csv").read_text(encoding="utf-8")
    return tuple(
        Place(
            row["id"],
            row["name"],
            row["modern_name"],
            row["kind"],
            float(row["latitude"]),
            float(row["longitude"]),
            float(row["weight"]),
            float(row["zinovievists"] or row["weight"]),
            row["since"],
            tuple(filter(None, row["claims"].split(";"))),
            row["assumed"],
        )
        for row in csv.DictReader(text.splitlines())
    )


WAVES = (date.min, date(1928, 7, 1))
"""First days of the waves of exile: the first went to fewer colonies (assumed)."""


def draw(kind: str, seed: int, n: int, weigh: Weigh = by_weight) -> np.ndarray:
    """Return a place of `kind` for each of n people, in proportion to the weights; uint16 codes.

    They depend on the seed alone, so what worlds of one seed share is looked up once.
    """
    if n > streams.KEPT:
        return _places(kind, streams.uniform(seed, kind, n), weigh)
    return _kept(kind, seed, streams.rounded(n), weigh)[:n].copy()


def cities(seed: int, zinovievist: np.ndarray) -> np.ndarray:
    """Return everybody's city, uint16: Leningrad was Zinoviev's, and hardly anybody else's."""
    n = zinovievist.size
    theirs = draw("city", seed, n, by_zinovievists)
    return np.where(zinovievist, theirs, draw("city", seed, n))


def colonies(seed: int, n: int) -> np.ndarray:
    """Return where each wave of exile would take everybody; uint16 (n_waves, n)."""
    return np.stack([draw("colony", seed, n, by_first_wave), draw("colony", seed, n)])


@lru_cache(maxsize=32)
def _kept(kind: str, seed: int, n: int, weigh: Weigh) -> np.ndarray:
    return _places(kind, streams.uniform(seed, kind, n), weigh)


def _places(kind: str, uniforms: np.ndarray, weigh: Weigh) -> np.ndarray:
    codes = np.array([k for k, place in enumerate(gazetteer()) if place.kind == kind], np.uint16)
    weights = np.array([weigh(gazetteer()[k]) for k in codes])
    edges = np.cumsum(weights)
    edges /= edges[-1]
    return codes[np.minimum(np.searchsorted(edges, uniforms, side="right"), codes.size - 1)]
