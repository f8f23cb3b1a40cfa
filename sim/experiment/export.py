"""Files of a sweep that other programs read; every one can be made again from the store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import InputError, OutputError
from sim.experiment.store import RUNS, SERIES, Store, reading
from sim.experiment.sweep_result import Sweep
from sim.experiment.tables import runs_table, series_tables
from sim.folder import LAST, new_folder, write_json
from sim.writing import clean, replacing


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


def export(swept: Sweep, out: Path | None = None, picture: bool = True) -> Path:
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
        swept.write(folder, picture)
    return swept.folder if out is None else out


def draw(swept: Sweep) -> None:
    """Write the picture of what is done so far, if anything is, in the place of an earlier one.

    Raises:
        OutputError: there is no room, or no right, to write.
    """
    with _told(swept.folder):
        for what in swept.pictures:
            swept.plot(swept.folder / what, what)


def write_provenance(swept: Sweep) -> None:
    """Write what a sweep rests on, in the place of what was there.

    Raises:
        OutputError: there is no room, or no right, to write.
    """
    with _told(swept.folder):
        write_json(swept.folder / LAST, swept.provenance)


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
    """Turn an error of writing what can be made again into a sentence.

    Raises:
        OutputError: there was one.
    """
    try:
        yield
    except OSError as error:
        if not folder.exists():
            raise OutputError(f"{folder}: was removed or moved while it was written to") from None
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror or error}); the runs are safe.\n"
            "  Make room, or name another place: midnight export DIR --out FOLDER"
        ) from None
