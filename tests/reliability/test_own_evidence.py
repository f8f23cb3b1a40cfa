"""Every command takes an evidence set of one's own, whatever kinds of figures it has."""

import json
import subprocess
import sys

import pytest

from sim.experiment.execution import Execution
from sim.inference.calibrate import posterior_of
from sim.inference.check import held_against
from sim.inference.explanations import Rivals
from sim.inference.problem import problem
from sim.inference.rivals import Rival
from sim.inference.sampling import Settings

EVERY = """
title = "Every kind"
whose = "Made for a test."

[targets.about]
what = "holding out at the end of 1928"
kind = "about"
value = 200
claims = ["opp-8000-1928"]
reading = { series = ["holding"], start = 1928-12-31 }

[targets.ratio]
what = "share of Zinovievists"
kind = "above"
value = 0.3
spread = 0.2
claims = ["recant-2500-zin"]
reading = { series = ["statements_zinovievist"], start = 1928-04-01 }
over = { series = ["statements"], start = 1928-04-01 }

[targets.between]
what = "the most in 1928"
kind = "between"
low = 100
high = 400
note = "a note"
claims = ["opp-8000-1928"]
reading = { series = ["holding"], statistic = "highest", start = 1928-04-01, end = 1928-12-31 }

[targets.below]
what = "signed in 1928"
kind = "below"
value = 400
claims = ["opp-8000-1928"]
reading = { series = ["statements"], statistic = "change", start = 1928-04-01, end = 1928-12-31 }

[targets.either]
what = "quiet"
kind = "either"
reading = { series = ["quiet"], start = 1928-12-31 }
alternatives = [
    { kind = "about", value = 30, claims = ["opp-8000-1928"], weight = 2 },
    { kind = "about", value = 60, claims = ["leblanc-10000-1928"] },
]
"""
ONE = EVERY[: EVERY.index("[targets.ratio]")]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A scenario of 400 people with two free parameters, and sets of figures, by name."""
    from sim.inference.prior import free
    from sim.scenario.loading import load

    folder = tmp_path_factory.mktemp("small")
    parts = {}
    for key in free(load("historical")):
        part, _, name = key.partition(".")
        if key not in ("coefficients.baseline", "coefficients.offer"):
            size = "value = 400, low = 300, " if name == "size" else ""
            parts.setdefault(part, []).append(f'{name} = {{ {size}prior = "fixed" }}')
    text = 'extends = "historical"\nname = "small"\ntitle = "Small"\nquestion = "?"\n'
    for part, lines in parts.items():
        text += f"[{part}]\n" + "\n".join(lines) + "\n"
    (folder / "small.toml").write_text(text)
    (folder / "small-no-offer.toml").write_text(
        'extends = "small.toml"\nname = "small-no-offer"\ntitle = "No offer"\nquestion = "?"\n'
        "[levers.offer]\nscale = 0.0\n"
    )
    for name, figures in {"every": EVERY, "one": ONE}.items():
        (folder / f"{name}.toml").write_text(figures)
    return folder


def midnight(*words, cwd):
    command = [sys.executable, "-m", "sim.cli", *map(str, words)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=500)


TINY = ("--ess", "10", "--walkers", "50", "--seeds", "1", "--workers", "1")


@pytest.mark.parametrize("name", ["one", pytest.param("every", marks=pytest.mark.slow)])
def test_a_set_without_figures_out_of_the_fit_serves(name, small, tmp_path):
    """In one process, as each command would: calibration, runs, check, rivals, pictures."""
    from sim import experiment
    from sim.view.console_rivals import show_rivals

    asked = problem(str(small / "small.toml"), str(small / f"{name}.toml"), seeds=1)
    place = tmp_path / "c"
    posterior = posterior_of(
        asked, place, Settings(ess=10, walkers=50), execution=Execution(workers=1)
    )
    runs = experiment.run(asked.scenario, 2, parameters=place, execution=Execution(workers=1))
    assert list(runs.targets["target"]) == list(asked.targets)
    assert not runs.targets["held_out_of_fit"].any()
    checked = held_against(asked, posterior.draws, 20, execution=Execution(workers=1))
    assert [each.check for each in checked.verdicts] == ["prior predictive", "posterior predictive"]
    checked.save(tmp_path / "check")
    compared = experiment.compare(
        [small / "small-no-offer.toml"],
        asked.scenario,
        2,
        parameters=place,
        execution=Execution(workers=1),
    )
    held_out = runs.targets[runs.targets["held_out_of_fit"]].reset_index(drop=True)
    found = [Rival(posterior, held_out, compared.table.iloc[1:].reset_index(drop=True))]
    weighed = Rivals(found, None, Settings(ess=10, walkers=50))
    weighed.plot(tmp_path / "figure")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
    for as_json in (True, False):
        show_rivals(weighed, tmp_path, as_json)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["one", "every"])
def test_every_command_works_with_a_set_without_figures_out_of_the_fit(name, small, tmp_path):
    scenario, figures = small / "small.toml", small / f"{name}.toml"
    of = ("--evidence", figures)
    few = ("--workers", "1", "--json", "--posterior", "c")
    commands = [
        ("calibrate", scenario, *of, *TINY, "--json", "--out", "c"),
        ("run", scenario, "--seeds", "2", *few),
        ("compare", "no-carrot", "--baseline", scenario, "--seeds", "2", *few),
        ("check", scenario, *of, "--draws", "20", *few),
        ("attribute", scenario, "--draws", "1", *few),
        ("sources", scenario, "--draws", "100", *few),
        ("rivals", "unequal", *of, *TINY, "--worlds", "2", "--json", "--out", "r"),
    ]
    for command in commands:
        done = midnight(*command, cwd=tmp_path)
        assert "internal error" not in done.stderr, (command, done.stderr)
        assert done.returncode == 0, (command, done.stderr)
        assert isinstance(json.loads(done.stdout), dict)


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("calibrate", "check")]


@pytest.mark.parametrize("command", ["rivals", *SLOW])
def test_a_set_that_nothing_can_be_fitted_to_is_said_before_the_work(command, tmp_path):
    (tmp_path / "mine.toml").write_text(ONE.replace("value = 200", "value = 200\nheld_out = true"))
    done = midnight(command, "--evidence", "mine.toml", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert "mine: has no target that a fit may use" in done.stderr
    assert not (tmp_path / "results").exists()
