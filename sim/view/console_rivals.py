"""What the terminal shows of rival explanations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.markup import escape

from sim.experiment.folder import provenance, write_json, write_table
from sim.inference.nested import Progress, Settings
from sim.inference.problem import Problem
from sim.inference.rivals import Rival, effects, fits, held_out, rivals, table
from sim.view.console import columns, err, out, print_json
from sim.view.console_posterior import progress, stoppable
from sim.view.rivals import rivals as picture

TABLES = {"rivals": table, "fits": fits, "held_out": held_out, "effects": effects}


def run(
    names: Sequence[str] | None,
    evidence: str | None,
    folder: Path,
    settings: Settings,
    quiet: bool,
    **how: Any,
) -> list[Rival]:
    """Calibrate rivals into a folder, with progress; write what they say beside each other."""

    with ExitStack() as stack, stoppable(folder):

        def begin(asked: Problem) -> Callable[[Progress], None]:
            stack.close()
            if not quiet:
                err.print(f"{asked.scenario.title}: {asked.scenario.changes}", markup=False)
            return stack.enter_context(progress(settings, quiet))

        found = rivals(folder, names, evidence, settings, begin=begin, **how)
    for name, made in TABLES.items():
        write_table(folder, name, made(found))
    picture(found, folder / "figure")
    problems = [each.posterior.problem for each in found]
    about = provenance([asked.scenario for asked in problems], list(problems[0].seeds))
    write_json(folder / "provenance.json", about)
    return found


def show_rivals(found: Sequence[Rival], folder: Path, as_json: bool) -> None:
    """Show what the figures say between rivals, and what each says of what no fit has used."""
    if as_json:
        print_json(
            {
                "evidence": found[0].posterior.problem.evidence.name,
                "rivals": table(found).to_dict("records"),
                "fits": fits(found).to_dict("records"),
                "held_out": held_out(found).to_dict("records"),
                "effects": effects(found).to_dict("records"),
                "folder": str(folder),
            }
        )
        return
    evidence = found[0].posterior.problem.evidence
    out.print(f"What the figures ({evidence.title}) say between rival explanations\n")
    shown = columns("", "explanation", "log-evidence", "behind", "probability", "in words")
    for row in table(found).sort_values("log_evidence", ascending=False).to_dict("records"):
        shown.add_row(
            escape(row["title"]),
            f"{row['log_evidence']:.2f} ± {row['log_evidence_error']:.2f}",
            f"{row['behind_the_best']:.1f}",
            f"{row['probability']:.0%}",
            row["in_words"],
        )
    out.print(shown)
    out.print(
        "\nprobability: if each was as likely as the others before, and one of them is right."
    )
    _missed(found)
    _table("What each predicts for history that no fit has used", held_out(found), "what")
    words = "How many more would hold out at the end of 1929 than in its own history, were it for"
    _table(words, effects(found), "title", "difference_")
    out.print(f"\nResults: {escape(str(folder))}/ (figure.png, rivals.csv and other tables)")


def _missed(found: Sequence[Rival]) -> None:
    rows = fits(found)
    missed = rows[rows["agreement"] < -2.0]
    for name, group in missed.groupby("rival", sort=False):
        words = "; ".join(
            f"{row['what']}: {row['median']:,.4g} where the sources say {row['sources_say']}"
            for row in group.to_dict("records")
        )
        out.print(f"[bold]{name}[/bold] misses {escape(words)}")


def _table(title: str, rows, by: str, prefix: str = "") -> None:
    names = list(dict.fromkeys(rows["rival"]))
    shown = columns(f"\n{title}", "", *names)
    for what, group in rows.groupby(by, sort=False):
        each = group.set_index("rival")
        cells = [
            "{:,.0f} \\[{:,.0f} to {:,.0f}]".format(
                *(each.loc[name, f"{prefix}{k}"] for k in ("median", "low", "high"))
            )
            for name in names
        ]
        shown.add_row(escape(str(what).partition(", with")[0]), *cells)
    out.print(shown)
