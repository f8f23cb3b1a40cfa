"""Draws from a posterior whose likelihood takes a simulation: walkers that an emulator leads.

Two searches climb to where the figures are met (Hansen 2016, arXiv:1604.00772). Walkers spread
from there. Then each in turn walks many steps on an emulator of the simulation, and a simulation at
the end decides whether it stays there (delayed acceptance: Christen & Fox 2005,
doi:10.1198/106186005X76983). So a poor emulator costs time, and moves no draw as long as it stays
the same (it learns anew as simulations grow in number); parameters that no figure speaks about
cost nothing. Steps are differences between simulations that met the figures
(ter Braak & Vrugt 2008, doi:10.1007/s11222-008-9104-9).

The result depends on the question and the settings alone, not on the number of processes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cma
import numpy as np
from scipy.special import ndtr, ndtri
from threadpoolctl import threadpool_limits

from sim.inference.chains import between, effective_draws
from sim.inference.emulator import Emulator
from sim.model import elementwise
from sim.model.elementwise import log_sum_exp


class Question(Protocol):
    """What is asked of the simulation; its prior is uniform on the unit cube.

    The log-likelihood of what a simulation says is the sum of `term(read(said)[..., k], k)` over k.
    """

    start: np.ndarray
    """Where the first search begins, (dimensions,); the last coordinate is the luck."""
    seeds: tuple[int, ...]
    """Which the last coordinate chooses from, each with an equal part of it."""

    def run(self, points: np.ndarray) -> np.ndarray:
        """Return what simulations at points (n, dimensions) say, (n, n_said)."""

    def read(self, said: np.ndarray) -> np.ndarray:
        """Return the logs of what the likelihood looks at, (n, n_read)."""

    def term(self, read: np.ndarray, k: int) -> np.ndarray:
        """Return the log-likelihood of the k-th of these, elementwise."""


@dataclass(frozen=True)
class Settings:
    """Of the sampler.

    Attributes:
        ess: effective draws at which to stop.
        walkers: that go at a time.
        batch: points simulated at a time.
        seed: of the sampler itself.
    """

    ess: int = 250
    walkers: int = 400
    batch: int = 100
    seed: int = 1


@dataclass(frozen=True)
class Progress:
    """How far the sampler is.

    Attributes:
        calls: simulations so far.
        doing: `searching`, `spreading`, `drawing`, or `settling` where only the drift is awaited.
        ess: effective draws so far.
        wanted: how many are asked for.
    """

    calls: int
    doing: str
    ess: float
    wanted: int


@dataclass(frozen=True)
class Sample:
    """Weighted points of the unit cube.

    Attributes:
        points: (n, dimensions), each another one.
        log_weights: (n,), normalised to a sum of one: for how many draws a walker stood there.
        log_likelihood: (n,).
        kept: (n, n_said).
        log_evidence: log of the mean likelihood over the prior.
        log_evidence_error: its standard error.
        ess: effective draws of the walkers, whose places resemble the ones before (see
            `chains.effective_draws`); never more than the weights allow (Kish).
        settled: the walkers no longer drifted; if not, the spread may be too small.
        calls: points that were simulated.
        seconds: spent in all, and by the sampler itself.
    """

    points: np.ndarray
    log_weights: np.ndarray
    log_likelihood: np.ndarray
    kept: np.ndarray
    log_evidence: float
    log_evidence_error: float
    ess: float
    settled: bool
    calls: int
    seconds: tuple[float, float]


def effective(weights: np.ndarray) -> float:
    """Return the effective sample size of weights (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())


DIGITS = 6
"""To which logs of weights and of the evidence are rounded: a millionth of a weight is far below
its error, and far above the last bits in which arithmetic differs by processor."""
SEARCHES, GENERATIONS, POPULATION = 2, 60, 24
"""Searches, the most generations of each, and simulations of a generation."""
SETTLED, HOPELESS = 15, 50.0
"""Generations in which a search that has found its peak gains less than one, or is still so far
below the highest one: then it ends."""
SPREAD, CLOUD, SHARE = 14, 0.1, 0.15
"""Rounds in which walkers spread; width of the cloud from which slopes are learnt (prior standard
deviations); and width at which they begin, over that of a posterior with these slopes."""
NEAR, FAR = 13.0, 120.0
"""Simulations that met the figures: log-likelihood behind the best; and squared distance from them
(Mahalanobis) within which others are learnt from as well."""
FOCUS, FADE, LEAST = 8.0, 4.0, 0.01
"""In how far the emulator is off, a simulation counts in full when it is this little behind the
best (most draws are), then e times less for every so much more, and never less than the last."""
FEWEST = 300
"""Of these at least."""
SHORT, LONG = 20, 240
"""Steps of a walk while spreading, and after: a long walk costs nothing beside a simulation, and
forgets where it began."""
GROWN, SERVES = 1.15, 0.5
"""By how much simulations have to grow in number before the emulator learns anew; and share of
walks to be accepted from which on it serves well enough as it is."""
MOST_ROUNDS = 200
"""After which sampling ends with the draws that there are, settled or not."""
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
LOG_NODE_WEIGHTS = np.log(NODE_WEIGHTS / NODE_WEIGHTS.sum())


class _Runs:
    """All simulations so far."""

    def __init__(self, asked: Question, settings: Settings, tell: Callable[[int], None]) -> None:
        self.asked, self.settings, self.tell = asked, settings, tell
        self.parts: list[tuple[np.ndarray, ...]] = []
        self.calls, self.seconds = 0, 0.0

    def at(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Simulate at z (n, dimensions); return log-likelihoods and what is said (n, n_said)."""
        points, begun = ndtr(z), time.perf_counter()
        said = []
        for first in range(0, len(points), self.settings.batch):
            said.append(self.asked.run(points[first : first + self.settings.batch]))
            self.calls += len(said[-1])
            self.tell(self.calls)
        self.seconds += time.perf_counter() - begun
        found = np.concatenate(said)
        read = self.asked.read(found)
        terms = [self.asked.term(read[:, k], k) for k in range(read.shape[1])]
        likelihood = np.sum(terms, axis=0)
        self.parts.append((z, read, likelihood))
        return likelihood, found

    def all(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return where all were, what was read and the log-likelihoods."""
        z, read, likelihood = (np.concatenate(each) for each in zip(*self.parts, strict=True))
        return z, read, likelihood


class _Stand:
    """The posterior as an emulator has it, and steps between simulations that met the figures."""

    def __init__(self, runs: _Runs, seed: int) -> None:
        self.asked = runs.asked
        z, read, likelihood = runs.all()
        behind = likelihood - likelihood.max()
        best = float(np.sort(behind)[::-1][min(FEWEST, len(behind) - 1)])
        near = behind >= min(best, -NEAR)
        self.known = z[near]
        spread = 0.8 * np.cov(self.known.T) + 0.2 * np.diag(self.known.var(axis=0))
        root = np.linalg.cholesky(np.linalg.inv(spread + 1e-9 * np.eye(z.shape[1])))
        distance = (((z - self.known.mean(axis=0)) @ root) ** 2).sum(axis=1)
        fading = (behind - min(best, -FOCUS)) / FADE
        weights = elementwise.exp(np.clip(fading, math.log(LEAST), 0.0))
        used = near | (distance < FAR)
        low, high = np.quantile(read[near], [0.01, 0.99], axis=0)
        seen = np.clip(read[used], low - 0.8, high + 0.8)  # beyond, it fails, whatever by how much
        self.emulator = Emulator(_features(self.asked, z[used]), seen, weights[used], seed)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Return the log of likelihood times prior at z (n, dimensions), up to a constant."""
        said, error = self.emulator.predict(_features(self.asked, z))
        total = np.asarray(-0.5 * (z**2).sum(axis=1))
        for k in range(said.shape[1]):
            terms = self.asked.term(said[:, k, None] + error[:, k, None] * NODES, k)
            total += log_sum_exp(terms + LOG_NODE_WEIGHTS, axis=1)
        return total

    def walk(
        self, z: np.ndarray, steps: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Walk from z (n, dimensions); return where to, and what is gained by the emulator."""
        begun = self(z)
        here = begun.copy()
        z, (n, dimensions) = z.copy(), z.shape
        for _ in range(steps):
            one, other = rng.integers(len(self.known), size=(2, n))
            shorter = 2.38 / math.sqrt(2.0 * dimensions) * rng.uniform(0.1, 1.2, n)
            length = np.where(rng.random(n) < 0.1, 1.0, shorter)
            some = rng.random((n, dimensions)) < np.where(rng.random(n) < 0.5, 1.0, 0.3)[:, None]
            step = length[:, None] * (self.known[one] - self.known[other])
            there = z + some * (step + 0.01 * rng.standard_normal((n, dimensions)))
            gained = self(there)
            moved = elementwise.log(rng.random(n)) < gained - here
            z[moved], here = there[moved], np.where(moved, gained, here)
        return z, here - begun


def sample(
    asked: Question, settings: Settings, tell: Callable[[Progress], None] = lambda progress: None
) -> Sample:
    """Draw from the posterior over the unit cube.

    Args:
        asked: the simulation and its likelihood.
        settings: of the sampler.
        tell: called after every batch.
    """
    begun = time.perf_counter()
    doing, ess = "searching", 0.0
    runs = _Runs(asked, settings, lambda calls: tell(Progress(calls, doing, ess, settings.ess)))
    rng = np.random.default_rng(settings.seed)
    with threadpool_limits(limits=1):
        peaks: list[tuple[np.ndarray, float]] = []
        for k, start in enumerate(_starts(asked, rng)):
            top = max((height for _, height in peaks), default=-math.inf)
            peaks.append(_climb(runs, start, settings.seed + k, top))
        doing = "spreading"
        z = _around(runs, peaks, settings, rng)
        likelihood, said = runs.at(z)
        rounds: list[tuple[np.ndarray, ...]] = []
        number, learnt, accepted = 0, 0, 0.0
        while True:
            if runs.calls >= GROWN * learnt and accepted < SERVES:
                stand, learnt = _Stand(runs, settings.seed * 1000 + number), runs.calls
            there, gained = stand.walk(z, SHORT if number < SPREAD else LONG, rng)
            found, heard = runs.at(there)
            better = found - likelihood
            prior = 0.5 * ((z**2).sum(axis=1) - (there**2).sum(axis=1))
            odds = better + prior - gained
            if number < SPREAD:
                odds = np.where(found > found.max() - NEAR, 0.0, better)
            moved = elementwise.log(rng.random(len(z))) < odds
            z[moved], likelihood[moved], said[moved] = there[moved], found[moved], heard[moved]
            number += 1
            if number <= SPREAD:
                continue
            accepted = float(moved.mean())
            rounds.append((z.copy(), likelihood.copy(), said.copy()))
            ess, settled = effective_draws(np.stack([each[0] for each in rounds]))
            if (settled and ess >= settings.ess) or number >= MOST_ROUNDS:
                break
            doing = "drawing" if ess < settings.ess else "settling"
        kept = rounds[len(rounds) // 2 :]
        drawn = [np.concatenate(each) for each in zip(*kept, strict=True)]
        first, times = _distinct(drawn[0])
        ess = round(min(ess, effective(times.astype(float))), 1)
        evidence, error = _evidence(stand, drawn[0], drawn[1], ess, rng)
    log_weights = elementwise.log(times / times.sum())
    total = time.perf_counter() - begun
    return Sample(
        points=ndtr(drawn[0][first]),
        log_weights=np.round(log_weights, DIGITS),
        log_likelihood=drawn[1][first],
        kept=drawn[2][first],
        log_evidence=round(evidence, DIGITS),
        log_evidence_error=round(error, DIGITS),
        ess=ess,
        settled=settled,
        calls=runs.calls,
        seconds=(total, total - runs.seconds),
    )


def _features(asked: Question, z: np.ndarray) -> np.ndarray:
    """Return what the emulator looks at: parameters, and which of the seeds it is."""
    seeds = len(asked.seeds)
    seed = np.minimum((ndtr(z[:, -1]) * seeds).astype(int), seeds - 1)
    return np.concatenate([z[:, :-1], np.eye(seeds)[seed]], axis=1)


def _starts(asked: Question, rng: np.random.Generator) -> list[np.ndarray]:
    known = ndtri(np.clip(asked.start, 0.03, 0.97))
    return [known, *(rng.standard_normal(len(known)) for _ in range(SEARCHES - 1))]


def _climb(runs: _Runs, start: np.ndarray, seed: int, top: float) -> tuple[np.ndarray, float]:
    """Return the best place that a search finds, and its log-likelihood with the prior."""
    options = {"seed": seed, "popsize": POPULATION, "verbose": -9, "CMA_active": True}
    search = cma.CMAEvolutionStrategy(start, 0.3, options)
    best: list[float] = []
    where = start
    for _ in range(GENERATIONS):
        asked = np.array(search.ask())
        found = runs.at(asked)[0] - 0.5 * (asked**2).sum(axis=1)
        search.tell(list(asked), list(-found))
        if not best or found.max() > best[-1]:
            where = asked[found.argmax()]
        best.append(max(float(found.max()), best[-1] if best else -math.inf))
        gained = best[-1] - best[-1 - SETTLED] if len(best) > SETTLED else math.inf
        if gained < 1.0 or (gained < math.inf and best[-1] < top - HOPELESS):
            break
    return where, best[-1]


def _around(
    runs: _Runs,
    peaks: list[tuple[np.ndarray, float]],
    settings: Settings,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return where walkers begin: about the peaks, but for those far lower than the highest."""
    top = max(height for _, height in peaks)
    high = [where for where, height in peaks if height > top - NEAR]
    each = -(-settings.walkers // len(high))
    clouds = []
    for peak in high:
        cloud = peak + CLOUD * rng.standard_normal((max(each, 4 * len(peak)), len(peak)))
        cloud[:, -1] = rng.standard_normal(len(cloud))
        runs.at(cloud)
        z, read, _ = (part[-len(cloud) :] for part in runs.all())
        features = _features(runs.asked, z)
        emulator = Emulator(features, read, np.ones(len(z)), settings.seed)
        spread = np.eye(z.shape[1])
        spread[:-1, :-1] = _as_if_straight(
            runs.asked, emulator, np.median(read, axis=0), z.shape[1] - 1
        )
        root = SHARE * np.linalg.cholesky(spread)
        clouds.append(peak + rng.standard_normal((each, len(peak))) @ root.T)
    return np.concatenate(clouds)[: settings.walkers]


def _as_if_straight(
    asked: Question, emulator: Emulator, read: np.ndarray, parameters: int
) -> np.ndarray:
    """Return the parameters' covariance if all that is read changed with them along a line."""
    slopes, information = emulator.slopes[:parameters], np.eye(parameters)
    for k, width in enumerate(emulator.error):
        here = read[k] + 2.0 * width * np.array([-1.0, 0.0, 1.0])
        below, middle, above = asked.term(here, k)
        bent = max(2.0 * middle - below - above, 0.0) / (2.0 * width) ** 2
        bent /= 1.0 + bent * width**2
        information += bent * np.outer(slopes[:, k], slopes[:, k])
    return np.linalg.inv(information)


def _distinct(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    _, first, times = np.unique(z, axis=0, return_index=True, return_counts=True)
    order = np.argsort(first)
    return first[order], times[order]


def _evidence(
    stand: _Stand, z: np.ndarray, likelihood: np.ndarray, ess: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the log-evidence and its standard error.

    On a part of the space that holds most of the draws, the emulator's evidence is known from many
    points that cost nothing; the draws say how far the emulator is off (a ratio of normalising
    constants: Meng & Wong 1996, Statistica Sinica 6, 831).
    """
    by_emulator, error, inside = between(stand, z, rng)
    prior = -0.5 * (z**2).sum(axis=1)
    ratio = np.where(inside, stand(z) - (likelihood + prior), -np.inf)
    mean = float(log_sum_exp(ratio) - math.log(len(z)))
    relative = elementwise.exp(ratio - mean)
    own = float(np.std(relative)) / math.sqrt(ess)
    constant = -0.5 * z.shape[1] * math.log(2.0 * math.pi)
    return by_emulator - mean + constant, math.hypot(own, error)
