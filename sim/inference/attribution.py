"""Attribution: how much of the decline each mechanism accounts for, as exact Shapley shares.

Every coalition of the mechanisms of `switches.SWITCHES` is run for every draw of the parameters,
by the same people with the same random numbers (`coalitions`, which says what number is divided).
The shares of a draw add up to what they do together.

A share is the model's, not history's: of mechanisms as they are written here, against the neutral
stated for each, under parameters that the figures leave open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.loading import names as evidence_sets
from sim.experiment.draws import Draws, HasDraws, Parameters, choose, draw, reference
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.quantiles import spread
from sim.experiment.runner import run_many, seeds_from
from sim.inference.coalitions import ALL, KEPT, MEMBERS, check, coalition_values
from sim.inference.shapley import interaction_indices, shapley_values
from sim.inference.switches import ALWAYS_ON, SWITCHES, claims_of
from sim.model.provenance import provenance
from sim.result import Result
from sim.scenario.loading import load
from sim.scenario.schema import Scenario

A_COALITION = 150
"""Bytes of a coalition of a draw: what came of it, and its row of the table in two copies."""
COLUMNS = {
    "posterior": "the calibration that the parameters were drawn from; `point` for none",
    "evidence": "the evidence set that it believed",
    "mechanism": "one of those that can be switched off",
    "switched_off": "what the world is like without it",
    "claims": "ids in the ledger that it rests on",
    "seed": "number of the draw and of the seed",
    "terror ... differences": "in coalitions: which are at work",
    "left": "v(S): of those who held out at the height of 1928 in the whole world, people who no "
    "longer do on the last Monday of 1929 in this one; in effects: in the whole world",
    "holding": "people who hold out on that day in this world, whoever they are",
    "height": "most people who held out in one week from April to December 1928 in this world",
    "left_by_none": "people who leave with every mechanism switched off",
    "effect": "what is divided: v(all) - v(none), people",
    "people": "in shares: people that the mechanism accounts for; in interactions: that a pair "
    "does beyond one by one, negative where the one does what the other would have done",
    "fraction": "mean share over mean effect; they add up to 1",
    **dict.fromkeys(("first", "second"), "of a pair of mechanisms"),
    "_mean, _low, _median, _high": "mean, 90% interval and median over the draws",
}
"""What the columns of the tables mean."""


@dataclass(frozen=True, repr=False)
class Attribution(Result):
    """Shares of the decline under one posterior or several.

    Attributes:
        scenario: as resolved.
        seeds: of the draws, 1 to n.
        draws: posteriors; None stands for the scenario's own parameters.
        values: (n_posteriors, n_seeds, 2 ** n_switches, 3), people; the columns of `KEPT`.
    """

    scenario: Scenario
    seeds: list[int]
    draws: list[Draws | None]
    values: np.ndarray

    columns: ClassVar = COLUMNS
    formats: ClassVar = {"coalitions": ("parquet",)}

    @cached_property
    def people(self) -> np.ndarray:
        """The share of each mechanism in each draw: (n_posteriors, n_seeds, 8), people."""
        return shapley_values(self.values[..., 0])

    @cached_property
    def pairs(self) -> np.ndarray:
        """The interaction of each pair in each draw: (n_posteriors, n_seeds, 8, 8), people."""
        return interaction_indices(self.values[..., 0])

    @cached_property
    def effect(self) -> np.ndarray:
        """What is divided in each draw, v(all) - v(none): (n_posteriors, n_seeds), people."""
        return self.values[..., ALL, 0] - self.values[..., 0, 0]

    @cached_property
    def effects(self) -> pd.DataFrame:
        """What is divided, one row a posterior: means, medians and 90% intervals over draws."""
        rows = []
        for k, key in enumerate(self._keys()):
            of = self.values[k]
            whole = {"height": of[:, ALL, 2], "left": of[:, ALL, 0], "left_by_none": of[:, 0, 0]}
            whole["effect"] = self.effect[k]
            each = [_summary(name, found) for name, found in whole.items()]
            rows.append(key | {name: value for one in each for name, value in one.items()})
        return pd.DataFrame(rows)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """One row a posterior and mechanism."""
        rows = []
        for k, key in enumerate(self._keys()):
            with np.errstate(divide="ignore", invalid="ignore"):
                part = (
                    self.people[k] / np.where(self.effect[k] > 0, self.effect[k], np.nan)[:, None]
                )
                whole = self.people[k].mean(axis=0) / self.effect[k].mean()
            for i, switch in enumerate(SWITCHES):
                at = spread(part[:, i])
                ends = {"fraction_low": at["low"], "fraction_high": at["high"]}
                fractions = {"fraction": whole[i]} | ends
                words = {"switched_off": switch.off, "claims": ";".join(claims_of(switch))}
                share = _summary("people", self.people[k, :, i])
                rows.append(key | {"mechanism": switch.name} | share | fractions | words)
        return pd.DataFrame(rows)

    @cached_property
    def interactions(self) -> pd.DataFrame:
        """One row a posterior and pair of mechanisms."""
        rows = []
        for k, key in enumerate(self._keys()):
            for i, first in enumerate(SWITCHES):
                for j, second in enumerate(SWITCHES[i + 1 :], start=i + 1):
                    pair = {"first": first.name, "second": second.name}
                    rows.append(key | pair | _summary("people", self.pairs[k, :, i, j]))
        return pd.DataFrame(rows)

    @cached_property
    def coalitions(self) -> pd.DataFrame:
        """One row a posterior, draw and coalition: which mechanisms are at work, and `KEPT`."""
        frames = []
        for k, key in enumerate(self._keys()):
            for seed, of in zip(self.seeds, self.values[k], strict=True):
                frame = pd.DataFrame(MEMBERS, columns=[switch.name for switch in SWITCHES])
                frame.insert(0, "posterior", key["posterior"])
                frame.insert(1, "seed", seed)
                frames.append(frame.join(pd.DataFrame(of.astype(int), columns=list(KEPT))))
        return pd.concat(frames, ignore_index=True)

    def _keys(self) -> list[dict[str, str]]:
        return [{"posterior": label(each), "evidence": believed(each)} for each in self.draws]

    def _tables(self) -> dict[str, str]:
        return {name: name for name in ("shares", "interactions", "effects", "coalitions")}

    def _said(self) -> list[str]:
        names = ", ".join(map(label, self.draws))
        said = [f"{self.scenario.name}, {len(self.seeds)} draws of {names}; people, mean [90%]"]
        for row in self.shares.head(len(SWITCHES)).to_dict("records"):
            ends = (row[f"people_{name}"] for name in ("mean", "low", "high"))
            said.append(f"{row['mechanism']}: " + "{:,.0f} [{:,.0f} to {:,.0f}]".format(*ends))
        return said

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on: the posteriors too, and what the switches do."""
        own = provenance([self.scenario], self.seeds, self.columns)
        keys = ("name", "evidence", "problem", "ess")
        own["posteriors"] = [
            each and {key: each.about.get(key) for key in keys} for each in self.draws
        ]
        own["switched_off"] = {switch.name: switch.off for switch in SWITCHES}
        return own | {"always_on": ALWAYS_ON}


def label(draws: Draws | None) -> str:
    """Return the name of a posterior; `point` for the parameters as they stand."""
    return "point" if draws is None else draws.name


def believed(draws: Draws | None) -> str:
    """Return the evidence set that a posterior believed; empty where there is none."""
    return "" if draws is None else str(draws.about.get("evidence", ""))


def _summary(name: str, found: np.ndarray) -> dict[str, float]:
    return {f"{name}_mean": float(found.mean())} | spread(found, f"{name}_")


def posteriors(
    scenario: Scenario, parameters: Parameters | Sequence[Parameters] = None
) -> list[Draws | None]:
    """Return the posteriors that a scenario is attributed under.

    Args:
        scenario: as resolved.
        parameters: as of `run`, or several of them; by default the shipped posterior of every
            evidence set, the scenario's own first, and its own parameters where none is shipped.

    Raises:
        InputError: a folder holds no calibration of this scenario.
    """
    if parameters is not None:
        if isinstance(parameters, str | Path | Draws | HasDraws):
            return [choose(scenario, parameters)]
        return [choose(scenario, each) for each in parameters]
    names = dict.fromkeys([scenario.evidence, *evidence_sets()])
    shipped = [reference(scenario.model_copy(update={"evidence": name})) for name in names]
    return [each for each in shipped if each is not None] or [None]


def attribute(
    scenario: str | Scenario = "historical",
    parameters: Parameters | Sequence[Parameters] = None,
    draws: int = 100,
    changes: Iterable[str] | Mapping[str, Any] = (),
    execution: Execution = DEFAULT,
) -> Attribution:
    """Divide the decline among the mechanisms, exactly, under each posterior.

    Args:
        scenario: a name, a path or a scenario.
        parameters: as of `posteriors`, which also gives the default.
        draws: of each posterior, run with the seeds 1 to `draws`, as `run` does.
        changes: as of `--set`.
        execution: where, and who hears of progress, in worlds.

    Raises:
        InputError: the scenario, a change, `draws` or the parameters cannot be used.
    """
    resolved = load(scenario, changes)
    check(resolved)
    if draws < 1:
        raise InputError("--draws", f"got {draws}", "a whole number, 1 or more")
    chosen = posteriors(resolved, parameters)
    names = [label(each) for each in chosen]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        got, remedy = f"two of them are called `{twice}`", "give them one at a time"
        raise InputError("--posterior", got, "posteriors of different names", remedy)
    luck = seeds_from(draws, len(chosen) * (ALL + 1) * A_COALITION, "--draws")
    tasks = [draw(resolved, seed, each) for each in chosen for seed in luck]
    found: list[np.ndarray] = []
    with execution.pool(len(tasks) * (ALL + 1)) as executor:
        for values in run_many(coalition_values, tasks, executor):
            found.append(values)
            execution.progress(len(found) * (ALL + 1), len(tasks) * (ALL + 1))
    values = np.stack(found).reshape(len(chosen), draws, ALL + 1, len(KEPT))
    return Attribution(resolved, luck, chosen, values)
