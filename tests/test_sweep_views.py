"""Commands and pictures of sweeps: what a user sees, and that none of it is a traceback."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from sweeping import SMALL, finished, small
from typer.testing import CliRunner

import sim
from sim.cli import app, main
from sim.errors import InputError
from sim.evidence.loading import evidence_set
from sim.experiment.sensitivity import Sensitivity, analyse, saltelli
from sim.experiment.sweep_result import Sweep
from sim.view import console
from sim.view import sweeps as pictures

SET = ("--set", *SMALL)


@pytest.fixture
def midnight(tmp_path, monkeypatch, capsys):
    """Return a function that runs a command in an empty folder: exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["midnight", *map(str, words)])
        monkeypatch.setattr(console.out, "_file", sys.stdout)
        monkeypatch.setattr(console.err, "_file", sys.stderr)
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


def test_a_sweep_from_the_command_line(midnight, tmp_path):
    words = ("sweep", "--vary", "coefficients.offer=0:2:3", "--seeds", 2, *SET, "--out", "s")
    code, _, err = midnight(*words)
    assert (code, "3 points x 2 seeds, kept in s/" in err) == (0, True)
    for name in ("figure.png", "figure.svg", "runs.parquet", "provenance.json"):
        assert (tmp_path / "s" / name).stat().st_size > 0
    code, out, _ = midnight(*words, "--json")
    content = json.loads(out)
    assert content["status"]["done"] == len(content["runs"]) == 6
    code, out, _ = midnight("status", "s", "--json")
    assert json.loads(out)["left"] == 0
    code, out, _ = midnight("export", "s", "--out", "tables", "--json")
    assert set(json.loads(out)["files"]) >= {"runs.csv", "design.csv", "failures.csv"}
    code, _, err = midnight(*words[:-4], "--out", "s")
    assert code == 2
    assert "holds a sweep of another design" in err


def test_the_first_estimate_does_not_count_loading(monkeypatch, capsys):
    times = iter((40.0, 40.0, 52.0))
    monkeypatch.setattr(console, "time", SimpleNamespace(monotonic=lambda: next(times)))
    monkeypatch.setattr(console.err, "_file", sys.stderr)
    with console.progress("worlds", quiet=False) as tell:
        for done in (0, 1, 12):
            tell(done, 100)
    assert capsys.readouterr().err == "12 of 100 worlds, about 88 s left\n"


def test_the_same_command_finds_its_folder_again(midnight, tmp_path):
    words = ("sweep", "--vary", "coefficients.offer=0,1", "--seeds", 1, *SET, "--json")
    folders = {json.loads(midnight(*words)[1])["folder"] for _ in range(2)}
    other = json.loads(midnight(*words[:4], 2, *words[5:])[1])["folder"]
    assert len(folders) == 1
    assert other not in folders


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("sweep",), 2, "as in --vary"),
        (("sweep", "--vary", "coefficients.offer=0,1", "--seeds", "no"), 2, "--seeds"),
        (("sweep", "--vary", "coefficients.offer=0,1", "--workers", "0"), 2, "--workers"),
        (("sweep", "--design", "none.csv"), 2, "cannot be read"),
        (("sweep", "--vary", "coefficients.offer=0,1", "--out", "file"), 2, "is a file"),
        (("sweep", "--vary", "coefficients.offer=0,1", "--out", "file/s"), 1, "cannot be written"),
        (("status", "nowhere"), 2, "is no sweep"),
        (("export", "nowhere"), 2, "is no sweep"),
        (("sensitivity", "-n", "3"), 2, "a power of two"),
        (("sensitivity", "--over", "coefficients.offer=1"), 2, "--over"),
        (("sensitivity", "--over", "coefficients.offer=3:1"), 2, "LOW below HIGH"),
    ],
)
def test_what_cannot_be_done_is_told(midnight, tmp_path, words, code, said):
    (tmp_path / "file").touch()
    found, out, err = midnight(*words)
    assert (found, out) == (code, "")
    assert said in err


def test_help_names_every_option():
    for command in ("sweep", "status", "export", "sensitivity"):
        assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


PICTURES = {
    "bands": ["coefficients.left_turn=0:8:4"],
    "bands over days": ["events.radek_signs.date=1929-05-01:1929-07-13:3"],
    "bands over scenarios": ["scenario=historical,no-carrot"],
    "heat map": ["coefficients.left_turn=0:8:4", "levers.offer.scale=0:1:3"],
    "heat map of scenarios": ["scenario=historical,no-carrot", "levers.terror.scale=0:1:3"],
    "small multiples": [
        "coefficients.left_turn=0:8:3",
        "levers.offer.scale=0:1:2",
        "population.youth=0.3,0.5",
    ],
    "five axes": [
        *("coefficients.left_turn=0,8", "levers.offer.scale=0,1", "population.youth=0.3,0.5"),
        *("levers.terror.scale=0,1", "scenario=historical,no-carrot"),
    ],
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fits_its_design(name, tmp_path):
    swept = finished(small(2, PICTURES[name]), tmp_path / "s")
    drawn = swept.plot(tmp_path / "figure")
    assert (tmp_path / "figure.png").stat().st_size > 10_000
    again = swept.plot(tmp_path / "again")
    assert again is not drawn
    assert (tmp_path / "again.svg").read_bytes() == (tmp_path / "figure.svg").read_bytes()
    axes = [ax for ax in _every_axes(drawn) if ax.get_visible()]
    expected = {"bands": 8, "heat map": 4, "small multiples": 3, "five axes": 6}
    assert len(axes) >= expected.get(name, 4)


def _every_axes(drawn):
    found = list(drawn.axes)
    for sub in drawn.subfigs:
        found += [ax for ax in sub.axes if ax not in found]
    return found


def test_a_sample_is_drawn_as_scatter(tmp_path):
    vary = ["coefficients.left_turn=0:8", "events.radek_signs.date=1929-05-01:1929-07-13"]
    finished(small(2, vary, sample="sobol:8"), tmp_path / "s").plot(tmp_path / "figure")
    assert (tmp_path / "figure.svg").exists()


def test_the_bounds_of_the_evidence():
    for target in evidence_set("greene-deutscher").targets.values():
        low, high = pictures.bounds(target)
        assert low < high
        if target.kind == "about":
            assert low * high == pytest.approx(target.value**2)
        if target.kind == "between":
            assert (low, high) == (target.low, target.high)


def test_sensitivity_finds_what_matters(midnight, tmp_path):
    left_turn, rakovsky = "coefficients.left_turn", "events.rakovsky_signs.date"
    over = (f"{left_turn}=0:8", f"{rakovsky}=1934-01-01:1935-01-01")
    command = (
        "sensitivity",
        "--over",
        over[0],
        "--over",
        over[1],
        "-n",
        16,
        "--seeds",
        2,
        *SET,
        "--out",
        "s",
    )
    code, out, _ = midnight(*command, "--json")
    left, date = json.loads(out)["indices"]
    assert (code, left["key"], date["key"]) == (0, left_turn, rakovsky)
    assert left["first"] > 0.7
    assert left["total"] > 0.7
    assert date["total"] == pytest.approx(0, abs=1e-9), "after the last day nothing acts"
    assert (tmp_path / "s" / "sensitivity.png").exists()
    swept = Sweep(tmp_path / "s")
    assert swept.status.done == swept.status.runs
    assert analyse(swept, "signed_conciliator").of == "signed_conciliator"
    with pytest.raises(InputError, match="did you mean `remaining`"):
        analyse(swept, "remaning")
    with pytest.raises(InputError, match=r"the same everywhere|no value"):
        analyse(swept, "remaining_elsewhere")
    code, out, _ = midnight(*command)
    assert "coefficients.left_turn" in out


def test_the_indices_of_a_known_function():
    """Y = 2 a + b over the unit square: shares 0.8 and 0.2, first and total alike."""
    found = saltelli("historical", ["coefficients.offer=0:1", "coefficients.example=0:1"], 512, [1])

    class Known:
        design = found

    asked = Sensitivity(Known(), "y")
    asked.__dict__["values"] = np.array([2 * a + b for a, b in found.points])
    table = asked.table.set_index("key")
    for name in ("first", "total"):
        assert table.loc["coefficients.offer", name] == pytest.approx(0.8, abs=0.02)
        assert table.loc["coefficients.example", name] == pytest.approx(0.2, abs=0.02)
        assert table[f"{name}_low"].lt(table[name]).all()


def test_public_names():
    assert callable(sim.sweep)
    assert callable(sim.open_sweep)
    assert callable(sim.sensitivity)
