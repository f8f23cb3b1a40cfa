"""What the terminal shows of a repair."""

from __future__ import annotations

from sim.experiment.repair import Repair
from sim.experiment.sweep_result import Sweep
from sim.view.console import err, out, print_json
from sim.view.console_sweep import tell_status


def tell_kept(found: Repair) -> None:
    """Say what is whole and kept, before the rest is run again."""
    of = "" if found.had is None else f" of {found.had:,}"
    words = f"{found.kept:,}{of} runs are whole and kept; the damaged file is kept as "
    err.print(f"{words}{found.damaged}", markup=False)


def show_repair(found: Repair, swept: Sweep, as_json: bool) -> None:
    """Say what was done, and how far the sweep now is."""
    status, folder = swept.status, swept.folder
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
