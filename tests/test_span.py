"""The years that are run and shown: `--span`, and what is said of the last of them."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest
from test_cli import midnight, works

from sim.chart.registry import chart
from sim.errors import InputError
from sim.experiment.life import explain
from sim.experiment.runs import Runs
from sim.model.world import simulate
from sim.scenario.loading import hash_of, load
from sim.scenario.span import spanned, years
from sim.view import figures, killings, style
from sim.view.app import curve, map, numbers
from sim.view.app.svg import Size
from sim.view.app.worlds import Worlds

SMALL = ["--set", "population.size=600"]


@pytest.mark.parametrize("text", ["1928-38", "1928-1938", " 1928-38 "])
def test_the_second_year_has_two_or_four_digits(text):
    assert years(text) == (1928, 1938)


@pytest.mark.parametrize(
    "text", ["1938-28", "28-38", "1928", "1928-39", "1925-30", "1928-3", "1928-8a", "x"]
)
def test_what_is_no_span_is_refused_in_one_message(tmp_path, text):
    with pytest.raises(InputError, match="--span: got "):
        years(text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--span", "1938-28"], "YEAR-YEAR from 1926 to 1938"),
        (["explain", "--span", "x"], "--span"),
        (["run", "--span", "1928-30", "--set", "calendar.end=1931-01-05"], "one of the two"),
    ],
)
def test_a_wrong_span_leaves_nothing(tmp_path, words, said):
    done = midnight(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
    assert not list(tmp_path.iterdir())


def test_a_span_that_ends_before_the_start_is_refused():
    late = load("historical", {"calendar.start": "1929-01-07", "calendar.shown": "1929-01-07"})
    with pytest.raises(InputError, match="starts on 1929-01-07"):
        spanned(late, "1926-28")


def test_a_span_changes_how_long_a_world_runs_and_nothing_in_it():
    history = load("historical", {"population.size": 300})
    long = spanned(history, "1931-32")
    assert (long.calendar.start, long.calendar.end) == (history.calendar.start, date(1932, 12, 31))
    assert long.calendar.first_shown == date(1931, 1, 1)
    shown = load(history, {"calendar.shown": "1929-01-01"})
    assert hash_of(shown) == hash_of(history)
    n = history.calendar.weeks
    both = [simulate(world, 1).world.state.series for world in (history, long)]
    assert (both[0][: n + 1] == both[1][: n + 1]).all()


def test_run_keeps_every_week_and_shows_the_span(tmp_path):
    words = ["run", "--seed", "1", *SMALL, "--out", "long", "--span", "1930-38"]
    told = " ".join(works(*words, cwd=tmp_path).split())
    assert killings.SAID in told
    series = pd.read_csv(tmp_path / "long" / "series.csv", parse_dates=["date"])
    assert series["date"].min().date() == load("historical").calendar.start
    assert date(1938, 12, 24) < series["date"].max().date() <= date(1938, 12, 31)
    assert "statements in July 1929" not in told
    assert "May 1936" in told
    short = " ".join(works("run", "--seed", "1", *SMALL, "--out", "short", cwd=tmp_path).split())
    assert killings.SAID not in short
    assert "statements in July 1929" in short


def test_compare_and_explain_take_a_span(tmp_path):
    words = ["compare", "no-carrot", "--seeds", "1", "--point", "--span", "1928-31", *SMALL]
    works(*words, "--out", "pair", cwd=tmp_path)
    series = pd.read_csv(tmp_path / "pair" / "series.csv", parse_dates=["date"])
    assert set(series.groupby("scenario")["date"].max().dt.year) == {1931}
    told = works("explain", "--span", "1928-38", *SMALL, "--json", cwd=tmp_path)
    (life,) = json.loads(told)["lives"]
    assert life["weeks"][-1]["date"] >= "1938-12-19"


# --- What is shown of the last years ------------------------------------------------------------

LATE = {"population.size": 1500, "levers.watch.scale": 1.0}


@pytest.fixture(scope="module")
def late():
    return spanned(load("historical", LATE), "1926-38")


def test_every_place_has_a_colour_of_its_own_light_to_dark():
    colours = [style.of_place(each.name) for each in chart().places]
    assert len(set(colours)) == len(colours)


def test_pictures_of_the_last_years_show_both_counts(late):
    history = simulate(late, 1)
    runs = Runs(late, [1], history.world.state.series[None])
    top, bottom = figures.decline(runs).axes
    words = [text.get_text() for text in top.get_legend().get_texts()]
    assert words[0] == "held out without a break"
    assert "whatever they once signed" in words[1]
    labels = [text.get_text() for text in bottom.get_legend().get_texts()]
    assert {"in the camps named", "in exile"} <= {*labels}
    shown = np.datetime64("1933-01-02")
    later = load(late, {"calendar.shown": "1933-01-02"})
    top, _ = figures.decline(Runs(later, [1], history.world.state.series[None])).axes
    first = top.get_lines()[0].get_xdata()[0]
    assert shown <= first < shown + 7


def test_a_life_is_told_to_its_end_in_the_order_of_the_chart(late):
    history = simulate(late, 1)
    persons = history.persons
    for process in ("sweep", "sweep_outsiders", "concentration", "strike", "killing"):
        people = persons.index[persons[f"week_of_{process}"].notna()]
        if people.empty:
            continue
        life = explain(late, 1, int(people[0]))
        days = [day for day, _ in life.events]
        assert days == sorted(days)
        told = [words for _, words in life.events]
        assert any(words.startswith(chart().transition(process).words) for words in told)
        assert life.stance == persons.loc[people[0], "stance"]
        if life.stance in chart().ends:
            assert told[-1] == chart().transition("killing").words or life.stance != "killed"
        elif life.place in ("camp", "elsewhere"):
            assert "camp" in life.fate
    assert (persons["stance"] == "killed").any()


def test_the_killed_are_no_number_that_runs_and_no_difference(late):
    pair = Worlds(late, 1, second=load("no-carrot", LATE), span="1926-38", week=10_000)
    over = numbers.table(pair.frame)
    assert 'data-number="first-killed"' in over
    assert 'data-number="difference-holding"' in over
    assert "difference-killed" not in over
    before = pair.frame._replace(week=pair.frame.week - 1)
    assert "killed" not in numbers.table(before)
    assert "first-under_label" in over
    shows = frozenset({"places", *curve.EXTRA})
    for picture in (
        curve.draw(pair.frame, Size(900, 300), None, shows),
        map.draw(pair.frame.first, Size(900, 300)),
    ):
        assert "nan" not in picture.still + picture.moving
    vorkuta = map.draw(pair.frame.first, Size(900, 300)).moving
    assert "killed" in vorkuta
    assert "<polygon" in vorkuta


def test_the_map_keeps_the_colour_of_a_place_whatever_the_lists_say(late):
    frame = Worlds(late, 1, week=10_000).frame
    circle = int(frame.first.ended.sum(axis=0).argmax())
    ended, people = frame.first.ended[:, circle].sum(), frame.first.people[circle]
    share = frame.first.holding[circle] / max(people - ended, 1)
    assert ended > 0
    assert map.colour(float(share)) in map.draw(frame.first, Size(900, 300)).moving
