"""Rival explanations: each calibrated on the same figures, and what the figures say between them.

A rival is a scenario in which all mechanisms but its own weigh nothing. The evidence of a rival is
the likelihood averaged over its prior, so one that could have explained anything pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import InputError, nearest
from sim.experiment.comparison import compare
from sim.experiment.files import clean, contents
from sim.experiment.folder import write_json
from sim.experiment.runner import Tell, check_workers, pool, seeds_from, silent
from sim.experiment.runs import of_world, run
from sim.files import read_json
from sim.inference.calibrate import calibrate, check_settings
from sim.inference.nested import Progress, Settings
from sim.inference.posterior import TOO_FEW, Posterior
from sim.inference.prior import PARTS
from sim.inference.problem import Problem, problem
from sim.scenario.loading import load
from sim.scenario.loading import rivals as shipped_rivals

EVERYTHING = "historical"
MARK = "rivals.json"
"""File that says whose a folder is."""
EFFECTS = ("no-left-turn", "no-carrot", "leaders-hold-out")
"""Counterfactuals that every rival is asked about: one of policy, one of the offer, one of
leaders; assumed to be those that a reader would ask first."""
HELD_OUT_UNTIL = "1936-07-01"
"""Past Serge's count of May 1936 (serge-500-1936)."""
SETTINGS = Settings(ess=500, lost=-50.0)
"""Of the sampler, for each of six: an evidence is then good to a twentieth, and luck adds more. One
none of whose first worlds (`nested.SOON`) comes within ten standard errors of the figures is not
explored to the end; assumed, to spend the time on the others. With 200 live points, not 400,
evidences came out up to a third of a unit too low."""
STRONG, DECISIVE = 3.0, 5.0
"""Differences of log-evidence from which on the words change: odds of 20 and of 150 to 1
(Kass & Raftery 1995)."""


@dataclass(frozen=True)
class Rival:
    """One explanation, calibrated.

    Attributes:
        posterior: what the figures leave of it.
        held_out: what it predicts for the history that no fit has used, one row a target.
        effects: its counterfactuals against its own history, one row each (see
            `Comparison.table`).
    """

    posterior: Posterior
    held_out: pd.DataFrame = field(repr=False)
    effects: pd.DataFrame = field(repr=False)

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.posterior.problem.scenario.name

    @property
    def title(self) -> str:
        """What the explanation is called; the whole model is `Everything`."""
        return "Everything" if self.name == EVERYTHING else self.posterior.problem.scenario.title


def every() -> list[str]:
    """Return the names of the rivals, the whole model last."""
    return [*shipped_rivals(), EVERYTHING]


def named(scenario: str, rival: str | None) -> str:
    """Return the scenario that is meant.

    Raises:
        InputError: there is no such rival, or another scenario is named as well.
    """
    if rival is None:
        return scenario
    if rival not in every():
        raise InputError("--rival", f"got {rival}", ", ".join(every()), nearest(rival, every()))
    if scenario not in (EVERYTHING, rival):
        raise InputError("--rival", f"got the scenario `{scenario}` as well", "one of the two")
    return rival


def left_out(name: str) -> dict[str, float]:
    """Return what a rival changes in the whole model: dotted keys with their values."""
    whole, rival = load(EVERYTHING), load(name)
    found = {}
    for part in PARTS:
        ours, theirs = getattr(rival, part), getattr(whole, part)
        for key in type(ours).model_fields:
            if getattr(ours, key) != getattr(theirs, key):
                found[f"{part}.{key}"] = getattr(ours, key).value
    return found


def posed(
    names: Sequence[str] | None = None, evidence: str | None = None, seeds: int = 8
) -> list[Problem]:
    """Return the problem of each rival, all by default.

    Raises:
        InputError: a name is no rival's, or its problem cannot be posed.
    """
    chosen = list(dict.fromkeys(names or every()))
    return [problem(named(EVERYTHING, name), evidence, seeds=seeds) for name in chosen]


def mark(folder: Path, asked: Sequence[Problem], settings: Settings) -> None:
    """Make the folder that of these rivals.

    Raises:
        InputError: it holds something else, or other rivals.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError("--out", f"`{folder}` is a file", "a folder", "name another one")
    own = {"rivals": {each.scenario.name: each.digest for each in asked}}
    own["sampler"] = asdict(settings)
    file = folder / MARK
    clean(folder)
    if file.exists():
        try:
            known = read_json(file, "what `midnight rivals` wrote", "name a new folder with --out")
        except InputError:
            if not file.is_file():
                raise
            known = own  # every calibration in the folder says itself whose it is
        if known != own:
            raise InputError(
                str(folder),
                "holds other rivals, or the same with other figures, settings or another version",
                "one comparison a folder",
                "name a new folder with --out, or repeat the command that made this one",
            )
    elif folder.exists() and contents(folder):
        got = f"`{folder}` holds something else than rivals"
        raise InputError("--out", got, "a new folder, or one that this command has begun")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(file, own)


def rivals(
    folder: Path,
    names: Sequence[str] | None = None,
    evidence: str | None = None,
    settings: Settings | None = None,
    seeds: int = 8,
    worlds: int = 200,
    workers: int | None = None,
    cluster: str | None = None,
    begin: Callable[[Problem], Callable[[Progress], None]] = lambda asked: lambda now: None,
    tell: Tell = silent,
) -> list[Rival]:
    """Calibrate rivals, ask each for what no fit has used and for its counterfactuals.

    Args:
        folder: of all calibrations, `folder/NAME` each; finished ones are read.
        names: of rivals; all by default.
        evidence: set of figures; the scenario's own by default.
        settings: of the sampler; `SETTINGS` by default.
        seeds: how many luck is averaged over.
        worlds: drawn from each posterior for predictions and counterfactuals.
        workers: processes; the results are the same however many.
        cluster: address of a Dask scheduler, used instead of local processes.
        begin: called with each problem; returns what is told of its progress.
        tell: rivals done and all.

    Raises:
        InputError: a name is no rival's, a calibration cannot be made, or the folder is another's.
    """
    asked = posed(names, evidence, seeds)
    each = (1 + len(EFFECTS)) * max(of_world(one.scenario) for one in asked)
    seeds_from(worlds, each, "--worlds")
    settings = settings or SETTINGS
    check_settings(settings)
    with pool(check_workers(workers), cluster):  # or say why not, before a folder is made
        pass
    mark(folder, asked, settings)
    found = []
    for each in asked:
        place, name = folder / each.scenario.name, each.scenario.name
        posterior = calibrate(each, place, settings, workers, cluster, begin(each))
        how = {"workers": workers, "cluster": cluster, "posterior": place}
        long = run(name, worlds, {"calendar.end": HELD_OUT_UNTIL}, **how)
        held_out = long.targets[long.targets["held_out_of_fit"]].reset_index(drop=True)
        compared = compare(list(EFFECTS), EVERYTHING, worlds, left_out(name), **how)
        effects = compared.table.iloc[1:].reset_index(drop=True)
        found.append(Rival(posterior, held_out, effects))
        tell(len(found), len(asked))
    return found


COLUMNS = {
    "rival": "the explanation; `historical` is the whole model",
    "parameters": "how many are free",
    "log_evidence": "log of the likelihood averaged over the prior, 0 for perfect agreement",
    "log_evidence_error": "standard error, the sampler's",
    "luck_error": "standard error that luck adds; in part the same for all, as the seeds are",
    "behind_the_best": "in log-evidence",
    "probability": "share of the evidence, if each was as likely as the others before",
    "best_log_likelihood": "of any draw",
    "ess": "effective draws of its posterior",
    "agreement": "expected log-likelihood of a figure, 0 for perfect agreement",
    "low, median, high": "worlds of its posterior: median and 90% interval",
    "difference_low, _median, _high": "people more at the end of 1929 than in its own history",
}
"""What the columns of the tables mean."""


def table(found: Sequence[Rival]) -> pd.DataFrame:
    """Return one row a rival: evidence, its share among them, and what may be said of it.

    `probability` is the share of the evidence when each was as likely as the others before.
    """
    evidence = np.array([each.posterior.log_evidence for each in found])
    share = np.exp(evidence - evidence.max())
    rows = []
    for each, probability in zip(found, share / share.sum(), strict=True):
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
                "in_words": verdict(behind, of.log_evidence_error, of.ess),
            }
        )
    return pd.DataFrame(rows)


def verdict(behind: float, error: float, ess: float) -> str:
    """Return what may be said of a rival that is so far behind the best, in log-evidence."""
    if ess < TOO_FEW:
        return "strongly disfavoured, no more can be said" if behind > DECISIVE else "not settled"
    if behind < 1.0 + error:
        return "as good as the best"
    if behind < STRONG:
        return "somewhat disfavoured"
    return "disfavoured" if behind < DECISIVE else "strongly disfavoured"


def fits(found: Sequence[Rival]) -> pd.DataFrame:
    """Return what each rival says of each target: one row a rival and target."""
    rows = [
        each.posterior.targets[lambda t: ~t["held_out_of_fit"]].assign(rival=each.name)
        for each in found
    ]
    return pd.concat(rows, ignore_index=True)


def held_out(found: Sequence[Rival]) -> pd.DataFrame:
    """Return what each rival predicts for what no fit has used."""
    return pd.concat([each.held_out.assign(rival=each.name) for each in found], ignore_index=True)


def effects(found: Sequence[Rival]) -> pd.DataFrame:
    """Return what each rival would make of the counterfactuals."""
    return pd.concat([each.effects.assign(rival=each.name) for each in found], ignore_index=True)
