"""Models of one's own: reporters, subclasses, seeds, copies, other processes, fewer agents."""

import copy
import multiprocessing
import pickle

import mesa
import numpy as np
import pandas as pd
import pytest
from worlds import assert_same

from sim.errors import InputError
from sim.model.codes import P_ARREST, P_SIGNING, WINGS
from sim.model.opposition import Opposition, Oppositionist
from sim.model.weekly import decide_all
from sim.model.world import simulate


class Guarded(Oppositionist):
    def step(self):
        if self.wing != "irreconcilable":
            super().step()


class Guardians(Opposition):
    agent_class = Guarded


class Counted(Opposition):
    def step(self):
        super().step()
        self.lived = getattr(self, "lived", 0) + 1


class Renamed(Oppositionist):
    @property
    def initial(self):
        return self.wing[0]


class Population(Opposition):
    agent_class = Renamed


def to_the_end(model):
    while model.running:
        model.step()
    return model


def holding_of(model):
    return to_the_end(model).datacollector.get_model_vars_dataframe()["holding"].tolist()


def test_reporters_of_ones_own(busy):
    of_model = {"here": "week", "agents": lambda model: len(model.agents)}
    of_agent = {"wing": "wing", "number": lambda agent: agent.person, "by": [_plus, [2]]}
    model = Opposition(busy, rng=1, model_reporters=of_model, agent_reporters=of_agent)
    for _ in range(3):
        model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert list(frame["here"]) == [0, 1, 2, 3]
    assert set(frame["agents"]) == {300}
    assert frame["holding"].iloc[-1] == simulate(busy, 1).series["holding"][3]
    agents = model.datacollector.get_agent_vars_dataframe()
    assert len(agents) == 4 * 300
    assert list(agents.loc[3, "wing"]) == model.agents.get("wing")
    assert (agents["by"] == agents["number"] + 2).all()


def _plus(agent, number):
    return agent.person + number


def test_a_reporter_may_come_late(busy):
    model = Opposition(busy, rng=1)
    model.step()
    model.datacollector.model_reporters["late"] = lambda model: model.week
    model.datacollector.agent_reporters["place"] = "place"
    model.step()
    model.datacollector.agent_reporters["stance"] = "stance"
    model.step()
    late = model.datacollector.get_model_vars_dataframe()["late"]
    assert late.isna().tolist() == [True, True, False, False]
    assert late[3] == 3
    agents = model.datacollector.get_agent_vars_dataframe()
    assert list(agents.loc[3, "place"]) == model.agents.get("place")
    assert list(agents.loc[3, "stance"]) == model.agents.get("stance")
    assert agents.loc[2, "stance"].isna().all()


@pytest.mark.parametrize("person_by_person", [False, True])
@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_goes_on_with_the_same_numbers(busy, copied, person_by_person):
    how = {"person_by_person": person_by_person, "agent_reporters": {"wing": "wing"}}
    model = Opposition(busy, rng=2, model_reporters={"here": "week"}, **how)
    for _ in range(20):
        model.step()
    compiled = len(decide_all.signatures)
    other, before = copied(model), model.world.state.series.copy()
    to_the_end(other)
    assert np.array_equal(model.world.state.series, before)
    assert model.week == model.steps == 20
    assert_same(to_the_end(model).world, other.world)
    assert_same(other.world, simulate(busy, 2).world)
    frames = [each.datacollector.get_model_vars_dataframe() for each in (model, other)]
    pd.testing.assert_frame_equal(*frames)
    assert other.agents.get("stance") == model.agents.get("stance")
    assert all(agent.model is other for agent in other.agents)
    assert len(decide_all.signatures) == compiled


def test_a_model_goes_on_in_another_process(busy):
    model = Opposition(busy, rng=3)
    for _ in range(5):
        model.step()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        [there] = pool.map(holding_of, [model])
    assert there == holding_of(model)


def test_a_step_of_ones_own_is_used(busy):
    assert to_the_end(Counted(busy, rng=4)).lived == busy.calendar.weeks
    model, free = to_the_end(Guardians(busy, rng=4)), simulate(busy, 4).world
    firm = model.world.people.wing == WINGS.index("irreconcilable")
    for process in (P_SIGNING, P_ARREST):
        weeks = model.world.state.event_week[process]
        assert np.all(weeks[firm] == -1)
        assert np.any(weeks[~firm] >= 0)
        assert np.any(free.state.event_week[process][firm] >= 0)
    assert all(type(agent) is Guarded for agent in model.agents)


def test_agents_of_ones_own_leave_the_world_as_it_is(busy):
    model = to_the_end(Population(busy, rng=5))
    assert not model.person_by_person
    assert set(model.agents.get("initial")) == {"z", "c", "i", "u"}
    assert_same(model.world, simulate(busy, 5).world)


def test_seed_is_another_name_of_rng(busy):
    one, other = Opposition(busy, seed=6), Opposition(busy, rng=6)
    assert np.array_equal(one.world.people.resistance, other.world.people.resistance)
    assert one.random.random() == other.random.random()
    with pytest.raises(InputError, match="seed: got rng as well"):
        Opposition(busy, seed=6, rng=6)
    with pytest.raises(InputError, match="seed: got"):
        Opposition(busy, seed=-1)
    assert Opposition(busy).luck == 1
    assert Opposition(busy, seed=0).luck == 0


def test_batch_run_in_processes_with_agents(busy):
    parameters = {"scenario": [busy], "rng": [7, 8], "agent_reporters": [{"wing": "wing"}]}
    rows = mesa.batch_run(Opposition, parameters, number_processes=2, display_progress=False)
    frame = pd.DataFrame(rows)
    assert len(frame) == 2 * 300
    for seed, part in frame.groupby("rng"):
        people = simulate(busy, seed).persons.set_index(pd.RangeIndex(1, 301))
        assert list(part.set_index("AgentID")["wing"]) == list(people["last_wing"])


@pytest.mark.parametrize("person_by_person", [False, True])
def test_whoever_is_removed_does_nothing_any_more(busy, person_by_person):
    model = Opposition(busy, rng=9, person_by_person=person_by_person)
    for _ in range(10):
        model.step()
    gone = [agent.person for agent in model.agents if agent.holding_out][::2]
    for agent in list(model.agents):
        if agent.person in gone:
            agent.remove()
    assert len(gone) > 10
    assert len(model.agents) == 300 - len(gone)
    before = model.world.state.event_week[:, gone].copy()
    to_the_end(model)
    later = simulate(busy, 9).world.state.event_week[:, gone]
    assert np.array_equal(model.world.state.event_week[:, gone], before)
    assert not np.array_equal(later, before)
    assert model.agents.agg("conviction", len) == 300 - len(gone)
    assert model.world.state.counts[0] >= len(gone)
