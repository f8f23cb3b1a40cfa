"""Sources compared: which conclusions survive every reading, and which hang on one historian.

A conclusion is drawn anew under every evidence set, and within each as if one of the historians
were wrong: the figures that rest on nobody else are left out, and the draws weighed again by what
remains of their likelihood. The draws that are run are taken from all these readings alike (a
mixture, as in Owen & Zhou 2000, doi:10.1080/01621459.2000.10473909), so that none is short of
them. How far that carries, the effective number of draws tells. A reading far from all the others
is calibrated by itself, as `NAME-without-WHO`, and has draws of its own.

Beside them stands what the same model says with no figures at all, drawn from the prior: a sign
that is the same there is the rule's own, and no source has found it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.left_out import name_of, parted, readings_of
from sim.evidence.loading import evidence_set, is_shipped, names
from sim.evidence.sets import EvidenceSet
from sim.experiment.comparison import compare, holding_on
from sim.experiment.draws import WEIGHT, Draws, open_draws, reference_folder
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.readings import within
from sim.experiment.sizes import A_WORLD, check_size
from sim.inference.attribution import attribute
from sim.inference.coalitions import MEMBERS
from sim.inference.conclusions import ENOUGH, NO_FIGURES, Readings, Under
from sim.inference.problem import Problem, problem
from sim.inference.reweighing import by_reading, mixture
from sim.inference.rivals import EFFECTS
from sim.inference.sampling import effective
from sim.inference.storage import about_of, read
from sim.inference.switches import SWITCHES
from sim.model.streams import stream
from sim.scenario.schema import Scenario

ALONE = 4
"""A reading calibrated by itself is run for fewer draws, by this factor, though for `ENOUGH`: no
other reading shares them."""


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
    posteriors: Sequence[Path | str] = (),
    draws: int = 150,
    changes: Iterable[str] = (),
    execution: Execution = DEFAULT,
) -> Readings:
    """Draw the same conclusions under every evidence set.

    Args:
        scenario: a name with calibrations.
        posteriors: folders of calibrations; by default the shipped ones of all evidence sets.
        draws: of each set, taken from all its readings and run with the seeds 1 to `draws`; a
            reading calibrated by itself has fewer (see `ALONE`).
        changes: as of `--set`, as the calibrations were made.
        execution: where, and who hears how many worlds are done of all.

    Raises:
        InputError: there is no calibration of the scenario, two of one set or reading, or none of
            a whole set; or `draws` is out of range.
    """
    if draws < ENOUGH:
        raise InputError("--draws", f"got {draws}", f"a whole number, {ENOUGH:g} or more")
    chosen = [Path(folder) for folder in posteriors] or shipped(scenario)
    a_draw = 1 + len(EFFECTS) + len(MEMBERS)
    check_size("--draws", draws, (len(chosen) + 1) * a_draw * A_WORLD / 10, "draw")
    calibrated = _calibrated(scenario, chosen, list(changes))
    asked = calibrated[0].problem
    prior = [
        asked.values(stream(k, "sources/prior").random(len(asked.parameters))) for k in range(draws)
    ]
    untaught = pd.DataFrame(prior).assign(**{WEIGHT: 1.0 / draws})
    fewer = max(int(ENOUGH), draws // ALONE)
    drawn = [(of.draws, fewer if of.alone else draws) for of in calibrated]
    drawn.append((replace(calibrated[0].draws, table=untaught), draws))
    worlds = a_draw * sum(many for _, many in drawn)
    found: list[pd.DataFrame] = []
    for each, many in drawn:

        def told(done: int, of: int, before: int = a_draw * sum(map(len, found))) -> None:
            execution.progress(before + done, worlds)

        where = replace(execution, progress=told)
        found.append(conclusions(asked.scenario, each, many, where))
    every = [_under(of, said) for of, said in zip(calibrated, found, strict=False)]
    even = {"": np.full(draws, 1.0 / draws)}
    every.append(Under(NO_FIGURES, found[-1], even, {"": float(draws)}, {"": []}))
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


def conclusions(scenario: Scenario, draws: Draws, n: int, execution: Execution) -> pd.DataFrame:
    """Return what the draws of the seeds 1 to n conclude, one row a draw.

    The counterfactuals of `EFFECTS`, people more at the end of 1929; the share of the decline of
    each mechanism.
    """
    compared = compare(list(EFFECTS), scenario, n, (), draws, execution)
    pairs = n * (1 + len(EFFECTS))
    base = holding_on(compared.baseline)
    found = {name: holding_on(runs) - base for name, runs in compared.worlds.items()}

    def told(done: int, of: int) -> None:
        execution.progress(pairs + done, pairs + of)

    divided = attribute(scenario, draws, n, (), replace(execution, progress=told))
    effect = np.where(divided.effect[0] > 0, divided.effect[0], np.nan)
    for k, switch in enumerate(SWITCHES):
        found[f"share of {switch.title}"] = divided.people[0, :, k] / effect
    return pd.DataFrame(found)


def _under(of: Calibrated, said: pd.DataFrame) -> Under:
    every, n = of.every, len(said)
    weights = weights_of(every, [of.draws.row(seed) for seed in range(1, n + 1)])
    ess = {who: min(effective(weights[who]), effective(every[who])) for who in every}
    lived = within(of.whole, of.problem.scenario.calendar)
    fitted, kept = lived.fitted, readings_of(lived)
    left_out = {
        who: [key for key, target in fitted.items() if kept[who].get(key) != target]
        for who in every
    }
    return Under(of.whole.name, said, weights, ess, left_out)
