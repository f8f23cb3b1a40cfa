"""What was done to people on dated days, read from a table that no scenario can change.

Nobody's killing is a lever. Whom a row befalls is drawn by lot among the invented people of the
model, whatever they did: killing did not depend on conduct.
"""

from __future__ import annotations

import csv
from datetime import date
from importlib import resources

from sim.chart.kinds import Entry


def entries(name: str) -> tuple[Entry, ...]:
    """Return the rows of `lists.csv` that belong to one list, in the order of the file."""
    text = resources.files(__package__).joinpath("lists.csv").read_text(encoding="utf-8")
    return tuple(
        Entry(
            date.fromisoformat(row["date"]),
            int(row["number"]),
            tuple(filter(None, row["claims"].split(";"))),
            row["assumed"],
        )
        for row in csv.DictReader(text.splitlines())
        if row["list"] == name
    )
