"""Nobody is lost or counted twice: every week, everybody is in exactly one state of the chart."""

import numpy as np
from hypothesis import given
from property import changes, few, fewer, seeds, whole_changes
from worlds import (
    HISTORICAL,
    count,
    diary,
    expelled,
    lasting_to_1938,
    level,
    live,
    lively,
    people_with,
    plain,
)

from sim.chart.registry import chart
from sim.model.codes import (
    COUNTS,
    P_ARREST,
    P_QUIET,
    P_TRANSFER,
    PLACES,
    PROCESSES,
    STANCES,
    WINGS,
    columns,
)
from sim.model.places import gazetteer
from sim.model.tables import BELONGS, HOLDS, LETTERS, STRIKING, WHERE
from sim.model.weekly import run_weeks
from sim.model.world import create, simulate
from sim.scenario.loading import load

ROWS = {place.id: row for row, place in enumerate(gazetteer())}


def assert_columns_add_up(world):
    """Assert what ties the columns of the series to each other, in every week."""
    column = {name: count(world, name) for name in COUNTS}
    for whole, parts in (("holding", PLACES), ("holding", WINGS), ("statements", WINGS)):
        assert np.array_equal(column[whole], sum(column[f"{whole}_{part}"] for part in parts))
    for each in columns():
        if each.transition:
            assert np.all(np.diff(column[each.name]) >= 0), each.name
    assert np.all(world.state.series >= 0)
    assert np.all(column["joined"] + column["silent"] <= world.people.present.sum())
    assert np.all(column["statements_with_patron"] <= column["statements"])


def stocks(world):
    """Return this week's stocks from the people alone, by the chart's own words."""
    person = world.state.person
    found = {}
    for each in columns():
        if each.stances:
            counted = np.isin(person["stance"], [STANCES.index(s) for s in each.stances])
            counted &= world.people.present
            if each.places:
                counted &= np.isin(person["place"], [PLACES.index(p) for p in each.places])
            if each.wings:
                counted &= np.isin(person["wing"], [WINGS.index(w) for w in each.wings])
            if each.circle:
                counted &= person["circle"] == ROWS[each.circle]
            found[each.name] = counted.sum()
    return found


def standing(world):
    """Return how every circle and tie stands, from the people alone."""
    person, people = world.state.person, world.people
    n_places, circle = world.state.circle_known.size, person["circle"]
    holding = HOLDS[person["stance"]] & people.present
    striking = STRIKING[person["stance"]] & people.present
    arrested = world.state.event_week[P_ARREST]
    wave = np.where(arrested >= 0, world.timeline.wave[np.maximum(arrested, 0)], 0)
    colony = people.colony[wave, np.arange(wave.size)]
    own = [people.city, colony, people.isolator, people.camp, people.elsewhere]
    known = np.zeros(n_places, int)
    for kind in np.unique(WHERE):
        been = (person["been"] >> kind & 1).astype(bool)
        known += np.bincount(own[kind][been], minlength=n_places)
    by_circle = {
        "circle_known": known,
        "circle_holding": np.bincount(circle[holding], minlength=n_places),
        "circle_striking": np.bincount(circle[striking], minlength=n_places),
        "circle_people": np.bincount(people.city[people.present], minlength=n_places),
    }
    ties, n = world.ties, people.wing.size
    writer = np.repeat(np.arange(n), np.diff(ties.start))
    reachable = holding & LETTERS[person["place"]]
    signed = world.state.event_week[PROCESSES.index("signing")] >= 0
    by_person = {
        name: np.bincount(writer[flag[ties.person]], minlength=n)
        for name, flag in (
            ("known", BELONGS[person["stance"]] & people.present),
            ("gone", signed),
            ("still", reachable),
        )
    }
    return by_circle, by_person


def assert_counts_are_those_of_the_people(scenario, seed):
    world = create(scenario, seed)
    flows = {each.name: each for each in columns() if each.transition and not each.wings}
    members = (world.people.member & world.people.present).sum()
    happened = dict.fromkeys(flows, 0) | {"joined": members}
    for week in range(scenario.calendar.weeks + 1):
        if week > 0:
            run_weeks(world, 1)
            for name, each in flows.items():
                weeks = world.state.event_week[PROCESSES.index(each.transition)]
                new = (weeks == week - 1) & ~(
                    world.people.member & (week == 1) & (name == "joined")
                )
                happened[name] += new.sum()
        row = dict(zip(COUNTS, world.state.series[week], strict=True))
        assert {name: row[name] for name in happened} == happened, week
        found = stocks(world)
        assert {name: row[name] for name in found} == found, week
        by_circle, by_person = standing(world)
        for name, stands in by_circle.items():
            assert np.array_equal(getattr(world.state, name), stands), (week, name)
        for name, stands in by_person.items():
            assert np.array_equal(world.state.person[name], stands), (week, name)
        assert world.state.circle_gone.sum() == row["statements"]
    assert_columns_add_up(world)


@few
@given(changes(size=60), seeds)
def test_the_running_counts_are_those_of_the_people(some, seed):
    assert_counts_are_those_of_the_people(load(HISTORICAL, some), seed)


@fewer
@given(whole_changes(size=40), seeds)
def test_and_so_they_are_to_1938(some, seed):
    assert_counts_are_those_of_the_people(load(HISTORICAL, some), seed)


def test_history_itself_adds_up():
    assert_columns_add_up(simulate("historical", 71, {"calendar.end": "1938-12-26"}).world)


def ways():
    """Return the steps that the chart allows, from (stance, place) to (stance, place)."""
    found = set()
    for each in chart().transitions:
        for stance in STANCES:
            for place in PLACES:
                if each.at_risk(stance, place):
                    found.add(((stance, place), (each.to_stance or stance, each.to_place or place)))
    return found


@fewer
@given(whole_changes(size=60), seeds)
def test_people_move_along_the_arrows_only(some, seed):
    """One step a week, or two; and by a dated act, which leads on from where a step led."""
    allowed = ways()
    after = {a: {d for c, d in allowed if c == a} for a in {a for a, _ in allowed}}
    dated = {(move.stance, move.to_stance) for move in chart().moves if move.stance}

    def reached(state):
        one = after.get(state, set())
        two = one | {d for c in one for d in after.get(c, set())}
        return two | {(to, p) for s, p in (two | {state}) for a, to in dated if a == s}

    notes = diary(create(load(HISTORICAL, some), seed))
    for week in range(len(notes.stance) - 1):
        changed = (notes.stance[week] != notes.stance[week + 1]) | (
            notes.place[week] != notes.place[week + 1]
        )
        for i in np.flatnonzero(changed):
            was, now = (
                (STANCES[notes.stance[k][i]], PLACES[notes.place[k][i]]) for k in (week, week + 1)
            )
            assert now in reached(was), (week, was, now)


def test_every_state_and_every_way_occurs():
    """Otherwise the tests above would hold of an empty world."""
    some = {
        "coefficients.baseline": -9,
        "rates.transfer": 0.004,
        "rates.declaring": 0.2,
        "rates.punishment": 0.05,
    }
    world = live(lasting_to_1938(some, population__size=6_000), 72)
    happened = (world.state.event_week >= 0).any(axis=1)
    never = {"lying_low", "release"}  # of counterfactuals alone
    assert {PROCESSES[k] for k in np.flatnonzero(~happened)} == never
    nowhere = {COUNTS[k] for k in np.flatnonzero(world.state.series.max(axis=0) == 0)}
    assert nowhere == {"holding_elsewhere"}  # who holds out is sent to the camps named


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
        expelled() | level("arrests", 1) | level("transfers", 1),
        population__size=n,
        rates__quiet=0.1,
        rates__arrest=1,
        rates__transfer=1,
    )
    people = people_with(scenario, 74, transfer_factor=1.0, expulsion_factor=1e9)
    resistance = people.resistance.copy()
    resistance[P_ARREST] = 0.5  # in week 1
    resistance[P_TRANSFER] = 0.25  # a quarter into week 2
    resistance[P_QUIET] = 0.275  # three quarters into week 2
    world = live(scenario, 74, people._replace(resistance=resistance))
    assert count(world, "transferred")[-1] == n
    assert count(world, "quiet")[-1] == 0
