"""Compiled code that cannot be kept: the work is done all the same, and nothing is left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sim

SMALL = ("--set", "population.size=300", "--json")
CODE = """
from sim.experiment.pools import pool
from sim.model import cache
with pool(2) as team:
    print(team.submit(cache.folder).result())
print(cache.folder())
"""


def given(*command: str, temporary: Path, cache: Path, within: Path):
    """Give a command with these folders for what is temporary and for compiled code."""
    known = {"TMPDIR": str(temporary), "NUMBA_CACHE_DIR": str(cache), "NUMBA_OPT": "1"}
    known["PYTHONPATH"] = str(Path(sim.__file__).parents[1])
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=within,
        env=os.environ | known,
        timeout=300,
    )


@pytest.fixture
def temporary(tmp_path):
    found = tmp_path / "temporary"
    found.mkdir()
    return found


@pytest.mark.parametrize("full", [False, True])
def test_one_temporary_folder_serves_all_processes_and_goes(full, temporary, tmp_path, request):
    cache = request.getfixturevalue("tiny_disk") if full else Path(os.devnull)
    where = {"temporary": temporary, "cache": cache, "within": tmp_path}
    done = given("-c", CODE, **where)
    assert done.returncode == 0, done.stderr
    of_a_worker, ours = done.stdout.split()
    assert of_a_worker == ours
    assert Path(ours).is_relative_to(temporary)
    assert not list(temporary.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("full", [False, True])
def test_workers_leave_no_compiled_code_behind(full, temporary, tmp_path, request):
    """The command itself lives no world, and so has no use for Numba."""
    words = ("sweep", "--vary", "coefficients.offer=0,1", "--seeds", "1", "--out", "kept")
    cache, place = Path(os.devnull), temporary
    if full:
        cache = place = request.getfixturevalue("tiny_disk")
    done = given(
        *("-m", "sim", *words, "--workers", "2", *SMALL),
        **{"temporary": place, "cache": cache, "within": tmp_path},
    )
    assert done.returncode == 0, done.stderr
    assert ("could not be kept" in done.stderr) == full
    assert not list(place.glob("midnight-*"))


@pytest.mark.slow
def test_a_full_disk_under_the_cache_does_not_fail_a_run(tiny_disk, tmp_path):
    where = {"temporary": tiny_disk, "cache": tiny_disk, "within": tmp_path}
    done = given("-m", "sim", "run", "--seed", "1", "--out", "kept", *SMALL, **where)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "kept" / "provenance.json").exists()
    told = [line for line in done.stderr.splitlines() if line.startswith("midnight:")]
    assert len(told) == 1
    assert str(tiny_disk) in told[0]
    assert "No space left" in told[0]
    assert "NUMBA_CACHE_DIR" in told[0]


def test_without_a_compiler_one_sentence_is_said(monkeypatch, temporary, tmp_path):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    where = {"temporary": temporary, "cache": temporary, "within": tmp_path}
    done = given("-m", "sim", "run", "--seed", "1", *SMALL, **where)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("midnight: NUMBA_DISABLE_JIT: is set\n  unset it")
