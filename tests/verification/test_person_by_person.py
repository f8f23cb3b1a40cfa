"""Stepping every agent and running the compiled loop give the same world, bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from property import changes, few, seeds
from worlds import HISTORICAL, assert_same, count, lasting, live, lively, without

from sim.model.opposition import Opposition
from sim.model.people import draw_people
from sim.model.weekly import decide_one, end_week
from sim.model.world import create, simulate
from sim.scenario.loading import load


def lived_by(model):
    while model.running:
        model.step()
    return model.world


@pytest.mark.parametrize("rule", ["hazard", "threshold"])
@pytest.mark.parametrize("seed", [0, 81])
def test_agents_loop_and_simulate_give_one_world(rule, seed):
    scenario = lively(
        population__size=300,
        rates__transfer=0.1,
        rule__kind=rule,
        rule__threshold_mean=0.3,
    )
    one_by_one = lived_by(Opposition(scenario, rng=seed, person_by_person=True))
    at_once = lived_by(Opposition(scenario, rng=seed))
    for name in ("joined", "quiet", "statements", "arrested", "transferred", "readmitted"):
        assert count(at_once, name)[-1] > count(at_once, name)[0], name
    assert_same(one_by_one, at_once)
    assert_same(at_once, simulate(scenario, seed).world)
    assert_same(at_once, live(scenario, seed))


@few
@given(changes(size=30), seeds, st.integers(0, 1_000))
def test_the_order_in_which_people_decide_is_of_no_consequence(some, seed, shuffling):
    scenario = load(HISTORICAL, some | lasting(40))
    people = without(draw_people(scenario, seed), shuffling % 30)
    world = create(scenario, seed, people)
    orders = np.random.default_rng(shuffling)
    for _ in range(scenario.calendar.weeks):
        for person in orders.permutation(world.people.wing.size):
            decide_one(world, person)
        end_week(world)
    assert_same(world, live(scenario, seed, people))


def test_the_hazard_an_agent_shows_is_the_one_it_lives_by():
    """Between two steps, when users and DataCollectors look, it is that of the week to come."""
    model = Opposition(lively(population__size=100), rng=82)
    shown, lived = [], []
    while model.running:
        holding = list(model.agents.select(lambda agent: agent.holding_out))
        people = [agent.person for agent in holding]
        shown += [agent.hazard for agent in holding]
        before = model.world.state.cumulative_hazard[0, people]
        model.step()
        lived += list(model.world.state.cumulative_hazard[0, people] - before)
    assert len(shown) > 1_000
    # What is lived is the difference of two sums; exp of NumPy and of libm may differ by a bit.
    np.testing.assert_allclose(lived, shown, rtol=1e-9, atol=1e-12)


def test_to_decide_twice_changes_nothing():
    """Stepping agents by hand, and more than once, before the model's own step."""
    scenario = lively(population__size=100)
    once, often = Opposition(scenario, rng=7), Opposition(scenario, rng=7)
    while once.running:
        once.step()
        often.agents.do("step")
        often.agents.shuffle_do("step")
        often.step()
    often.agents.do("step")
    assert_same(once.world, often.world)
