"""The scenarios that come with Midnight, and the files that a user names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sim.errors import InputError, nearest, shorten
from sim.files import kind_of, shipped_folder, shown


def shipped() -> dict[str, Path]:
    """Return the scenarios that come with Midnight, by name."""
    folder = shipped_folder()
    if folder is None:
        return {}
    files = [
        *folder.glob("*.toml"),
        *sorted((folder / "counterfactuals").glob("*.toml")),
        *sorted((folder / "rivals").glob("*.toml")),
    ]
    return {file.stem: file for file in files}


def counterfactuals() -> list[str]:
    """Return the names of the shipped counterfactuals."""
    return [name for name, file in shipped().items() if file.parent.name == "counterfactuals"]


def rivals() -> list[str]:
    """Return the names of the shipped rival explanations, the whole model not among them."""
    return [name for name, file in shipped().items() if file.parent.name == "rivals"]


def as_part(name: str, most: int = 150) -> str:
    """Return a scenario's name cut to so many bytes, as a part of the name of a folder."""
    return name.encode(errors="replace")[:most].decode(errors="ignore")


def find(name: str, near: Path | None = None, where: str = "scenario") -> Path:
    """Return the file of a scenario given as a path or as the name of a shipped one.

    Args:
        name: `historical`, `no-left-turn`, or a path that ends in `.toml`.
        near: folder that relative paths of an `extends` start from.
        where: what named it: the option, or file and key.

    Raises:
        InputError: nothing of that name exists.
    """
    known = shipped()
    if name in known:
        return known[name]
    if name.endswith(".toml"):
        path = Path(name) if near is None else near / name
        return existing(path, where if near is not None else "", known)
    beside = Path(f"{name}.toml") if near is None else near / f"{name}.toml"
    raise InputError(
        where,
        f"no scenario is called {shorten(name)}",
        "a name that `midnight scenarios` lists, or a path ending in .toml",
        f"did you mean `{name}.toml`?" if kind_of(beside) == "file" else nearest(name, known),
    )


def existing(path: Path, where: str = "", known: Iterable[str] = (), without: str = "") -> Path:
    """Return `path` if it is a file that can be read.

    Args:
        path: the file that is looked for.
        where: file and key that name it; empty if the user named it.
        known: names of shipped scenarios, one of which may be meant.
        without: what to do if no similar file is there.

    Raises:
        InputError: there is no such file, or it is something else.
    """
    kind = kind_of(path)
    if kind == "file":
        return path
    if path.stem in known:
        remedy = f"the shipped scenario is called `{path.stem}`, without .toml"
    else:
        remedy = nearest(path.name, _names_beside(path)) or without
    got = f"there is no file {shown(path)}" if where else "there is no such file"
    if kind:
        got = f"{shown(path)} is {kind}" if where else f"is {kind}"
    raise InputError(where or shown(path), got, "a TOML file", remedy)


def _names_beside(path: Path) -> list[str]:
    try:
        files = path.parent.glob("*.toml")
        return [file.name for file in files if file.name != path.name and file.is_file()]
    except (OSError, ValueError):
        return []
