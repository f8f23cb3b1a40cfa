"""One synthetic calibration: known parameters, figures from their world, what is found again."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from sim.inference import sampling
from sim.inference.predictive import UNSEEN
from sim.inference.prior import quantile
from sim.inference.problem import Problem, live, predictions
from sim.inference.sampling import Settings
from sim.inference.sbc import ENDS, placed
from sim.inference.synthetic import figures
from sim.model import elementwise
from sim.model.streams import stream

LIGHT = Settings(ess=200, walkers=100, batch=100)
"""Of the sampler, for one of many calibrations: enough for an interval, not for its third digit."""
LIKELIHOOD, LUCK = "log-likelihood", "luck"


class Simulation(NamedTuple):
    """One synthetic calibration.

    Attributes:
        asked: the problem; its figures give way to synthetic ones.
        number: 1, 2, ...; decides the truth, the errors of the sources and the sampler's seed.
        settings: of the sampler.
        truth: place of the truth in the priors, (n_parameters,); drawn from them if None.
        other_luck: the figures come from a world with luck of its own.
    """

    asked: Problem
    number: int
    settings: Settings = LIGHT
    truth: tuple[float, ...] | None = None
    other_luck: bool = False

    @property
    def digest(self) -> str:
        """A hash of all that the result depends on."""
        content = f"{self.asked.digest} {self.number} {self.settings} {self.truth}"
        return hashlib.sha256(f"{content} {self.other_luck}".encode()).hexdigest()[:16]


class _Posed:
    """Synthetic figures, asked of the simulations of a problem."""

    def __init__(self, asked: Problem, posed: Problem, reads: list[int]) -> None:
        self.asked, self.reads = asked, reads
        self.start, self.seeds = asked.start, asked.seeds
        self.read, self.term = posed.read, posed.term

    def run(self, points: np.ndarray) -> np.ndarray:
        """Return what simulations at points say; see `sampling.Question`."""
        return np.stack([predictions((self.asked, point)) for point in points])[..., self.reads]


def recovered(simulation: Simulation) -> dict[str, Any]:
    """Draw figures from a world with known parameters, calibrate, and say where the truth lies.

    The quantities are the parameters, the seed, the log-likelihood, and the
    last count of those holding out that a figure reads. With the seeds of the calibration (one of
    its seeds, each as likely) the figures come from exactly the model that is fitted, so the
    places of the truth are uniform if the sampler and the likelihood are right. With other seeds
    they show how far intervals that know a few seeds alone are too narrow for a history that
    had its own.

    Returns:
        `rows` (see `sbc.placed`; one a quantity), `ess`, `log_evidence`, `calls`, `seconds`.
    """
    asked, number, settings, truth, other_luck = simulation
    begun = time.perf_counter()
    rng = stream(number, "check/simulation")
    point = rng.random(asked.dimensions)
    if truth is not None:
        point[:-1] = truth
    here = predictions((asked, point))
    made = live(asked, point, UNSEEN + number) if other_luck else here
    posed = replace(asked, evidence=figures(asked, made, rng))
    reads = asked.columns(posed)

    question = _Posed(asked, posed, reads)
    found = sampling.sample(question, replace(settings, seed=settings.seed + number))
    weights, us = elementwise.exp(found.log_weights), rng.random(len(point) + 2)
    rows = []
    for k, (key, parameter) in enumerate(asked.parameters.items()):
        row = placed(found.points[:, k], weights, point[k], us[k])
        row |= {name: quantile(parameter, row[name]) for name in ("truth", *ENDS)}
        rows.append({"quantity": key, **row, "contraction": 1.0 - 12.0 * row["variance"]})
    if not other_luck:
        row = placed(found.points[:, -1], weights, point[-1], us[len(point) - 1])
        rows.append({"quantity": LUCK, **row, "contraction": 1.0 - 12.0 * row["variance"]})
    true_likelihood = posed.log_likelihood(here[reads])
    rows.append(
        {
            "quantity": LIKELIHOOD,
            **placed(found.log_likelihood, weights, float(true_likelihood), us[-2]),
            "contraction": None,
        }
    )
    if (last := last_count(posed)) is not None:
        column = list(posed.targets).index(last)
        row = placed(found.kept[:, column], weights, made[reads][column], us[-1])
        day = posed.targets[last].reading.start
        rows.append({"quantity": f"holding out, {day}", **row, "contraction": None})
    return {
        "rows": [{"simulation": number, **row} for row in rows],
        "ess": found.ess,
        "log_evidence": found.log_evidence,
        "calls": found.calls,
        "seconds": time.perf_counter() - begun,
    }


def last_count(asked: Problem) -> str | None:
    """Return the target that reads, last of all, the number holding out on a day."""
    keys = {
        key: each.reading.start
        for key, each in asked.targets.items()
        if each.over is None
        and each.reading.series == ("holding",)
        and each.reading.statistic == "at"
    }
    return max(keys, key=lambda key: keys[key]) if keys else None
