"""Killing is data from the texts: nothing that a user writes switches, sets or sweeps it."""

import os
import subprocess
import sys

import pytest

BEGINNING = 'extends = "historical"\nquestion = "Q?"\n'
ACT = 'date = 1938-03-01\nwhat = "x"\nassumed = "x"\n'
FILES = {
    "table": BEGINNING + "[killing]\nhappens = false\n",
    "lists": BEGINNING + "[lists.killing]\nnumber = 0\n",
    "event": BEGINNING + f'[events.killing]\nkind = "concession"\n{ACT}',
    "kind": BEGINNING + f'[events.none]\nkind = "killing"\n{ACT}',
    "lever": BEGINNING + "[levers.killing]\nscale = 0\n",
    "rate": BEGINNING + "[rates]\nkilling = 0\n",
}
IMPORTS = """
from datetime import date
from sim.chart.declare import dated_move, lever, number, rate, stance, transition
from sim.chart.kinds import Entry
from sim.chart.registry import CHART
"""
EXTENSIONS = {
    "list named like ours": """
transition("killing", hazard="list", stances=("holding",), to_stance="quiet",
           entries=(Entry(date(1938, 3, 1), 1),))""",
    "list that kills": """
transition("shooting", hazard="list", stances=("holding",), to_stance="killed",
           entries=(Entry(date(1938, 3, 1), 1),))""",
    "rate that kills": """
transition("shooting", hazard="clock", stances=("holding",), to_stance="killed",
           rate=lambda w, r: 0.01 * w.terror)""",
    "way back": """
transition("saving", hazard="clock", stances=("killed",), to_stance="holding",
           rate=lambda w, r: 0.01 * w.terror)""",
    "act": 'dated_move("amnesty", "amnesty", stance="killed", to_stance="holding")',
    "lever": 'lever("killing", "its height", 1.0)',
    "number": 'CHART.add_numbers(CHART.rates, [rate("killing", "its rate", value=0.0)])',
}


def refused(*words: str, **environment: str) -> str:
    """Return what a command says that ends with bad input, in words that say why."""
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words],
        capture_output=True,
        text=True,
        env=os.environ | environment,
        timeout=200,
    )
    assert done.returncode == 2, (words, done.stdout, done.stderr)
    assert "Traceback" not in done.stderr
    for reason in ("data from the texts", "They were people", "shot as Trotskyists"):
        assert reason in " ".join(done.stderr.split()), done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["run", "--set", "killing=0"], "--set killing"),
        (["run", "--set", "events.killing.happens=false"], "--set events.killing.happens"),
        (["compare", "no-carrot", "--set", "lists.killing=0"], "--set lists.killing"),
        (["explain", "--set", "rates.Killing=0"], "--set rates.Killing"),
        (["sweep", "--vary", "rates.killing=0:1:2", "--seeds", "1"], "--vary"),
        (["sweep", "--vary", "killing=0,1", "--seeds", "1"], "--vary"),
    ],
)
def test_no_option_reaches_it(words, named):
    assert named in refused(*words)


@pytest.mark.parametrize("name", FILES)
def test_no_scenario_file_reaches_it(name, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(FILES[name], encoding="utf-8")
    assert "mine.toml" in refused("validate", str(file))


def test_no_design_reaches_it(tmp_path):
    file = tmp_path / "design.csv"
    file.write_text("rates.killing\n0\n1\n", encoding="utf-8")
    assert "killing" in refused("sweep", "--design", str(file), "--seeds", "1")


@pytest.mark.parametrize("name", EXTENSIONS)
def test_no_declaration_of_ones_own_reaches_it(name, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(IMPORTS + EXTENSIONS[name], encoding="utf-8")
    refused("--extend", str(file), "chart")


def test_what_comes_before_can_be_changed():
    from sim.scenario.loading import load

    knots = load("historical").levers.strike.knots
    changed = load("historical", {f"levers.strike.knots.{name}.value": 0 for name in knots})
    assert {knot.value for knot in changed.levers.strike.knots.values()} == {0.0}
