"""Calibration: the parameters that the figures leave possible, and how far they support a model.

What the world of each point says of the targets is kept in a journal as soon as it is known.
Killed and started again, a calibration goes on and ends the same; given again when it has ended,
it is read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import InputError
from sim.evidence.sets import EvidenceSet, in_words
from sim.experiment.draws import ABOUT
from sim.experiment.execution import DEFAULT, Execution, silent
from sim.experiment.runner import run_many
from sim.experiment.runs import run
from sim.experiment.store import LOCK
from sim.folder import check_place, told
from sim.inference import sampling
from sim.inference.journal import FILE, Journal, keeping
from sim.inference.likelihood import log_likelihood
from sim.inference.limits import SAMPLER
from sim.inference.posterior import Posterior
from sim.inference.problem import Problem, predictions, problem
from sim.inference.sampling import Progress, Settings
from sim.inference.storage import about_of, read, write
from sim.scenario.files import as_part
from sim.scenario.schema import Scenario
from sim.writing import clean, contents

HOPELESS, AFTER = -12.5, 20
"""Log-likelihood, that of five standard errors, which the nearest world of so many batches has to
reach for one target at least; otherwise the prior seems to exclude them all."""
DRAWN = 200
"""Worlds of a posterior that its picture shows."""

Told = Callable[[Progress], None]
"""Hears how far the sampler is."""


def ignore(now: Progress) -> None:
    """Hear, and say nothing."""


def calibrate(
    scenario: str | Scenario = "historical",
    evidence: str | EvidenceSet | None = None,
    ess: int = 250,
    walkers: int = 400,
    seeds: int = 8,
    sampler_seed: int = 1,
    changes: Iterable[str] | Mapping[str, Any] = (),
    out: Path | str | None = None,
    execution: Execution = DEFAULT,
    tell: Told = ignore,
) -> Posterior:
    """Find what the figures leave possible; the same call goes on where it was stopped.

    Args:
        scenario: one with priors, a rival explanation among them.
        evidence: a set of figures, its name or file; the scenario's own by default.
        ess: effective sample size to reach.
        walkers: of the sampler.
        seeds: how many random seeds to average over.
        sampler_seed: of the sampler itself.
        changes: as of `--set`.
        out: its folder, new or begun; by default one named after the problem, in `results/`.
        execution: where.
        tell: hears of the sampler's progress.

    Raises:
        InputError: as of `problem` and `posterior_of`.
        OutputError: the folder cannot be written.
    """
    asked = problem(scenario, evidence, changes, seeds)
    folder = default_folder(asked) if out is None else Path(out)
    check_place(folder)
    settings = Settings(ess=ess, walkers=walkers, seed=sampler_seed)
    found = posterior_of(asked, folder, settings, execution, tell)
    draw_decline(found, folder, execution)
    return found


def default_folder(asked: Problem) -> Path:
    """Return `results/calibrate-SCENARIO-EVIDENCE`; the same problem goes on in it."""
    return Path("results") / f"calibrate-{as_part(asked.scenario.name)}-{asked.evidence.name}"


def draw_decline(found: Posterior, folder: Path, execution: Execution = DEFAULT) -> None:
    """Run worlds of a posterior and draw them into its folder, unless they are there.

    Raises:
        OutputError: the folder cannot be written.
    """
    if all((folder / f"figure{kind}").exists() for kind in (".png", ".svg")):
        return
    drawn = run(found.problem.scenario, DRAWN, (), folder, replace(execution, progress=silent))
    with told(folder):
        drawn.plot(folder / "figure")


def posterior_of(
    asked: Problem,
    folder: Path | None = None,
    settings: Settings | None = None,
    execution: Execution = DEFAULT,
    tell: Told = ignore,
) -> Posterior:
    """Return the posterior of a problem.

    Args:
        asked: see `problem.problem`.
        folder: where journal and result are kept; nowhere by default, and then every weighted
            point is returned, not those only that are kept. A finished one is read.
        settings: of the sampler; `Settings()` by default.
        execution: where.
        tell: hears of the sampler's progress.

    Raises:
        InputError: the folder holds something else, a number is out of range, or no world of the
            prior comes near the figures.
        OutputError: the folder cannot be written.
    """
    settings = settings or Settings()
    check_settings(settings)
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="midnight-") as spare:
            return _calibrate(asked, Path(spare), settings, execution, tell)
    if folder.exists() and not folder.is_dir():
        raise InputError("--out", f"`{folder}` is a file", "a folder", "name another one")
    if (folder / ABOUT).exists():
        _check_same(asked, settings, folder)
        _tidy(folder)
        return read(folder, asked, settings)
    if folder.exists() and contents(folder) - {LOCK} and not (folder / FILE).exists():
        raise InputError("--out", f"`{folder}` is no calibration", "", "name a new folder")
    kept = write(_calibrate(asked, folder, settings, execution, tell), folder)
    _tidy(folder)
    return kept


def _tidy(folder: Path) -> None:
    """Remove what a finished calibration needs no more, and what a killed one left."""
    clean(folder)
    for name in (FILE, f"{FILE}-wal", f"{FILE}-shm", LOCK):
        with suppress(OSError):
            (folder / name).unlink()


def check_settings(settings: Settings) -> None:
    """Make sure that the sampler can work.

    Raises:
        InputError: a number is out of range.
    """
    for name, (low, high) in SAMPLER.items():
        value = getattr(settings, name)
        if not low <= value <= high:
            option = "--sampler-seed" if name == "seed" else f"--{name}"
            raise InputError(option, f"got {value}", f"a whole number, {low:,} to {high:,}")


def digest_of(asked: Problem, settings: Settings) -> str:
    """Return what marks a folder as that of a problem and its sampler."""
    return f"{asked.digest} {settings}"


def _check_same(asked: Problem, settings: Settings, folder: Path) -> None:
    about = about_of(folder)
    known = Settings(**about["sampler"])
    if about["problem"] != asked.digest or known != settings:
        raise InputError(
            str(folder),
            "holds another calibration: of another scenario, evidence, setting or version",
            "one calibration a folder",
            "name a new folder with --out",
        )


def _calibrate(
    asked: Problem,
    folder: Path,
    settings: Settings,
    execution: Execution,
    tell: Told,
) -> Posterior:
    with (
        execution.pool() as executor,  # without workers, no folder is made
        keeping(folder, digest_of(asked, settings)) as journal,
    ):
        live = partial(run_many, workers=executor)
        found = sampling.sample(_Question(asked, journal, live), settings, tell)
    return Posterior.of(asked, settings, found)


class _Question:
    """A problem, whose simulations are asked for but once."""

    def __init__(self, asked: Problem, journal: Journal, live: Callable) -> None:
        self.asked, self.journal, self.live = asked, journal, live
        self.start, self.seeds = asked.start, asked.seeds
        self.read, self.term = asked.read, asked.term
        self.best = dict.fromkeys(asked.fitted, -np.inf)
        self.says = dict.fromkeys(asked.fitted, np.nan)

    def run(self, points: np.ndarray) -> np.ndarray:
        """Return what simulations at points say; see `sampling.Question`."""
        found = self.journal.recall(points)
        if found is None:
            found = np.stack(list(self.live(predictions, [(self.asked, p) for p in points])))
            self.journal.keep(points, found)
        if self.journal.number <= AFTER:
            self._look(found)
        if self.journal.number == AFTER and max(self.best.values()) < HOPELESS:
            self._give_up()
        return found

    def _look(self, found: np.ndarray) -> None:
        """Remember the nearest that any world came to each target."""
        for key, target in self.asked.fitted.items():
            says = found[:, list(self.asked.targets).index(key)]
            near = log_likelihood(says, target)
            if (top := near.max()) > self.best[key]:
                self.best[key], self.says[key] = top, says[near.argmax()]

    def _give_up(self) -> None:
        nearest = max(self.best, key=lambda key: self.best[key])
        raise InputError(
            f"{self.asked.scenario.name}: priors",
            f"seem to exclude every figure; in {AFTER} steps of a search from the scenario's own "
            f"values, what came nearest has {self.says[nearest]:,.4g} for `{nearest}`, where the "
            f"sources say {in_words(self.asked.targets[nearest])}",
            "priors under which some world comes near the figures",
            "widen the priors, beginning with the size of the population and the baseline, or move "
            "the scenario's own values nearer",
        )
