"""What the columns of the tables of a world mean; counts are of people."""

from __future__ import annotations

from sim.model.codes import PLACES, PROCESSES, STANCES, WINGS
from sim.model.codes import columns as counts

SERIES = {
    "scenario": "name of the world",
    "seed": "random seed",
    "week": "weeks completed; 0 is the first day",
    "date": "day of the count",
    **{each.name: each.meaning for each in counts()},
}
"""Of the weekly counts."""

PERSONS = {
    "person": "number of the person; the same person in every world of one seed",
    "wing": f"{', '.join(WINGS[:-1])} or {WINGS[-1]}, on the first day",
    "generation": "youth, civil_war or old_bolshevik",
    "programme": "weight of the industrial programme against party democracy, 0 to 1",
    "conviction": "minus the log-frailty of signing",
    "patron": "leader whose example counts, empty for none",
    "city": "home",
    "colony": "where exile took them, or would have",
    "member": "of the Opposition on the first day",
    "last_wing": "the same on the last day: some came to think otherwise",
    "stance": f"{', '.join(STANCES[:-1])} or {STANCES[-1]}, on the last day",
    "place": f"{', '.join(PLACES[:-1])} or {PLACES[-1]}, on the last day",
    **{
        f"week_of_{name}": "see week_of_signing" if k else "week of each event; empty if never"
        for k, name in enumerate(PROCESSES)
    },
}
"""Of the persons."""
