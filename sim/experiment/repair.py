"""Repairing a damaged store: what is whole is kept, and the damaged file as well."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import TypeVar

from sim.errors import OutputError
from sim.experiment.design import Design
from sim.experiment.export import SERIES
from sim.experiment.rows import COLUMNS, TROUBLE, DamagedError, columns_of, is_damage
from sim.experiment.salvage import Remains, lost, remains
from sim.experiment.store import FILE, RUNS, Store, check_layout, found, locked, no_sweep

Item = TypeVar("Item")

ASIDE = ".repair-"
"""How the folders begin that a repair works in, inside that of the sweep."""
_BATCH = 1000


@dataclass(frozen=True)
class Repair:
    """What a repair has found and done.

    Attributes:
        design: of the sweep.
        was_whole: whether there was nothing to do.
        kept: runs that were whole.
        had: runs that were kept before, or None if the store no longer says.
        damaged: the damaged file, under its new name; None if nothing was done.
    """

    design: Design
    was_whole: bool
    kept: int
    had: int | None
    damaged: Path | None


def repair(folder: Path) -> Repair:
    """Put a whole store in the place of a damaged one; what is missing is not yet run.

    Raises:
        InputError: there is no sweep in the folder.
        DamagedError: its design is lost.
        OutputError: the sweep is running, or the folder cannot be written.
    """
    folder = Path(folder)
    if not (folder / FILE).is_file():
        raise no_sweep(folder)
    try:
        with locked(folder, "sweep"):
            for left in folder.glob(f"{ASIDE}*"):  # by a repair that was killed
                shutil.rmtree(left, ignore_errors=True)
            if (whole := _whole(folder)) is not None:
                return whole
            with tempfile.TemporaryDirectory(prefix=ASIDE, dir=folder) as aside:
                return _replace(folder, Path(aside))
    except (OSError, sqlite3.OperationalError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(
            f"{folder}: cannot be repaired ({reason}); nothing in it was changed.\n"
            "  Make room and make it writable, or repair a copy of the folder"
        ) from None


def _whole(folder: Path) -> Repair | None:
    """Return what is to be said of a store that is whole, else None.

    Raises:
        InputError: it was never begun.
    """
    try:
        address = f"{(folder / FILE).resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as base:
            store = Store(folder, base)
            if (columns := columns_of(base)) == COLUMNS:
                store.check(thorough=True)
                n = store.count("runs")
                return Repair(store.design, True, n, n, None)
            if not columns:
                check_layout(store)
    except TROUBLE as error:
        if not is_damage(error):
            raise
    return None


def _replace(folder: Path, aside: Path) -> Repair:
    with remains(folder, aside) as left:
        if (design := left.whole_design) is None:
            n = sum(1 for _ in left.whole_runs())
            remedy = "give the command that made it, with a new folder as --out"
            raise DamagedError(str(folder / FILE), lost(n), "", remedy)
        new = aside / FILE
        n = _write(new, left, design)
        had = left.had
    with new.open("rb") as file:
        os.fsync(file.fileno())
    damaged = _keep_damaged(folder)
    for name in (f"{FILE}-wal", f"{FILE}-shm"):  # they would be taken for the new store's
        (folder / name).unlink(missing_ok=True)
    new.replace(folder / FILE)
    for name in (RUNS, SERIES):  # made again from the store
        (folder / name).unlink(missing_ok=True)
    return Repair(design, False, n, had, damaged)


def _write(file: Path, left: Remains, design: Design) -> int:
    """Write a new store with all that is whole; return how many runs that is."""
    with closing(sqlite3.connect(file, isolation_level=None)) as base:
        store = Store(file.parent, base)
        found(store, design, left.version)
        store.keep_points(left.whole_points())
        for runs in _in_batches(left.whole_runs()):
            store.keep(runs)
        store.keep((), left.whole_failures())
        store.check()
        return store.count("runs")


def _in_batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    items = iter(items)
    while batch := list(islice(items, _BATCH)):
        yield batch


def _keep_damaged(folder: Path) -> Path:
    """Give the damaged store, and what was not yet written into it, a second name."""
    for number in count(1):
        name = folder / f"sweep.damaged{f'-{number}' if number > 1 else ''}.sqlite"
        if not name.exists():
            break
    for end in ("-wal", ""):
        if (folder / f"{FILE}{end}").exists():
            kept = name.with_name(f"{name.name}{end}")
            with suppress(OSError):
                os.link(folder / f"{FILE}{end}", kept)
                continue
            shutil.copyfile(folder / f"{FILE}{end}", kept)
    return name
