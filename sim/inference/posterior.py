"""What the figures teach: weighted draws of the parameters, and what is left as open as before."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.evidence.sets import Target, in_words
from sim.experiment.draws import WEIGHT, Draws
from sim.experiment.quantiles import QUANTILES
from sim.inference.likelihood import log_likelihood
from sim.inference.prior import place, quantile
from sim.inference.problem import Problem
from sim.inference.sampling import Sample, Settings, effective
from sim.model import elementwise
from sim.model.elementwise import log_sum_exp
from sim.model.provenance import provenance
from sim.model.version import model_version
from sim.result import Result

LITTLE, MUCH = 0.2, 0.6
"""Contraction below which the evidence says little about a parameter, and from which on it says
much; words for the reader, nothing rests on them."""
TOO_FEW = 100
"""Effective draws below which weights say no more than a direction."""


@dataclass(frozen=True, repr=False)
class Posterior(Result):
    """Weighted points of the prior.

    Attributes:
        problem: what was asked.
        settings: of the sampler.
        points: (n, n_parameters) places in the priors, 0 to 1, in the order of
            `problem.parameters`.
        seeds: (n,), under which each was run.
        log_weights: (n,), of weights that add up to one; what is nothing here may be all for
            another reading of the figures, so they are kept where the weights vanish.
        log_likelihood: (n,).
        predictions: (n, n_targets), what the world of each draw says of each target.
        log_evidence: log of the likelihood averaged over the prior, relative to perfect agreement.
        log_evidence_error: its standard error.
        calls: worlds that were run.
        walkers_ess: effective draws of the sampler's walkers (see `sampling.Sample`).
        settled: its walkers no longer drifted; if not, intervals may be too narrow.
    """

    problem: Problem
    settings: Settings
    points: np.ndarray
    seeds: np.ndarray
    log_weights: np.ndarray
    log_likelihood: np.ndarray
    predictions: np.ndarray
    log_evidence: float
    log_evidence_error: float
    calls: int
    walkers_ess: float
    settled: bool

    columns: ClassVar = {
        "parameter": "in parameters: its dotted key",
        "prior_low, prior_high": "in parameters: ends of its prior",
        "low, median, high": "of the posterior, or of its worlds: median and 90% interval",
        "contraction": "in parameters: share of the prior's variance that the figures take away",
        "in_words": "in parameters: the same in words",
        "target": "in targets: key in the evidence set",
        "what": "in targets: what is counted",
        "sources_say": "in targets: the sources' figure, in words",
        "agreement": "in targets: expected log-likelihood, 0 for perfect agreement",
        "held_out_of_fit": "in targets: shown, but not used by the fit",
        "claims": "in targets: ids in the ledger",
    }

    @classmethod
    def of(cls, asked: Problem, settings: Settings, found: Sample) -> Posterior:
        """Return the posterior that a sample stands for."""
        return cls(
            problem=asked,
            settings=settings,
            points=found.points[:, : len(asked.parameters)],
            seeds=np.array([asked.seed(point) for point in found.points], int),
            log_weights=found.log_weights - log_sum_exp(found.log_weights),
            log_likelihood=found.log_likelihood,
            predictions=found.kept,
            log_evidence=found.log_evidence,
            log_evidence_error=found.log_evidence_error,
            calls=found.calls,
            walkers_ess=found.ess,
            settled=found.settled,
        )

    @cached_property
    def weights(self) -> np.ndarray:
        """(n,), adding up to one."""
        return elementwise.exp(self.log_weights)

    @property
    def ess(self) -> float:
        """Effective sample size: of the weights (Kish), and no more than the walkers had."""
        return min(effective(self.weights), self.walkers_ess)

    @cached_property
    def luck_error(self) -> float:
        """Standard error of the log-evidence from the choice of seeds; nan where unknown.

        The evidence of a single seed over that of all is what its draws weigh, times the number
        of seeds; those of different seeds differ by as much as another history of the same causes
        would. What the sampler adds to that is taken off. It takes two seeds and enough draws.
        """
        every = np.array(self.problem.seeds)
        if len(every) < 2 or self.ess < TOO_FEW:
            return float("nan")
        alone = len(every) * np.array([self.weights[self.seeds == seed].sum() for seed in every])
        return float(np.sqrt(max(np.var(alone, ddof=1) / len(every) - 1.0 / self.ess, 0.0)))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a draw: `weight`, the parameters by dotted key, and the columns of `KEPT`."""
        values = pd.DataFrame([self.problem.values(point) for point in self.points])
        values.insert(0, WEIGHT, self.weights)
        return values.assign(**{column: getattr(self, of) for column, of in KEPT.items()})

    @property
    def draws(self) -> Draws:
        """The draws for `run` and `compare`."""
        return Draws(self.name, self.about, self.table)

    @property
    def name(self) -> str:
        """As in `historical-greene-deutscher`."""
        return f"{self.problem.scenario.name}-{self.problem.evidence.name}"

    @property
    def about(self) -> dict[str, Any]:
        """What the draws rest on, for `calibration.json`."""
        asked = self.problem
        return {
            "name": self.name,
            "scenario": asked.scenario.name,
            "evidence": asked.evidence.name,
            "problem": asked.digest,
            "model": model_version(),
            "seeds": list(asked.seeds),
            "sampler": asdict(self.settings),
            "ess": self.ess,
            "settled": self.settled,
            "log_evidence": self.log_evidence,
            "log_evidence_error": self.log_evidence_error,
            "calls": self.calls,
            "parameters": {
                key: number.model_dump(mode="json") for key, number in asked.parameters.items()
            },
            "targets": asked.lived.model_dump(mode="json")["targets"],
        }

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row a parameter: prior, posterior median and 90% interval, and what was learnt.

        `contraction` is one minus the variance of the posterior over that of the prior, on the
        scale on which the prior is uniform: 0 nothing learnt, 1 all.
        """
        rows = []
        for k, (key, number) in enumerate(self.problem.parameters.items()):
            u = self.points[:, k]
            mean = self.weights @ u
            contraction = 1.0 - 12.0 * (self.weights @ (u - mean) ** 2)
            at = {
                name: quantile(number, weighted(u, self.weights, q))
                for name, q in QUANTILES.items()
            }
            rows.append(
                {
                    "parameter": key,
                    "prior_low": number.low,
                    "prior_high": number.high,
                    **at,
                    "contraction": contraction,
                    "in_words": words(contraction),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def targets(self) -> pd.DataFrame:
        """What the worlds of the draws say beside each target, held-out ones too.

        Their seeds are part of the draws, and so chosen by the figures as well; `midnight check`
        runs the same parameters with new seeds.
        `agreement` is the expected log-likelihood of the target, 0 for perfect agreement.
        """
        return predictive(self.predictions, self.weights, self.problem.targets)

    def _tables(self) -> dict[str, str]:
        return {"parameters": "summary", "targets": "targets"}

    @property
    def pictures(self) -> tuple[str, ...]:
        """Prior against posterior of all `parameters`, and of those bound together in `pairs`."""
        return ("parameters", "pairs")

    def _said(self) -> list[str]:
        learnt = self.summary.sort_values("contraction", ascending=False).head(3)
        return [
            f"{self.name}, effective draws {self.ess:,.0f}, log-evidence "
            f"{self.log_evidence:.2f} ± {self.log_evidence_error:.2f}",
            *(
                f"{row['parameter']}: {row['median']:.3g} "
                f"[90%: {row['low']:.3g} to {row['high']:.3g}]"
                for row in learnt.to_dict("records")
            ),
        ]

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on."""
        return provenance([self.problem.scenario], self.problem.seeds, self.columns)

    def write(self, folder: Path, pictures: bool = True) -> None:
        """Write a calibration that `run` can draw from: the draws too, and a file for ArviZ."""
        from sim.inference.storage import write

        write(self, folder, pictures)


KEPT = {"log_weight": "log_weights", "seed": "seeds", "log_likelihood": "log_likelihood"}
"""Columns of a table of draws beside weight and parameters, and the attributes that they hold."""


def reweighed(log_weights: np.ndarray, log_ratio: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the logs of weights times a ratio of likelihoods, and that of the ratio's mean.

    Args:
        log_weights: (n,), of weights that add up to one, as those that are returned do.
        log_ratio: (n,).
    """
    found = log_weights + log_ratio
    log_mean = float(log_sum_exp(found))
    return found - log_mean, log_mean


def weighted(values: np.ndarray, weights: np.ndarray, q: float) -> float:
    """Return the quantile `q` of weighted values, nan ones left out."""
    known = ~np.isnan(values) & (weights > 0)
    if not known.any():
        return float("nan")
    return float(np.quantile(values[known], q, weights=weights[known], method="inverted_cdf"))


def words(contraction: float) -> str:
    """Return in plain words what the evidence says about a parameter."""
    if contraction < LITTLE:
        return "the evidence says little about this"
    return "narrowed by the evidence" if contraction < MUCH else "largely set by the evidence"


def predictive(
    predictions: np.ndarray, weights: np.ndarray, targets: dict[str, Target]
) -> pd.DataFrame:
    """Return what weighted worlds say beside each target, one row a target.

    Args:
        predictions: (n, n_targets).
        weights: (n,), adding up to one.
        targets: in the order of the last axis.
    """
    rows = []
    for k, (key, target) in enumerate(targets.items()):
        found = predictions[:, k]
        rows.append(
            {
                "target": key,
                "what": target.what,
                "sources_say": in_words(target),
                **{name: weighted(found, weights, q) for name, q in QUANTILES.items()},
                "agreement": float(weights @ log_likelihood(found, target)),
                "held_out_of_fit": target.held_out,
                "claims": ";".join(target.claims),
            }
        )
    return pd.DataFrame(rows)


def prior_places(asked: Problem, table: pd.DataFrame) -> np.ndarray:
    """Return (n, n_parameters) places in the priors for a table of draws."""
    return np.column_stack(
        [place(number, table[key].to_numpy()) for key, number in asked.parameters.items()]
    )
