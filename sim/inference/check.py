"""Checks that can fail: prior and posterior beside the figures, history that no fit has used.

The words say what came out, and FAILED where it is bad; whether synthetic truths are found again is
asked by `recovery` and judged by `sbc`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.sets import Target, in_words
from sim.experiment.draws import Draws, open_draws, reference_folder
from sim.experiment.folder import provenance, write_json, write_table
from sim.experiment.runner import Tell, silent
from sim.experiment.runs import QUANTILES
from sim.inference.archive import about_of
from sim.inference.likelihood import log_likelihood
from sim.inference.predictive import MET, UNSEEN, meets, p_value, predict_both
from sim.inference.problem import Problem, problem
from sim.inference.sbc import FAILED, IN_DOUBT, calibration
from sim.inference.simulation import LIGHT

FITTED, HELD_OUT, CONTEXT = "fitted", "held out", "context"
"""Roles of targets; one that is held out but rests on nothing that the fit has not used is no test
of it, and is shown as context."""

COLUMNS = {
    "role": "fitted; held out: not used by the fit; context: not used, but its claims were",
    "prior_low, _median, _high": "worlds of the prior: median and 90% interval",
    "prior_meets": "share of them that alone would meet the figure",
    "low, median, high": "worlds of the posterior, with fresh luck: median and 90% interval",
    "p_value": "see sim.inference.predictive.p_value; below 0.1 the figure is missed",
    "agreement": "expected log-likelihood of the figure, 0 for perfect agreement",
    "simulation": "number of a synthetic calibration",
    "quantity": "a parameter, or what depends on the figures too",
    "truth": "in recovery: what made the figures; then quantiles of the posterior",
    "place": "in recovery: posterior quantile of the truth, 0 to 1; uniform if all is right",
    "contraction": "share of the prior's variance that the figures take away",
    "covered_50, covered_90": "share of simulations whose interval held the truth",
    "p_ranks": "of the places being uniform, by their ECDF",
}
"""What the columns of the tables mean."""


class Verdict(NamedTuple):
    """What came of one check."""

    check: str
    passed: bool
    in_words: str


@dataclass(frozen=True)
class Check:
    """What prior and posterior say of every figure, and how synthetic truths were found again.

    Attributes:
        asked: the problem.
        draws: its posterior.
        prior: (n,) what worlds of the prior say, by target.
        posterior: (n,) what worlds of the posterior say, by target.
        recovery: one row a simulation and quantity (see `recovery.recover`), or None.
        truths: whence the known truths were drawn, `prior` or `posterior`; only those of the prior
            have to lie anywhere in their posteriors equally often.
        other_luck: whether their worlds had luck that no calibration knew.
    """

    asked: Problem
    draws: Draws
    prior: dict[str, np.ndarray] = field(repr=False)
    posterior: dict[str, np.ndarray] = field(repr=False)
    recovery: pd.DataFrame | None = field(default=None, repr=False)
    truths: str = "prior"
    other_luck: bool = False

    @cached_property
    def targets(self) -> dict[str, Target]:
        """Those whose days were lived."""
        return {key: self.asked.evidence.targets[key] for key in self.posterior}

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a target: what prior and posterior say, and whether the figure is met."""
        rows = []
        for key, target in self.targets.items():
            before, after = self.prior[key], self.posterior[key]
            p = p_value(after, target)
            rows.append(
                {
                    "target": key,
                    "what": target.what,
                    "sources_say": in_words(target),
                    "role": self._role(target),
                    **{f"prior_{name}": _quantile(before, q) for name, q in QUANTILES.items()},
                    "prior_meets": float(meets(before, target).mean()),
                    **{name: _quantile(after, q) for name, q in QUANTILES.items()},
                    "p_value": p,
                    "agreement": float(log_likelihood(after, target).mean()),
                    "in_words": "met" if p >= MET else "missed",
                    "claims": ";".join(target.claims),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def calibration(self) -> pd.DataFrame | None:
        """One row a quantity: ranks and coverage of synthetic truths (see `sbc.calibration`)."""
        return None if self.recovery is None else calibration(self.recovery)

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """One for each check that was made."""
        found = [self._of_prior(), self._of_figures(FITTED)]
        if (self.table["role"] == HELD_OUT).any():
            found.append(self._of_figures(HELD_OUT))
        if self.calibration is not None and self.truths == "prior":
            found.append(self._of_calibration())
        return found

    def plot(self, path=None, what="predictive"):
        """Draw the `predictive` intervals, the `ranks`, their `ecdf` or the `recovery`."""
        from sim.view import check as pictures

        return getattr(pictures, what)(self, path=path)

    def _role(self, target: Target) -> str:
        if not target.held_out:
            return FITTED
        used = {claim for each in self.asked.fitted.values() for claim in each.claims}
        return CONTEXT if used.issuperset(target.claims) else HELD_OUT

    def _of_prior(self) -> Verdict:
        fitted = self.table[self.table["role"] == FITTED]
        never = fitted.loc[fitted["prior_meets"] == 0.0, "what"]
        n = len(next(iter(self.prior.values())))
        together = np.all([meets(self.prior[key], self.targets[key]) for key in fitted.target], 0)
        rarest = fitted.loc[fitted["prior_meets"].idxmin()]
        words = (
            f"of {n} worlds of the prior {together.sum()} meet every figure at once; "
            f"least often met is `{rarest['what']}` ({rarest['prior_meets']:.0%})"
        )
        if len(never):
            words = f"no world of {n} meets `{'`, `'.join(never)}`"
        return Verdict("prior predictive", len(never) == 0, words)

    def _of_figures(self, role: str) -> Verdict:
        rows = self.table[self.table["role"] == role]
        missed = rows[rows["in_words"] == "missed"]
        words = f"{len(rows) - len(missed)} of {len(rows)} figures are met"
        for row in missed.to_dict("records"):
            low, middle, high = (number(row[name]) for name in QUANTILES)
            words += (
                f"; {row['what']}: sources say {row['sources_say']}, worlds {middle} "
                f"[{low} to {high}], p = {row['p_value']:.2g}"
            )
        names = {FITTED: "posterior predictive", HELD_OUT: "held-out history"}
        return Verdict(names[role], len(missed) == 0, words)

    def _of_calibration(self) -> Verdict:
        found = self.calibration
        n = int(found["simulations"].iloc[0])
        bad = found.loc[found["in_words"] == FAILED, "quantity"]
        doubt = found.loc[found["in_words"] == IN_DOUBT, "quantity"]
        words = (
            f"{n} simulations; intervals of 50% held "
            f"{found['covered_50'].mean():.0%} of the truths, those of 90% "
            f"{found['covered_90'].mean():.0%}"
        )
        words += "".join(
            f"; {what}: {', '.join(names)}"
            for what, names in ((FAILED, bad), (IN_DOUBT, doubt))
            if len(names)
        )
        luck = ", with luck of its own" if self.other_luck else ""
        return Verdict(f"simulation-based calibration{luck}", len(bad) == 0, words)


def number(value: float) -> str:
    """Return a count, or a ratio, as it is read."""
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.2f}"


def _quantile(found: np.ndarray, q: float) -> float:
    known = found[~np.isnan(found)]
    return float(np.quantile(known, q)) if known.size else float("nan")


def check(
    asked: Problem,
    draws: Draws,
    n: int = 500,
    workers: int | None = None,
    cluster: str | None = None,
    tell: Tell = silent,
) -> Check:
    """Hold worlds of the prior and of the posterior beside the figures (see `predict_both`)."""
    return Check(asked, draws, *predict_both(asked, draws, n, workers, cluster, tell))


def opened(
    scenario: str,
    evidence: str | None = None,
    posterior: Path | str | None = None,
    changes: Iterable[str] = (),
) -> tuple[Problem, Draws]:
    """Return a problem and its posterior, the shipped one by default; `changes` as of `--set`.

    Raises:
        InputError: there is none, or it belongs to another problem.
    """
    folder = posterior
    if folder is None:
        asked = problem(scenario, evidence, changes)
        folder = reference_folder(asked.scenario.name, asked.evidence.name)
        if folder is None or not Path(folder).is_dir():
            raise InputError(
                asked.scenario.name,
                f"has no shipped posterior for the figures of `{asked.evidence.name}`",
                "",
                "`midnight calibrate`, then --posterior DIR",
            )
    draws, about = open_draws(folder), about_of(Path(folder))
    own = about["evidence"]
    asked = problem(scenario, evidence or draws.evidence, changes, len(about["seeds"]))
    if asked.digest != about["problem"]:
        raise InputError(
            str(folder),
            f"is the posterior of {about['scenario']} and {own}, or of an earlier state of them",
            "the posterior of what is checked",
            "name scenario, --evidence and --set of the posterior, or calibrate anew",
        )
    return asked, draws


def write(found: Check, folder: Path) -> None:
    """Write tables, pictures and provenance into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_table(folder, "predictive", found.table)
    write_table(folder, "verdicts", pd.DataFrame(found.verdicts))
    pictures = ["predictive"]
    if found.recovery is not None:
        write_table(folder, "recovery", found.recovery)
        write_table(folder, "calibration", found.calibration)
        pictures += ["ranks", "ecdf", "recovery"]
    for what in pictures:
        found.plot(folder / what, what)
    seeds = list(range(UNSEEN, UNSEEN + len(next(iter(found.prior.values())))))
    about = provenance([found.asked.scenario], seeds)
    about["posterior"] = {key: found.draws.about[key] for key in ("name", "problem", "ess")}
    if found.recovery is not None:
        about["simulations"] = {
            "n": int(found.recovery["simulation"].max()),
            "sampler": asdict(LIGHT),
            "truths": found.truths,
            "other_luck": found.other_luck,
        }
    about["columns"] = about["columns"] | COLUMNS
    write_json(folder / "provenance.json", about)
