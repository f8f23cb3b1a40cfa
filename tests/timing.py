"""Which tests are quick: those that `make test-fast` runs, and the table that says which are not.

`long.csv` names those that are long. A new one counts as quick until `make durations` has measured
the quick ones and moved it there; a quick run names it at the end.
"""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

LONG = Path(__file__).with_name("long.csv")
LIMIT = 1.0
"""Seconds from which on a test function, with its fixtures and all its cases, is long."""


class Timing:
    """Measures test functions; the time of a shared fixture counts for each that uses it."""

    def __init__(self) -> None:
        self.fixtures: dict[str, float] = defaultdict(float)
        self.calls: dict[str, float] = defaultdict(float)
        self.uses: dict[str, set[str]] = defaultdict(set)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            return (yield)
        finally:
            name = f"{fixturedef.baseid}::{fixturedef.argname}"
            self.fixtures[name] = max(self.fixtures[name], time.perf_counter() - begun)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            return (yield)
        finally:
            test = function_of(item)
            self.calls[test] += time.perf_counter() - begun
            for definitions in item._fixtureinfo.name2fixturedefs.values():
                self.uses[test] |= {f"{each.baseid}::{each.argname}" for each in definitions}

    def seconds(self) -> dict[str, float]:
        """Return the time of every test function that was run."""
        return {
            test: seconds + sum(self.fixtures[name] for name in self.uses[test])
            for test, seconds in self.calls.items()
        }


def function_of(item: pytest.Item) -> str:
    """Return the id of a test's function, the same for all its cases."""
    return item.nodeid.partition("[")[0]


def known_long() -> dict[str, float]:
    """Return the time of the test functions that the table names."""
    with LONG.open(encoding="utf-8", newline="") as lines:
        return {row["test"]: float(row["seconds"]) for row in csv.DictReader(lines)}


def write(seconds: dict[str, float]) -> None:
    """Write the table of those that are long, file by file."""
    with LONG.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["test", "seconds"])
        writer.writerows(
            (test, f"{spent:.1f}") for test, spent in sorted(seconds.items()) if spent >= LIMIT
        )
