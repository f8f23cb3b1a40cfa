"""What was done to people on dated days, read from a table that no scenario can change.

Nobody's killing is a lever. Whom a row befalls is drawn by lot among the invented people of the
model to whom it can happen. The dead of Vorkuta were shot as Trotskyists, called out from a
list; whom of those who counted as such, no text says.
"""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib import resources

from sim.chart.kinds import Entry
from sim.errors import InputError

KILLED = "killed"
"""The stance to which nothing but the dated table leads."""


@cache
def _rows() -> tuple[dict[str, str], ...]:
    text = resources.files(__package__).joinpath("lists.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def entries(name: str) -> tuple[Entry, ...]:
    """Return the rows of `lists.csv` that belong to one list, in the order of the file."""
    return tuple(
        Entry(
            date.fromisoformat(row["date"]),
            int(row["number"]),
            tuple(filter(None, row["claims"].split(";"))),
            row["assumed"],
        )
        for row in _rows()
        if row["list"] == name
    )


def names() -> frozenset[str]:
    """Return the names of the lists."""
    return frozenset(row["list"] for row in _rows())


def refuse(key: str, where: str) -> None:
    """Refuse a key that would make a setting of what the dated table says.

    Args:
        key: dotted, of a scenario; or the name of a declaration.
        where: what to call it in messages.

    Raises:
        InputError: it names a list, the table, or those killed; it says why that is refused.
    """
    if {"lists", KILLED, *names()} & set(key.casefold().split(".")[:2]):
        got = "what was done to people on dated days is data from the texts, and no setting"
        remedy = (
            "They were people, shot as Trotskyists; whom of them, the model draws by lot. Nobody's "
            "killing can be switched, scaled, set or swept. Change what came before"
        )
        raise InputError(where, got, "", remedy)
