"""Checks that can fail: they pass where the posterior is exact, and fail where it is not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, binom, kstest, norm, truncnorm
from typer.testing import CliRunner

from sim.cli import app
from sim.errors import InputError
from sim.evidence.sets import Target
from sim.experiment.draws import Draws
from sim.experiment.execution import Execution
from sim.inference import emulator, sampling
from sim.inference.calibrate import posterior_of
from sim.inference.chains import effective_draws
from sim.inference.check import Check, held_against, opened
from sim.inference.likelihood import log_likelihood
from sim.inference.predictive import MET, meets, p_value
from sim.inference.prior import free
from sim.inference.problem import Problem, problem
from sim.inference.recovery import FOLDER, recover
from sim.inference.sampling import Settings
from sim.inference.sbc import (
    DOUBT,
    FAILED,
    IN_DOUBT,
    UNIFORM,
    calibration,
    ecdf_band,
    histogram_band,
    placed,
    uniformity,
)
from sim.inference.simulation import Simulation, recovered
from sim.inference.synthetic import figures
from sim.scenario.loading import load

AT = {"series": ("holding",), "start": "1928-01-16"}


def target(**changes) -> Target:
    base = {"what": "a count", "kind": "about", "value": 8000.0, "spread": 0.1}
    return Target.model_validate(base | {"claims": ("opp-8000-1928",), "reading": AT} | changes)


# The sampler, on a posterior and an evidence that are known.


def test_sampler_finds_a_known_posterior_and_evidence():
    middle, sd = np.array([0.5, 0.02, 0.8, 0.35]), np.array([0.05, 0.1, 0.3, 0.02])

    class Normal:
        start, seeds = np.full(5, 0.5), (1,)

        def run(self, points):
            return points[:, :4]

        def read(self, said):
            return said

        def term(self, read, k):
            return norm.logpdf(read, middle[k], sd[k])

    found = sampling.sample(Normal(), Settings(ess=500, walkers=100))
    inside = norm.cdf((1 - middle) / sd) - norm.cdf(-middle / sd)
    assert abs(found.log_evidence - np.log(inside).sum()) < 4 * found.log_evidence_error
    exact = truncnorm(-middle / sd, (1 - middle) / sd, middle, sd)
    weights = np.exp(found.log_weights)
    points = found.points[:, :4]
    mean = weights @ points
    spread = np.sqrt(weights @ (points - mean) ** 2)
    assert np.all(np.abs(mean - exact.mean()) < 4 * exact.std() / np.sqrt(found.ess))
    assert np.all(np.abs(spread / exact.std() - 1) < 4 / np.sqrt(found.ess))
    for k, q in enumerate(exact.ppf(0.9)):
        share = weights[points[:, k] < q].sum()
        assert abs(share - 0.9) < 4 * np.sqrt(0.09 / found.ess)


class Rough:
    """Figures of parameters through a simulation so rough that no emulator follows it."""

    start, seeds = np.full(3, 0.5), (1,)
    middle, width = np.array([0.3, -0.4]), np.array([0.15, 0.3])

    def run(self, points):
        jagged = np.sin(points @ np.array([9731.0, 7717.0, 5311.0]))[:, None]
        return norm.ppf(points[:, :2]) + 0.25 * jagged * np.array([1.0, -1.0])

    def read(self, said):
        return said

    def term(self, read, k):
        return norm.logpdf(read, self.middle[k], self.width[k])


def test_what_the_emulator_cannot_know_is_decided_by_simulations(monkeypatch):
    for setting, small in {
        "hidden_layer_sizes": (8,),
        "max_iter": 10,
        "n_iter_no_change": 10,
    }.items():
        monkeypatch.setitem(emulator.NETWORK, setting, small)
    found = sampling.sample(Rough(), Settings(ess=200, walkers=100))
    points = np.random.default_rng(5).random((200_000, 3))
    said = Rough().run(points)
    exact = np.exp(sum(Rough().term(said[:, k], k) for k in range(2)))
    assert found.settled
    assert abs(found.log_evidence - np.log(exact.mean())) < 4 * found.log_evidence_error
    # Luck that meets the figures is sought: what is said lies nearer to them than the parameters.
    weights = np.exp(found.log_weights)
    for k in range(2):
        missed = (said[:, k] - Rough.middle[k]) ** 2
        expected = exact @ missed / exact.sum()
        spread = np.sqrt(exact @ (missed - expected) ** 2 / exact.sum())
        here = weights @ (found.kept[:, k] - Rough.middle[k]) ** 2
        assert abs(here - expected) < 4 * spread / np.sqrt(found.ess)


def walkers(rounds, number, remembered, rng):
    """Walkers of three dimensions whose places follow an autoregression of first order."""
    z = [rng.standard_normal((number, 3))]
    for _ in range(rounds - 1):
        new = rng.standard_normal((number, 3))
        z.append(remembered * z[-1] + np.sqrt(1 - remembered**2) * new)
    return np.stack(z)


@pytest.mark.parametrize("remembered", [np.zeros(3), np.array([0.0, 0.5, 0.8])])
def test_effective_draws_are_those_of_the_slowest_dimension(remembered):
    z = walkers(200, 400, remembered, np.random.default_rng(6))
    ess, settled = effective_draws(z)
    slowest = ((1 + remembered) / (1 - remembered)).max()
    assert ess == pytest.approx(100 * 400 / slowest, rel=0.15)
    assert settled


def test_walkers_that_still_move_away_are_not_settled():
    rng, quick = np.random.default_rng(7), np.zeros(3)
    z = walkers(100, 400, quick, rng)
    growing = np.linspace(0.5, 1.0, 100)[:, None, None]
    assert effective_draws(z)[1]
    assert not effective_draws(z * growing)[1]
    assert not effective_draws(z / growing)[1]
    assert not effective_draws(z + np.array([0.0, 0.0, 3.0]) * growing)[1]
    still = np.array([0.0, 0.0, 1.0])
    assert not effective_draws(walkers(100, 400, still, rng))[1]
    assert effective_draws(z * np.array([1.0, 1.0, 0.0])) == (0.0, False)
    assert effective_draws(z[:6]) == (0.0, False)


class Hills:
    """Two narrow hills, the other one lower by 60 on the log scale; a valley between."""

    start, seeds = np.full(3, 0.2), (1,)

    def __init__(self):
        self.asked = []

    def run(self, points):
        self.asked.append(points)
        return norm.ppf(points[:, :2])

    def read(self, said):
        return said.sum(axis=1, keepdims=True)

    def term(self, read, k):
        here = norm.logpdf(read, -2.4, 0.2)
        there = norm.logpdf(read, 2.4, 0.2) - 60.0
        return np.logaddexp(here, there)


def test_a_hopeless_hill_is_left_early_and_has_no_draws():
    hills, doing = Hills(), []
    found = sampling.sample(
        hills, Settings(ess=100, walkers=50), lambda now: doing.append((now.doing, now.calls))
    )
    places = norm.ppf(np.concatenate(hills.asked)[:, :2]).sum(axis=1)
    searched = max(calls for what, calls in doing if what == "searching")
    assert (places > 1.0).any()
    assert (places[searched:] < 1.0).all()
    assert searched < 0.9 * sampling.SEARCHES * sampling.GENERATIONS * sampling.POPULATION
    assert found.settled
    sums = norm.ppf(found.points[:, :2]).sum(axis=1)
    weights = np.exp(found.log_weights)
    # The sum of two parameters has variance 2 in the prior, and a figure of -2.4 +- 0.2.
    mean, spread = -2.4 * 2 / 2.04, np.sqrt(2 * 0.04 / 2.04)
    assert abs(weights @ sums - mean) < 4 * spread / np.sqrt(found.ess)


# Ranks and coverage.


def test_place_is_a_randomised_rank():
    draws, equal = np.array([1.0, 2.0, 2.0, 3.0]), np.ones(4)
    assert placed(draws, equal, 2.5, 0.5)["place"] == pytest.approx((3 + 0.5) / 5)
    assert placed(draws, equal, 2.0, 0.0)["place"] == pytest.approx(1 / 5)
    assert placed(draws, equal, 2.0, 1.0)["place"] == pytest.approx(4 / 5)
    assert placed(draws, equal, 9.0, 0.5)["place"] == pytest.approx(4.5 / 5)
    halved = placed(np.array([1.0, 2.0, 3.0]), np.array([0.2, 0.4, 0.2]), 2.5, 0.0)
    assert halved["place"] == pytest.approx(0.75 / (1 + 3 / 8))
    assert halved["median"] == 2.0
    assert halved["variance"] == pytest.approx(0.5)


def test_p_values_of_uniform_places_are_uniform():
    rng = np.random.default_rng(3)
    found = np.array([uniformity(rng.random(30)) for _ in range(1000)])
    for level in (0.05, 0.3):
        error = np.sqrt(level * (1 - level) / len(found))
        assert abs((found <= level).mean() - level) < 4 * error


def test_the_ecdf_band_holds_the_whole_line_as_often_as_it_says():
    rng = np.random.default_rng(4)
    n = 40
    at, low, high = ecdf_band(n, 0.9)
    places = rng.random((2000, n))
    line = (places[:, :, None] <= at + 1e-12).mean(axis=1)
    held = ((line >= low - 1e-9) & (line <= high + 1e-9)).all(axis=1).mean()
    assert abs(held - 0.9) < 0.03  # counts are whole, and so is the band


def test_the_histogram_band_is_binomial():
    low, high = histogram_band(60, 10)
    assert (low, high) == tuple(binom.ppf([0.005, 0.995], 60, 0.1))


def toy(n: int, posterior, seed: int = 1) -> pd.DataFrame:
    """Simulate a share with a uniform prior from 20 trials, and a posterior that may be wrong.

    `posterior` takes the successes and returns what the draws are from.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(n):
        truth = rng.random()
        hits = rng.binomial(20, truth)
        draws = posterior(hits).rvs(150, random_state=rng)
        quantities = {
            "share": (draws, truth),
            "log-likelihood": (binom.logpmf(hits, 20, draws), binom.logpmf(hits, 20, truth)),
        }
        for name, (values, true) in quantities.items():
            row = placed(values, np.ones(len(values)), true, rng.random())
            row["contraction"] = 1 - 12 * row["variance"]
            rows.append({"simulation": k, "quantity": name, **row})
    return pd.DataFrame(rows)


def words(rows: pd.DataFrame) -> dict[str, str]:
    return dict(calibration(rows).set_index("quantity")["in_words"])


def test_an_exact_posterior_passes():
    found = calibration(toy(200, lambda hits: beta(hits + 1, 21 - hits)))
    assert set(found["in_words"]) == {UNIFORM}
    share = found.set_index("quantity").loc["share"]
    assert share["contraction"] == pytest.approx(1 - 12 * 22 / (6 * 22 * 23), abs=0.03)
    assert abs(share["covered_90"] - 0.9) < 4 * share["covered_90_error"]
    assert abs(share["covered_50"] - 0.5) < 4 * share["covered_50_error"]
    assert share["covered_90_error"] == pytest.approx(np.sqrt(0.09 / 200))


def test_an_overconfident_posterior_fails():
    found = calibration(toy(60, lambda hits: beta(6 * hits + 1, 6 * (20 - hits) + 1)))
    share = found.set_index("quantity").loc["share"]
    assert share["in_words"] == FAILED
    assert share["covered_90"] < 0.75


def test_a_shifted_posterior_fails():
    assert words(toy(100, lambda hits: beta(hits + 5, 21 - hits)))["share"] == FAILED


def test_a_posterior_that_ignores_the_figures_is_betrayed_by_the_likelihood_alone():
    found = words(toy(100, lambda hits: beta(1, 1)))
    assert found == {"share": UNIFORM, "log-likelihood": FAILED}


# Figures drawn from a world, against the likelihood.


def drawn_from(asked: Problem, said: np.ndarray, n: int, seed: int = 1):
    rng = np.random.default_rng(seed)
    return [figures(asked, said, rng) for _ in range(n)]


def history() -> tuple[Problem, np.ndarray]:
    """Return a problem, and what a world near every bound says."""
    asked = problem("historical", seeds=1)
    given = {"end_1929": 960.0, "statements_spring_1928": 2000.0, "july_block": 0.0}
    given |= {"zinovievists_among_them": 0.9}
    says = [given.get(key, saying(each, 1.02)) for key, each in asked.targets.items()]
    return asked, np.array(says)


def saying(target, far: float) -> float:
    """Return a number that a target agrees with: its own, or so many times within a bound."""
    if target.kind == "between":
        return target.high / far
    return target.value * {"about": 1.0, "above": far, "below": 1 / far}[target.kind]


def test_bounds_keep_or_flip_as_often_as_the_likelihood_says():
    asked, said = history()
    n, says = 1500, dict(zip(asked.targets, said, strict=True))
    sets = drawn_from(asked, said, n)
    for key, target in asked.fitted.items():
        names = [f"{key}_low", f"{key}_high"] if target.kind == "between" else [key]
        kinds = {"about": ("about",), "between": ("above", "below")}.get(
            target.kind, (target.kind,)
        )
        for name, kind in zip(names, kinds, strict=True):
            if kind == "about":
                continue
            kept = [each.targets[name] for each in sets if each.targets[name].kind == kind]
            chance = float(np.exp(log_likelihood(says[key], kept[0])))
            assert abs(len(kept) / n - chance) <= 4 * np.sqrt(chance * (1 - chance) / n), name
    both = [
        all(each.targets[f"end_1929_{end}"].kind == kind for end, kind in ENDS) for each in sets
    ]
    chance = float(np.exp(log_likelihood(960.0, asked.targets["end_1929"])))
    assert abs(np.mean(both) - chance) <= 4 * np.sqrt(chance * (1 - chance) / n)


ENDS = (("low", "above"), ("high", "below"))


def test_numbers_have_the_error_of_their_grade():
    asked, said = history()
    sets = drawn_from(asked, said, 800)
    for key, number in (("statements_spring_1928", 2000.0), ("july_block", 0.5)):
        spread = asked.targets[key].spread
        z = np.log([each.targets[key].value / number for each in sets]) / spread
        assert kstest(z, norm.cdf).pvalue > 1e-4, key


def test_what_is_held_out_stays_and_the_likelihood_of_the_rest_is_that_of_the_draw():
    asked, said = history()
    (made,) = drawn_from(asked, said, 1)
    assert made.targets["level_1936"] == asked.evidence.targets["level_1936"]
    posed = replace(asked, evidence=made)
    between = {key for key, each in asked.fitted.items() if each.kind == "between"}
    ends = {f"{key}_{end}" for key in between for end, _ in ENDS}
    assert set(posed.fitted) == set(asked.fitted) - between | ends
    assert posed.targets["end_1929_low"].reading == asked.targets["end_1929"].reading


def test_a_source_that_might_have_said_anything_draws_no_figure():
    asked = problem("historical", "either", seeds=1)
    with pytest.raises(InputError, match=r"might have said anything.*\n.*\n.*greene-deutscher"):
        figures(asked, np.ones(len(asked.targets)), np.random.default_rng(1))


# Predictive p-values.


@pytest.mark.parametrize(
    "said",
    [
        target(),
        target(kind="above", value=7500.0),
        target(kind="below", value=7500.0),
        target(kind="between", value=None, low=6000.0, high=8500.0),
    ],
    ids=lambda said: said.kind,
)
def test_p_value_is_the_share_of_drawn_figures(said):
    rng = np.random.default_rng(2)
    worlds = np.exp(rng.normal(np.log(7600), 0.08, 4000))
    looked = np.log(worlds) + said.spread * rng.standard_normal((2, len(worlds)))
    if said.kind == "about":
        lower = (looked[0] < np.log(said.value)).mean()
        expected = 2 * min(lower, 1 - lower)
    elif said.kind == "between":
        expected = ((looked[0] > np.log(said.low)) & (looked[1] < np.log(said.high))).mean()
    else:
        above = looked[0] > np.log(said.value)
        expected = (above if said.kind == "above" else ~above).mean()
    assert p_value(worlds, said) == pytest.approx(expected, abs=4 / np.sqrt(len(worlds)))


def test_one_world_meets_what_it_lies_close_to():
    edge = 8000 * np.exp(1.645 * 0.1)
    found = meets(
        np.array([8000.0, edge * 0.999, edge * 1.01, 8000**2 / edge * 0.99, 0.0]), target()
    )
    assert found.tolist() == [True, True, False, False, False]
    assert p_value(np.full(3, 8000.0), target()) == pytest.approx(1.0)


def test_one_of_two_sources_that_contradict_each_other_is_enough():
    said = tuple(
        {"kind": "about", "value": value, "spread": 0.1, "claims": ("opp-8000-1928",)}
        for value in (4000.0, 8000.0)
    )
    either = target(kind="either", value=None, alternatives=said)
    assert p_value(np.full(5, 8000.0), either) == pytest.approx(1.0)
    assert p_value(np.full(5, 16000.0), either) < 0.01


# The verdicts.


def made_up(asked: Problem, **worlds) -> Check:
    """Return a check whose prior is wide, and whose posterior meets everything but `worlds`."""
    says = {key: saying(each, 1.3) for key, each in asked.evidence.targets.items()} | worlds
    after = {key: np.full(50, value) for key, value in says.items()}
    before = {key: np.geomspace(value / 9, value * 9, 50) for key, value in says.items()}
    about = {"name": "made-up", "problem": asked.digest, "ess": 1.0}
    return Check(asked, Draws("made-up", about, pd.DataFrame()), before, after)


def test_good_news_is_told_as_such():
    found = made_up(problem("historical", seeds=1))
    assert [each.passed for each in found.verdicts] == [True, True, True]
    assert set(found.table["in_words"]) == {"met"}


@pytest.mark.parametrize(
    ("worlds", "failing"),
    [
        ({"height_1928": 5000.0}, "posterior predictive"),
        ({"level_1936": 20.0}, "held-out history"),
        ({"level_1930": 80.0}, "posterior predictive"),
    ],
)
def test_bad_news_is_told_as_such(worlds, failing):
    found = made_up(problem("historical", seeds=1), **worlds)
    failed = [each for each in found.verdicts if not each.passed]
    assert [each.check for each in failed] == [failing]
    (key,) = worlds
    assert found.targets[key].what in failed[0].in_words


def test_a_prior_that_never_meets_a_figure_fails():
    found = made_up(problem("historical", seeds=1))
    found.prior["height_1928"][:] = 20.0
    assert not found.verdicts[0].passed
    assert "in exile or at liberty, in the autumn of 1928" in found.verdicts[0].in_words


def test_simulations_that_go_wrong_fail_the_check():
    found = made_up(problem("historical", seeds=1))
    rows = toy(60, lambda hits: beta(6 * hits + 1, 6 * (20 - hits) + 1))
    wrong = Check(found.asked, found.draws, found.prior, found.posterior, rows)
    last = wrong.verdicts[-1]
    assert (last.check, last.passed) == ("simulation-based calibration", False)
    assert f"{FAILED}: share" in last.in_words
    from_posterior = Check(
        found.asked, found.draws, found.prior, found.posterior, rows, "posterior"
    )
    assert len(from_posterior.verdicts) == 3


def test_doubt_comes_before_failure():
    rows = toy(60, lambda hits: beta(hits + 2.2, 21 - hits))
    p = calibration(rows).set_index("quantity")["p_value"]["share"]
    says = words(rows)["share"]
    assert says == (FAILED if p < DOUBT / 2 else IN_DOUBT if p < DOUBT else UNIFORM)
    assert MET == 0.1


# The real thing, in small: 600 people, of whom 240 at most are open by summer 1928 (the others stay
# silent); two free parameters.

FREE = ("coefficients.baseline", "population.conviction_spread")
FIGURES = """
title = "Three figures of a small place"
whose = "Nobody's."
[targets.summer]
what = "holding out in the summer of 1928"
kind = "about"
value = 200
claims = ["opp-8000-1928"]
reading = { series = ["holding"], start = 1928-08-01 }
[targets.spring]
what = "holding out in the spring of 1929"
kind = "above"
value = 200
claims = ["opp-8000-1928"]
reading = { series = ["holding"], start = 1929-04-01 }
[targets.end]
what = "holding out at the end of 1929"
kind = "between"
low = 100
high = 300
claims = ["opp-lt1000-end1929"]
reading = { series = ["holding"], start = 1929-12-31 }
[targets.later]
what = "holding out in May 1936"
kind = "about"
value = 60
held_out = true
claims = ["serge-500-1936"]
reading = { series = ["holding"], start = 1936-05-27 }
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> tuple[str, str, Path]:
    """Return a scenario file, an evidence file, and a folder with the posterior."""
    folder = tmp_path_factory.mktemp("small")
    fixed = [key for key in free(load("historical")) if key not in FREE]
    parts: dict[str, list[str]] = {}
    for key in fixed:
        part, _, name = key.partition(".")
        value = "value = 600, low = 500, " if name == "size" else ""
        parts.setdefault(part, []).append(f'{name} = {{ {value}prior = "fixed" }}')
    text = 'extends = "historical"\nname = "small"\ntitle = "Small"\nquestion = "?"\n' + "".join(
        f"[{part}]\n" + "\n".join(lines) + "\n" for part, lines in parts.items()
    )
    (folder / "small.toml").write_text(text)
    (folder / "own.toml").write_text(FIGURES)
    names = str(folder / "small.toml"), str(folder / "own.toml")
    asked = problem(*names, seeds=2)
    assert tuple(asked.parameters) == tuple(sorted(FREE, key=list(asked.parameters).index))
    posterior_of(
        asked,
        folder / "posterior",
        Settings(ess=100, walkers=50),
        execution=Execution(workers=1),
    )
    return *names, folder / "posterior"


QUICK = Settings(ess=60, walkers=50)


@pytest.mark.slow
def test_simulations_go_on_where_they_stopped_and_hold_no_surprise(small, tmp_path):
    asked = problem(*small[:2], seeds=2)
    began = recover(asked, 1, tmp_path / "one", QUICK, execution=Execution(workers=1))
    file = tmp_path / "one" / FOLDER / "0001.json"
    kept = file.read_bytes()
    went_on = recover(asked, 2, tmp_path / "one", QUICK, execution=Execution(workers=1))
    assert file.read_bytes() == kept
    pd.testing.assert_frame_equal(went_on[went_on["simulation"] == 1], began)
    at_once = recover(asked, 2, tmp_path / "two", QUICK, execution=Execution(workers=2))
    pd.testing.assert_frame_equal(at_once, went_on)
    names = [*asked.parameters, "luck", "log-likelihood", "holding out, 1929-12-31"]
    assert list(began["quantity"]) == names
    assert began["place"].between(0, 1).all()
    with pytest.raises(InputError, match="another scenario, evidence set, setting"):
        recover(asked, 2, tmp_path / "one", Settings(ess=61, walkers=50))


def test_other_luck_makes_other_figures_of_the_same_truth(small):
    asked = problem(*small[:2], seeds=2)
    same, other = (
        pd.DataFrame(recovered(Simulation(asked, 3, QUICK, (0.7, 0.2), luck))["rows"])
        for luck in (False, True)
    )
    assert same["truth"][:2].tolist() == other["truth"][:2].tolist()
    assert "luck" not in set(other["quantity"])
    made = [
        each.set_index("quantity")["truth"]["holding out, 1929-12-31"] for each in (same, other)
    ]
    assert made[0] != made[1]


def test_check_is_the_same_however_many_workers(small):
    asked, draws = opened(*small)
    found = held_against(asked, draws, 20, execution=Execution(workers=1))
    assert set(found.table["role"]) == {"fitted", "held out"}
    shown = found.table.set_index("target")
    assert shown.loc["summer", "in_words"] == "met"
    assert (shown["prior_low"] <= shown["prior_high"]).all()
    assert held_against(asked, draws, 20, execution=Execution(workers=2)).table.equals(found.table)


def run(*words: str):
    return CliRunner().invoke(app, ["check", *words])


@pytest.mark.slow
def test_the_command_keeps_tables_pictures_and_where_they_come_from(small, tmp_path):
    scenario, evidence, posterior = small
    out = tmp_path / "out"
    words = [scenario, "--evidence", evidence, "--posterior", str(posterior), "--draws", "20"]
    done = run(*words, "--simulations", "2", "--workers", "1", "--out", str(out), "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert [each["check"] for each in said["verdicts"]] == [
        "prior predictive",
        "posterior predictive",
        "held-out history",
        "simulation-based calibration",
    ]
    names = {file.name for file in out.iterdir()}
    pictures = {f"{name}.png" for name in ("predictive", "ranks", "ecdf", "recovery")}
    tables = {f"{name}.csv" for name in ("predictive", "verdicts", "calibration", "recovery")}
    assert pictures | tables | {"provenance.json"} <= names
    assert len(pd.read_csv(out / "recovery.csv")) == 2 * 5


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--draws", "5"], "20 or more"),
        (["--truths", "elsewhere"], "prior, posterior"),
        (["--simulations", "2", "--out", "."], "holds something else"),
        (["--posterior", "nowhere"], "holds no calibration"),
    ],
)
def test_bad_input_is_named(small, words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_text("mine")
    scenario, evidence, posterior = small
    given = [scenario, "--evidence", evidence, "--posterior", str(posterior), "--json", *words]
    done = run(*given)
    assert isinstance(done.exception, InputError)
    assert says in str(done.exception)


def test_the_posterior_of_other_figures_is_refused(small):
    with pytest.raises(InputError, match="or of an earlier state"):
        opened(small[0], "longuet", small[2])


def test_writing_without_simulations_draws_one_picture(tmp_path):
    made_up(problem("historical", seeds=1)).save(tmp_path / "out")
    assert {f.name for f in (tmp_path / "out").glob("*.png")} == {"predictive.png"}
