"""Exposures, second spells, retained belief and dated lists: declared in a toy, held to rules."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_chart import TOYS

TESTS = Path(__file__).parents[1]
SEEN = """
import json
import numpy as np
import sim
from benchmarks.against_mesa import differing_counts, differing_lives, plain_model, twin
from sim.chart.registry import chart
from sim.model import streams
from sim.model.weekly import run_weeks
from sim.scenario.loading import load

changes = {"population.size": 400, "rates.arrest": 0.1, "coefficients.baseline": -6}
history = sim.simulate("historical", 1, changes)
persons, series, state = history.persons, history.series, history.world.state
world = load("historical", changes)
plain = plain_model(world)
ours, weeks = twin(world), world.calendar.weeks
for _ in range(weeks):
    plain.step()
run_weeks(ours, weeks)
one_by_one, at_once = (sim.Opposition(world, 1, person_by_person=each) for each in (True, False))
for model in (one_by_one, at_once):
    while model.running:
        model.step()
back = persons["week_of_coming_back"].notna()
once = persons["week_of_signing"].notna() & ~back
terms, beliefs = [each.name for each in chart().terms("signing")], []
for person in np.flatnonzero(once)[:20]:
    weeks = sim.explain("historical", 1, int(person), changes).weeks
    row = weeks.iloc[int(persons.loc[person, "week_of_signing"])]
    push = sum(max(row[e.name], 0) for e in chart().terms("signing") if e.coefficients)
    sure = sum(max(row[e.name], 0) for e in chart().terms("signing") if e.convinces)
    beliefs.append([float(state.belief[person]), 1 - sure / push if push else 1.0])
lot = np.argsort(np.argsort(streams.uniform(1, "lots", 400), kind="stable"), kind="stable")
weeks = persons["week_of_calling"].fillna(-1).to_numpy(int)
first = weeks == weeks[weeks >= 0].min()
spared = ((persons["stance"] == "holding") & persons["member"]).to_numpy(bool)
print(json.dumps({
    "returns": int(series["came_back"].iloc[-1]), "people": int(back.sum()),
    "held without a break": int(series["holding"].iloc[-1]),
    "holding": int(persons["stance"].isin(["holding", "declared"]).sum()),
    "never signed": float(state.belief[persons["week_of_signing"].isna()].min()),
    "beliefs": beliefs,
    "called": [int(series["called"].iloc[k]) for k in (87, 88, 100, 101, -1)],
    "lots": [int(lot[first].max()), int(lot[spared].min())],
    "twin": [differing_counts(plain, ours), differing_lives(plain, ours)],
    "twin returns": int(ours.state.counts[list(series.columns[2:]).index("came_back")]),
    "one by one": bool(all(np.array_equal(getattr(one_by_one.world.state, name),
        getattr(at_once.world.state, name)) for name in ("series", "event_week", "belief",
        "cumulative_hazard"))),
}))
"""


@pytest.fixture(scope="module")
def seen():
    root = TESTS.parent
    paths = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    toys = os.pathsep.join(map(str, TOYS))
    known = {"NUMBA_OPT": "1", "MIDNIGHT_EXTENSIONS": toys}
    done = subprocess.run(
        [sys.executable, "-c", SEEN],
        capture_output=True,
        text=True,
        env=os.environ | known | {"PYTHONPATH": paths},
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_some_come_back_more_than_once(seen):
    assert seen["returns"] > seen["people"] > 0


def test_who_came_back_has_not_held_without_a_break(seen):
    assert seen["held without a break"] == seen["holding"]


def test_belief_is_what_did_not_convince(seen):
    assert seen["never signed"] == 1.0
    kept, by_hand = zip(*seen["beliefs"], strict=True)
    assert kept == pytest.approx(by_hand, abs=1e-6)
    assert min(kept) < 0.99


def test_a_list_takes_as_many_as_it_says_by_lot_and_once(seen):
    before, after, until, then, last = seen["called"]
    assert (before, after, until, then, last) == (0, 20, 20, 35, 35)
    chosen, spared = seen["lots"]
    assert chosen < spared


def test_the_plain_twin_agrees(seen):
    assert seen["twin"] == [0, 0]
    assert seen["twin returns"] > 0


def test_person_by_person_is_the_loop(seen):
    assert seen["one by one"]
