"""A pair of worlds: the people whose fate differs, and one of them week by week."""

import pandas as pd

import sim

SEED = 1
here = sim.simulate("historical", seed=SEED).persons
there = sim.simulate("no-left-turn", seed=SEED).persons  # row for row the same people

leaving = ["week_of_signing", "week_of_quiet"]
differs = here[leaving].compare(there[leaving]).index  # `!=` passes over what is missing: never
print(f"{len(differs)} of {len(here)} people left in another week, or in one world only")
names = {"rownames": ["in history"], "colnames": ["without the left turn"]}
print(pd.crosstab(here["stance"][differs], there["stance"][differs], **names))

held = (here["stance"] == "signed") & (there["stance"] == "holding")
person = int(held.idxmax())
for world in ("historical", "no-left-turn"):
    life = sim.explain(world, seed=SEED, person=person)
    print(f"\nPerson {person}, {life.scenario.title}: {life.fate}")
    for day, words in life.events:
        print(" ", day, words)
    at_risk = life.weeks.dropna(subset="hazard")
    print(at_risk.set_index("date").iloc[::26][["left_turn", "solidarity", "cumulative_hazard"]])
