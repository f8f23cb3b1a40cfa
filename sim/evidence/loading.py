"""The one loader of evidence sets.

A set is a TOML file, in `sets/` or one's own; or one of the shipped as it reads if a historian or
text is wrong, as in `greene-deutscher-without-deutscher`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim import errors
from sim.errors import InputError, nearest, shorten
from sim.evidence.ledger import check_ids
from sim.evidence.left_out import WITHOUT, parted, reading, readings_of
from sim.evidence.sets import EvidenceSet, are_words
from sim.files import parse_toml, read_toml, shown
from sim.validation import explain

MOST_FILES = 20
"""In a chain of `extends`."""
_LIKE = "TOML, as in sim/evidence/sets/greene-deutscher.toml"


def names() -> list[str]:
    """Return the names of the shipped evidence sets."""
    folder = resources.files(__package__).joinpath("sets")
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir())


@cache
def evidence_set(name: str) -> EvidenceSet:
    """Return a shipped evidence set by its name, or one's own by the path of its file.

    A set that `extends` another takes over its targets, except those that it replaces or lists in
    `leave_out`. `NAME-without-WHO` is a shipped one without the figures that rest on a historian
    or text alone.

    Raises:
        InputError: there is none of that name, or it is broken or names unknown claims.
    """
    with errors.reading(name):
        return _evidence_set(name)


def names_in_words() -> str:
    """Return in words what a shipped set may be called."""
    return f"{', '.join(names())}, or one of them with {WITHOUT}WHO"


def is_shipped(name: str) -> bool:
    """Return whether a name is that of a shipped set, read with or without all its sources."""
    whole, who = parted(name)
    if not who:
        return name in names()
    return whole in names() and who in readings_of(evidence_set(whole))


def _evidence_set(name: str, above: tuple[str, ...] = (), named: str = "") -> EvidenceSet:
    """Return a set; `above` are those that extend it, `named` is the file and key that name it."""
    whole, who = parted(name)
    if who and whole in names() and not name.endswith(".toml"):
        return _without(_evidence_set(whole), who)
    where, tree, near = _read(name, named)
    base = tree.pop("extends", None)
    if base is not None:
        tree = _laid_over(_base(base, near, (*above, name), where), tree, where)
    elif "leave_out" in tree:
        got = "leaves targets of no other set out"
        raise InputError(f"{where}: leave_out", got, "", "add `extends`, or take it out")
    try:
        found = EvidenceSet.model_validate({"name": Path(name).stem, **tree})
    except ValidationError as error:
        raise explain(error, EvidenceSet, where) from None
    except (RecursionError, UnicodeError):
        raise InputError(where, "is nested too deeply, or no text, to be a set") from None
    for key, target in found.targets.items():
        for statement in (target, *target.alternatives):
            check_ids(statement.claims, f"{where}: targets.{key}.claims")
    return found


def _base(base: Any, near: Path, above: tuple[str, ...], where: str) -> EvidenceSet:
    """Return the set that another extends; a path is looked up beside its file."""
    key = f"{where}: extends"
    if not isinstance(base, str):
        raise InputError(key, f"got {shorten(base)}", 'one name or path in quotes, as in "either"')
    name = str(near / base) if base.endswith(".toml") else base
    if name in above:
        names = [Path(each).name for each in (*above[above.index(name) :], name)]
        raise InputError(
            key, f"is circular: {' -> '.join(names)}", "a chain that ends", "take one out"
        )
    if len(above) == MOST_FILES:
        got = f"is the last of {MOST_FILES} files, each extending the next"
        raise InputError(key, got, f"at most {MOST_FILES}")
    return _evidence_set(name, above, key)


def _without(whole: EvidenceSet, who: str) -> EvidenceSet:
    if who not in (known := [each for each in readings_of(whole) if each]):
        got = f"no figure of `{whole.name}` rests on `{who}` alone"
        raise InputError("evidence", got, ", ".join(known), nearest(who, known))
    return reading(whole, who)


def _read(name: str, named: str) -> tuple[str, dict[str, Any], Path]:
    """Return how to call the file of a set in messages, its tables, and its folder."""
    if name in names():
        file = resources.files(__package__).joinpath("sets", f"{name}.toml")
        where = f"sets/{name}.toml"
        return where, parse_toml(file.read_text(encoding="utf-8"), where, _LIKE), Path()
    if not name.endswith(".toml"):
        raise InputError(
            named or "evidence",
            f"no set is called {shorten(name)}",
            f"{names_in_words()}, or the path of a TOML file",
            nearest(name, names()),
        )
    path = Path(name)
    tree = read_toml(path, _LIKE)
    if not tree:
        raise InputError(shown(path), "is empty", "an evidence set", 'begin with `title = "..."`')
    return shown(path), tree, path.parent


def _laid_over(base: EvidenceSet, tree: dict[str, Any], where: str) -> dict[str, Any]:
    left_out, targets = tree.pop("leave_out", []), tree.get("targets", {})
    if not are_words(left_out):
        raise InputError(f"{where}: leave_out", f"got {shorten(left_out)}", "a list of targets")
    if not isinstance(targets, dict):
        raise InputError(f"{where}: targets", f"got {shorten(targets)}", "tables [targets.NAME]")
    for key in left_out:
        if key not in base.targets:
            got = f"`{base.name}` has no target {shorten(key)}"
            raise InputError(f"{where}: leave_out", got, "", nearest(str(key), base.targets))
    kept = {key: target for key, target in base.targets.items() if key not in left_out}
    return tree | {"targets": kept | targets}
