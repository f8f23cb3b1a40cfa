"""Rival explanations: each calibrated on the same figures, and what the figures say between them.

A rival is a scenario in which all mechanisms but its own weigh nothing. The evidence of a rival is
the likelihood averaged over its prior, so one that could have explained anything pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from sim.errors import InputError, nearest
from sim.experiment.comparison import compare
from sim.experiment.execution import DEFAULT, Execution, silent
from sim.experiment.runner import seeds_from
from sim.experiment.runs import of_world, run
from sim.files import read_json
from sim.folder import write_json
from sim.inference.calibrate import Told, check_settings, ignore, posterior_of
from sim.inference.posterior import Posterior
from sim.inference.prior import PARTS
from sim.inference.problem import Problem, problem
from sim.inference.sampling import Settings
from sim.scenario.loading import load
from sim.scenario.loading import rivals as shipped_rivals
from sim.writing import clean, contents

EVERYTHING = "historical"
MARK = "rivals.json"
"""File that says whose a folder is."""
EFFECTS = ("no-left-turn", "no-carrot", "leaders-hold-out")
"""Counterfactuals that every rival is asked about: one of policy, one of the offer, one of
leaders; assumed to be those that a reader would ask first."""
HELD_OUT_UNTIL = "1936-07-01"
"""Past Serge's count of May 1936 (serge-500-1936)."""
SETTINGS = Settings(ess=200)
"""Of the sampler, for each of six: enough to tell the best from the rest; the choice of seeds adds
to the error of an evidence."""
STRONG, DECISIVE = 3.0, 5.0
"""Differences of log-evidence from which on the words change: odds of 20 and of 150 to 1
(Kass & Raftery 1995)."""


@dataclass(frozen=True, repr=False)
class Rival:
    """One explanation, calibrated.

    Attributes:
        posterior: what the figures leave of it.
        held_out: what it predicts for the history that no fit has used, one row a target.
        effects: its counterfactuals against its own history, one row each (see
            `Comparison.table`).
    """

    posterior: Posterior
    held_out: pd.DataFrame
    effects: pd.DataFrame

    def __repr__(self) -> str:
        return f"Rival: {self.posterior!r}"

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.posterior.problem.scenario.name

    @property
    def title(self) -> str:
        """What the explanation is called; the whole model is `Everything`."""
        return "Everything" if self.name == EVERYTHING else self.posterior.problem.scenario.title


def quietly(asked: Problem) -> Told:
    """Return somebody who hears of a calibration's progress, and says nothing."""
    return ignore


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


def calibrate_rivals(
    folder: Path,
    names: Sequence[str] | None = None,
    evidence: str | None = None,
    settings: Settings | None = None,
    seeds: int = 8,
    worlds: int = 200,
    execution: Execution = DEFAULT,
    begin: Callable[[Problem], Told] = quietly,
) -> list[Rival]:
    """Calibrate rivals, ask each for what no fit has used and for its counterfactuals.

    Args:
        folder: of all calibrations, `folder/NAME` each; finished ones are read.
        names: of rivals; all by default.
        evidence: set of figures; the scenario's own by default.
        settings: of the sampler; `SETTINGS` by default.
        seeds: how many random seeds to average over.
        worlds: drawn from each posterior for predictions and counterfactuals.
        execution: where, and who hears how many rivals are done of all.
        begin: called with each problem; returns what is told of its progress.

    Raises:
        InputError: a name is no rival's, a calibration cannot be made, or the folder is another's.
    """
    asked = posed(names, evidence, seeds)
    memory = (1 + len(EFFECTS)) * max(of_world(one.scenario) for one in asked)
    seeds_from(worlds, memory, "--worlds")
    settings = settings or SETTINGS
    check_settings(settings)
    with execution.pool():  # or say why not, before a folder is made
        pass
    mark(folder, asked, settings)
    found = []
    for each in asked:
        place, name = folder / each.scenario.name, each.scenario.name
        posterior = posterior_of(each, place, settings, execution, begin(each))
        how = (place, replace(execution, progress=silent))
        long = run(name, worlds, {"calendar.end": HELD_OUT_UNTIL}, *how)
        held_out = long.targets[long.targets["held_out_of_fit"]].reset_index(drop=True)
        compared = compare(list(EFFECTS), EVERYTHING, worlds, left_out(name), *how)
        effects = compared.table.iloc[1:].reset_index(drop=True)
        found.append(Rival(posterior, held_out, effects))
        execution.progress(len(found), len(asked))
    return found
