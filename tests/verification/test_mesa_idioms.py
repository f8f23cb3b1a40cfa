"""What a Mesa user expects of a model works on Mesa 3.3 and on 3.5, without a warning."""

import warnings
from datetime import timedelta

import mesa
import numpy as np
import pandas as pd
import pytest
from worlds import HISTORICAL, assert_same, lively

from sim.model.codes import COUNTS, STANCES
from sim.model.opposition import Opposition, Oppositionist
from sim.model.world import simulate


@pytest.fixture
def loud():
    """Turn every warning into an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.parametrize("person_by_person", [False, True])
def test_creating_and_stepping_give_no_warning(busy, loud, person_by_person):
    model = Opposition(busy, rng=91, person_by_person=person_by_person)
    for _ in range(3):
        model.step()
    assert model.week == 3
    assert model.date == busy.calendar.start + timedelta(weeks=3)


def test_a_model_is_made_from_a_name_a_seed_and_changes(loud):
    model = Opposition("historical", rng=2, changes={"population.size": 50})
    assert len(model.agents) == 50
    assert model.date == HISTORICAL.calendar.start


def test_no_attribute_takes_a_name_that_mesa_needs():
    ours = set(vars(Opposition(lively(population__size=5), rng=1))) - set(vars(mesa.Model()))
    assert not ours & {"scenario", "time", "data_registry"}


def test_it_stops_at_the_end_of_the_calendar(busy, loud):
    model = Opposition(busy, rng=92)
    while model.running:
        model.step()
    assert model.week == busy.calendar.weeks
    last = model.world.state.series.copy()
    model.step()
    assert model.week == model.steps == busy.calendar.weeks
    assert np.array_equal(model.world.state.series, last)
    assert len(model.datacollector.get_model_vars_dataframe()) == busy.calendar.weeks + 1


def test_agents_are_an_agent_set(busy, loud):
    model = Opposition(busy, rng=93)
    for _ in range(60):
        model.step()
    agents, state = model.agents, model.world.state
    assert len(agents.select(agent_type=Oppositionist)) == len(agents) == 300
    holding = agents.select(lambda agent: agent.holding_out)
    assert len(holding) == state.counts[COUNTS.index("holding")] > 0
    for place in ("underground", "exile", "isolator"):
        there = holding.select(lambda agent, place=place: agent.place == place)
        assert len(there) == state.counts[COUNTS.index(f"holding_{place}")]
    assert agents.agg("conviction", np.mean) == pytest.approx(state.person["conviction"].mean())
    assert agents.get("stance") == [STANCES[code] for code in state.person["stance"]]
    wings = agents.groupby("wing").count()
    assert sum(wings.values()) == 300
    assert holding.agg("hazard", max) > holding.agg("hazard", min) > 0


def test_collected_data_are_the_series_of_a_history(busy, loud):
    model = Opposition(busy, rng=94)
    while model.running:
        model.step()
    collected = model.datacollector.get_model_vars_dataframe()
    series = simulate(busy, 94).series
    assert list(collected.columns) == ["date", *COUNTS]
    assert np.array_equal(collected[list(COUNTS)], series[list(COUNTS)])
    assert list(pd.to_datetime(collected["date"])) == list(series["date"])
    assert list(series["week"]) == list(range(busy.calendar.weeks + 1))


def test_batch_run(busy):
    """Which rows are reported is Mesa's affair (3.3 leaves out the last that was collected).

    So each is compared with the history's row of the same date.
    """
    parameters = {"scenario": [busy], "rng": [1, 2]}
    options = {"number_processes": 1, "data_collection_period": 1, "display_progress": False}
    rows = mesa.batch_run(Opposition, parameters, **options)
    frame = pd.DataFrame(rows)
    assert set(frame["rng"]) == {1, 2}
    for seed, part in frame.groupby("rng"):
        series = simulate(busy, seed).series.set_index("date")
        dates = pd.to_datetime(part["date"])
        assert dates.nunique() >= busy.calendar.weeks
        assert np.array_equal(part[list(COUNTS)], series.loc[dates, list(COUNTS)])


def test_a_seed_and_a_scenario_determine_the_world_to_the_byte(busy):
    one, again = simulate(busy, 95), simulate(busy, 95)
    for first, second in zip(one.world.state, again.world.state, strict=True):
        assert first.tobytes() == second.tobytes()
    pd.testing.assert_frame_equal(one.persons, again.persons)
    pd.testing.assert_frame_equal(one.series, again.series)


def test_seeds_differ_and_zero_is_a_seed_like_any_other(busy):
    worlds = [simulate(busy, seed).world for seed in (0, 1, 2)]
    assert len({world.state.series.tobytes() for world in worlds}) == 3
    assert len({world.people.resistance.tobytes() for world in worlds}) == 3
    assert_same(simulate(busy, 0).world, worlds[0])


def test_persons_of_a_history_tell_what_the_series_counts(busy):
    history = simulate(busy, 96)
    persons, last = history.persons, history.series.iloc[-1]
    assert len(persons) == 300
    assert persons["stance"].isin(["holding", "declared", "striking"]).sum() == last["holding"]
    assert (persons["week_of_signing"] >= 0).sum() == last["statements"]
    assert (persons["week_of_joining"] >= 0).sum() == last["joined"]
    assert persons["city"].notna().all()


def test_the_population_does_not_depend_on_mesas_own_generators():
    """Two models in one process, made in whatever order, are what they are alone."""
    scenario = lively(population__size=100)
    first, second = Opposition(scenario, rng=97), Opposition(scenario, rng=98)
    for _ in range(30):
        second.step()
        first.step()
    alone = Opposition(scenario, rng=97)
    for _ in range(30):
        alone.step()
    assert np.array_equal(first.world.state.series, alone.world.state.series)


def test_after_the_last_week_agents_do_not_read_beyond_the_calendar():
    model = Opposition(lively(population__size=50), rng=99)
    while model.running:
        model.step()
    timeline = model.world.timeline
    beyond = {
        name: np.pad(getattr(timeline, name), ((0, 1), (0, 0)), constant_values=np.nan)
        for name in ("levers", "pulse")
    }
    model.world = model.world._replace(timeline=timeline._replace(**beyond))
    assert np.all(np.isfinite(model.agents.get("hazard")))
