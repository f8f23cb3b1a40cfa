"""Files of a sweep that other programs read; every one can be made again from the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import InputError, OutputError
from sim.experiment.files import clean, replacing
from sim.experiment.folder import COLUMNS as WEEKLY
from sim.experiment.folder import LAST, new_folder, provenance, write_json
from sim.experiment.outcome import Sweep
from sim.experiment.store import RUNS, SERIES, Store, reading
from sim.experiment.summaries import COLUMNS
from sim.experiment.tables import design_table, failures_table, runs_table, series_tables


def write_parquet(store: Store) -> None:
    """Write the runs, and the series if they were asked for, as Parquet beside the store.

    The runs come last: while they are of today, so are the series.

    Raises:
        OutputError: there is no room; the store itself has everything.
    """
    found = store.design
    with _told(store.folder):
        if found.series:
            with replacing(store.folder / SERIES) as file:
                _write_in_parts(file, series_tables(found, store))
        with replacing(store.folder / RUNS) as file:
            runs_table(found, store).to_parquet(file, index=False)


def export(
    swept: Sweep,
    out: Path | None = None,
    picture: bool = True,
) -> Path:
    """Write the tables as CSV, what they rest on, and the picture; return the folder.

    `design.csv`, `runs.csv`, `failures.csv`, `series.csv` if series were kept, `figure.png` and
    `.svg`, `provenance.json`. What is exported of a finished sweep does not depend on how often
    it was stopped or where it ran.

    Args:
        swept: going on or finished.
        out: a new folder; else the sweep's own, where an earlier export is replaced.
        picture: whether to draw.

    Raises:
        InputError: `out` has something in it, or no run has ended.
        OutputError: there is no room, or no right, to write.
    """
    with reading(swept.folder) as store:
        nothing = not store.count("runs") and not store.count("failures")
    if nothing:
        remedy = "give the command of the sweep, and export when some worlds are done"
        raise InputError(str(swept.folder), "nothing done yet", "", remedy)
    with ExitStack() as opened:
        folder = swept.folder
        if out is not None:
            folder = opened.enter_context(new_folder(out)).folder
        clean(folder)
        opened.enter_context(_told(folder))
        store = opened.enter_context(reading(swept.folder))
        found = swept.design
        tables: dict[str, Iterable[pd.DataFrame]] = {
            "design": [design_table(found)],
            "runs": [runs_table(found, store)],
            "failures": [failures_table(found, store)],
        }
        if found.series:
            tables["series"] = series_tables(found, store)
        for name, parts in tables.items():
            with replacing(folder / f"{name}.csv") as file:
                _write_csv(file, parts)
        if picture:
            draw(swept, folder)
        write_provenance(swept, folder)
    return swept.folder if out is None else out


def draw(swept: Sweep, folder: Path | None = None) -> None:
    """Write the picture of what is done so far, if anything is, in the place of an earlier one."""
    folder = folder or swept.folder
    if not len(swept.runs):
        return
    with _told(folder):
        swept.plot(folder / "figure")


def write_provenance(swept: Sweep, folder: Path | None = None) -> None:
    """Write what a sweep rests on: versions, scenarios, design, columns, and the command."""
    folder, found = folder or swept.folder, swept.design
    with reading(swept.folder) as store:
        version = store.about("version")
    content = provenance(list(found.bases.values()), list(found.seeds))
    plan = {key: part for key, part in found.plan.items() if key != "points"}
    columns = COLUMNS | {f"series: {name}": words for name, words in WEEKLY.items()}
    with _told(folder):
        write_json(folder / LAST, content | {"model": version, "design": plan, "columns": columns})


def _write_csv(file: Path, parts: Iterable[pd.DataFrame]) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        for k, part in enumerate(parts):
            part.to_csv(lines, index=False, header=k == 0, lineterminator="\n")


def _write_in_parts(file: Path, parts: Iterator[pd.DataFrame]) -> None:
    writer = None
    try:
        for part in parts:
            table = pa.Table.from_pandas(part, preserve_index=False)
            writer = writer or pq.ParquetWriter(file, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        pd.DataFrame().to_parquet(file)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not folder.exists():
            raise OutputError(f"{folder}: was removed or moved while it was written to") from None
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror or error}); the runs are safe.\n"
            "  Make room, or name another place: midnight export DIR --out FOLDER"
        ) from None
