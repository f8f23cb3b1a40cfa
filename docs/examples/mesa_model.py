"""The Mesa model: step by week, ask the AgentSet, read the DataCollector."""

import sim

model = sim.Opposition("historical", rng=1, changes={"population.size": 2000})
while model.running and model.date.year < 1929:
    model.step()

holding = model.agents.select(lambda person: person.holding_out)
print(model.date, len(holding), "hold out")
for wing, people in holding.groupby("wing"):
    hazards = people.get("hazard")
    print(f"  {wing}: {len(people)}, mean hazard {sum(hazards) / len(hazards):.2e} a week")

someone = next(iter(holding))
print(someone.wing, someone.generation, someone.place, someone.whereabouts.name, someone.situation)

weeks = model.datacollector.get_model_vars_dataframe()
print(weeks.set_index("date")[["holding", "statements", "arrested"]].iloc[::13])
