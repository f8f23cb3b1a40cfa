"""The real thing: the command line in processes of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

import sim
from sim.evidence.ledger import claims, sources
from sim.scenario.loading import counterfactuals, load, shipped

SMALL = ["--set", "population.size=600"]


def midnight(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sim.cli", *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=300,
        env={**os.environ, **environment},
    )


def works(*words: str, cwd: Path) -> str:
    done = midnight(*words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_run_keeps_everything_and_never_overwrites(tmp_path):
    out = works("run", "historical", "--seeds", "3", *SMALL, cwd=tmp_path)
    folder = tmp_path / "results" / "run-historical-changed"
    assert "results/run-historical-changed/" in out
    names = {file.name for file in folder.iterdir()}
    assert {
        "series.csv",
        "series.parquet",
        "persons.csv",
        "persons.parquet",
        "figure.png",
        "figure.svg",
        "provenance.json",
    } <= names
    series = pd.read_csv(folder / "series.csv")
    assert len(series) == 3 * (load("historical").calendar.weeks + 1)
    pd.testing.assert_frame_equal(
        series.drop(columns="date"),
        pd.read_parquet(folder / "series.parquet").drop(columns="date"),
        check_dtype=False,
    )
    kept = json.loads((folder / "provenance.json").read_text())
    assert kept["midnight"] == sim.__version__
    assert kept["seeds"] == [1, 2, 3]
    resolved = kept["scenarios"][0]["resolved"]
    assert resolved["population"]["size"]["value"] == 600
    assert set(series.columns) <= set(kept["columns"])
    assert set(pd.read_csv(folder / "persons.csv").columns) <= set(kept["columns"])
    before = (folder / "series.csv").read_bytes()
    again = midnight("run", "--seeds", "1", "--out", str(folder), cwd=tmp_path)
    assert again.returncode == 2
    assert "never overwritten" in again.stderr
    assert (folder / "series.csv").read_bytes() == before
    works("run", "historical", "--seeds", "3", *SMALL, cwd=tmp_path)
    second = tmp_path / "results" / "run-historical-changed-2"
    for name in names - {"provenance.json"}:
        assert (second / name).read_bytes() == (folder / name).read_bytes(), name


def test_run_agrees_with_python(tmp_path):
    out = works("run", "--seed", "7", "--out", "one", *SMALL, cwd=tmp_path)
    assert "1 world" in out
    history = sim.simulate("historical", seed=7, population__size=600)
    series = pd.read_csv(tmp_path / "one" / "series.csv")
    assert (series["holding"].to_numpy() == history.series["holding"].to_numpy()).all()
    typed = pd.read_parquet(tmp_path / "one" / "persons.parquet").drop(columns="seed")
    pd.testing.assert_frame_equal(typed, history.persons)
    text = pd.read_csv(tmp_path / "one" / "persons.csv").drop(columns="seed")
    for column in typed:
        never = typed[column].isna()
        assert (text[column].isna() == never).all(), column
        if column in ("programme", "conviction"):
            assert text[column].to_numpy() == pytest.approx(typed[column].to_numpy(), rel=1e-6)
        else:
            assert list(text[column][~never]) == list(typed[column][~never]), column
    assert typed["patron"].isna().any()
    assert typed["week_of_signing"].min() >= 0
    assert 0 < typed["week_of_signing"].notna().sum() < len(typed)


def test_json_is_one_object_and_nothing_else(tmp_path):
    for words in (
        ["run", "--seeds", "2", *SMALL],
        ["compare", "no-carrot", "--seeds", "2", *SMALL],
        ["explain", "--person", "3", *SMALL],
        ["evidence", "8,000"],
        ["evidence", "--sets"],
        ["scenarios"],
        ["validate", "historical"],
    ):
        done = midnight(*words, "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert isinstance(json.loads(done.stdout), dict)
    assert not (tmp_path / "results").exists()


def test_compare_pairs_by_seed(tmp_path):
    out = works("compare", "no-carrot", "--seeds", "3", "--out", "r", *SMALL, cwd=tmp_path)
    assert "No offer" in out
    table = pd.read_csv(tmp_path / "r" / "table.csv").set_index("scenario")
    found = sim.compare(["no-carrot"], seeds=3, changes={"population.size": 600})
    assert table.loc["no-carrot", "difference_median"] == pytest.approx(
        found.table.set_index("scenario").loc["no-carrot", "difference_median"]
    )


def test_two_lives_go_on_to_the_last_day_of_the_longer_world(tmp_path):
    longer, small = ("--versus", "bloc-not-discovered"), ("--set", "population.size=200")
    out = works("explain", *longer, *small, "--person", "3", "--json", cwd=tmp_path)
    lives = json.loads(out)["lives"]
    assert [each["weeks"][-1]["date"] for each in lives] == ["1938-12-19"] * 2


def test_what_counts_another_thing_is_said_wherever_it_is_shown(tmp_path):
    said = load("statement-accepted").reading
    here, small = {"cwd": tmp_path}, ("--set", "population.size=200")
    few = (*small, "--seeds", "1", "--point")
    for words in (
        ("scenarios",),
        ("compare", "statement-accepted", *few),
        ("explain", "--versus", "statement-accepted", "--person", "3", *small),
    ):
        plain = " ".join(works(*words, **here).split())
        assert said in plain, words
        place = ("--out", f"{words[0]}-json") if len(words) > 1 else ()
        as_json = works(*words, "--json", *place, **here)
        assert said in as_json, words
    assert "goes on to 26 Dec 1938" in works("scenarios", **here)


def test_explain_follows_one_life(tmp_path):
    out = works("explain", "--versus", "no-carrot", "--out", "life", cwd=tmp_path)
    assert "Breaking point" in out
    weeks = pd.read_csv(tmp_path / "life" / "weeks.csv")
    risk = weeks[weeks["hazard"].notna()]
    from sim.model import mechanisms

    logs = risk[list(mechanisms.names())].sum(axis=1)
    assert (abs(logs - risk["hazard"].map("{:.17g}".format).astype(float).map(_log)) < 1e-6).all()


def _log(x: float) -> float:
    import math

    return math.log(x)


def test_scenarios_and_evidence_can_be_listed(tmp_path):
    listed = works("scenarios", cwd=tmp_path)
    for name in ["historical", *counterfactuals()]:
        assert f"{name}:" in listed
    assert f"{len(claims())} of {len(claims())} claims" in works("evidence", cwd=tmp_path)
    assert "conflicts with leblanc-10000-1928" in works("evidence", "opp-8000-1928", cwd=tmp_path)
    assert sources()["greene"].described in " ".join(
        works("evidence", "opp-8000-1928", cwd=tmp_path).split()
    )
    listed = json.loads(works("evidence", "opp-8000-1928", "--json", cwd=tmp_path))
    for source in listed["claims"][0]["cited"]:
        assert source["kind"] == sources()[source["id"]].kind
        assert source["standpoint"] == sources()[source["id"]].standpoint
    only = works("evidence", "--conflicts", "--grade", "high", cwd=tmp_path)
    assert int(re.search(r"(\d+) of \d+ claims", only).group(1)) < len(claims()) / 3


def test_schema_accepts_every_shipped_file_and_no_misspelt_one(tmp_path):
    validator = Draft202012Validator(json.loads(works("schema", cwd=tmp_path)))
    for path in shipped().values():
        written = json.loads(json.dumps(tomllib.loads(path.read_text("utf-8")), default=str))
        validator.validate(written)
        validator.validate(load(str(path)).model_dump(mode="json"))
        assert not validator.is_valid(written | {"leversx": {}})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "historcal"], "did you mean `historical`"),
        (["run", "--seed", "x"], "--seed"),
        (["run", "--seeds", "0"], "--seeds"),
        (["run", "--seed", "-1"], "--seed"),
        (["run", "--set", "coefficients.ofer=1"], "did you mean `"),
        (["run", "--set", "coefficients.offer=-1"], "coefficients"),
        (["run", "--workers", "0"], "--workers"),
        (["compare", "no-carot"], "did you mean `no-carrot`"),
        (["compare", "--seeds", "many"], "--seeds"),
        (["explain", "--person", "999999"], "--person"),
        (["evidence", "--grade", "hgh"], "grade"),
        (["validate", "nothing.toml"], "nothing.toml"),
        (["run", "--out", "taken/below"], "taken"),
        (["run", "--seed", "1", "--seeds", "2"], "one of the two"),
        (["compare", "no-carrot", "no-carrot"], "two worlds are called"),
        (["fit", "--out", "taken"], "no fit"),
        (["nonsense"], "nonsense"),
    ],
)
def test_bad_input_is_one_message_and_leaves_nothing(tmp_path, words, said):
    (tmp_path / "taken").write_text("a file")
    done = midnight(*words, cwd=tmp_path)
    assert done.returncode == (1 if "taken/below" in words else 2), done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert [file.name for file in tmp_path.iterdir()] == ["taken"]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    code = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "import sim.experiment, sim.view.console, sim.cli\n"
        "from sim.model.world import simulate; simulate('historical', 1, population__size=50)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "sys.argv = ['midnight', 'run', '--seeds', '5', '--out', 'full', *sys.argv[1:]]\n"
        "sim.cli.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *SMALL], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1, done.stderr
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert "sources say" in done.stdout
    assert [file.name for file in tmp_path.iterdir()] in ([], ["full.incomplete"])


def test_help_says_what_each_command_is_for(tmp_path):
    told = works("--help", cwd=tmp_path)
    for command in ("run", "compare", "explain", "evidence", "scenarios", "validate", "fit"):
        assert command in told
        assert "Usage" in works(command, "--help", cwd=tmp_path)
    assert works("--version", cwd=tmp_path).strip() == sim.__version__
