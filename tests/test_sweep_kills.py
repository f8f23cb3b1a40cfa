"""Whatever happens to a sweep, what was finished is kept, and the rest is as if nothing had been.

The processes are real, and so are their deaths.
"""

import contextlib
import multiprocessing
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from sweeping import (
    SMALL,
    VARY,
    assert_same_tables,
    done,
    finished,
    in_child,
    kill,
    midnight,
    small,
    until,
)
from toys import dies_on_seven, dies_once, raises_on_seven

from sim.errors import InputError, OutputError
from sim.experiment import runner
from sim.experiment.execution import Execution
from sim.experiment.pools import Processes, pool
from sim.experiment.runner import DIED, attempt_many
from sim.experiment.sweep import run_missing
from sim.experiment.sweep_result import Sweep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills and forks are POSIX")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Return a sweep of 240 worlds that nothing happened to, all in this process.

    Forked children need not load compiled code then.
    """
    return finished(small(24, series=True), tmp_path_factory.mktemp("whole") / "s")


@pytest.mark.slow
def test_twenty_kills_lose_nothing(uninterrupted, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.01)
    found, folder = uninterrupted.design, tmp_path / "s"
    begun = time.perf_counter()
    run_missing(found, tmp_path / "in-one-go", execution=Execution(workers=1))
    whole = time.perf_counter() - begun
    rng, kept, alive = np.random.default_rng(1929), 0, 0
    for _ in range(20):
        child = in_child(lambda: run_missing(found, folder, execution=Execution(workers=1)))
        alive += kill(child, rng.uniform(0, whole / 30))
        now = _done_if_begun(folder)
        assert now >= kept
        kept = now
    assert alive >= 15, "the sweep was over before it could be killed"
    assert kept > 0
    resumed = finished(found, folder)
    assert resumed.status.done == 240
    assert_same_tables(uninterrupted, resumed)


@pytest.mark.parametrize(
    "how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_a_killed_or_stopped_command_leaves_no_process_and_goes_on(uninterrupted, tmp_path, how):
    folder = tmp_path / "s"
    words = [word for text in VARY for word in ("--vary", text)]
    command = ["sweep", *words, "--set", *SMALL, "--out", folder, "--workers", 2]
    process = midnight(*command, "--series", "--seeds", 24)
    until(lambda: _done_if_begun(folder) > 0, 120)
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    if how == signal.SIGINT and process.returncode:
        assert process.returncode == 130
        assert "Give the same command again" in err
        assert "Traceback" not in err + out
    until(lambda: not any(_alive(child) for child in children))
    assert_same_tables(uninterrupted, finished(uninterrupted.design, folder))


def _done_if_begun(folder: Path) -> int:
    try:
        return done(folder)
    except InputError:  # killed before the first byte
        return 0


def _alive(child: psutil.Process) -> bool:
    try:
        return child.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_worker_that_is_killed_costs_nothing(uninterrupted, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.02)
    killed = []

    def tell(so_far, of):
        workers = [p for p in multiprocessing.active_children() if p.is_alive()]
        if so_far > 20 and not killed and workers:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(workers[0].pid)

    found = uninterrupted.design
    run_missing(found, tmp_path / "s", execution=Execution(workers=2, progress=tell))
    assert killed
    resumed = finished(found, tmp_path / "s")
    assert resumed.status.failed == 0
    assert_same_tables(uninterrupted, resumed)


def test_an_item_that_kills_its_process_is_found_and_the_others_go_on():
    with pool(2) as team:
        found = [each for some in attempt_many(dies_on_seven, range(30), 30, team) for each in some]
    assert sorted(each.item for each in found) == list(range(30))
    assert {each.item: each.error for each in found if each.error} == {7: DIED}
    assert all(each.result == 2 * each.item for each in found if not each.error)


def test_an_item_whose_process_died_by_accident_is_tried_again(tmp_path):
    items = [(number, str(tmp_path / "mark")) for number in range(20)]
    with pool(2) as team:
        found = [each for some in attempt_many(dies_once, items, 20, team) for each in some]
    assert sorted(each.result for each in found) == [2 * number for number in range(20)]
    assert isinstance(team, Processes)


@pytest.mark.parametrize("workers", [1, 2])
def test_an_item_that_raises_is_an_attempt_with_an_error(workers):
    with pool(workers) as team:
        some = attempt_many(raises_on_seven, iter(range(20)), 20, team)
        found = {each.item: each for chunk in some for each in chunk}
    assert found[7].error == "ValueError: seven is no number"
    assert [found[k].result for k in range(20) if k != 7] == [2 * k for k in range(20) if k != 7]


def test_a_file_that_may_not_grow_keeps_what_it_has(uninterrupted, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.02)
    found, folder, said = uninterrupted.design, tmp_path / "s", tmp_path / "said"

    def work():
        resource.setrlimit(resource.RLIMIT_FSIZE, (250_000, 250_000))
        try:
            run_missing(found, folder, execution=Execution(workers=1))
        except OutputError as error:
            said.write_text(str(error))

    os.waitpid(in_child(work), 0)
    assert "Make room on the disk, or make it writable, and give the same" in said.read_text()
    assert 0 < done(folder) < 240
    assert_same_tables(uninterrupted, finished(found, folder))


def _fill(file: Path) -> None:
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as rest:
        while True:
            rest.write(b"x" * 512)


def test_a_full_disk_keeps_what_it_has(uninterrupted, tiny_disk, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.02)
    found, folder = uninterrupted.design, tiny_disk / "s"
    with pytest.raises(OutputError, match="Make room"):
        run_missing(found, folder, execution=Execution(workers=1))
    _fill(tiny_disk / "rest")
    kept = done(folder)
    assert 0 < kept < 240
    assert Sweep(folder).status.left == 240 - kept
    assert len(Sweep(folder).runs) == kept
    (tiny_disk / "rest").unlink()
    subprocess.run(["mount", "-o", "remount,size=40m", str(tiny_disk)], check=True)
    assert_same_tables(uninterrupted, finished(found, folder))


def test_a_place_that_cannot_be_written_is_told_before_the_work(tmp_path):
    (tmp_path / "file").touch()
    told = []
    with pytest.raises(OutputError, match="cannot be written"):
        run_missing(
            small(),
            tmp_path / "file" / "s",
            execution=Execution(progress=lambda *_: told.append(1)),
        )
    with pytest.raises(InputError, match="is a file"):
        run_missing(
            small(), tmp_path / "file", execution=Execution(progress=lambda *_: told.append(1))
        )
    assert not told
