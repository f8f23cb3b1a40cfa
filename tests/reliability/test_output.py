"""Whatever becomes of the output, the work is done, and what it found is kept."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from dying import SMALL, ended, fork, leftovers, midnight, whole
from sweeping import finished, small

import sim
from sim.inference.fit import MARK

pytestmark = pytest.mark.skipif(os.name != "posix", reason="/dev/full and forks are POSIX")

POINT = ("--seeds", "1", "--point", *SMALL)
VARY = ("--vary", "coefficients.offer=0,2", "--seeds", "1", *SMALL)
TINY = ("--ess", "60", "--walkers", "60", "--seeds", "1", "--workers", "1")
RUN = ("run", *POINT, "--out", "kept")
SLOW = {
    "sweep": ("sweep", *VARY, "--out", "kept"),
    "compare": ("compare", "no-carrot", *POINT, "--out", "kept"),
    "explain": ("explain", *SMALL[:2], "--out", "kept"),
    "attribute": ("attribute", "--draws", "1", "--point", *SMALL, "--out", "kept"),
    "sources": ("sources", "--draws", "2", "--workers", "2", "--out", "kept"),
    "check": ("check", "--draws", "20", "--workers", "2", "--out", "kept"),
    "fit": ("fit", "--trials", "24", "--seeds", "1", *SMALL, "--out", "kept/fit.toml"),
    "calibrate": ("calibrate", "unequal", *TINY, "--out", "kept"),
    "rivals": ("rivals", "unequal", "terror", *TINY, "--worlds", "20", "--out", "kept"),
    "sensitivity": (
        *("sensitivity", "--over", "coefficients.offer=0:2", "-n", "2", *SMALL, "--out", "kept"),
    ),
    "export": ("export", "swept", "--out", "kept"),
}


def given(words, folder: Path, out: int | None) -> tuple[int, str, dict[str, bytes]]:
    """Give a command; return its exit code, what it said on standard error, and the files."""
    folder.mkdir(exist_ok=True)
    if words[0] == "export":
        ended(fork(midnight("sweep", *VARY, "--out", "swept", within=folder)))
    said = folder / "said"
    with said.open("wb") as err:
        code = ended(fork(midnight(*words, within=folder), out, err.fileno()))
    told = said.read_text()
    said.unlink()
    assert not leftovers(folder)
    return code, told, whole(folder / "kept") if (folder / "kept").exists() else {}


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """Load model, pictures and commands, so that forked children need not."""
    for module in ("sim.cli", "sim.view.console_sweep", "sim.experiment.export"):
        importlib.import_module(module)
    sim.run(
        seeds=1,
        changes={"population.size": 300},
        parameters="point",
        execution=sim.Execution(workers=1),
    ).plot()


@pytest.mark.parametrize(
    "name", ["run", *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_a_closed_or_full_output_loses_nothing(tmp_path, measured, name):
    words = SLOW.get(name, RUN)
    code, _, undisturbed = given(words, tmp_path / "well", None)
    assert code == 0
    assert undisturbed

    read, write = os.pipe()
    os.close(read)
    code, told, files = given(words, tmp_path / "closed", write)
    os.close(write)
    assert (code, files) == (0, undisturbed)
    assert "midnight:" not in told
    assert "Broken" not in told

    full = os.open("/dev/full", os.O_WRONLY)
    code, told, files = given(words, tmp_path / "full", full)
    os.close(full)
    assert (code, files) == (1, undisturbed)
    last = told.splitlines()[-1]
    assert last.startswith(f"midnight: the results are kept in {words[-1].partition('/')[0]}")
    assert last.endswith("but could not be shown (No space left on device)")
    assert "--out" not in told
    measured("A closed or a full output loses nothing", 2, 0, name)


@pytest.mark.parametrize("words", [("evidence",), ("scenarios", "--json"), ("--help",)])
def test_what_is_only_shown_ends_quietly_too(tmp_path, words, monkeypatch):
    monkeypatch.setattr("sim.cli.place.results", [])  # of other tests in this process
    read, write = os.pipe()
    os.close(read)
    assert given(words, tmp_path, write)[:2] == (0, "")
    os.close(write)
    full = os.open("/dev/full", os.O_WRONLY)
    code, told, _ = given(words, tmp_path, full)
    os.close(full)
    assert code == 1
    assert told == "midnight: the output could not be shown (No space left on device)\n"


def test_progress_that_cannot_be_shown_stops_nothing(tmp_path):
    """A sweep says there what it is about to do; what it found comes all the same."""
    finished(small(1, ("coefficients.offer=0,2",)), tmp_path / "kept")
    for name in ("figure.png", "figure.svg"):  # newer than the runs: there is nothing to draw
        (tmp_path / "kept" / name).touch()
    swept = midnight(*SLOW["sweep"], within=tmp_path)
    with Path("/dev/full").open("wb", buffering=0) as full, (tmp_path / "out").open("wb") as out:
        assert ended(fork(swept, out.fileno(), full.fileno())) == 0
    assert "2 of 2 worlds done" in (tmp_path / "out").read_text()


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Give a command line to a shell, in which `midnight` is the command."""
    names = {"PYTHONPATH": str(Path(sim.__file__).parents[1])} | environment
    function = f'midnight() {{ {sys.executable} -m sim.cli "$@"; }}\n'
    return subprocess.run(
        ["bash", "-c", function + line],
        capture_output=True,
        cwd=folder,
        timeout=300,
        env={**os.environ, **names},
    )


@pytest.mark.parametrize(
    "words",
    ["validate historical", pytest.param(" ".join(RUN), marks=pytest.mark.slow)],
)
def test_closed_streams_are_no_streams(tmp_path, words):
    assert shell(f"midnight {words} <&- >&- 2>&-", tmp_path).returncode == 0
    assert (tmp_path / "kept" / "provenance.json").exists() == words.startswith("run")
    assert not leftovers(tmp_path)


def test_what_an_encoding_lacks_is_escaped(tmp_path):
    """The locator of this claim has three dots in one character."""
    line = "midnight evidence statement121; midnight evidence statement121 --json"
    done = shell(line, tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    *shown, said = done.stdout.decode("ascii").splitlines()
    assert "The Fifteenth Congress \\u2026, note" in " ".join(shown)
    assert "Congress …" in json.loads(said)["claims"][0]["locator"]
    assert "\\u2026" in said


def test_what_a_notebook_or_a_bare_machine_leaves_in_the_environment(tmp_path):
    """A backend, no folder for Matplotlib's caches, no columns; and no place for the output."""
    nowhere = "/proc/nowhere"
    names = {"MPLBACKEND": "module://ipympl.backend_nbagg", "MPLCONFIGDIR": nowhere}
    done = shell(f"midnight {' '.join(RUN)} <&- >&-", tmp_path, COLUMNS="0", **names)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "kept" / "figure.png").stat().st_size > 10_000


def told(words, folder: Path, before=lambda: None) -> tuple[int, str]:
    """Return exit code and standard error of a command."""
    read, write = os.pipe()
    code = ended(fork(midnight(*words, within=folder, before=before), None, write))
    os.close(write)
    with open(read, encoding="utf-8") as said:
        return code, said.read()


LONG = "a" * 300


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--out", LONG),
        ("sweep", *VARY, "--out", LONG),
        ("status", LONG),
        *(
            pytest.param(words, marks=pytest.mark.slow)
            for words in (
                ("calibrate", "--out", LONG),
                ("rivals", "--out", LONG),
                ("fit", "--out", LONG),
                ("check", "--simulations", "1", "--out", LONG),
                ("export", LONG),
            )
        ),
    ],
    ids=lambda words: words[0],
)
def test_a_name_that_is_too_long_is_told(tmp_path, words):
    code, said = told(words, tmp_path)
    assert code == 2
    assert ("too long for a name" in said) or (words[0] in ("status", "export"))
    assert "an error of the program" not in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [("run",), ("sweep", *VARY)], ids=lambda w: w[0])
def test_a_working_directory_that_is_gone_is_told(tmp_path, words):
    place = tmp_path / "gone"
    place.mkdir()
    code, said = told(words, place, before=place.rmdir)
    assert code == 1
    assert "the folder you are in was removed" in said


def test_help_is_there_whatever_the_columns(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "0")
    read, write = os.pipe()
    assert ended(fork(midnight("--help", within=tmp_path), write)) == 0
    os.close(write)
    with open(read, encoding="utf-8") as shown:
        text = shown.read()
    assert "sensitivity" in text
    assert "--show-completion" in text


def test_a_fit_is_a_fit_when_it_is_there(tmp_path):
    """What `--out` names is written aside: an earlier fit is whole until the new one is."""
    (tmp_path / "fit.toml").write_text(MARK)
    words = ("fit", "--trials", "1", "--seeds", "1", *SMALL, "--out", "fit.toml")
    assert told(words, tmp_path)[0] == 0
    assert "[values]" in (tmp_path / "fit.toml").read_text()
    assert not leftovers(tmp_path)
