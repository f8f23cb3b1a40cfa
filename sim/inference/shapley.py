"""Fair shares of what several causes do together, from what every coalition of them does.

A game of n players is an array of shape (..., 2**n): entry m is the value of the coalition in which
player i takes part if bit i of m is set, so that entry 0 is nobody and the last one everybody.
"""

from __future__ import annotations

from math import factorial

import numpy as np


def players(values: np.ndarray) -> int:
    """Return how many players a game has.

    Raises:
        ValueError: the last axis is no power of two.
    """
    length = np.shape(values)[-1] if np.ndim(values) else 0
    n = length.bit_length() - 1
    if length < 1 or length != 1 << n:
        raise ValueError(f"a game of n players has 2**n values, and this has {length}")
    return n


def members(n: int) -> np.ndarray:
    """Return whether player i is in coalition m: shape (2**n, n), bool."""
    return (np.arange(1 << n)[:, None] >> np.arange(n)) % 2 == 1


def shapley_values(values: np.ndarray) -> np.ndarray:
    """Return each player's share, shape (..., n); together they are v(everybody) - v(nobody).

    The mean of what a player adds to those before it, over every order of joining.
    Source: Shapley 1953, A value for n-person games.
    """
    values = np.asarray(values, float)
    n = players(values)
    size = members(n).sum(axis=1)
    weight = np.array([factorial(s) * factorial(n - s - 1) / factorial(n) for s in range(n)])
    shares = np.empty((*values.shape[:-1], n))
    for i in range(n):
        without = _without(n, 1 << i)
        added = values[..., without | 1 << i] - values[..., without]
        shares[..., i] = added @ weight[size[without]]
    return shares


def interaction_indices(values: np.ndarray) -> np.ndarray:
    """Return the Shapley interaction index of every pair, shape (..., n, n), zero on the diagonal.

    Positive where two players do more together than one by one, negative where one does what the
    other would have done; the mean over the coalitions of the rest, weighted as they would form.
    Source: Grabisch & Roubens 1999, Int. J. Game Theory 28, 547-565, equation 4.
    """
    values = np.asarray(values, float)
    n = players(values)
    size = members(n).sum(axis=1)
    weight = np.array(
        [factorial(n - t - 2) * factorial(t) / factorial(n - 1) for t in range(n - 1)]
    )
    found = np.zeros((*values.shape[:-1], n, n))
    for i in range(n):
        for j in range(i + 1, n):
            first, second = 1 << i, 1 << j
            rest = _without(n, first | second)
            both = values[..., rest | first | second] - values[..., rest | first]
            alone = values[..., rest | second] - values[..., rest]
            found[..., i, j] = found[..., j, i] = (both - alone) @ weight[size[rest]]
    return found


def _without(n: int, some: int) -> np.ndarray:
    coalitions = np.arange(1 << n)
    return coalitions[coalitions & some == 0]
