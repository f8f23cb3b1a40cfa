"""What was done to people on dated days, read from a table that no scenario can change.

Nobody's killing is a lever. Who it befalls is drawn by lot among the invented people of the model,
never by what they did: killing did not depend on conduct.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import NamedTuple


class Entry(NamedTuple):
    """A row of `lists.csv`: how many people on a day, and at which place of the gazetteer."""

    date: date
    number: int
    place: str
    claims: tuple[str, ...]
    assumed: str


@cache
def lists() -> Mapping[str, tuple[Entry, ...]]:
    """Return the entries of each list, by its name."""
    text = resources.files(__package__).joinpath("lists.csv").read_text(encoding="utf-8")
    found: dict[str, tuple[Entry, ...]] = {}
    for row in csv.DictReader(text.splitlines()):
        entry = Entry(
            date.fromisoformat(row["date"]),
            int(row["number"]),
            row["place"],
            tuple(filter(None, row["claims"].split(";"))),
            row["assumed"],
        )
        found[row["list"]] = (*found.get(row["list"], ()), entry)
    return found
