"""Sources compared: which conclusions survive every reading, and which hang on one historian.

A conclusion is drawn anew under every evidence set, and within each as if one of the historians
were wrong: the figures that rest on nobody else are left out, and the draws weighed again by what
remains of their likelihood. How far that carries, the effective number of draws tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence import sets
from sim.evidence.ledger import claims
from sim.evidence.ledger import sources as ledger_sources
from sim.evidence.sets import EvidenceSet
from sim.experiment.comparison import compare, holding_on
from sim.experiment.draws import Draws, open_draws, reference_folder
from sim.experiment.folder import provenance, write_json, write_table
from sim.experiment.runner import Tell, silent
from sim.experiment.runs import QUANTILES
from sim.inference.archive import read
from sim.inference.attribution import attribute
from sim.inference.posterior import effective, weighted
from sim.inference.problem import Problem, problem
from sim.inference.rivals import EFFECTS
from sim.inference.switches import SWITCHES

ENOUGH = 20.0
"""Effective draws from which on a reading is counted; assumed, a sign needs no more."""
DERIVED = "derived"
"""Source of the claims that only combine others."""

COLUMNS = {
    "conclusion": "a counterfactual, or `share of` a mechanism",
    "evidence": "the set of figures that is believed",
    "without": "the historian or text that is taken to be wrong; empty for none",
    "left_out": "figures that rest on nobody else, and are left out with them",
    "low, median, high": "people more at the end of 1929, or share of the decline; 90% interval",
    "ess": f"effective draws; below {ENOUGH:g} the reading is shown, not counted",
    "says": "whether the interval lies above zero, below it, or holds it (open)",
}
"""What the columns of the table mean."""


@dataclass(frozen=True)
class Under:
    """The conclusions of each draw under one evidence set.

    Attributes:
        asked: what was calibrated.
        draws: its posterior.
        conclusions: (n_draws, n_conclusions), by name.
        predictions: (n_draws, n_seeds, n_targets), of the same draws.
    """

    asked: Problem
    draws: Draws
    conclusions: pd.DataFrame
    predictions: np.ndarray

    def weights(self, left_out: Sequence[str]) -> np.ndarray:
        """Return what each draw weighs without some of the figures, adding up to one."""
        kept = {key: each for key, each in self.asked.fitted.items() if key not in left_out}
        with_all = self.asked.log_likelihood(self.predictions)
        without = self.asked.log_likelihood(self.predictions, kept) if kept else np.zeros(1)
        found = np.exp((ratio := without - with_all) - ratio.max())
        return found / found.sum()


@dataclass(frozen=True)
class Readings:
    """Every conclusion under every reading.

    Attributes:
        every: one for each evidence set.
    """

    every: list[Under]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a conclusion, evidence set and historian who may be wrong."""
        rows = []
        for under in self.every:
            evidence = under.asked.evidence
            for who, left_out in {"": (), **resting_on_one(evidence)}.items():
                weights = under.weights(left_out)
                for name, found in under.conclusions.items():
                    values = found.to_numpy()
                    at = {k: weighted(values, weights, q) for k, q in QUANTILES.items()}
                    key = {"conclusion": name, "evidence": evidence.name, "without": who}
                    gone = {"left_out": ";".join(left_out)}
                    tail = {"ess": effective(weights), "says": _says(at["low"], at["high"])}
                    rows.append(key | gone | at | tail)
        return pd.DataFrame(rows)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One row a conclusion: what all readings that count say together, in words."""
        rows = []
        for name, group in self.table.groupby("conclusion", sort=False):
            counted = group[group["ess"] >= ENOUGH]
            said = set(counted["says"])
            rows.append(
                {
                    "conclusion": name,
                    "readings": len(counted),
                    "not_counted": len(group) - len(counted),
                    "low": counted["low"].min(),
                    "high": counted["high"].max(),
                    "in_words": _verdict(said, counted),
                }
            )
        return pd.DataFrame(rows)

    def plot(self, path=None):
        """Draw every conclusion under every reading."""
        from sim.view.sources import readings

        return readings(self, path=path)


def resting_on_one(evidence: EvidenceSet) -> dict[str, tuple[str, ...]]:
    """Return, for each historian or text, the fitted targets that fall if they are wrong.

    A claim falls with its text and with everybody it is taken from; a target falls with the last
    of its claims, those that only combine others not counted.
    """
    behind: dict[str, list[set[str]]] = {}
    for key, target in evidence.fitted.items():
        each = [claims()[name] for name in target.claims]
        behind[key] = [{c.source, *c.authority} for c in each if c.source != DERIVED]
    everybody = sorted({who for chains in behind.values() for chain in chains for who in chain})
    falls = {
        who: tuple(key for key, chains in behind.items() if all(who in chain for chain in chains))
        for who in everybody
    }
    return {who: keys for who, keys in falls.items() if keys}


def called(who: str) -> str:
    """Return the name of a historian or text."""
    if not who:
        return "everybody believed"
    found = ledger_sources()[who]
    return f"without {found.author or found.title}"


def compare_sources(
    scenario: str = "historical",
    folders: Sequence[Path | str] = (),
    n: int = 100,
    workers: int | None = None,
    cluster: str | None = None,
    tell: Tell = silent,
) -> Readings:
    """Draw the same conclusions under every evidence set.

    Args:
        scenario: a name with calibrations.
        folders: of calibrations; by default the shipped ones of all evidence sets.
        n: draws of each, lived with the seeds 1 to n.
        workers: processes; the result is the same however many.
        cluster: address of a Dask scheduler, used instead of local processes.
        tell: evidence sets done and all.

    Raises:
        InputError: there is no calibration of the scenario, or `n` is out of range.
    """
    if n < ENOUGH:
        raise InputError("--draws", f"got {n}", f"a whole number, {ENOUGH:g} or more")
    chosen = [Path(folder) for folder in folders] or shipped(scenario)
    every = []
    for k, folder in enumerate(chosen):
        tell(k, len(chosen))
        every.append(_under(scenario, folder, n, workers, cluster))
    return Readings(every)


def shipped(scenario: str) -> list[Path]:
    """Return the folders of the shipped calibrations of a scenario.

    Raises:
        InputError: there is none.
    """
    places = [reference_folder(scenario, name) for name in sets.names()]
    if found := [place for place in places if place is not None and place.is_dir()]:
        return found
    raise InputError(
        scenario, "has no shipped calibration", "", "`midnight calibrate`, then --posterior DIR"
    )


def write(found: Readings, folder: Path) -> None:
    """Write tables, picture and provenance into a folder."""
    write_table(folder, "readings", found.table)
    write_table(folder, "verdicts", found.verdicts)
    found.plot(folder / "figure")
    seeds = list(range(1, len(found.every[0].conclusions) + 1))
    about = provenance([found.every[0].asked.scenario], seeds) | {"columns": COLUMNS}
    about["posteriors"] = [under.draws.name for under in found.every]
    write_json(folder / "provenance.json", about)


def _under(scenario: str, folder: Path, n: int, workers: int | None, cluster: str | None) -> Under:
    draws = open_draws(folder)
    about = draws.about
    file = about.get("evidence_file") or about["evidence"]
    asked = problem(scenario, file, seeds=len(about["seeds"]))
    posterior = read(folder, asked)
    rows = [draws.row(seed) for seed in range(1, n + 1)]
    compared = compare(
        list(EFFECTS), scenario, n, workers=workers, cluster=cluster, posterior=folder
    )
    base = holding_on(compared.baseline)
    found = {name: holding_on(runs) - base for name, runs in compared.worlds.items()}
    divided = attribute(scenario, [draws], n, workers=workers, cluster=cluster)
    effect = np.where(divided.effect[0] > 0, divided.effect[0], np.nan)
    for k, switch in enumerate(SWITCHES):
        found[f"share of {switch.title}"] = divided.people[0, :, k] / effect
    return Under(asked, draws, pd.DataFrame(found), posterior.predictions[rows])


def _says(low: float, high: float) -> str:
    if low > 0:
        return "above zero"
    return "below zero" if high < 0 else "open"


def _verdict(said: set[str], counted: pd.DataFrame) -> str:
    if len(counted) == 0:
        return "too few draws to say"
    if said == {"open"}:
        return "open under every reading"
    if len(said) == 1:
        return f"{said.pop()} under every reading"
    signs = said - {"open"}
    if len(signs) > 1:
        return "its sign changes with the reading"
    against = counted[counted["says"] == "open"]
    whole = counted[counted["without"] == ""]
    sign = signs.pop()
    if (whole["says"] == sign).all():
        names = sorted({called(who) for who in against["without"]})
        return f"{sign} under every evidence set, but open {', or '.join(names)}"
    kept = ", ".join(whole.loc[whole["says"] == sign, "evidence"])
    return f"{sign} under {kept or 'some readings only'}, open under others"
