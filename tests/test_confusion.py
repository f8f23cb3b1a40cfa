"""Confusion of rivals: evidence by density against evidence on a grid, and the command."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_calibration import SETTINGS, asked, midnight, small  # noqa: F401  (fixtures)

from sim.evidence.sets import EvidenceSet, Target
from sim.experiment.execution import Execution
from sim.inference.calibrate import posterior_of
from sim.inference.confusion import CONTRARY, WIDER, Confusion, confusion, widened
from sim.inference.density import FEW, SHAPE, UNKNOWN, of_densities, of_draws
from sim.inference.likelihood import log_likelihood
from sim.inference.problem import live, problem
from sim.inference.rivals import Rival
from sim.inference.synthetic import figures
from sim.scenario.loading import load


def test_wider_errors_touch_nothing_else(asked):  # noqa: F811
    for key, target in widened(asked.evidence).targets.items():
        own = asked.evidence.targets[key]
        assert (target.what, target.reading, target.claims) == (own.what, own.reading, own.claims)
        assert target.spread == WIDER * own.spread
        if own.kind == "about":
            assert target.value == own.value


@pytest.mark.parametrize("kind", ["above", "below", "between"])
def test_the_contrary_of_a_bound_is_never_out_of_the_question(kind):
    """However far a world lies beyond what the source says, weighing it anew has a bound."""
    ends = {"low": 50.0, "high": 100.0} if kind == "between" else {"value": 100.0}
    bound = Target.model_validate(
        {
            "kind": kind,
            **ends,
            "what": "a number",
            "spread": 0.1,
            "claims": ["opp-8000-1928"],
            "reading": {"series": ["holding"], "start": "1928-08-01"},
        }
    )
    evidence = EvidenceSet(name="one", title="", whose="", targets={"bound": bound})
    (wide,) = widened(evidence).targets.values()
    counts = np.geomspace(1.0, 10_000.0, 200)
    assert log_likelihood(counts, wide).min() > np.log(CONTRARY / (1 + 2 * CONTRARY)) - 0.01
    inside = log_likelihood(counts, bound) > np.log(0.5)
    assert log_likelihood(counts, wide)[inside].min() > np.log(0.3)


@pytest.fixture(scope="module")
def grid(asked) -> np.ndarray:  # noqa: F811
    """Return what worlds all over the prior say under each seed, (n_seeds, n_points, n_targets)."""
    sides = (np.arange(24) + 0.5) / 24
    points = [np.array([u, v]) for u in sides for v in sides]
    return np.array([[live(asked, point, seed) for point in points] for seed in asked.seeds])


@pytest.fixture(scope="module")
def both(asked):  # noqa: F811
    """Return what is known of a rival: calibrations on its figures, and on wider ones."""
    wide = replace(asked, evidence=widened(asked.evidence))
    return [posterior_of(each, None, replace(SETTINGS, ess=300)) for each in (asked, wide)]


@pytest.mark.slow
@pytest.mark.parametrize("used", [slice(0, 2), slice(1, 2)])
def test_evidence_by_density_is_that_of_a_fine_grid(asked, both, grid, used):  # noqa: F811
    """Synthetic figures, weighed by draws that were made for history's."""
    density, direct = of_densities(both[used]), of_draws(both[used])
    truth = live(asked, np.array([0.6, 0.4]), 1)
    for seed in range(4):
        history = figures(asked, truth, np.random.default_rng(seed))
        posed = replace(asked, evidence=history)
        by_hand = np.log(np.exp(posed.log_likelihood(grid[..., asked.columns(posed)])).mean())
        evidence, error, _ = density.log_evidence(history)
        assert SHAPE < error < SHAPE + 0.3
        assert evidence == pytest.approx(by_hand, abs=2 * error)
        evidence, error, effective = direct.log_evidence(history)
        assert effective > 10
        assert evidence == pytest.approx(by_hand, abs=4 * error)


@pytest.mark.slow
def test_both_bounds_may_be_said_otherwise(asked, grid):  # noqa: F811
    """Figures that contradict history's bounds are weighed as well as a grid weighs them."""
    targets = asked.evidence.targets
    low, high = 150.0, 220.0
    none = {"value": None, "low": None, "high": None}
    between = targets["summer"].model_copy(
        update={**none, "kind": "between", "low": low, "high": high}
    )
    posed = asked.evidence.model_copy(update={"targets": targets | {"summer": between}})
    settings = replace(SETTINGS, ess=300)
    each = [
        posterior_of(replace(asked, evidence=on), None, settings) for on in (posed, widened(posed))
    ]
    density = of_densities(each)
    for value, kind in ((low, "below"), (high, "above")):
        other = between.model_copy(update={**none, "kind": kind, "value": value})
        flipped = posed.model_copy(update={"targets": targets | {"summer": other}})
        there = replace(asked, evidence=flipped)
        by_hand = np.log(np.exp(there.log_likelihood(grid)).mean())
        evidence, error, _ = density.log_evidence(flipped)
        assert error < SHAPE + 0.3
        assert evidence == pytest.approx(by_hand, abs=2 * error)


@pytest.mark.slow
def test_figures_that_no_world_comes_near_are_known_to_be_unknown(asked, both):  # noqa: F811
    target = asked.evidence.targets["summer"]
    for value in (5.0, 4_000.0):
        far = asked.evidence.targets | {"summer": target.model_copy(update={"value": value})}
        evidence = asked.evidence.model_copy(update={"targets": far})
        _, error, effective = of_densities(both).log_evidence(evidence)
        assert effective < FEW
        assert error >= UNKNOWN


@pytest.mark.slow
def test_few_draws_are_no_evidence(asked, both):  # noqa: F811
    alone = np.where(np.arange(len(both[0].points)) == 0, 0.0, -np.inf)
    few = replace(both[0], log_weights=alone)
    _, error, _ = of_densities([few]).log_evidence(asked.evidence)
    assert error >= UNKNOWN
    _, error, _ = of_densities([few, both[1]]).log_evidence(asked.evidence)
    assert error < 1.0
    _, error, _ = of_densities([both[0], few]).log_evidence(asked.evidence)
    assert error >= UNKNOWN


@pytest.mark.slow
def test_what_a_calibration_holds_out_cannot_be_weighed(asked, both):  # noqa: F811
    targets = asked.evidence.targets
    quiet = targets["quiet"].model_copy(update={"held_out": True})
    fewer = asked.evidence.model_copy(update={"targets": targets | {"quiet": quiet}})
    found = of_densities([replace(both[0], problem=replace(asked, evidence=fewer))])
    with pytest.raises(ValueError, match="holds out"):
        found.log_evidence(asked.evidence)


def test_of_targets_that_read_alike_the_fitted_one_is_meant(asked):  # noqa: F811
    targets = asked.evidence.targets
    twin = targets["summer"].model_copy(update={"held_out": True})
    more = asked.evidence.model_copy(update={"targets": {**targets, "twin": twin}})
    assert replace(asked, evidence=more).columns(asked) == [0, 1]


def weighed(log_evidence: list, error: list | float) -> Confusion:
    """Return what two rivals, `a` and `b`, come to: (truth, history, rival)."""
    found = np.array(log_evidence)
    titles = {"a": "A", "b": "B"}
    error = np.broadcast_to(error, found.shape)
    return Confusion(["a", "b"], titles, found, error, pd.DataFrame())


def test_the_matrix_counts():
    evidence = [[[0.0, -1.0], [0.0, -9.0]], [[-4.0, 0.0], [0.0, -0.5]]]
    found = weighed(evidence, 0.01)
    assert found.matrix("first").tolist() == [[1.0, 0.0], [0.5, 0.5]]
    assert found.matrix("ruled_out").tolist() == [[0.0, 0.5], [0.5, 0.0]]
    assert (found.found, found.wronged) == (0.75, 0.0)
    table = found.table.set_index(["truth", "rival"])
    each = [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(-9))]
    assert table.loc[("a", "a"), "probability"] == pytest.approx(np.mean(each))
    assert table.groupby("truth")["probability"].sum().to_numpy() == pytest.approx(1.0)


def test_large_errors_leave_it_open():
    found = weighed([[[0.0, -9.0]], [[-9.0, 0.0]]], [[[0.1, 0.1]], [[6.0, 0.1]]])
    assert found.close.tolist() == [[False], [True]]
    assert found.matrix("first").tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert found.matrix("ruled_out").tolist() == [[0.0, 1.0], [0.0, 0.0]]
    assert found.matrix("undecided").tolist() == [[0.0, 0.0], [1.0, 1.0]]
    ahead = weighed([[[-2.0, 0.0]], [[0.0, 0.0]]], [[[5.0, 0.1]], [[0.1, 0.1]]])
    assert ahead.close.tolist() == [[True], [True]]
    assert ahead.matrix("undecided").tolist() == [[1.0, 1.0], [0.0, 0.0]]
    assert "in 50% of them errors leave open" in found.in_words
    near = weighed([[[0.0, -3.1]], [[-3.1, 0.0]]], 0.1)
    assert not near.close.any()
    assert near.matrix("ruled_out").tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert near.matrix("undecided").tolist() == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.slow
def test_whoever_weighs_and_however_often_it_is_the_same(asked, small, tmp_path):  # noqa: F811
    found = []
    for name, expulsion in (("small", 3.0), ("harsher", 5.0)):
        changes = {"name": name, "coefficients.expulsion": expulsion}
        rival = problem(load(str(small / "small.toml"), changes), asked.evidence, seeds=3)
        posterior = posterior_of(rival, tmp_path / name, SETTINGS, execution=Execution(workers=1))
        found.append(Rival(posterior, pd.DataFrame(), pd.DataFrame()))
    told = confusion(found, tmp_path, 6, SETTINGS, execution=Execution(workers=1))
    again = confusion(found, tmp_path, 6, SETTINGS, execution=Execution(workers=2))
    assert np.array_equal(told.log_evidence, again.log_evidence)
    assert told.table["histories"].tolist() == [6] * 4
    assert np.array_equal(told.error, again.error)
    assert (told.error < 1.0).mean() > 0.8
    assert (told.densities["compared"] > 0).all()
    assert told.densities["difference"].abs().max() < 2 * SHAPE
    told.plot(tmp_path / "confusion")
    assert (tmp_path / "confusion.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_command_ends_the_same_when_it_is_given_again(tmp_path):
    words = ["rivals", "unequal", "terror", "--ess", "60", "--walkers", "60", "--worlds", "20"]
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
        "densities.csv",
    }
    table = pd.read_csv(kept / "confusion.csv")
    assert table.groupby("truth")["first"].sum().tolist() == [1.0, 1.0]
    assert (kept / "confusion.png").stat().st_size > 10_000
    again = midnight(*words, "--json", cwd=tmp_path)
    said = json.loads(again.stdout)
    assert [row["rival"] for row in said["rivals"]] == ["unequal", "terror"]
    assert len(said["confusion"]) == 4
    assert {file.name: file.read_bytes() for file in kept.glob("*.csv")} == first
