"""What the terminal shows of one life, or of one person's two lives."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from rich.markup import escape

from sim.experiment.life import Life, Lives, turning_week
from sim.model import mechanisms
from sim.view import killings
from sim.view.console import columns, out, print_json, show_reading


def show_lives(found: Lives, target: Path | None, as_json: bool) -> None:
    """Show one life, or one person's two lives."""
    lives = found.every
    if as_json:
        print_json({"lives": [_life_json(each) for each in lives], "folder": _text(target)})
        return
    about = lives[0].about
    out.print(
        f"Person {lives[0].person} of seed {lives[0].seed} (invented): {about['wing']}, "
        f"{about['generation'].replace('_', ' ')}, from {about['city']}; "
        f"weight of the industrial programme {about['programme']:.2f}, "
        f"conviction {about['conviction']:+.2f}"
        + (f", looks to {about['patron']}" if about["patron"] else "")
    )
    for each in lives:
        _show_life(each)
    if len(lives) == 2:
        out.print("\n" + _parting(*lives))
    for each in lives:
        show_reading(each.scenario)
    if words := killings.said(*(each.scenario.calendar for each in lives)):
        out.print(f"\n{words}")
    else:
        last = max(each.scenario.calendar.end for each in lives)
        out.print(f"\nThe account ends in {last:%B %Y}; --span 1926-38 follows the life on.")


def _parting(one: Life, other: Life) -> str:
    pressed = turning_week(one, other, ["stance", "place", "cumulative_hazard"])
    if pressed is None:
        return "The two lives are the same in every week."
    fates = turning_week(one, other, ["stance", "place"])
    words = f"The pressures differ from the week of {one.weeks['date'][pressed]:%d %b %Y} on; "
    if fates is None:
        return words + "what becomes of the person does not."
    return words + f"the fates part in that of {one.weeks['date'][fates]:%d %b %Y}."


def _text(target: Path | None) -> str | None:
    return str(target) if target else None


def _life_json(each: Life) -> dict[str, Any]:
    weeks = each.weeks.assign(date=each.weeks["date"].dt.strftime("%Y-%m-%d"))
    return {
        "scenario": each.scenario.name,
        "reading": each.scenario.reading,
        "seed": each.seed,
        "person": each.person,
        "about": each.about,
        "resistance": each.resistance,
        "fate": each.fate,
        "events": each.events,
        "weeks": weeks.to_dict("records"),
    }


def _show_life(each: Life) -> None:
    names = list(mechanisms.names())
    weeks = each.weeks
    at_risk = weeks[weeks["hazard"].notna()]
    told = f"\n[bold]{escape(each.scenario.title)}[/bold]: {each.fate}."
    if not at_risk.empty:
        told += f" Breaking point: a cumulative hazard of {each.resistance:.2f}."
    out.print(told)
    for day, words in each.events:
        out.print(f"  {day}  {words}")
    at_risk = at_risk[at_risk["week"] >= each.scenario.calendar.first_week]
    if at_risk.empty:
        return
    table = columns("", "week of", "pushed", "held", "hazard", "reached")
    table.columns[1].justify = table.columns[2].justify = "left"
    table.columns[1].no_wrap = table.columns[2].no_wrap = False
    step = max(1, len(at_risk) // 12)
    for k in sorted({*at_risk.index[::step], at_risk.index[-1]}):
        row = weeks.loc[k]
        terms = sorted((row[name], name) for name in names if name != "baseline")
        table.add_row(
            f"{row['date']:%Y-%m-%d}",
            ", ".join(f"{_words(n)} {term:+.1f}" for term, n in reversed(terms) if term > 0.05),
            ", ".join(f"{_words(n)} {term:+.1f}" for term, n in terms if term < -0.05),
            f"{row['hazard']:.4f}",
            f"{min(row['cumulative_hazard'] / each.resistance, 1.0):.0%}",
        )
    out.print(table)
    out.print(
        "pushed, held: log hazard ratios; +0.7 doubles the weekly hazard of signing, -0.7 halves "
        f"it, +2.3 is tenfold.\nhazard: 1/week; with nothing pushing or holding it is "
        f"{math.exp(at_risk['baseline'].iloc[0]):.5f}. reached: share of the breaking point."
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
