"""Checks that can fail: prior and posterior beside the figures, history that no fit has used.

The words say what came out, and FAILED where it is bad; whether synthetic truths are found again is
asked by `recovery` and judged by `sbc`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.sets import EvidenceSet, Statement, Target, in_words
from sim.experiment.draws import Draw, Draws, draw, open_draws, reference_folder
from sim.experiment.folder import provenance, write_json, write_table
from sim.experiment.readings import predict_all
from sim.experiment.runner import Tell, pool, run_many, silent, where_to_run
from sim.experiment.runs import QUANTILES, counts_of
from sim.inference.likelihood import log_likelihood
from sim.inference.prior import values
from sim.inference.problem import Problem, problem
from sim.inference.rivals import HELD_OUT_UNTIL
from sim.inference.sbc import FAILED, IN_DOUBT, calibration
from sim.model.streams import stream
from sim.scenario.loading import load

MET = 0.1
"""p-value from which on a figure is met: it lies within 90% of what sources would have said."""
FITTED, HELD_OUT = "fitted", "held out"
"""Roles of targets."""

COLUMNS = {
    "role": "fitted, or held out: not used by the fit",
    "prior_low, _median, _high": "worlds of the prior: median and 90% interval",
    "prior_meets": "share of them that alone would meet the figure",
    "low, median, high": "worlds of the posterior, with fresh luck: median and 90% interval",
    "p_value": "see sim.inference.check.p_value; below 0.1 the figure is missed",
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
                    "role": HELD_OUT if target.held_out else FITTED,
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
            f"{n} simulations; intervals of 50% held {found['covered_50'].mean():.0%} of the "
            f"truths, those of 90% {found['covered_90'].mean():.0%}"
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


def p_value(predictions: np.ndarray, target: Target) -> float:
    """Return the posterior predictive p-value of what the sources say.

    A source that looked at each world would say a figure of its own, by the measurement model;
    its distribution is averaged in closed form, not drawn. `about`: twice the smaller of the
    probabilities that the figure said is lower, or higher, than the stated one. Bounds: the
    probability of saying what was said. `either`: that of the alternative that fares best, for one
    of them is right. Figures used by the fit are met more easily than others, so a p-value of
    theirs is never too small by chance alone (Gelman, Meng & Stern 1996; Bayarri & Berger 2000).

    Args:
        predictions: (n,), what worlds say.
        target: what the sources say.
    """
    return max(
        float(_two_sided(_chance(predictions, target, said).mean(), said))
        for said in target.statements
    )


def meets(predictions: np.ndarray, target: Target) -> np.ndarray:
    """Return whether each world by itself would meet what the sources say, (n,)."""
    alone = [_two_sided(_chance(predictions, target, said), said) for said in target.statements]
    return np.max(alone, axis=0) >= MET


def _chance(predictions: np.ndarray, target: Target, said: Statement) -> np.ndarray:
    """Return the probability that a source says this bound, or a number below the stated one."""
    kind = "below" if said.kind == "about" else said.kind
    numbers = {name: getattr(said, name) for name in ("value", "low", "high", "spread")}
    bound = target.model_copy(update={"kind": kind, "alternatives": (), **numbers})
    return np.exp(log_likelihood(predictions, bound))


def _two_sided(chance: np.ndarray, said: Statement) -> np.ndarray:
    return 2.0 * np.minimum(chance, 1.0 - chance) if said.kind == "about" else chance


def _quantile(found: np.ndarray, q: float) -> float:
    known = found[~np.isnan(found)]
    return float(np.quantile(known, q)) if known.size else float("nan")


def says(item: tuple[Draw, EvidenceSet]) -> dict[str, float]:
    """Live one world; return what it says of every target."""
    drawn, evidence = item
    found = predict_all(counts_of(drawn), drawn.scenario.calendar, evidence)
    return {key: float(value) for key, value in found.items()}


def opened(
    scenario: str, evidence: str | None = None, posterior: Path | str | None = None
) -> tuple[Problem, Draws]:
    """Return a problem and its posterior, the shipped one by default.

    Raises:
        InputError: there is none, or it belongs to another problem.
    """
    folder = posterior
    if folder is None:
        asked = problem(scenario, evidence)
        folder = reference_folder(asked.scenario.name, asked.evidence.name)
        if folder is None or not Path(folder).is_dir():
            raise InputError(
                asked.scenario.name,
                f"has no shipped posterior for the figures of `{asked.evidence.name}`",
                "",
                "`midnight calibrate`, then --posterior DIR",
            )
    draws = open_draws(folder)
    own = draws.about.get("evidence_file") or draws.about["evidence"]
    asked = problem(scenario, evidence or own, seeds=len(draws.about["seeds"]))
    if asked.digest != draws.about["problem"]:
        raise InputError(
            str(folder),
            f"is the posterior of {draws.about['scenario']} and {own}, or of an earlier state of "
            "them",
            "the posterior of what is checked",
            "name scenario and --evidence of the posterior, or calibrate anew",
        )
    return asked, draws


def check(
    asked: Problem,
    draws: Draws,
    n: int = 500,
    workers: int | None = None,
    cluster: str | None = None,
    tell: Tell = silent,
) -> Check:
    """Live worlds of the prior and of the posterior, on to 1936, and hold them beside the figures.

    Every world has luck of its own, seeds 1 to n, which no fit has seen.

    Args:
        asked: the problem.
        draws: its posterior.
        n: worlds of each.
        workers: processes; the result is the same however many.
        cluster: address of a Dask scheduler, used instead of local processes.
        tell: worlds done and all.

    Raises:
        InputError: `n` is out of range.
    """
    if n < 20:
        raise InputError("--draws", f"got {n}", "a whole number, 20 or more")
    end = max(asked.scenario.calendar.end, date.fromisoformat(HELD_OUT_UNTIL))
    long = load(asked.scenario, {"calendar.end": end.isoformat()})
    seeds = range(1, n + 1)
    prior = [Draw(long, seed, _of_prior(asked, seed)) for seed in seeds]
    posterior = [draw(long, seed, draws) for seed in seeds]
    found: list[dict[str, float]] = []
    with pool(where_to_run(workers, 2 * n), cluster) as executor:
        items = [(each, asked.evidence) for each in [*prior, *posterior]]
        for said in run_many(says, items, executor, chunk=8):
            found.append(said)
            tell(len(found), len(items))
    return Check(asked, draws, _columns(found[:n]), _columns(found[n:]))


def _of_prior(asked: Problem, seed: int) -> dict[str, float]:
    return values(asked.scenario, stream(seed, "check/prior").random(len(asked.parameters)))


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, np.ndarray]:
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


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
    seeds = list(range(1, len(next(iter(found.prior.values()))) + 1))
    about = provenance([found.asked.scenario], seeds)
    about["posterior"] = {key: found.draws.about[key] for key in ("name", "problem", "ess")}
    about["columns"] = about["columns"] | COLUMNS
    write_json(folder / "provenance.json", about)
