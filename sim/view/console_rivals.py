"""What the terminal shows of rival explanations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.markup import escape

from sim.errors import stoppable
from sim.experiment.folder import LAST, held, provenance, write_json, write_table
from sim.inference.confusion import COLUMNS as CONFUSION_COLUMNS
from sim.inference.confusion import Confusion, check, confusion
from sim.inference.nested import Progress, Settings
from sim.inference.posterior import TOO_FEW
from sim.inference.problem import Problem
from sim.inference.rivals import COLUMNS, Rival, effects, fits, held_out, posed, rivals, table
from sim.view.console import columns, err, out, print_json
from sim.view.console_posterior import progress
from sim.view.place import results
from sim.view.rivals import rivals as picture

TABLES = {"rivals": table, "fits": fits, "held_out": held_out, "effects": effects}


def run(
    names: Sequence[str] | None,
    evidence: str | None,
    folder: Path,
    settings: Settings,
    quiet: bool,
    synthetic: int,
    **how: Any,
) -> tuple[list[Rival], Confusion | None]:
    """Calibrate rivals into a folder, with progress; write what they say beside each other.

    With `synthetic` histories of each, how often such figures would find the true one as well.
    """
    where = {key: how[key] for key in ("workers", "cluster")}
    if synthetic:  # whatever is wrong with it is told before the work begins
        check(posed(names, evidence)[0], synthetic)
    with held(folder):
        return _run(names, evidence, folder, settings, quiet, synthetic, where, how)


def _run(
    names: Sequence[str] | None,
    evidence: str | None,
    folder: Path,
    settings: Settings,
    quiet: bool,
    synthetic: int,
    where: dict[str, Any],
    how: dict[str, Any],
) -> tuple[list[Rival], Confusion | None]:
    told = None
    with ExitStack() as stack, stoppable(f"every world run is kept in {folder}/"):

        def begin(asked: Problem) -> Callable[[Progress], None]:
            stack.close()
            if not quiet:
                figures = asked.evidence.title
                words = f"{asked.scenario.title} ({figures}): {asked.scenario.changes}"
                err.print(words, markup=False)
            return stack.enter_context(progress(quiet))

        found = rivals(folder, names, evidence, settings, begin=begin, **how)
        if synthetic:
            told = confusion(found, folder, synthetic, settings, begin=begin, **where)
    for name, made in TABLES.items():
        write_table(folder, name, made(found))
    picture(found, folder / "figure")
    if told is not None:
        write_table(folder, "confusion", told.table)
        write_table(folder, "densities", told.densities)
        told.plot(folder / "confusion")
    problems = [each.posterior.problem for each in found]
    about = provenance([asked.scenario for asked in problems], list(problems[0].seeds))
    about["columns"] = about["columns"] | COLUMNS | CONFUSION_COLUMNS
    about["sampler"] = asdict(settings)
    write_json(folder / LAST, about)
    return found, told


def show_rivals(
    found: Sequence[Rival], told: Confusion | None, folder: Path, as_json: bool
) -> None:
    """Show what the figures say between rivals, and what each says of what no fit has used."""
    results.append(folder)
    if as_json:
        print_json(
            {
                "evidence": found[0].posterior.problem.evidence.name,
                "rivals": table(found).to_dict("records"),
                "fits": fits(found).to_dict("records"),
                "held_out": held_out(found).to_dict("records"),
                "effects": effects(found).to_dict("records"),
                "confusion": None if told is None else told.table.to_dict("records"),
                "densities": None if told is None else told.densities.to_dict("records"),
                "folder": str(folder),
            }
        )
        return
    title = found[0].posterior.problem.evidence.title
    out.print(f"What the figures ({title}) say between rival explanations\n")
    shown = columns("", "explanation", "log-evidence", "luck", "behind", "probability", "in words")
    for row in table(found).sort_values("log_evidence", ascending=False).to_dict("records"):
        evidence = f"{row['log_evidence']:.2f} ± {row['log_evidence_error']:.2f}"
        shown.add_row(
            escape(row["title"]),
            _known(row, "log_evidence", evidence),
            "" if math.isnan(row["luck_error"]) else f"± {row['luck_error']:.2f}",
            _known(row, "behind_the_best", f"{row['behind_the_best']:.1f}"),
            f"{row['probability']:.0%}",
            row["in_words"],
        )
    out.print(shown)
    out.print(
        "\nprobability: if each was as likely as the others before, and one of them is right.\n"
        "±: standard error, the sampler's, and what luck adds. The seeds are the same for all, so "
        "that part of it cancels between them."
    )
    _missed(found)
    words = "What each predicts for history that no fit has used"
    few = {each.name for each in found if each.posterior.ess < TOO_FEW}
    if len(predicted := held_out(found)):
        _table(words, predicted, "target", "what", few)
    else:
        out.print(f"\n{words}: the set holds no figure out of the fit.")
    words = "How many more would hold out at the end of 1929 than in its own history, were it for"
    _table(words, effects(found), "scenario", "title", few, "difference_")
    if few:
        out.print(f"\n*: fewer than {TOO_FEW} effective draws, so that the intervals mean little.")
    if told is None:
        out.print("\n--synthetic 100 tells how often so many figures would find the true one.")
    else:
        _confusion(told)
    files = "figure.png, rivals.csv" + ("" if told is None else ", confusion.png")
    out.print(f"\nResults: {escape(str(folder))}/ ({files} and other tables)")


def _known(row: dict[str, Any], key: str, exact: str) -> str:
    """Return a number as far as it is known: `exact`, or where draws are few a round one."""
    return exact if row["ess"] >= TOO_FEW else f"about {row[key]:,.0f}"


def _confusion(told: Confusion) -> None:
    shown = columns("\nWhat comes first, if this is true", "", *told.names)
    for name, row in zip(told.names, told.matrix("first"), strict=True):
        shown.add_row(escape(told.titles[name]), *(f"{share:.0%}" for share in row))
    out.print(shown)
    out.print(f"\n{told.in_words}")
    apart = "; ".join(
        f"{escape(row['title'])} {row['difference']:+.1f} ± {row['spread']:.1f} ({row['compared']})"
        for row in told.densities.to_dict("records")
        if row["compared"]
    )
    if apart:
        out.print(
            "\nThese evidences are averages over densities of what worlds say. From those of the "
            f"draws themselves, where these suffice (so many histories), they differ by: {apart}."
        )


def _missed(found: Sequence[Rival]) -> None:
    rows = fits(found)
    missed = rows[rows["agreement"] < -2.0]
    for name, group in missed.groupby("rival", sort=False):
        words = "; ".join(
            f"{row['what']}: {row['median']:,.4g} where the sources say {row['sources_say']}"
            for row in group.to_dict("records")
        )
        out.print(f"[bold]{name}[/bold] misses {escape(words)}")


def _table(title: str, rows, by: str, words: str, few: set[str], prefix: str = "") -> None:
    """Show a row a rival, a column whatever is asked of all; the median and 90% interval."""
    asked = rows.drop_duplicates(by).set_index(by)[words]
    heads = [escape(str(what).partition(", with")[0]) for what in asked]
    shown = columns(f"\n{title}", "", *heads)
    for column in shown.columns[1:]:
        column.no_wrap = False
    for rival, group in rows.groupby("rival", sort=False):
        each = group.set_index(by)
        cells = [
            "{:,.0f} \\[{:,.0f} to {:,.0f}]".format(
                *(each.loc[key, f"{prefix}{k}"] for k in ("median", "low", "high"))
            )
            for key in asked.index
        ]
        shown.add_row(escape(rival) + ("*" if rival in few else ""), *cells)
    out.print(shown)
