"""One scenario, many seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.evidence.loading import evidence_set
from sim.evidence.sets import EvidenceSet, in_words
from sim.experiment.draws import Draw, Draws, Parameters, choose, draw
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.quantiles import interval, spread
from sim.experiment.readings import predict_all
from sim.experiment.runner import run_many, seeds_from
from sim.experiment.sizes import of_counts
from sim.model.codes import COUNTS
from sim.model.columns import PERSONS, SERIES
from sim.model.provenance import provenance
from sim.model.timeline import date_of
from sim.model.world import History, series_frame, simulate
from sim.result import Result
from sim.scenario.loading import load
from sim.scenario.schema import Scenario

DRAWN = {
    "population.size ... rates.transfer": "in draws: the parameters with which each seed was run"
}
"""What the columns of a table of draws mean."""


@dataclass(frozen=True, repr=False)
class Runs(Result):
    """A scenario run under several seeds.

    Attributes:
        scenario: as resolved.
        seeds: in the order of the first axis of `counts`.
        counts: (n_seeds, n_weeks + 1, len(COUNTS)).
        draws: the posterior that each seed took its parameters from; None where every world has
            the scenario's own.
    """

    scenario: Scenario
    seeds: list[int]
    counts: np.ndarray
    draws: Draws | None = None

    columns: ClassVar = {
        **SERIES,
        **PERSONS,
        **DRAWN,
        "target": "in targets: key in the evidence set",
        "what": "in targets: what is counted",
        "sources_say": "in targets: the sources' figure, in words",
        "low, median, high": "in targets: the worlds' median and 90% interval",
        "held_out_of_fit": "in targets: shown, but not used by the fit",
        "claims": "in targets: ids in the ledger",
    }

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
        """The world of the first seed, run again."""
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
                    **spread(found),
                    "held_out_of_fit": target.held_out,
                    "claims": ";".join(target.claims),
                }
            )
        return pd.DataFrame(rows)

    def _tables(self) -> dict[str, str]:
        names = {"series": "series", "persons": "persons", "targets": "targets"}
        return names if self.draws is None else names | {"draws": "drawn"}

    def _said(self) -> list[str]:
        n, calendar = len(self.seeds), self.scenario.calendar
        low, median, high = interval(self.counts[:, -1, COUNTS.index("holding")])
        of = "one seed" if n == 1 else f"{n} seeds"
        return [
            f"{self.scenario.name}, {of}, parameters {named(self.draws)}",
            f"holding out on {date_of(calendar, calendar.weeks)}: {median:,.0f}"
            + (f" [90%: {low:,.0f} to {high:,.0f}]" if n > 1 else ""),
        ]

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on, the posterior among it."""
        return provenance([self.scenario], self.seeds, self.columns) | drawn_from(self.draws)


def named(draws: Draws | None) -> str:
    """Return what the parameters of some worlds are, in words."""
    return "as they stand in it" if draws is None else f"drawn from {draws.name}"


def drawn_from(draws: Draws | None) -> dict[str, Any]:
    """Return what a provenance says of a posterior: nothing where there is none."""
    if draws is None:
        return {}
    return {"posterior": {key: draws.about[key] for key in ("name", "problem", "ess")}}


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
    parameters: Parameters = None,
    execution: Execution = DEFAULT,
) -> Runs:
    """Run a scenario under several seeds, each with a draw of the parameters of its own.

    Args:
        scenario: a name, a path or a scenario.
        seeds: how many (1, 2, ...), or which.
        changes: as of `--set`.
        parameters: None draws them from the posterior that is shipped for the evidence set;
            `"point"` keeps the scenario's own, so that only the seed varies; or the folder,
            draws or posterior of another calibration.
        execution: where, and who hears of progress.

    Raises:
        InputError: the scenario, a change, the seeds or the parameters cannot be used.
    """
    resolved = load(scenario, changes)
    luck = seeds_from(seeds, of_world(resolved), remedy=KEEP)
    draws = choose(resolved, parameters)
    counts = []
    with execution.pool(len(luck)) as executor:
        worlds = [draw(resolved, seed, draws) for seed in luck]
        for found in run_many(counts_of, worlds, executor):
            counts.append(found)
            execution.progress(len(counts), len(luck))
    return Runs(resolved, luck, np.stack(counts), draws)
