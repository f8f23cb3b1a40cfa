"""How often so many figures could find the true explanation at all: a confusion matrix of rivals.

Each rival in turn is taken for the truth: worlds of its posterior, with luck that no calibration
knew, leave figures with errors of their own (`synthetic.figures`), and every rival is weighed on
them as on history's. A calibration for each would take days. Instead every rival is calibrated
once on history's figures with errors `WIDER` times as large, which spreads its draws over all that
such figures may say, and these draws are weighed anew for each synthetic history. How far that
carries, the effective number of draws tells.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.sets import EvidenceSet
from sim.experiment.draws import draw, open_draws
from sim.experiment.runner import pool, run_many, where_to_run
from sim.inference.calibrate import calibrate
from sim.inference.nested import Progress, Settings
from sim.inference.posterior import Posterior
from sim.inference.predictive import UNSEEN, says
from sim.inference.problem import Problem
from sim.inference.rivals import STRONG, Rival
from sim.inference.synthetic import figures
from sim.model.streams import stream

FOLDER = "wide"
"""Of the calibrations with wider errors, within that of the rivals."""
WIDER = 2.0
"""Errors of the wider calibrations over those of the figures; assumed. The figures of a synthetic
history lie about one and a half errors from history's, so that at 1 few draws would be near."""
MORE = 3
"""Effective draws of the wider calibrations over those of the rivals. Measured: with as many as the
rivals have, more than half of the synthetic histories are left with fewer than `ENOUGH`."""
ENOUGH = 10.0
"""Effective draws from which on a rival's evidence is good to a third of a unit; below, nothing
is counted."""


@dataclass(frozen=True)
class Confusion:
    """Rivals weighed on figures that one of them has made.

    Attributes:
        names: of the rivals.
        titles: of the rivals, by name.
        log_evidence: (n_truths, n_histories, n_rivals), rivals in the order of `names` both times.
        ess: of the same shape: effective draws behind each.
    """

    names: list[str]
    titles: dict[str, str]
    log_evidence: np.ndarray = field(repr=False)
    ess: np.ndarray = field(repr=False)

    @cached_property
    def behind(self) -> np.ndarray:
        """How far each rival is behind the best, in log-evidence; of the same shape."""
        return self.log_evidence.max(axis=-1, keepdims=True) - self.log_evidence

    @cached_property
    def first(self) -> np.ndarray:
        """Which rival comes first: (n_truths, n_histories); -1 where too few draws say so.

        Few draws make an evidence rather too low than too high, so they are too few as well where
        another rival that has no more of them is not far behind.
        """
        settled = (self.ess >= ENOUGH) | (self.behind > STRONG)
        return np.where(settled.all(axis=-1), self.log_evidence.argmax(axis=-1), -1)

    @cached_property
    def undecided(self) -> np.ndarray:
        """Where a rival cannot be judged, as too few draws come near the figures; its evidence is
        then rather too low than too high. Of the shape of `log_evidence`."""
        return (self.ess < ENOUGH) | (self.first == -1)[..., None]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a truth and a rival: how often it came first, and how often it was ruled out."""
        rows = []
        for i, truth in enumerate(self.names):
            behind = self.behind[i]
            odds, out = np.exp(-behind), behind > STRONG
            for j, rival in enumerate(self.names):
                rows.append(
                    {
                        "truth": truth,
                        "rival": rival,
                        "histories": len(behind),
                        "first": float((self.first[i] == j).mean()),
                        "ruled_out": float((out[:, j] & ~self.undecided[i, :, j]).mean()),
                        "undecided": float((out[:, j] & self.undecided[i, :, j]).mean()),
                        "probability": float((odds[:, j] / odds.sum(axis=1)).mean()),
                        "ess": float(np.median(self.ess[i, :, j])),
                    }
                )
        return pd.DataFrame(rows)

    def matrix(self, column: str) -> np.ndarray:
        """Return a column of the table as (n_truths, n_rivals)."""
        n = len(self.names)
        return self.table[column].to_numpy().reshape(n, n)

    @property
    def decided(self) -> float:
        """Share of the histories for which enough draws say which rival comes first."""
        return float((self.first >= 0).mean())

    @property
    def found(self) -> float:
        """How often, of those, the truth came first, if each was true equally often."""
        shares = [
            (first == i).sum() / max((first >= 0).sum(), 1) for i, first in enumerate(self.first)
        ]
        return float(np.mean(shares))

    @property
    def wronged(self) -> float:
        """How often the truth was ruled out."""
        return float(np.diag(self.matrix("ruled_out")).mean())

    @property
    def in_words(self) -> str:
        """What so many figures can do."""
        many, out = len(self.names), self.matrix("ruled_out")
        others, blank = out[~np.eye(many, dtype=bool)].mean(), 1.0 - self.decided
        words = (
            f"If each of the {many} were true equally often, figures like these would put the true "
            f"one first in {self.found:.0%} of cases (by chance {1 / many:.0%}), rule it out in "
            f"{self.wronged:.0%}, and rule out another in {others:.0%}; ruled out: more than "
            f"{STRONG:g} behind the best in log-evidence."
        )
        if blank:
            words += f" Near {blank:.0%} of the histories too few draws came to say, or to count."
        return words

    def plot(self, path=None):
        """Draw the matrix."""
        from sim.view.confusion import matrix

        return matrix(self, path=path)


COLUMNS = {
    "truth": "the rival whose world left the figures",
    "histories": "synthetic histories",
    "first": "share of them in which the rival had the largest evidence",
    "ruled_out": f"share of them in which it lay more than {STRONG:g} behind the best",
    "probability": "its share of the evidence, on average",
    "ess": "effective draws behind its evidence, median",
    "undecided": f"share of them in which it lay so far behind with fewer than {ENOUGH:g} "
    "effective draws, or with fewer for the best",
}
"""What the columns of the table mean."""


def confusion(
    found: Sequence[Rival],
    folder: Path,
    n: int,
    settings: Settings,
    workers: int | None = None,
    cluster: str | None = None,
    begin: Callable[[Problem], Callable[[Progress], None]] = lambda asked: lambda now: None,
) -> Confusion:
    """Take each rival for the truth `n` times, and weigh all of them on what it would have left.

    Args:
        found: rivals, calibrated in `folder/NAME`.
        folder: theirs; the wider calibrations lie in `folder/wide/NAME`, and are read if finished.
        n: synthetic histories of each rival.
        settings: of the sampler, as for the rivals.
        workers: processes; the result is the same however many.
        cluster: address of a Dask scheduler, used instead of local processes.
        begin: called with each problem; returns what is told of its progress.

    Raises:
        InputError: `n` is out of range, or no figure can be drawn from a target.
    """
    problems = [each.posterior.problem for each in found]
    check(problems[0], n)
    wide = [
        calibrate(
            asked := replace(own, evidence=widened(own.evidence)),
            folder / FOLDER / own.scenario.name,
            replace(settings, ess=MORE * settings.ess),
            workers,
            cluster,
            begin(asked),
        )
        for own in problems
    ]
    shape = (len(found), n, len(found))
    evidence, ess = np.empty(shape), np.empty(shape)
    worlds = [
        (draw(own.scenario, UNSEEN + k, open_draws(folder / own.scenario.name)), own.evidence)
        for own in problems
        for k in range(n)
    ]
    with pool(where_to_run(workers, len(worlds)), cluster) as executor:
        said = list(run_many(says, worlds, executor, chunk=8))
    for i, own in enumerate(problems):
        for k in range(n):
            left = np.array([said[i * n + k][key] for key in own.targets])
            rng = stream(k, f"confusion/{own.scenario.name}")
            history = figures(own, left, rng)
            for j, rival in enumerate(wide):
                evidence[i, k, j], ess[i, k, j] = weighed(rival, history)
    titles = {each.name: each.title for each in found}
    return Confusion(list(titles), titles, evidence, ess)


def check(asked: Problem, n: int) -> None:
    """Make sure that figures can be drawn.

    Raises:
        InputError: `n` is out of range, or no figure can be drawn from a target.
    """
    if n < 1:
        raise InputError("--synthetic", f"got {n}", "a whole number, 1 or more; 0 does without")
    figures(asked, np.ones(len(asked.targets)), stream(0, "confusion"))


def widened(evidence: EvidenceSet) -> EvidenceSet:
    """Return the same figures with `WIDER` errors."""
    targets = {
        key: target.model_copy(
            update={
                "spread": WIDER * target.spread,
                "alternatives": tuple(
                    each.model_copy(update={"spread": WIDER * each.spread})
                    for each in target.alternatives
                ),
            }
        )
        for key, target in evidence.targets.items()
    }
    title = f"{evidence.title}, with errors {WIDER:g} times as large"
    return evidence.model_copy(
        update={"name": f"{evidence.name}-wide", "title": title, "targets": targets}
    )


def weighed(wide: Posterior, history: EvidenceSet) -> tuple[float, float]:
    """Return the log-evidence of other figures, and the effective number of draws behind it."""
    again = wide.reweighted(replace(wide.problem, evidence=history))
    return again.log_evidence, again.ess
