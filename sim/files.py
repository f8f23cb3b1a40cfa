"""Reading the files that a user names: what they are called in messages, their bytes, TOML, JSON.

No reader waits for a pipe or a device, and none reads more than it can use.
"""

from __future__ import annotations

import json
import os
import re
import stat
import tomllib
from datetime import date
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from sim.errors import InputError, shorten

LARGEST_FILE = 1_000_000
"""Bytes of a TOML file; the shipped scenarios have about 15,000."""
LIKE = "TOML, as in scenarios/historical.toml"
"""What messages point to as an example."""
LARGEST_JSON = 20_000_000
"""Bytes of a JSON file; a `calibration.json` has about 15,000."""
_NAMES = ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")  # not every system has each
_FLAGS = reduce(or_, (getattr(os, name, 0) for name in _NAMES), os.O_RDONLY)
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
_OTHERS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def shown(path: Path) -> str:
    """Return `path` as messages write it: from the working directory on if it lies below it."""
    full = Path(os.path.normpath(path.absolute()))
    bases = [_working_directory()]
    if (folder := shipped_folder()) is not None:
        bases.append(folder.parent)
    for base in bases:
        if base is not None and full.is_relative_to(base):
            full = full.relative_to(base)
            break
    text = str(full)
    return text if len(text) <= 240 else f"{text[:60]}…{text[-170:]}"


def read_bytes(path: Path, most: int, what: str = "a file", remedy: str = "") -> bytes:
    """Return the content of a regular file; pipes, devices, sockets and folders are refused.

    What is opened is looked at, not what had the name before, and opening never waits.

    Args:
        path: of the file.
        most: bytes that it may have.
        what: is expected there, as in `a TOML file`.
        remedy: what to do if it is not.

    Raises:
        InputError: it is no regular file, too large, or cannot be read.
    """
    where, allowed = shown(path), f"{what} that you may read"
    try:
        handle = os.open(path, _FLAGS)
        try:
            about = os.fstat(handle)
            if kind := _no_file(about.st_mode):
                raise InputError(where, f"is {kind}", allowed, remedy)
            with open(handle, "rb", closefd=False) as file:
                content = file.read(most + 1) if about.st_size <= most else b""
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        if kind := kind_of(path).removeprefix("file"):
            raise InputError(where, f"is {kind}", allowed, remedy) from None
        reason = getattr(error, "strerror", None) or "its path is invalid"
        raise InputError(where, f"cannot be read: {reason}", allowed, remedy) from None
    size = max(about.st_size, len(content))
    if size > most:
        got, allowed = f"{size / 1e6:,.1f} MB is too much for {what}", f"at most {most / 1e6:g} MB"
        raise InputError(where, got, allowed, remedy or "is it the right file?")
    return content


def read_json(path: Path, what: str, remedy: str) -> dict[str, Any]:
    """Return the object in a JSON file.

    Args:
        path: of the file.
        what: the file should be, as in messages: the file that a calibration wrote.
        remedy: what to do if it is damaged.

    Raises:
        InputError: it cannot be read, or is no such object.
    """
    where, content = shown(path), read_bytes(path, LARGEST_JSON, "a JSON file", remedy)
    try:
        found = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        reason = f"line {line} is not text in UTF-8"
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}, column {error.colno} is not JSON"
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError:
        reason = "a number has thousands of digits"
    else:
        if isinstance(found, dict):
            return found
        reason = f"it holds {shorten(found)}"
    raise InputError(where, f"is damaged: {reason}", what, remedy)


def read_toml(path: Path, like: str = LIKE) -> dict[str, Any]:
    """Return the parsed file.

    Raises:
        InputError: unreadable, too large, not UTF-8, or not TOML.
    """
    where, content = shown(path), read_bytes(path, LARGEST_FILE, "a TOML file")
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
    return parse_toml(text, where, like)


def parse_toml(text: str, where: str, like: str = LIKE) -> dict[str, Any]:
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
        raise _not_toml(str(error), text, where, like) from None


def _not_toml(reason: str, text: str, where: str, like: str) -> InputError:
    words = next((words for start, words in _IN_WORDS if start in reason), "it is not TOML")
    place = re.search(r"\(at line (\d+), column (\d+)\)", reason)
    if place is None:
        end = " at the end of the file" if "end of document" in reason else ""
        return InputError(where, words + end, like)
    number = int(place[1])
    line = text.replace("\r\n", "\n").split("\n")[number - 1].strip()
    for day in re.findall(r"(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-])", line):
        words = words if _is_day(day) else f"{day} is not in the calendar"
    return InputError(
        where,
        f"line {number}, column {place[2]}: {words}",
        like,
        f"the line is: {shorten(line, 100)[1:-1]}" if line else "",
    )


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def kind_of(path: Path) -> str:
    """Return `file`, a description of anything else, or an empty string if nothing is there."""
    try:
        return _no_file(os.stat(path).st_mode) or "file"
    except (OSError, ValueError):
        return "a link that leads to no file" if _is_link(path) else ""


def _no_file(mode: int) -> str:
    """Return what something is instead of a regular file; an empty string if it is one."""
    if stat.S_ISREG(mode):
        return ""
    if stat.S_ISDIR(mode):
        return "a folder, not a file"
    for is_one, words in _OTHERS:
        if is_one(mode):
            return f"{words}, not a file"
    return "no ordinary file"


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


def shipped_folder() -> Path | None:
    """Return the folder of the shipped scenarios, or None where none came along."""
    package = Path(__file__).resolve().parent
    for folder in (package / "shipped_scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            return folder
    return None


def shipped_posteriors() -> Path | None:
    """Return the folder of the reference posteriors, or None where none came along."""
    package = Path(__file__).resolve().parent
    for folder in (package / "shipped_posteriors", package.parent / "results" / "posteriors"):
        if folder.is_dir():
            return folder
    return None


def _working_directory() -> Path | None:
    try:
        return Path.cwd()
    except OSError:
        return None
