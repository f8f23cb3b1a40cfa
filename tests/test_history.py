"""What the shipped fit says, beside what the sources say; and the fit itself, made small."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from sim.errors import InputError
from sim.experiment import compare, run
from sim.experiment.comparison import fates_differ, marked_day, week_below
from sim.experiment.draws import reference
from sim.experiment.execution import Execution
from sim.files import shipped_posteriors
from sim.inference.fit import fit, write
from sim.inference.prior import free
from sim.inference.problem import problem
from sim.inference.storage import about_of
from sim.model.codes import COUNTS, PLACES, PROCESSES, STANCES
from sim.model.world import simulate
from sim.scenario.loading import counterfactuals, load, read_toml, sources_of


@pytest.fixture(scope="module")
def worlds():
    return run("historical", seeds=20, execution=Execution(workers=1))


@pytest.fixture(scope="module")
def said(worlds):
    return worlds.targets.set_index("target")["median"]


def test_about_8000_at_the_height_of_1928(said):
    assert 7200 < said["height_1928"] < 8800


def test_about_2500_statements_nearly_all_zinovievist_by_spring_1928(said):
    assert 2200 < said["statements_spring_1928"] < 2800
    assert said["zinovievists_among_them"] > 0.9


def test_most_still_held_on_1_april_1929(said):
    assert said["most_held_april_1929"] > 0.5


def test_a_block_of_about_400_in_july_1929(said):
    assert 300 < said["july_block"] < 500


def test_more_left_in_the_second_half_of_1929_than_in_the_first(said):
    assert said["second_half_over_first"] > 1


def test_over_500_could_sign_in_august(said):
    assert said["declaration"] > 500


def test_fewer_than_1000_at_the_end_of_1929(said):
    assert said["end_1929"] < 1000


def test_some_hundreds_are_left_in_1936():
    long = run("historical", 5, {"calendar.end": "1936-07-01"}, execution=Execution(workers=1))
    left = long.targets.set_index("target").loc["level_1936", "median"]
    assert 200 < left < 900


def test_the_fit_file_holds_every_free_parameter_and_nothing_else():
    from sim.scenario.loading import shipped

    path = shipped()["historical"].parent / "fits" / "historical.toml"
    kept = read_toml(path)
    assert set(kept["values"]) == set(free(load("historical")))
    assert kept["fit"]["command"].startswith("midnight fit historical")


def test_the_shipped_posterior_is_of_this_model_and_these_figures():
    history = load("historical")
    draws = reference(history)
    assert draws is not None, "stale: `make posteriors` makes it anew"
    assert draws.about["problem"] == problem("historical").digest
    assert draws.drawn(history) == list(free(history))
    held = run("historical", 40, execution=Execution(workers=1)).targets.set_index("target")
    assert (held["low"] <= held["median"]).all()
    assert held.loc["end_1929", "low"] < 800 < held.loc["end_1929", "high"]


def test_every_shipped_posterior_has_settled_with_the_draws_it_asked_for():
    shipped = sorted(path.name for path in shipped_posteriors().iterdir())
    assert "historical-greene-deutscher" in shipped
    for name in shipped:
        about = about_of(shipped_posteriors() / name)
        assert about["settled"], name
        assert about["ess"] >= about["sampler"]["ess"] >= 250, name


def test_a_small_fit_is_the_same_whoever_runs_it(tmp_path):
    alone = fit("historical", trials=24, seeds=1, execution=Execution(workers=1))
    together = fit("historical", trials=24, seeds=1, execution=Execution(workers=2))
    assert alone.values == together.values
    assert alone.log_likelihood == together.log_likelihood
    write(alone, tmp_path / "fit.toml", "midnight fit historical")
    assert read_toml(tmp_path / "fit.toml")["values"] == alone.values


def test_a_fit_asks_for_something_to_fit():
    with pytest.raises(InputError, match="--trials"):
        fit("historical", trials=0)


def test_every_counterfactual_changes_something_and_only_itself(worlds):
    found = compare(seeds=2, execution=Execution(workers=1))
    assert set(found.worlds) == set(counterfactuals()) - LONGER
    assert len(found.worlds) >= 12
    assert not found.goes_on
    assert "later" not in found.tables
    assert np.array_equal(found.baseline.counts, worlds.counts[:2])
    for name, fates in found.fates.items():
        assert (fates > 0).all(), name
    history, table = load("historical"), found.table.set_index("scenario")
    last = (date(1929, 12, 31) - history.calendar.start).days // 7
    for name in found.worlds:
        assert load(name).population == history.population
        assert load(name).leaders == history.leaders
        paired = found.worlds[name].counts[:, last, 0] - found.baseline.counts[:, last, 0]
        assert table.loc[name, "difference_median"] == pytest.approx(np.median(paired), abs=60)


LONGER = {
    "bloc-not-discovered",
    "knowing-in-1929",
    "no-emergency-of-1933",
    "no-sweep-after-kirov",
    "offer-of-march-1933",
}
"""Counterfactuals of the 1930s: their calendars go on to 1938."""


@pytest.fixture(scope="module")
def later():
    everyone = [*sorted(LONGER), "no-carrot"]
    return compare(everyone, seeds=3, parameters="point", execution=Execution(workers=1))


def test_worlds_of_the_1930s_are_compared_on_the_eve_of_the_hunger_strike(later):
    ends = {runs.scenario.calendar.end for runs in (later.baseline, *later.worlds.values())}
    assert ends == {date(1938, 12, 26)}
    assert marked_day(later.baseline.scenario.calendar) == date(1936, 10, 26)
    for name, fates in later.fates.items():
        assert (fates > 0).all(), name
    table = later.later.set_index("scenario")
    assert list(table.index) == ["historical", *later.worlds]
    assert table.loc["historical", "swept_median"] > 1000
    assert table.loc["no-sweep-after-kirov", "swept_median"] == 0
    assert (
        table.loc["bloc-not-discovered", "active_median"] > table.loc["historical", "active_median"]
    )
    assert {"later"} <= later.tables.keys()


def test_what_knowing_changes_is_the_offer_of_1929(later):
    table = later.table.set_index("scenario")
    assert table.loc["knowing-in-1929", "difference_low"] > 0
    history, knowing = load("historical").levers.offer, load("knowing-in-1929").levers.offer
    for knot in ("talks", "posts", "congress_1934"):
        assert knowing.knots[knot].value == history.knots[knot].value / 4
        assert knowing.knots[knot].high == history.knots[knot].value / 2


def test_nobodys_death_counts_as_another_fate():
    one, other = (simulate("historical", 1, {"population.size": 300}) for _ in range(2))
    other.world.state.person["stance"][:20] = STANCES.index("killed")
    other.world.state.event_week[PROCESSES.index("killing"), :20] = 100
    assert fates_differ(one, other) == 0
    other.world.state.event_week[PROCESSES.index("sweep"), :5] = 100
    assert fates_differ(one, other) == 5


def test_the_turn_takes_with_it_what_it_caused():
    world = load("no-left-turn")
    assert world.levers.left_turn.scale == world.levers.crisis.scale == 0
    for knot in ("crisis", "plan", "before_hitler"):
        assert world.levers.threat.knots[knot].value == 0
    signed = {each.leader for each in world.events.values() if each.happens}
    assert not signed & {"preobrazhensky", "radek", "smilga"}
    assert not world.events["rakovsky_declaration"].happens


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"population.size": 500}, "population.size: got 500: other people than in `historical`"),
        ({"population.conviction_spread": 3}, "population.conviction_spread: got 3: other people"),
        ({"leaders.radek.following": 0.5}, "leaders.radek: got other followers"),
        ({"leaders.radek.wing": "irreconcilable"}, "leaders.radek: got other followers"),
    ],
)
def test_a_world_of_other_people_has_no_pairs(changes, words):
    other = load("no-carrot", changes | {"name": "others"})
    with pytest.raises(InputError, match=words):
        compare([other], seeds=1, execution=Execution(workers=1))


def test_every_world_alike_may_have_other_people():
    small = {"population.size": 300, "leaders.radek.following": 0.1}
    here = Execution(workers=1)
    found = compare(["no-carrot"], "historical", 1, small, "point", here)
    assert found.table["holding_median"].max() < 300


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("bloc-not-discovered", "1932-06-30"),
        ("no-emergency-of-1933", "1933-01-29"),
        ("no-sweep-after-kirov", "1934-11-26"),
    ],
)
def test_until_the_day_on_which_they_part_two_long_worlds_are_one(name, parts):
    every = [load(each, {"calendar.end": "1938-12-26"}) for each in ("historical", name)]
    history, other = (simulate(each, 1).series.set_index("date") for each in every)
    before = history.index < parts
    pd.testing.assert_frame_equal(history[before], other[before])
    assert not history.equals(other)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("lying-low", "1928-01-01"),
        ("retreat-to-ideas", "1927-12-19"),
        ("knowing-in-1929", "1928-12-31"),
        ("left-turn-reversed", "1929-04-15"),
        ("left-turn-with-democracy", "1929-02-01"),
        ("no-terror-from-1929", "1929-02-01"),
        ("trotsky-not-cut-off", "1929-01-18"),
        ("letters-cut-in-1928", "1928-01-09"),
        ("leaders-hold-out", "1929-04-15"),
        ("rakovsky-signs-in-1929", "1929-07-13"),
        ("no-declaration", "1929-08-22"),
    ],
)
def test_until_the_day_on_which_they_part_two_worlds_are_one(name, parts):
    short = {"calendar.end": "1930-01-06"}
    worlds = [simulate(load(each, short), 1) for each in ("historical", name)]
    history, other = (each.series.set_index("date") for each in worlds)
    before = history.index < parts
    pd.testing.assert_frame_equal(history[before], other[before])
    assert not history.equals(other)


@pytest.mark.parametrize("name", ["historical", *counterfactuals()])
def test_what_is_written_lies_within_its_own_range(name):
    for key, each in sources_of(load(name)):
        low, high = getattr(each, "low", None), getattr(each, "high", None)
        value = getattr(each, "value", getattr(each, "following", None))
        if None not in (low, high, value):
            assert low <= value <= high, key


def test_a_world_compared_with_itself_differs_in_nothing():
    again = load("historical", {"name": "again"})
    found = compare([again], seeds=3, execution=Execution(workers=1))
    assert found.fates["again"].tolist() == [0, 0, 0]
    assert found.table["difference_high"].tolist() == [0, 0]


def test_workers_change_nothing():
    changes = {"population.size": 300}
    alone = run("historical", 130, changes, execution=Execution(workers=1))
    together = run("historical", 130, changes, execution=Execution(workers=2))
    assert np.array_equal(alone.counts, together.counts)


def test_fates_are_counted_person_by_person():
    small = {"population.size": 400}
    a = simulate(load("historical", small), 1)
    b = simulate(load("no-carrot", small), 1)
    turns = ["week_of_signing", "week_of_quiet", "week_of_revival"]
    one, other = (each.persons[turns].fillna(-1).to_numpy() for each in (a, b))
    joined = [each.persons["week_of_joining"].notna().to_numpy() for each in (a, b)]
    differ = (one != other).any(axis=1) | (joined[0] != joined[1])
    assert fates_differ(a, b) == differ.sum() > 0


def test_week_below():
    holding = np.array([[1200, 999, 1001, 10], [1200, 1100, 1000, 1000]])
    assert week_below(holding)[0] == 1
    assert np.isnan(week_below(holding)[1])


def test_series_columns_add_up(worlds):
    series = worlds.series
    places = [name for name in COUNTS if name.startswith("holding_") and name[8:] in PLACES]
    assert (series[places].sum(axis=1) == series["holding"]).all()
    states = series[["holding", "quiet", "waiting", "readmitted", "died"]].sum(axis=1)
    assert (states == series["joined"]).all()


def test_no_curve_leaves_its_small_picture():
    """The second world is far higher than the first, but for the end: one scale holds both."""
    names = ["second-party", "secret-ballot-in-1927"]
    small = {"population.size": 3000}
    found = compare(names, "historical", 2, small, "point", Execution(workers=1))
    drawn = found.plot()
    titles = {runs.scenario.title for runs in found.worlds.values()}
    pictures = [ax for ax in drawn.axes if ax.get_title("left").replace("\n", " ") in titles]
    assert len(pictures) == len(names)
    for ax in pictures:
        highest = max(line.get_ydata().max() for line in ax.get_lines())
        assert ax.get_ylim()[0] == 0
        assert highest <= ax.get_ylim()[1]


def test_no_caption_leaves_its_picture():
    small = {"population.size": 1500, "calendar.end": "1938-12-26"}
    here = Execution(workers=1)
    paired = compare(["no-sweep-after-kirov"], "historical", 1, small, "point", here)
    for drawn in (paired.plot(), paired.baseline.plot()):
        drawn.canvas.draw()
        captions = [text for text in drawn.findobj(Text) if "Killings" in text.get_text()]
        assert captions
        assert all(text.get_window_extent().x1 <= drawn.bbox.x1 for text in captions)
