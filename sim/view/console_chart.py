"""What the terminal shows of the chart of a life."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    holding = next(each.name for each in chart().stances if each.holding)
    return found + [
        {
            "transition": move.event,
            "at_risk": f"{holding}, {move.place}",
            "leads_to": f"{holding}, {move.to_place}",
            "hazard": "dated act",
            "rests_on": [],
        }
        for move in chart().moves
    ]


def show_chart(_: None, folder: Path | None, as_json: bool) -> None:
    """Show the states and what leads from one to another."""
    if as_json:
        print_json(
            {
                "stances": [vars(each) for each in chart().stances],
                "places": [vars(each) for each in chart().places],
                "transitions": rows(),
                "folder": str(folder) if folder else None,
            }
        )
        return
    states = columns("States", "stance", "on the page", "place", "on the page")
    stances, places = chart().stances, chart().places
    for k in range(max(len(stances), len(places))):
        left = (stances[k].name, stances[k].label) if k < len(stances) else ("", "")
        right = (places[k].name, places[k].label) if k < len(places) else ("", "")
        states.add_row(*left, *right)
    out.print(states)
    shown = columns("\nWhat can happen", "transition", "to whom", "leads to", "hazard", "claims")
    for row in rows():
        claims = len(row["rests_on"])
        cells = [row[name] for name in ("transition", "at_risk", "leads_to")]
        shown.add_row(*cells, KINDS[row["hazard"]][0], str(claims) if claims else "")
    out.print(shown)
    out.print(
        "\ndecision: exp of the sum of the mechanisms' terms, week by week; known hazard: a rate "
        "times levers\nand the person's own factor; contact: the same, times the share of comrades "
        "who hold out."
    )


def _from(each: Transition) -> str:
    return f"{', '.join(each.stances)}{': ' + ', '.join(each.places) if each.places else ''}"


def _to(each: Transition) -> str:
    return ", ".join(filter(None, (each.to_stance, each.to_place)))
