"""What the terminal shows of checks: what came out, and FAILED where it is bad."""

from __future__ import annotations

from pathlib import Path

from rich.markup import escape

from sim.inference.check import FITTED, Check, number
from sim.view.console import columns, out, print_json

FILES = "predictive.png, with simulations ranks.png, ecdf.png and recovery.png too, tables"
"""What the folder of a check holds, in words."""


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
