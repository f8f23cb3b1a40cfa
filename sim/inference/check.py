"""Checks that can fail: prior and posterior beside the figures, history that no fit has used.

The words say what came out, and FAILED where it is bad; whether synthetic truths are found again is
asked by `recovery` and judged by `sbc`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.sets import EvidenceSet, Target, in_words
from sim.experiment.draws import POINT, Draws, Parameters, open_draws, reference_folder
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.quantiles import QUANTILES, spread
from sim.experiment.sizes import A_SIMULATION, check_size
from sim.folder import held
from sim.inference.likelihood import log_likelihood
from sim.inference.posterior import prior_places
from sim.inference.predictive import MET, UNSEEN, meets, p_value, predict_both
from sim.inference.problem import Problem, problem
from sim.inference.recovery import FOLDER, recover
from sim.inference.sbc import FAILED, IN_DOUBT, calibration
from sim.inference.simulation import LIGHT
from sim.model.provenance import provenance
from sim.result import Result
from sim.scenario.schema import Scenario
from sim.writing import contents

FITTED, HELD_OUT, CONTEXT = "fitted", "held out", "context"
"""Roles of targets; one that is held out but rests on nothing that the fit has not used is no test
of it, and is shown as context."""

COLUMNS = {
    "target": "key in the evidence set",
    "what": "what is counted",
    "sources_say": "the sources' figure, in words",
    "claims": "ids in the ledger",
    "role": "fitted; held out: not used by the fit; context: not used, but its claims were",
    "prior_low, _median, _high": "worlds of the prior: median and 90% interval",
    "prior_meets": "share of them that alone would meet the figure",
    "low, median, high": "worlds of the posterior, with new seeds: median and 90% interval",
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


@dataclass(frozen=True, repr=False)
class Check(Result):
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
    prior: dict[str, np.ndarray]
    posterior: dict[str, np.ndarray]
    recovery: pd.DataFrame | None = None
    truths: str = "prior"
    other_luck: bool = False

    columns: ClassVar = COLUMNS

    @cached_property
    def targets(self) -> dict[str, Target]:
        """Those whose days a run reaches."""
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
                    **spread(before, "prior_"),
                    "prior_meets": float(meets(before, target).mean()),
                    **spread(after),
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

    @property
    def outcomes(self) -> pd.DataFrame:
        """The verdicts as a table, one row each."""
        return pd.DataFrame(self.verdicts)

    def _tables(self) -> dict[str, str]:
        names = {"predictive": "table", "verdicts": "outcomes"}
        known = {"recovery": "recovery", "calibration": "calibration"}
        return names if self.recovery is None else names | known

    @property
    def pictures(self) -> tuple[str, ...]:
        """Intervals beside the figures; with known truths, where these lie in their posteriors."""
        known = () if self.recovery is None else ("ranks", "ecdf", "recovery")
        return ("predictive", *known)

    def _said(self) -> list[str]:
        return [
            f"{self.draws.name}, {len(next(iter(self.prior.values())))} runs",
            *(f"{each.check}: {'passed' if each.passed else FAILED}" for each in self.verdicts),
        ]

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on, the posterior among it."""
        seeds = range(UNSEEN, UNSEEN + len(next(iter(self.prior.values()))))
        own = provenance([self.asked.scenario], seeds, self.columns)
        own["posterior"] = {key: self.draws.about[key] for key in ("name", "problem", "ess")}
        if self.recovery is not None:
            own["simulations"] = {
                "n": int(self.recovery["simulation"].max()),
                "sampler": asdict(LIGHT),
                "truths": self.truths,
                "other_luck": self.other_luck,
            }
        return own

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
        assert found is not None
        n = int(found["simulations"].iloc[0])
        bad = list(found["quantity"][found["in_words"] == FAILED])
        doubt = list(found["quantity"][found["in_words"] == IN_DOUBT])
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
        luck = ", with other seeds" if self.other_luck else ""
        return Verdict(f"simulation-based calibration{luck}", len(bad) == 0, words)


def number(value: float) -> str:
    """Return a count, or a ratio, as it is read."""
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.2f}"


def check(
    scenario: str | Scenario = "historical",
    evidence: str | EvidenceSet | None = None,
    parameters: Parameters = None,
    changes: Iterable[str] | Mapping[str, Any] = (),
    draws: int = 500,
    simulations: int = 0,
    truths: str = "prior",
    other_luck: bool = False,
    out: Path | str | None = None,
    execution: Execution = DEFAULT,
) -> Check:
    """Check prior and posterior against figures, held-out history and known truths.

    Args:
        scenario: whose posterior it is.
        evidence: whose figures; by default those that the posterior was held against.
        parameters: the posterior, or its folder; the shipped one by default.
        changes: as of `--set`, as the calibration was made.
        draws: worlds of the prior, and of the posterior.
        simulations: known truths to find again; minutes of a core each.
        truths: whence they are drawn, `prior` or `posterior`.
        other_luck: whether their worlds have luck that no calibration knew.
        out: folder of the simulations, new or begun; by default one named after the problem, in
            `results/`. Without simulations nothing is kept.
        execution: where, and who hears of progress, in worlds and then in simulations.

    Raises:
        InputError: there is no such posterior, or a number is out of range.
        OutputError: the folder cannot be written.
    """
    check_truths(simulations, truths)
    asked, posterior = opened(scenario, evidence, parameters, changes)
    if not simulations:
        return held_against(asked, posterior, draws, execution)
    with begun(default_folder(asked) if out is None else Path(out)) as (folder, _):
        found = held_against(asked, posterior, draws, execution)
        return with_truths(found, simulations, folder, truths, other_luck, execution)


def default_folder(asked: Problem) -> Path:
    """Return `results/check-SCENARIO-EVIDENCE`."""
    return Path("results") / f"check-{asked.scenario.name}-{asked.evidence.name}"


@contextmanager
def begun(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Hold the folder of a check with simulations, if it is new or begun.

    Yields:
        The folder that is named to the user and the one to write to, which are the same.

    Raises:
        InputError: it holds something else.
    """
    with held(folder):
        if contents(folder) and not (folder / FOLDER).is_dir():
            got = f"`{folder}` holds something else than a check with simulations"
            raise InputError("--out", got, "a new folder, or one that this command has begun")
        yield folder, folder


def check_truths(simulations: int, truths: str) -> None:
    """Make sure that known truths can be had.

    Raises:
        InputError: `truths` is neither `prior` nor `posterior`, or there are too many.
    """
    if truths not in ("prior", "posterior"):
        raise InputError("--truths", f"got {truths}", "prior, posterior")
    check_size("--simulations", simulations, A_SIMULATION, "simulation")


def held_against(
    asked: Problem, draws: Draws, n: int = 500, execution: Execution = DEFAULT
) -> Check:
    """Hold worlds of the prior and of the posterior beside the figures (see `predict_both`)."""
    return Check(asked, draws, *predict_both(asked, draws, n, execution))


def with_truths(
    found: Check,
    n: int,
    folder: Path,
    truths: str = "prior",
    other_luck: bool = False,
    execution: Execution = DEFAULT,
) -> Check:
    """Return a check with n known truths found again (see `recovery.recover`)."""
    asked, places = found.asked, None
    if truths == "posterior":
        numbers = [found.draws.row(seed) for seed in range(1, n + 1)]
        places = np.clip(prior_places(asked, found.draws.table.iloc[numbers]), 0.0, 1.0)
    rows = recover(asked, n, folder, LIGHT, places, other_luck, execution)
    return replace(found, recovery=rows, truths=truths, other_luck=other_luck)


def opened(
    scenario: str | Scenario,
    evidence: str | EvidenceSet | None = None,
    parameters: Parameters = None,
    changes: Iterable[str] | Mapping[str, Any] = (),
) -> tuple[Problem, Draws]:
    """Return a problem and its posterior, the shipped one by default; `changes` as of `--set`.

    Raises:
        InputError: there is none, or it belongs to another problem.
    """
    if parameters is None:
        asked = problem(scenario, evidence, changes)
        parameters = reference_folder(asked.scenario.name, asked.evidence.name)
        if parameters is None or not parameters.is_dir():
            raise InputError(
                asked.scenario.name,
                f"has no shipped posterior for the figures of `{asked.evidence.name}`",
                "",
                "`midnight calibrate`, then --posterior DIR",
            )
    if isinstance(parameters, str) and parameters == POINT:
        raise InputError("parameters", f"got {POINT}", "a posterior, or its folder")
    if isinstance(parameters, Path | str):
        where, draws = str(parameters), open_draws(parameters)
    else:
        draws = parameters if isinstance(parameters, Draws) else parameters.draws
        where = draws.name
    about = draws.about
    asked = problem(scenario, evidence or draws.evidence, changes, len(about["seeds"]))
    if asked.digest != about["problem"]:
        raise InputError(
            where,
            f"is the posterior of {about['scenario']} and {about['evidence']}, or of an earlier "
            "state of them",
            "the posterior of what is checked",
            "name scenario, --evidence and --set of the posterior, or calibrate anew",
        )
    return asked, draws
