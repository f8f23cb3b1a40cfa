"""Living what is missing of a design, wherever it was stopped."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

from sim.experiment.design import Design, design
from sim.experiment.execution import DEFAULT, Execution, Tell, check_workers, silent
from sim.experiment.jobs import Run, Task, hash_of_point, live
from sim.experiment.pools import Pool
from sim.experiment.runner import attempt_many, seeds_from
from sim.experiment.store import FILE, RUNS, SERIES, Store, check_is_for, reading, writing
from sim.experiment.sweep_result import Sweep
from sim.scenario.files import as_part
from sim.scenario.loading import load
from sim.scenario.schema import Scenario


def sweep(
    scenario: str | Scenario = "historical",
    vary: Iterable[str] | Mapping[str, Any] = (),
    seeds: int | Sequence[int] = 10,
    sample: str | None = None,
    file: str | Path | None = None,
    changes: Iterable[str] | Mapping[str, Any] = (),
    out: str | Path | None = None,
    series: bool = False,
    retry_failed: bool = False,
    execution: Execution = DEFAULT,
) -> Sweep:
    """Run many worlds, and keep every one; the same call goes on where it was stopped.

    Args:
        scenario: what the points change.
        vary: `KEY=LOW:HIGH:STEPS` or `KEY=a,b,c`, or a mapping from keys to such texts or lists.
        seeds: how many (1, 2, ...), or which, for each point.
        sample: `sobol:N` or `latin:N`, with axes `KEY=LOW:HIGH`.
        file: a CSV file of points instead of axes.
        changes: as of `--set`, made to every point.
        out: folder of the sweep; by default one named after the design, in `results/`.
        series: whether to keep weekly series.
        retry_failed: whether to try again what failed before.
        execution: where, and who hears of the progress of this call, in worlds.

    Raises:
        InputError: the design is none, or the folder is not for it.
        OutputError: the folder is in use, or cannot be written.
        PoolLostError: the cluster is gone; what was finished is kept.
    """
    found = design(scenario, vary, sample, file, seeds_from(seeds), changes, series)
    folder = Path(out) if out is not None else default_folder(found)
    run_missing(found, folder, execution, retry_failed)
    return Sweep(folder)


def default_folder(found: Design, what: str = "sweep") -> Path:
    """Return the folder in `results/` that belongs to a design; the same command finds it again."""
    return Path("results") / f"{what}-{as_part(found.scenario.name)}-{found.hash[:8]}"


def run_missing(
    found: Design,
    folder: Path,
    execution: Execution = DEFAULT,
    retry_failed: bool = False,
    look: Tell = silent,
) -> None:
    """Run whatever of a design its folder lacks, then write the table of runs.

    The workers are there before a new folder is: without them, it is not made.

    Args:
        found: the design.
        folder: new, or begun with the same design.
        execution: where, and who hears how many worlds are done of all.
        retry_failed: whether to try again what failed before.
        look: points looked at and all, before any world is run.

    Raises:
        InputError: the folder is not for this design, or the workers cannot be had.
        OutputError: the folder is in use, or cannot be written.
        PoolLostError: the cluster is gone; what was finished is kept.
    """
    if not retry_failed and _is_finished(found, folder):
        return
    every = len(found.points) * len(found.seeds)
    check_workers(execution.workers)
    with ExitStack() as opened:
        team = None
        if not (folder / FILE).exists():
            team = opened.enter_context(execution.pool(every))
        store = opened.enter_context(writing(folder, found))
        if retry_failed:
            store.forget_failures()
        if _lacks_any(found, store):
            team = team or opened.enter_context(execution.pool(every))
            resolve(found, store, team, look)
            execution.progress(0, every - store.count("runs") - store.count("failures"))
            live_missing(found, store, team, execution.progress)
        from sim.experiment.export import write_parquet  # pandas, a second

        write_parquet(store)


def _is_finished(found: Design, folder: Path) -> bool:
    """Return whether nothing is left to do; found out by reading, for it may be read-only."""
    if not all((folder / name).exists() for name in (RUNS, SERIES)[: 1 + found.series]):
        return False
    with reading(folder) as store:
        check_is_for(store, found)
        return not _lacks_any(found, store) and _is_of_all(folder / RUNS, store)


def _is_of_all(table: Path, store: Store) -> bool:
    """Return whether a table of runs has every run: it may be that of an earlier end."""
    import pyarrow.parquet as pq

    query = "SELECT count(*) FROM points JOIN runs USING (scenario)"
    try:
        return pq.read_metadata(table).num_rows == store.base.execute(query).fetchone()[0]
    except (OSError, ValueError):  # no table at all
        return False


def _lacks_any(found: Design, store: Store) -> bool:
    return store.count("points") < len(found.points) or any(True for _ in missing(found, store))


def resolve(found: Design, store: Store, team: Pool, look: Tell = silent) -> None:
    """Find out which world each point is, before any is run."""
    known = {point for point, *_ in store.points()}
    tasks = (found.task(k, 0) for k in range(len(found.points)) if k not in known)
    count, done = len(found.points) - len(known), 0
    for attempts in attempt_many(hash_of_point, tasks, count, team):
        store.keep_points((each.item.point, each.result, each.error) for each in attempts)
        done += len(attempts)
        look(done, count)


def live_missing(found: Design, store: Store, team: Pool, tell: Tell) -> None:
    """Live every world that is neither kept nor failed, once each."""
    world_of = {point: world for point, world, _ in store.points() if world is not None}
    count, done, hands = sum(1 for _ in missing(found, store)), 0, 0
    for attempts in attempt_many(measured, missing(found, store), count, team):
        runs = [each.result for each in attempts if each.result is not None]
        failures = [
            (world_of[each.item.point], each.item.seed, each.error)
            for each in attempts
            if each.result is None
        ]
        store.keep(runs, failures)
        if hands != (hands := max(team.ahead() // 2, 1)):  # each has one in hand and one ahead
            store.note("workers", hands)
        done += len(attempts)
        tell(done, count)


def measured(task: Task) -> Run:
    """Run one simulation, and measure that alone: what is left takes no more loading."""
    load_model()
    begun = time.perf_counter()
    return live(task)._replace(seconds=time.perf_counter() - begun)


@cache
def load_model() -> None:
    """Load the model, and compile it if it must be, by a week of a small world."""
    from sim.model.weekly import run_weeks
    from sim.model.world import create

    run_weeks(create(load("historical", {"population.size": 300}), 0), 1)


def missing(found: Design, store: Store) -> Iterator[Task]:
    """Yield the worlds still to be run, seed by seed.

    All points under one seed come first: the picture is whole early, and where the points leave
    the population as it is, its people are drawn once a seed.
    """
    worlds: dict[str, int] = {}
    for point, scenario, _ in store.points():
        if scenario is not None:
            worlds.setdefault(scenario, point)
    for seed in found.seeds:
        settled = store.settled(seed)
        for scenario, point in worlds.items():
            if scenario not in settled:
                yield found.task(point, seed)
