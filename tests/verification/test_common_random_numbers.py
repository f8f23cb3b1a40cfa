"""A change reaches what it can reach; everything else is untouched, to the bit.

What a person draws depends on the seed, the name of the draw and their number alone, so that two
worlds differ only through what was changed (common random numbers: Glasserman & Yao 1992, Some
guidelines and guarantees for common random numbers, Management Science 38; Stout & Goldie 2008,
Keeping the noise down: common random numbers for disease simulation modeling, Health Care
Management Science 11).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measure import assert_agrees
from property import changes, few, seeds
from scipy.stats import spearmanr
from worlds import (
    HISTORICAL,
    assert_same,
    diary,
    first_week_changed,
    lasting_to_1938,
    level,
    live,
    lively,
    nobody_writes,
    people_with,
    plain,
    without,
)

from sim.model import people as drawing
from sim.model import streams
from sim.model.codes import COUNTS, P_JOINING, PROCESSES, SYMPATHISER, WINGS
from sim.model.people import draw_people, draw_ties, leader_ids
from sim.model.tables import HOLDS, LETTERS
from sim.model.ties import from_pairs
from sim.model.world import create
from sim.scenario.loading import load

# --- Draws ---------------------------------------------------------------------------------


def test_a_stream_does_not_depend_on_what_was_drawn_before():
    alone = streams.uniform(7, "colony", 100)
    streams.normal(7, "conviction", 1_000)
    streams.uniform(7, "city", 1)
    assert np.array_equal(streams.uniform(7, "colony", 100), alone)


def test_streams_differ_by_name_and_by_seed():
    draws = [
        streams.uniform(seed, name, 50)
        for seed in (0, 1, 2**40)
        for name in ("resistance/signing", "resistance/quiet")
    ]
    assert len({draw.tobytes() for draw in draws}) == len(draws)


def test_what_a_person_draws_for_one_thing_says_nothing_about_another():
    """No two attributes and resistances share a stream: rank correlations are within error.

    The city is left out, which depends on the wing, and so are colonies but those of one wave.
    """
    scenario = plain(
        {f"population.programme_{wing}": 0.5 for wing in WINGS[:3]},
        population__size=20_000,
        population__sympathisers=0.5,
        population__zinovievists_open=1,
        population__youth=0.5,
        population__youth_tilt=0,
        population__conciliators=0.5,
        population__conviction_spread=1,
    )
    people = draw_people(scenario, 2)
    names = "generation wing programme conviction isolator camp member adoption_threshold"
    drawn = [getattr(people, name) for name in names.split()]
    columns = [*drawn, people.colony[1], *people.resistance]
    ranks = spearmanr(np.column_stack(columns)).statistic
    between = ranks[np.triu_indices_from(ranks, k=1)]
    assert_agrees(between, 0, 1 / np.sqrt(20_000))


def test_a_process_more_shifts_nobodys_luck(monkeypatch):
    scenario = lively()
    before = draw_people(scenario, 3)
    monkeypatch.setattr(drawing, "PROCESSES", ("death", *PROCESSES))
    after = draw_people(scenario, 3)
    assert np.array_equal(after.resistance[1:], before.resistance)
    for name in set(before._fields) - {"resistance"}:
        assert np.array_equal(getattr(after, name), getattr(before, name)), name


@few
@given(changes(size=60), changes(size=150), seeds)
def test_people_more_change_nobody_who_was_there(few_people, many_people, seed):
    """The first sixty of a hundred and fifty are the sixty, and write to each other as before."""
    small = load(HISTORICAL, few_people)
    large = load(HISTORICAL, few_people | {"population.size": many_people["population.size"]})
    some, all_ = draw_people(small, seed), draw_people(large, seed)
    for name in some._fields:
        assert np.array_equal(getattr(some, name), getattr(all_, name)[..., :60]), name
    ties, more = draw_ties(small, seed, some), draw_ties(large, seed, all_)
    for i in range(60):
        correspondents = more.person[more.start[i] : more.start[i + 1]]
        among = correspondents[correspondents < 60]
        assert np.array_equal(among, ties.person[ties.start[i] : ties.start[i + 1]])


def test_nobody_draws_differently_in_a_changed_world():
    """Terror, coefficients, calendar and rates of leaving do not touch who people are."""
    here = draw_people(lively(), 4)
    there = draw_people(
        lively(
            level("terror", 1) | {"calendar.end": "1933-01-01"},
            coefficients__offer=0,
            rates__quiet=0.1,
            rule__kind="threshold",
        ),
        4,
    )
    for name in here._fields:
        assert np.array_equal(getattr(here, name), getattr(there, name)), name


# --- A mechanism that weighs nothing -------------------------------------------------------

UNSEEN = {
    "hardship": level("terror", 1) | {"coefficients.hardship_exile": 0.9},
    "offer": level("offer", 1),
    "left_turn": level("left_turn", 1) | level("democracy", 1),
    "patron": {"rates.patron_half_life": 40, "events.preobrazhensky_appeals.happens": False},
    "silence": level("letters", 0),
    "threat": level("threat", 1),
    "rally": {"events.rakovsky_declaration.happens": False},
}
ALSO_READ = {  # what else reads the same levers and acts is off as well
    "hardship": {"rates.quiet_terror": 0, "rates.disillusion": 0},
    "offer": {"rates.readmission": 0},
    "left_turn": {"rates.persuasion": 0},
    "patron": {"coefficients.renown": 0},
    "rally": {"rates.declaring": 0},
}


@pytest.mark.parametrize("name", UNSEEN)
def test_a_mechanism_with_coefficient_zero_is_no_mechanism(name):
    """Whatever it looks at may change, and nobody notices; with its weight back, they do."""
    off = {**ALSO_READ.get(name, {}), f"coefficients.{name}": 0}
    assert_same(live(lively(off), 5), live(lively({**off, **UNSEEN[name]}), 5))
    on = ALSO_READ.get(name, {})
    one, other = live(lively(on), 5), live(lively({**on, **UNSEEN[name]}), 5)
    assert not np.array_equal(one.state.cumulative_hazard, other.state.cumulative_hazard)


@pytest.mark.parametrize(("process", "lever"), [("arrest", "arrests"), ("transfer", "transfers")])
def test_a_process_with_rate_zero_is_no_process(process, lever):
    off = {f"rates.{process}": 0}
    one, other = live(lively(off), 6), live(lively(off | level(lever, 1)), 6)
    assert_same(one, other)
    assert not np.array_equal(one.state.event_week, live(lively(), 6).state.event_week)


def test_example_and_solidarity_at_zero_cut_every_tie_between_people():
    """With both off it is all one who else is there, or who writes to whom.

    So it is only where nobody sees who speaks openly; news in the press needs no ties.
    """
    unseen = {"rates.joining_support": 0}
    scenario = lively(unseen, coefficients__example=0, coefficients__solidarity=0)
    people = people_with(scenario, 7)
    as_drawn = live(scenario, 7, people)
    crowded = people._replace(city=np.zeros_like(people.city))
    alone = live(scenario, 7, crowded, nobody_writes(people.wing.size))
    for field in ("cumulative_hazard", "event_week", "series"):
        assert np.array_equal(getattr(as_drawn.state, field), getattr(alone.state, field))


# --- A lever changed after some week -------------------------------------------------------

KNOTS = {
    name: getattr(HISTORICAL.levers, name).knots for name in type(HISTORICAL.levers).model_fields
}


MOVED = [name for name, knots in KNOTS.items() if len(knots) > 1 and name != "strike"]
"""Levers whose last knot makes a difference; that of the strike comes when all have stopped."""


@pytest.mark.parametrize("lever", MOVED)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_past_does_not_know_of_a_lever_changed_later(lever, seed):
    """The last knot is moved: up to the one before it nothing may change."""
    knot = list(KNOTS[lever])[-1]
    height = 0.0 if KNOTS[lever][knot].value > 0.3 else 1.0
    history = lasting_to_1938(population__size=300, coefficients__baseline=-9)
    changed = load(history, {f"levers.{lever}.knots.{knot}.value": height})
    week = first_week_changed(history, lever, knot)
    assert 0 < week < history.calendar.weeks
    one, other = create(history, seed), create(changed, seed)
    pages = list(zip(diary(one), diary(other), strict=True))
    assert all(np.array_equal(a[: week + 1], b[: week + 1]) for a, b in pages)
    assert np.array_equal(one.state.series[: week + 1], other.state.series[: week + 1])
    assert not all(np.array_equal(a, b) for a, b in pages), "the future does"


def test_a_new_knot_changes_nothing_before_the_one_it_follows():
    knot = {"date": "1928-10-01", "value": 0, "claims": ["demand-disarm-3dec"]}
    then = {"date": "1928-10-08", "value": 1, "claims": ["demand-disarm-3dec"]}
    changed = lively(
        {"levers.democracy.knots.still": knot, "levers.democracy.knots.restored": then}
    )
    week = 42  # the first Monday after 1 October 1928 is the 42nd after 19 December 1927
    one, other = create(lively(), 8), create(changed, 8)
    before, instead = diary(one).cumulative_hazard, diary(other).cumulative_hazard
    assert np.array_equal(before[: week + 1], instead[: week + 1])
    assert not np.array_equal(before[week + 1], instead[week + 1])


def test_an_event_that_does_not_happen_is_missed_from_its_week_on():
    event = HISTORICAL.events["preobrazhensky_signs"]
    week = (event.date - lively().calendar.start).days // 7
    changed = lively({"events.preobrazhensky_signs.happens": False})
    people = people_with(lively(), 9, patron=leader_ids(changed).index(event.leader))
    one, other = create(lively(), 9, people), create(changed, 9, people)
    before, instead = diary(one).cumulative_hazard, diary(other).cumulative_hazard
    assert np.array_equal(before[: week + 1], instead[: week + 1])
    assert not np.array_equal(before[week + 1], instead[week + 1])


# --- A person who never existed ------------------------------------------------------------


@few
@given(changes(size=80), seeds, st.integers(0, 79))
def test_where_nobody_heeds_others_one_person_less_is_one_person_less(some, seed, missing):
    unheeded = ("coefficients.example", "coefficients.solidarity", "coefficients.news")
    some = {**some, **dict.fromkeys((*unheeded, "rates.joining_support"), 0)}
    scenario = load(HISTORICAL, {**some, "rule.kind": "hazard"})
    people = draw_people(scenario, seed)
    all_, rest = live(scenario, seed, people), live(scenario, seed, without(people, missing))
    assert_same(all_, rest, but=[missing])
    difference = all_.state.series - rest.state.series
    assert np.all((difference == 0) | (difference == 1))
    spoke = difference[:, COUNTS.index("joined")]
    assert np.any(spoke) == (all_.state.event_week[P_JOINING, missing] >= 0)
    assert np.all(rest.state.event_week[:, missing] == -1)


def rings(n_people, size):
    """Return ties that make a ring of everybody in each group of `size`."""
    i = np.arange(n_people)
    return from_pairs(n_people, np.column_stack([i, i - i % size + (i + 1) % size]))


@pytest.mark.parametrize("rule", ["hazard", "threshold"])
def test_where_people_heed_letters_only_removal_stays_within_the_component(rule):
    n, size = 200, 10
    scenario = plain(
        population__size=n,
        coefficients__baseline=-3.5,
        coefficients__example=4,
        coefficients__solidarity=2,
        rates__quiet=0.01,
        rates__correspondence=1,
        rule__kind=rule,
    )
    ties, everyone = rings(n, size), np.arange(n)
    thresholds = np.where(everyone % size == 0, 0, 0.5)
    people = people_with(scenario, 10, adoption_threshold=thresholds)
    all_, reached = live(scenario, 10, people, ties), 0
    for missing in (0, 57, 190):
        rest = live(scenario, 10, without(people, missing), ties)
        component = everyone[everyone // size == missing // size]
        assert_same(all_, rest, but=component)
        others = component[component != missing]
        weeks, hazards = (
            getattr(all_.state, name)[..., others] != getattr(rest.state, name)[..., others]
            for name in ("event_week", "cumulative_hazard")
        )
        reached += weeks.sum() + hazards.sum()
    assert reached > 0, "within the component it is felt"


def light_cone(one, other, ties, person):
    """Return whether each person's week can differ, (n_weeks + 1, n_people).

    On a Monday people read their circle and their letters, and no papers here. So a difference
    reaches, a week later, whoever holds out and has a tie to somebody it reached, or is in a circle
    where anybody whom it reached has ever been. Written without the model: from the diaries of both
    worlds.
    """
    n_weeks, n = one.stance.shape[0] - 1, one.stance.shape[1]
    writer = np.repeat(np.arange(n), np.diff(ties.start))
    reached = np.zeros((n_weeks + 1, n), bool)
    reached[0, person] = True
    tainted = np.zeros(max(one.circle.max(), other.circle.max()) + 1, bool)
    for week in range(n_weeks):
        by_letter = np.zeros(n, bool)
        by_letter[ties.person[reached[week][writer]]] = True
        now = reached[week].copy()
        for world in (one, other):
            been = reached[week] & (world.stance[week] != SYMPATHISER)
            tainted[world.circle[week][been]] = True
        for world in (one, other):
            reads_letters = by_letter & LETTERS[world.place[week]]
            reads = tainted[world.circle[week]] | reads_letters
            now |= HOLDS[world.stance[week]] & reads
        reached[week + 1] = now
    return reached


@pytest.mark.parametrize("rule", ["hazard", "threshold"])
@pytest.mark.parametrize("letters", [0, 1])
def test_removal_reaches_nobody_outside_its_light_cone(rule, letters):
    scenario = lively(
        population__size=400,
        population__correspondents=letters,
        rates__arrest=0.02,
        rates__correspondence=0.5,
        rates__joining_support=0,
        coefficients__news=0,
        rule__kind=rule,
        rule__threshold_mean=0.4,
    )
    changed, spared = 0, 0
    for seed in range(11, 17):
        people = draw_people(scenario, seed)
        ties = draw_ties(scenario, seed, people)
        one = diary(create(scenario, seed, people, ties))
        cities, counts = np.unique(people.city, return_counts=True)
        for city in cities[np.argsort(counts)[-6:-1]]:  # all but the largest
            missing = int(np.flatnonzero((people.city == city) & people.member)[0])
            other = diary(create(scenario, seed, without(people, missing), ties))
            cone = light_cone(one, other, ties, missing)
            differs = np.zeros_like(cone)
            for notes, others in zip(one, other, strict=True):
                differs |= notes != others
            assert not np.any(differs & ~cone)
            changed += differs[-1].sum() - 1
            spared += np.sum(~cone[3])
    assert changed > 0, "somebody is reached"
    assert spared > 0, "and not everybody at once"
