"""The tables of a sweep, in the order of its design, however its runs came about."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from sim.experiment.axes import SCENARIO
from sim.experiment.design import Design
from sim.experiment.jobs import resolved
from sim.experiment.rows import unpacked
from sim.experiment.store import Store
from sim.model.world import series_frame
from sim.scenario.schema import Calendar


def design_table(found: Design) -> pd.DataFrame:
    """Return one row a point: its number and its values."""
    frame = pd.DataFrame(list(found.points), columns=list(found.keys))
    frame.insert(0, "point", range(len(frame)))
    return frame


def runs_table(found: Design, store: Store) -> pd.DataFrame:
    """Return one row a finished run: point, axes, seed, summaries; by point and seed.

    Targets whose dates no world covers have no column.

    Raises:
        Damage: the store holds something else than what was kept.
    """
    rows = list(store.runs())
    summaries = pd.DataFrame([summary for *_, summary in rows])
    empty = [name for name in summaries if summaries[name].isna().all()]
    summaries = summaries.drop(
        columns=[n for n in empty if str(n).startswith(("target_", "holding_"))]
    )
    summaries = summaries.astype({n: float for n in set(empty) & set(summaries)})
    summaries.insert(0, "world", [world for world, *_ in rows])
    summaries.insert(1, "seed", np.array([seed for _, seed, _ in rows], dtype=np.int64))
    return _by_point(found, store, summaries)


def failures_table(found: Design, store: Store, most: int | None = None) -> pd.DataFrame:
    """Return one row a run that failed: point, axes, seed, error; by point and seed.

    Args:
        found: the design.
        store: open.
        most: rows, or all.
    """
    rows = pd.DataFrame(store.failures(), columns=["world", "seed", "error"])
    table = _by_point(found, store, rows)
    none = {point: error for point, world, error in store.points() if world is None}
    points = design_table(found)
    points = points[points["point"].isin(none)]
    bad = [points.assign(seed=seed, error=points["point"].map(none)) for seed in found.seeds]
    table = pd.concat([part for part in (table, *bad) if len(part)] or [table])
    table = table.sort_values(["point", "seed"], ignore_index=True)
    return table if most is None else table.head(most)


def series_tables(found: Design, store: Store) -> Iterator[pd.DataFrame]:
    """Yield the weekly counts of every finished run that has them, by point and seed.

    Raises:
        Damage: the store holds something else than what was kept.
    """
    places = store.places()
    for point, world, _ in store.points():
        if world is None:
            continue
        calendar = calendar_of(found, point)
        values = dict(zip(found.keys, found.points[point], strict=True))
        for seed in sorted(found.seeds):
            place = places.get((world, seed))
            packed = None if place is None else store.series(place)
            if packed is None:
                continue
            frame = series_frame(unpacked(packed, calendar.weeks), calendar)
            for k, (name, value) in enumerate({"point": point, **values, "seed": seed}.items()):
                frame.insert(k, name, value)
            yield frame


def calendar_of(found: Design, point: int) -> Calendar:
    """Return the calendar of a point; only a calendar or a scenario on an axis can change it."""
    if any(key == SCENARIO or key.startswith("calendar") for key in found.keys):
        return resolved(found.task(point, 0))[0].calendar
    return found.scenario.calendar


def _by_point(found: Design, store: Store, table: pd.DataFrame) -> pd.DataFrame:
    """Put points and their values before a table of worlds and seeds, and sort it."""
    world_of = pd.DataFrame(
        [(point, world) for point, world, _ in store.points() if world is not None],
        columns=["point", "world"],
    )
    whole = design_table(found).merge(world_of, on="point").merge(table, on="world")
    return whole.drop(columns="world").sort_values(["point", "seed"], ignore_index=True)
