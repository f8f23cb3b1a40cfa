"""What the terminal shows of the chart of a life."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from sim.chart.kinds import Transition
from sim.chart.registry import chart
from sim.view.chart import KINDS
from sim.view.console import columns, out, print_json


def rows() -> list[dict[str, Any]]:
    """Return one row a transition, then one a dated act: who is at risk, where it leads, why."""
    found = [
        {
            "transition": each.name,
            "at_risk": _from(each),
            "leads_to": _to(each),
            "hazard": each.hazard,
            "rests_on": list(each.claims),
        }
        for each in chart().transitions
    ]
    return found + [
        {
            "transition": move.event,
            "at_risk": move.stance or f"whoever holds out: {move.place}",
            "leads_to": move.to_stance or move.to_place,
            "hazard": "dated act",
            "rests_on": [],
        }
        for move in chart().moves
    ]


def lists() -> list[dict[str, Any]]:
    """Return one row a day of the dated lists: how many people, and what that rests on."""
    return [
        {
            "transition": each.name,
            "date": f"{entry.date}",
            "people": entry.number,
            "rests_on": list(entry.claims),
            "assumed": entry.assumed,
        }
        for each in chart().transitions
        for entry in each.entries
    ]


def show_chart(_: None, folder: Path | None, as_json: bool) -> None:
    """Show the states and what leads from one to another."""
    if as_json:
        print_json(
            {
                "stances": [vars(each) for each in chart().stances],
                "places": [vars(each) for each in chart().places],
                "transitions": rows(),
                "dated_lists": lists(),
                "folder": str(folder) if folder else None,
            }
        )
        return
    states = _left("States", "stance", "on the page", "place", "on the page")
    stances, places = chart().stances, chart().places
    for k in range(max(len(stances), len(places))):
        left = (stances[k].name, stances[k].label) if k < len(stances) else ("", "")
        right = (places[k].name, places[k].label) if k < len(places) else ("", "")
        states.add_row(*left, *right)
    out.print(states)
    shown = _left("\nWhat can happen", "transition", "to whom", "leads to", "hazard", "claims")
    shown.columns[1].no_wrap = False
    for row in rows():
        claims = len(row["rests_on"])
        cells = [row[name] for name in ("transition", "at_risk", "leads_to")]
        shown.add_row(*cells, KINDS[row["hazard"]][0], str(claims) if claims else "")
    out.print(shown)
    out.print(
        "\ndecision: exp of the sum of the mechanisms' terms, week by week; known hazard: a rate "
        "times levers\nand the person's own factor; contact: the same, times the share of comrades "
        "who hold out\n(or what it declares instead); contact of a circle: the same for all in "
        "it; dated act: everybody\nin that state, on its day."
    )
    dated = columns("\nDated lists", "transition", "from", "to", "days", "people")
    for each in chart().transitions:
        if each.entries:
            days = sorted(entry.date for entry in each.entries)
            people = sum(entry.number for entry in each.entries)
            dated.add_row(each.name, f"{days[0]}", f"{days[-1]}", f"{len(days)}", f"{people:,}")
    if dated.rows:
        out.print(dated)
        out.print(
            "\nDated lists are data from the texts, which no scenario can change. People "
            "were shot\nat Vorkuta as Trotskyists; whom of them, the model draws by lot among "
            "invented people."
        )


def _left(title: str, *names: str) -> Table:
    """Return a table whose words all begin at the left."""
    found = columns(title, *names)
    for column in found.columns:
        column.justify, column.no_wrap = "left", True
    return found


def _from(each: Transition) -> str:
    return f"{', '.join(each.stances)}{': ' + ', '.join(each.places) if each.places else ''}"


def _to(each: Transition) -> str:
    wing = f"wing {each.to_wing}" if each.to_wing else ""
    return ", ".join(filter(None, (each.to_stance, each.to_place, wing)))
