"""Named random streams: what a person draws depends on the seed and a name, on nothing else."""

from __future__ import annotations

import hashlib

import numpy as np


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of `name` under `seed`.

    The key is a hash of the name, never the order of calls, so a new mechanism draws from a
    stream of its own and shifts nobody else's luck (common random numbers).

    Args:
        seed: any integer >= 0; 0 is a seed like any other.
        name: stable name such as `resistance/signing`.
    """
    key = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=16).digest(), dtype="<u4")
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(int(word) for word in key))
    return np.random.Generator(np.random.PCG64(sequence))


def uniform(seed: int, name: str, size: int | tuple[int, ...]) -> np.ndarray:
    """Return uniforms on [0, 1); a longer request begins with the shorter one's numbers."""
    return stream(seed, name).random(size)


def normal(seed: int, name: str, size: int) -> np.ndarray:
    """Return standard normals, prefix-stable in `size`."""
    return stream(seed, name).standard_normal(size)


def exponential(seed: int, name: str, size: int) -> np.ndarray:
    """Return Exp(1) draws by inversion, prefix-stable in `size` and never exactly zero."""
    return -np.log1p(-uniform(seed, name, size)) + np.finfo(float).tiny
