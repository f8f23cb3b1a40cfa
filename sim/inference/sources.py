"""Sources compared: which conclusions survive every reading, and which hang on one historian.

A conclusion is drawn anew under every evidence set, and within each as if one of the historians
were wrong: the figures that rest on nobody else are left out, and the draws weighed again by what
remains of their likelihood. The draws that are lived are taken from all these readings alike (a
mixture, as in Owen & Zhou 2000, doi:10.1080/01621459.2000.10473909), so that none is short of
them. How far that carries, the effective number of draws tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence import sets
from sim.evidence.ledger import claims
from sim.evidence.ledger import sources as ledger_sources
from sim.evidence.sets import EvidenceSet, Statement, Target
from sim.experiment.comparison import compare, holding_on
from sim.experiment.draws import WEIGHT, Draws, open_draws, reference_folder
from sim.experiment.folder import provenance, write_json, write_table
from sim.experiment.runner import Tell, silent
from sim.experiment.runs import QUANTILES
from sim.inference.archive import evidence_of, read
from sim.inference.attribution import attribute
from sim.inference.coalitions import MEMBERS
from sim.inference.posterior import Posterior, effective, weighted
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
    "left_out": "figures that rest on nobody else, in whole or in one alternative",
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
        name: of the posterior.
        conclusions: (n_draws, n_conclusions), by name.
        weights: (n_draws,) of each reading, by who is taken to be wrong; "" for nobody.
        ess: effective draws of each reading, in all: no more than its calibration has.
    """

    asked: Problem
    name: str
    conclusions: pd.DataFrame
    weights: dict[str, np.ndarray]
    ess: dict[str, float]


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
            for who, kept in readings_of(evidence).items():
                left_out = [k for k, each in evidence.fitted.items() if kept.get(k) != each]
                weights = under.weights[who]
                for name, found in under.conclusions.items():
                    values = found.to_numpy()
                    at = {k: weighted(values, weights, q) for k, q in QUANTILES.items()}
                    key = {"conclusion": name, "evidence": evidence.name, "without": who}
                    gone = {"left_out": ";".join(left_out)}
                    tail = {"ess": under.ess[who], "says": _says(at["low"], at["high"])}
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


def readings_of(evidence: EvidenceSet) -> dict[str, dict[str, Target]]:
    """Return the figures that remain, by who is taken to be wrong; "" for nobody.

    Only those historians and texts are named whose being wrong changes anything.
    """
    fitted = evidence.fitted
    cited = [claims()[name] for target in fitted.values() for name in target.claims]
    everybody = sorted({who for claim in cited for who in (claim.source, *claim.authority)})
    found = {"": fitted}
    for who in everybody:
        left = {key: without(target, who) for key, target in fitted.items()}
        kept = {key: target for key, target in left.items() if target is not None}
        if kept != fitted:
            found[who] = kept
    return found


def without(target: Target, who: str) -> Target | None:
    """Return what remains of a target if a historian or text is wrong; None if nothing does.

    A claim falls with its text and with everybody it is taken from; a statement falls with the
    last of its claims, those that only combine others not counted.
    """
    left = [each for each in target.statements if not _falls(each.claims, who)]
    if len(left) == len(target.statements):
        return target
    if len(left) > 1:
        return target.model_copy(update={"alternatives": tuple(left)})
    if not left:
        return None
    said = {name: getattr(left[0], name) for name in Statement.model_fields}
    return target.model_copy(update=said | {"alternatives": ()})


def _falls(names: Sequence[str], who: str) -> bool:
    chains = [{c.source, *c.authority} for c in map(claims().get, names) if c.source != DERIVED]
    return bool(chains) and all(who in chain for chain in chains)


def reweighed(posterior: Posterior) -> dict[str, np.ndarray]:
    """Return what each draw weighs under each reading, by who is taken to be wrong.

    Returns:
        (n_draws,) each, adding up to one; "" for everybody believed.
    """
    asked, found = posterior.problem, {}
    with_all = asked.log_likelihood(posterior.predictions)
    for who, kept in readings_of(asked.evidence).items():
        there = asked.log_likelihood(posterior.predictions, kept) if kept else 0.0
        weights = posterior.weights * np.exp((ratio := there - with_all) - ratio.max())
        found[who] = weights / weights.sum()
    return found


def mixed(
    draws: Draws, every: dict[str, np.ndarray], n: int
) -> tuple[Draws, dict[str, np.ndarray]]:
    """Let all readings choose the draws of the seeds 1 to n alike.

    Args:
        draws: a table of them.
        every: what each draw weighs under each reading, as of `reweighed`.
        n: seeds.

    Returns:
        The draws with weights by which seeds take them, and what the draw of each seed weighs
        under each reading: (n,) each, adding up to one. Of n, no reading has effectively fewer
        than its fair share.
    """
    mixture = np.mean(list(every.values()), axis=0)
    chosen = replace(draws, table=draws.table.assign(**{WEIGHT: mixture}))
    rows = [chosen.row(seed) for seed in range(1, n + 1)]
    found = {who: each[rows] / mixture[rows] for who, each in every.items()}
    return chosen, {who: each / each.sum() for who, each in found.items()}


def called(who: str) -> str:
    """Return the name of a historian or text."""
    if not who:
        return "everybody believed"
    found = ledger_sources()[who]
    return f"without {found.author or found.title}"


def compare_sources(
    scenario: str = "historical",
    folders: Sequence[Path | str] = (),
    n: int = 200,
    workers: int | None = None,
    cluster: str | None = None,
    tell: Tell = silent,
) -> Readings:
    """Draw the same conclusions under every evidence set.

    Args:
        scenario: a name with calibrations.
        folders: of calibrations; by default the shipped ones of all evidence sets.
        n: draws of each, taken from all its readings and lived with the seeds 1 to n.
        workers: processes; the result is the same however many.
        cluster: address of a Dask scheduler, used instead of local processes.
        tell: worlds done and all.

    Raises:
        InputError: there is no calibration of the scenario, or `n` is out of range.
    """
    if n < ENOUGH:
        raise InputError("--draws", f"got {n}", f"a whole number, {ENOUGH:g} or more")
    chosen = [Path(folder) for folder in folders] or shipped(scenario)
    every = []
    each = n * (1 + len(EFFECTS) + len(MEMBERS))
    for k, folder in enumerate(chosen):

        def told(done: int, of: int, before: int = k * each) -> None:
            tell(before + done, len(chosen) * each)

        every.append(_under(scenario, folder, n, workers, cluster, told))
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
    about["posteriors"] = [under.name for under in found.every]
    write_json(folder / "provenance.json", about)


def _under(
    scenario: str, folder: Path, n: int, workers: int | None, cluster: str | None, tell: Tell
) -> Under:
    draws = open_draws(folder)
    about = draws.about
    asked = problem(scenario, evidence_of(about), seeds=len(about["seeds"]))
    every = reweighed(read(folder, asked))
    draws, weights = mixed(draws, every, n)
    ess = {who: min(effective(weights[who]), effective(every[who])) for who in every}
    how = {"workers": workers, "cluster": cluster}
    compared = compare(list(EFFECTS), scenario, n, tell=tell, posterior=draws, **how)
    pairs = n * (1 + len(EFFECTS))
    base = holding_on(compared.baseline)
    found = {name: holding_on(runs) - base for name, runs in compared.worlds.items()}
    divided = attribute(
        scenario, [draws], n, tell=lambda done, of: tell(pairs + done, pairs + of), **how
    )
    effect = np.where(divided.effect[0] > 0, divided.effect[0], np.nan)
    for k, switch in enumerate(SWITCHES):
        found[f"share of {switch.title}"] = divided.people[0, :, k] / effect
    return Under(asked, draws.name, pd.DataFrame(found), weights, ess)


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
