"""One scenario, many seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.evidence.loading import evidence_set
from sim.evidence.sets import EvidenceSet, in_words
from sim.experiment.draws import Draw, Draws, choose, draw
from sim.experiment.readings import predict_all
from sim.experiment.runner import Tell, pool, run_many, seeds_from, silent, where_to_run
from sim.experiment.sizes import of_counts
from sim.model.codes import COUNTS
from sim.model.world import History, series_frame, simulate
from sim.scenario.loading import load
from sim.scenario.schema import Scenario

QUANTILES = {"low": 0.05, "median": 0.5, "high": 0.95}
"""The 90% interval in which every number over seeds is given."""


@dataclass(frozen=True)
class Runs:
    """A scenario lived under several seeds.

    Attributes:
        scenario: as resolved.
        seeds: in the order of the first axis of `counts`.
        counts: (n_seeds, n_weeks + 1, len(COUNTS)).
        draws: the posterior that each seed took its parameters from; None where every world has
            the scenario's own.
    """

    scenario: Scenario
    seeds: list[int]
    counts: np.ndarray = field(repr=False)
    draws: Draws | None = None

    @cached_property
    def series(self) -> pd.DataFrame:
        """Weekly counts of every seed, one row a week and seed."""
        frames = []
        for seed, counts in zip(self.seeds, self.counts, strict=True):
            frame = series_frame(counts, self.scenario.calendar)
            frame.insert(0, "seed", seed)
            frames.append(frame)
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def first(self) -> History:
        """The world of the first seed, lived again."""
        return simulate(draw(self.scenario, self.seeds[0], self.draws).world, self.seeds[0])

    @cached_property
    def drawn(self) -> pd.DataFrame:
        """The parameters that were drawn, one row a seed."""
        rows = [draw(self.scenario, seed, self.draws).values for seed in self.seeds]
        return pd.DataFrame({"seed": self.seeds}).join(pd.DataFrame(rows))

    @property
    def persons(self) -> pd.DataFrame:
        """The persons of the first seed, one row a person."""
        return self.first.persons.assign(seed=self.seeds[0])

    @cached_property
    def targets(self) -> pd.DataFrame:
        """What the worlds say beside each target of the evidence set: median and 90% interval."""
        return self.beside(self.evidence)

    @property
    def evidence(self) -> EvidenceSet:
        """The figures that the worlds are shown beside: those that their draws were held against.

        Those of the scenario's own set where there are no draws.
        """
        believed = None if self.draws is None else self.draws.evidence
        return believed or evidence_set(self.scenario.evidence)

    def beside(self, evidence: EvidenceSet) -> pd.DataFrame:
        """Return the same beside each target of another evidence set."""
        rows = []
        for key, found in predict_all(self.counts, self.scenario.calendar, evidence).items():
            target = evidence.targets[key]
            rows.append(
                {
                    "target": key,
                    "what": target.what,
                    "sources_say": in_words(target),
                    **_quantiles(found),
                    "held_out_of_fit": target.held_out,
                    "claims": ";".join(target.claims),
                }
            )
        return pd.DataFrame(rows)

    def plot(self, path=None):
        """Draw the decline with the figures of the evidence set on it."""
        from sim.view.figures import decline

        return decline(self, path=path)


def _quantiles(found: np.ndarray) -> dict[str, float]:
    known = found[~np.isnan(found)]
    return {n: float(np.quantile(known, q)) if known.size else np.nan for n, q in QUANTILES.items()}


KEEP = "`midnight sweep` keeps any number of worlds on disk"
"""What to do where worlds are too many for memory."""


def of_world(scenario: Scenario) -> int:
    """Return the bytes that the weekly counts of a world take."""
    return of_counts(scenario.calendar.weeks, len(COUNTS))


def counts_of(drawn: Draw) -> np.ndarray:
    """Return the weekly counts of one world."""
    return simulate(drawn.world, drawn.seed).world.state.series.astype(np.int32)


def run(
    scenario: str | Scenario = "historical",
    seeds: int | Sequence[int] = 100,
    changes: Iterable[str] | Mapping[str, Any] = (),
    workers: int | None = None,
    tell: Tell = silent,
    cluster: str | None = None,
    point: bool = False,
    posterior: Path | str | None = None,
) -> Runs:
    """Live a scenario under several seeds, each with a draw of the parameters of its own.

    Args:
        scenario: a name, a path or a scenario.
        seeds: how many (1, 2, ...), or which.
        changes: as of `--set`.
        workers: processes; by default one a core where there is enough to do. The results are
            the same however many.
        tell: progress.
        cluster: address of a Dask scheduler, used instead of local processes.
        point: live every world with the scenario's own values, so that only luck differs.
        posterior: folder of a calibration; by default the shipped one of the evidence set.

    Raises:
        InputError: the scenario, a change, the seeds or the posterior cannot be used.
    """
    resolved = load(scenario, changes)
    luck = seeds_from(seeds, of_world(resolved), remedy=KEEP)
    draws = choose(resolved, point, posterior)
    counts = []
    with pool(where_to_run(workers, len(luck)), cluster) as executor:
        worlds = [draw(resolved, seed, draws) for seed in luck]
        for found in run_many(counts_of, worlds, executor):
            counts.append(found)
            tell(len(counts), len(luck))
    return Runs(resolved, luck, np.stack(counts), draws)
