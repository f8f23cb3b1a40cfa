"""What is kept of a sweep: one SQLite file that survives being killed at any moment.

Write-ahead log with full synchronisation, one writer: the process that coordinates. A run's key
is a hash of the resolved scenario, the seed and the model's version, so the same run is known
again whatever command asks for it; a plain INSERT makes sure that none is kept twice.
"""

from __future__ import annotations

import hashlib
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
from sim.experiment.files import check_still_there, check_writable, clean, contents, identity
from sim.experiment.summaries import model_version
from sim.experiment.tasks import Run

FILE, LOCK = "sweep.sqlite", "lock.sqlite"
RUNS, SERIES = "runs.parquet", "series.parquet"
_OURS = {FILE, f"{FILE}-wal", f"{FILE}-shm", f"{FILE}-journal", LOCK, f"{LOCK}-journal"}
_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE points (point INTEGER PRIMARY KEY, scenario TEXT, error TEXT);
CREATE TABLE runs (
    key TEXT PRIMARY KEY, scenario TEXT NOT NULL, seed INTEGER NOT NULL,
    summary TEXT NOT NULL, series BLOB, seconds REAL NOT NULL
);
CREATE UNIQUE INDEX runs_by_seed ON runs (seed, scenario);
CREATE TABLE failures (
    scenario TEXT NOT NULL, seed INTEGER NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY (scenario, seed)
) WITHOUT ROWID;
"""


def key_of(scenario: str, seed: int) -> str:
    """Return the key of a run: a hash of the resolved scenario's hash, seed and version."""
    return hashlib.sha256(f"{scenario} {seed} {model_version()}".encode()).hexdigest()[:32]


class Store:
    """An open store; `writing` and `reading` open one."""

    def __init__(self, folder: Path, base: sqlite3.Connection) -> None:
        self.folder, self.base = folder, base
        self.identity = identity(folder / FILE)

    def about(self, name: str) -> Any:
        """Return a fact about the sweep, or None."""
        row = self.base.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    @property
    def design(self) -> Design:
        """The design that the folder was made for."""
        return Design.from_json(self.about("design"))

    def note(self, name: str, value: Any) -> None:
        """Keep a fact about the sweep."""
        with self._transaction():
            self._note(name, value)

    def _note(self, name: str, value: Any) -> None:
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        self.base.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, text))

    def keep_points(self, points: Iterable[tuple[int, str | None, str]]) -> None:
        """Keep point, hash of its resolved scenario or None, and the error if it is no world."""
        with self._transaction():
            self.base.executemany("INSERT INTO points VALUES (?, ?, ?)", points)

    def keep(self, runs: Iterable[Run], failures: Iterable[tuple[str, int, str]] = ()) -> None:
        """Keep finished runs, and those that failed as (scenario, seed, error), all or none."""
        rows = [
            (
                key_of(run.scenario, run.seed),
                run.scenario,
                run.seed,
                json.dumps(run.summary, separators=(",", ":")),
                run.series,
                run.seconds,
            )
            for run in runs
        ]
        with self._transaction():
            self.base.executemany("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", rows)
            self.base.executemany("INSERT INTO failures VALUES (?, ?, ?)", failures)

    def forget_failures(self) -> None:
        """Make what failed count as not yet tried."""
        with self._transaction():
            self.base.execute("DELETE FROM failures")
            self.base.execute("DELETE FROM points WHERE scenario IS NULL")

    def points(self) -> list[tuple[int, str | None, str | None]]:
        """Return point, hash of its resolved scenario, and its error, of all points looked at."""
        return self.base.execute("SELECT * FROM points ORDER BY point").fetchall()

    def settled(self, seed: int) -> set[str]:
        """Return the worlds (hashes of scenarios) that were lived under a seed, or failed."""
        query = "SELECT scenario FROM {} WHERE seed = ?"
        rows = [
            row
            for table in ("runs", "failures")
            for row in self.base.execute(query.format(table), (seed,))
        ]
        return {scenario for (scenario,) in rows}

    def count(self, table: str) -> int:
        """Return how many rows `runs`, `failures` or `points` has."""
        return self.base.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

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
            if not isinstance(error, sqlite3.OperationalError):
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
        OutputError: it is in use, or cannot be written.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError("--out", f"`{folder}` is a file", "a folder", "name another one")
    if folder.exists() and not (folder / FILE).exists() and contents(folder) - _OURS:
        raise InputError("--out", f"`{folder}` is no sweep", "", "name a new folder, or a sweep's")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_writable(folder)  # SQLite would not say why a file is refused
        with locked(folder, "sweep"), closing(_connect(folder / FILE)) as base:
            store = Store(folder, base)
            clean(folder)
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = FULL")
            if _is_empty(base):
                _found(store, design)
            else:
                check_is_for(store, design)
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
    """
    folder = Path(folder)
    if not os.path.isfile(folder / FILE):  # whatever the name, a sentence
        remedy = "`midnight sweep` makes one and names it at its end"
        raise InputError(str(folder), "is no sweep", f"a folder with a file {FILE}", remedy)
    with ExitStack() as opened:
        try:
            base = _look(folder / FILE)
        except sqlite3.DatabaseError:
            base = _look_at_copy(folder, opened)
        opened.enter_context(closing(base))
        store = Store(folder, base)
        _check_begun(store)
        yield store


def in_use(folder: Path) -> bool:
    """Return whether a process is writing to the store of a folder."""
    if not (folder / LOCK).exists():
        return False
    address = f"{(folder / LOCK).resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, timeout=0, uri=True)) as lock:
            lock.execute("SELECT * FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return False


def _reason(error: Exception) -> object:
    return getattr(error, "strerror", None) or error


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=20, isolation_level=None)


def _look(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", timeout=20, uri=True)
    try:
        base.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError:
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
        raise InputError(
            str(folder / FILE),
            f"cannot be read ({_reason(error)})",
            "the file of a sweep",
            "see that you may read it, and that TMPDIR names a folder with room for a copy",
        ) from None


def _is_empty(base: sqlite3.Connection) -> bool:
    return base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def _found(store: Store, design: Design) -> None:
    with store._transaction():
        for statement in filter(None, map(str.strip, _TABLES.split(";"))):
            store.base.execute(statement)
        store._note("version", model_version())
        store._note("plan", design.hash)
        store._note("design", design.as_json())


@contextmanager
def locked(folder: Path, what: str) -> Iterator[None]:
    """Hold the folder's lock, which the system takes back from a process that dies.

    Raises:
        OutputError: another process holds it.
    """
    with closing(sqlite3.connect(folder / LOCK, timeout=1, isolation_level=None)) as lock:
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


def _check_begun(store: Store) -> None:
    try:
        if store.about("version") is not None:
            return
    except sqlite3.DatabaseError:
        pass
    where, remedy = str(store.folder / FILE), "remove the folder, or name another one"
    raise InputError(where, "is no sweep, or one that never began", "", remedy)


def _check_version(store: Store) -> None:
    _check_begun(store)
    if (version := store.about("version")) != model_version():
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
