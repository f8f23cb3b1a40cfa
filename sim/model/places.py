"""The gazetteer: cities, colonies and isolators, each with claims or an assumption."""

from __future__ import annotations

import csv
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

import numpy as np

from sim.model import streams


class Place(NamedTuple):
    """A row of `places.csv`; coordinates in decimal degrees, `weight` relative within a kind."""

    id: str
    name: str
    modern_name: str
    kind: str
    latitude: float
    longitude: float
    weight: float
    claims: tuple[str, ...]
    assumed: str


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
            tuple(filter(None, row["claims"].split(";"))),
            row["assumed"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def draw(kind: str, seed: int, n: int) -> np.ndarray:
    """Return a place of `kind` for each of n people, in proportion to the weights; uint16 codes.

    They depend on the seed alone, so what worlds of one seed share is looked up once.
    """
    if n > streams.KEPT:
        return _places(kind, streams.uniform(seed, kind, n))
    return _kept(kind, seed, streams.rounded(n))[:n].copy()


@lru_cache(maxsize=32)
def _kept(kind: str, seed: int, n: int) -> np.ndarray:
    return _places(kind, streams.uniform(seed, kind, n))


def _places(kind: str, uniforms: np.ndarray) -> np.ndarray:
    codes = np.array([k for k, place in enumerate(gazetteer()) if place.kind == kind], np.uint16)
    weights = np.array([gazetteer()[k].weight for k in codes])
    edges = np.cumsum(weights)
    edges /= edges[-1]
    return codes[np.minimum(np.searchsorted(edges, uniforms, side="right"), codes.size - 1)]
