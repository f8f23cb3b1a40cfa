"""What is kept of a sweep: one SQLite file that survives being killed at any moment.

Write-ahead log with full synchronisation, one writer: the process that coordinates. A run's key
is a hash of the resolved scenario, the seed and the model's version, so the same run is known
again whatever command asks for it; a plain INSERT makes sure that none is kept twice. Every row has
a hash (`sim.experiment.rows`), and the number of rows is kept beside them: whatever is read is what
was written, or an error.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from sim.errors import InputError, OutputError
from sim.experiment.design import Design
from sim.experiment.jobs import Run
from sim.experiment.rows import (
    COLUMNS,
    COUNTED,
    FORMER,
    TABLES,
    TROUBLE,
    Damage,
    DamagedError,
    Rows,
    columns_of,
    hash_of,
    is_damage,
    row_of,
)
from sim.model.version import model_version
from sim.writing import check_still_there, check_writable, clean, contents, identity

FILE, LOCK = "sweep.sqlite", "lock.sqlite"
RUNS, SERIES = "runs.parquet", "series.parquet"
_OURS = {FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal", LOCK, f"{LOCK}-journal"}


class Store(Rows):
    """An open store; `writing` and `reading` open one."""

    def __init__(self, folder: Path, base: sqlite3.Connection) -> None:
        super().__init__(base)
        self.folder = folder
        self.identity = identity(folder / FILE)

    def note(self, name: str, value: Any) -> None:
        """Keep a fact about the sweep."""
        with self._transaction():
            self._note(name, value)

    def _note(self, name: str, value: Any, table: str = "about") -> None:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        row = (name, text, hash_of(name, text))
        self.base.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", row)

    def _count_in(self, **more: int) -> None:
        """Add to the number of rows that each table has to have."""
        kept = self.kept
        self._note("kept", kept | {table: kept[table] + n for table, n in more.items()})

    def keep_points(self, points: Iterable[tuple[int, str | None, str]]) -> None:
        """Keep point, hash of its resolved scenario or None, and the error if it is no world."""
        rows = [(*point, hash_of(*point)) for point in points]
        with self._transaction():
            self.base.executemany("INSERT INTO points VALUES (?, ?, ?, ?)", rows)
            self._count_in(points=len(rows))

    def keep(self, runs: Iterable[Run], failures: Iterable[tuple[str, int, str]] = ()) -> None:
        """Keep finished runs, and those that failed as (scenario, seed, error), all or none."""
        rows = [row_of(run, self.version) for run in runs]
        failed = [(*failure, hash_of(*failure)) for failure in failures]
        with self._transaction():
            self.base.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            self.base.executemany("INSERT INTO failures VALUES (?, ?, ?, ?)", failed)
            self._count_in(runs=len(rows), failures=len(failed))

    def forget_failures(self) -> None:
        """Make what failed count as not yet tried."""
        with self._transaction():
            gone = [
                self.base.execute(statement).rowcount
                for statement in (
                    "DELETE FROM failures",
                    "DELETE FROM points WHERE scenario IS NULL",
                )
            ]
            self._count_in(failures=-gone[0], points=-gone[1])

    def settled(self, seed: int) -> set[str]:
        """Return the worlds (hashes of scenarios) that were run under a seed, or failed."""
        query = "SELECT scenario FROM {} WHERE seed = ?"
        rows = [
            row
            for table in ("runs", "failures")
            for row in self.base.execute(query.format(table), (seed,))
        ]
        return {scenario for (scenario,) in rows}

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self.base.execute("BEGIN IMMEDIATE")
            yield
            check_still_there(self.folder / FILE, self.identity)
            self.base.execute("COMMIT")
        except BaseException as error:
            if self.base.in_transaction:
                self.base.rollback()
            if isinstance(error, sqlite3.Error):
                check_still_there(self.folder / FILE, self.identity)
            if not isinstance(error, sqlite3.OperationalError) or is_damage(error):
                raise
            raise OutputError(
                f"{self.folder}: cannot be written ({error}); every run kept so far is safe.\n"
                "  Make room on the disk, or make it writable, and give the same command again"
            ) from None


@contextmanager
def writing(folder: Path, design: Design) -> Iterator[Store]:
    """Open the store of a design, for this process alone; it is made if it is missing.

    Raises:
        InputError: the folder has something else in it, or is for another design or version.
        DamagedError: it is damaged.
        OutputError: it is in use, or cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError("--out", f"`{folder}` is a file", "a folder", "name another one")
    if folder.exists() and not (folder / FILE).exists() and contents(folder) - _OURS:
        raise InputError("--out", f"`{folder}` is no sweep", "", "name a new folder, or a sweep's")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_writable(folder)  # SQLite would not say why a file is refused
        with locked(folder, "sweep"), closing(_connect(folder / FILE)) as base, _noticing(folder):
            store = Store(folder, base)
            clean(folder)
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = FULL")
            if _is_empty(base):
                found(store, design)
            else:
                check_layout(store)
                check_is_for(store, design)
                store.check()
            yield store
    except (sqlite3.DatabaseError, OSError) as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        kept, remedy = "", "name a folder that you may write to with --out"
        if isinstance(error, OSError) and (folder / FILE).is_file():
            kept = "; what it holds can be read"
            remedy = "make it writable, or copy it and name the copy with --out"
        raise OutputError(
            f"{folder}: cannot be written ({_reason(error)}){kept}.\n  Make room, or {remedy}"
        ) from None


def check_is_for(store: Store, design: Design) -> None:
    """Check that a store is of this version of the model, and of a design.

    Raises:
        InputError: it is not.
    """
    _check_version(store)
    _check_design(store, design)


@contextmanager
def reading(folder: Path) -> Iterator[Store]:
    """Open a store to look into it, while a sweep goes on or not.

    A folder that cannot be written, because it is read-only or the disk is full, is read from a
    copy among the temporary files.

    Raises:
        InputError: the folder holds no sweep.
        DamagedError: what is read is not what was kept.
    """
    folder = Path(folder)
    if not os.path.isfile(folder / FILE):  # whatever the name, a sentence
        raise no_sweep(folder)
    with ExitStack() as opened:
        opened.enter_context(_noticing(folder))
        try:
            base = _look(folder / FILE)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                raise
            base = _look_at_copy(folder, opened)
        opened.enter_context(closing(base))
        base.execute("BEGIN")  # all that is read is of one moment of a sweep that goes on
        store = Store(folder, base)
        check_layout(store)
        _check_begun(store)
        yield store


def no_sweep(folder: Path) -> InputError:
    """Return what is said of a folder that holds no sweep."""
    remedy = "`midnight sweep` makes one and names it at its end"
    return InputError(str(folder), "is no sweep", f"a folder with a file {FILE}", remedy)


@contextmanager
def _noticing(folder: Path) -> Iterator[None]:
    """Turn whatever shows that a store is damaged into a message.

    Raises:
        DamagedError: with what can be recovered, and how.
    """
    try:
        yield
    except TROUBLE as error:
        if not is_damage(error):
            raise
        from sim.experiment.salvage import recoverable

        got = "is damaged" if (remedy := recoverable(folder)) else "is no sweep, or a damaged one"
        reason = "its text cannot be read" if isinstance(error, UnicodeDecodeError) else error
        remedy = remedy or "nothing can be recovered: remove it, or name another folder"
        raise DamagedError(str(folder / FILE), f"{got} ({reason})", "", remedy) from None


def in_use(folder: Path) -> bool:
    """Return whether a process is writing to the store of a folder."""
    if not (folder / LOCK).exists():
        return False
    address = f"{(folder / LOCK).resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, timeout=0, uri=True)) as lock:
            lock.execute("SELECT * FROM sqlite_master").fetchall()
    except sqlite3.DatabaseError as error:
        return "locked" in str(error)
    return False


def _reason(error: Exception) -> object:
    return getattr(error, "strerror", None) or error


def _connect(file: Path, seconds: float = 20) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=seconds, isolation_level=None)


def _look(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", timeout=20, uri=True)
    try:
        base.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except TROUBLE:
        base.close()
        raise
    return base


def _look_at_copy(folder: Path, opened: ExitStack) -> sqlite3.Connection:
    try:
        spare = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="midnight-")))
        for name in (FILE, f"{FILE}-wal"):
            if (folder / name).exists():
                shutil.copy(folder / name, spare / name)
        return _look(spare / FILE)
    except (sqlite3.DatabaseError, OSError) as error:
        if is_damage(error):
            raise
        raise InputError(
            str(folder / FILE),
            f"cannot be read ({_reason(error)})",
            "the file of a sweep",
            "see that you may read it, and that TMPDIR names a folder with room for a copy",
        ) from None


def _is_empty(base: sqlite3.Connection) -> bool:
    return base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def found(store: Store, design: Design, version: str = model_version()) -> None:
    """Make the tables of an empty store; the facts that nothing else knows are written twice."""
    with store._transaction():
        for statement in filter(None, map(str.strip, TABLES.split(";"))):
            store.base.execute(statement)
        for table in ("about", "spare"):
            store._note("version", version, table)
            store._note("plan", design.hash, table)
            store._note("design", design.as_json(), table)
        store._note("kept", dict.fromkeys(COUNTED, 0))


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Hold the folder's lock, which the system takes back from a process that dies.

    Raises:
        OutputError: another process holds it.
    """
    with closing(_lock(folder / LOCK)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            wait = f"Watch it with `midnight status {folder}`" if what == "sweep" else "Wait for it"
            raise OutputError(
                f"{folder}: another process is working on this {what}.\n"
                f"  {wait}, or name another folder with --out"
            ) from None
        yield


def _lock(file: Path) -> sqlite3.Connection:
    lock = _connect(file, 1)
    try:
        lock.execute("PRAGMA schema_version")
    except sqlite3.DatabaseError as error:
        if is_damage(error):  # it holds nothing, so a new one is as good
            lock.close()
            file.unlink()
            return _connect(file, 1)
    return lock


def check_layout(store: Store) -> None:
    """Check that a store has the tables that it needs.

    Raises:
        Damage: it has others.
        InputError: it was never begun, or by a version that kept no hashes.
    """
    where = str(store.folder / FILE)
    if _is_empty(store.base):
        remedy = "remove the folder, or name another one"
        raise InputError(where, "is no sweep, or one that never began", "", remedy)
    if (columns := columns_of(store.base)) == COLUMNS:
        return
    if columns == FORMER:
        remedy = f"`midnight repair {store.folder}` checks its runs and adds them; none runs again"
        raise InputError(where, "was made before stores had a hash a row", "", remedy)
    differ = [table for table in COLUMNS if columns.get(table) != COLUMNS[table]]
    raise Damage(f"the table {differ[0]} is missing, or another" if differ else "unknown tables")


def _check_begun(store: Store) -> None:
    if not isinstance(store.version, str):
        raise Damage("it does not say which version of the model made it")


def _check_version(store: Store) -> None:
    _check_begun(store)
    if (version := store.version) != model_version():
        raise InputError(
            str(store.folder),
            f"was made by version {version} of the model, and this is {model_version()}",
            "one version a folder",
            "name a new folder with --out, or go back to that version",
        )


def _check_design(store: Store, design: Design) -> None:
    if store.about("plan") == design.hash:
        return
    theirs, ours = store.about("design")["plan"], design.plan
    differ = [part for part in ours if json.loads(json.dumps(ours[part])) != theirs.get(part)]
    raise InputError(
        str(store.folder),
        f"holds a sweep of another design: {', '.join(differ)} differ",
        "one design a folder",
        "name a new folder with --out, or repeat the command that made this one",
    )
