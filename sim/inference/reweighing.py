"""What draws weigh if one of the historians or texts is wrong."""

from __future__ import annotations

import numpy as np

from sim.evidence.left_out import readings_of
from sim.inference.posterior import Posterior, reweighed
from sim.model import elementwise


def by_reading(posterior: Posterior) -> dict[str, np.ndarray]:
    """Return what each draw weighs under each reading, by who is taken to be wrong.

    Returns:
        (n_draws,) each, adding up to one; "" for everybody believed.
    """
    asked, found = posterior.problem, {}
    with_all = asked.log_likelihood(posterior.predictions)
    for who, kept in readings_of(asked.lived).items():
        there = asked.log_likelihood(posterior.predictions, kept) if kept else 0.0
        found[who] = elementwise.exp(reweighed(posterior.log_weights, there - with_all)[0])
    return found


def mixture(every: dict[str, np.ndarray]) -> np.ndarray:
    """Return the weights by which all readings, as of `by_reading`, choose draws alike."""
    return np.mean(list(every.values()), axis=0)
