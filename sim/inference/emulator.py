"""A regression that stands in for the simulation where an exact answer is not needed.

What worlds say of each figure is a smooth function of the parameters, plus luck. A quadratic form
and what a small network adds to it are fitted to the simulations so far (four times, each without
a quarter of them). How far they miss the quarter, and each other, is the error that is reckoned
with. Nothing that is concluded rests on an emulator: it proposes, and the simulation decides
(Christen & Fox 2005, doi:10.1198/106186005X76983).
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

FOLDS = 4
"""Regressions that are averaged."""
LEARNT = 0.5
"""How much any simulation counts at least in what is learnt, so that it is learnt where the figures
are no longer met. In how large the error is, each counts by its own weight."""
NETWORK = {
    "hidden_layer_sizes": (128, 128),
    "activation": "tanh",
    "alpha": 0.3,
    "max_iter": 100,
    "n_iter_no_change": 100,
    "learning_rate_init": 3e-3,
}
"""Of each: restrained, so that it does not learn the luck by heart."""
STRAIGHT, CURVED = 0.3, 3.0
"""Penalties on the linear and the squared terms of the quadratic form."""


class _Part(NamedTuple):
    form: np.ndarray
    network: MLPRegressor
    scale: np.ndarray


class Emulator:
    """What simulations say, as a function of where they are."""

    def __init__(self, z: np.ndarray, y: np.ndarray, weights: np.ndarray, seed: int) -> None:
        """Fit to simulations.

        Args:
            z: (n, dimensions), where they are; the priors are standard normal.
            y: (n, outputs), what they say.
            weights: (n,), how much each counts.
            seed: of the folds and of the networks.
        """
        self.centre = np.average(z, axis=0, weights=weights)
        spread = np.average((z - self.centre) ** 2, axis=0, weights=weights)
        self.width = np.sqrt(spread) + 1e-3
        x = self._scaled(z)
        fold = np.random.default_rng(seed).permutation(len(x)) % FOLDS
        missed = np.empty_like(y)
        self.parts = []
        for k in range(FOLDS):
            rest = fold != k
            part = _fit(x[rest], y[rest], np.maximum(weights[rest], LEARNT), FOLDS * seed + k)
            missed[~rest] = y[~rest] - _said(part, x[~rest])
            self.parts.append(part)
        self.error = np.sqrt(np.average(missed**2, axis=0, weights=weights))

    def predict(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what simulations at `z` are expected to say, and its standard error.

        Returns:
            Twice (n, outputs); the error holds the luck of a single simulation.
        """
        every = np.stack([_said(part, self._scaled(z)) for part in self.parts])
        return every.mean(axis=0), np.sqrt(self.error**2 + every.var(axis=0))

    @property
    def slopes(self) -> np.ndarray:
        """How what is said changes with z amid the simulations, (dimensions, outputs)."""
        linear = np.mean([part.form for part in self.parts], axis=0)[1 : len(self.width) + 1]
        return linear / self.width[:, None]

    def _scaled(self, z: np.ndarray) -> np.ndarray:
        return (z - self.centre) / self.width


def _fit(x: np.ndarray, y: np.ndarray, weights: np.ndarray, seed: int) -> _Part:
    weights = weights / weights.mean()
    terms, roots = _terms(x), np.sqrt(weights)[:, None]
    penalty = np.repeat([0.0, STRAIGHT, CURVED], [1, x.shape[1], x.shape[1]])
    normal = (terms * roots).T @ (terms * roots) + np.diag(penalty)
    form = np.linalg.solve(normal, (terms * roots).T @ (y * roots))
    rest = y - terms @ form
    scale = np.sqrt(np.average(rest**2, axis=0, weights=weights)) + 1e-9
    network = MLPRegressor(random_state=seed, **NETWORK)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit(x, np.squeeze(rest / scale), sample_weight=weights)
    return _Part(form, network, scale)


def _terms(x: np.ndarray) -> np.ndarray:
    return np.concatenate([np.ones((len(x), 1)), x, x**2], axis=1)


def _said(part: _Part, x: np.ndarray) -> np.ndarray:
    # The network's own `predict` checks its input for longer than it computes.
    layer, last = x, len(part.network.coefs_) - 1
    for k, (slopes, offsets) in enumerate(
        zip(part.network.coefs_, part.network.intercepts_, strict=True)
    ):
        layer = layer @ slopes + offsets
        if k < last:
            layer = np.tanh(layer)
    return _terms(x) @ part.form + layer.reshape(len(x), -1) * part.scale
