"""How often so many figures could find the true explanation at all: a confusion matrix of rivals.

Each rival in turn is taken for the truth: worlds of its posterior, with seeds that no calibration
knew, leave figures with errors of their own (`synthetic.figures`), and every rival is weighed on
them as on history's. A calibration for each would take days. Instead every rival is calibrated
once more on history's figures, with errors `WIDER` times as large and bounds whose contrary may
hold, which spreads its draws over all that such figures may say. Densities of what the draws of
both say are held against each synthetic history (`density.of_densities`). How far that carries, its
error tells, and what comes out where enough of the draws can weigh a history without a density.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.sets import Alternative, EvidenceSet, Target
from sim.experiment.draws import draw, open_draws
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.runner import run_many
from sim.experiment.sizes import A_SIMULATION, check_size
from sim.inference.calibrate import Told, posterior_of
from sim.inference.density import of_densities, of_draws
from sim.inference.posterior import Posterior
from sim.inference.predictive import UNSEEN, says
from sim.inference.problem import Problem
from sim.inference.rivals import STRONG, Rival, every, quietly
from sim.inference.sampling import Settings
from sim.inference.synthetic import OPPOSITE, figures
from sim.model.provenance import provenance
from sim.model.streams import stream
from sim.result import Result
from sim.scenario.schema import Scenario

FOLDER = "wide"
"""Of the calibrations with wider errors, within that of the rivals."""
WIDER = 2.0
"""Errors of the wider calibrations over those of the figures; assumed. The figures of a synthetic
history lie about one and a half errors from history's, so that at 1 few draws would be near."""
MORE = 4
"""Effective draws of the wider calibrations over those of the rivals; assumed."""
CONTRARY = 0.1
"""How far the wider figures believe the contrary of each bound; assumed. A synthetic history may
say it, and worlds that it likes must not have been out of the question (a defensive mixture, as in
Hesterberg 1995, doi:10.1080/00401706.1995.10484303)."""
DIRECT = 25.0
"""Effective draws from which on an evidence needs no density: it is good to a fifth."""
SURE = 2.0
"""Standard errors that a difference has to be away from a bound to lie beyond it."""


COLUMNS = {
    "truth": "the rival whose world left the figures",
    "histories": "synthetic histories",
    "first": "share of them in which the rival had the largest evidence",
    "ruled_out": f"share in which it lay {STRONG:g} behind another, by {SURE:g} errors at least",
    "probability": "its share of the evidence, on average",
    "error": "standard error of its log-evidence, median",
    "close": "share of the histories of a truth in which errors leave open which comes first",
    "undecided": "share of them in which errors leave open whether it lay so far behind",
    "compared": f"synthetic histories that {DIRECT:g} effective draws or more weigh directly",
    "difference, spread": "of log-evidence by density from that: mean and standard deviation",
}
"""What the columns of the tables mean."""


@dataclass(frozen=True, repr=False)
class Confusion(Result):
    """Rivals weighed on figures that one of them has made.

    Attributes:
        names: of the rivals.
        titles: of the rivals, by name.
        log_evidence: (n_truths, n_histories, n_rivals), rivals in the order of `names` both times.
        error: of the same shape: standard error of each.
        densities: one row a rival: how its density fares where the evidence is known otherwise.
        scenarios: of the rivals.
    """

    names: list[str]
    titles: dict[str, str]
    log_evidence: np.ndarray
    error: np.ndarray
    densities: pd.DataFrame
    scenarios: tuple[Scenario, ...] = ()

    columns: ClassVar = COLUMNS

    @cached_property
    def behind(self) -> np.ndarray:
        """How far each rival is behind the best, in log-evidence; of the same shape."""
        return self.log_evidence.max(axis=-1, keepdims=True) - self.log_evidence

    @cached_property
    def _leads(self) -> tuple[np.ndarray, np.ndarray]:
        """How far each rival (last axis) is ahead of each (last but one): at least, and at most."""
        lead = self.log_evidence[..., None, :] - self.log_evidence[..., :, None]
        unsure = SURE * np.hypot(self.error[..., None, :], self.error[..., :, None])
        unsure = np.where(np.eye(len(self.names), dtype=bool), 0.0, unsure)
        return lead - unsure, lead + unsure

    @cached_property
    def first(self) -> np.ndarray:
        """Which rival has the largest evidence: (n_truths, n_histories)."""
        return self.log_evidence.argmax(axis=-1)

    @cached_property
    def close(self) -> np.ndarray:
        """Where errors leave open whether it is another: (n_truths, n_histories)."""
        return ~(self._leads[1].max(axis=-1) <= 0.0).any(axis=-1)

    @cached_property
    def ruled_out(self) -> np.ndarray:
        """Which rivals surely lie more than `STRONG` behind another; as `log_evidence`."""
        return self._leads[0].max(axis=-1) > STRONG

    @cached_property
    def undecided(self) -> np.ndarray:
        """Of which rivals errors leave open whether they do; of the shape of `log_evidence`."""
        return ~self.ruled_out & (self._leads[1].max(axis=-1) > STRONG)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a truth and a rival: how often it came first, and how often it was ruled out."""
        rows = []
        for i, truth in enumerate(self.names):
            behind = self.behind[i]
            odds = np.exp(-behind)
            for j, rival in enumerate(self.names):
                rows.append(
                    {
                        "truth": truth,
                        "rival": rival,
                        "histories": len(behind),
                        "first": float((self.first[i] == j).mean()),
                        "close": float(self.close[i].mean()),
                        "ruled_out": float(self.ruled_out[i, :, j].mean()),
                        "undecided": float(self.undecided[i, :, j].mean()),
                        "probability": float((odds[:, j] / odds.sum(axis=1)).mean()),
                        "error": float(np.median(self.error[i, :, j])),
                    }
                )
        return pd.DataFrame(rows)

    def matrix(self, column: str) -> np.ndarray:
        """Return a column of the table as (n_truths, n_rivals)."""
        n = len(self.names)
        return self.table[column].to_numpy().reshape(n, n)

    @property
    def found(self) -> float:
        """How often the truth came first, if each was true equally often."""
        return float(np.diag(self.matrix("first")).mean())

    @property
    def wronged(self) -> float:
        """How often the truth was ruled out."""
        return float(np.diag(self.matrix("ruled_out")).mean())

    @property
    def in_words(self) -> str:
        """What so many figures can do."""
        many, out = len(self.names), self.matrix("ruled_out")
        others = out[~np.eye(many, dtype=bool)].mean()
        return (
            f"If each of the {many} were true equally often, figures like these would put the true "
            f"one first in {self.found:.0%} of cases (by chance {1 / many:.0%}; in "
            f"{self.close.mean():.0%} of them errors leave open whether another does), rule it out "
            f"in {self.wronged:.0%}, and rule out another in {others:.0%}; ruled out: more than "
            f"{STRONG:g} behind another in log-evidence, by {SURE:g} standard errors at least."
        )

    def _tables(self) -> dict[str, str]:
        return {"confusion": "table", "densities": "densities"}

    @property
    def pictures(self) -> tuple[str, ...]:
        """The matrix."""
        return ("confusion",)

    def _said(self) -> list[str]:
        many = self.log_evidence.shape[1]
        return [
            f"{', '.join(self.names)}, {many} histories of each",
            f"the true one comes first in {self.found:.0%} of cases, is ruled out in "
            f"{self.wronged:.0%}",
        ]

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on."""
        seeds = range(UNSEEN, UNSEEN + self.log_evidence.shape[1])
        return provenance(self.scenarios, seeds, self.columns)


def confusion(
    found: Sequence[Rival],
    folder: Path,
    n: int,
    settings: Settings,
    execution: Execution = DEFAULT,
    begin: Callable[[Problem], Told] = quietly,
) -> Confusion:
    """Take each rival for the truth `n` times, and weigh all of them on what it would have left.

    Args:
        found: rivals, calibrated in `folder/NAME`.
        folder: theirs; the wider calibrations lie in `folder/wide/NAME`, and are read if finished.
        n: synthetic histories of each rival.
        settings: of the sampler, as for the rivals.
        execution: where.
        begin: called with each problem; returns what is told of its progress.

    Raises:
        InputError: `n` is out of range, or no figure can be drawn from a target.
    """
    problems = [each.posterior.problem for each in found]
    check(problems[0], n)
    wide = [
        posterior_of(
            asked := replace(own, evidence=widened(own.evidence)),
            folder / FOLDER / own.scenario.name,
            replace(settings, ess=MORE * settings.ess),
            execution,
            begin(asked),
        )
        for own in problems
    ]
    posteriors = [open_draws(folder / own.scenario.name) for own in problems]
    worlds = [
        (draw(own.scenario, UNSEEN + k, draws), own.evidence)
        for own, draws in zip(problems, posteriors, strict=True)
        for k in range(n)
    ]
    with execution.pool(len(worlds)) as executor:
        said = list(run_many(says, worlds, executor))
        histories = [_history(problems[i // n], i % n, left) for i, left in enumerate(said)]
        both = [[each.posterior, wider] for each, wider in zip(found, wide, strict=True)]
        weighed = list(run_many(_weighed, [(each, histories) for each in both], executor))
    evidence, error, apart = np.stack(weighed, axis=-1)  # (n_truths * n, n_rivals) each
    shape = (len(found), n, len(found))
    titles = {each.name: each.title for each in found}
    compared = [_compared(*each) for each in zip(found, apart.T, strict=True)]
    table = pd.DataFrame(compared)
    scenarios = tuple(own.scenario for own in problems)
    weighed_so = (evidence.reshape(shape), error.reshape(shape), table, scenarios)
    return Confusion(list(titles), titles, *weighed_so)


def _history(own: Problem, k: int, said: dict[str, float]) -> EvidenceSet:
    """Return the figures that the k-th world of a rival leaves."""
    left = np.array([said[key] for key in own.targets])
    return figures(own, left, stream(k, f"confusion/{own.scenario.name}"))


def _weighed(task: tuple[list[Posterior], list[EvidenceSet]]) -> np.ndarray:
    """Weigh a rival on histories, by densities of what its calibrations say.

    Returns:
        (3, n_histories): log-evidence, its error, and how far off it is known to be; nan where too
        few draws weigh the history without a density.
    """
    posteriors, histories = task
    density, direct = of_densities(posteriors), of_draws(posteriors)
    rows = []
    for history in histories:
        evidence, error, _ = density.log_evidence(history)
        known, _, effective = direct.log_evidence(history)
        rows.append((evidence, error, evidence - known if effective >= DIRECT else np.nan))
    return np.array(rows).T


def _compared(rival: Rival, apart: np.ndarray) -> dict[str, object]:
    """Return how a density fares where the evidence is known without it."""
    apart = apart[~np.isnan(apart)]
    return {
        "rival": rival.name,
        "title": rival.title,
        "compared": len(apart),
        "difference": float(np.mean(apart)) if len(apart) else np.nan,
        "spread": float(np.std(apart, ddof=1)) if len(apart) > 1 else np.nan,
    }


def check(asked: Problem, n: int) -> None:
    """Make sure that figures can be drawn.

    Raises:
        InputError: `n` is out of range, or no figure can be drawn from a target.
    """
    if n < 1:
        raise InputError("--synthetic", f"got {n}", "a whole number, 1 or more; 0 does without")
    check_size("--synthetic", n, len(every()) * A_SIMULATION, "history of every rival")
    figures(asked, np.ones(len(asked.targets)), stream(0, "confusion"))


def widened(evidence: EvidenceSet) -> EvidenceSet:
    """Return the same figures with `WIDER` errors, and bounds of which the contrary may hold."""
    targets = {
        key: target if target.held_out else _widened(target)
        for key, target in evidence.targets.items()
    }
    title = f"{evidence.title}, with errors {WIDER:g} times as large"
    return evidence.model_copy(
        update={"name": f"{evidence.name}-wide", "title": title, "targets": targets}
    )


def _widened(target: Target) -> Target:
    spread = WIDER * target.spread
    if target.kind == "about":
        return target.model_copy(update={"spread": spread})
    if target.kind == "between":
        low, high = target.bounds
        contrary = [("below", low), ("above", high)]
    else:
        contrary = [(OPPOSITE[target.kind], target.figure)]
    common = {"spread": spread, "claims": target.claims}
    said = {"kind": target.kind, "value": target.value, "low": target.low, "high": target.high}
    bounds = [
        Alternative.model_validate({"kind": kind, "value": value, "weight": CONTRARY, **common})
        for kind, value in contrary
    ]
    bounds.append(Alternative.model_validate({**said, **common}))
    none = {"kind": "either", "value": None, "low": None, "high": None}
    return target.model_copy(update={**none, "spread": spread, "alternatives": tuple(bounds)})
