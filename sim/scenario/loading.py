"""Reading a scenario: the file, what it extends, its fit, and `--set`; an error is one message."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.chart.lists import refuse
from sim.chart.registry import chart
from sim.errors import InputError, nearest, shorten
from sim.evidence.ledger import check_ids, claims
from sim.evidence.loading import is_shipped, names_in_words
from sim.evidence.loading import names as evidence_sets
from sim.files import parse_toml, read_toml, shown
from sim.scenario.files import counterfactuals, existing, find, rivals, shipped
from sim.scenario.schema import Event, Numbers, Scenario, Sourced
from sim.scenario.validation import DECLARED, IN_FILES, Layer, explain, name_place, refuse_lists

__all__ = [
    "build",
    "counterfactuals",
    "find",
    "hash_of",
    "load",
    "merge",
    "parse_set",
    "read_toml",
    "rivals",
    "seed",
    "shipped",
    "sources_of",
    "to_one_end",
    "with_values",
]

MOST_FILES = 20  # in a chain of `extends`
LARGEST_SEED = 2**63 - 1
_NOT_INHERITED = ("title", "question", "changes", "reading", "raised_by")


def load(name: str | Path | Scenario, changes: Iterable[str] | Mapping[str, Any] = ()) -> Scenario:
    """Return the scenario `name` with `changes` made to it.

    A file that `extends` another is laid over it, table by table, but for title, question and the
    like. A `fit` is laid over the file that names it, and changes come last, in their order.

    Args:
        name: a shipped scenario's name, a path, or a scenario.
        changes: `key=value` strings as of `--set`, or a mapping from dotted keys to values.

    Raises:
        InputError: naming file, key, value, what is allowed and the nearest right name.
    """
    if isinstance(name, Scenario):
        if not changes:
            return name
        raw, file = name.model_dump(mode="json"), name.name
        layers = [Layer(file, raw)]
    else:
        path = find(str(name))
        file = shown(path)
        raw, layers = _resolve(path, ())
    if isinstance(changes, str):
        changes = [changes]
    if not isinstance(changes, Mapping):
        changes = dict(parse_set(text) for text in changes)
    for key, value in changes.items():
        if key in IN_FILES:
            raise InputError(f"--set {key}", f"`{key}` can only be written in a scenario file")
        refuse(key, f"--set {key}")
        _check_text(value, f"--set {key}")
        change = _nest(raw, key, value, f"--set {key}")
        raw = merge(raw, change)
        layers.append(Layer("--set", change, key))
    if changes and "title" not in changes and isinstance(raw.get("title"), str):
        words = ", ".join(f"{key}={value}" for key, value in changes.items())
        raw = {**raw, "title": shorten_words(f"{raw['title']}, with {words}")}
    return build(raw, file, layers)


def with_values(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return a scenario with other values of its parameters; a hundred times faster than `load`.

    Args:
        scenario: as resolved.
        values: by dotted key, as in `coefficients.offer`; trusted to lie in their ranges.
    """
    tables: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        part, _, name = key.partition(".")
        number = getattr(getattr(scenario, part), name)
        tables.setdefault(part, {})[name] = number.model_copy(update={"value": value})
    return scenario.model_copy(
        update={
            part: getattr(scenario, part).model_copy(update=numbers)
            for part, numbers in tables.items()
        }
    )


def to_one_end(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return the scenarios, all with the last day of the longest."""
    end = max(each.calendar.end for each in scenarios)
    return [
        each.model_copy(update={"calendar": each.calendar.model_copy(update={"end": end})})
        for each in scenarios
    ]


def shorten_words(text: str, length: int = 120) -> str:
    """Return a title cut to a length that fits over a picture."""
    return text if len(text) <= length else text[: length - 1] + "…"


def build(raw: Mapping[str, Any], where: str, layers: Iterable[Layer] = ()) -> Scenario:
    """Check `raw` against the schema and the ledger.

    Args:
        raw: a resolved scenario, as a TOML file would give it.
        where: what to call it in messages.
        layers: the files and options that it was made of, innermost first, if there were several.

    Raises:
        InputError: the first thing that is wrong.
    """
    layers = list(layers) or [Layer(where, raw if isinstance(raw, Mapping) else {})]
    refuse_lists(raw, layers, where)
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        raise explain(error, layers, where) from None
    except (RecursionError, UnicodeError):
        raise InputError(where, "is nested too deeply, or no text, to be a scenario") from None
    if not is_shipped(scenario.evidence):
        raise InputError(
            name_place(layers, ("evidence",), where),
            f"got {shorten(scenario.evidence)}",
            names_in_words(),
            nearest(scenario.evidence, evidence_sets()),
        )
    cited = [(f"{key}.claims", sourced.claims) for key, sourced in sources_of(scenario)]
    for key, ids in [*cited, ("raised_by", scenario.raised_by)]:
        if not claims().keys() >= set(ids):
            check_ids(ids, name_place(layers, key.split("."), where))
    return scenario


def merge(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `change` laid over it, table by table.

    A bare number over the table of a parameter or a knot replaces its value and keeps the rest.
    """
    merged = dict(base)
    for key, new in change.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            merged[key] = merge(old, new)
        elif isinstance(old, Mapping) and isinstance(new, Real) and {"low", "value"} & old.keys():
            merged[key] = {**old, "value": new}
        else:
            merged[key] = new
    return merged


def parse_set(assignment: str) -> tuple[str, Any]:
    """Split `key=value`; the value is read as TOML reads it, and as plain text otherwise.

    Raises:
        InputError: there is no `=`, no key, or no key that could exist.
    """
    key, equals, text = assignment.partition("=")
    key, text = key.strip(), text.strip()
    if not equals or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", key):
        raise InputError(
            "--set", f"got {shorten(assignment)}", "KEY=VALUE, as in coefficients.offer=0"
        )
    _check_text(text, f"--set {key}")
    try:
        parsed = parse_toml(f"value = {text}", "--set")
    except InputError:
        return key, text
    return key, parsed["value"] if parsed.keys() == {"value"} else text


def _check_text(value: Any, where: str) -> None:
    try:
        if isinstance(value, str):
            value.encode()
    except UnicodeEncodeError:
        raise InputError(where, f"got {shorten(value)}", "text in UTF-8") from None


def seed(text: str | int, where: str = "--seed") -> int:
    """Return a seed, any whole number from 0 up to 2**63 - 1; 0 is a seed like any other.

    Raises:
        InputError: it is something else; fractions and truth values are refused.
    """
    digits = isinstance(text, str) and re.fullmatch(r"[0-9]{1,30}", text.strip())
    whole = isinstance(text, Integral) and not isinstance(text, bool)
    value = int(text) if digits or whole else -1
    if not 0 <= value <= LARGEST_SEED:
        raise InputError(
            where,
            f"got {shorten(text)}",
            f"a whole number from 0 to {LARGEST_SEED}",
            "for example, 1",
        )
    return value


def _resolve(path: Path, chain: tuple[Path, ...]) -> tuple[dict[str, Any], list[Layer]]:
    """Return what `path` and everything it extends amount to, and the layers, innermost first."""
    file = shown(path)
    try:
        path = path.resolve()
    except (OSError, RuntimeError) as error:
        raise InputError(file, f"cannot be found: {error}") from None
    if path in chain:
        names = " -> ".join(member.name for member in (*chain[chain.index(path) :], path))
        raise InputError(
            f"{shown(chain[-1])}: extends",
            f"is circular: {names}",
            "a chain that ends",
            "take one `extends` out",
        )
    if len(chain) == MOST_FILES:
        raise InputError(
            f"{shown(chain[-1])}: extends",
            f"is the last of {MOST_FILES} files, each extending the next",
            f"at most {MOST_FILES}",
        )
    raw = read_toml(path)
    if not raw:
        raise InputError(file, "is empty", "a scenario", 'begin it with `extends = "historical"`')
    extends, fit, keeps = (raw.pop(key, None) for key in IN_FILES)
    tree = {"name": path.stem, "title": path.stem.replace("-", " ").capitalize(), **raw}
    base = declared_defaults()
    layers = [Layer(DECLARED, base)] if base else []
    if extends is not None:
        where = f"{file}: extends"
        if not isinstance(extends, str):
            raise InputError(
                where, f"got {shorten(extends)}", 'one name or path in quotes, as in "historical"'
            )
        base, layers = _resolve(find(extends, path.parent, where), (*chain, path))
        base = {key: part for key, part in base.items() if key not in _NOT_INHERITED}
        layers = [
            layer._replace(tree={k: v for k, v in layer.tree.items() if k not in _NOT_INHERITED})
            for layer in layers
        ]
    merged = merge(base, tree)
    layers.append(Layer(file, tree))
    if fit is not None:
        layers.append(_fit(path, fit, merged, f"{file}: fit"))
        merged = merge(merged, layers[-1].tree)
    if keeps is not None:
        layers.append(_left_out(keeps, f"{file}: keeps"))
        merged = merge(merged, layers[-1].tree)
    return merged, layers


def _left_out(keeps: Any, where: str) -> Layer:
    """Return a layer in which all mechanisms but those that an explanation keeps weigh nothing."""
    names = [each.name for each in chart().mechanisms]
    if not isinstance(keeps, list):
        raise InputError(
            where, f"got {shorten(keeps)}", "a list of names", f'as in ["{names[-1]}"]'
        )
    for name in keeps:
        if name not in names:
            got = f"names {shorten(name)}, and no mechanism is called that"
            raise InputError(where, got, ", ".join(names), nearest(str(name), names))
    tree: dict[str, Any] = {}
    for each in chart().mechanisms:
        for key, value in ({} if each.name in keeps else each.left_out).items():
            part, _, name = key.partition(".")
            nothing = dict.fromkeys(("value", "low", "high"), value)
            words = "left out of this explanation"
            number = {**nothing, "prior": "fixed", "claims": [], "assumed": words}
            tree.setdefault(part, {})[name] = number
    return Layer(where, tree)


def declared_defaults() -> dict[str, Any]:
    """Return what a scenario has of the numbers and levers that it says nothing about."""
    found: dict[str, Any] = {}
    for part in ("population", "coefficients", "rates"):
        numbers = getattr(chart(), part).values()
        found[part] = {each.name: dict(each.default) for each in numbers if each.default}
    found["levers"] = {each.name: dict(each.default) for each in chart().levers}
    return {part: table for part, table in found.items() if table}


def _fit(path: Path, fit: Any, tree: Mapping[str, Any], where: str) -> Layer:
    """Return the values of the fit that the scenario `path` names, as a layer over its `tree`."""
    if not isinstance(fit, str):
        raise InputError(where, f"got {shorten(fit)}", "the path of a TOML file, in quotes")
    found = existing(path.parent / fit, where, without="`midnight fit` writes one; or leave it out")
    file, content = shown(found), read_toml(found)
    for key in content.keys() - {"fit", "values"}:
        raise InputError(
            f"{file}: {shorten(key)[1:-1]}",
            "there is no such table",
            "fit, values",
            nearest(key, ("fit", "values")),
        )
    values = content.get("values")
    if not isinstance(values, Mapping):
        got = "is missing" if values is None else f"got {shorten(values)}"
        raise InputError(f"{file}: values", got, "a table of numbers", "`midnight fit` writes it")
    merged: dict[str, Any] = {}
    for key, value in _flat(values):
        place = f"{file}: values.{shorten(key)[1:-1]}"
        if isinstance(value, bool) or not isinstance(value, Real):
            raise InputError(place, f"got {shorten(value)}", "a number")
        parameters = [
            f"{part}.{name}"
            for part in ("population", "coefficients", "rates")
            for name in getattr(chart(), part)
        ]
        if key not in parameters:
            remedy = nearest(key, parameters) if "." in key else 'as in "coefficients.offer" = 1.2'
            raise InputError(place, "there is no such parameter", "", remedy or "take it out")
        merged = merge(merged, _nest(tree, key, value, place))
    return Layer(file, merged, "values.")


def _flat(tables: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Any]]:
    """Yield every value of nested tables with its dotted key."""
    for key, value in tables.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _nest(tree: Mapping[str, Any], key: str, value: Any, where: str) -> dict[str, Any]:
    """Return `{a: {b: value}}` for the key `a.b`; the tables on the way have to exist in `tree`."""
    head, _, rest = key.partition(".")
    if not rest:
        return {head: value}
    inner = tree.get(head)
    if inner is None and head in Scenario.model_fields:
        inner = {}
    if not isinstance(inner, Mapping):
        known = [name for name, part in tree.items() if isinstance(part, Mapping)]
        got = f"there is no table `{head}`" if inner is None else f"`{head}` is no table"
        raise InputError(where, got, ", ".join(known), nearest(head, known))
    return {head: _nest(inner, rest, value, where)}


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


def hash_of(scenario: Scenario) -> str:
    """Return a hash (16 hex digits) of the world that a scenario describes.

    Prose, sources and what is shown do not enter it.
    """
    content = scenario.model_dump(mode="json")
    bare = {
        "calendar": {name: content["calendar"][name] for name in ("start", "end")},
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
