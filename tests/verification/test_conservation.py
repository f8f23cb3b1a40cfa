"""Nobody is lost or counted twice: every week, everybody who joined is in exactly one state."""

import numpy as np
from hypothesis import given
from property import changes, few, seeds
from worlds import HISTORICAL, count, diary, level, live, lively, people_with, plain

from sim.model.codes import (
    COUNTS,
    EXILE,
    HOLDING,
    IRRECONCILABLE,
    ISOLATOR,
    P_ARREST,
    P_JOINING,
    P_QUIET,
    P_SIGNING,
    P_TRANSFER,
    PARTY,
    PLACES,
    QUIET,
    READMITTED,
    SIGNED,
    SYMPATHISER,
    UNDERGROUND,
    WINGS,
)
from sim.model.weekly import run_weeks
from sim.model.world import create, simulate
from sim.scenario.loading import load


def assert_columns_add_up(world):
    """Assert what ties the columns of the series to each other, in every week."""
    column = {name: count(world, name) for name in COUNTS}
    joined = column["joined"]
    states = ("holding", "quiet", "waiting", "readmitted")
    assert np.array_equal(joined, sum(column[name] for name in states))
    assert np.array_equal(column["statements"], column["waiting"] + column["readmitted"])
    for whole, parts in (("holding", PLACES), ("holding", WINGS), ("statements", WINGS)):
        assert np.array_equal(column[whole], sum(column[f"{whole}_{part}"] for part in parts))
    for name in ("joined", "quiet", "readmitted", "statements", "arrested", "transferred"):
        assert np.all(np.diff(column[name]) >= 0), name
    assert np.all(world.state.series >= 0)
    assert np.all(joined <= world.people.present.sum())
    assert np.all(column["statements_with_patron"] <= column["statements"])
    assert np.all(column["available_to_sign"] <= column["holding_irreconcilable"])


def recount(world):
    """Return this week's counts and the standing of every circle and tie, from the people alone."""
    person, wing = world.state.person, world.people.wing
    stance, place, circle = person["stance"], person["place"], person["circle"]
    holding, reachable = stance == HOLDING, (stance == HOLDING) & (place != ISOLATOR)
    happened = world.state.event_week >= 0
    n_places = world.state.circle_known.size
    counts = {
        "holding": holding.sum(),
        "joined": np.sum(stance != SYMPATHISER),
        "quiet": np.sum(stance == QUIET),
        "waiting": np.sum(stance == SIGNED),
        "readmitted": np.sum(stance == READMITTED),
        "statements": happened[P_SIGNING].sum(),
        "arrested": happened[P_ARREST].sum(),
        "transferred": happened[P_TRANSFER].sum(),
        "available_to_sign": np.sum(reachable & (wing == IRRECONCILABLE)),
    }
    for code, name in enumerate(PLACES):
        counts[f"holding_{name}"] = np.sum(holding & (place == code))
    for code, name in enumerate(WINGS):
        counts[f"holding_{name}"] = np.sum(holding & (wing == code))
        counts[f"statements_{name}"] = np.sum(happened[P_SIGNING] & (wing == code))
    lived_in = [
        (world.people.city, happened[P_JOINING]),
        (world.people.colony, happened[P_ARREST]),
        (world.people.isolator, happened[P_TRANSFER]),
    ]
    known = sum(np.bincount(where[been], minlength=n_places) for where, been in lived_in)
    by_circle = {
        "circle_known": known,
        "circle_gone": np.bincount(circle[happened[P_SIGNING]], minlength=n_places),
        "circle_holding": np.bincount(circle[holding], minlength=n_places),
    }
    ties, n = world.ties, wing.size
    writer = np.repeat(np.arange(n), np.diff(ties.start))
    by_person = {
        name: np.bincount(writer[flag[ties.person]], minlength=n)
        for name, flag in (
            ("known", happened[P_JOINING]),
            ("gone", happened[P_SIGNING]),
            ("still", reachable),
        )
    }
    return counts, by_circle, by_person


@few
@given(changes(size=60), seeds)
def test_everyone_who_joined_is_in_exactly_one_state_every_week(some, seed):
    """The running counts are those of the people themselves, and they add up."""
    scenario = load(HISTORICAL, some)
    world = create(scenario, seed)
    for week in range(scenario.calendar.weeks + 1):
        if week > 0:
            run_weeks(world, 1)
        counts, by_circle, by_person = recount(world)
        assert {name: world.state.series[week, COUNTS.index(name)] for name in counts} == counts
        for name, standing in by_circle.items():
            assert np.array_equal(getattr(world.state, name), standing), (week, name)
        for name, standing in by_person.items():
            assert np.array_equal(world.state.person[name], standing), (week, name)
    assert_columns_add_up(world)


def test_history_itself_adds_up():
    assert_columns_add_up(simulate("historical", 71).world)


STANCES_AFTER = {
    SYMPATHISER: {HOLDING},
    HOLDING: {QUIET, SIGNED},
    QUIET: set(),
    SIGNED: {READMITTED},
    READMITTED: set(),
}
PLACES_AFTER = {
    PARTY: {UNDERGROUND},
    UNDERGROUND: {EXILE},
    EXILE: {ISOLATOR},
    ISOLATOR: set(),
}


@few
@given(changes(size=60), seeds)
def test_people_move_along_the_arrows_only(some, seed):
    """Stance by stance; place by place among those who hold out. A life has no way back."""
    notes = diary(create(load(HISTORICAL, some), seed))
    for before, after in zip(notes.stance, notes.stance[1:], strict=False):
        steps = set(zip(before[before != after], after[before != after], strict=True))
        assert all(b in STANCES_AFTER[a] for a, b in steps), steps
    for week in range(len(notes.stance) - 1):
        stays = (notes.stance[week] == HOLDING) & (notes.stance[week + 1] == HOLDING)
        before, after = notes.place[week][stays], notes.place[week + 1][stays]
        steps = set(zip(before[before != after], after[before != after], strict=True))
        assert all(b in PLACES_AFTER[a] for a, b in steps), steps
        moved = stays & (notes.circle[week] != notes.circle[week + 1])
        assert np.all(notes.place[week][moved] != notes.place[week + 1][moved])


def test_every_state_and_every_way_occurs(busy):
    """Otherwise the tests above would hold of an empty world."""
    world = live(lively(population__size=2_000), 72)
    assert np.all((world.state.event_week >= 0).any(axis=1))
    assert np.all(world.state.series.max(axis=0) > 0)
    assert np.unique(world.state.person["stance"]).size == len(STANCES_AFTER)
    assert np.unique(live(busy, 72).state.person["place"]).size == len(PLACES_AFTER)


def test_who_is_absent_is_nowhere():
    scenario = lively(population__size=200)
    present = np.arange(200) % 3 != 0
    world = live(scenario, 73, people_with(scenario, 73, present=present))
    assert np.all(world.state.event_week[:, ~present] == -1)
    assert np.all(world.state.cumulative_hazard[:, ~present] == 0)
    assert np.all(count(world, "joined") <= present.sum())
    assert_columns_add_up(world)


def test_nobody_goes_quiet_in_an_isolator():
    n = 50
    scenario = plain(
        level("arrests", 1) | level("transfers", 1),
        population__size=n,
        events__expulsion__happens=True,
        rates__quiet=0.1,
        rates__arrest=1,
        rates__transfer=1,
    )
    people = people_with(scenario, 74, transfer_factor=1.0)
    resistance = people.resistance.copy()
    resistance[P_ARREST] = 0.5  # in week 0
    resistance[P_TRANSFER] = 0.25  # a quarter into week 1
    resistance[P_QUIET] = 0.175  # three quarters into week 1
    world = live(scenario, 74, people._replace(resistance=resistance))
    assert count(world, "transferred")[-1] == n
    assert count(world, "quiet")[-1] == 0
