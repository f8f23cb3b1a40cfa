"""What the terminal shows of rival explanations."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from rich.markup import escape

from sim.inference.confusion import Confusion
from sim.inference.explanations import Rivals
from sim.inference.posterior import TOO_FEW
from sim.inference.problem import Problem
from sim.view.console import columns, err, out, print_json


def show_rival(asked: Problem) -> None:
    """Say which rival is calibrated now."""
    figures = asked.evidence.title
    words = f"{asked.scenario.title} ({figures}): {asked.scenario.changes}"
    err.print(words, markup=False)


def show_rivals(found: Rivals, folder: Path, as_json: bool) -> None:
    """Show what the figures say between rivals, and what each says of what no fit has used."""
    told, evidence = found.confusion, found.problems[0].evidence
    if as_json:
        print_json(
            {
                "evidence": evidence.name,
                "rivals": found.table.to_dict("records"),
                "fits": found.fits.to_dict("records"),
                "held_out": found.held_out.to_dict("records"),
                "effects": found.effects.to_dict("records"),
                "confusion": None if told is None else told.table.to_dict("records"),
                "densities": None if told is None else told.densities.to_dict("records"),
                "folder": str(folder),
            }
        )
        return
    out.print(f"What the figures ({evidence.title}) say between rival explanations\n")
    shown = columns("", "explanation", "log-evidence", "luck", "behind", "probability", "in words")
    for row in found.table.sort_values("log_evidence", ascending=False).to_dict("records"):
        known = f"{row['log_evidence']:.2f} ± {row['log_evidence_error']:.2f}"
        shown.add_row(
            escape(row["title"]),
            _known(row, "log_evidence", known),
            "" if math.isnan(row["luck_error"]) else f"± {row['luck_error']:.2f}",
            _known(row, "behind_the_best", f"{row['behind_the_best']:.1f}"),
            f"{row['probability']:.0%}",
            row["in_words"],
        )
    out.print(shown)
    out.print(
        "\nprobability: if each was as likely as the others before, and one of them is right.\n"
        "±: standard error, the sampler's, and that from the choice of seeds. Seeds are the same "
        "for all, so that part of it cancels between them."
    )
    _missed(found)
    words = "What each predicts for history that no fit has used"
    few = {each.name for each in found.every if each.posterior.ess < TOO_FEW}
    if len(predicted := found.held_out):
        _table(words, predicted, "target", "what", few)
    else:
        out.print(f"\n{words}: the set holds no figure out of the fit.")
    words = "How many more would hold out at the end of 1929 than in its own history, were it for"
    _table(words, found.effects, "scenario", "title", few, "difference_")
    if few:
        out.print(f"\n*: fewer than {TOO_FEW} effective draws, so that the intervals mean little.")
    if told is None:
        out.print("\n--synthetic 100 tells how often so many figures would find the true one.")
    else:
        _confusion(told)
    files = "figure.png, rivals.csv" + ("" if told is None else ", confusion.png")
    out.print(f"\nResults: {escape(str(folder))}/ ({files} and other tables)")


def _known(row: Mapping[Hashable, Any], key: str, exact: str) -> str:
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


def _missed(found: Rivals) -> None:
    rows = found.fits
    missed = rows[rows["agreement"] < -2.0]
    for name, group in missed.groupby("rival", sort=False):
        words = "; ".join(
            f"{row['what']}: {row['median']:,.4g} where the sources say {row['sources_say']}"
            for row in group.to_dict("records")
        )
        out.print(f"[bold]{name}[/bold] misses {escape(words)}")


def _table(
    title: str, rows: pd.DataFrame, by: str, words: str, few: set[str], prefix: str = ""
) -> None:
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
        shown.add_row(escape(str(rival)) + ("*" if rival in few else ""), *cells)
    out.print(shown)
