"""The measurement model against values computed by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from sim.errors import InputError
from sim.evidence.left_out import readings_of
from sim.evidence.loading import evidence_set, names
from sim.evidence.sets import Reading, Target
from sim.experiment import run
from sim.experiment.draws import Draws
from sim.experiment.execution import Execution
from sim.experiment.readings import predict, read, within
from sim.inference.likelihood import log_likelihood, total
from sim.inference.problem import problem
from sim.model.codes import COUNTS
from sim.scenario.schema import Calendar

CALENDAR = Calendar(start=date(1928, 1, 2), end=date(1928, 3, 5))
AT = {"series": ("holding",), "start": date(1928, 1, 16)}


def target(**changes) -> Target:
    base = {"what": "a count", "kind": "about", "value": 8000.0, "spread": 0.1}
    return Target.model_validate(base | {"claims": ("opp-8000-1928",), "reading": AT} | changes)


def weekly(*counts: int, column: str = "holding") -> np.ndarray:
    series = np.zeros((len(counts), len(COUNTS)), int)
    series[:, COUNTS.index(column)] = counts
    return series


def test_about_is_log_normal():
    assert log_likelihood(8000.0, target()) == 0.0
    expected = norm.logpdf(np.log(7000), np.log(8000), 0.1) - norm.logpdf(0, 0, 0.1)
    assert log_likelihood(7000.0, target()) == pytest.approx(expected)


@pytest.mark.parametrize(("kind", "sign"), [("above", 1), ("below", -1)])
def test_bounds_are_soft_by_their_spread(kind, sign):
    bound = target(kind=kind, value=1000.0)
    assert log_likelihood(1000.0, bound) == pytest.approx(np.log(0.5))
    assert log_likelihood(1105.17, bound) == pytest.approx(norm.logcdf(sign * 1.0), abs=1e-4)


def test_between_is_both_bounds():
    both = target(kind="between", value=None, low=500.0, high=1000.0)
    low = log_likelihood(700.0, target(kind="above", value=500.0))
    high = log_likelihood(700.0, target(kind="below", value=1000.0))
    assert log_likelihood(700.0, both) == pytest.approx(low + high)


def test_nobody_left_is_unlikely_and_finite():
    assert -1e5 < log_likelihood(0.0, target()) < -1000


def test_grade_gives_the_spread():
    graded = Target.model_validate(
        {"what": "x", "kind": "about", "value": 1, "claims": ("opp-8000-1928",), "reading": AT}
    )
    assert graded.spread == 0.15


def test_readings():
    series = weekly(100, 80, 60, 90, 50, 40, 30, 20, 10, 5)
    monday = CALENDAR.start
    at = Reading(series=("holding",), start=monday + timedelta(days=7))
    between = Reading(series=("holding",), start=monday + timedelta(days=10))
    change = Reading(
        series=("holding",), statistic="change", start=monday, end=monday + timedelta(weeks=4)
    )
    highest = Reading(
        series=("holding",),
        statistic="highest",
        start=monday + timedelta(weeks=1),
        end=monday + timedelta(weeks=5),
    )
    assert read(series, CALENDAR, at) == 80
    assert read(series, CALENDAR, between) == pytest.approx(80 - 20 * 3 / 7)
    assert read(series, CALENDAR, change) == -50
    assert read(series, CALENDAR, highest) == 90


def test_ratio_of_nothing_to_nothing_says_nothing_good():
    ratio = target(kind="above", value=1.0, over=AT)
    nobody = weekly(*[0] * 10)
    assert np.isnan(predict(nobody, CALENDAR, ratio))
    assert log_likelihood(predict(nobody, CALENDAR, ratio), ratio) < -100


def test_total_adds_targets():
    evidence = evidence_set("greene-deutscher")
    calendar = Calendar(start=date(1927, 12, 19), end=date(1930, 1, 6))
    series = np.random.default_rng(1).integers(1, 9000, (3, calendar.weeks + 1, len(COUNTS)))
    fitted = within(evidence, calendar).fitted
    says = {key: predict(series, calendar, each) for key, each in fitted.items()}
    by_hand = sum(log_likelihood(says[key], each) for key, each in fitted.items())
    assert total(says, fitted) == pytest.approx(by_hand)


@pytest.mark.parametrize("name", names())
def test_later_figures_are_asked_only_of_a_world_that_reaches_their_days(name):
    evidence = evidence_set(name)
    short = problem("historical", name)
    last = short.scenario.calendar.end
    later = {key for key, each in evidence.targets.items() if each.reading.start > last}
    assert not later & short.targets.keys()
    earlier = {key: each for key, each in evidence.targets.items() if key not in later}
    without = problem("historical", evidence.model_copy(update={"targets": earlier}))
    assert short.digest == without.digest
    says = np.random.default_rng(1).random((3, len(short.targets)))
    assert np.array_equal(short.log_likelihood(says), without.log_likelihood(says))
    assert set(readings_of(short.lived)) == set(readings_of(without.lived))
    long = problem("historical", name, {"calendar.end": "1938-12-26"})
    assert later <= long.targets.keys()
    asked = {key for key in later if not evidence.targets[key].held_out}
    assert set(long.fitted) == set(short.fitted) | asked
    assert {"vorkuta_1936", "ukhta_1936", "capitulators_to_camps"} <= asked


def test_a_run_shows_a_later_figure_as_soon_as_it_reaches_its_day():
    small = {"population.size": 300, "calendar.end": "1936-06-08"}
    shown = run("historical", 1, small, parameters="point", execution=Execution(workers=1)).targets
    assert "level_1936" in set(shown["target"])
    assert not {"vorkuta_1936", "left_1938"} & set(shown["target"])


def test_draws_know_their_figures_by_those_that_they_speak_of():
    evidence = evidence_set("greene-deutscher")
    asked = problem("historical")
    said = asked.lived.model_dump(mode="json")["targets"]
    about = {"evidence": evidence.name, "targets": said}
    table = pd.DataFrame({f"says:{key}": [1.0] for key in asked.targets})
    assert Draws("made-up", about, table).evidence == evidence
    said["july_block"]["value"] = 500.0
    assert Draws("made-up", about, table).evidence != evidence


def test_a_problem_reads_off_worlds_what_it_is_asked():
    asked = problem("historical")
    says = np.full((2, len(asked.targets)), np.nan)
    keys = list(asked.targets)
    says[:, keys.index("height_1928")] = 8000, 7000
    height = {"height_1928": asked.targets["height_1928"]}
    by_hand = [0.0, -0.5 * (np.log(7 / 8) / 0.1) ** 2]
    assert asked.log_likelihood(says, height) == pytest.approx(by_hand)


HISTORY = problem("historical")


@given(n=st.integers(1, 20), k=st.integers(1, 30))
def test_every_seed_is_as_likely(n, k):
    """Places evenly spread over the last coordinate fall to each seed equally often."""
    asked = replace(HISTORY, seeds=tuple(range(5, 5 + n)))
    middle = np.full(asked.dimensions - 1, 0.5)
    places = (np.arange(n * k) + 0.5) / (n * k)
    seeds = [asked.seed(np.append(middle, u)) for u in [*places, 1.0]]
    assert [seeds[:-1].count(seed) for seed in asked.seeds] == [k] * n
    assert seeds[-1] == asked.seeds[-1]


EITHER = (
    {"kind": "about", "value": 8000.0, "spread": 0.1, "claims": ("opp-8000-1928",)},
    {"kind": "about", "value": 10000.0, "spread": 0.2, "claims": ("leblanc-10000-1928",)},
)


def test_sources_that_contradict_each_other_are_a_mixture():
    both = target(kind="either", value=None, spread=0.1, alternatives=EITHER)
    x = np.log(9000.0)
    density = [norm.pdf(x, np.log(8000), 0.1), norm.pdf(x, np.log(10000), 0.2)]
    height = [norm.pdf(0, 0, 0.1), norm.pdf(0, 0, 0.2)]
    assert log_likelihood(9000.0, both) == pytest.approx(np.log(sum(density) / sum(height)))
    alone = log_likelihood(9000.0, target())
    assert log_likelihood(9000.0, both) != pytest.approx(alone + log_likelihood(9000.0, both))


def test_alternatives_that_are_bounds_are_weighed_by_their_probability():
    said = (
        {"kind": "below", "value": 1000.0, "spread": 0.1, "claims": ("a",), "weight": 3.0},
        {"kind": "above", "value": 2000.0, "spread": 0.1, "claims": ("b",), "weight": 1.0},
    )
    both = target(kind="either", value=None, spread=0.1, alternatives=said)
    assert log_likelihood(400.0, both) == pytest.approx(np.log(0.75))
    assert log_likelihood(4000.0, both) == pytest.approx(np.log(0.25))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"alternatives": EITHER[:1]}, "too few `alternatives`"),
        ({"alternatives": (EITHER[0], {**EITHER[1], "kind": "below"})}, "`about` and bounds among"),
        ({"alternatives": EITHER, "kind": "about", "value": 1.0}, "are given, and `kind` is"),
        ({"kind": "between", "low": 5.0, "high": 4.0}, "bounds upside down"),
    ],
)
def test_a_statement_that_makes_no_sense_is_refused(change, words):
    base = {"kind": "either", "value": None, "spread": 0.1}
    with pytest.raises(ValueError, match=words):
        target(**base | change)


def test_a_set_extends_another():
    ours, theirs = evidence_set("longuet"), evidence_set("greene-deutscher")
    assert ours.targets["july_block"] == theirs.targets["july_block"]
    assert ours.targets["height_1928"].value == 10000
    assert "level_1930" not in ours.targets


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('extends = "longet"', "did you mean `longuet`"),
        ('extends = "longuet"\nleave_out = ["july"]', 'has no target "july"'),
        ('title = "x"\nwhose = "y"\n[targets.a]\nwhat = "b"', "targets.a"),
        ("title", "one.toml"),
    ],
)
def test_a_set_of_ones_own_that_is_broken_is_named(tmp_path, text, words):
    file = tmp_path / "one.toml"
    file.write_text(text)
    with pytest.raises(InputError, match=words):
        evidence_set(str(file))


def own_set(tmp_path, **change) -> str:
    said = {"kind": '"about"', "value": 5000, "claims": '["opp-8000-1928"]'} | change
    lines = [f"{key} = {value}" for key, value in said.items()]
    reading = said.get("reading", '{ series = ["holding"], start = 1928-08-01 }')
    file = tmp_path / "own.toml"
    file.write_text(
        'title = "own"\nwhose = "mine"\n[targets.summer]\nwhat = "holding in August"\n'
        + "\n".join(line for line in lines if not line.startswith("reading"))
        + f"\nreading = {reading}\n"
    )
    return str(file)


def test_a_set_of_ones_own_is_a_problem(tmp_path):
    asked = problem("historical", own_set(tmp_path))
    assert list(asked.fitted) == ["summer"]
    assert asked.digest != problem("historical").digest


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"claims": '["opp-8000-1929"]'}, "did you mean `opp-8000-1928`"),
        ({"reading": '{ series = ["holdin"], start = 1928-08-01 }'}, "did you mean `holding`"),
        ({"reading": '{ series = ["holding"], start = 1931-01-01 }'}, "on days up to 1930-07-07"),
        (
            {"reading": '{ series = ["holding"], start = 1926-01-01 }'},
            "before the scenario's first",
        ),
        ({"held_out": "true"}, "no target that a fit may use"),
    ],
)
def test_a_problem_that_cannot_be_asked_is_named(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        problem("historical", own_set(tmp_path, **change))


@pytest.mark.parametrize("name", names())
def test_sets_read_series_that_exist(name):
    long = Calendar(start=date(1927, 12, 19), end=date(1938, 12, 26))
    series = np.ones((long.weeks + 1, len(COUNTS)))
    for each in evidence_set(name).targets.values():
        assert np.isfinite(predict(series + np.arange(long.weeks + 1)[:, None], long, each))


def test_unknown_set_and_series_are_named():
    with pytest.raises(InputError, match="did you mean `longuet`"):
        evidence_set("longet")
    with pytest.raises(InputError, match="did you mean `holding`"):
        read(weekly(1, 2), CALENDAR, Reading(series=("holdin",), start=CALENDAR.start))
