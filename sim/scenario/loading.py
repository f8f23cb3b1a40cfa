"""Reading a scenario: the file, what it extends, its fit, and `--set`; every error is one message."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.errors import InputError, nearest, shorten
from sim.evidence.ledger import check_ids
from sim.scenario.schema import Event, Numbers, Scenario, Sourced, ValidationError

LARGEST_FILE = 1_000_000  # bytes; the shipped scenarios have a few thousand


def shipped() -> dict[str, Path]:
    """Return the scenarios that come with Midnight, by name."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "shipped_scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            files = [*folder.glob("*.toml"), *sorted((folder / "counterfactuals").glob("*.toml"))]
            return {file.stem: file for file in files}
    return {}


def counterfactuals() -> list[str]:
    """Return the names of the shipped counterfactuals."""
    return [name for name, file in shipped().items() if file.parent.name == "counterfactuals"]


def find(name: str, near: Path | None = None) -> Path:
    """Return the file of a scenario given as a path or as the name of a shipped one.

    Args:
        name: `historical`, `no-left-turn`, or a path that ends in `.toml`.
        near: folder that relative paths of an `extends` start from.

    Raises:
        InputError: nothing of that name exists.
    """
    if not name.endswith(".toml"):
        if name in shipped():
            return shipped()[name]
        raise InputError(
            "scenario",
            f"no scenario is called {shorten(name)}",
            "a name that `midnight scenarios` lists, or a path ending in .toml",
            nearest(name, shipped()),
        )
    path = Path(name) if near is None else near / name
    if not path.is_file():
        beside = [file.name for file in path.parent.glob("*.toml")] if path.parent.is_dir() else []
        raise InputError(str(path), "there is no such file", "", nearest(path.name, beside))
    return path


def read_toml(path: Path) -> dict[str, Any]:
    """Return the parsed file.

    Raises:
        InputError: unreadable, too large, not UTF-8, or not TOML.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise InputError(
                str(path),
                f"{size / 1e6:.1f} MB is too much for a scenario",
                f"at most {LARGEST_FILE / 1e6:g} MB",
            )
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise InputError(
            str(path), f"is not text in UTF-8 (byte {error.start})", "a TOML file"
        ) from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError(str(path), f"is not TOML: {shorten(reason, 120)}") from None


def merge(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `change` laid over it, table by table.

    A bare number over a parameter's table replaces its value and keeps prior and source.
    """
    merged = dict(base)
    for key, new in change.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            merged[key] = merge(old, new)
        elif isinstance(old, Mapping) and "low" in old and isinstance(new, (int, float)):
            merged[key] = {**old, "value": new}
        else:
            merged[key] = new
    return merged


def _resolve(path: Path, chain: tuple[Path, ...]) -> dict[str, Any]:
    """Read `path` and everything it extends, innermost first."""
    path = path.resolve()
    if path in chain:
        names = " -> ".join(file.name for file in (*chain, path))
        raise InputError(str(path), f"extends itself: {names}", "", "remove one `extends`")
    raw = read_toml(path)
    base: dict[str, Any] = {}
    extends = raw.pop("extends", None)
    if extends is not None:
        if not isinstance(extends, str):
            raise InputError(f"{path}: extends", f"got {shorten(extends)}", "a name or a path")
        base = _resolve(find(extends, near=path.parent), (*chain, path))
        for key in ("question", "changes", "raised_by"):
            base.pop(key, None)
    fit = raw.pop("fit", None)
    merged = merge(base, {"name": path.stem, **raw})
    if fit is None:
        return merged
    if not isinstance(fit, str) or not (path.parent / fit).is_file():
        raise InputError(
            f"{path}: fit",
            f"got {shorten(fit)}, and there is no such file",
            "a path beside the scenario",
            "`midnight fit` writes one",
        )
    values = read_toml(path.parent / fit).get("values", {})
    if not isinstance(values, Mapping):
        raise InputError(f"{path.parent / fit}: values", f"got {shorten(values)}", "a table")
    for key, value in values.items():
        merged = _put(merged, key, value, f"{path.parent / fit}: values")
    return merged


def _put(tree: Mapping[str, Any], key: str, value: Any, where: str) -> dict[str, Any]:
    """Return `tree` with the dotted `key` set; the table it stands in has to exist."""
    head, _, rest = key.partition(".")
    if rest:
        inner = tree.get(head)
        if not isinstance(inner, Mapping):
            known = [name for name, part in tree.items() if isinstance(part, Mapping)]
            raise InputError(
                where, f"no table is called {shorten(head)}", ", ".join(known), nearest(head, known)
            )
        return merge(tree, {head: _put(inner, rest, value, where)})
    return merge(tree, {head: value})


def parse_set(assignment: str) -> tuple[str, Any]:
    """Split `key=value`; the value is read as TOML reads it, and as plain text otherwise.

    Raises:
        InputError: there is no `=` or no key.
    """
    key, equals, text = assignment.partition("=")
    key, text = key.strip(), text.strip()
    if not equals or not key:
        raise InputError(
            "--set", f"got {shorten(assignment)}", "KEY=VALUE, as in coefficients.offer=0"
        )
    try:
        return key, tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return key, text


def load(name: str | Path | Scenario, changes: Iterable[str] | Mapping[str, Any] = ()) -> Scenario:
    """Return the scenario `name` with `changes` made to it.

    Args:
        name: a shipped scenario's name, a path, or a scenario.
        changes: `key=value` strings as of `--set`, or a mapping from dotted keys to values.

    Raises:
        InputError: naming file, key, value, what is allowed and the nearest right name.
    """
    if isinstance(name, Scenario):
        raw, where = name.model_dump(mode="json"), name.name
    else:
        path = find(str(name))
        raw, where = _resolve(path, ()), str(path)
    if not isinstance(changes, Mapping):
        changes = dict(parse_set(text) for text in changes)
    for key, value in changes.items():
        raw = _put(raw, key, value, f"--set {key}")
    return build(raw, where if not changes else f"{where} with --set {', '.join(changes)}")


def build(raw: Mapping[str, Any], where: str) -> Scenario:
    """Check `raw` against the schema and the ledger.

    Raises:
        InputError: the first thing that is wrong.
    """
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        raise _explain(error, raw, where) from None
    except RecursionError:
        raise InputError(where, "is nested too deeply to be a scenario") from None
    for key, sourced in sources_of(scenario):
        check_ids(sourced.claims, f"{where}: {key}.claims")
    check_ids(scenario.raised_by, f"{where}: raised_by")
    return scenario


def sources_of(scenario: Scenario) -> list[tuple[str, Sourced]]:
    """Return everything in the scenario that carries a source, with its dotted key."""
    found: list[tuple[str, Sourced]] = []
    for part in ("population", "coefficients", "rates"):
        numbers: Numbers = getattr(scenario, part)
        found += [(f"{part}.{name}", getattr(numbers, name)) for name in type(numbers).model_fields]
    for name in type(scenario.levers).model_fields:
        knots = getattr(scenario.levers, name).knots
        found += [(f"levers.{name}.knots.{key}", knot) for key, knot in knots.items()]
    found += [(f"leaders.{key}", leader) for key, leader in scenario.leaders.items()]
    found += [(f"events.{key}", event) for key, event in scenario.events.items()]
    return found


def _keys_at(location: tuple[Any, ...]) -> list[str]:
    """Return the keys that the schema knows at `location`."""
    annotation: Any = Scenario
    for step in location:
        fields = getattr(annotation, "model_fields", None)
        if fields is not None and step in fields:
            annotation = fields[step].annotation
        elif getattr(annotation, "__args__", None):
            annotation = annotation.__args__[-1]
        else:
            return []
    return list(getattr(annotation, "model_fields", {}))


def _explain(error: ValidationError, raw: Mapping[str, Any], where: str) -> InputError:
    """Turn Pydantic's first complaint into one message that names key, value and remedy."""
    first = error.errors(include_url=False)[0]
    location = tuple(step for step in first["loc"] if step != "[key]")
    key = ".".join(str(step) for step in location) or "the whole"
    kind, context = first["type"], first.get("ctx", {})
    got, allowed, remedy = f"got {shorten(first['input'])}", "", ""
    if kind == "extra_forbidden":
        known = _keys_at(location[:-1])
        got, allowed = "there is no such key", ", ".join(known)
        remedy = nearest(str(location[-1]), known)
    elif kind == "missing":
        got, remedy = "is missing", "add it, or extend a scenario that has it"
    elif kind == "value_error":
        got = str(context.get("error", first["msg"]))
    else:
        allowed = first["msg"][0].lower() + first["msg"][1:]
    more = error.error_count() - 1
    if more:
        remedy = f"{remedy}\n  ({more} more to mend after this)".strip()
    return InputError(f"{where}: {key}", got, allowed, remedy)


def hash_of(scenario: Scenario) -> str:
    """Return a hash (16 hex digits) of the world that a scenario describes.

    Prose and sources do not enter it: two files that describe one world share a hash.
    """
    content = scenario.model_dump(mode="json")
    bare = {
        "calendar": content["calendar"],
        "rule": content["rule"],
        "numbers": [getattr(scenario, p).values() for p in ("population", "coefficients", "rates")],
        "leaders": {k: (v["wing"], v["following"]) for k, v in content["leaders"].items()},
        "levers": {
            name: (lever["scale"], [(k["date"], k["value"]) for k in lever["knots"].values()])
            for name, lever in content["levers"].items()
        },
        "events": sorted(
            (e.date.isoformat(), e.kind, e.leader or "", e.strength) for e in _happening(scenario)
        ),
    }
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _happening(scenario: Scenario) -> list[Event]:
    return [event for event in scenario.events.values() if event.happens]
