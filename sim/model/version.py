"""Which model made a number: one version, raised by hand, that everything kept is marked with."""

from __future__ import annotations

from sim.chart.registry import digest

MODEL = 5
"""Raise it whenever the same scenario and seed, or the same figures, give another number: the
rule, the people, the ties, a summary, a reading, a prior, a likelihood, the sampler's constants.
`tests/test_version.py` holds it against golden numbers, and says what to do when they move.
Sweeps, calibrations, journals and fits of another version are refused."""


def model_version() -> str:
    """Return the version of the model, with a digest of a user's own declarations behind a `+`."""
    own = digest()
    return f"{MODEL}+{own}" if own else str(MODEL)
