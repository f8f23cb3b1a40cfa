"""How a command runs a sweep: with progress, pictures on the way, and what to do after a stop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sim.cli.place import results
from sim.errors import OutputError, stoppable
from sim.experiment.design import Design
from sim.experiment.execution import Execution
from sim.experiment.sensitivity import Sensitivity
from sim.experiment.store import RUNS
from sim.experiment.sweep import default_folder, run_missing
from sim.experiment.sweep_result import Sweep
from sim.folder import LAST, check_place
from sim.view.console import err, progress
from sim.writing import clean

FIRST_PICTURE, SHARE_OF_PICTURES = 30.0, 0.03
"""Seconds until the first picture of a sweep that goes on, and what share of the time they take."""


def run(
    found: Design,
    folder: Path | None,
    as_json: bool,
    execution: Execution,
    retry_failed: bool = False,
    what: str = "sweep",
) -> Sweep:
    """Run what is missing of a design, with progress, and pictures while it goes on.

    Args:
        found: the design.
        folder: new, or begun with it; by default that of the design, in `results/`.
        as_json: whether a script reads what is shown.
        execution: where.
        retry_failed: whether to try again what failed before.
        what: how the name of the folder begins.

    Raises:
        MidnightError: as of `run_missing`.
    """
    folder = folder or default_folder(found, what)
    check_place(folder)
    if not as_json:
        points, seeds = len(found.points), len(found.seeds)
        err.print(f"{points:,} points x {seeds:,} seeds, kept in {folder}/", markup=False)
    with (
        stoppable(f"every finished run is kept in {folder}/"),
        progress("points looked at", as_json) as look,
        progress("worlds", as_json) as tell,
    ):
        where = replace(execution, progress=_drawing(folder, tell))
        run_missing(found, folder, where, retry_failed, look)
        swept = Sweep(folder)
        _draw_missing(swept)
    clean(folder)
    results.append(folder)
    return swept


def _draw_missing(swept: Sweep) -> None:
    """Write picture and provenance, if one is missing or older than the runs."""
    from sim.experiment.export import draw, write_provenance

    folder = swept.folder
    if any(_is_old(folder / name, folder / RUNS) for name in ("figure.png", "figure.svg")):
        draw(swept)
    if _is_old(folder / LAST, folder / RUNS):
        write_provenance(swept)


def _is_old(file: Path, table: Path) -> bool:
    return not file.exists() or file.stat().st_mtime < table.stat().st_mtime


def _drawing(folder: Path, tell: Callable[[int, int], None]) -> Callable[[int, int], None]:
    """Tell, and draw what is done so far every now and then."""
    due = time.monotonic() + FIRST_PICTURE

    def told(done: int, of: int) -> None:
        nonlocal due
        tell(done, of)
        if time.monotonic() > due and done < of:
            from sim.experiment.export import draw

            begun = time.monotonic()
            draw(Sweep(folder))
            took = time.monotonic() - begun
            due = begun + max(FIRST_PICTURE, took / SHARE_OF_PICTURES)

    return told


def draw_indices(asked: Sensitivity) -> None:
    """Draw a sensitivity into the folder of its sweep.

    Raises:
        OutputError: it cannot be written.
    """
    folder = asked.sweep.folder
    try:
        asked.plot(folder / "sensitivity")
    except OSError as error:
        raise OutputError(
            f"{folder}: the picture cannot be written ({error.strerror or error}).\n"
            "  Make room, or copy the folder to where you may write and name the copy with --out"
        ) from None
