"""Confusion of rivals: evidence by importance against evidence on a grid, and the command."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_calibration import SETTINGS, asked, midnight, small  # noqa: F401  (fixtures)

from sim.inference.calibrate import calibrate
from sim.inference.confusion import WIDER, Confusion, confusion, weighed, widened
from sim.inference.problem import live, problem
from sim.inference.rivals import Rival
from sim.inference.synthetic import figures
from sim.scenario.loading import load


def test_wider_errors_touch_nothing_else(asked):  # noqa: F811
    wide = widened(asked.evidence)
    for key, target in asked.evidence.targets.items():
        assert wide.targets[key].spread == WIDER * target.spread
        assert wide.targets[key].model_copy(update={"spread": target.spread}) == target


def test_evidence_by_importance_is_that_of_a_fine_grid(asked):  # noqa: F811
    """Synthetic figures, weighed by draws that were made for other, wider ones."""
    wide = calibrate(
        replace(asked, evidence=widened(asked.evidence)), None, replace(SETTINGS, ess=600)
    )
    sides = (np.arange(24) + 0.5) / 24
    points = [np.array([u, v]) for u in sides for v in sides]
    grid = np.array([[live(asked, point, seed) for point in points] for seed in asked.seeds])
    truth = live(asked, np.array([0.6, 0.4]), 1)
    for seed in range(4):
        history = figures(asked, truth, np.random.default_rng(seed))
        posed = replace(asked, evidence=history)
        by_hand = np.log(np.exp(posed.log_likelihood(grid[..., asked.columns(posed)])).mean())
        evidence, ess = weighed(wide, history)
        assert ess > 10
        assert evidence == pytest.approx(by_hand, abs=4 / np.sqrt(ess))


def test_the_matrix_counts():
    evidence = np.array([[[0.0, -1.0], [0.0, -9.0]], [[-4.0, 0.0], [0.0, -0.5]]])
    found = Confusion(["a", "b"], {"a": "A", "b": "B"}, evidence, np.full((2, 2, 2), 50.0))
    assert found.matrix("first").tolist() == [[1.0, 0.0], [0.5, 0.5]]
    assert found.matrix("ruled_out").tolist() == [[0.0, 0.5], [0.5, 0.0]]
    assert (found.found, found.wronged) == (0.75, 0.0)
    table = found.table.set_index(["truth", "rival"])
    each = [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-9))]
    assert table.loc[("a", "a"), "probability"] == pytest.approx(np.mean(each))
    assert table.groupby("truth")["probability"].sum().to_numpy() == pytest.approx(1.0)


def test_too_few_draws_decide_nothing():
    evidence = np.array([[[0.0, -9.0]], [[-9.0, 0.0]]])
    ess = np.array([[[50.0, 2.0]], [[50.0, 2.0]]])
    found = Confusion(["a", "b"], {"a": "A", "b": "B"}, evidence, ess)
    assert found.first.tolist() == [[0], [-1]]
    assert found.matrix("ruled_out").tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert found.matrix("undecided").tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert "too few draws" in found.in_words
    near = Confusion(["a", "b"], {"a": "A", "b": "B"}, evidence / 9.0, ess)
    assert near.first.tolist() == [[-1], [-1]]


def test_whoever_weighs_and_however_often_it_is_the_same(asked, small, tmp_path):  # noqa: F811
    found = []
    for name, expulsion in (("small", 3.0), ("harsher", 5.0)):
        changes = {"name": name, "coefficients.expulsion": expulsion}
        rival = problem(load(str(small / "small.toml"), changes), asked.evidence, seeds=3)
        posterior = calibrate(rival, tmp_path / name, SETTINGS, workers=1)
        found.append(Rival(posterior, pd.DataFrame(), pd.DataFrame()))
    told = confusion(found, tmp_path, 6, SETTINGS, workers=1)
    again = confusion(found, tmp_path, 6, SETTINGS, workers=2)
    assert np.array_equal(told.log_evidence, again.log_evidence)
    assert told.table["histories"].tolist() == [6] * 4
    assert (told.ess > 5).mean() > 0.8
    told.plot(tmp_path / "confusion")
    assert (tmp_path / "confusion.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_command_ends_the_same_when_it_is_given_again(tmp_path):
    words = ["rivals", "unequal", "terror", "--ess", "60", "--live", "60", "--worlds", "20"]
    words += ["--synthetic", "6", "--workers", "1", "--out", "kept"]
    done = midnight(*words, cwd=tmp_path, timeout=1800)
    assert done.returncode == 0, done.stderr
    assert "What comes first, if this is true" in done.stdout
    kept = tmp_path / "kept"
    first = {file.name: file.read_bytes() for file in kept.glob("*.csv")}
    assert set(first) == {
        "rivals.csv",
        "fits.csv",
        "held_out.csv",
        "effects.csv",
        "confusion.csv",
    }
    table = pd.read_csv(kept / "confusion.csv")
    assert table.groupby("truth")["first"].sum().tolist() == [1.0, 1.0]
    assert (kept / "confusion.png").stat().st_size > 10_000
    again = midnight(*words, "--json", cwd=tmp_path)
    said = json.loads(again.stdout)
    assert [row["rival"] for row in said["rivals"]] == ["unequal", "terror"]
    assert len(said["confusion"]) == 4
    assert {file.name: file.read_bytes() for file in kept.glob("*.csv")} == first
