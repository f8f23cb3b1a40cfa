"""A Dask cluster of two real worker processes, one of which is killed, and then the scheduler."""

import json
import os
import signal
import subprocess
import sys

import pytest
from sweeping import assert_same_tables, done, finished, small, until

from sim.errors import InputError
from sim.experiment import pools, runner
from sim.experiment.comparison import compare
from sim.experiment.execution import Execution
from sim.experiment.pools import PoolLostError
from sim.experiment.runs import run
from sim.experiment.sweep import run_missing

pytest.importorskip("distributed")


def dask(*words: object) -> subprocess.Popen:
    command = [sys.executable, "-m", "dask", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """Return the address of a scheduler, its process, and those of its two workers."""
    file = tmp_path_factory.mktemp("dask") / "scheduler.json"
    scheduler = dask(
        "scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file
    )
    options = ("--nthreads", 1, "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    workers = [dask("worker", "--scheduler-file", file, *options) for _ in range(2)]
    until(lambda: file.exists() and file.read_text().strip().endswith("}"), 120)
    yield json.loads(file.read_text())["address"], scheduler, workers
    for process in (*workers, scheduler):
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return finished(small(16, series=True), tmp_path_factory.mktemp("whole") / "s")


def test_run_and_compare_give_the_same_on_a_cluster(cluster):
    changes = {"population.size": 300}
    here = run("historical", 6, changes, execution=Execution(workers=1))
    there = run("historical", 6, changes, execution=Execution(cluster=cluster[0]))
    assert here.counts.tobytes() == there.counts.tobytes()
    one = compare(["no-carrot"], seeds=3, changes=changes, execution=Execution(workers=1))
    other = compare(
        ["no-carrot"], seeds=3, changes=changes, execution=Execution(cluster=cluster[0])
    )
    assert one.table.equals(other.table)


def test_a_dask_worker_that_is_killed_costs_nothing(cluster, uninterrupted, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.03)
    address, _, workers = cluster
    found, killed = uninterrupted.design, []

    def tell(so_far, of):
        if so_far > 40 and not killed:
            os.kill(workers[0].pid, signal.SIGKILL)
            killed.append(so_far)

    run_missing(found, tmp_path / "s", execution=Execution(cluster=address, progress=tell))
    assert killed
    swept = finished(found, tmp_path / "s")
    assert swept.status.failed == 0
    assert_same_tables(uninterrupted, swept)


def test_a_cluster_that_is_pulled_away_loses_nothing(cluster, uninterrupted, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.02)
    address, scheduler, _ = cluster
    found = uninterrupted.design

    def tell(so_far, of):
        if so_far > 20 and scheduler.poll() is None:
            scheduler.kill()
            scheduler.wait()

    with pytest.raises(PoolLostError, match="Give the same command again"):
        run_missing(found, tmp_path / "s", execution=Execution(cluster=address, progress=tell))
    assert 20 < done(tmp_path / "s") < 160
    assert_same_tables(uninterrupted, finished(found, tmp_path / "s"))


def test_no_scheduler_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(pools, "CONNECTING", 0.5)
    with pytest.raises(InputError) as caught:
        run_missing(small(), tmp_path / "s", execution=Execution(cluster="tcp://127.0.0.1:9"))
    assert "no scheduler answers at `tcp://127.0.0.1:9`" in str(caught.value)
    assert "docs/cluster.md" in str(caught.value)
    with pytest.raises(InputError, match="no scheduler answers"):
        run_missing(small(), tmp_path / "s", execution=Execution(cluster="nonsense"))
