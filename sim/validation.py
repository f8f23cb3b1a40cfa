"""From what Pydantic found wrong with a file to one message that a student can act on.

Scenarios, which are laid over each other, have more to say: see `sim.scenario.validation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

from pydantic import ValidationError

from sim.errors import InputError, nearest, shorten
from sim.values import FIRST_DAY, LAST_DAY, MisfitError

NAME = "small letters, digits, - and _, at most 64, a letter or digit first"
ALLOWED = {
    "string_type": "text in quotes",
    "string_unicode": "text in quotes",
    "string_pattern_mismatch": NAME,
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "tuple_type": 'a list in square brackets, as in ["cap-radek"]',
    "too_short": "at least one entry",
    "invalid_key": NAME,
}
_MORE = {
    "bool_parsing": "true or false",
    "dataclass_type": "a table",
    "finite_number": "a finite number",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number of a few digits",
    "int_type": "a whole number",
    "list_type": "a list in square brackets",
    "none_required": "nothing",
    "string_too_short": "a text",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def explain(error: ValidationError, root: type, where: str, remedy: str = "") -> InputError:
    """Return the most useful of Pydantic's complaints, in words.

    Args:
        error: as raised for the content of a file.
        root: the model that the content was checked against.
        where: the file.
        remedy: what to do; by default what the complaint suggests.
    """
    complaints = sorted(error.errors(include_url=False), key=_urgency)
    first = complaints[0]
    location, kind, value = tuple(first["loc"]), first["type"], first["input"]
    if location and location[-1] == "[key]":
        location = location[:-1]
    got, allowed, advice = f"got {shorten(value)}", "", ""
    if kind == "extra_forbidden":
        known = list(getattr(type_at(root, location[:-1]), "model_fields", {}))
        got, allowed = "there is no such key", ", ".join(known)
        advice = nearest(str(location[-1]), known)
    elif kind == "missing":
        got, advice = "is missing", "add it"
    elif kind == "value_error":
        problem = first["ctx"]["error"]
        if isinstance(problem, MisfitError):
            location += tuple(problem.key.split(".")) if problem.key else ()
            got, allowed, advice = problem.got or got, problem.allowed, problem.remedy
            if allowed == "a day":
                allowed = f"a day from {FIRST_DAY} to {LAST_DAY}, written as 1929-07-13"
        else:
            got = str(problem)
    else:
        got, allowed, advice = _by_kind(first, type_at(root, location))
    advice = remedy or advice
    if len(complaints) > 1:
        advice = f"{advice}\n  ({len(complaints) - 1:,} more errors)".strip()
    place = _written(location)
    return InputError(f"{where}: {place}" if place else where, got, allowed, advice)


def type_at(root: Any, location: Iterable[Any]) -> Any:
    """Return the type that a model declares at a location; None if it knows no such place."""
    kind = root
    for step in location:
        fields = getattr(kind, "model_fields", {})
        if step in fields:
            kind = fields[step].annotation
        elif get_origin(kind) in (dict, tuple, list):
            kind = get_args(kind)[1 if get_origin(kind) is dict else 0]
        else:
            return None
        if type(None) in get_args(kind):
            kind = get_args(kind)[0]
    return kind


def _by_kind(complaint: Mapping[str, Any], declared: Any) -> tuple[str, str, str]:
    """Return got, allowed and remedy of a complaint that is Pydantic's own."""
    kind, value, context = complaint["type"], complaint["input"], complaint.get("ctx", {})
    got, remedy = f"got {shorten(value)}", ""
    allowed = ALLOWED.get(kind) or _MORE.get(kind, "")
    if kind == "literal_error":
        choices = [str(choice) for choice in get_args(declared)]
        allowed = ", ".join(f'"{choice}"' for choice in choices)
        remedy = nearest(value, choices) if isinstance(value, str) else ""
    elif kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        bound = context[key]
        allowed = f"{words} {bound:g}" if isinstance(bound, int | float) else f"{words} {bound}"
    elif kind in ("string_too_long", "too_long"):
        what = "a text of {:,} characters" if kind == "string_too_long" else "{:,} entries"
        got, allowed = f"got {what.format(len(value))}", f"at most {context['max_length']:,}"
    elif not allowed:
        allowed = "something else"
    return got, allowed, remedy


def _written(location: Iterable[Any]) -> str:
    """Return a location as messages write it: `targets.end.alternatives, entry 2: value`."""
    text = ""
    for step in list(location)[:10]:
        if isinstance(step, int):
            text += f", entry {step + 1}: "
        else:
            text += ("." if text and not text.endswith(" ") else "") + shorten(step, 70)[1:-1]
    return text.removesuffix(": ")


def _urgency(complaint: Mapping[str, Any]) -> int:
    """Unknown keys come first, since a missing key is often one that was misspelt."""
    return {"extra_forbidden": 0, "missing": 2}.get(complaint["type"], 1)
