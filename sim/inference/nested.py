"""Importance nested sampling (Lange 2023, arXiv:2306.16923) on the unit cube, by nautilus.

The points drawn while the bounds were still being explored are left out of posterior and evidence,
which makes both unbiased. The result depends on the function and the settings alone: neither
batches nor the sampler's own work are divided by the number of processes.
"""

from __future__ import annotations

import copy
import math
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from nautilus import Sampler
from threadpoolctl import threadpool_limits

from sim.model import elementwise
from sim.model.elementwise import log_sum_exp

Function = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Takes points (n, dimensions) of the unit cube; returns log-likelihoods (n,) and what is to be
kept with them, (n, n_kept)."""


@dataclass(frozen=True)
class Settings:
    """Of the sampler; measured in `benchmarks/` to be quick and unbiased enough.

    Attributes:
        ess: effective sample size at which to stop.
        live: live points; more make the exploration more thorough and slower.
        networks: regressors that learn the likelihood, averaged.
        explored: share of the evidence among the live points at which exploring ends. The figures
            can be met but so well, and the worlds that meet them best are all alike: climbing on
            among them (nautilus' own 0.01) takes more worlds for the same evidence.
        lost: log-likelihood that a point has to reach within `SOON` calls a live point; exploring
            ends otherwise, and what there are of draws are few. None goes on.
        batch: points evaluated at a time.
        seed: of the sampler itself.
    """

    ess: int = 2000
    live: int = 400
    networks: int = 4
    explored: float = 0.5
    lost: float | None = None
    batch: int = 100
    seed: int = 1


@dataclass(frozen=True)
class Progress:
    """How far the sampler is; `log_evidence` is a first guess until `explored`."""

    calls: int
    ess: float
    wanted: int
    log_evidence: float
    explored: bool
    seconds_left: float


@dataclass(frozen=True)
class Sample:
    """Weighted points of the unit cube.

    Attributes:
        points: (n, dimensions).
        log_weights: (n,), normalised to a sum of one.
        log_likelihood: (n,).
        kept: (n, n_kept).
        log_evidence: log of the mean likelihood over the prior.
        ess: effective sample size (Kish); `1 / sqrt(ess)` is the error of the log-evidence.
        calls: points at which the likelihood was evaluated.
        seconds: spent in all, and by the sampler itself.
    """

    points: np.ndarray
    log_weights: np.ndarray
    log_likelihood: np.ndarray
    kept: np.ndarray
    log_evidence: float
    ess: float
    calls: int
    seconds: tuple[float, float]

    @property
    def log_evidence_error(self) -> float:
        """Standard error of `log_evidence`."""
        return 1.0 / math.sqrt(self.ess)


def effective(weights: np.ndarray) -> float:
    """Return the effective sample size of weights (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


class _Team:
    """A pool of a size that the number of processes has no say in, as nautilus draws by it."""

    size = 4

    def __init__(self, apply: Callable) -> None:
        self.apply = apply

    def map(self, function: Callable, items: Iterable[object]) -> list:
        return list(self.apply(_apart, [(function, item) for item in items]))


def _apart(task: tuple[Callable, object]) -> object:
    """Apply a function to an item, on a copy of all that it holds: nautilus expects a process."""
    function, item = copy.deepcopy(task)
    return function(item)


def sample(
    function: Function,
    dimensions: int,
    settings: Settings,
    apply: Callable = map,
    tell: Callable[[Progress], None] = lambda progress: None,
) -> Sample:
    """Draw from the posterior over the unit cube whose prior is uniform.

    Args:
        function: the log-likelihood.
        dimensions: of the cube, 2 or more.
        settings: of the sampler.
        apply: as `map`, in other processes perhaps: where the networks are trained.
        tell: called after every batch.
    """
    begun, inside, best = time.perf_counter(), 0.0, -math.inf

    def likelihood(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        nonlocal inside, best
        start = time.perf_counter()
        found, kept = function(points)
        inside += time.perf_counter() - start
        best = max(best, float(found.max()))
        if sampler.n_like:
            tell(_progress(sampler, settings, time.perf_counter() - begun))
        return found, kept

    sampler = Sampler(
        lambda points: points,
        likelihood,
        n_dim=dimensions,
        n_live=settings.live,
        n_networks=settings.networks,
        neural_network_kwargs=NETWORK,
        n_batch=settings.batch,
        vectorized=True,
        pool=(None, _Team(apply)),
        seed=settings.seed,
    )
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # networks that have not converged are still averaged
        how = {"n_eff": settings.ess, "f_live": settings.explored, "discard_exploration": True}
        if settings.lost is not None:
            sampler.run(n_like_max=SOON * settings.live, **how)
        if settings.lost is None or sampler.explored or best >= settings.lost:
            ended = sampler.run(n_like_max=MOST * settings.live, **how)
            if sampler.explored and not ended:
                sampler.run(**how)
    points, log_weights, found, kept = sampler.posterior(return_blobs=True)
    log_weights = np.round(log_weights - log_sum_exp(log_weights), DIGITS)
    return Sample(
        points=points,
        log_weights=log_weights,
        log_likelihood=found,
        kept=kept.reshape(len(points), -1),
        log_evidence=round(float(sampler.log_z), DIGITS),
        ess=effective(elementwise.exp(log_weights)),
        calls=int(sampler.n_like),
        seconds=(total := time.perf_counter() - begun, total - inside),
    )


DIGITS = 6
"""To which logs of weights and of the evidence are rounded: a millionth of a weight is far below
its error, and far above the last bits in which the sampler's arithmetic differs by processor."""
NETWORK = {"hidden_layer_sizes": (32, 16), "alpha": 0.1}
"""Of each regressor: smaller and more restrained than nautilus' own, which learn by heart the
chance in their points, and draw wider bounds for it."""
MOST, SOON = 80, 15
"""Calls a live point after which exploring ends, and after which it does if nothing has come near.
Whatever can meet the figures is explored after 25 to 50, and near them after 15; a rival that
cannot climbs on into ever smaller corners, and is then judged by the few draws that there are."""
CALLS_TO_EXPLORE, CALLS_A_DRAW = 1.4, 5.5
"""Calls a live point and parameter until everything is explored, and then for an effective draw;
rules of thumb for the wait."""


def _progress(sampler: Sampler, settings: Settings, seconds: float) -> Progress:
    ess = float(sampler.n_eff)
    if sampler.explored:
        known = ess > 0.1 * settings.ess
        a_draw = 1.0 / float(sampler.eta) if known else CALLS_A_DRAW
        left = max(settings.ess - ess, 0.0) * a_draw
    else:
        explored = CALLS_TO_EXPLORE * settings.live * sampler.n_dim
        left = max(explored - sampler.n_like, settings.batch) + CALLS_A_DRAW * settings.ess
        ess = 0.0  # points of the exploration do not count
    each = seconds / max(sampler.n_like, 1)
    evidence = sampler.log_z  # None when the exploration has just been left out
    evidence = -math.inf if evidence is None else float(evidence)
    return Progress(sampler.n_like, ess, settings.ess, evidence, sampler.explored, left * each)
