"""What the texts say of 1926-29 in words, and the default world shows in numbers.

Each test is a row of the table in `docs/texts.md`; worlds of three seeds, so that none passes by a
single seed's chance.
"""

import numpy as np
import pandas as pd
import pytest
from worlds import HISTORICAL

from sim.model.codes import (
    CONCILIATOR,
    IRRECONCILABLE,
    PROCESSES,
    ULTRA,
    ZINOVIEVIST,
)
from sim.model.places import gazetteer
from sim.model.world import simulate

SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def histories():
    return [simulate(HISTORICAL, seed) for seed in SEEDS]


def on(history, column, day):
    """Return the first count on or after a day."""
    series = history.series
    return int(series.loc[series["date"] >= day, column].iloc[0])


def during(history, column, start, end):
    return on(history, column, end) - on(history, column, start)


def by_month(history):
    """Return the statements of each month of 1929."""
    starts = pd.date_range("1929-01-01", periods=13, freq="MS")
    counts = [on(history, "statements", day) for day in starts[:12]]
    return np.diff([*counts, int(history.series["statements"].iloc[-1])])


def week(history, process):
    return history.world.state.event_week[PROCESSES.index(process)]


def test_the_leaders_sign_first_and_then_there_is_a_stampede(histories):
    for history in histories:
        months = by_month(history)
        july, later = months[6], months[7:].sum()
        assert july < 0.35 * (july + later)
        assert months[6:].sum() > 2 * months[:6].sum()
        assert months[:6].max() < july


def test_the_block_of_july_is_half_of_its_month_at_most_and_about_four_hundred(histories):
    for history in histories:
        block = during(history, "statements_with_patron", "1929-07-01", "1929-08-01")
        assert 250 < block < 650


def test_the_eight_thousand_are_reached_through_waves_of_arrest(histories):
    places = ["holding_underground", "holding_exile", "holding_isolator"]
    for history in histories:
        january = sum(on(history, place, "1928-01-09") for place in places)
        autumn = sum(on(history, place, "1928-10-01") for place in places)
        assert january < 0.5 * autumn
        assert 6000 < autumn < 10_000
        sent = on(history, "holding_exile", "1928-12-31")
        sent += on(history, "holding_isolator", "1928-12-31")
        assert sent > 0.5 * on(history, "holding", "1928-12-31")


def test_a_wing_is_a_view_and_no_fate(histories):
    """Most irreconcilables leave too, and some who are no irreconcilables never do."""
    for history in histories:
        wing, person = history.world.people.wing, history.world.state.person
        joined = week(history, "joining") >= 0
        left = (week(history, "signing") >= 0) | (week(history, "quiet") >= 0)
        firm = joined & ((wing == IRRECONCILABLE) | (wing == ULTRA))
        assert left[firm].mean() > 0.3
        assert (~left & joined & (wing == CONCILIATOR)).sum() > 30
        assert (person["wing"] != wing).sum() > 100


def test_hundreds_of_zinovievists_in_leningrad_do_not_follow_zinoviev(histories):
    leningrad = [place.id for place in gazetteer()].index("leningrad")
    for history in histories:
        people = history.world.people
        summer = (pd.Timestamp("1928-07-02") - history.series["date"].iloc[0]).days // 7
        there = (people.wing == ZINOVIEVIST) & (people.city == leningrad)
        signed, quiet = week(history, "signing"), week(history, "quiet")
        joined = (week(history, "joining") >= 0) & (week(history, "joining") < summer)
        gone = ((signed >= 0) & (signed < summer)) | ((quiet >= 0) & (quiet < summer))
        assert 100 < (there & joined & ~gone).sum() < 1200


def test_leningrad_was_zinovievs(histories):
    people = histories[0].world.people
    leningrad = [place.id for place in gazetteer()].index("leningrad")
    share = [(people.city[people.wing == each] == leningrad).mean() for each in range(4)]
    assert share[ZINOVIEVIST] > 0.7
    assert max(share[CONCILIATOR], share[IRRECONCILABLE], share[ULTRA]) < 0.1


def test_expulsion_falls_on_persons_over_months_and_the_outspoken_first(histories):
    for history in histories:
        weeks = week(history, "expulsion")
        conviction = history.world.people.conviction
        expelled = weeks >= 0
        early = expelled & (weeks < np.median(weeks[expelled]))
        late = expelled & ~early
        assert np.unique(weeks[expelled]).size > 50
        assert conviction[early].mean() > conviction[late].mean()
        assert on(history, "expelled", "1927-12-12") < 300
        assert 1000 < during(history, "expelled", "1927-12-12", "1928-04-02") < 2400


def test_the_isolators_take_the_stubborn(histories):
    for history in histories:
        person, exiled = history.world.state.person, week(history, "arrest") >= 0
        moved = week(history, "transfer") >= 0
        firm = exiled & (person["wing"] >= IRRECONCILABLE)
        let_be = exiled & (person["wing"] == CONCILIATOR)
        assert moved[firm].mean() > 2 * moved[let_be].mean()


def test_silence_is_not_for_ever(histories):
    for history in histories:
        quiet, back = week(history, "quiet"), week(history, "revival")
        assert 0.01 < (back >= 0).sum() / (quiet >= 0).sum() < 0.5


def test_who_signed_retained_what_did_not_convince_them(histories):
    for history in histories:
        signed = week(history, "signing") >= 0
        belief = history.world.state.belief
        assert np.all((belief >= 0) & (belief <= 1))
        assert np.all(belief[~signed] == 1)
        assert belief[signed].std() > 0.05


def test_hundreds_sign_the_declaration_and_pay_for_it(histories):
    for history in histories:
        declared = week(history, "declaring") >= 0
        assert 350 < declared.sum() < 900
        assert (week(history, "punishment") >= 0).sum() > 0
        wing = history.world.people.wing[declared]
        assert (wing == ULTRA).mean() < 0.02
