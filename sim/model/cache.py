"""Where compiled code is kept: a folder that can never serve yesterday's rule.

It is settled without Numba, by the process that starts others before it does.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from functools import cache
from importlib import metadata
from pathlib import Path

import platformdirs

from sim.chart.registry import digest as own_declarations
from sim.errors import OutputError

HANDED = "MIDNIGHT_COMPILED"
"""Names a temporary folder to the processes that are started by the one that made it."""
ROOM = 8_000_000
"""Bytes that compiled code may take."""


@cache
def folder() -> Path:
    """Return the folder; it may have to be made.

    It is named after the sources of the model and the versions that compile them. Numba looks only
    at the file of the outermost function, so a changed mechanism in another file would go
    unnoticed; a folder a version of the whole package is the cure.

    Raises:
        OutputError: there is no room for one anywhere.
    """
    version = f"{metadata.version('numba')} {sys.version}"
    digest = hashlib.blake2b(version.encode(), digest_size=8)
    digest.update(_sources().encode() + own_declarations().encode())
    name = f"compiled-{digest.hexdigest()}"
    handed = os.environ.get(HANDED)
    if handed and Path(handed).is_dir():
        return Path(handed, name)
    root = os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_dir("midnight")
    if _can_be_written(Path(root, name)):
        return Path(root, name)
    # Never a guessable name in a shared folder: Numba unpickles what it finds in its cache.
    try:
        made = Path(tempfile.mkdtemp(prefix="midnight-compiled-"))
    except OSError as error:
        raise OutputError(
            f"{root}: compiled code cannot be kept there, nor in a temporary folder "
            f"({error.strerror}).\n  Make room, or name a folder in NUMBA_CACHE_DIR"
        ) from None
    os.environ[HANDED] = str(made)
    atexit.register(_remove, made, os.getpid())
    return made / name


def is_empty() -> bool:
    """Return whether the weekly loop has still to be compiled."""
    return not any(folder().rglob("*run_weeks*.nbi"))


def _sources() -> str:
    """Return a digest (16 hex digits) of what is compiled."""
    digest = hashlib.blake2b(digest_size=8)
    sim = Path(__file__).parents[1]
    for source in sorted(
        (*sim.glob("elementary.py"), *sim.glob("model/*.py"), *sim.glob("chart/*.py"))
    ):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _can_be_written(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
        needs = 1 if any(place.iterdir()) else ROOM
        with tempfile.TemporaryFile(dir=place) as trial:
            trial.write(bytes(needs))
    except OSError:
        return False
    return True


def _remove(made: Path, process: int) -> None:
    if os.getpid() == process:  # and not a forked child of it
        shutil.rmtree(made, ignore_errors=True)
