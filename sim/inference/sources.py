"""Sources compared: which conclusions survive every reading, and which hang on one historian.

A conclusion is drawn anew under every evidence set, and within each as if one of the historians
were wrong: the figures that rest on nobody else are left out, and the draws weighed again by what
remains of their likelihood. The draws that are lived are taken from all these readings alike (a
mixture, as in Owen & Zhou 2000, doi:10.1080/01621459.2000.10473909), so that none is short of
them. How far that carries, the effective number of draws tells. A reading far from all the others
is calibrated by itself, as `NAME-without-WHO`, and has draws of its own.

Beside them stands what the same model says with no figures at all, drawn from the prior: a sign
that is the same there is the rule's own, and no source has found it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.loading import evidence_set, is_shipped, names
from sim.evidence.sets import EvidenceSet
from sim.evidence.witnesses import called, name_of, parted, readings_of
from sim.experiment.comparison import compare, holding_on
from sim.experiment.draws import WEIGHT, Draws, open_draws, reference_folder
from sim.experiment.folder import provenance, write_json, write_table
from sim.experiment.runner import Tell, silent
from sim.experiment.runs import QUANTILES
from sim.inference.archive import about_of, read
from sim.inference.attribution import attribute
from sim.inference.coalitions import MEMBERS
from sim.inference.posterior import effective, weighted
from sim.inference.problem import Problem, problem
from sim.inference.reweighing import by_reading, mixture
from sim.inference.rivals import EFFECTS
from sim.inference.switches import SWITCHES
from sim.model.streams import stream
from sim.scenario.schema import Scenario

ENOUGH = 20.0
"""Effective draws from which on a reading is counted; assumed."""
UNTAUGHT = 0.8
"""Width of an interval over that of the prior above which the figures have taught little; words
for the reader, nothing rests on it."""
ALONE = 4
"""A reading calibrated by itself is lived for fewer draws, by this factor, though for `ENOUGH`: no
other reading shares them."""
LISTED = 3
"""Readings that are named; more are counted."""
NO_FIGURES = "no figures"
"""What the reading is called that takes its draws from the prior."""

COLUMNS = {
    "conclusion": "a counterfactual, or `share of` a mechanism",
    "evidence": "the set of figures that is believed",
    "without": "the historian or text that is taken to be wrong; empty for none",
    "left_out": "figures that rest on nobody else, in whole or in one alternative",
    "low, median, high": "people more at the end of 1929, or share of the decline; 90% interval",
    "ess": f"effective draws; below {ENOUGH:g} the reading is shown, not counted",
    "says": "whether the interval lies above zero, below it, or holds it (open)",
    "readings, not_counted": "how many have enough draws, and too few",
    "prior_low, prior_high": "90% interval with no figures at all, drawn from the prior",
}
"""What the columns of the table mean."""


@dataclass(frozen=True)
class Under:
    """The conclusions of each draw under one evidence set, one reading of it, or the prior.

    Attributes:
        evidence: name of the set, or `NO_FIGURES`.
        conclusions: (n_draws, n_conclusions), by name.
        weights: (n_draws,) of each reading, by who is taken to be wrong; "" for nobody.
        ess: effective draws of each reading, in all: no more than its calibration has.
        left_out: figures that fall in each reading, in whole or in one alternative.
    """

    evidence: str
    conclusions: pd.DataFrame
    weights: dict[str, np.ndarray]
    ess: dict[str, float]
    left_out: dict[str, list[str]]


@dataclass(frozen=True)
class Readings:
    """Every conclusion under every reading.

    Attributes:
        scenario: as resolved.
        every: one for each calibration, and last the prior.
    """

    scenario: Scenario
    every: list[Under]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a conclusion, evidence set and historian who may be wrong."""
        rows = []
        for under in self.every:
            for who, weights in under.weights.items():
                for name, found in under.conclusions.items():
                    values = found.to_numpy()
                    at = {k: weighted(values, weights, q) for k, q in QUANTILES.items()}
                    key = {"conclusion": name, "evidence": under.evidence, "without": who}
                    gone = {"left_out": ";".join(under.left_out[who])}
                    tail = {"ess": under.ess[who], "says": _says(at["low"], at["high"])}
                    rows.append(key | gone | at | tail)
        return pd.DataFrame(rows)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One row a conclusion: what all readings that count say together, in words."""
        rows = []
        for name, group in self.table.groupby("conclusion", sort=False):
            prior = group[group["evidence"] == NO_FIGURES].iloc[0]
            read = group[group["evidence"] != NO_FIGURES]
            counted = read[read["ess"] >= ENOUGH]
            rows.append(
                {
                    "conclusion": name,
                    "readings": len(counted),
                    "not_counted": len(read) - len(counted),
                    "low": counted["low"].min(),
                    "high": counted["high"].max(),
                    "prior_low": prior["low"],
                    "prior_high": prior["high"],
                    "in_words": verdict(counted, prior),
                }
            )
        return pd.DataFrame(rows)

    def plot(self, path=None):
        """Draw every conclusion under every reading."""
        from sim.view.sources import readings

        return readings(self, path=path)


def mixed(draws: Draws, every: dict[str, np.ndarray]) -> Draws:
    """Return the draws, with the weights by which the seeds of all readings take them."""
    return replace(draws, table=draws.table.assign(**{WEIGHT: mixture(every)}))


def weights_of(every: dict[str, np.ndarray], rows: Sequence[int]) -> dict[str, np.ndarray]:
    """Return what draws that the mixture chose weigh under each reading.

    Of n of them, no reading has effectively fewer than its fair share.

    Args:
        every: what each draw weighs under each reading, as of `by_reading`.
        rows: of the chosen ones.

    Returns:
        (len(rows),) each, adding up to one.
    """
    chosen = mixture(every)[rows]
    found = {who: each[rows] / chosen for who, each in every.items()}
    return {who: each / each.sum() for who, each in found.items()}


def compare_sources(
    scenario: str = "historical",
    folders: Sequence[Path | str] = (),
    n: int = 150,
    workers: int | None = None,
    cluster: str | None = None,
    tell: Tell = silent,
    changes: Iterable[str] = (),
) -> Readings:
    """Draw the same conclusions under every evidence set.

    Args:
        scenario: a name with calibrations.
        folders: of calibrations; by default the shipped ones of all evidence sets.
        n: draws of each set, taken from all its readings and lived with the seeds 1 to n; a
            reading calibrated by itself has fewer (see `ALONE`).
        workers: processes; the result is the same however many.
        cluster: address of a Dask scheduler, used instead of local processes.
        tell: worlds done and all.
        changes: as of `--set`, as the calibrations were made.

    Raises:
        InputError: there is no calibration of the scenario, two of one set or reading, or none of
            a whole set; or `n` is out of range.
    """
    if n < ENOUGH:
        raise InputError("--draws", f"got {n}", f"a whole number, {ENOUGH:g} or more")
    chosen = [Path(folder) for folder in folders] or shipped(scenario)
    calibrated = _calibrated(scenario, chosen, list(changes))
    asked = calibrated[0].problem
    prior = [
        asked.values(stream(k, "sources/prior").random(len(asked.parameters))) for k in range(n)
    ]
    untaught = pd.DataFrame(prior).assign(**{WEIGHT: 1.0 / n})
    drawn = [(of.draws, max(int(ENOUGH), n // ALONE) if of.alone else n) for of in calibrated]
    drawn.append((replace(calibrated[0].draws, table=untaught), n))
    a_draw = 1 + len(EFFECTS) + len(MEMBERS)
    worlds, found = a_draw * sum(many for _, many in drawn), []
    for draws, many in drawn:

        def told(done: int, of: int, before: int = a_draw * sum(map(len, found))) -> None:
            tell(before + done, worlds)

        found.append(conclusions(asked.scenario, draws, many, workers, cluster, told))
    every = [_under(of, said) for of, said in zip(calibrated, found, strict=False)]
    even = {"": np.full(n, 1.0 / n)}
    every.append(Under(NO_FIGURES, found[-1], even, {"": float(n)}, {"": []}))
    return Readings(asked.scenario, every)


def shipped(scenario: str) -> list[Path]:
    """Return the folders of the shipped calibrations of a scenario, single readings among them.

    Raises:
        InputError: there is none.
    """
    believed = [evidence_set(name) for name in names()]
    read = [name_of(each.name, who) for each in believed for who in readings_of(each)]
    places = [reference_folder(scenario, name) for name in read]
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
    about = provenance([found.scenario], seeds) | {"columns": COLUMNS}
    about["evidence_sets"] = list(dict.fromkeys(under.evidence for under in found.every))
    write_json(folder / "provenance.json", about)


class Calibrated(NamedTuple):
    """A calibration, its draws as all its readings choose them, and what each weighs under each.

    Attributes:
        whole: the figures, nobody taken to be wrong.
        alone: whether it was made for one reading alone.
    """

    problem: Problem
    draws: Draws
    every: dict[str, np.ndarray]
    whole: EvidenceSet
    alone: bool


def _calibrated(scenario: str, folders: list[Path], changes: list[str]) -> list[Calibrated]:
    """Open calibrations, each reading of its own behind its set, which then does without it."""
    every = [_opened(scenario, folder, changes) for folder in folders]
    sets = list(dict.fromkeys(of.whole.name for of in every if not of.alone))
    keys = [(of.whole.name, *(of.every if of.alone else ("",))) for of in every]
    for name, who in keys:
        if keys.count((name, who)) > 1:
            got = f"got two calibrations of `{name_of(name, who)}`"
            raise InputError("--posterior", got, "one of each set or reading")
        if name not in sets:
            got = f"got `{name_of(name, who)}`, and no calibration of `{name}` itself"
            raise InputError("--posterior", got, f"that of `{name}` as well")
    found = []
    for of in sorted(every, key=lambda of: (sets.index(of.whole.name), of.alone)):
        if not of.alone:
            gone = {who for name, who in keys if who and name == of.whole.name}
            left = {who: weights for who, weights in of.every.items() if who not in gone}
            of = of._replace(every=left, draws=mixed(of.draws, left))
        found.append(of)
    return found


def _opened(scenario: str, folder: Path, changes: list[str]) -> Calibrated:
    draws = open_draws(folder)
    asked = problem(scenario, draws.evidence, changes, len(about_of(folder)["seeds"]))
    posterior, evidence = read(folder, asked), asked.evidence
    name, who = parted(evidence.name)
    if who and is_shipped(evidence.name) and evidence_set(evidence.name) == evidence:
        return Calibrated(asked, draws, {who: posterior.weights}, evidence_set(name), alone=True)
    return Calibrated(asked, draws, by_reading(posterior), evidence, alone=False)


def conclusions(
    scenario: Scenario, draws: Draws, n: int, workers: int | None, cluster: str | None, tell: Tell
) -> pd.DataFrame:
    """Return what the draws of the seeds 1 to n conclude, one row a draw.

    The counterfactuals of `EFFECTS`, people more at the end of 1929; the share of the decline of
    each mechanism.
    """
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
    return pd.DataFrame(found)


def _under(of: Calibrated, said: pd.DataFrame) -> Under:
    every, n = of.every, len(said)
    weights = weights_of(every, [of.draws.row(seed) for seed in range(1, n + 1)])
    ess = {who: min(effective(weights[who]), effective(every[who])) for who in every}
    fitted, kept = of.whole.fitted, readings_of(of.whole)
    left_out = {
        who: [key for key, target in fitted.items() if kept[who].get(key) != target]
        for who in every
    }
    return Under(of.whole.name, said, weights, ess, left_out)


def _says(low: float, high: float) -> str:
    if low > 0:
        return "above zero"
    return "below zero" if high < 0 else "open"


def verdict(counted: pd.DataFrame, prior: pd.Series) -> str:
    """Return in words which sign and size a conclusion has under all readings that count.

    Args:
        counted: rows of `Readings.table`.
        prior: that of no figures.
    """
    if len(counted) == 0:
        return "too few draws to say"
    return f"{_sign(counted, prior)}; {_size(counted, prior)}"


def _sign(counted: pd.DataFrame, prior: pd.Series) -> str:
    said = set(counted["says"])
    if said == {"open"}:
        return "its sign is open"
    if len(said) == 1:
        sign = said.pop()
        return (
            f"{sign}, as the rule has it" if prior["says"] == sign else f"{sign}, as they all say"
        )
    if len(said - {"open"}) > 1:
        return "its sign changes with the reading"
    against = counted[counted["says"] == "open"]
    return f"{(said - {'open'}).pop()}, but open {_listed(against)}"


def _size(counted: pd.DataFrame, prior: pd.Series) -> str:
    """Say where the middle of one reading lies outside the interval of another, if it does."""
    whole = counted[counted["without"] == ""]
    apart = [
        any(not low <= row["median"] <= high for low, high in whole[["low", "high"]].to_numpy())
        or any(not row["low"] <= middle <= row["high"] for middle in whole["median"])
        for row in counted.to_dict("records")
    ]
    if any(apart):
        return f"of another size {_listed(counted[apart])}"
    widths = (whole["high"] - whole["low"]) / (prior["high"] - prior["low"])
    if len(widths) and widths.max() > UNTAUGHT:
        return "much the same size under all, and hardly narrower than with no figures"
    return "much the same size under all"


def _listed(rows: pd.DataFrame) -> str:
    if len(rows) > LISTED:
        return f"under {len(rows)} readings"
    names = [
        f"{called(who)} ({evidence})" if who else f"under {evidence}"
        for evidence, who in zip(rows["evidence"], rows["without"], strict=True)
    ]
    return ", ".join(names)
