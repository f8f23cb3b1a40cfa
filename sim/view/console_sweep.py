"""What the terminal shows of sweeps."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.experiment.quantiles import QUANTILES
from sim.experiment.sweep_result import Status, Sweep
from sim.view.console import columns, out, print_json

if TYPE_CHECKING:
    from sim.experiment.sensitivity import Sensitivity


def show_sweep(swept: Sweep, as_json: bool) -> None:
    """Show what is done, and where the tables and the picture are."""
    status = swept.status
    if as_json:
        print_json(
            {
                "folder": str(swept.folder),
                "axes": {axis.key: list(axis.values) for axis in swept.design.axes},
                "design": swept.design.kind,
                "status": _plain(status),
                "runs": swept.runs.to_dict("records"),
            }
        )
        return
    out.print(f"{swept.design.scenario.title}: ", end="", markup=False)
    tell_status(swept, status)
    if status.done:
        of = swept.values(swept.headline)
        low, middle, high = (f"{np.nanquantile(of, q):,.0f}" for q in QUANTILES.values())
        words = swept.headline.removeprefix("target_").replace("_", " ")
        out.print(f"{words}, over all worlds: {middle} [90%: {low} to {high}]", markup=False)
    out.print(
        f"\nResults: {swept.folder}/ (figure.png, runs.parquet; "
        f"`midnight export {swept.folder}` writes CSV)",
        markup=False,
    )


def show_status(swept: Sweep, as_json: bool) -> None:
    """Show what is done, failed and left, and how long it will take."""
    status, folder = swept.status, swept.folder
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


def show_export(written: Path, as_json: bool) -> None:
    """Say where a sweep was exported to."""
    files = sorted(
        f.name for f in written.iterdir() if f.suffix in (".csv", ".json", ".png", ".svg")
    )
    if as_json:
        print_json({"folder": str(written), "files": files})
    else:
        out.print(f"Written to {written}/: {', '.join(files)}", markup=False)


def show_sensitivity(asked: Sensitivity, as_json: bool) -> None:
    """Show both indices of every number."""
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
