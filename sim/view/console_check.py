"""What the terminal shows of checks: what came out, and FAILED where it is bad."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.markup import escape

from sim.errors import InputError, stoppable
from sim.experiment.draws import Draws
from sim.experiment.files import contents
from sim.experiment.folder import held
from sim.experiment.sizes import A_SIMULATION, check_size
from sim.inference.check import FITTED, Check, check, number
from sim.inference.posterior import prior_places
from sim.inference.problem import Problem
from sim.inference.recovery import FOLDER, recover
from sim.inference.simulation import LIGHT
from sim.view.console import columns, out, print_json, progress
from sim.view.place import Place, keeping, showing

FILES = "predictive.png, with simulations ranks.png, ecdf.png and recovery.png too, tables"


def place(
    out: Path | None, name: str, simulations: int, as_json: bool
) -> AbstractContextManager[Place]:
    """Give the place for results; show them when they are kept.

    With simulations it is a folder new or begun, so that a long check goes on after a stop;
    without, a new one that is there when all is in it.
    """
    if not simulations:
        return keeping(out, name, as_json, FILES)
    return showing(_begun(out or Path("results") / name), as_json, FILES)


@contextmanager
def _begun(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Hold the folder of a check with simulations, if it is new or begun.

    Raises:
        InputError: it holds something else.
    """
    with held(folder):
        if contents(folder) and not (folder / FOLDER).is_dir():
            got = f"`{folder}` holds something else than a check with simulations"
            raise InputError("--out", got, "a new folder, or one that this command has begun")
        yield folder, folder


def run(
    asked: Problem,
    draws: Draws,
    n: int,
    simulations: int,
    folder: Path | None,
    quiet: bool,
    truths: str = "prior",
    other_luck: bool = False,
    workers: int | None = None,
    cluster: str | None = None,
) -> Check:
    """Check, with progress; simulations are kept in the folder one by one.

    Raises:
        InputError: `truths` is neither `prior` nor `posterior`, or `n` is out of range.
    """
    if truths not in ("prior", "posterior"):
        raise InputError("--truths", f"got {truths}", "prior, posterior")
    check_size("--simulations", simulations, A_SIMULATION, "simulation")
    with progress("worlds", quiet) as tell:
        found = check(asked, draws, n, workers, cluster, tell)
    if simulations == 0:
        return found
    places = None if truths == "prior" else _from_posterior(asked, draws, simulations)
    how = {"workers": workers, "cluster": cluster}
    with (
        stoppable(f"every finished simulation is kept in {folder}/"),
        progress("simulations", quiet) as tell,
    ):
        rows = recover(asked, simulations, folder, LIGHT, places, other_luck, tell=tell, **how)
    return replace(found, recovery=rows, truths=truths, other_luck=other_luck)


def _from_posterior(asked: Problem, draws: Draws, n: int) -> np.ndarray:
    """Return (n, n_parameters) places in the priors of draws 1 to n."""
    rows = [draws.row(seed) for seed in range(1, n + 1)]
    return np.clip(prior_places(asked, draws.table.iloc[rows]), 0.0, 1.0)


def show_check(found: Check, folder: Path | None, as_json: bool) -> None:
    """Show every target with prior and posterior, then what each check came to."""
    if as_json:
        shown = found.calibration
        print_json(
            {
                "scenario": found.asked.scenario.name,
                "evidence": found.asked.evidence.name,
                "posterior": found.draws.name,
                "verdicts": [each._asdict() for each in found.verdicts],
                "targets": found.table.to_dict("records"),
                "calibration": None if shown is None else shown.to_dict("records"),
                "folder": str(folder) if folder else None,
            }
        )
        return
    asked = found.asked
    out.print(f"[bold]{escape(asked.scenario.title)}[/bold], held against {asked.evidence.title}")
    names = ("sources say", "prior \\[90%]", "meet", "posterior: median \\[90%]", "p", "")
    table = columns("", "what", *names)
    for row in found.table.to_dict("records"):
        prior = f"{number(row['prior_low'])} to {number(row['prior_high'])}"
        low, middle, high = (number(row[name]) for name in ("low", "median", "high"))
        held = "" if row["role"] == FITTED else f" ({row['role']})"
        after = f"{middle} \\[{low} to {high}]"
        share, p = f"{row['prior_meets']:.0%}", f"{row['p_value']:.2g}"
        says = row["sources_say"]
        table.add_row(row["what"] + held, says, prior, share, after, p, row["in_words"])
    out.print(table)
    out.print(
        "\nmeet: worlds of the prior that alone would meet the figure; p below 0.1: missed.\n"
        "held out: not used by the fit; context: not used either, but what it rests on was."
    )
    _calibration(found)
    out.print()
    for each in found.verdicts:
        words = "passed" if each.passed else "[bold]FAILED[/bold]"
        out.print(f"{each.check}: {words}: {escape(each.in_words)}")


def _calibration(found: Check) -> None:
    if found.calibration is None:
        return
    table = columns("\nKnown truths", "quantity", "learnt", "50% hold", "90% hold", "p", "in words")
    for row in found.calibration.to_dict("records"):
        learnt = row["contraction"]
        table.add_row(
            row["quantity"],
            "" if learnt != learnt else f"{max(learnt, 0):.0%}",
            f"{row['covered_50']:.0%} ± {row['covered_50_error']:.0%}",
            f"{row['covered_90']:.0%} ± {row['covered_90_error']:.0%}",
            f"{row['p_value']:.2g}",
            row["in_words"],
        )
    out.print(table)
