"""What was asked of the worlds and what they said, batch by batch, so that no answer is lost.

A sampler that is started again asks the same questions in the same order; it is answered from the
journal up to where it was stopped, and so ends exactly as if it had never been.
"""

from __future__ import annotations

import hashlib
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from sim.errors import InputError, OutputError
from sim.experiment.store import locked
from sim.writing import check_still_there, clean, identity

FILE = "calls.sqlite"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS about (digest TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS batches "
    "(number INTEGER PRIMARY KEY, points TEXT NOT NULL, shape TEXT NOT NULL, found BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS checksums (number INTEGER PRIMARY KEY, checksum TEXT NOT NULL)",
)
_WRITING = ("full", "readonly", "locked", "busy", "unable to open", "disk I/O")
"""Words of SQLite for what is no damage."""
_REMEDY = "remove it and give the command again; it then begins anew"


class Journal:
    """An open journal; `keeping` opens one."""

    def __init__(self, base: sqlite3.Connection, folder: Path, tell: Callable[[str], None]) -> None:
        self.base, self.folder, self.tell, self.number = base, folder, tell, 0
        self.identity = identity(folder / FILE)
        self.again = self.told = False

    def recall(self, points: np.ndarray) -> np.ndarray | None:
        """Return what was found at the points of the next batch, or None if nobody knows.

        A damaged batch is told, and as good as none.

        Raises:
            InputError: the whole file is damaged.
        """
        query = (
            "SELECT points, shape, found, checksum FROM batches LEFT JOIN checksums USING (number) "
            "WHERE number = ?"
        )
        try:
            with _text():
                row = self.base.execute(query, (self.number,)).fetchone()
        except sqlite3.DatabaseError as error:
            raise _damaged(self.folder, error) from None
        if row is None:
            return None
        try:
            known, shape, kept, checksum = row
            found = _whole(known, shape, kept, checksum, points)
        except (ValueError, TypeError, AttributeError):
            self.again = True
            if not self.told:
                self.tell(
                    f"{self.folder / FILE}: batch {self.number + 1} is damaged, or of another "
                    "version of the sampler; it is computed again, and so is any other like it"
                )
            self.told = True
            return None
        self.number += 1
        return found

    def keep(self, points: np.ndarray, found: np.ndarray) -> None:
        """Keep what was found at the points of the next batch, and forget what came after it.

        What comes after a damaged one is kept: its points tell whether it still fits.

        Raises:
            OutputError: the disk is full, and everything before is safe; or the folder is gone.
        """
        shape = " ".join(str(n) for n in found.shape)
        row = (self.number, _hash(points), shape, np.ascontiguousarray(found, float).tobytes())
        try:
            with _text():
                self.base.execute("BEGIN IMMEDIATE")
            if not self.again:
                for table in ("batches", "checksums"):
                    query = f"DELETE FROM {table} WHERE number >= ?"
                    self.base.execute(query, (self.number,))
            self.base.execute("INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?)", row)
            self.base.execute(
                "INSERT OR REPLACE INTO checksums VALUES (?, ?)", (self.number, _checksum(*row[2:]))
            )
            check_still_there(self.folder / FILE, self.identity)
            self.base.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self.base.in_transaction:
                self.base.rollback()
            check_still_there(self.folder / FILE, self.identity)
            raise OutputError(
                f"{self.folder}: cannot be written ({error}); every simulation so far is saved.\n"
                "  Make room on the disk and give the same command again"
            ) from None
        except sqlite3.DatabaseError as error:
            raise _damaged(self.folder, error) from None
        self.number, self.again = self.number + 1, False


def _complain(line: str) -> None:
    print(f"midnight: {line}", file=sys.stderr)


@contextmanager
def _text() -> Iterator[None]:
    """Make of bytes that are no text, in messages of SQLite even, the damage that they are."""
    try:
        yield
    except UnicodeError:
        raise sqlite3.DatabaseError("it holds bytes that are no text") from None


def _damaged(folder: Path, error: Exception) -> InputError:
    got = f"is damaged ({error})"
    return InputError(str(folder / FILE), got, "the journal of a calibration", _REMEDY)


def _whole(
    known: str, shape: str, found: bytes, checksum: str | None, points: np.ndarray
) -> np.ndarray:
    """Return what a batch holds; ValueError, TypeError or AttributeError if it is damaged.

    Journals that were begun before there were checksums have none.
    """
    sizes = tuple(int(size) for size in shape.split())
    if known != _hash(points) or len(sizes) != 2 or sizes[0] != len(points):
        raise ValueError
    if checksum not in (None, _checksum(shape, found)):
        raise ValueError
    return np.frombuffer(found).reshape(sizes)


def _checksum(shape: str, found: bytes) -> str:
    return hashlib.sha256(shape.encode() + b"\n" + found).hexdigest()[:32]


@contextmanager
def keeping(
    folder: Path, digest: str, tell: Callable[[str], None] = _complain
) -> Iterator[Journal]:
    """Open the journal of a folder, for this process alone; it is made if it is missing.

    Args:
        folder: where the result will lie.
        digest: of the problem and the sampler's settings.
        tell: called with a line when a batch is damaged.

    Raises:
        InputError: the journal is damaged, that of another problem, or of another version of the
            model.
        OutputError: it is in use, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder, "calibration"), closing(_open(folder / FILE)) as base:
            with _text():
                _check(base, folder, digest)
            clean(folder)
            yield Journal(base, folder, tell)
    except (sqlite3.OperationalError, OSError) as error:
        if isinstance(error, sqlite3.OperationalError) and not any(
            words in str(error) for words in _WRITING
        ):
            raise _damaged(folder, error) from None
        reason = getattr(error, "strerror", None) or error
        raise OutputError(
            f"{folder}: cannot be written ({reason}).\n"
            "  Make room, or name a folder that you may write to with --out"
        ) from None
    except sqlite3.DatabaseError as error:
        raise _damaged(folder, error) from None


def _open(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(file, timeout=20, isolation_level=None)
    with _text():
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", *_TABLES):
            base.execute(statement)
    return base


def _check(base: sqlite3.Connection, folder: Path, digest: str) -> None:
    row = base.execute("SELECT digest FROM about").fetchone()
    if row is None:
        base.execute("INSERT INTO about VALUES (?)", (digest,))
    elif row[0] != digest:
        raise InputError(
            str(folder),
            "holds a calibration that was begun with another scenario, evidence, setting or version"
            " of the model",
            "one calibration a folder",
            "name a new folder with --out, or repeat the command that made this one",
        )


def _hash(points: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(points, float).tobytes()).hexdigest()[:32]
