"""History under one seed is one world, wherever it is asked for."""

import re
import runpy
from pathlib import Path

import pandas as pd
import pytest

import sim
from sim.cli import app
from sim.errors import InputError
from sim.view.app.person import lives
from sim.view.app.worlds import Worlds

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "two_fates.py"
SMALL = {"population.size": 600}
EVENTS = [
    "joining",
    "expulsion",
    "arrest",
    "transfer",
    "declaring",
    "punishment",
    "signing",
    "quiet",
    "readmission",
]


def weeks_of(persons: pd.DataFrame, person: int) -> list:
    found = persons.set_index("person").loc[person, [f"week_of_{each}" for each in EVENTS]]
    return [None if pd.isna(week) else int(week) for week in found]


@pytest.mark.parametrize("seed", [1, 5])
def test_a_seed_and_a_person_give_one_life_everywhere(seed, tmp_path):
    history = sim.simulate("historical", seed, SMALL)
    person = int(history.persons["week_of_transfer"].notna().idxmax())
    model = sim.Opposition("historical", seed, SMALL)
    while model.running:
        model.step()
    worlds = Worlds("historical", seed, SMALL, week=200)
    out = tmp_path / "run"
    words = ["--seed", str(seed), "--out", str(out), "--set", "population.size=600"]
    app(["run", *words], standalone_mode=False)
    expected = weeks_of(history.persons, person)
    assert weeks_of(pd.read_parquet(out / "persons.parquet"), person) == expected
    for world in (model.world, worlds.world):
        assert world.state.event_week.tobytes() == history.world.state.event_week.tobytes()

    life = sim.explain("historical", seed, person, SMALL)
    [on_the_page] = lives(worlds, person)
    for each in (life, on_the_page):
        assert each.stance == history.persons.loc[person, "stance"] == model.agents[person].stance
        assert (
            each.weeks["cumulative_hazard"].iloc[-1]
            == (history.world.state.cumulative_hazard[0, person])
        )
        assert each.events == life.events
    first_day = history.persons.loc[person, "member"]  # who has joined by then has no such event
    assert len(life.events) == sum(week is not None for week in expected) - first_day


def test_explain_follows_a_world_of_a_run_where_it_is_asked_to():
    runs = sim.run("historical", 2, SMALL, execution=sim.Execution(workers=1))
    assert runs.draws is not None
    first = runs.persons
    person = int((first["week_of_arrest"].notna() & first["week_of_signing"].notna()).idxmax())
    drawn = sim.explain("historical", 1, person, SMALL, parameters="shipped")
    assert drawn.scenario.coefficients != sim.load("historical").coefficients
    told = {day for day, words in drawn.events}
    start = sim.load("historical").calendar.start
    week = int(first.loc[person, "week_of_signing"])
    assert (start + pd.Timedelta(weeks=week)).isoformat()[:10] in told
    moved = {key: (each.low + each.high) / 2 for key, each in runs.draws.parameters.items()}
    with pytest.raises(InputError, match="--posterior: no calibration of `historical`"):
        sim.explain("historical", 1, 0, moved, parameters="shipped")


def test_the_example_of_two_fates_does_not_contradict_itself(capsys):
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    said = capsys.readouterr().out
    fates = re.findall(r"^Person \d+, (.+): (.+)$", said, re.MULTILINE)
    assert len(fates) == 2
    assert "signed" in fates[0][1]
    assert "sign" not in fates[1][1]
    assert re.search(r"^[1-9]\d+ of \d+ people left in another week", said, re.MULTILINE)
