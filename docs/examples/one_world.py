"""One world: live it, read its weeks and its people, then change one number."""

import sim

history = sim.simulate("historical", seed=1)

weeks = history.series.set_index("date")
print(weeks.loc[::13, ["holding", "statements", "quiet", "holding_isolator"]])

persons = history.persons
print(persons.groupby("wing", observed=True)["stance"].value_counts().unstack(fill_value=0))

# A dot in a key is written `__`: the same people, had no signature bought anything.
other = sim.simulate("historical", seed=1, levers__offer__scale=0)
print("on the last day:", weeks["holding"].iloc[-1], "and", other.series["holding"].iloc[-1])
