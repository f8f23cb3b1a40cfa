"""What came out of a sweep: how far it is, its tables, and an xarray Dataset.

Pandas, xarray and the model are imported where they are needed, so that a command which finds
everything done answers at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from sim.experiment.design import Design
from sim.experiment.quantiles import QUANTILES
from sim.experiment.rows import unpacked
from sim.experiment.store import Store, in_use, reading
from sim.experiment.summaries import COLUMNS, headline
from sim.model.codes import COUNTS
from sim.model.columns import SERIES
from sim.model.provenance import provenance
from sim.result import Result

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

SHOWN_FAILURES = 5


@dataclass(frozen=True)
class Status:
    """How far a sweep is; a world that several points share is counted once.

    Attributes:
        points: of the design.
        seeds: of each point.
        runs: worlds to be run.
        done, failed, left: of them.
        seconds_left: about, by what those done took, without loading; nan before the first.
        running: whether a process is at it.
        failures: the first few, with what each says.
    """

    points: int
    seeds: int
    runs: int
    done: int
    failed: int
    left: int
    seconds_left: float
    running: bool
    failures: list[dict[str, Any]]


class Sweep(Result):
    """A folder that a sweep keeps its runs in; what it says grows while the sweep goes on.

    Args:
        folder: as `midnight sweep` names it at its end.

    Raises:
        InputError: there is no sweep in it.
        DamagedError: the sweep is damaged; whatever else reads it raises this as well.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        with reading(self.folder) as store:
            self.design: Design = store.design

    @property
    def status(self) -> Status:
        """How far it is."""
        with reading(self.folder) as store:
            return _status(self.design, store)

    @property
    def runs(self) -> pd.DataFrame:
        """One row a finished run, by point and seed; see `sim.experiment.summaries.COLUMNS`."""
        from sim.experiment.tables import runs_table

        with reading(self.folder) as store:
            return runs_table(self.design, store)

    @property
    def failures(self) -> pd.DataFrame:
        """One row a run that failed: point, axes, seed and error."""
        from sim.experiment.tables import failures_table

        with reading(self.folder) as store:
            return failures_table(self.design, store)

    def values(self, summary: str) -> np.ndarray:
        """Return one summary of every finished run, (n_done,), in no order; fast."""
        with reading(self.folder) as store:
            return np.array([found.get(summary) for *_, found in store.runs()], dtype=float)

    @property
    def headline(self) -> str:
        """The summary that a picture shows if it can show but one."""
        return headline(self.design.evidence, self.design.scenario.calendar)

    @property
    def dataset(self) -> xr.Dataset:
        """The runs with the design's axes as dimensions; see `open_sweep`."""
        return _dataset(self)

    @property
    def points(self) -> pd.DataFrame:
        """One row a point of the design: its number and its values."""
        from sim.experiment.tables import design_table

        return design_table(self.design)

    @property
    def series(self) -> pd.DataFrame:
        """The weekly counts of every finished run, if they were kept; may be large."""
        import pandas as pd

        return pd.concat([pd.DataFrame(), *self.parts("series")], ignore_index=True)

    def parts(self, name: str) -> Iterable[pd.DataFrame]:
        """Yield a table in parts: the series run by run."""
        from sim.experiment.tables import series_tables

        if name != "series":
            yield self.tables[name]
            return
        with reading(self.folder) as store:
            yield from series_tables(self.design, store)

    formats: ClassVar = dict.fromkeys(("design", "runs", "failures", "series"), ("csv",))

    columns: ClassVar = COLUMNS | {f"series: {name}": words for name, words in SERIES.items()}

    def _tables(self) -> dict[str, str]:
        names = {"design": "points", "runs": "runs", "failures": "failures"}
        return names | {"series": "series"} if self.design.series else names

    @property
    def pictures(self) -> tuple[str, ...]:
        """The one that fits the design; none before the first run has ended."""
        return ("figure",) if self.status.done else ()

    def _said(self) -> list[str]:
        found, status = self.design, self.status
        said = [
            f"{found.scenario.name} over {', '.join(found.keys)} ({found.kind})",
            f"{status.points:,} points, {status.seeds:,} seeds: {status.done:,} of "
            f"{status.runs:,} runs done, {status.failed:,} failed; in {self.folder}",
        ]
        if status.done:
            values = self.values(self.headline)
            low, median, high = (np.nanquantile(values, q) for q in QUANTILES.values())
            said.append(f"{self.headline}: {median:,.0f} [90%: {low:,.0f} to {high:,.0f}]")
        return said

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on, the design among it."""
        found = self.design
        with reading(self.folder) as store:
            version = store.about("version")
        own = provenance(found.bases.values(), found.seeds, self.columns)
        plan = {key: part for key, part in found.plan.items() if key != "points"}
        return own | {"model": version, "design": plan}


def open_sweep(folder: str | Path) -> xr.Dataset:
    """Return the runs of a sweep as an xarray Dataset, while it goes on or afterwards.

    A grid has its axes as dimensions, then `seed`; any other design has `point`, with the values
    of the axes as coordinates along it. Weekly series, if kept, follow along `week`, with `date`.
    What is not done, or failed, is nan.

    Raises:
        InputError: there is no sweep in the folder.
    """
    return Sweep(folder).dataset


def _status(found: Design, store: Store) -> Status:
    store.check_counts()
    points, n_seeds = store.points(), len(found.seeds)
    worlds = len({world for _, world, _ in points if world is not None})
    no_worlds = sum(world is None for _, world, _ in points)
    unknown = len(found.points) - len(points)
    runs = (worlds + no_worlds + unknown) * n_seeds
    done, failed = store.count("runs"), store.count("failures") + no_worlds * n_seeds
    left = runs - done - failed
    each = store.base.execute("SELECT avg(seconds) FROM runs").fetchone()[0]
    known = isinstance(each, float) and 0 <= each < np.inf
    seconds = left * each / (store.about("workers") or 1) if known else np.nan
    return Status(
        points=len(found.points),
        seeds=n_seeds,
        runs=runs,
        done=done,
        failed=failed,
        left=left,
        seconds_left=float(seconds) if left else 0.0,
        running=in_use(store.folder),
        failures=_first_failures(found, store) if failed else [],
    )


def _first_failures(found: Design, store: Store) -> list[dict[str, Any]]:
    from sim.experiment.tables import failures_table

    rows = failures_table(found, store, SHOWN_FAILURES).to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in rows]


def _dataset(swept: Sweep) -> xr.Dataset:
    import xarray as xr

    found, table = swept.design, swept.runs
    seeds = sorted(found.seeds)
    place = table["point"].to_numpy(), np.searchsorted(seeds, table["seed"])
    is_grid = found.kind == "grid"
    dims = (*found.keys, "seed") if is_grid else ("point", "seed")
    shape = (*(len(axis.values) for axis in found.axes), len(seeds)) if is_grid else None
    data: dict[str, Any] = {}
    for name in table.columns[len(found.axes) + 2 :]:
        values = np.full((len(found.points), len(seeds)), np.nan)
        values[place] = table[name]
        data[name] = (dims, values.reshape(shape) if is_grid else values)
    coords: dict[str, Any] = {"seed": seeds}
    if is_grid:
        coords |= {axis.key: _coordinate(list(axis.values), axis.kind) for axis in found.axes}
    else:
        coords["point"] = range(len(found.points))
        for k, axis in enumerate(found.axes):
            along = [point[k] for point in found.points]
            coords[axis.key] = ("point", _coordinate(along, axis.kind))
    dataset = xr.Dataset(data, coords, {"scenario": found.scenario.name, "design": found.kind})
    return dataset.merge(_series(swept, dims, shape)) if found.series else dataset


def _coordinate(values: list[Any], kind: str) -> np.ndarray:
    return np.array(values, dtype="datetime64[ns]" if kind == "date" else None)


def _series(swept: Sweep, dims: tuple[str, ...], shape: tuple[int, ...] | None) -> xr.Dataset:
    """Return the weekly counts, nan beyond the end of a shorter calendar."""
    import xarray as xr

    from sim.experiment.tables import calendar_of
    from sim.model.timeline import date_of

    found = swept.design
    seeds = sorted(found.seeds)
    calendars = [calendar_of(found, point) for point in range(len(found.points))]
    weeks = max(calendar.weeks for calendar in calendars) + 1
    values = np.full((len(found.points), len(seeds), weeks, len(COUNTS)), np.nan, np.float32)
    with reading(swept.folder) as store:
        worlds = [(point, world) for point, world, _ in store.points() if world is not None]
        places = store.places()
        for k, seed in enumerate(seeds):
            for point, world in worlds:
                place = places.get((world, seed))
                packed = None if place is None else store.series(place)
                if packed is not None:
                    counts = unpacked(packed, calendars[point].weeks)
                    values[point, k, : len(counts)] = counts
    values = values.reshape((*(shape or values.shape[:2]), weeks, len(COUNTS)))
    data = {name: ((*dims, "week"), values[..., k]) for k, name in enumerate(COUNTS)}
    days = [date_of(calendars[0], week) for week in range(weeks)]
    coords = {"week": range(weeks), "date": ("week", np.array(days, dtype="datetime64[ns]"))}
    return xr.Dataset(data, coords)
