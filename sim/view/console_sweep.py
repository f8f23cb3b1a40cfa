"""What the terminal shows of sweeps; a stop, however it comes, says how to go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import OutputError, stoppable
from sim.experiment.design import Design
from sim.experiment.files import clean
from sim.experiment.folder import LAST, check_place
from sim.experiment.outcome import Status, Sweep
from sim.experiment.store import RUNS
from sim.experiment.sweep import default_folder, run_missing
from sim.view.console import columns, err, out, print_json, progress
from sim.view.place import results

if TYPE_CHECKING:
    from sim.experiment.sensitivity import Sensitivity

FIRST_PICTURE, SHARE_OF_PICTURES = 30.0, 0.03
"""Seconds until the first picture of a sweep that goes on, and what share of the time they take."""


def run(found: Design, folder: Path | None, as_json: bool, what: str = "sweep", **how) -> Sweep:
    """Live what is missing of a design, with progress, and pictures while it goes on."""
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
        run_missing(found, folder, tell=_drawing(folder, tell), look=look, **how)
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


def show_sweep(swept: Sweep, as_json: bool) -> None:
    """Show what is done, and where the tables and the picture are."""
    status = swept.status
    if as_json:
        runs = swept.runs
        print_json(
            {
                "folder": str(swept.folder),
                "axes": {axis.key: list(axis.values) for axis in swept.design.axes},
                "design": swept.design.kind,
                "status": _plain(status),
                "runs": runs.astype(object).where(runs.notna(), None).to_dict("records"),
            }
        )
        return
    out.print(f"{swept.design.scenario.title}: ", end="", markup=False)
    tell_status(swept, status)
    if status.done:
        of = swept.values(swept.headline)
        low, middle, high = (f"{np.nanquantile(of, q):,.0f}" for q in (0.05, 0.5, 0.95))
        words = swept.headline.removeprefix("target_").replace("_", " ")
        out.print(f"{words}, over all worlds: {middle} [90%: {low} to {high}]", markup=False)
    out.print(
        f"\nResults: {swept.folder}/ (figure.png, runs.parquet; "
        f"`midnight export {swept.folder}` writes CSV)",
        markup=False,
    )


def show_status(folder: Path, as_json: bool) -> None:
    """Show what is done, failed and left, and how long it will take."""
    swept = Sweep(folder)
    status = swept.status
    if as_json:
        print_json({"folder": str(folder), "axes": list(swept.design.keys), **_plain(status)})
        return
    keys = ", ".join(swept.design.keys)
    out.print(f"{swept.design.scenario.title} over {keys} ({swept.design.kind})", markup=False)
    tell_status(swept, status)


def _plain(status: Status) -> dict[str, Any]:
    return asdict(status)


def tell_status(swept: Sweep, status: Status) -> None:
    """Show how far a sweep is, and what failed."""
    words = f"{status.points:,} points, {status.seeds:,} seeds: {status.done:,} of {status.runs:,}"
    words += " worlds done"
    if status.failed:
        words += f", {status.failed:,} failed"
    if status.left:
        words += f", {status.left:,} left"
        if status.seconds_left == status.seconds_left:
            words += f", about {_duration(status.seconds_left)}"
        words += " (running)" if status.running else " (nobody is at it)"
    out.print(words, markup=False)
    for failure in status.failures:
        values = ", ".join(f"{key}={failure[key]}" for key in swept.design.keys)
        first = str(failure["error"]).splitlines()[0]
        out.print(f"  failed: {values}, seed {failure['seed']}: {first}", markup=False)
    if status.failed > len(status.failures):
        out.print("  ... `midnight export` lists all in failures.csv", markup=False)
    if status.failed:
        out.print("  --retry-failed, added to the same command, tries them again", markup=False)
    if status.left and not status.running:
        out.print("  The command that began it, given again, goes on with it", markup=False)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def show_export(folder: Path, target: Path | None, as_json: bool) -> None:
    """Export a sweep and say where to."""
    from sim.experiment.export import export

    written = export(Sweep(folder), target)
    results.append(written)
    files = sorted(
        f.name for f in written.iterdir() if f.suffix in (".csv", ".json", ".png", ".svg")
    )
    if as_json:
        print_json({"folder": str(written), "files": files})
    else:
        out.print(f"Written to {written}/: {', '.join(files)}", markup=False)


def run_sensitivity(found: Design, folder: Path | None, of: str | None, as_json: bool, **how):
    """Live the design and show both indices of every number."""
    from sim.experiment.sensitivity import analyse

    swept = run(found, folder, as_json, "sensitivity", **how)
    asked = analyse(swept, of)
    try:
        _draw_indices(asked)
    finally:  # what cannot be kept is shown all the same
        _show_sensitivity(asked, as_json)


def _show_sensitivity(asked: Sensitivity, as_json: bool) -> None:
    folder = asked.sweep.folder
    if as_json:
        rows = asked.table.to_dict("records")
        print_json({"folder": str(folder), "of": asked.of, "indices": rows})
        return
    table = columns("", "number", "alone [90%]", "in all [90%]")
    for row in asked.table.sort_values("total", ascending=False).to_dict("records"):
        table.add_row(
            row["key"],
            *(
                f"{row[k]:.2f} [{row[f'{k}_low']:.2f} to {row[f'{k}_high']:.2f}]"
                for k in ("first", "total")
            ),
        )
    out.print(f"Shares of the variance of {asked.of}, over the ranges asked for", markup=False)
    out.print(table)
    out.print(f"\nResults: {folder}/ (sensitivity.png, figure.png)", markup=False)


def _draw_indices(asked: Sensitivity) -> None:
    folder = asked.sweep.folder
    try:
        asked.plot(folder / "sensitivity")
    except OSError as error:
        raise OutputError(
            f"{folder}: the picture cannot be written ({error.strerror or error}).\n"
            "  Make room, or copy the folder to where you may write and name the copy with --out"
        ) from None
