"""A folder that cannot be written to: the command says what to do, and what is in it can be read.

Permission bits do not bind root, so root gives up the right to pass over them first.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sweeping import SMALL, VARY, assert_same_tables, done, finished, midnight, small

from sim.errors import InputError
from sim.experiment.execution import Execution
from sim.experiment.sweep import run_missing
from sim.experiment.sweep_result import Sweep

SWEEP = ("sweep", "--vary", VARY[0], "--seeds", 2, "--set", *SMALL, "--workers", 1)
"""The command of `design`."""
POWERLESS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")


@contextmanager
def protected(folder: Path) -> Iterator[tuple[str, ...]]:
    """Take all rights to write away; give what a command must be run under for them to bind."""
    under = POWERLESS if os.geteuid() == 0 else ()
    if under and not shutil.which(under[0]):
        pytest.skip("root can write everywhere, and there is no setpriv to take that right away")
    everything = [folder, *folder.iterdir()]
    modes = [path.stat().st_mode for path in everything]
    for path in everything:
        path.chmod(path.stat().st_mode & 0o555)
    try:
        if subprocess.run([*under, "test", "-w", folder], capture_output=True).returncode != 1:
            pytest.skip("the right to write everywhere cannot be taken away here")
        yield under
    finally:
        for path, mode in zip(everything, modes, strict=True):
            path.chmod(mode)


@contextmanager
def mounted(folder: Path) -> Iterator[tuple[str, ...]]:
    """Make a folder a disk that is mounted read-only, as a snapshot or an archive is."""
    bind = ["mount", "--bind", str(folder), str(folder)]
    if os.geteuid() != 0 or subprocess.run(bind, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a disk read-only")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield ()
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture(params=[protected, mounted], ids=lambda how: how.__name__)
def read_only(request) -> Callable:
    """Return a context manager that makes a folder read-only in one way or the other."""
    return request.param


@pytest.fixture
def design():
    return small(2, VARY[:1])


@pytest.fixture
def swept(design, tmp_path) -> Sweep:
    return finished(design, tmp_path / "s")


def ends(*words: object, under: tuple[str, ...]) -> tuple[int, str, str]:
    """Run a command to its end, which is never a traceback: exit code, output, errors."""
    process = midnight(*words, under=under)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in out + err
    assert "internal error" not in err
    return process.returncode, out, err


def without_side_files(folder: Path) -> None:
    """Leave a store as it is after a clean end; where it is read-only, it is read from a copy."""
    for side in folder.glob("sweep.sqlite-*"):
        side.unlink()


def test_a_finished_sweep_can_be_read(swept, read_only, tmp_path):
    folder = swept.folder
    before = sorted(file.name for file in folder.iterdir())
    look = f"import sim; print(int(sim.open_sweep({str(folder)!r})['peak'].notnull().sum()))"
    with read_only(folder) as under:
        code, out, _ = ends("status", folder, "--json", under=under)
        assert (code, json.loads(out)["done"]) == (0, 10)
        seen = subprocess.run([*under, sys.executable, "-c", look], capture_output=True, text=True)
        assert (seen.stdout, seen.stderr) == ("10\n", "")

        code, out, err = ends("export", folder, under=under)
        assert (code, out) == (1, "")
        assert "the runs are safe" in err
        assert "midnight export DIR --out FOLDER" in err
        assert ends("export", folder, "--out", tmp_path / "out", under=under)[0] == 0
    assert sorted(file.name for file in folder.iterdir()) == before
    exported = (tmp_path / "out" / "runs.csv").read_bytes()
    assert exported == (folder / "runs.csv").read_bytes()


def test_a_finished_sweep_given_again_shows_what_it_has(swept, read_only):
    swept.plot(swept.folder / "figure")
    without_side_files(swept.folder)
    with read_only(swept.folder) as under:
        code, out, _ = ends(*SWEEP, "--out", swept.folder, "--json", under=under)
        assert (code, json.loads(out)["status"]["done"]) == (0, 10)


def test_an_unfinished_sweep_says_how_to_go_on(design, read_only, tmp_path):
    folder = tmp_path / "s"

    def stop(so_far, of):
        if so_far:
            raise KeyboardInterrupt

    with suppress(KeyboardInterrupt):
        run_missing(design, folder, execution=Execution(workers=1, progress=stop))
    kept = done(folder)
    assert 0 < kept < 10
    with read_only(folder) as under:
        code, out, err = ends(*SWEEP, "--out", folder, under=under)
        assert (code, out) == (1, "")
        assert "what it holds can be read" in err
        assert "make it writable, or copy it and name the copy with --out" in err
        code, out, _ = ends("status", folder, "--json", under=under)
        assert (code, json.loads(out)["done"], json.loads(out)["running"]) == (0, kept, False)
    assert_same_tables(finished(design, tmp_path / "whole"), finished(design, folder))


@pytest.mark.parametrize("name", ["", "new"])
def test_a_new_sweep_is_told_before_the_work(read_only, tmp_path, name):
    place = tmp_path / "place"
    place.mkdir()
    with read_only(place) as under:
        code, out, err = ends(*SWEEP, "--out", place / name, under=under)
    assert (code, out) == (1, "")
    assert "name a folder that you may write to with --out" in err
    assert not list(place.iterdir())


@pytest.mark.slow
def test_indices_are_shown_where_their_picture_cannot_be_kept(tmp_path):
    over = ("--over", "coefficients.offer=0:2", "--over", "coefficients.example=0:2")
    words = ("sensitivity", *over, "-n", 2, "--seeds", 1, "--set", *SMALL, "--out", tmp_path / "s")
    assert ends(*words, under=())[0] == 0
    with protected(tmp_path / "s") as under:
        code, out, err = ends(*words, under=under)
    assert code == 1
    assert "coefficients.offer" in out
    assert "copy the folder" in err


def test_no_room_for_a_copy_is_told(swept, tmp_path, monkeypatch):
    without_side_files(swept.folder)
    with mounted(swept.folder):
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
        with pytest.raises(InputError, match="TMPDIR names a folder with room"):
            Sweep(swept.folder)
        monkeypatch.undo()
        assert len(Sweep(swept.folder).runs) == 10
