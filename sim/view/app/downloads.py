"""What can be taken along: the series as CSV, and the worlds as scenario files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import tomli_w

from sim.experiment.runs import Runs
from sim.model.world import History, simulate
from sim.scenario.files import shipped
from sim.scenario.loading import load, merge
from sim.scenario.schema import Calendar
from sim.view.app.worlds import Worlds

BY_HAND = "set by hand in the browser"


def series(worlds: Worlds) -> bytes:
    """Return the whole run as CSV: for one world as `midnight run` writes it.

    With a second world there is a column `scenario` with the names on the page.
    """
    scenarios = [shown.scenario for shown in worlds.frame.worlds]
    tables = [_runs(simulate(each, worlds.luck)).series for each in scenarios]
    if len(tables) == 1:
        table = tables[0]
    else:
        named = zip(tables, worlds.names, strict=True)
        table = pd.concat([one.assign(scenario=name) for one, name in named])
    return table.to_csv(index=False, lineterminator="\n").encode()


def _runs(history: History) -> Runs:
    return Runs(history.scenario, [history.seed], history.world.state.series[None])


def scenario_file(
    name: str, changes: Mapping[str, Any], seed: int, calendar: Calendar | None = None
) -> bytes:
    """Return a world as a file that `midnight run` takes: what it extends, and what was changed.

    Args:
        name: of the scenario that was changed.
        changes: by dotted key.
        seed: named in the file's first line, as a file holds no seed.
        calendar: that was run and shown; by default that of the scenario.
    """
    base = load(name)
    about = {
        "extends": name if name in shipped() else str(Path(name).resolve()),
        "title": base.title + (", changed" if changes else ""),
        "question": base.question,
        "changes": " ".join(filter(None, [base.changes, _by_hand(changes)])),
    }
    tree: dict[str, Any] = {key: text for key, text in about.items() if text}
    if base.reading:
        tree["reading"] = base.reading
    for key, value in changes.items():
        tree = merge(tree, _table(key, value))
    if calendar is not None and calendar != base.calendar:
        days = calendar.model_dump(include={"end", "shown"}, exclude_none=True)
        tree = merge(tree, {"calendar": days})
    head = f"# Made in the browser: midnight run THIS.toml --seed {seed}\n"
    return (head + tomli_w.dumps(tree)).encode()


def _by_hand(changes: Mapping[str, Any]) -> str:
    said = ", ".join(f"{key} = {value}" for key, value in changes.items())
    return f"By hand: {said}." if said else ""


def _table(key: str, value: Any) -> dict[str, Any]:
    """Return the tables that a change is written in; a parameter says who set it."""
    part, *path = key.split(".")
    if part in ("coefficients", "rates", "population"):
        inner: Any = {"value": value, "assumed": BY_HAND}
    else:
        *path, last = path
        inner = {last: value}
    for name in reversed(path):
        inner = {name: inner}
    return {part: inner}
