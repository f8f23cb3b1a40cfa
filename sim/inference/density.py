"""The evidence of any figures, from what the worlds of a few calibrations say.

Draws made for some figures weigh others by the ratio of the likelihoods. Those of several
calibrations are pooled, each weighed by how often all of them would have drawn it (the balance
heuristic of Veach & Guibas 1995, doi:10.1145/218380.218498), so that one has what another lacks.

The few draws that happen to say just what the figures say make a poor average still. So a density
is fitted to what all draws of a calibration say, on the log scale of the measurement model, and as
many as are wanted are drawn from that. It is a mixture of Gaussians, of as many as the Bayesian
information criterion asks for (Fraley & Raftery 2002, doi:10.1198/016214502760047131); fitted to
several bootstrap samples, it says by their differences how far it can be trusted.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from sim.evidence.sets import EvidenceSet
from sim.inference.likelihood import as_read
from sim.inference.posterior import TOO_FEW, Posterior
from sim.inference.problem import Problem
from sim.inference.sampling import effective
from sim.model import elementwise
from sim.model.elementwise import log_sum_exp
from sim.model.streams import stream

FITS, SAID = 8, 10_000
"""Bootstrap samples, and what is drawn from the density of each: enough for an error that is good
to a quarter."""
GAUSSIANS = (1, 2, 4, 8, 16)
"""How many may be mixed."""
SMOOTHED = 0.03
"""Width that is added to each Gaussian, over that of all draws, so that none is a single draw."""
SHAPE = 0.4
"""Standard error of a log-evidence for what no mixture of Gaussians can show, such as a share that
cannot pass one. Measured: by so much densities are off, apart from their own error, where many
draws say what the evidence is (`confusion.Confusion.densities`)."""
FEW, UNKNOWN = 10.0, 5.0
"""Effective draws below which an evidence has at least this standard error; assumed."""


class Pooled(NamedTuple):
    """What worlds of calibrations of one model say, and how to weigh them for other figures.

    Attributes:
        problem: of the first of the calibrations.
        said: (n_samples, n, n_targets), in the order of its targets; nan for those held out.
        log_weights: (n_samples, n), the likelihoods under which they were drawn taken off.
        error: standard error of every log-evidence, whatever the samples say.
    """

    problem: Problem
    said: np.ndarray
    log_weights: np.ndarray
    error: float

    def log_evidence(self, evidence: EvidenceSet) -> tuple[float, float, float]:
        """Return the log-evidence of other figures, its standard error, and effective draws (Kish).

        The ratio of the likelihoods has to have a bound, or the average hangs on the tails. With
        one sample its own error is that of the effective draws.

        Args:
            evidence: other statements on what the fitted targets of the calibrations read.

        Raises:
            ValueError: it fits what they hold out.
        """
        asked = replace(self.problem, evidence=evidence)
        columns = self.problem.columns(asked)
        fitted = [list(asked.targets).index(key) for key in asked.fitted]
        if np.isnan(self.said[0, 0, [columns[k] for k in fitted]]).any():
            raise ValueError(f"{evidence.name} fits what {self.problem.evidence.name} holds out")
        there = asked.log_likelihood(self.said[..., columns]) + self.log_weights
        mean = float(log_sum_exp(there) - elementwise.log(len(there)))
        many = effective(elementwise.exp(there - there.max()))
        own = np.std(log_sum_exp(there, axis=1), ddof=1) if len(there) > 1 else many**-0.5
        error = float(np.hypot(own, self.error))
        return mean, max(error, UNKNOWN) if many < FEW else error, many


def of_draws(posteriors: Sequence[Posterior]) -> Pooled:
    """Return the draws of calibrations of one model, as they are."""
    counts = [each.ess for each in posteriors]
    said = np.concatenate([each.predictions for each in posteriors])
    weights = [each.log_weights + elementwise.log(each.ess) for each in posteriors]
    return _pooled(posteriors, counts, said[None], np.concatenate(weights)[None], 0.0)


def of_densities(posteriors: Sequence[Posterior]) -> Pooled:
    """Fit densities to what the draws of calibrations of one model say, and draw from them.

    Args:
        posteriors: the last one with the widest figures, whose likelihood gives the ratio its
            bound: with few effective draws of it nothing is known. Others with few are left out.
    """
    enough = [each for each in posteriors if each.ess >= TOO_FEW]
    used = enough or posteriors
    said = np.concatenate([_said(each) for each in used], axis=1)
    error = SHAPE if posteriors[-1].ess >= TOO_FEW else UNKNOWN
    return _pooled(used, [SAID] * len(used), said, np.zeros(said.shape[:2]), error)


def _pooled(
    posteriors: Sequence[Posterior],
    counts: Sequence[float],
    said: np.ndarray,
    log_weights: np.ndarray,
    error: float,
) -> Pooled:
    """Return draws with their likelihoods taken off; `counts` are the effective draws of each."""
    chances = [
        elementwise.log(many) + each.problem.log_likelihood(said) - each.log_evidence
        for many, each in zip(counts, posteriors, strict=True)
    ]
    sampler = max(each.log_evidence_error for each in posteriors)
    weights = log_weights - log_sum_exp(np.array(chances), axis=0)
    return Pooled(posteriors[0].problem, said, weights, float(np.hypot(error, sampler)))


def _said(posterior: Posterior) -> np.ndarray:
    """Return what is drawn from the densities of one calibration, (FITS, SAID, n_targets)."""
    asked, weights = posterior.problem, posterior.weights
    columns = [list(asked.targets).index(key) for key in asked.fitted]
    read = np.column_stack(
        [
            elementwise.log(as_read(posterior.predictions[:, column], target))
            for column, target in zip(columns, asked.fitted.values(), strict=True)
        ]
    )
    middle = weights @ read
    width = np.sqrt(np.maximum(weights @ (read - middle) ** 2, 1e-12))
    said = np.full((FITS, SAID, len(asked.targets)), np.nan)
    n = max(int(posterior.ess), 2)
    for k in range(FITS):
        rng = stream(k, f"confusion/density/{posterior.name}")
        rows = rng.choice(len(read), n, p=weights)
        one = _fitted((read[rows] - middle) / width, rng).sample(SAID)[0]
        said[k][:, columns] = elementwise.exp(one * width + middle)
    return said


def _fitted(values: np.ndarray, rng: np.random.Generator) -> GaussianMixture:
    seed = int(rng.integers(2**31))
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the criterion judges it all the same
        every = [
            GaussianMixture(many, reg_covar=SMOOTHED**2, random_state=seed).fit(values)
            for many in GAUSSIANS
            if many < len(values)
        ]
    return min(every, key=lambda each: each.bic(values))
