"""The rows of a store, each with a hash, and what is said when one is not what was kept."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

from sim.errors import InputError
from sim.experiment.design import Design
from sim.experiment.jobs import Run, unpack

TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE spare (name TEXT PRIMARY KEY, value TEXT NOT NULL, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE points (point INTEGER PRIMARY KEY, scenario TEXT, error TEXT, hash TEXT NOT NULL);
CREATE TABLE runs (
    key TEXT PRIMARY KEY, scenario TEXT NOT NULL, seed INTEGER NOT NULL, summary TEXT NOT NULL,
    series BLOB, seconds REAL NOT NULL, series_hash TEXT, hash TEXT NOT NULL
);
CREATE UNIQUE INDEX runs_by_seed ON runs (seed, scenario);
CREATE TABLE failures (
    scenario TEXT NOT NULL, seed INTEGER NOT NULL, error TEXT NOT NULL, hash TEXT NOT NULL,
    PRIMARY KEY (scenario, seed)
) WITHOUT ROWID;
"""
COLUMNS = {
    "about": ("name", "value", "hash"),
    "spare": ("name", "value", "hash"),
    "points": ("point", "scenario", "error", "hash"),
    "runs": (
        *("key", "scenario", "seed", "summary", "series", "seconds"),
        *("series_hash", "hash"),
    ),
    "failures": ("scenario", "seed", "error", "hash"),
}
FORMER = {
    "about": COLUMNS["about"][:2],
    "points": COLUMNS["points"][:3],
    "runs": COLUMNS["runs"][:6],
    "failures": COLUMNS["failures"][:3],
}
"""The columns of stores made before rows had hashes."""
COUNTED = ("points", "runs", "failures")
_CHECKED = "key, scenario, seed, summary, series_hash, hash"
_DAMAGE = {1, 11, 17, 18, 20, 24, 26}
"""Codes of SQLite: no such table, corrupt, schema, too big, mismatch, format, not a database."""
_SHORT_READ = 522


class DamagedError(InputError):
    """A store is damaged: says what can be recovered of it, and how."""


class Damage(Exception):  # noqa: N818 -- never reaches a user
    """What is wrong with a store; whoever opened it makes a message of it."""


TROUBLE = (Damage, sqlite3.DatabaseError, UnicodeDecodeError)
"""What reading a store may raise; the last where SQLite would say what is wrong in broken text."""


def is_damage(error: Exception) -> bool:
    """Return whether an error of SQLite means that the file is damaged, not that it is in use."""
    if isinstance(error, (Damage, UnicodeDecodeError)):
        return True
    if not isinstance(error, sqlite3.DatabaseError) or isinstance(
        error, (sqlite3.ProgrammingError, sqlite3.IntegrityError)
    ):
        return False
    code = getattr(error, "sqlite_errorcode", None)  # None: a text that is not UTF-8
    return code is None or code == _SHORT_READ or code & 0xFF in _DAMAGE


def hash_of(*values: Any) -> str:
    """Return a hash (16 hex digits) of the values of a row.

    Raises:
        TypeError: one is of a type that no row has.
    """
    return hashlib.sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()[:16]


def hash_of_series(packed: bytes | None) -> str | None:
    """Return a hash (16 hex digits) of a packed series, None for none."""
    return None if packed is None else hashlib.sha256(packed).hexdigest()[:16]


def key_of(scenario: str, seed: int, version: str) -> str:
    """Return the key of a run: a hash of the resolved scenario's hash, seed and version."""
    return hashlib.sha256(f"{scenario} {seed} {version}".encode()).hexdigest()[:32]


def row_of(run: Run, version: str) -> tuple[Any, ...]:
    """Return the row of a run."""
    key = key_of(run.scenario, run.seed, version)
    summary = json.dumps(run.summary, separators=(",", ":"))
    digest = hash_of_series(run.series)
    bound = hash_of(key, run.scenario, run.seed, summary, digest)
    return key, run.scenario, run.seed, summary, run.series, run.seconds, digest, bound


def check(hashed: Any, *values: Any) -> None:
    """Check that values have the hash that was kept with them.

    Raises:
        Damage: they have another.
    """
    try:
        if hash_of(*values) == hashed:
            return
    except (TypeError, ValueError):
        pass
    raise Damage("a row is not what was written")


def check_order(keys: list[Any]) -> None:
    """Check that keys come in their order, each once: a page may have come in another's place.

    Raises:
        Damage: they do not.
    """
    if any(one >= other for one, other in pairwise(keys)):
        raise Damage("rows are there twice, or in another order")


def check_run(row: tuple[Any, ...], version: str) -> tuple[str, int, str]:
    """Return scenario, seed and summary of a row: key, scenario, seed, summary, two hashes.

    Raises:
        Damage: the row is not what was kept.
    """
    key, scenario, seed, summary, series_hash, hashed = row
    check(hashed, key, scenario, seed, summary, series_hash)
    if key != key_of(scenario, seed, version):
        raise Damage("a run is not the one that its key names")
    return scenario, seed, summary


def check_series(packed: Any, hashed: Any) -> bytes | None:
    """Return a packed series that has its hash.

    Raises:
        Damage: it is not what was kept.
    """
    if not isinstance(packed, (bytes, type(None))) or hash_of_series(packed) != hashed:
        raise Damage("a weekly series is not what was written")
    return packed


def unpacked(packed: bytes, weeks: int | None = None) -> Any:
    """Return weekly counts, (n_weeks + 1, n_counts).

    Raises:
        Damage: they are none, or of another calendar than one of so many weeks.
    """
    try:
        found = unpack(packed)
    except ValueError as error:
        raise Damage(str(error)) from None
    if weeks is not None and len(found) != weeks + 1:
        raise Damage(f"a weekly series has {len(found)} weeks, and its calendar {weeks + 1}")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(constant)


_JSON = json.JSONDecoder(parse_constant=_refuse)


def parse_fact(text: Any) -> Any:
    """Return a fact about a sweep from its JSON.

    Raises:
        Damage: it is none.
    """
    try:
        return _JSON.decode(text)
    except (TypeError, ValueError, RecursionError):
        raise Damage("a fact about the sweep is no JSON") from None


def parse_summary(text: Any) -> dict[str, float | int | None]:
    """Return the summaries of a run: finite numbers, or None.

    Raises:
        Damage: they are something else.
    """
    try:
        found = _JSON.decode(text)
        if isinstance(found, dict) and found and all(map(_is_number, found.values())):
            return found
    except (TypeError, ValueError, RecursionError, OverflowError):
        pass
    raise Damage("the summary of a run is no table of numbers")


def _is_number(value: Any) -> bool:
    return value is None or (type(value) in (int, float) and math.isfinite(value))


class Rows:
    """What a store holds, checked as it is read.

    Args:
        base: of a store with these tables.
    """

    def __init__(self, base: sqlite3.Connection) -> None:
        self.base = base

    def about(self, name: str) -> Any:
        """Return a fact about the sweep, or None.

        Raises:
            Damage: it is not what was written.
        """
        query = "SELECT value, hash FROM about WHERE name = ?"
        row = self.base.execute(query, (name,)).fetchone()
        if row is None:
            return None
        check(row[1], name, row[0])
        return parse_fact(row[0])

    @cached_property
    def version(self) -> str:
        """The version of the model that every run is of."""
        return self.about("version")

    @property
    def kept(self) -> dict[str, int]:
        """How many rows each table has to have."""
        kept = self.about("kept")
        if isinstance(kept, dict) and all(type(kept.get(table)) is int for table in COUNTED):
            return kept
        raise Damage("it does not say how much was kept")

    @property
    def design(self) -> Design:
        """The design that the folder was made for."""
        return design_from(self.about("design"), self.about("plan"))

    def count(self, table: str) -> int:
        """Return how many rows `runs`, `failures` or `points` has."""
        return self.base.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def points(self) -> list[tuple[int, str | None, str | None]]:
        """Return point, hash of its resolved scenario, and its error, of all points looked at.

        Raises:
            Damage: they are not what was kept.
        """
        rows = self.base.execute("SELECT * FROM points ORDER BY point").fetchall()
        for *values, hashed in rows:
            check(hashed, *values)
        check_order([point for point, *_ in rows])
        self._check_count("points", len(rows))
        return [row[:3] for row in rows]

    def runs(self) -> Iterator[tuple[str, int, dict[str, float | int | None]]]:
        """Yield scenario, seed and summaries of every run.

        Raises:
            Damage: they are not what was kept.
        """
        for _, scenario, seed, summary in self._checked():
            yield scenario, seed, parse_summary(summary)

    def places(self) -> dict[tuple[str, int], int]:
        """Return where the run of each scenario and seed stands, for `series`.

        Raises:
            Damage: they are not what was kept.
        """
        return {(scenario, seed): rowid for rowid, scenario, seed, _ in self._checked()}

    def series(self, rowid: int) -> bytes | None:
        """Return the packed series of the run that stands there, or None.

        Raises:
            Damage: it is not what was kept.
        """
        query = f"SELECT {_CHECKED}, series FROM runs WHERE rowid = ?"
        row = self.base.execute(query, (rowid,)).fetchone()
        if row is None:
            raise Damage("a run cannot be found")
        *checked, series = row
        check_run(tuple(checked), self.version)
        return check_series(series, row[4])

    def failures(self) -> list[tuple[str, int, str]]:
        """Return scenario, seed and error of every run that failed.

        Raises:
            Damage: they are not what was kept.
        """
        rows = self.base.execute("SELECT * FROM failures ORDER BY scenario, seed").fetchall()
        for *values, hashed in rows:
            check(hashed, *values)
        check_order([row[:2] for row in rows])
        self._check_count("failures", len(rows))
        return [row[:3] for row in rows]

    def _checked(self) -> Iterator[tuple[int, str, int, str]]:
        """Yield rowid, scenario, seed and summary of every run."""
        for rowid, *row in self._scan(_CHECKED):
            yield rowid, *check_run(tuple(row), self.version)

    def _scan(self, columns: str) -> Iterator[tuple[Any, ...]]:
        """Yield rowid and columns of every run, found by no index: that may be damaged alone."""
        n, last = 0, -1
        query = f"SELECT rowid, {columns} FROM runs NOT INDEXED ORDER BY rowid"
        for row in self.base.execute(query):
            check_order([last, last := row[0]])
            yield row
            n += 1
        self._check_count("runs", n)

    def _check_count(self, table: str, n: int) -> None:
        if n != (kept := self.kept[table]):
            raise Damage(f"{n:,} {table} where {kept:,} were kept")

    def check_counts(self) -> None:
        """Check that each table has as many rows as were kept.

        Raises:
            Damage: one has not.
        """
        for table in COUNTED:
            self._check_count(table, self.count(table))

    def check(self, thorough: bool = False) -> None:
        """Check every row, and what SQLite itself knows of the file.

        Args:
            thorough: whether to unpack every series as well.

        Raises:
            Damage: something is not what was kept.
            sqlite3.DatabaseError: the file cannot be read.
        """
        said = self.base.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if said != "ok":
            raise Damage(said.splitlines()[-1])
        self.check_counts()
        self.points()
        self.failures()
        for _, *row, series in self._scan(f"{_CHECKED}, series"):
            *_, summary = check_run(tuple(row), self.version)
            parse_summary(summary)
            if check_series(series, row[4]) is not None and thorough:
                unpacked(series)
        if self.design is None:
            raise Damage("it does not say what it was made for")


def columns_of(base: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """Return the columns of every table of a store."""
    names = base.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    query = "SELECT name FROM pragma_table_info(?)"
    return {
        table: tuple(column for (column,) in base.execute(query, (table,))) for (table,) in names
    }


def design_from(content: Any, plan: str) -> Design:
    """Return the design whose JSON and hash were kept.

    Raises:
        Damage: the JSON is none of a design, or of another.
    """
    try:
        text = json.dumps(content["plan"], sort_keys=True, separators=(",", ":"))
        if hashlib.sha256(text.encode()).hexdigest()[:16] == plan:
            return Design.from_json(content)
    except (KeyError, TypeError, ValueError, InputError):
        pass
    raise Damage("the design is not the one that was kept")
