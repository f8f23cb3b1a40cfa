"""Named random streams: what a person draws depends on the seed and a name, on nothing else."""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np

from sim.model import elementwise

KEPT = 2**16
"""Longest draw that is kept, in numbers: worlds of one seed draw the same ones again and again."""

DRAWS = 512
"""Draws that are kept: some 50 for each of the eight seeds of a calibration, and room to spare."""


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of `name` under `seed`.

    The key is a hash of the name, never the order of calls, so a new mechanism draws from a
    stream of its own and shifts nobody else's draws (common random numbers).

    Args:
        seed: any integer >= 0; 0 is a seed like any other.
        name: stable name such as `resistance/signing`.
    """
    key = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=16).digest(), dtype="<u4")
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(int(word) for word in key))
    return np.random.Generator(np.random.PCG64(sequence))


def uniform(seed: int, name: str, size: int | tuple[int, int]) -> np.ndarray:
    """Return uniforms on [0, 1); a longer request begins with the shorter one's numbers."""
    return _draw("uniform", seed, name, size)


def normal(seed: int, name: str, size: int) -> np.ndarray:
    """Return standard normals by inversion, prefix-stable in `size`."""
    return _draw("normal", seed, name, size)


def exponential(seed: int, name: str, size: int) -> np.ndarray:
    """Return Exp(1) draws by inversion, prefix-stable in `size` and never exactly zero."""
    return _draw("exponential", seed, name, size)


def _draw(kind: str, seed: int, name: str, size: int | tuple[int, int]) -> np.ndarray:
    """Return draws that nobody can write to, as a part of a kept draw where that is short."""
    n = int(np.prod(size))
    if n > KEPT:
        return _all(kind, seed, name, n).reshape(size)
    return _kept(kind, seed, name, rounded(n))[:n].reshape(size)


def rounded(n: int) -> int:
    """Return the power of two up to which draws for `n` are kept, so that most find them there."""
    return 2 ** max(n - 1, 1).bit_length()


def _all(kind: str, seed: int, name: str, n: int) -> np.ndarray:
    found = stream(seed, name).random(n)
    if kind == "normal":
        return elementwise.normal(found)
    return elementwise.exponential(found) if kind == "exponential" else found


@lru_cache(maxsize=DRAWS)
def _kept(kind: str, seed: int, name: str, n: int) -> np.ndarray:
    found = _all(kind, seed, name, n)
    found.flags.writeable = False
    return found
