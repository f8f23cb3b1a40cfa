"""What was asked of the worlds and what they said, batch by batch, so that no answer is lost.

A sampler that is started again asks the same questions in the same order; it is answered from the
journal up to where it was stopped, and so ends exactly as if it had never been.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from sim.errors import InputError, OutputError
from sim.experiment.files import check_still_there, clean, identity
from sim.experiment.store import locked

FILE = "calls.sqlite"
_TABLES = (
    "CREATE TABLE IF NOT EXISTS about (digest TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS batches "
    "(number INTEGER PRIMARY KEY, points TEXT NOT NULL, shape TEXT NOT NULL, found BLOB NOT NULL)",
)


class Journal:
    """An open journal; `keeping` opens one."""

    def __init__(self, base: sqlite3.Connection, folder: Path) -> None:
        self.base, self.folder, self.number = base, folder, 0
        self.identity = identity(folder / FILE)

    def recall(self, points: np.ndarray) -> np.ndarray | None:
        """Return what was found at the points of the next batch, or None if nobody knows."""
        query = "SELECT points, shape, found FROM batches WHERE number = ?"
        row = self.base.execute(query, (self.number,)).fetchone()
        if row is None or row[0] != _hash(points):
            return None
        self.number += 1
        shape = tuple(int(n) for n in row[1].split())
        return np.frombuffer(row[2]).reshape(shape)

    def keep(self, points: np.ndarray, found: np.ndarray) -> None:
        """Keep what was found at the points of the next batch, and forget what came after it.

        Raises:
            OutputError: the disk is full, and everything before is safe; or the folder is gone.
        """
        shape = " ".join(str(n) for n in found.shape)
        row = (self.number, _hash(points), shape, np.ascontiguousarray(found, float).tobytes())
        try:
            self.base.execute("BEGIN IMMEDIATE")
            self.base.execute("DELETE FROM batches WHERE number >= ?", (self.number,))
            self.base.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", row)
            check_still_there(self.folder / FILE, self.identity)
            self.base.execute("COMMIT")
        except sqlite3.OperationalError as error:
            if self.base.in_transaction:
                self.base.rollback()
            check_still_there(self.folder / FILE, self.identity)
            raise OutputError(
                f"{self.folder}: cannot be written ({error}); every world lived so far is safe.\n"
                "  Make room on the disk and give the same command again"
            ) from None
        self.number += 1


@contextmanager
def keeping(folder: Path, digest: str) -> Iterator[Journal]:
    """Open the journal of a folder, for this process alone; it is made if it is missing.

    Args:
        folder: where the result will lie.
        digest: of the problem and the sampler's settings.

    Raises:
        InputError: the journal is that of another problem, or of another version of the model.
        OutputError: it is in use, or cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder, "calibration"), closing(_open(folder / FILE)) as base:
            _check(base, folder, digest)
            clean(folder)
            yield Journal(base, folder)
    except (sqlite3.DatabaseError, OSError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OutputError(
            f"{folder}: cannot be written ({reason}).\n"
            "  Make room, or name a folder that you may write to with --out"
        ) from None


def _open(file: Path) -> sqlite3.Connection:
    base = sqlite3.connect(file, timeout=20, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    for statement in _TABLES:
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
