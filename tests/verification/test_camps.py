"""The years 1930 to 1938 against closed forms, limits and what may not depend on what."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from measure import assert_agrees, binomial_error
from worlds import (
    assert_same,
    count,
    diary,
    lasting_to_1938,
    level,
    live,
    nobody_writes,
    people_with,
    plain,
)

from benchmarks.against_mesa import differing_counts, differing_lives, plain_model, twin
from sim.chart.camps import LABEL
from sim.chart.registry import chart
from sim.model.codes import PLACES, PROCESSES, STANCES
from sim.model.opposition import Opposition
from sim.model.people import lots
from sim.model.places import gazetteer
from sim.model.tables import HOLDS
from sim.model.ties import from_pairs
from sim.model.timeline import week_of as week_of_day
from sim.model.weekly import decide_one, end_week, run_weeks
from sim.model.world import create

ROWS = {place.id: row for row, place in enumerate(gazetteer())}
VORKUTA = ROWS["vorkuta"]
P = {name: code for code, name in enumerate(PROCESSES)}
S = {name: code for code, name in enumerate(STANCES)}
AT = {name: code for code, name in enumerate(PLACES)}
KILLED = {entry.date: entry.number for entry in chart().transition("killing").entries}
STRIKING = [S["striking"], S["striking_recruit"], S["striking_other"]]
START, LAST = date(1936, 10, 27), date(1937, 3, 8)


def weeks_of(world, process):
    """Return the weeks in which a process befell people, those whom it did."""
    weeks = world.state.event_week[P[process]]
    return weeks[weeks >= 0]


def to_1938(changes=None, **more):
    """Return a scenario in which enough people hold out to the end of 1938."""
    return lasting_to_1938({"coefficients.baseline": -9, **(changes or {})}, **more)


@cache
def whole():
    """Return a world of 1,500 people, and its diary."""
    world = create(to_1938(population__size=1500), 101)
    return world, diary(world)


# --- One rule, however it is run -----------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 102])
def test_person_by_person_is_the_loop_to_1938(seed):
    scenario = to_1938(population__size=250)
    model = Opposition(scenario, rng=seed, person_by_person=True)
    while model.running:
        model.step()
    at_once = live(scenario, seed)
    for process in ("relapse", "rearrest", "sweep", "brought", "recruitment", "killing"):
        assert weeks_of(at_once, process).size > 0, process
    assert_same(model.world, at_once)
    assert np.array_equal(model.world.state.belief, at_once.state.belief)


def test_the_plain_twin_leads_the_same_lives_to_1938():
    scenario = to_1938(population__size=250)
    plain_world, ours = plain_model(scenario), twin(scenario)
    for _ in range(scenario.calendar.weeks):
        plain_world.step()
    run_weeks(ours, scenario.calendar.weeks)
    assert differing_counts(plain_world, ours) == 0
    assert differing_lives(plain_world, ours) == 0
    assert min(weeks_of(ours, each).size for each in ("relapse", "sweep", "strike", "killing")) > 0


def test_whom_one_knows_on_return_does_not_depend_on_who_decides_first():
    """A friend joins in the very week in which somebody falls silent, and the crisis is on."""
    n = 40
    scenario = plain(
        level("agitation", 1) | level("crisis", 1),
        population__size=n,
        rates__joining=1,
        rates__quiet=1,
        rates__relapse=1,
    )
    silent = np.arange(n) % 2 == 0
    people = people_with(scenario, 103, quiet_factor=1e9, joining_factor=1e9)
    people = people._replace(member=~silent, city=np.zeros_like(people.city))
    ties = from_pairs(n, np.arange(n).reshape(-1, 2))
    worlds = []
    for order in (range(n), range(n)[::-1]):
        world = create(scenario, 103, people, ties)
        for _ in range(20):
            for person in order:
                decide_one(world, person)
            end_week(world)
        worlds.append(world)
    assert np.array_equal(*(world.state.event_week for world in worlds))
    assert weeks_of(worlds[0], "relapse").size > 5


# --- A pair, and its day -------------------------------------------------------------------------


def test_without_the_sweep_nothing_differs_before_december_1934():
    history = to_1938(population__size=600)
    changed = to_1938({"levers.sharpness.knots.anyone.value": 1.0}, population__size=600)
    one, other = create(history, 104), create(changed, 104)
    pages = list(zip(diary(one), diary(other), strict=True))
    week = week_of_day(history.calendar, date(1934, 12, 1)) + 1
    assert all(np.array_equal(a[: week + 1], b[: week + 1]) for a, b in pages)
    assert np.array_equal(one.state.series[: week + 1], other.state.series[: week + 1])
    assert not np.array_equal(pages[1][0], pages[1][1])


# --- Return, and arrest for the past -------------------------------------------------------------


def cliques(sizes):
    """Return ties in which everybody writes to everybody of their group."""
    pairs, first = [], 0
    for size in sizes:
        pairs.append(first + np.column_stack(np.triu_indices(size, k=1)))
        first += size
    return from_pairs(first, np.concatenate(pairs))


@pytest.mark.parametrize(("belief", "known"), [(1.0, 1), (0.5, 4), (0.25, 8), (0.0, 4), (1.0, 0)])
def test_return_is_proportional_to_belief_and_to_whom_one_knows(belief, known):
    rate, groups = 0.02, 4_000
    n = groups * (known + 1)
    scenario = plain(
        level("crisis", 0.5), population__size=n, rates__quiet=1, rates__relapse=rate / 0.5
    )
    ties = cliques([known + 1] * groups) if known else nobody_writes(n)
    world = create(scenario, 105, people_with(scenario, 105, quiet_factor=1e9), ties)
    world.state.belief[:] = belief
    run_weeks(world, scenario.calendar.weeks)
    weeks = np.arange(1, scenario.calendar.weeks + 1)  # quiet from the first Monday on
    p = -np.expm1(-rate * belief * known / 4 * (weeks - 1))
    assert_agrees(count(world, "relapsed")[1:], n * p, binomial_error(n, p))
    assert np.any(count(world, "relapsed")) == (belief * known > 0)


def after_signing(sharpness, rate=0.04, watch=0.5):
    """Return a world in which half are active again from week 2 on, the others quiet from 1."""
    n = 20_000
    scenario = plain(
        level("crisis", 1) | level("watch", watch) | level("sharpness", sharpness),
        population__size=n,
        rates__quiet=1,
        rates__relapse=1,
        rates__rearrest=rate / watch,
    )
    people = people_with(scenario, 106, quiet_factor=1e9)
    resistance = people.resistance.copy()
    resistance[P["relapse"]] = 1e-9
    people = people._replace(resistance=resistance)
    active = np.arange(n) < n // 2
    ties = from_pairs(n, np.flatnonzero(active).reshape(-1, 2))
    return active, live(scenario, 106, people, ties)


@pytest.mark.parametrize("sharpness", [0.0, 0.6, 1.0])
def test_the_less_sharp_the_more_alike_are_active_and_others(sharpness):
    """At 0 one hazard for all with a record; at 1 nobody is arrested for the past alone."""
    active, world = after_signing(sharpness)
    weeks, n = np.arange(2, world.state.series.shape[0]), active.sum()
    for who, process, rate, first in (
        (active, "rearrest", 0.04, 2),
        (~active, "sweep", 0.04 * (1 - sharpness), 1),
    ):
        befell = world.state.event_week[P[process], who]
        so_far = np.array([np.sum((befell >= 0) & (befell < week)) for week in weeks])
        p = -np.expm1(-rate * (weeks - first))
        assert_agrees(so_far, n * p, binomial_error(n, p))
    assert np.any(world.state.event_week[P["sweep"]] >= 0) == (sharpness < 1)


def test_the_share_swept_by_a_date_is_that_of_the_summed_levers():
    """Sharpness falls in a straight line through the summer of 1928, the watch is level."""
    n, rate, watch = 20_000, 0.1, 0.5
    days = date(1928, 6, 1), date(1928, 9, 1)
    knots = dict(zip(("picked", "anyone"), days, strict=True))
    scenario = plain(
        level("watch", watch)
        | {f"levers.sharpness.knots.{name}.date": str(day) for name, day in knots.items()},
        population__size=n,
        coefficients__baseline=5,  # everybody signs in the first week
        rates__rearrest=rate,
    )
    world = live(scenario, seed=107)
    first = scenario.calendar.start
    mondays = np.array([(first + timedelta(weeks=k)).toordinal() for k in range(107)])
    sharpness = np.interp(mondays, [day.toordinal() for day in days], [1.0, 0.0])
    summed = np.concatenate([[0.0], np.cumsum(rate * watch * (1.0 - sharpness))])
    p = -np.expm1(-summed)
    assert_agrees(count(world, "swept"), n * p, binomial_error(n, p))
    elsewhere = world.state.person["place"] == AT["elsewhere"]
    assert elsewhere.sum() == count(world, "swept")[-1] > 0.5 * n


# --- Camps ---------------------------------------------------------------------------------------


def in_exile(changes, **more):
    """Return a scenario and its people, who are all in exile from week 2 on."""
    scenario = plain(
        level("expulsions", 1) | level("arrests", 1) | changes,
        rates__expulsion=1,
        rates__arrest=1,
        **more,
    )
    people = people_with(scenario, 108, expulsion_factor=1e9)
    resistance = people.resistance.copy()
    resistance[P["arrest"]] = 1e-9
    return scenario, people._replace(resistance=resistance)


def test_concentration_empties_the_colonies_exponentially():
    n, rate = 20_000, 0.03
    scenario, people = in_exile(
        level("concentration", 0.5), population__size=n, rates__concentration=rate / 0.5
    )
    world = live(scenario, 108, people)
    weeks = np.arange(2, scenario.calendar.weeks + 1)
    p = -np.expm1(-rate * (weeks - 2))
    assert_agrees(count(world, "holding_camp")[2:], n * p, binomial_error(n, p))
    there = world.state.person["place"] == AT["camp"]
    assert np.array_equal(world.state.person["circle"][there], people.camp[there])


def test_recruits_raise_one_count_and_never_the_other():
    world, _ = whole()
    since = week_of_day(to_1938().calendar, date(1930, 7, 7))
    assert np.all(np.diff(count(world, "holding")[since:]) <= 0)
    assert weeks_of(world, "recruitment").size > 50
    assert np.max(np.diff(count(world, "under_label")[since:])) > 0
    assert count(world, "under_label").max() > count(world, "holding_camp").max()


# --- The hunger strike ---------------------------------------------------------------------------


def test_the_strike_is_at_vorkuta_and_between_its_days():
    notes, scenario = whole()[1], to_1938()
    striking = np.isin(notes.stance, STRIKING)
    days = [scenario.calendar.start + timedelta(weeks=k) for k in range(len(striking))]
    assert {days[k] for k in np.flatnonzero(striking.any(axis=1))} <= {
        day for day in days if START < day < LAST
    }
    assert np.all(notes.circle[striking] == VORKUTA)
    assert striking.sum(axis=1).max() > 30


def test_nobody_under_the_label_gives_up_the_strike():
    world, notes = whole()
    who = np.flatnonzero(world.state.event_week[P["breaking"]] >= 0)
    weeks = world.state.event_week[P["breaking"], who]
    assert who.size > 5
    assert np.all(notes.stance[weeks, who] == S["striking_other"])
    assert np.all(notes.stance[weeks + 1, who] == S["struck"])


def test_at_the_end_of_the_strike_everybody_is_who_they_were():
    before = week_of_day(to_1938().calendar, LAST) - 1
    pairs = ("striking", "holding"), ("striking_recruit", "recruit"), ("striking_other", "struck")
    for striking, then in pairs:
        who = whole()[1].stance[before] == S[striking]
        assert who.sum() > 5, striking
        assert np.all(whole()[1].stance[before + 1][who] == S[then]), striking


def at_vorkuta(call, threshold):
    """Return, of those who hold out at Vorkuta a week into the strike, who strikes at its height.

    Nobody falls ill or gives up.
    """
    changes = level("strike", 0) | {
        "levers.strike.knots.start.value": call,
        "levers.strike.knots.last.value": call,
    }
    scenario = to_1938(
        changes,
        population__size=1500,
        rates__illness=0,
        rates__breaking=0,
        rates__strike=5,
    )
    people = people_with(scenario, 109, adoption_threshold=threshold)
    world = create(scenario, 109, people)
    run_weeks(world, week_of_day(scenario.calendar, START) + 1)
    person = world.state.person
    there = HOLDS[person["stance"]] & (person["circle"] == VORKUTA)
    there &= person["place"] == AT["camp"]
    run_weeks(world, 5)
    return np.isin(person["stance"][there], STRIKING)


def test_a_call_that_nobody_s_threshold_reaches_moves_nobody():
    assert not at_vorkuta(call=0.099, threshold=0.1).any()
    assert not at_vorkuta(call=0.0, threshold=-1.0).any()


def test_where_all_thresholds_are_below_the_call_all_strike_within_weeks():
    striking = at_vorkuta(call=0.1, threshold=0.1)
    assert striking.size > 30
    assert striking.all()


# --- Dated lists ---------------------------------------------------------------------------------


def falls(world):
    """Return by week whom the lists befell, and who was left at Vorkuta after each week."""
    scenario_weeks, fell, left = world.state.series.shape[0] - 1, {}, {}
    for week in range(scenario_weeks):
        run_weeks(world, 1)
        person = world.state.person
        fell[week] = np.flatnonzero(world.state.event_week[P["killing"]] == week)
        at_risk = [S[name] for name in chart().transition("killing").stances]
        there = np.isin(person["stance"], at_risk) & (person["place"] == AT["camp"])
        left[week] = np.flatnonzero(there & (person["circle"] == VORKUTA))
    return fell, left


@pytest.mark.parametrize("size", [400, 6_000])
def test_as_many_are_killed_as_the_texts_say_while_any_are_left(size):
    scenario = to_1938(population__size=size)
    world = create(scenario, 110)
    fell, left = falls(world)
    said = dict.fromkeys(fell, 0)
    for day, number in KILLED.items():
        said[week_of_day(scenario.calendar, day)] += number
    for week, who in fell.items():
        assert len(who) == said[week] or (len(who) < said[week] and left[week].size == 0), week
    dead = world.state.person["stance"] == S["killed"]
    assert np.all(world.state.person["circle"][dead] == VORKUTA)
    assert (dead.sum() == sum(KILLED.values())) == (size == 6_000)


@pytest.mark.parametrize("turned", [False, True])
def test_whom_of_those_under_the_label_a_list_befalls_is_by_lot_alone(turned):
    """The first in the order of the lots, whether they held out, struck or joined there."""
    world = create(to_1938(population__size=3_000), 111)
    if turned:
        world = world._replace(lots=world.lots[::-1].copy())
    rank = np.argsort(world.lots)
    fell, left = falls(world)
    for week, who in fell.items():
        if who.size and left[week].size:
            assert rank[who].max() < rank[left[week]].min(), week
    assert sum(map(len, fell.values())) > 100


def test_nobody_is_killed_who_does_not_count_as_a_trotskyist():
    world, notes = whole()
    who = np.flatnonzero(world.state.event_week[P["killing"]] >= 0)
    weeks = world.state.event_week[P["killing"], who]
    assert who.size > 50
    assert np.all(np.isin(notes.stance[weeks, who], [S[name] for name in LABEL]))


def test_the_same_people_are_killed_whether_they_struck_or_not():
    """Nobody falls ill or joins, so that the same people are there; how they stand differs."""
    size = {"population.size": 3_000, "rates.illness": 0, "rates.recruitment": 0}
    struck = live(to_1938(size), 112)
    quiet = live(to_1938(size | {"levers.strike.scale": 0}), 112)
    assert weeks_of(struck, "strike").size > 30
    assert weeks_of(quiet, "strike").size == 0
    killed = (world.state.event_week[P["killing"]] for world in (struck, quiet))
    assert np.array_equal(*killed)


@pytest.mark.parametrize("n", [1, 60, 3_000])
def test_a_person_more_keeps_the_order_of_all_other_lots(n):
    more = lots(113, n + 40)
    assert np.array_equal(more[more < n], lots(113, n))
    assert np.array_equal(np.sort(more), np.arange(n + 40))
