"""Where results are kept, and that they are shown once they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from rich.markup import escape

from sim.errors import OutputError
from sim.folder import new_folder
from sim.result import Result
from sim.view.console import out

FILES = "figure.png, tables as CSV and Parquet, provenance.json"
results: list[Path] = []
"""Folders, or files, that hold what this process has found."""


class Place:
    """Where results are kept, and how they are shown once they are.

    Args:
        target: the folder that is named to the user, or None if nothing is kept.
        folder: where to write; the same, or one that takes its name when all is in it.
        as_json: whether a script reads what is shown.
        files: what the folder holds, in words.
    """

    def __init__(
        self, target: Path | None, folder: Path | None, as_json: bool, files: str = FILES
    ) -> None:
        self.target, self.folder, self.as_json, self.files = target, folder, as_json, files
        self._show: Callable[[], None] = lambda: None

    def shows(self, how: Callable[[Any, Path | None, bool], None], found: Any) -> None:
        """Say how to show what was found: called with it, the folder, and whether as JSON."""
        self._show = lambda: how(found, self.target, self.as_json)

    def keep(self, found: Result) -> None:
        """Write a result into the folder, if one is kept."""
        if self.folder is not None:
            found.write(self.folder)

    def show(self) -> None:
        """Show what was found, and say where it is kept."""
        if self.target is not None:
            results.append(self.target)
        self._show()
        if self.target is not None and not self.as_json:
            out.print(f"\nResults: {escape(str(self.target))}/ ({self.files})")


@contextmanager
def showing(
    opened: AbstractContextManager[tuple[Path, Path]], as_json: bool, files: str = FILES
) -> Iterator[Place]:
    """Give the place for results; show them when they are kept, or else all the same.

    Args:
        opened: gives the folder that is named to the user, and the one to write to.
        as_json: whether a script reads what is shown.
        files: what the folder holds, in words.
    """
    place = None
    try:
        with opened as (target, folder):
            place = Place(target, folder, as_json, files)
            yield place
    except OutputError:
        if place is not None:
            place.target = None
            place.show()
        raise
    place.show()


@contextmanager
def keeping(chosen: Path | None, name: str, as_json: bool, files: str = FILES) -> Iterator[Place]:
    """Give the place for results in a new folder, held before the work starts.

    Args:
        chosen: a folder, or None for `results/NAME`, or NAME-2 and so on if that is taken; a
            script that reads JSON keeps a folder only if it names one.
        name: of the folder by default.
        as_json: whether a script reads what is shown.
        files: what the folder holds, in words.
    """
    if chosen is None and as_json:
        place = Place(None, None, as_json)
        yield place
        place.show()
        return
    new = new_folder(chosen or Path("results") / name, numbered=chosen is None)
    with showing(new, as_json, files) as place:
        yield place
