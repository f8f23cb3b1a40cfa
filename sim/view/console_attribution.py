"""What the terminal shows of an attribution."""

from __future__ import annotations

import math
from pathlib import Path

from rich.markup import escape

from sim.inference.attribution import Attribution, believed, label
from sim.inference.switches import ALWAYS_ON, SWITCHES
from sim.view.attribution import titled
from sim.view.console import columns, out, print_json

STRONGEST = 4
"""Pairs that are told; the others lie in the tables."""
WIDE = 3
"""Posteriors that fit side by side on a page."""


def show_attribution(found: Attribution, target: Path | None, as_json: bool) -> None:
    """Show the shares under every posterior, the strongest pairs, and what `off` means."""
    if as_json:
        print_json(
            {
                "scenario": found.scenario.name,
                "draws": len(found.seeds),
                "effects": found.effects.to_dict("records"),
                "shares": found.shares.to_dict("records"),
                "interactions": found.interactions.to_dict("records"),
                "always_on": ALWAYS_ON,
                "folder": str(target) if target else None,
            }
        )
        return
    n = len(found.seeds)
    what = "draws of each posterior" if any(found.draws) else "seeds"
    worlds = n * len(found.draws) * found.values.shape[2]
    out.print(
        f"[bold]{escape(found.scenario.title)}[/bold] ({found.scenario.name}): shares of the "
        f"decline, {n} {what}, {worlds:,} worlds\n"
    )
    for draws, row in zip(found.draws, found.effects.to_dict("records"), strict=True):
        out.print(
            f"{escape(titled(draws))}: of {row['height_mean']:,.0f} at the height of 1928, "
            f"{row['left_mean']:,.0f} had left by the end of 1929; with all of them switched off "
            f"{row['left_by_none_mean']:,.0f}. Divided: {row['effect_mean']:,.0f} "
            f"\\[{row['effect_low']:,.0f} to {row['effect_high']:,.0f}]."
        )
    for first in range(0, len(found.draws), WIDE):
        _table(found, range(first, min(first + WIDE, len(found.draws))))
    _pairs(found)
    out.print("\nSwitched off means:")
    for switch in SWITCHES:
        out.print(f"  {switch.title}: {escape(switch.off)}.")
    out.print(escape(ALWAYS_ON))


def _table(found: Attribution, chosen: range) -> None:
    names = [believed(found.draws[k]) or label(found.draws[k]) for k in chosen]
    table = columns("\npeople, mean \\[90%], % of what is divided", "", *map(escape, names))
    table.columns[0].no_wrap = True
    rows = found.shares.to_dict("records")
    for i, switch in enumerate(SWITCHES):
        cells = []
        for k in chosen:
            row = rows[k * len(SWITCHES) + i]
            middle, low, high = (row[f"people_{key}"] for key in ("mean", "low", "high"))
            part = f" {row['fraction']:4.0%}" if math.isfinite(row["fraction"]) else ""
            cells.append(f"{middle:,.0f} \\[{low:,.0f} to {high:,.0f}]{part}")
        table.add_row(switch.title, *cells)
    out.print(table)


def _pairs(found: Attribution) -> None:
    """Tell which pairs do more together, or less, under the first posterior."""
    table = found.interactions.head(len(SWITCHES) * (len(SWITCHES) - 1) // 2)
    order = table["people_mean"].abs().sort_values(ascending=False, kind="stable").index
    titles = {switch.name: switch.title for switch in SWITCHES}
    told = [
        f"{titles[row['first']]} and {titles[row['second']]} {row['people_mean']:+,.0f} "
        f"\\[{row['people_low']:+,.0f} to {row['people_high']:+,.0f}]"
        for row in table.loc[order].head(STRONGEST).to_dict("records")
        if abs(row["people_mean"]) >= 0.5
    ]
    if told:
        whose = f" ({escape(titled(found.draws[0]))})" if len(found.draws) > 1 else ""
        out.print(f"\nTogether more (+) or less (-) than one by one{whose}:")
        out.print("  " + "; ".join(told) + ".")
