"""The default coefficients: the world of the prior that agrees best with the figures.

Covariance matrix adaptation (Hansen 2016, arXiv:1604.00772) over the unit cube onto which the
priors are mapped. One best world is no posterior: the figures are few, and many other worlds agree
nearly as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

import cma
import numpy as np
import pandas as pd
import tomli_w

import sim
from sim.chart.registry import chart
from sim.errors import InputError, OutputError, shorten
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.runner import run_many, seeds_from
from sim.folder import check_place
from sim.inference.prior import free, place
from sim.inference.problem import Problem, live, problem
from sim.model import elementwise
from sim.model.provenance import provenance
from sim.model.version import model_version
from sim.result import Result
from sim.scenario.loading import find, shipped
from sim.scenario.schema import Scenario
from sim.writing import check_writable, clean, replacing

MOST_TRIALS = 1_000_000
OFF_THE_EDGES = 0.5
"""Weight of log(4 u (1 - u)) for each parameter's place u in its prior; assumed.

Without it, what the figures say nothing about would drift to wherever noise sends it."""


STEP = 0.1
"""First standard deviation of the search, as a share of each prior."""


def _start(scenario: Scenario) -> np.ndarray:
    """Return where the search begins: at the declared values, or in the middle of the prior."""
    found = []
    for key, number in free(scenario).items():
        part, name = key.split(".")
        default = getattr(chart(), part)[name].default or {}
        value = float(default.get("value", np.nan))
        inside = number.low < value < number.high
        found.append(float(place(number, np.array(value))) if inside else 0.5)
    return np.array(found)


def agreement(asked: tuple[Problem, np.ndarray]) -> float:
    """Return the log-likelihood of a place in the priors, averaged over all seeds."""
    asking, point = asked
    found = np.stack([live(asking, point, seed) for seed in asking.seeds])
    return float(np.mean(asking.log_likelihood(found)))


@dataclass(frozen=True, repr=False)
class Fit(Result):
    """What a search found.

    Attributes:
        scenario: whose priors were searched.
        values: the best parameters, by dotted key.
        log_likelihood: of the world that they make, averaged over the seeds; 0 is perfect.
        worlds: that were run.
        settings: of the search.
    """

    scenario: Scenario
    values: dict[str, float]
    log_likelihood: float
    worlds: int
    settings: dict[str, int]

    columns: ClassVar = {
        "parameter": "its dotted key",
        "value": "the best that was found",
        "prior_low, prior_high": "ends of its prior",
    }

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a parameter: its best value, and the ends of its prior."""
        rows = [
            {
                "parameter": key,
                "value": self.values[key],
                "prior_low": number.low,
                "prior_high": number.high,
            }
            for key, number in free(self.scenario).items()
        ]
        return pd.DataFrame(rows)

    def _tables(self) -> dict[str, str]:
        return {"values": "table"}

    @property
    def pictures(self) -> tuple[str, ...]:
        """None: `run` draws the world of a fit that a scenario names."""
        return ()

    def _said(self) -> list[str]:
        best = f"log-likelihood {self.log_likelihood:.2f}, best of {self.worlds:,} worlds"
        values = [f"{key}: {value:g}" for key, value in self.values.items()]
        return [f"{self.scenario.name}, {best}", *values]

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on, the settings of the search among it."""
        seeds = range(1, self.settings["seeds"] + 1)
        return provenance([self.scenario], seeds, self.columns) | {"search": self.settings}


def fit(
    name: str = "historical",
    trials: int = 4000,
    seeds: int = 4,
    search_seed: int = 1,
    changes: Iterable[str] | Mapping[str, float] = (),
    execution: Execution = DEFAULT,
    tell: Callable[[int, float], None] = lambda done, best: None,
) -> Fit:
    """Search the prior of a scenario for the world that agrees best with its evidence.

    Raises:
        InputError: nothing is free, or a number is out of range.

    Args:
        name: a scenario with free parameters.
        trials: points of the prior to try; the search stops earlier when it has settled.
        seeds: worlds a trial, with seeds 1, 2, ...; the same for every trial.
        search_seed: of the search itself, >= 1.
        changes: as of `--set`, e.g. another evidence set.
        execution: where.
        tell: called with trials done and the best log-likelihood after each generation.
    """
    for option, value in (("--trials", trials), ("--seeds", seeds), ("--search-seed", search_seed)):
        if value < 1:
            raise InputError(option, f"got {value}", "a whole number, 1 or more")
    if trials > MOST_TRIALS:
        reason = f"at most {MOST_TRIALS:,}: a search settles after some thousands"
        raise InputError("--trials", f"got {shorten(trials)}", reason)
    seeds_from(seeds)
    asked = problem(name, changes=changes, seeds=seeds)
    options = {
        "bounds": [0.0, 1.0],
        "seed": search_seed,
        "verbose": -9,
        "maxfevals": trials,
        "popsize": 24,
        "tolfun": 1e-3,
    }
    search = cma.CMAEvolutionStrategy(_start(asked.scenario), STEP, options)
    best, best_value, best_likelihood, done = np.empty(0), -np.inf, -np.inf, 0
    with execution.pool() as executor:
        while not search.stop():
            points = search.ask()
            batch = [(asked, point) for point in points]
            likelihoods = list(run_many(agreement, batch, executor))
            objective = [
                likelihood + OFF_THE_EDGES * _log_inside(point)
                for likelihood, point in zip(likelihoods, points, strict=True)
            ]
            search.tell(points, [-value for value in objective])
            done += len(points)
            top = int(np.argmax(objective))
            if objective[top] > best_value:
                best, best_value, best_likelihood = points[top], objective[top], likelihoods[top]
            tell(done, best_value)
    return Fit(
        scenario=asked.scenario,
        values=asked.values(best),
        log_likelihood=best_likelihood,
        worlds=done * seeds,
        settings={"trials": trials, "seeds": seeds, "search_seed": search_seed},
    )


def default_path(name: str) -> Path:
    """Return the file that the `fit` of a scenario names by custom: in `fits/` beside it.

    For a scenario that comes with Midnight it is `scenarios/fits/NAME.toml` in the working
    directory, which in a copy of the project is the same.
    """
    path = find(name)
    folder = Path("scenarios") if name in shipped() else path.parent
    return folder / "fits" / path.name


MARK = "# Written by `midnight fit`; do not edit by hand.\n"


def check_path(path: Path) -> None:
    """Make sure, before the search, that its result can be written.

    Raises:
        InputError: a file of that name was not written by a fit, or belongs to the installation.
        OutputError: the folder cannot be written to.
    """
    check_place(path)
    if path.resolve().is_relative_to(Path(sim.__file__).resolve().parent):
        got = f"`{path}` belongs to the installed program"
        raise InputError("--out", got, "", "name a file of your own")
    if path.exists() and (not path.is_file() or MARK not in path.read_text("utf-8", "replace")):
        raise InputError("--out", f"`{path}` is there and no fit", "", "name a new file")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clean(path.parent)
        check_writable(path.parent)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from None


def _log_inside(point: np.ndarray) -> float:
    return float(elementwise.log(np.maximum(4.0 * point * (1.0 - point), 1e-9)).sum())


def write(found: Fit, path: Path, command: str) -> None:
    """Write a fit to a TOML file that a scenario can name.

    Raises:
        OutputError: it cannot be written; a file that was there stays as it was.
    """
    document = {
        "fit": {
            "command": command,
            "version": metadata.version("midnight"),
            "model": model_version(),
            "evidence": found.scenario.evidence,
            "log_likelihood": round(found.log_likelihood, 3),
            "worlds": found.worlds,
            **found.settings,
        },
        "values": found.values,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write_text(MARK + tomli_w.dumps(document), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from None
