"""What numbers the searches take; here, so that they are checked before anything is loaded."""

from __future__ import annotations

SAMPLER = {"ess": (10, 1_000_000), "walkers": (50, 100_000)}
"""Effective sample size and walkers, least and most."""
LARGEST_SEARCH_SEED = 2**32 - 1
"""Of `fit`: what the search takes."""
