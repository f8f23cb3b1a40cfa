"""A view and its address: what a student sends to show others the very same page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from sim.errors import InputError, MidnightError, nearest, shorten
from sim.scenario.files import shipped
from sim.scenario.loading import load, parse_set
from sim.scenario.loading import seed as check_seed
from sim.scenario.span import years
from sim.view.app.controls import keys

LONGEST = 20_000  # characters; a view with every slider moved has about 3,000


@dataclass(frozen=True)
class View:
    """What a visitor looks at.

    Attributes:
        scenario: name of a shipped scenario, or the path with which the page was started.
        seed: of both simulations.
        changes: to the first world, by dotted key.
        second: scenario of the second world; None for no second world.
        second_changes: to the second world, by dotted key.
        person: whose life is shown; None for nobody's.
        week: to which the worlds have come.
        span: years that are run and shown, as of `--span`; empty for those of the scenario.
    """

    scenario: str = "historical"
    seed: int = 1
    changes: Mapping[str, Any] = field(default_factory=dict)
    second: str | None = None
    second_changes: Mapping[str, Any] = field(default_factory=dict)
    person: int | None = None
    week: int = 0
    span: str = ""

    def parameters(self) -> dict[str, Any]:
        """Return the arguments with which `Worlds` makes the worlds of this view."""
        return {
            "first": self.scenario,
            "rng": self.seed,
            "changes": dict(self.changes),
            "second": self.second,
            "second_changes": dict(self.second_changes) if self.second else None,
            "span": self.span,
        }


START = View()
"""What a bare address shows; `midnight app` replaces it with what it was asked for."""


def offered() -> list[str]:
    """Return the scenarios that may be asked for: an address is no way to the disk's files."""
    return list(dict.fromkeys([START.scenario, *shipped()]))


@cache
def described(name: str) -> tuple[str, str]:
    """Return how a scenario is called on the page, and its question; a file by its name as well."""
    found = load(name)
    file = f" ({Path(name).name})" if name.endswith(".toml") else ""
    return found.title + file, found.question


def check_name(name: str, where: str) -> str:
    """Return the name of a scenario that may be asked for.

    Raises:
        InputError: it may not.
    """
    if name not in offered():
        remedy = nearest(name, offered())
        raise InputError(where, f"got {shorten(name)}", ", ".join(offered()), remedy)
    return name


def check_span(text: str) -> str:
    """Return a span of years, or nothing for that of the scenario.

    Raises:
        InputError: it is none.
    """
    if text:
        years(text, "span")
    return text


def whole(text: str, where: str, most: int | None = None) -> int:
    """Return a whole number of 0 or more.

    Raises:
        InputError: it is none, or more than `most`.
    """
    words = text.strip()
    known = words.isascii() and words.isdigit() and len(words) <= 18
    number = int(words) if known else None
    if number is None or (most is not None and number > most):
        allowed = "a whole number, 0 or more" if most is None else f"0 to {most} in this world"
        raise InputError(where, f"got {shorten(text)}", allowed)
    return number


def to_query(view: View) -> str:
    """Return a view as the part of an address behind the question mark."""
    pairs: list[tuple[str, Any]] = [("scenario", view.scenario), ("seed", view.seed)]
    pairs += [("set", f"{key}={_text(value)}") for key, value in view.changes.items()]
    if view.second is not None:
        pairs.append(("second", view.second))
        pairs += [
            ("second-set", f"{key}={_text(value)}") for key, value in view.second_changes.items()
        ]
    if view.span:
        pairs.append(("span", view.span))
    if view.person is not None:
        pairs.append(("person", view.person))
    if view.week:
        pairs.append(("week", view.week))
    return urlencode(pairs, safe="=./")


def from_query(query: str | None) -> tuple[View, str]:
    """Return the view of an address, and what is wrong with it; a part that is wrong is left out.

    Args:
        query: the part behind the question mark; what it does not say is as the page starts.
    """
    try:
        given = parse_qs((query or "")[:LONGEST], keep_blank_values=True, max_num_fields=500)
    except ValueError:
        return START, "the address: cannot be read"
    view, complaints = START, []
    steps: dict[str, Callable[[list[str]], dict[str, Any]]] = {
        "scenario": lambda x: {"scenario": check_name(x[-1], "scenario"), "changes": {}},
        "seed": lambda x: {"seed": check_seed(x[-1], "seed")},
        "set": lambda x: {"changes": _changes(view.scenario, x)},
        "second": lambda x: {"second": check_name(x[-1], "second world")},
        "second-set": lambda x: {"second_changes": _checked_second(view, x)},
        "span": lambda x: {"span": check_span(x[-1])},
        "person": lambda x: {"person": whole(x[-1], "person")},
        "week": lambda x: {"week": whole(x[-1], "week")},
    }
    for name, read in steps.items():
        if name not in given:
            continue
        try:
            wanted = replace(view, **read(given[name]))
            load(wanted.scenario, wanted.changes)
            view = wanted
        except MidnightError as error:
            complaints.append(str(error))
    unknown = sorted(given.keys() - steps.keys())
    if unknown:
        got = f"got {shorten(unknown[0])}"
        complaints.append(str(InputError("the address", got, ", ".join(steps))))
    return view, "\n".join(complaints)


def _checked_second(view: View, assignments: list[str]) -> dict[str, Any]:
    if view.second is None:
        raise InputError("second-set", "there is no second world", "", "name one with `second`")
    changes = _changes(view.second, assignments)
    load(view.second, changes)
    return changes


def _changes(scenario: str, assignments: list[str]) -> dict[str, Any]:
    """Return changes as of `--set`; only what the page has a control for, each in its range."""
    changes = dict(parse_set(text) for text in assignments)
    known = keys(load(scenario))
    for key, value in changes.items():
        if key not in known:
            raise InputError("set", f"got {shorten(key)}", ", ".join(known), nearest(key, known))
        known[key].check(value)
    return changes


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"
