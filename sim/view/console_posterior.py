"""What the terminal shows of calibrations."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from sim.inference.posterior import TOO_FEW, Posterior
from sim.inference.problem import Problem
from sim.inference.sampling import Progress
from sim.view.console import columns, err, out, print_json

BETWEEN_LINES = 10.0
"""Seconds between two lines of progress where there is no terminal."""


def show_problem(asked: Problem, folder: Path) -> None:
    """Say what is asked, and where its answer is kept."""
    free, figures = len(asked.parameters), len(asked.fitted)
    err.print(
        f"{asked.scenario.title}: {free} parameters, {figures} figures "
        f"({asked.evidence.title}); kept in {folder}/",
        markup=False,
    )


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[Progress], None]]:
    """Show points run, effective sample size, evidence and time left."""
    if quiet:
        yield lambda now: None
        return
    if not err.is_terminal:
        yield _in_lines()
        return
    with err.status("beginning ...") as status:
        yield lambda now: status.update(_line(now))


def _line(now: Progress) -> str:
    words = f"{now.calls:,} simulations run, {now.doing}"
    return f"{words}; effective draws {now.ess:,.0f} of {now.wanted:,}" if now.ess else words


def _in_lines() -> Callable[[Progress], None]:
    last = time.monotonic()

    def tell(now: Progress) -> None:
        nonlocal last
        if time.monotonic() - last > BETWEEN_LINES:
            print(_line(now), file=sys.stderr, flush=True)
            last = time.monotonic()

    return tell


def show_posterior(found: Posterior, folder: Path, as_json: bool) -> None:
    """Show what was learnt about every parameter, and what the worlds say of every target."""
    asked = found.problem
    if as_json:
        about = {key: found.about[key] for key in ("log_evidence", "calls", "ess", "settled")}
        print_json(
            {
                "scenario": asked.scenario.name,
                "evidence": asked.evidence.name,
                **about,
                "log_evidence_error": found.log_evidence_error,
                "luck_error": None if math.isnan(found.luck_error) else found.luck_error,
                "parameters": found.summary.to_dict("records"),
                "targets": found.targets.to_dict("records"),
                "folder": str(folder),
            }
        )
        return
    out.print(f"[bold]{escape(asked.scenario.title)}[/bold], held against {asked.evidence.title}")
    luck = "" if math.isnan(found.luck_error) else f" (sampler) ± {found.luck_error:.2f} (luck)"
    out.print(
        f"log-evidence {found.log_evidence:.2f} ± {found.log_evidence_error:.2f}{luck}; "
        f"effective sample size {found.ess:,.0f}; {found.calls:,} simulations\n"
    )
    table = columns("", "parameter", "prior", "posterior: median \\[90%]", "learnt", "in words")
    ordered = found.summary.sort_values("contraction", ascending=False, kind="stable")
    for row in ordered.to_dict("records"):
        prior = f"{row['prior_low']:g} to {row['prior_high']:g}"
        after = f"{row['median']:.3g} \\[{row['low']:.3g} to {row['high']:.3g}]"
        learnt = f"{max(row['contraction'], 0.0):.0%}"
        name = row["parameter"].partition(".")[2]
        table.add_row(name, prior, after, learnt, row["in_words"])
    out.print(table)
    out.print("\nlearnt: how much of the prior's variance the figures take away.\n")
    out.print(targets_table(found))
    if found.ess < TOO_FEW:
        out.print("\nToo few effective draws for more than a direction: give a larger --ess.")
    if not found.settled:
        out.print(
            "\nThe sampler ended before its walkers had settled: intervals may be too narrow, and "
            "the evidence too low. More --walkers may help."
        )
    elif found.ess < found.settings.ess:
        out.print(
            f"\nThe sampler ended with fewer effective draws than the {found.settings.ess:,} that "
            "were asked for: give more --walkers."
        )
    words = "figure.png, parameters.png, pairs.png, draws.parquet, posterior.nc, tables"
    out.print(f"\nResults: {escape(str(folder))}/ ({words})")
    out.print(
        f"`midnight run {asked.scenario.name} --posterior {folder}` draws from it.", markup=False
    )


def targets_table(found: Posterior) -> Table:
    """Return the table of targets beside what the posterior's worlds say."""
    table = columns("", "what", "sources say", "posterior: median \\[90%]", "agreement")
    for row in found.targets.to_dict("records"):
        digits = 0 if row["median"] >= 10 else 2
        low, middle, high = (f"{row[k]:,.{digits}f}" for k in ("low", "median", "high"))
        held = " (not used)" if row["held_out_of_fit"] else ""
        says = f"{middle} \\[{low} to {high}]"
        table.add_row(row["what"] + held, row["sources_say"], says, f"{row['agreement']:.1f}")
    return table
