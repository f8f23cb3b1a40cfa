"""Whatever kills a command while it writes: a file is whole or not there, and nothing stays."""

import importlib
import os
import shutil
import signal
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from dying import SMALL, ended, fork, killed_at, leftovers, midnight, whole
from sweeping import finished, small

import sim
from sim.errors import InputError, OutputError
from sim.experiment.sweep import run_missing
from sim.folder import new_folder
from sim.inference import fit
from sim.inference.journal import keeping
from sim.scenario.loading import find
from sim.writing import PREFIX, claimed, clean, replacing

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills and forks are POSIX")

POINT = ("--seeds", "1", "--point", *SMALL)
RUN = ("run", *POINT)
SWEEP = ("sweep", "--vary", "coefficients.offer=0,2", "--series", "--seeds", "1", *SMALL)
OTHERS = {
    "compare": ("compare", "no-carrot", *POINT),
    "explain": ("explain", *SMALL[:2]),
    "attribute": ("attribute", "--draws", "1", "--point", *SMALL),
    "sensitivity": ("sensitivity", "--over", "coefficients.offer=0:2", "-n", "2", *SMALL),
}


def to_the_end(words, folder: Path) -> dict[str, bytes]:
    """Give a command with nothing happening to it; return the files."""
    assert ended(fork(midnight(*words, "--out", "kept", within=folder))) == 0
    return whole(folder / "kept")


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


def trial(words, undisturbed: dict[str, bytes], folder: Path, step: int, afresh: bool) -> int:
    """Kill a command at every `step`-th write and look at what is there; return the kills.

    Args:
        words: of the command.
        undisturbed: the files that it makes.
        folder: where to give it.
        step: from one kill to the next.
        afresh: whether every kill meets a new folder that is completed then, or what was left.
    """
    kept, kills, n = folder / "kept", 0, 1
    while True:
        given = partial(midnight, *words, "--out", "kept", within=folder)
        code = ended(fork(given(before=killed_at(n, folder))))
        for name, content in whole(kept).items():
            assert content == undisturbed[name], (n, name)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        kills += 1
        if afresh:
            assert to_the_end_again(words, folder) == undisturbed, n
            assert not leftovers(folder), n
            shutil.rmtree(kept)
        n += step
    assert whole(kept) == undisturbed
    assert not leftovers(folder)
    return kills


def to_the_end_again(words, folder: Path) -> dict[str, bytes]:
    """Give it again; `run` and its like refuse a folder that a killed one has completed."""
    code = ended(fork(midnight(*words, "--out", "kept", within=folder)))
    assert code == 0 or (code == 2 and words[0] not in ("sweep", "sensitivity", "calibrate"))
    if code == 2:  # and so clean up by another one
        ended(fork(midnight(*words, "--out", "other", within=folder)))
        shutil.rmtree(folder / "other")
    return whole(folder / "kept")


@pytest.mark.parametrize("step", [2, pytest.param(1, marks=pytest.mark.slow)])
def test_a_sweep_killed_again_and_again_at_its_writes_ends_whole(tmp_path, measured, step):
    """Each child goes on where the one before was killed, a write later."""
    (tmp_path / "once").mkdir()
    undisturbed = to_the_end(SWEEP, tmp_path / "once")
    assert {"series.parquet", "runs.parquet", "figure.png", "figure.svg"} <= set(undisturbed)
    (tmp_path / "often").mkdir()
    kills = trial(SWEEP, undisturbed, tmp_path / "often", step, afresh=False)
    assert kills >= 3
    measured("A sweep killed inside a write loses nothing and leaves nothing", kills, 0)


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_run_killed_at_its_writes_is_whole_or_not_there(tmp_path, measured, step):
    (tmp_path / "once").mkdir()
    undisturbed = to_the_end(RUN, tmp_path / "once")
    (tmp_path / "often").mkdir()
    kills = trial(RUN, undisturbed, tmp_path / "often", step, afresh=step == 1)
    assert kills >= 3
    measured("A run killed inside a write is whole or not there", kills, 0)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sweep", *OTHERS])
def test_every_command_killed_at_every_write_ends_whole(tmp_path, measured, name):
    words = OTHERS.get(name, SWEEP)
    (tmp_path / "once").mkdir()
    undisturbed = to_the_end(words, tmp_path / "once")
    (tmp_path / "often").mkdir()
    kills = trial(words, undisturbed, tmp_path / "often", step=1, afresh=True)
    assert kills >= 8
    measured("A command killed inside a write is whole when given again", kills, 0, name)


@pytest.mark.slow
def test_a_calibration_killed_at_every_write_ends_whole(tmp_path, measured):
    """The places in the journal are those of `test_calibration.py`; the tables are new here."""
    from test_calibration import FIGURES, FIXED, LIGHT

    lines = ['extends = "unequal"', 'title = "Four hundred people"', 'question = "Who stays?"']
    for table, numbers in FIXED.items():
        lines.append(f"[{table}]")
        for key, value in numbers.items():
            said = f'value = {value}, low = {value}, high = {value}, prior = "fixed"'
            lines.append(f'{key} = {{ {said}, assumed = "for a test" }}')
    for name in ("once", "often"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "small.toml").write_text("\n".join(lines) + "\n")
        (tmp_path / name / "figures.toml").write_text(FIGURES)
    words = ("calibrate", "small.toml", "--evidence", "figures.toml", *LIGHT)
    undisturbed = to_the_end(words, tmp_path / "once")
    assert {"figure.png", "posterior.nc", "draws.parquet", "pairs.svg"} <= set(undisturbed)
    kills = trial(words, undisturbed, tmp_path / "often", step=1, afresh=False)
    assert kills >= 20
    measured("A calibration killed inside a write ends whole", kills, 0)


def test_a_table_of_an_earlier_end_is_made_anew(tmp_path):
    """Killed after the last run was kept and before its table was written."""
    found = small(1, ("coefficients.offer=0,2",), series=True)
    swept = finished(found, tmp_path / "s")
    table = (tmp_path / "s" / "runs.parquet").read_bytes()
    swept.runs.head(1).to_parquet(tmp_path / "s" / "runs.parquet")
    run_missing(found, tmp_path / "s", execution=sim.Execution(workers=1))
    assert (tmp_path / "s" / "runs.parquet").read_bytes() == table
    (tmp_path / "s" / "series.parquet").unlink()
    run_missing(found, tmp_path / "s", execution=sim.Execution(workers=1))
    assert (tmp_path / "s" / "series.parquet").exists()


def test_only_what_a_dead_process_left_is_removed(tmp_path):
    read, write = os.pipe()

    def work():
        with replacing(tmp_path / "a.csv") as part, claimed(tmp_path, "b"):
            part.write_text("half")
            os.write(write, b"x")
            time.sleep(60)

    child = fork(work)
    os.read(read, 1)
    theirs = {file.name for file in tmp_path.iterdir()}
    assert len(theirs) == 3
    elsewhere = tmp_path / f"{PREFIX}00000000-1-00000000.part"
    elsewhere.touch()
    clean(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == theirs | {elsewhere.name}
    os.kill(child, signal.SIGKILL)
    ended(child)
    os.utime(elsewhere, (0, 0))  # nobody writes a file for so long
    (tmp_path / ".other").touch()
    clean(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [".other"]


@pytest.mark.parametrize("word", [signal.SIGKILL, None])
def test_a_name_is_held_from_the_start_and_no_longer_than_its_process(tmp_path, word):
    read, write = os.pipe()
    go, gone = os.pipe()

    def work():
        os.chdir(tmp_path)
        with new_folder(Path("same")) as new:
            (new.folder / "table.csv").write_text("1\n")
            os.write(write, b"x")
            os.read(go, 1)

    child = fork(work)
    os.read(read, 1)
    told, say = os.pipe()
    begun = time.monotonic()
    code = ended(fork(midnight("run", "--out", "same", within=tmp_path), err=say))
    assert code == 1
    assert time.monotonic() - begun < 10, "it was told after the work"
    assert "another process is writing to this folder" in os.read(told, 10_000).decode()
    if word is None:
        os.write(gone, b"x")
        assert ended(child) == 0
        assert [file.name for file in tmp_path.iterdir()] == ["same"]
        assert [file.name for file in (tmp_path / "same").iterdir()] == ["table.csv"]
    else:
        os.kill(child, word)
        ended(child)
        assert ended(fork(midnight(*RUN, "--out", "same", within=tmp_path))) == 0
        assert [file.name for file in tmp_path.iterdir()] == ["same"]


def test_without_a_name_each_takes_the_next_that_is_free(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = Path("results") / "r"
    with (
        new_folder(root, numbered=True) as one,
        new_folder(root, numbered=True) as two,
        pytest.raises(OutputError, match="another process"),
        new_folder(root),
    ):
        pass
    assert (one.target.name, two.target.name) == ("r", "r-2")
    with new_folder(root, numbered=True) as three:
        assert three.target.name == "r-3"


def test_a_folder_that_is_there_and_empty_is_filled(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    with new_folder(tmp_path / "link") as new:
        (new.folder / "table.csv").write_text("1\n")
    assert [file.name for file in (tmp_path / "disk").iterdir()] == ["table.csv"]
    assert (tmp_path / "link").is_symlink()
    with pytest.raises(InputError, match="never overwritten"), new_folder(tmp_path / "link"):
        pass


@pytest.mark.parametrize("how", ["removed", "replaced", "moved"])
def test_a_sweep_whose_folder_goes_away_stops_at_once(tmp_path, monkeypatch, how):
    monkeypatch.setattr("sim.experiment.runner.CHUNK_SECONDS", 0.01)
    folder, seen = tmp_path / "s", []

    def tell(so_far, of):
        if seen or so_far < 5:
            seen.extend([so_far] * bool(seen))
            return
        seen.append(so_far)
        folder.rename(tmp_path / "elsewhere")
        if how == "removed":
            shutil.rmtree(tmp_path / "elsewhere")
        if how == "replaced":
            shutil.copytree(tmp_path / "elsewhere", folder)

    with pytest.raises(OutputError, match="removed, moved or replaced") as caught:
        run_missing(small(40), folder, execution=sim.Execution(workers=1, progress=tell))
    assert len(seen) == 1, "more was called kept"
    assert "safe" not in str(caught.value)


def test_a_calibration_whose_folder_goes_away_stops_at_once(tmp_path):
    with keeping(tmp_path / "c", "digest") as journal:
        journal.keep(np.zeros((1, 2)), np.zeros((1, 3)))
        shutil.rmtree(tmp_path / "c")
        with pytest.raises(OutputError, match="removed, moved or replaced"):
            journal.keep(np.ones((1, 2)), np.zeros((1, 3)))


def test_a_fit_never_writes_into_the_installation(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = fit.default_path("historical")
    assert path == Path("scenarios") / "fits" / "historical.toml"
    fit.check_path(path)
    inside = Path(sim.__file__).parent / "shipped_scenarios" / "fits" / "historical.toml"
    with pytest.raises(InputError, match="belongs to the installed program"):
        fit.check_path(inside)
    own = tmp_path / "own.toml"
    shutil.copy(find("historical"), own)
    assert fit.default_path(str(own)) == tmp_path / "fits" / "own.toml"
