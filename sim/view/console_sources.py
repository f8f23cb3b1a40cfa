"""What the terminal shows of sources compared."""

from __future__ import annotations

import math
from pathlib import Path

from rich.markup import escape

from sim.inference.conclusions import ENOUGH, NO_FIGURES, Readings
from sim.view.console import columns, out, print_json


def show_sources(found: Readings, folder: Path | None, as_json: bool) -> None:
    """Show which conclusions survive every reading, and which hang on one historian."""
    if as_json:
        print_json(
            {
                "verdicts": found.verdicts.to_dict("records"),
                "readings": found.table.to_dict("records"),
                "folder": str(folder) if folder else None,
            }
        )
        return
    sets = ", ".join(name for name in found.table["evidence"].unique() if name != NO_FIGURES)
    out.print(f"The same conclusions under {escape(sets)}, and without any one of their sources\n")
    table = columns("", "conclusion", "over all readings", "with no figures", "in words")
    table.columns[-1].no_wrap = False
    for row in found.verdicts.to_dict("records"):
        share = row["conclusion"].startswith("share")
        style = "{:.0%} to {:.0%}" if share else "{:+,.0f} to {:+,.0f}"
        prior = style.format(row["prior_low"], row["prior_high"])
        none = math.isnan(row["low"])
        said = "no reading counts" if none else style.format(row["low"], row["high"])
        table.add_row(row["conclusion"], said, prior, row["in_words"])
    out.print(table)
    first = found.verdicts.iloc[0]
    out.print(
        f"\n{first['readings']} readings count; {first['not_counted']} have fewer than "
        f"{ENOUGH:g} effective draws, and do not."
    )
    out.print(
        "\nCounterfactuals: people more at the end of 1929 than in history; shares: of the decline."
        "\nThe widest of the 90% intervals of all readings that count."
    )
