"""What numbers the searches take; here, so that they are checked before anything is loaded."""

from __future__ import annotations

SAMPLER = {"ess": (10, 1_000_000), "walkers": (50, 100_000), "seed": (1, 1_000_000)}
"""Effective sample size, walkers and seed of the sampler, least and most: CMA-ES takes a seed of 0
for the time of day, and the seeds of an emulator's networks, a few thousand times as large, have
32 bits."""
LARGEST_SEARCH_SEED = 2**32 - 1
"""Of `fit`: what the search takes."""
