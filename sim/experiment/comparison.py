"""Worlds in pairs: the same people and random numbers, in history and in a changed world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.sets import Reading
from sim.experiment.draws import Draw, Parameters, choose, draw
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.quantiles import QUANTILES, spread
from sim.experiment.readings import read, week_below
from sim.experiment.runner import run_many, seeds_from
from sim.experiment.runs import DRAWN, KEEP, Runs, drawn_from, named, of_world
from sim.model.codes import COUNTS, P_JOINING, PROCESSES
from sim.model.columns import PERSONS, SERIES
from sim.model.provenance import provenance
from sim.model.timeline import date_of
from sim.model.world import History, simulate
from sim.result import Result
from sim.scenario.loading import counterfactuals as shipped_counterfactuals
from sim.scenario.loading import load, to_one_end
from sim.scenario.schema import Calendar, Scenario

END, EVE = date(1929, 12, 31), date(1936, 10, 26)
"""Days on which worlds are compared: after the fall, and on the eve of the hunger strike.

No count is compared after that: what was done from 1937 on did not depend on what anybody did."""
LATER = ("active", "relapsed", "arrested_again", "second_statements", "swept", "under_label")
"""Counts that tell of a world that goes on after 1929, beside those who hold out."""
_TURNS = tuple(
    PROCESSES.index(name)
    for name in ("signing", "quiet", "revival", "relapse", "rearrest", "second_statement", "sweep")
)


def marked_day(calendar: Calendar) -> date:
    """Return the eve of the hunger strike if a calendar reaches it, else the end of 1929.

    The last day of a calendar that ends before that.
    """
    last = date_of(calendar, calendar.weeks)
    return EVE if last >= EVE else min(END, last)


def holding_on(runs: Runs) -> np.ndarray:
    """Return the number holding out on the marked day, by seed, read as every target is."""
    return _on_marked_day(runs, "holding")


def _on_marked_day(runs: Runs, count: str) -> np.ndarray:
    calendar = runs.scenario.calendar
    day = max(marked_day(calendar), calendar.start)
    return read(runs.counts, calendar, Reading(series=(count,), start=day))


def fates_differ(one: History, other: History) -> int:
    """Return how many people's lives turn otherwise: in another week, in one world alone.

    Turns are joining at all, signing, going quiet and coming back; later, being secretly active
    again, a second statement, and arrest for the past. Being moved from one place to another is no
    fate, and nobody's death is counted: it came by lot.
    """
    a, b = one.world.state, other.world.state
    n = min(len(a.person), len(b.person))
    turns = list(_TURNS)
    same = (a.event_week[turns, :n] == b.event_week[turns, :n]).all(axis=0)
    same &= (a.event_week[P_JOINING, :n] >= 0) == (b.event_week[P_JOINING, :n] >= 0)
    return int((~same).sum()) + abs(len(a.person) - len(b.person))


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """A baseline and counterfactuals, paired by seed.

    Attributes:
        baseline: the runs of the baseline.
        worlds: the runs of each counterfactual, by name, over the same seeds.
        fates: (n_seeds,) people whose fate differs from the baseline, by name.
    """

    baseline: Runs
    worlds: dict[str, Runs]
    fates: dict[str, np.ndarray]

    columns: ClassVar = {
        **SERIES,
        **PERSONS,
        **DRAWN,
        "title": "title of the world",
        "reading": "in table: how its numbers are to be read, where they count another thing",
        "holding_low, _median, _high": "in table: holding out on the marked day, 90% interval: at "
        "the end of 1929, or on 26 October 1936 where the calendar reaches that day",
        "week_low, _median, _high": "in table: first week with fewer than 1,000; empty if none",
        "passes_1000": "in table: share of seeds that fall below 1,000",
        "difference_low, _median, _high": "in table: this world minus the baseline, seed by seed",
        "fates_low, _median, _high": "in table: people whose life differs: another end or week",
        "COUNT_low, _median, _high": "in later: a count on the marked day, 90% interval",
    }

    def _every(self) -> list[tuple[str, Runs]]:
        return [(self.baseline.scenario.name, self.baseline), *self.worlds.items()]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a world: medians over seeds with 90% intervals, and paired differences.

        `holding_*`: people holding out on the marked day. `week_*`: the first week with fewer
        than 1,000; nan where most seeds have none. `difference_*`: this world minus the baseline,
        seed by seed. `fates_*`: people whose fate differs. `reading`: how the numbers of a world
        are to be read that counts another thing; empty for the others.
        """
        base = holding_on(self.baseline)
        rows: list[dict[str, Any]] = []
        for name, runs in self._every():
            holding = holding_on(runs)
            row: dict[str, Any] = {"scenario": name, "title": runs.scenario.title}
            row["reading"] = runs.scenario.reading
            row |= spread(holding, "holding_")
            held = runs.counts[..., COUNTS.index("holding")]
            week = np.nan_to_num(week_below(held), nan=np.inf)
            row |= {
                f"week_{key}": float(np.quantile(week, q, method="nearest"))
                for key, q in QUANTILES.items()
            }
            row["passes_1000"] = float(np.isfinite(week).mean())
            row |= spread(holding - base, "difference_")
            differ = self.fates[name] if rows else np.zeros(len(base))
            row |= spread(differ, "fates_")
            rows.append(row)
        return pd.DataFrame(rows).replace({np.inf: np.nan})

    @property
    def goes_on(self) -> bool:
        """Whether the worlds reach the eve of the hunger strike."""
        return marked_day(self.baseline.scenario.calendar) == EVE

    @cached_property
    def later(self) -> pd.DataFrame:
        """One row a world: what became of people after 1929, by the marked day.

        Medians over seeds with 90% intervals of each count of `LATER`.
        """
        rows: list[dict[str, Any]] = []
        for name, runs in self._every():
            row: dict[str, Any] = {"scenario": name, "title": runs.scenario.title}
            for count in LATER:
                row |= spread(_on_marked_day(runs, count), f"{count}_")
            rows.append(row)
        return pd.DataFrame(rows)

    @cached_property
    def series(self) -> pd.DataFrame:
        """Weekly counts of every world and seed."""
        frames = [runs.series.assign(scenario=name) for name, runs in self._every()]
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def persons(self) -> pd.DataFrame:
        """The persons of the first seed in every world, one row a person and world."""
        frames = [runs.persons.assign(scenario=name) for name, runs in self._every()]
        return pd.concat(frames, ignore_index=True)

    @property
    def drawn(self) -> pd.DataFrame:
        """The parameters that were drawn, one row a seed; the same in every world."""
        return self.baseline.drawn

    def _tables(self) -> dict[str, str]:
        names = {"table": "table", "series": "series", "persons": "persons"}
        if self.goes_on:
            names["later"] = "later"
        return names if self.baseline.draws is None else names | {"draws": "drawn"}

    def _said(self) -> list[str]:
        base, *others = self.table.to_dict("records")
        n = len(self.baseline.seeds)
        day = marked_day(self.baseline.scenario.calendar)
        said = [
            f"{base['scenario']} and {len(others)} others, {n} seeds each, paired, "
            f"parameters {named(self.baseline.draws)}",
            f"holding out on {day}: {base['holding_median']:,.0f}",
        ]
        for row in others:
            ends = (row[f"difference_{name}"] for name in ("median", "low", "high"))
            words = "{:+,.0f} [90%: {:+,.0f} to {:+,.0f}]".format(*ends)
            said.append(f"{row['scenario']}: {words}")
        return said

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on, the posterior among it."""
        scenarios = [runs.scenario for _, runs in self._every()]
        own = provenance(scenarios, self.baseline.seeds, self.columns)
        return own | drawn_from(self.baseline.draws)


def _check_pairs(scenarios: Sequence[Scenario]) -> None:
    seen = [scenarios[0].name]
    for scenario in scenarios[1:]:
        if scenario.name in seen:
            raise InputError(
                "compare",
                f"two worlds are called `{scenario.name}`",
                "a name of its own for each",
                "give one of the files a `name`",
            )
        seen.append(scenario.name)
        if scenario.calendar.start != scenarios[0].calendar.start:
            raise InputError(
                f"{scenario.name}: calendar.start",
                f"got {scenario.calendar.start}",
                f"that of `{seen[0]}`, {scenarios[0].calendar.start}",
            )
        _check_people(scenario, scenarios[0])


def _check_people(other: Scenario, base: Scenario) -> None:
    """Refuse a world of other people: nobody in it has a counterpart."""
    remedy = "change a lever, an event, a coefficient or a rate; or make it with --set, for every "
    remedy += "world alike"
    for name, number in base.population.values().items():
        if (found := other.population.values()[name]) != number:
            raise InputError(
                f"{other.name}: population.{name}",
                f"got {found:g}: other people than in `{base.name}`, so that no life has a pair",
                f"that of `{base.name}`, {number:g}",
                remedy,
            )
    for key in dict.fromkeys([*base.leaders, *other.leaders]):
        mine, theirs = (
            (one.wing, one.following) if one else None
            for one in (other.leaders.get(key), base.leaders.get(key))
        )
        if mine != theirs:
            raise InputError(
                f"{other.name}: leaders.{key}",
                f"got other followers than in `{base.name}`, so that no life has a pair",
                f"wing and following of `{base.name}`",
                remedy,
            )


def _pairs(drawn: tuple[Draw, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Live every scenario under one seed; return counts and fates that differ from the first."""
    histories = [simulate(each.world, each.seed) for each in drawn]
    differ = np.array([fates_differ(histories[0], other) for other in histories])
    weeks = max(history.world.state.series.shape[0] for history in histories)
    counts = np.zeros((len(histories), weeks, histories[0].world.state.series.shape[1]), np.int32)
    for k, history in enumerate(histories):
        series = history.world.state.series
        counts[k, : len(series)] = series
    return counts, differ


def compare(
    counterfactuals: Sequence[str | Scenario] | None = None,
    baseline: str | Scenario = "historical",
    seeds: int | Sequence[int] = 100,
    changes: Iterable[str] | Mapping[str, Any] = (),
    parameters: Parameters = None,
    execution: Execution = DEFAULT,
) -> Comparison:
    """Compare counterfactuals with a baseline, seed by seed: same people, luck and parameters.

    All worlds are run to the last day of the longest.

    Args:
        counterfactuals: names, paths or scenarios; by default all shipped ones that do not go on
            longer than the baseline.
        baseline: the world that they are compared with.
        seeds: how many (1, 2, ...), or which.
        changes: as of `--set`, made to every world alike.
        parameters: as of `run`; those of the baseline, for every world alike.
        execution: where, and who hears of progress, in worlds.

    Raises:
        InputError: a scenario, a change, the seeds or the parameters cannot be used, or a
            counterfactual changes who the people are.
    """
    changes = list(changes) if not isinstance(changes, Mapping) else changes
    base = load(baseline, changes)
    if counterfactuals is None:
        names = [name for name in shipped_counterfactuals() if name != base.name]
        others = [load(name, changes) for name in names]
        others = [each for each in others if each.calendar.end <= base.calendar.end]
    else:
        others = [load(name, changes) for name in counterfactuals]
    base, *others = scenarios = to_one_end([base, *others])
    _check_pairs(scenarios)
    luck = seeds_from(seeds, len(scenarios) * max(map(of_world, scenarios)), remedy=KEEP)
    draws = choose(base, parameters)
    counts, differ = [], []
    with execution.pool(len(luck) * len(scenarios)) as executor:
        tasks = [tuple(draw(each, seed, draws) for each in scenarios) for seed in luck]
        for found, fates in run_many(_pairs, tasks, executor):
            counts.append(found)
            differ.append(fates)
            execution.progress(len(counts) * len(scenarios), len(luck) * len(scenarios))
    stacked, fates = np.stack(counts), np.stack(differ)
    runs = [
        Runs(scenario, luck, stacked[:, k, : scenario.calendar.weeks + 1], draws)
        for k, scenario in enumerate(scenarios)
    ]
    return Comparison(
        baseline=runs[0],
        worlds={scenario.name: runs[k + 1] for k, scenario in enumerate(others)},
        fates={scenario.name: fates[:, k + 1] for k, scenario in enumerate(others)},
    )
