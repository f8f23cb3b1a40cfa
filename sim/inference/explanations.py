"""Rival explanations beside each other: what the figures say between them, and how far they can.

The probability of a rival is its share of the evidence, if each was as likely as the others before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.experiment.execution import DEFAULT, Execution
from sim.folder import held
from sim.inference.calibrate import Told
from sim.inference.confusion import COLUMNS as OF_CONFUSION
from sim.inference.confusion import Confusion, check, confusion
from sim.inference.posterior import TOO_FEW
from sim.inference.problem import Problem
from sim.inference.rivals import DECISIVE, SETTINGS, STRONG, Rival, calibrate_rivals, posed, quietly
from sim.inference.sampling import Settings
from sim.model.provenance import provenance
from sim.result import Result

COLUMNS = {
    "rival": "the explanation; `historical` is the whole model",
    "parameters": "how many are free",
    "log_evidence": "log of the likelihood averaged over the prior, 0 for perfect agreement",
    "log_evidence_error": "standard error, the sampler's",
    "luck_error": "standard error from the choice of seeds; partly the same for all, as seeds are",
    "behind_the_best": "in log-evidence",
    "probability": "share of the evidence, if each was as likely as the others before",
    "best_log_likelihood": "of any draw",
    "ess": "effective draws of its posterior",
    "agreement": "expected log-likelihood of a figure, 0 for perfect agreement",
    "low, median, high": "worlds of its posterior: median and 90% interval",
    "difference_low, _median, _high": "people more at the end of 1929 than in its own history",
}
"""What the columns of the tables mean."""


@dataclass(frozen=True, repr=False)
class Rivals(Result):
    """Rivals calibrated on the same figures.

    Attributes:
        every: in the order in which they were asked for.
        confusion: how often such figures would find the true one; None if that was not asked.
        settings: of the sampler.
    """

    every: Sequence[Rival]
    confusion: Confusion | None = None
    settings: Settings = SETTINGS

    columns: ClassVar = COLUMNS | OF_CONFUSION

    @property
    def problems(self) -> list[Problem]:
        """What each was asked."""
        return [each.posterior.problem for each in self.every]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a rival: evidence, its share among them, and what may be said of it."""
        evidence = np.array([each.posterior.log_evidence for each in self.every])
        share = np.exp(evidence - evidence.max())
        rows = []
        for each, probability in zip(self.every, share / share.sum(), strict=True):
            of = each.posterior
            behind = float(evidence.max() - of.log_evidence)
            rows.append(
                {
                    "rival": each.name,
                    "title": each.title,
                    "parameters": len(of.problem.parameters),
                    "log_evidence": of.log_evidence,
                    "log_evidence_error": of.log_evidence_error,
                    "luck_error": of.luck_error,
                    "behind_the_best": behind,
                    "probability": float(probability),
                    "best_log_likelihood": float(of.log_likelihood.max()),
                    "ess": of.ess,
                    "in_words": verdict(
                        behind, of.log_evidence_error, of.ess if of.settled else 0.0
                    ),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def fits(self) -> pd.DataFrame:
        """What each rival says of each target: one row a rival and target."""
        rows = [
            each.posterior.targets[lambda t: ~t["held_out_of_fit"]].assign(rival=each.name)
            for each in self.every
        ]
        return pd.concat(rows, ignore_index=True)

    @cached_property
    def held_out(self) -> pd.DataFrame:
        """What each rival predicts for what no fit has used."""
        rows = [each.held_out.assign(rival=each.name) for each in self.every]
        return pd.concat(rows, ignore_index=True)

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What each rival would make of the counterfactuals."""
        rows = [each.effects.assign(rival=each.name) for each in self.every]
        return pd.concat(rows, ignore_index=True)

    @property
    def confused(self) -> pd.DataFrame:
        """The table of the confusion."""
        return self._confusion.table

    @property
    def densities(self) -> pd.DataFrame:
        """How the densities of the confusion fare."""
        return self._confusion.densities

    @property
    def _confusion(self) -> Confusion:
        assert self.confusion is not None  # its tables are named where it is there alone
        return self.confusion

    def _tables(self) -> dict[str, str]:
        names = {"rivals": "table", "fits": "fits", "held_out": "held_out", "effects": "effects"}
        told = {"confusion": "confused", "densities": "densities"}
        return names if self.confusion is None else names | told

    @property
    def pictures(self) -> tuple[str, ...]:
        """What the figures say between them; how far they could find the true one."""
        return ("figure",) if self.confusion is None else ("figure", "confusion")

    def _said(self) -> list[str]:
        return [
            f"{self.problems[0].evidence.name}, log-evidence behind the best",
            *(
                f"{row['rival']}: {row['behind_the_best']:.1f}, {row['in_words']}"
                for row in self.table.sort_values("behind_the_best").to_dict("records")
            ),
        ]

    @property
    def provenance(self) -> dict[str, Any]:
        """What they rest on, the sampler's settings among it."""
        scenarios = [asked.scenario for asked in self.problems]
        own = provenance(scenarios, self.problems[0].seeds, self.columns)
        return own | {"sampler": asdict(self.settings)}


def verdict(behind: float, error: float, ess: float) -> str:
    """Return what may be said of a rival that is so far behind the best, in log-evidence."""
    if ess < TOO_FEW:
        return "strongly disfavoured, no more can be said" if behind > DECISIVE else "not settled"
    if behind < 1.0 + error:
        return "as good as the best"
    if behind < STRONG:
        return "somewhat disfavoured"
    return "disfavoured" if behind < DECISIVE else "strongly disfavoured"


def rivals(
    names: Sequence[str] | None = None,
    evidence: str | None = None,
    ess: int = SETTINGS.ess,
    walkers: int = SETTINGS.walkers,
    seeds: int = 8,
    worlds: int = 200,
    synthetic: int = 0,
    out: Path | str | None = None,
    execution: Execution = DEFAULT,
    begin: Callable[[Problem], Told] = quietly,
) -> Rivals:
    """Weigh rival explanations on the same figures; the same call goes on where it was stopped.

    Args:
        names: of rivals; all by default.
        evidence: set of figures; the scenario's own by default.
        ess: effective sample size to reach, for each.
        walkers: of the sampler.
        seeds: how many random seeds to average over.
        worlds: drawn from each posterior for predictions and counterfactuals.
        synthetic: histories of each taken for the truth; 0 does not ask whether it is found.
        out: folder, new or begun; by default one named after the figures, in `results/`. Tables,
            pictures and calibrations are written there.
        execution: where, and who hears how many rivals are done of all.
        begin: called with each problem; returns what is told of its calibration.

    Raises:
        InputError: a name is no rival's, a calibration cannot be made, or the folder is another's.
        OutputError: the folder cannot be written.
    """
    settings = replace(SETTINGS, ess=ess, walkers=walkers)
    folder = default_folder(evidence) if out is None else Path(out)
    if synthetic:  # whatever is wrong with it is told before the work begins
        check(posed(names, evidence)[0], synthetic)
    with held(folder):
        how = (execution, begin)
        each = calibrate_rivals(folder, names, evidence, settings, seeds, worlds, *how)
        told = confusion(each, folder, synthetic, settings, *how) if synthetic else None
        found = Rivals(each, told, settings)
        found.write(folder)
    return found


def default_folder(evidence: str | None) -> Path:
    """Return `results/rivals-EVIDENCE`."""
    return Path("results") / f"rivals-{Path(evidence or 'historical').stem}"
