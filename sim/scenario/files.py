"""The files of a scenario: where they are, how they are called in messages, and their TOML."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from sim.errors import InputError, nearest, shorten

LARGEST_FILE = 1_000_000  # bytes; the shipped scenarios have about 15,000
_DEEP = re.compile(r"""(?<![\w"'-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){20}""")
_IN_WORDS = (
    ("Expected '='", "a key needs `=` and a value after it"),
    ("Invalid statement", "neither `key = value` nor a `[table]` starts here"),
    ("Expected newline or end of document", "something stands after the end of the value"),
    ("Found invalid character", "a control character stands here"),
    ("Illegal character '\\n'", "the closing quote of a text is missing"),
    ("Illegal character", "a control character stands inside a text"),
    ("Cannot declare", "this table is written twice, or is already a value"),
    ("Cannot overwrite a value", "this key is given twice"),
    ("Cannot redefine namespace", "this table is written twice"),
    ("Cannot mutate immutable namespace", "this table is complete already and takes no more keys"),
    ("Duplicate inline table key", "this key is given twice within { }"),
    ("Expected ']'", "a `]` is missing"),
    ("Unclosed array", "a comma or the closing `]` of a list is missing"),
    ("Unclosed inline table", "a comma or the closing `}` of a table is missing"),
    ("Invalid initial character for a key", "a key is missing; it has letters, digits, `_`, `-`"),
    ("Unescaped '\\'", "a `\\` in a text is written twice, `\\\\`"),
    ("Invalid hex value", "a `\\u` in a text needs hexadecimal digits after it"),
    ("Escaped character is not", "a `\\u` in a text names no character"),
    ("Unterminated string", "the closing quote of a text is missing"),
    ("Expected '", "the closing quote of a text is missing"),
    ("Invalid date", "there is no such day or hour"),
    ("integer string conversion", "a whole number has thousands of digits"),
    (
        "Invalid value",
        "this is no value: a text needs quotes; write 0.5, 1929-07-13, true",
    ),
)


def shipped() -> dict[str, Path]:
    """Return the scenarios that come with Midnight, by name."""
    folder = _shipped_folder()
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


def shown(path: Path) -> str:
    """Return `path` as messages write it: from the working directory on if it lies below it."""
    full = Path(os.path.normpath(path.absolute()))
    bases = [_working_directory()]
    if (folder := _shipped_folder()) is not None:
        bases.append(folder.parent)
    for base in bases:
        if base is not None and full.is_relative_to(base):
            full = full.relative_to(base)
            break
    text = str(full)
    return text if len(text) <= 240 else f"{text[:60]}…{text[-170:]}"


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
        f"did you mean `{name}.toml`?" if _kind(beside) == "file" else nearest(name, known),
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
    kind = _kind(path)
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


def read_toml(path: Path) -> dict[str, Any]:
    """Return the parsed file.

    Raises:
        InputError: unreadable, too large, not UTF-8, or not TOML.
    """
    where = shown(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
            size = os.fstat(file.fileno()).st_size
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its path is not a path"
        raise InputError(
            where, f"cannot be read: {reason}", "a TOML file that you may read"
        ) from None
    if len(content) > LARGEST_FILE:
        raise InputError(
            where,
            f"{max(size, len(content)) / 1e6:.1f} MB is too much for a scenario",
            f"at most {LARGEST_FILE / 1e6:g} MB",
            "is it the right file?",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(
            where,
            f"line {line} is not text in UTF-8",
            "a TOML file",
            "save it as UTF-8, if it is the right file",
        ) from None
    return parse_toml(text, where)


def parse_toml(text: str, where: str) -> dict[str, Any]:
    """Return the tables of a TOML text.

    Raises:
        InputError: it is not TOML, with the line on which that shows.
    """
    if found := _DEEP.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise InputError(where, f"line {line} is nested too deeply", "at most 20 tables in a row")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(where, "is nested too deeply", "tables and lists a few deep") from None
    except ValueError as error:
        raise _not_toml(str(error), text, where) from None


def _not_toml(reason: str, text: str, where: str) -> InputError:
    words = next((words for start, words in _IN_WORDS if start in reason), "it is not TOML")
    place = re.search(r"\(at line (\d+), column (\d+)\)", reason)
    if place is None:
        end = " at the end of the file" if "end of document" in reason else ""
        return InputError(where, words + end, "TOML, as in scenarios/historical.toml")
    number = int(place[1])
    line = text.replace("\r\n", "\n").split("\n")[number - 1].strip()
    for day in re.findall(r"(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-])", line):
        words = words if _is_day(day) else f"{day} is not in the calendar"
    return InputError(
        where,
        f"line {number}, column {place[2]}: {words}",
        "TOML, as in scenarios/historical.toml",
        f"the line is: {shorten(line, 100)[1:-1]}" if line else "",
    )


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _shipped_folder() -> Path | None:
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "shipped_scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            return folder
    return None


def shipped_posteriors() -> Path | None:
    """Return the folder of the reference posteriors, or None where none came along."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "shipped_posteriors", package.parent / "results" / "posteriors"):
        if folder.is_dir():
            return folder
    return None


def _working_directory() -> Path | None:
    try:
        return Path.cwd()
    except OSError:
        return None


def _kind(path: Path) -> str:
    """Return `file`, a description of anything else, or an empty string if nothing is there."""
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):
        return "a link that leads to no file" if _is_link(path) else ""
    if stat.S_ISREG(mode):
        return "file"
    return "a folder, not a file" if stat.S_ISDIR(mode) else "no ordinary file"


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def _names_beside(path: Path) -> list[str]:
    try:
        files = path.parent.glob("*.toml")
        return [file.name for file in files if file.name != path.name and file.is_file()]
    except (OSError, ValueError):
        return []
