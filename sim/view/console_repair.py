"""What the terminal shows of a repair."""

from __future__ import annotations

from pathlib import Path

from sim.experiment import repair as repairs
from sim.experiment.outcome import Sweep
from sim.view.console import err, out, print_json
from sim.view.console_sweep import run, tell_status


def repair(folder: Path, as_json: bool, **how) -> None:
    """Repair a store, run what is missing, and say what was done.

    Args:
        folder: of the sweep.
        as_json: print one JSON object and nothing else.
        how: workers and cluster, to run on.

    Raises:
        MidnightError: it cannot be repaired, or not be finished.
    """
    found = repairs.repair(folder)
    if found.was_whole:
        swept = Sweep(folder)
    else:
        if not as_json:
            of = "" if found.had is None else f" of {found.had:,}"
            words = f"{found.kept:,}{of} runs are whole and kept; the damaged file is kept as "
            err.print(f"{words}{found.damaged}", markup=False)
        swept = run(found.design, folder, as_json, **how)
    status = swept.status
    if as_json:
        again = None if found.had is None else found.had - found.kept
        print_json(
            {
                "folder": str(folder),
                "was_whole": found.was_whole,
                "kept": found.kept,
                "run_again": again,
                "damaged": None if found.damaged is None else str(found.damaged),
                "done": status.done,
                "failed": status.failed,
                "left": status.left,
            }
        )
        return
    if found.was_whole:
        out.print(f"{folder}: nothing is damaged, so nothing was changed", markup=False)
    tell_status(swept, status)
    if not found.was_whole:
        out.print(f"\nResults: {folder}/ (figure.png, runs.parquet)", markup=False)
