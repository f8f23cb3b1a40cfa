"""Folders of results: names that one process holds, and what is written into them."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InputError, OutputError, printable
from sim.writing import PATIENCE, claimed, clean, contents, replacing, sync

if TYPE_CHECKING:
    import pandas as pd

LAST = "provenance.json"
"""Written when all else is there."""


class New(NamedTuple):
    """A new folder: the name it will have, and where to write until it is complete."""

    target: Path
    folder: Path


def check_place(folder: Path) -> None:
    """Make sure that a folder, or a file, can have this name.

    Raises:
        InputError: it is too long, or the folder in which the command was given is gone.
    """
    try:
        folder.stat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            got = f"`{printable(str(folder), 60)}` is too long for a name"
            raise InputError("--out", got, "", "name a shorter one") from None
    if not folder.is_absolute():
        try:
            Path.cwd()
        except OSError:
            raise OutputError(
                f"{folder}: cannot be written, for the folder you are in was removed.\n"
                "  Go to another folder, or name a whole path with --out"
            ) from None


@contextmanager
def new_folder(folder: Path, numbered: bool = False) -> Iterator[New]:
    """Hold a name for a folder, and give a folder to write to that takes it when all is in it.

    A folder that is there and empty is filled instead, its `provenance.json` last.

    Args:
        folder: the name.
        numbered: whether to take the first of NAME, NAME-2, ... that is free.

    Raises:
        InputError: a folder of that name has something in it, or is a file.
        OutputError: another process has the name, or it cannot be written; whatever was there is
            untouched.
    """
    check_place(folder)
    if not folder.name or folder.resolve() == Path.cwd():
        raise InputError("--out", f"`{folder}` is where you are", "", "name a new folder")
    names = _numbered(folder) if numbered else iter([folder])
    with _no_empty(folder.parent):
        for target in names:
            if numbered and os.path.lexists(target):
                continue
            with _claimed(target, 0.0 if numbered else PATIENCE) as partial:
                if partial is None or (numbered and os.path.lexists(target)):
                    continue
                check_free(target)  # it may have come to be while we waited
                yield from _filled(New(target, partial))
                return
    raise _taken(folder)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder, new or begun, for this process alone.

    Raises:
        InputError: it is a file.
        OutputError: another process has it, or it cannot be written.
    """
    check_place(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError("--out", f"`{folder}` is a file", "a folder", "name another one")
    with _no_empty(folder), told(folder), ExitStack() as opened:
        folder.mkdir(parents=True, exist_ok=True)
        if opened.enter_context(claimed(folder, ".")) is None:
            raise _taken(folder)
        yield


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn an error of writing into a folder that is kept as it is into a sentence.

    Raises:
        OutputError: there was one.
    """
    try:
        yield
    except OSError as error:
        if not folder.exists():
            raise OutputError(f"{folder}: was removed or moved during the work") from None
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror or error}); what was finished before is "
            "kept.\n  Make room on the disk, or make it writable, and give the same command again"
        ) from None


@contextmanager
def _no_empty(folder: Path) -> Iterator[None]:
    """Remove folders that were made on the way to this one, and it, if nothing came into them."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        yield
    finally:
        for each in missing:
            with suppress(OSError):
                each.rmdir()


def _taken(folder: Path) -> OutputError:
    return OutputError(
        f"{folder}: another process is writing to this folder.\n"
        "  Wait for it, or name another folder with --out"
    )


def check_free(folder: Path) -> None:
    """Make sure that a folder is not there, or empty.

    Raises:
        InputError: it has something in it, or is a file.
    """
    if folder.is_dir():
        clean(folder)
    if folder.exists() and (not folder.is_dir() or contents(folder)):
        raise InputError(
            "--out", f"`{folder}` exists", "", "name a new folder; results are never overwritten"
        )


def _is_fixed(folder: Path) -> bool:
    """Return whether a folder is there that no other one can take the place of: a disk, say."""
    if not folder.is_dir():
        return False
    return folder.is_mount() or folder.is_symlink() or not os.access(folder.parent, os.W_OK)


def _numbered(folder: Path) -> Iterator[Path]:
    yield folder
    for n in count(2):
        yield folder.with_name(f"{folder.name}-{n}")


@contextmanager
def _claimed(target: Path, patience: float) -> Iterator[Path | None]:
    """Give the folder to write to, or None if another process has the name."""
    check_free(target)
    place = target if _is_fixed(target) else target.parent
    with ExitStack() as opened:
        try:
            place.mkdir(parents=True, exist_ok=True)
            partial = opened.enter_context(claimed(place, target.name, patience))
        except OSError as error:
            raise OutputError(f"{target}: cannot be written ({error.strerror})") from None
        yield partial


def _filled(new: New) -> Iterator[New]:
    try:
        yield new
        if new.folder.parent == new.target:  # which cannot be renamed to
            files = sorted(new.folder.iterdir(), key=lambda file: (file.name == LAST, file.name))
            for file in files:
                file.rename(new.target / file.name)
        else:
            sync(new.folder)
            if new.target.exists():
                new.target.rmdir()
            new.folder.rename(new.target)
        sync(new.folder.parent)
    except OSError as error:
        saved = _save(new.folder, new.target)
        raise OutputError(
            f"{new.target}: could not be written ({error.strerror or error}); "
            + (f"what was finished lies in {saved}" if saved else "nothing else is touched")
        ) from None


def _save(partial: Path, folder: Path) -> Path | None:
    """Keep what was written before the disk was full, under a name that says so."""
    with suppress(OSError):
        if any(partial.iterdir()):
            for kept in _numbered(partial.with_name(f"{folder.name}.incomplete")):
                if not os.path.lexists(kept):
                    partial.rename(kept)
                    return kept
    return None


def write_csv(folder: Path, name: str, parts: Iterable[pd.DataFrame]) -> None:
    """Write a table as CSV, part by part."""
    target = folder / f"{name}.csv"
    with replacing(target) as file, file.open("w", encoding="utf-8", newline="") as lines:
        for k, part in enumerate(parts):
            part.to_csv(lines, index=False, header=k == 0, lineterminator="\n")


def write_parquet(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write a table as Parquet."""
    with replacing(folder / f"{name}.parquet") as file:
        table.to_parquet(file, index=False)


def write_json(path: Path, content: Any) -> None:
    """Write an object as readable JSON."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    with replacing(path) as file:
        file.write_text(text, encoding="utf-8")
