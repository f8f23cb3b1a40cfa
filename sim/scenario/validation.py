"""From what Pydantic found wrong to one message that a student can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from sim.chart.lists import refuse
from sim.errors import InputError, nearest, shorten
from sim.evidence.loading import names as evidence_sets
from sim.evidence.loading import names_in_words
from sim.scenario.schema import Number, Scenario
from sim.validation import ALLOWED
from sim.values import FIRST_DAY, LAST_DAY, Day, MisfitError

IN_FILES = ("extends", "fit", "keeps")  # keys that a file may have and a resolved scenario has not


DECLARED = "the declarations of the model"
"""Where numbers come from that no file gives."""


class Layer(NamedTuple):
    """What one file or option has laid over the others.

    Attributes:
        where: the file, or `--set`.
        tree: the tables that it gives.
        prefix: in front of the keys within it: `values.` in a fit, the key itself for an option.
    """

    where: str
    tree: Mapping[str, Any]
    prefix: str = ""


class Place(NamedTuple):
    """What the schema says about a place in a scenario."""

    type: Any
    field: FieldInfo | None
    parameter: FieldInfo | None


def name_place(
    layers: Sequence[Layer], location: Iterable[Any], file: str, missing: bool = False
) -> str:
    """Return file and key, or the option, of the last layer that speaks of `location`.

    Args:
        layers: innermost first.
        location: keys from the top of the scenario.
        file: to be named if no layer speaks of it.
        missing: the last key is in none of them; the first that has its table is meant.
    """
    steps = [step for step in location if isinstance(step, str)]
    best, depth = Layer(file, {}), 0
    for layer in layers:
        reached = _reach(layer.tree, steps)
        if abs(reached) > depth or (abs(reached) == depth > 0 and not missing):
            best, depth = layer, abs(reached)
    bare = _reach(best.tree, steps) < 0
    if bare:  # the value that was given stands higher up than the one that is wrong
        steps = steps[: _bare_at(best.tree, steps)]
    key = ".".join(shorten(step, 70)[1:-1] for step in steps[:10])
    if best.where == "--set":
        below = key.removeprefix(f"{best.prefix}.")
        above = f"{best.prefix}.".startswith(f"{key}.") or not key
        return f"--set {best.prefix}" if above else f"--set {best.prefix}: {below}"
    return f"{best.where}: {best.prefix}{key}" if key else best.where


def refuse_lists(raw: Any, layers: Sequence[Layer], file: str) -> None:
    """Refuse tables, keys and kinds of acts by which a scenario would change a dated list.

    Args:
        raw: a resolved scenario, as a TOML file would give it.
        layers, file: as of `name_place`.

    Raises:
        InputError: one is named so.
    """
    for name, table in raw.items() if isinstance(raw, Mapping) else ():
        refuse(str(name), name_place(layers, (name,), file))
        for key, part in table.items() if isinstance(table, Mapping) else ():
            refuse(str(key), name_place(layers, (name, key), file))
            if name == "events" and isinstance(part, Mapping):
                refuse(str(part.get("kind")), name_place(layers, (name, key, "kind"), file))


def explain(error: ValidationError, layers: Sequence[Layer], file: str) -> InputError:
    """Return the most useful of Pydantic's complaints, in words.

    Args:
        error: as raised for the resolved scenario.
        layers: what it was made of, innermost first.
        file: the scenario that the user named.
    """
    complaints = sorted(error.errors(include_url=False), key=_urgency)
    first = complaints[0]
    location = tuple(step for step in first["loc"] if step != "[key]")
    missing = first["type"] == "missing"
    got, allowed, remedy = f"got {shorten(first['input'])}", "", ""
    if first["type"] == "extra_forbidden":
        got, allowed, remedy = _unknown(location, layers[-1].where != "--set")
    elif missing:
        got, remedy = "is missing", _how_to_add(location, layers)
    elif first["type"] == "value_error":
        problem = first["ctx"]["error"]
        if isinstance(problem, MisfitError):
            location += tuple(problem.key.split(".")) if problem.key else ()
            got, remedy = problem.got or got, problem.remedy
            allowed = _with_range(problem.allowed, place_of(location))
            remedy = remedy or _number_remedy(first["input"], allowed)
        else:
            got = str(problem)
    else:
        got, allowed, remedy = _by_kind(first, location, layers)
    more = len(complaints) - 1
    if more:
        remedy = f"{remedy}\n  ({more:,} more errors)".strip()
    return InputError(name_place(layers, location, file, missing), got, allowed, remedy)


def place_of(location: Iterable[Any]) -> Place:
    """Return what the schema says about a location; nothing, if it does not know it."""
    kind: Any = Scenario
    field = parameter = None
    for step in location:
        fields = getattr(kind, "model_fields", {})
        if step in fields:
            field = fields[step]
            kind = field.annotation
            parameter = field if kind is Number else parameter
        elif get_origin(kind) in (dict, tuple):
            kind = get_args(kind)[1 if get_origin(kind) is dict else 0]
            field = None
        else:
            return Place(None, None, None)
    return Place(kind, field, parameter)


def _reach(tree: Any, steps: Sequence[str]) -> int:
    """Return how many of `steps` a tree has; all of them, negative, if a value cuts them short."""
    for depth, step in enumerate(steps):
        if not isinstance(tree, Mapping):
            return -len(steps)
        if step not in tree:
            return depth
        tree = tree[step]
    return len(steps)


def _bare_at(tree: Any, steps: Sequence[str]) -> int:
    depth = 0
    while isinstance(tree, Mapping):
        tree, depth = tree[steps[depth]], depth + 1
    return depth


def _urgency(complaint: Mapping[str, Any]) -> int:
    """Unknown keys come first, since a missing key is often one that was misspelt."""
    if complaint["type"] == "missing":
        return 3 if complaint["loc"] in (("title",), ("question",)) else 2
    return 0 if complaint["type"] == "extra_forbidden" else 1


def _unknown(location: tuple[Any, ...], in_file: bool) -> tuple[str, str, str]:
    name = str(location[-1])
    known = list(getattr(place_of(location[:-1]).type, "model_fields", {}))
    if len(location) == 1 and in_file:
        known += IN_FILES
    remedy = nearest(name, known)
    elsewhere = [key for key in _all_keys() if key.split(".")[-1] == name]
    if name in (*Scenario.model_fields, *IN_FILES):
        remedy = f"`{name}` belongs at the top of the file, above the first [table]"
    elif elsewhere:
        remedy = "did you mean " + " or ".join(f"`{key}`" for key in elsewhere) + "?"
    return "there is no such key", ", ".join(known), remedy


def _all_keys() -> list[str]:
    """Return the dotted keys of the second level: parameters and levers."""
    return [
        f"{part}.{name}"
        for part, field in Scenario.model_fields.items()
        for name in getattr(field.annotation, "model_fields", {})
    ]


def _how_to_add(location: tuple[Any, ...], layers: Sequence[Layer]) -> str:
    if location == ("question",):
        return 'add what this world asks, as in `question = "What if Radek had not signed?"`'
    if (
        _stands_alone(layers)
        and location != ("title",)
        and location[0] not in ("leaders", "events")
    ):
        return 'add it, or begin the file with `extends = "historical"`'
    return "add it"


def _stands_alone(layers: Sequence[Layer]) -> bool:
    """Return whether the scenario is one file that extends no other."""
    return sum(layer.where not in ("--set", DECLARED) and not layer.prefix for layer in layers) == 1


def _by_kind(
    complaint: Mapping[str, Any], location: tuple[Any, ...], layers: Sequence[Layer]
) -> tuple[str, str, str]:
    """Return got, allowed and remedy of a complaint that is Pydantic's own."""
    kind, value, context = complaint["type"], complaint["input"], complaint.get("ctx", {})
    place = place_of(location)
    got, remedy = f"got {shorten(value)}", ""
    allowed = ALLOWED.get(kind, "")
    if kind == "literal_error":
        choices = [str(choice) for choice in get_args(place.type)]
        allowed = ", ".join(f'"{choice}"' for choice in choices)
        remedy = nearest(str(value), choices) if isinstance(value, str) else ""
    elif kind in ("greater_than_equal", "less_than_equal", "finite_number"):
        got = f"got {value:.12g}" if isinstance(value, float) else got
        allowed = _with_range("a day" if place.field and _is_day(place) else "a number", place)
    elif kind == "string_too_long":
        got = f"got a text of {len(value):,} characters"
        allowed = f"at most {context['max_length']:,}"
    elif kind == "too_long":
        got, allowed = f"got {len(value):,} entries", f"at most {context['max_length']:,}"
    elif kind == "model_type" and place.type is Number:
        allowed = _with_range("a number", place)
        remedy = _number_remedy(value, allowed)
        if not remedy and not isinstance(value, str):
            remedy = 'with its range: { value = 1, low = 0, high = 2, assumed = "why" }'
            if _stands_alone(layers):
                remedy = 'begin the file with `extends = "historical"`, or write it ' + remedy
    elif kind == "model_type" and isinstance(place.type, type) and len(location) > 1:
        others = _names_in(layers, location[:-1]) - {location[-1]}
        remedy = nearest(str(location[-1]), sorted(others))
    if location == ("name",):
        remedy = "rename the file, or give the scenario a `name` in it"
    elif location == ("evidence",):
        allowed, remedy = names_in_words(), nearest(str(value), evidence_sets())
    if not allowed:
        allowed = complaint["msg"][0].lower() + complaint["msg"][1:]
    return got, allowed, remedy


def _names_in(layers: Sequence[Layer], location: Iterable[Any]) -> set[str]:
    """Return the names that the layers give in one table."""
    names: set[str] = set()
    for layer in layers:
        table: Any = layer.tree
        for step in location:
            table = table.get(step) if isinstance(table, Mapping) else None
        names |= set(table) if isinstance(table, Mapping) else set()
    return names


def _is_day(place: Place) -> bool:
    return place.field is not None and place.field.annotation is get_args(Day)[0]


def _with_range(allowed: str, place: Place) -> str:
    """Return `allowed` with the range that the schema sets at `place`."""
    if allowed == "a day":
        return f"a day from {FIRST_DAY} to {LAST_DAY}, written as 1929-07-13"
    if allowed not in ("a number", "a whole number"):
        return allowed
    if place.parameter is not None:
        extra: Any = place.parameter.json_schema_extra
        number = "a whole number" if extra["whole"] else "a number"
        return f"{number} from {extra['at_least']:,} to {extra['at_most']:,} ({extra['unit']})"
    if place.field is None:
        return allowed
    bounds = {
        key: getattr(rule, key)
        for rule in place.field.metadata
        for key in ("ge", "le")
        if hasattr(rule, key)
    }
    return f"a number from {bounds['ge']:g} to {bounds['le']:g}" if len(bounds) == 2 else allowed


def _number_remedy(value: Any, allowed: str) -> str:
    if not isinstance(value, str) or "number" not in allowed:
        return ""
    if re.fullmatch(r"-?\d{1,9},\d{1,9}", value):
        return f"decimals take a point: {value.replace(',', '.')}"
    if re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", value):
        return f"without quotes: {value}"
    return ""
