"""Files that are whole or not there, names that one process holds, and what killed ones left."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from sim.errors import OutputError

PREFIX = ".midnight-"
"""Begins the name of whatever is not finished."""
LOCK, NEW = ".lock", ".new"
_PART = re.compile(re.escape(PREFIX) + r"([0-9a-f]{8})-(\d+)-[0-9a-f]+\.part")
_LONGEST = 24 * 3600.0
"""Seconds after which nobody can still be writing a file."""
PATIENCE = 1.0
_own: set[str] = set()


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a file to write to; when it is whole and on the disk, it takes the name of `target`.

    Whatever happens, `target` is what it was or what it was to be. What a killed process has left
    beside it is removed.

    Raises:
        OSError: it cannot be written.
    """
    clean(target.parent)
    part = _part(target.parent)
    try:
        yield part
        sync(part)
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    finally:
        _own.discard(part.name)


def check_writable(folder: Path) -> None:
    """Make sure that a file can be written into a folder.

    Raises:
        OSError: it cannot.
    """
    part = _part(folder)
    try:
        part.touch()
        part.unlink()
    finally:
        _own.discard(part.name)


def _part(folder: Path) -> Path:
    name = f"{PREFIX}{_here()}-{os.getpid()}-{secrets.token_hex(4)}.part"
    _own.add(name)
    return folder / name


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk, where the system can tell.

    Raises:
        OSError: it cannot be written.
    """
    try:
        number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except PermissionError:  # a folder, on some systems
        return
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno in (errno.EIO, errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise
    finally:
        os.close(number)


def clean(folder: Path) -> None:
    """Remove what killed processes have left in a folder; what living ones write stays."""
    with suppress(OSError):
        for path in list(folder.glob(f"{PREFIX}*")):
            with suppress(OSError):
                if path.suffix == LOCK:
                    _clean_new(path)
                elif _is_dead(path):
                    path.unlink()


def _clean_new(lock: Path) -> None:
    number = _claim(lock, os.O_RDWR)
    if number is not None:
        try:
            shutil.rmtree(lock.with_suffix(NEW), ignore_errors=True)
            lock.unlink()
        finally:
            os.close(number)


def contents(folder: Path) -> set[str]:
    """Return the names in a folder, without what is not finished."""
    return {path.name for path in folder.iterdir() if not path.name.startswith(PREFIX)}


def _is_dead(part: Path) -> bool:
    """Return whether the process that was writing a file is surely gone."""
    if (found := _PART.fullmatch(part.name)) is None:
        return False
    if time.time() - part.stat().st_mtime > _LONGEST:
        return True
    where, process = found[1], int(found[2])
    if where != _here():
        return False
    if process == os.getpid():
        return part.name not in _own
    if os.name != "posix":  # where to ask for a process is to end it
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


@cache
def _here() -> str:
    """Return a mark of this machine, or of this container: where a process's number holds."""
    space = ""
    with suppress(OSError):
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    return hashlib.blake2b(f"{platform.node()} {space}".encode(), digest_size=4).hexdigest()


@contextmanager
def claimed(place: Path, name: str, patience: float = PATIENCE) -> Iterator[Path | None]:
    """Hold a name in a folder, and give a folder to write to that nobody else uses, or None.

    The system takes the name back from a process that dies. The folder given is new, and removed
    at the end if it is still there.

    Args:
        place: where the name is to stand.
        name: what another process may want too; None is given if one has it.
        patience: seconds to wait for it; who cleans up holds it for a moment.

    Raises:
        OSError: nothing can be written there.
    """
    clean(place)
    key = hashlib.blake2b(name.casefold().encode("utf-8", "surrogateescape"), digest_size=8)
    lock = place / f"{PREFIX}{key.hexdigest()}{LOCK}"
    try:
        number = _claim(lock, os.O_RDWR | os.O_CREAT, patience)
    except _NoLocksError:
        with _new(place / f"{PREFIX}{secrets.token_hex(8)}{NEW}") as folder:
            yield folder
        return
    if number is None:
        yield None
        return
    try:
        with _new(lock.with_suffix(NEW)) as folder:
            yield folder
    finally:
        with suppress(OSError):
            lock.unlink()
        os.close(number)


@contextmanager
def _new(folder: Path) -> Iterator[Path]:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _NoLocksError(Exception):
    """The file system has no locks."""


def _claim(lock: Path, how: int, patience: float = 0.0) -> int | None:
    """Return the number of an open file that holds a lock, or None if another process has it."""
    end = time.monotonic() + patience
    while True:
        number = os.open(lock, how | getattr(os, "O_CLOEXEC", 0), 0o644)
        try:
            if _take(number) and _is_at(number, lock):
                return number
        except BaseException:
            os.close(number)
            raise
        os.close(number)
        if time.monotonic() > end:
            return None
        time.sleep(0.05)


def _take(number: int) -> bool:
    try:
        import fcntl
    except ImportError:  # no such locks on this system: two runs into one name are not told apart
        raise _NoLocksError from None
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        raise _NoLocksError from None
    return True


def _is_at(number: int, path: Path) -> bool:
    """Return whether an open file still has its name: who let go of a lock removed it."""
    try:
        return os.path.samestat(os.fstat(number), os.stat(path))
    except FileNotFoundError:
        return False


def identity(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another one that takes its name, or None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def check_still_there(path: Path, known: tuple[int, int] | None) -> None:
    """Make sure that a file that is being written is still the one at its path.

    Args:
        path: of the file.
        known: its `identity` when it was opened.

    Raises:
        OutputError: it was removed, moved or replaced; what is written now is lost.
    """
    if identity(path) != known:
        raise OutputError(
            f"{path.parent}: was removed, moved or replaced during the work, and what was kept in "
            "it with it.\n  Put it back if you can, and give the same command again"
        )
