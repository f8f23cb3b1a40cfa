"""What every study returns: tables, pictures, and where all of it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sim import plotting
from sim.errors import InputError, nearest, shorten
from sim.folder import LAST, new_folder, write_csv, write_json, write_parquet

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

LONGEST_LINE, LONGEST = 150, 480
"""Letters of a line of `repr`, and of all its lines."""


class Tables(Mapping[str, "pd.DataFrame"]):
    """The tables of a result by name, each made when it is asked for.

    Args:
        result: whose tables they are.
        names: of each table, and of the attribute of the result that it is.
    """

    def __init__(self, result: Result, names: Mapping[str, str]) -> None:
        self._result, self._names = result, names

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._names:
            raise KeyError(f"no table `{name}`; there are {', '.join(self._names)}")
        return getattr(self._result, self._names[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"Tables({', '.join(self._names)})"


class Result:
    """Base of what studies return.

    A subclass names its tables and pictures, and says what it rests on; how they are kept, shown
    and drawn is written here alone.
    """

    columns: ClassVar[Mapping[str, str]] = {}
    """What the columns of its tables mean."""
    formats: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """In which formats a table is written, if not as CSV and Parquet both."""

    def _tables(self) -> dict[str, str]:
        """Return, by name, the attribute that each table is."""
        return {}

    def _said(self) -> Iterable[str]:
        """Return the lines of `repr`: scenario, seeds, the main numbers."""
        raise NotImplementedError

    @property
    def tables(self) -> Tables:
        """Its tables by name, as `save` writes them; each is made when it is asked for."""
        return Tables(self, self._tables())

    def parts(self, name: str) -> Iterable[pd.DataFrame]:
        """Return a table in parts, one below the other, so that a large one fits in memory."""
        return (self.tables[name],)

    @property
    def pictures(self) -> tuple[str, ...]:
        """Names of the pictures that `plot` draws, the first by default; files are called so."""
        return ("figure",)

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on: versions, scenarios as resolved, seeds, sources, command, columns."""
        raise NotImplementedError

    def plot(self, path: Path | str | None = None, what: str | None = None) -> Figure:
        """Draw a picture, and write it to `path` + .png and .svg if one is given.

        Args:
            path: without an ending.
            what: one of `pictures`; the first by default.

        Raises:
            InputError: there is no such picture.
        """
        known = self.pictures
        chosen = known[0] if what is None and known else what
        if chosen not in known:
            got = "there is nothing to draw" if what is None else f"got {shorten(what)}"
            raise InputError("what", got, ", ".join(known), nearest(str(what), known))
        return plotting.draw(self, chosen, path)

    def save(self, folder: Path | str) -> Path:
        """Write tables, pictures and provenance into a new folder, and return it.

        Raises:
            InputError: the folder has something in it, or is a file.
            OutputError: it cannot be written; whatever was there is untouched.
        """
        with new_folder(Path(folder)) as new:
            self.write(new.folder)
        return new.target

    def write(self, folder: Path, pictures: bool = True) -> None:
        """Write the same into a folder that is there; `provenance.json`, the last, ends it.

        Args:
            folder: in which whatever has the same name is replaced.
            pictures: whether to draw.

        Raises:
            OSError: it cannot be written.
        """
        for name in self.tables:
            formats = self.formats.get(name, ("csv", "parquet"))
            if "csv" in formats:
                write_csv(folder, name, self.parts(name))
            if "parquet" in formats:
                write_parquet(folder, name, self.tables[name])
        for what in self.pictures if pictures else ():
            self.plot(folder / what, what)
        write_json(folder / LAST, self.provenance)

    def __repr__(self) -> str:
        lines = [_cut(line, LONGEST_LINE) for line in self._said()]
        return _cut("\n  ".join([f"{type(self).__name__}: {lines[0]}", *lines[1:]]), LONGEST)

    def _repr_html_(self) -> str:
        name, _, said = repr(self).partition(": ")
        lines = "<br>".join(escape(line.strip()) for line in said.splitlines())
        kept = f"tables: {', '.join(self.tables)}; pictures: {', '.join(self.pictures) or 'none'}"
        return f"<p><b>{name}</b>: {lines}<br><small>{kept}</small></p>"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
