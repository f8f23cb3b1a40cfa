"""The one loader of evidence sets.

A set is a TOML file, in `sets/` or one's own; or one of the shipped as it reads if a historian or
text is wrong, as in `greene-deutscher-without-deutscher`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError, nearest, shorten
from sim.evidence.ledger import check_ids
from sim.evidence.sets import EvidenceSet, are_words
from sim.evidence.witnesses import WITHOUT, parted, reading, readings_of


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


def _evidence_set(name: str, above: tuple[str, ...] = ()) -> EvidenceSet:
    """Return a set; `above` are those that extend it."""
    whole, who = parted(name)
    if who and whole in names() and not name.endswith(".toml"):
        return _without(_evidence_set(whole), who)
    where, text = _read(name)
    try:
        tree = tomllib.loads(text)
        base = tree.pop("extends", None)
        if base is not None:
            if not isinstance(base, str) or base in above:
                allowed = "the name or file of another set, which does not extend this one"
                raise InputError(f"{where}: extends", f"got {shorten(base)}", allowed)
            tree = _laid_over(_evidence_set(base, (*above, name, where)), tree, where)
        found = EvidenceSet.model_validate({"name": Path(name).stem, **tree})
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise InputError(where, _first(error)) from None
    for key, target in found.targets.items():
        for statement in target.statements:
            check_ids(statement.claims, f"{where}: targets.{key}.claims")
    return found


def _without(whole: EvidenceSet, who: str) -> EvidenceSet:
    if who not in (known := [each for each in readings_of(whole) if each]):
        got = f"no figure of `{whole.name}` rests on `{who}` alone"
        raise InputError("evidence", got, ", ".join(known), nearest(who, known))
    return reading(whole, who)


def _read(name: str) -> tuple[str, str]:
    """Return how to call the file of a set in messages, and its text."""
    if name in names():
        file = f"sets/{name}.toml"
        return file, resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
    if not name.endswith(".toml"):
        raise InputError(
            "evidence",
            f"no set is called `{name}`",
            f"{names_in_words()}, or the path of a TOML file",
            nearest(name, names()),
        )
    try:
        return name, Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise InputError(name, f"cannot be read ({reason})", "the TOML file of a set") from None


def _laid_over(base: EvidenceSet, tree: dict[str, Any], where: str) -> dict[str, Any]:
    left_out, targets = tree.pop("leave_out", []), tree.get("targets", {})
    if not are_words(left_out):
        raise InputError(f"{where}: leave_out", f"got {shorten(left_out)}", "a list of targets")
    if not isinstance(targets, dict):
        raise InputError(f"{where}: targets", f"got {shorten(targets)}", "tables [targets.NAME]")
    for key in left_out:
        if key not in base.targets:
            got = f"`{base.name}` has no target `{key}`"
            raise InputError(f"{where}: leave_out", got, "", nearest(str(key), base.targets))
    kept = {key: target for key, target in base.targets.items() if key not in left_out}
    return tree | {"targets": kept | targets}


def _first(error: Exception) -> str:
    """Return the first thing that is wrong, in a line."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}"
    return str(error)
