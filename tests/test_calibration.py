"""Calibration on a problem of two parameters and four hundred people, which takes seconds."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.evidence.loading import evidence_set
from sim.experiment.calibration import sealed
from sim.experiment.draws import WEIGHT, Draws, choose, open_draws
from sim.inference.calibrate import posterior_of
from sim.inference.density import of_draws
from sim.inference.posterior import reweighed, weighted
from sim.inference.problem import Problem, live, problem
from sim.inference.sampling import Settings, effective
from sim.inference.storage import read, thinned
from sim.scenario.loading import load

SETTINGS = Settings(ess=150, walkers=60)
LIGHT = ("--ess", "150", "--walkers", "60", "--seeds", "1", "--workers", "1")
FIXED = {
    "population": {
        "size": 400,
        "sympathisers": 0,
        "zinovievists": 0.3,
        "conciliators": 0.9,
        "conviction_spread": 0.5,
    },
    "coefficients": {"expulsion": 3, "firmness": 5, "hardening": 0, "renown": 0},
    "rates": {
        "transfer": 0.002,
        "declaring": 0.04,
        "joining": 0.004,
        "news_half_life": 6,
        "posts_delay": 17,
    },
}
FIGURES = """
title = "A figure of two"
whose = "Made for a test."
[targets.summer]
what = "holding out on 1 August 1928"
kind = "about"
value = 200
spread = 0.1
claims = ["opp-8000-1928"]
reading = { series = ["holding"], start = 1928-08-01 }
[targets.quiet]
what = "who went quiet by the end of 1928"
kind = "below"
value = 30
spread = 0.1
claims = ["opp-8000-1928"]
reading = { series = ["quiet"], start = 1928-12-31 }
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """Return the folder of a small scenario and its figures."""
    folder = tmp_path_factory.mktemp("small")
    lines = ['extends = "unequal"', 'title = "Four hundred people"', 'question = "Who stays?"']
    lines += ["[calendar]", "start = 1927-12-19", "end = 1930-01-06"]
    for table, numbers in FIXED.items():
        lines.append(f"[{table}]")
        for key, value in numbers.items():
            said = f'value = {value}, low = {value}, high = {value}, prior = "fixed"'
            lines.append(f'{key} = {{ {said}, assumed = "for a test" }}')
    (folder / "small.toml").write_text("\n".join(lines) + "\n")
    (folder / "figures.toml").write_text(FIGURES)
    return folder


@pytest.fixture(scope="module")
def asked(small):
    return problem(str(small / "small.toml"), str(small / "figures.toml"), seeds=3)


@pytest.fixture(scope="module")
def finished(asked, small):
    """Return a posterior, and the folder that it lies in."""
    folder = small / "finished"
    return posterior_of(asked, folder, SETTINGS, execution=sim.Execution(workers=1)), folder


def midnight(*words: str, cwd: Path, timeout: float = 300) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "sim.cli", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout)


def on_a_grid(asked: Problem, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points of a grid over two parameters, and their likelihood under each seed."""
    sides = (np.arange(n) + 0.5) / n
    grid = np.array([(u, v) for u in sides for v in sides])
    lived = np.array([[live(asked, point, seed) for point in grid] for seed in asked.seeds])
    return grid, np.exp(asked.log_likelihood(lived))


def test_the_posterior_is_that_of_a_fine_grid(asked, finished):
    """Two parameters can be integrated by hand: on a grid, with the same worlds."""
    found, _ = finished
    grid, each = on_a_grid(asked, 24)
    likelihood = each.mean(axis=0)
    assert found.log_evidence == pytest.approx(
        np.log(likelihood.mean()), abs=4 * found.log_evidence_error
    )
    for k in range(2):
        weights = likelihood / likelihood.sum()
        mean = weights @ grid[:, k]
        sd = np.sqrt(weights @ (grid[:, k] - mean) ** 2)
        assert found.weights @ found.points[:, k] == pytest.approx(
            mean, abs=4 * sd / np.sqrt(found.ess) + 0.01
        )


@pytest.mark.slow
def test_luck_is_averaged_over_likelihoods(small):
    """Among ten people luck is all: a seed has as many draws as its worlds deserve.

    All ten hold out by the figures: whether they do hangs on who they are, and so on the seed.
    """
    few = {"value = 200": "value = 10", "value = 30": "value = 1", "spread = 0.1": "spread = 0.05"}
    text = FIGURES
    for old, new in few.items():
        text = text.replace(old, new)
    (small / "few.toml").write_text(text)
    ten = {"population.size": 10}
    asked = problem(str(small / "small.toml"), str(small / "few.toml"), ten, seeds=3)
    found = posterior_of(asked, None, Settings(ess=2500), execution=sim.Execution(workers=1))
    alone = on_a_grid(asked, 20)[1].mean(axis=1)
    shares = np.array([found.weights[found.seeds == seed].sum() for seed in asked.seeds])
    expected = alone / alone.sum()
    error = 4 * np.sqrt(expected * (1 - expected) / found.ess) + 0.01
    assert (abs(expected - 1 / 3) > 2 * error).all()  # else no share could tell the two apart
    assert (abs(shares - expected) < error).all()
    assert (abs(shares - 1 / 3) > error).all()
    near = pytest.approx(found.log_evidence, abs=4 * found.log_evidence_error + 0.02)
    assert np.log(alone.mean()) == near
    assert np.log(alone).mean() != near
    assert np.log(alone[0]) != near
    spread = np.std(alone / alone.mean(), ddof=1) / np.sqrt(3)
    assert found.luck_error == pytest.approx(spread, rel=0.1)


def test_what_vanishes_for_one_reading_may_carry_another(asked, finished, tmp_path):
    """Worlds that are hopeless for all figures together are kept for those that they meet."""
    from sim.inference.storage import write

    found, _ = finished
    hopeless = found.points[:, 0] < np.median(found.points[:, 0])
    log_likelihood = np.where(hopeless, found.log_likelihood - 1e5, found.log_likelihood)
    log_weights, _ = reweighed(found.log_weights, log_likelihood - found.log_likelihood)
    made = replace(found, log_weights=log_weights, log_likelihood=log_likelihood)
    assert (made.weights[hopeless] == 0).all()
    back, log_mean = reweighed(made.log_weights, found.log_likelihood - made.log_likelihood)
    assert np.exp(back) == pytest.approx(found.weights)
    assert np.isfinite(log_mean)
    (tmp_path / "made").mkdir()
    kept = write(made, tmp_path / "made")
    again = read(tmp_path / "made", asked)
    assert (again.log_weights == kept.log_weights).all()
    assert np.isfinite(again.log_weights).all()


def test_a_draw_is_the_world_that_was_lived(finished, asked):
    found, _ = finished
    for row in range(0, len(found.points), len(found.points) // 5):
        said = live(asked, found.points[row], found.seeds[row])
        assert found.predictions[row] == pytest.approx(said, rel=1e-5)


def test_workers_change_nothing(asked, finished, small):
    posterior_of(asked, small / "two", SETTINGS, execution=sim.Execution(workers=2))
    for name in ("draws.parquet", "calibration.json", "parameters.csv", "posterior.nc"):
        assert (small / "two" / name).read_bytes() == (finished[1] / name).read_bytes(), name


def test_what_is_kept_reads_back(asked, finished):
    found, folder = finished
    again = read(folder, asked)
    assert again.log_evidence == found.log_evidence
    assert again.luck_error == found.luck_error
    assert set(again.seeds) == {1, 2, 3}
    for name in ("seeds", "log_weights", "log_likelihood", "predictions"):
        assert np.array_equal(getattr(again, name), getattr(found, name)), name
    pd.testing.assert_frame_equal(again.summary, found.summary, check_exact=True)
    pd.testing.assert_frame_equal(again.targets, found.targets, check_exact=True)


@pytest.mark.slow
def test_what_is_kept_stands_for_every_point(asked, finished):
    kept, every = (
        finished[0],
        posterior_of(asked, None, SETTINGS, execution=sim.Execution(workers=1)),
    )
    assert kept.log_evidence == every.log_evidence
    for column in ("low", "median", "high"):
        assert kept.summary[column].to_numpy() == pytest.approx(
            every.summary[column].to_numpy(), rel=0.05
        )
    assert kept.ess > 0.7 * every.ess


def test_what_is_kept_serves_every_reading(asked, finished):
    """Whoever is taken to be wrong, the draws that would then count are among those kept."""
    from sim.inference.reweighing import by_reading

    every = posterior_of(asked, None, SETTINGS, execution=sim.Execution(workers=1))
    kept, whole = by_reading(finished[0]), by_reading(every)
    assert len(whole) > 2
    for who, weights in whole.items():
        assert effective(kept[who]) > 0.5 * effective(weights), who
        for k in range(every.points.shape[1]):
            sd = np.sqrt(weights @ (every.points[:, k] - weights @ every.points[:, k]) ** 2)
            error = 4 * sd / np.sqrt(effective(kept[who]))
            mean = kept[who] @ finished[0].points[:, k]
            assert mean == pytest.approx(weights @ every.points[:, k], abs=error), who


def test_a_folder_holds_tables_and_pictures_and_no_journal(finished):
    folder = finished[1]
    for name in ("parameters.png", "pairs.png", "posterior.nc", "targets.csv", "provenance.json"):
        assert (folder / name).stat().st_size > 0
    assert not list(folder.glob("*.sqlite*"))


def test_given_again_it_is_read_and_not_lived(asked, finished):
    begun = time.perf_counter()
    posterior_of(asked, finished[1], SETTINGS, execution=sim.Execution(workers=1))
    assert time.perf_counter() - begun < 5


def test_arviz_reads_it(finished):
    arviz = pytest.importorskip("arviz")
    found, folder = finished
    data = arviz.from_netcdf(folder / "posterior.nc")
    posterior = data["posterior"]
    assert set(posterior.data_vars) == set(found.problem.parameters)
    assert posterior.sizes["chain"] == 1
    mean = float(posterior["coefficients.baseline"].mean())
    spread = float(found.table["coefficients.baseline"].std())
    by_weight = float(np.average(found.table["coefficients.baseline"], weights=found.weights))
    assert mean == pytest.approx(by_weight, abs=0.2 * spread)
    summary = arviz.summary(data, kind="stats")
    assert list(summary.index) == list(found.problem.parameters)


@pytest.mark.slow
def test_killed_and_given_again_it_ends_the_same(small):
    whole, broken = small / "whole", small / "broken"
    words = ["calibrate", small / "small.toml", "--evidence", small / "figures.toml", *LIGHT]
    done = midnight(*words, "--out", whole, cwd=small)
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-m", "sim.cli", *map(str, words), "--out", str(broken)]
    for _ in range(3):
        process = subprocess.Popen(
            command, cwd=small, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        size = -1
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.3)
            now = sum(file.stat().st_size for file in broken.glob("calls.sqlite*"))
            if 0 < size < now:
                break
            size = now
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    again = midnight(*words, "--out", broken, cwd=small)
    assert again.returncode == 0, again.stderr
    for name in ("draws.parquet", "posterior.nc", "parameters.csv", "calibration.json"):
        assert (broken / name).read_bytes() == (whole / name).read_bytes(), name
    said = json.loads(midnight(*words, "--out", broken, "--json", cwd=small).stdout)
    assert said["ess"] >= 150
    assert [row["parameter"] for row in said["parameters"]] == [
        "coefficients.baseline",
        "rates.quiet",
    ]


def test_run_and_compare_draw_from_it(finished, small):
    _, folder = finished
    name = str(small / "small.toml")
    drawn = sim.run(name, seeds=30, parameters=folder, execution=sim.Execution(workers=1))
    point = sim.run(name, seeds=30, parameters="point", execution=sim.Execution(workers=1))
    assert drawn.draws is not None
    assert point.draws is None
    assert drawn.drawn["coefficients.baseline"].nunique() > 15
    assert np.array_equal(sim.run(name, seeds=[7], parameters=folder).counts[0], drawn.counts[6])
    lived = sim.explain(name, seed=7, person=3, parameters=folder)
    baseline = drawn.drawn.set_index("seed").loc[7, "coefficients.baseline"]
    assert lived.scenario.coefficients.baseline.value == baseline
    paired = sim.compare(
        [load(name, {"name": "again"})],
        name,
        5,
        parameters=folder,
        execution=sim.Execution(workers=1),
    )
    assert paired.fates["again"].tolist() == [0] * 5


def test_what_is_changed_by_hand_is_not_drawn(finished, small):
    draws = open_draws(finished[1])
    scenario = load(str(small / "small.toml"))
    assert draws.drawn(scenario) == ["coefficients.baseline", "rates.quiet"]
    assert draws.drawn(load(scenario, {"rates.quiet": 0.002})) == ["coefficients.baseline"]


def test_seeds_take_draws_by_their_weight():
    weights = np.array([0.5, 0.0, 0.3, 0.2])
    draws = Draws("toy", {"parameters": {}}, pd.DataFrame({WEIGHT: weights}))
    rows = np.bincount([draws.row(seed) for seed in range(1, 1001)], minlength=4) / 1000
    assert rows == pytest.approx(weights, abs=0.005)


def test_thinning_keeps_what_weighs_and_is_fair():
    rng = np.random.default_rng(1)
    weights = rng.exponential(size=5000) ** 3
    weights /= weights.sum()
    rows, kept = thinned(weights, 1000)
    assert len(rows) < 1100
    assert kept.sum() == pytest.approx(1.0)
    heavy = weights * 1000 >= 1
    assert set(np.flatnonzero(heavy)) <= set(rows)
    values = rng.normal(size=5000)
    assert kept @ values[rows] == pytest.approx(weights @ values, abs=0.1)
    assert effective(kept) > 0.8 * effective(weights)


def test_quantiles_know_weights():
    assert weighted(np.array([1.0, 2.0, np.nan, 3.0]), np.array([1, 1, 5, 8.0]), 0.5) == 3.0


@pytest.mark.slow
def test_reweighting_agrees_with_a_calibration_of_its_own(asked, finished, small):
    file = small / "more.toml"
    file.write_text(FIGURES.replace("value = 200", "value = 210"))
    other = problem(str(small / "small.toml"), str(file), seeds=3)
    own = posterior_of(other, None, SETTINGS, execution=sim.Execution(workers=1))
    cheap, error, effective = of_draws([finished[0]]).log_evidence(other.evidence)
    assert effective > 30
    error = np.hypot(own.log_evidence_error, error)
    assert cheap == pytest.approx(own.log_evidence, abs=4 * error)


def refused(words: str):
    return pytest.raises(InputError, match=words)


def test_another_problem_is_kept_out_of_the_folder(asked, finished, small):
    _, folder = finished
    with refused("another calibration"):
        posterior_of(asked, folder, Settings(ess=151, walkers=60))
    other = problem("unequal", seeds=1)
    with refused("another calibration"):
        posterior_of(other, folder, SETTINGS)
    with refused("another scenario"):
        read(folder, other)
    with refused("is no calibration"):
        posterior_of(asked, small, SETTINGS)


def test_a_begun_one_says_how_to_go_on(tmp_path):
    (tmp_path / "calls.sqlite").touch()
    with refused("give its command again"):
        open_draws(tmp_path)
    with refused("`midnight calibrate` makes one"):
        open_draws(tmp_path / "nothing")


def test_another_version_of_the_model_is_refused(finished, tmp_path):
    import shutil

    shutil.copytree(finished[1], tmp_path / "old")
    file = tmp_path / "old" / "calibration.json"
    about = json.loads(file.read_text()) | {"model": "0123456789abcdef"}
    file.write_text(json.dumps(sealed(about, tmp_path / "old")))
    with refused("version 0123456789abcdef of the model"):
        open_draws(tmp_path / "old")


def test_a_prior_that_excludes_every_figure_is_named(small, tmp_path, monkeypatch):
    monkeypatch.setattr("sim.inference.calibrate.AFTER", 4)
    file = tmp_path / "impossible.toml"
    text = FIGURES.replace("value = 200", "value = 90000").replace(
        'kind = "below"\nvalue = 30', 'kind = "above"\nvalue = 90000'
    )
    file.write_text(text)
    hopeless = problem(str(small / "small.toml"), str(file), seeds=1)
    with refused("exclude every figure"):
        posterior_of(hopeless, None, SETTINGS, execution=sim.Execution(workers=1))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("calibrate", "no-carrot", "--rival", "terror"), "one of the two"),
        (("calibrate", "--rival", "terorr"), "did you mean `terror`"),
        (("calibrate", "--evidence", "greene"), "greene-deutscher"),
        (("calibrate", "--ess", "3"), "10 to 1,000,000"),
        (("calibrate", "--ess", "many"), "--ess"),
        (("run", "--point", "--posterior", "x"), "one of the two"),
        (("run", "--posterior", "nowhere"), "`midnight calibrate` makes one"),
        (("rivals", "nobody"), "--rival"),
        (("sources", "--draws", "3"), "--draws"),
    ],
)
def test_bad_input_reads_as_an_instruction(words, said, tmp_path):
    done = midnight(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_rivals_leave_out_what_they_say():
    from sim.inference.rivals import every, left_out

    assert every()[-1] == "historical"
    assert left_out("historical") == {}
    assert "coefficients.hardship" not in left_out("terror")
    for name in every()[:-1]:
        changed = left_out(name)
        assert all(value == 0 for key, value in changed.items() if key.startswith("coef"))
        assert load("historical", changed).coefficients.values() == load(name).coefficients.values()


def test_the_figures_of_a_set_of_ones_own_are_kept_with_it(finished, small):
    found, folder = finished
    again = problem(str(small / "small.toml"), open_draws(folder).evidence, seeds=3)
    assert again.digest == found.problem.digest


def test_a_historian_takes_along_what_rests_on_him_alone():
    from sim.evidence.left_out import readings_of

    believed = evidence_set("greene-deutscher")
    left = readings_of(believed)
    assert left[""] == believed.fitted
    assert "end_1929" not in left["deutscher"]
    assert "july_block" in left["popov"]
    assert "height_1928" in left["deutscher"]  # Broué says so too
    assert set(left["greene"]) < set(left["deutscher"])
    either = evidence_set("either")
    height = readings_of(either)["leblanc"]["height_1928"]
    assert (height.kind, height.value, height.alternatives) == ("about", 8000, ())
    assert height.claims == ("opp-8000-1928", "opp-8000-base")


def test_a_point_is_no_draw():
    assert choose(load("historical"), "point") is None


def test_no_reading_is_short_of_draws(finished):
    """Draws taken from all readings alike give each the quantiles that all its draws give."""
    from sim.inference.sources import by_reading, mixed, weights_of

    found, folder = finished
    every = by_reading(found)
    assert len(every) > 2
    chosen = mixed(open_draws(folder), every)
    rows = [chosen.row(seed) for seed in range(1, 201)]
    weights = weights_of(every, rows)
    for who, each in every.items():
        assert weights[who].sum() == pytest.approx(1.0)
        assert effective(weights[who]) >= min(0.8 * 200 / len(every), 0.5 * effective(each))
        for k in range(found.points.shape[1]):
            sd = np.sqrt(each @ (found.points[:, k] - each @ found.points[:, k]) ** 2)
            error = 4 * sd / np.sqrt(effective(weights[who]))
            mean = weights[who] @ found.points[rows, k]
            assert mean == pytest.approx(each @ found.points[:, k], abs=error)


def test_the_command_of_rivals_says_the_settings_it_uses():
    from sim.cli.inference import rivals
    from sim.inference.rivals import SETTINGS

    of = inspect.signature(rivals).parameters
    assert (of["ess"].default, of["walkers"].default) == (SETTINGS.ess, SETTINGS.walkers)
