"""What the texts say of 1930-38 in words, and history shows in numbers.

Rows of the table in `docs/texts.md`, as `test_right_with_the_texts` has them of the years before.
"""

from datetime import date

import numpy as np
import pytest

from sim.model.codes import PLACES, PROCESSES
from sim.model.timeline import week_of
from sim.model.world import simulate

YEARS = range(1935, 1940)
P = {name: code for code, name in enumerate(PROCESSES)}


@pytest.fixture(scope="module")
def history():
    return simulate("historical", 1, {"calendar.end": "1938-12-26"})


def by_year(history, column):
    ends = [history.series.loc[history.series["date"] < f"{year}-01-01"] for year in YEARS]
    return dict(zip(YEARS, np.diff([int(end[column].iloc[-1]) for end in ends]), strict=False))


def test_arrests_for_the_past_rise_from_1935_to_a_high_point_in_1937(history):
    swept = by_year(history, "swept")
    assert swept[1935] < swept[1936] < swept[1937]
    assert swept[1938] < swept[1937] > 2 * swept[1935]


def test_recruits_of_the_camps_are_mostly_people_who_had_signed_or_gone_quiet(history):
    weeks = history.world.state.event_week
    recruits = weeks[P["recruitment"]] >= 0
    outsiders = recruits & (weeks[P["sweep_outsiders"]] >= 0)
    assert 0 < outsiders.sum() < 0.5 * recruits.sum()


def test_exiles_are_left_in_1933_and_one_of_them_goes_abroad(history):
    exiles = history.series.loc[history.series["date"] >= "1933-01-02", "holding_exile"]
    assert 20 < exiles.iloc[0] < 200
    [who] = np.flatnonzero(history.world.state.event_week[P["abroad"]] >= 0)
    gone = history.world.state.event_week[P["abroad"], who]
    assert gone == week_of(history.scenario.calendar, date(1936, 4, 15))
    assert PLACES[history.world.state.person["place"][who]] == "exile"


def test_nobody_joins_those_who_hold_out_in_a_camp_after_the_strike(history):
    joined = history.world.state.event_week[P["recruitment"]].max()
    assert 0 < joined < week_of(history.scenario.calendar, date(1937, 3, 8))


def test_the_camps_are_as_large_as_a_witness_says_and_few_are_left_of_vorkuta(history):
    series = history.series.set_index("date")
    eve = series.loc["1936-10-26"]
    assert 400 < eve["under_label_vorkuta"] < 625
    assert 800 < eve["under_label_ukhta"] < 1250
    assert 800 < series["on_strike"].max() < 1250
    assert series.loc["1938-05-30", "under_label_vorkuta"] < 0.4 * eve["under_label_vorkuta"]
