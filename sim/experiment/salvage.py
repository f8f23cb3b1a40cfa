"""What can be read of a damaged store: every row that is whole, whatever is beside it.

The tables are read in their order as far as that goes, then row by row. Where SQLite cannot even
find the tables, the first page of the file is replaced by that of a new store: the tables of all
stores begin on the same pages.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.experiment.design import Design
from sim.experiment.jobs import Run
from sim.experiment.rows import (
    COLUMNS,
    FORMER,
    TABLES,
    Damage,
    Rows,
    check,
    check_run,
    check_series,
    columns_of,
    design_from,
    key_of,
    parse_fact,
    parse_summary,
    unpacked,
)
from sim.model.version import model_version

FILE = "sweep.sqlite"
_ROW_BYTES = 100
"""A run takes more than this; how many can there be if nothing else tells?"""
_UNREADABLE = (sqlite3.Error, Damage, MemoryError, OverflowError, ValueError)


class Remains(Rows):
    """What is left of a store.

    Attributes:
        whole_design: or None, if it is lost.
        version: of the model; this one's if the store no longer says.
        former: whether it was made before rows had hashes.
        had: how many runs it had, or None.
    """

    whole_design: Design | None = None
    version: str = ""

    def __init__(self, base: sqlite3.Connection, most: int) -> None:
        super().__init__(base)
        self.former = False
        with suppress(*_UNREADABLE):
            self.former = columns_of(base) == FORMER
        facts = {name: self._fact(name) for name in ("version", "plan", "design", "kept")}
        self.version = facts["version"] if isinstance(facts["version"], str) else model_version()
        self.whole_design = _design(facts["design"], facts["plan"])
        self.had: int | None = None
        with suppress(*_UNREADABLE, TypeError, KeyError):
            self.had = int(facts["kept"]["runs"])
        asked = self.whole_design and len(self.whole_design.points) * len(self.whole_design.seeds)
        self.most = max(asked or most, self.had or 0)

    def _fact(self, name: str) -> Any:
        """Return a fact, from wherever it is whole."""
        for table in ("about", "spare"):
            with suppress(*_UNREADABLE):
                query = f"SELECT * FROM {table} WHERE name = ?"
                row = self.base.execute(query, (name,)).fetchone()
                if row and not self.former:
                    check(row[2], *row[:2])
                if row and row[0] == name:
                    return parse_fact(row[1])
        return None

    def whole_points(self) -> Iterator[tuple[int, str | None, str]]:
        """Yield the points whose rows are whole."""
        most = len(self.whole_design.points) if self.whole_design else 0
        for _, row in self._rows("points", most):
            with suppress(*_UNREADABLE):
                if not self.former:
                    check(row[3], *row[:3])
                if _is_point(row[:3], most):
                    yield row[:3]

    def whole_runs(self) -> Iterator[Run]:
        """Yield the runs whose rows are whole, each once."""
        seen = set()
        for _, row in self._rows("runs", self.most):
            with suppress(*_UNREADABLE):
                run = self._former_run(row) if self.former else self._run(row)
                if (run.scenario, run.seed) not in seen:
                    seen.add((run.scenario, run.seed))
                    yield run

    def whole_failures(self) -> Iterator[tuple[str, int, str]]:
        """Yield the failures whose rows are whole, each once."""
        seen = set()
        for order in ("ASC", "DESC"):
            query = f"SELECT * FROM failures ORDER BY scenario {order}, seed {order}"
            with suppress(*_UNREADABLE):
                for row in self.base.execute(query):
                    if not self.former:
                        check(row[3], *row[:3])
                    if row[:2] not in seen and list(map(type, row[:3])) == [str, int, str]:
                        seen.add(row[:2])
                        yield row[:3]

    def _run(self, row: tuple[Any, ...]) -> Run:
        key, scenario, seed, text, series, seconds, series_hash, hashed = row
        check_run((key, scenario, seed, text, series_hash, hashed), self.version)
        if check_series(series, series_hash) is not None:
            unpacked(series)
        return Run(scenario, seed, parse_summary(text), series, _seconds(seconds))

    def _former_run(self, row: tuple[Any, ...]) -> Run:
        key, scenario, seed, text, series, seconds = row
        if list(map(type, (scenario, seed))) != [str, int] or key != key_of(
            scenario, seed, self.version
        ):
            raise Damage("a run is not the one that its key names")
        if series is not None:
            unpacked(series)
        return Run(scenario, seed, parse_summary(text), series, _seconds(seconds))

    def _rows(self, table: str, most: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yield rowid and columns of every row that can be read."""
        columns = ", ".join((FORMER if self.former else COLUMNS)[table])
        query, last = f"SELECT rowid, {columns} FROM {table} NOT INDEXED", -1
        with suppress(*_UNREADABLE):
            for rowid, *row in self.base.execute(f"{query} ORDER BY rowid"):
                if rowid <= last:
                    break
                last = rowid
                yield rowid, tuple(row)
        for number in range(last + 1, most + 1):
            with suppress(*_UNREADABLE):
                found = self.base.execute(f"{query} WHERE rowid = ?", (number,)).fetchone()
                if found is not None:
                    yield number, found[1:]


def _is_point(row: tuple[Any, ...], most: int) -> bool:
    point, scenario, error = row
    known = isinstance(scenario, str) or (scenario is None and isinstance(error, str) and error)
    return 0 <= point < most and bool(known)


def _seconds(value: Any) -> float:
    return value if isinstance(value, float) and 0 <= value < 1e9 else 0.0


def _design(content: Any, plan: Any) -> Design | None:
    with suppress(*_UNREADABLE):
        return design_from(content, plan)
    return None


@contextmanager
def remains(folder: Path, beside: Path | None = None) -> Iterator[Remains]:
    """Open what can be read of a store; a copy is read, and the store itself is left alone.

    Args:
        folder: of the sweep.
        beside: where the copy is made; else among the temporary files.

    Raises:
        OSError: there is no room for the copy, or the store may not be read.
    """
    with ExitStack() as opened:
        spare = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="copy-", dir=beside)))
        for name in (FILE, f"{FILE}-wal"):
            if (folder / name).exists():
                shutil.copyfile(folder / name, spare / name)
        found = opened.enter_context(_opened(spare / FILE))
        if found.whole_design is None:
            new_head = opened.enter_context(_opened(_with_new_head(spare / FILE)))
            found = new_head if new_head.whole_design is not None else found
        yield found


@contextmanager
def _opened(file: Path) -> Iterator[Remains]:
    with closing(sqlite3.connect(file, isolation_level=None)) as base:
        yield Remains(base, file.stat().st_size // _ROW_BYTES)


def _with_new_head(file: Path) -> Path:
    """Return a copy of a store with the first page of a new one."""
    new, copy = file.with_name("new.sqlite"), file.with_name("head.sqlite")
    with closing(sqlite3.connect(new)) as base:
        base.executescript(f"BEGIN; {TABLES} COMMIT;")
        size = base.execute("PRAGMA page_size").fetchone()[0]
    shutil.copyfile(file, copy)
    head = bytearray(new.read_bytes()[:size])
    head[28:32] = (file.stat().st_size // size).to_bytes(4, "big")  # pages
    wal = file.with_name(f"{file.name}-wal")
    if wal.exists():
        head[18:20] = b"\x02\x02"  # or it would not be read
        shutil.copyfile(wal, copy.with_name(f"{copy.name}-wal"))
    with copy.open("r+b") as changed:
        changed.write(head)
    return copy


def recoverable(folder: Path) -> str:
    """Return how much of a damaged store can be recovered, and how; empty if nothing can."""
    try:
        with remains(folder) as found:
            n = sum(1 for _ in found.whole_runs())
            if found.whole_design is None:
                return f"{lost(n)}: give the command that made it, with a new folder" if n else ""
            of = f"{n:,} runs can be recovered"
            if found.had is not None:
                of = f"{n:,} of {found.had:,} runs can be recovered"
    except OSError as error:
        of = f"no room for a copy to see how much is whole ({error.strerror or error})"
    return f"{of}: `midnight repair {folder}` keeps what is whole and runs the rest again"


def lost(runs: int) -> str:
    """Return what is said where the design is lost."""
    return f"its design is lost, so its {runs:,} whole runs are of no use"
