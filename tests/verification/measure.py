"""How far a count may lie from its expectation: four standard errors, never less."""

import numpy as np


def assert_agrees(observed, expected, standard_error, within=4.0):
    """Assert that `observed` lies within so many standard errors of `expected`, elementwise."""
    observed, expected = np.broadcast_arrays(np.asarray(observed, float), expected)
    errors = np.abs(observed - expected) / np.maximum(standard_error, np.finfo(float).tiny)
    worst = int(np.argmax(errors))
    assert np.all(errors <= within), (
        f"{errors.flat[worst]:.1f} standard errors off at {worst}: "
        f"{observed.flat[worst]:g}, expected {expected.flat[worst]:g}"
    )


def binomial_error(n, p):
    """Return the standard error of a binomial count."""
    return np.sqrt(n * p * (1.0 - p))


def assert_moments_agree(sample, mean, variance, fourth):
    """Assert that mean and variance of independent draws agree with those of their law.

    Args:
        sample: (n_draws,)
        mean, variance, fourth: of the law; `fourth` is the fourth central moment.
    """
    n = len(sample)
    assert_agrees(np.mean(sample), mean, np.sqrt(variance / n))
    error = np.sqrt((fourth - variance**2 * (n - 3) / (n - 1)) / n)
    assert_agrees(np.var(sample, ddof=1), variance, error)
