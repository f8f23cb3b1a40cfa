"""Workers that are stopped, hang, die or are too many: the work is done all the same, or refused.

The processes are real, and so are the signals.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sweeping import SMALL, assert_same_tables, finished, midnight, small, until
from toys import (
    UnsendableError,
    dies_on_seven,
    dies_once,
    hangs_on_seven,
    is_refused_on_seven,
    raises_on_seven,
    takes_no_message_on_seven,
)

import sim
from sim.cli import app
from sim.errors import InputError, MidnightError
from sim.experiment import execution, pools, runner
from sim.experiment.pools import pool
from sim.experiment.runner import DIED, attempt_many, run_many
from sim.experiment.sweep import run_missing

posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX stops processes")


@pytest.fixture
def impatient(monkeypatch):
    """Wait two seconds for workers that do nothing, not a minute, and hear of them more often."""
    monkeypatch.setenv("MIDNIGHT_PATIENCE", "2")
    monkeypatch.setattr(runner, "LOOK", 0.2)
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.02)


class Stopper:
    """Stops the workers, all or one, when some of the work is done."""

    def __init__(self, all_of_them: bool = True) -> None:
        self.all, self.stopped = all_of_them, []

    def __call__(self, done: int, of: int) -> None:
        if done >= 20 and not self.stopped:
            workers = [each for each in multiprocessing.active_children() if each.is_alive()]
            for worker in workers if self.all else workers[:1]:
                os.kill(worker.pid, signal.SIGSTOP)
                self.stopped.append(worker)


@posix
@pytest.mark.parametrize("all_of_them", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_stopped_workers_cost_a_sweep_nothing(tmp_path, impatient, capsys, measured, all_of_them):
    found, stop = small(24), Stopper(all_of_them)
    whole = finished(found, tmp_path / "whole")
    run_missing(found, tmp_path / "stopped", execution=sim.Execution(workers=2, progress=stop))
    assert stop.stopped
    assert not any(worker.is_alive() for worker in stop.stopped)
    said = capsys.readouterr().err
    if all_of_them:
        assert "they are replaced, and what they had not finished is run again" in said
        assert said.count("\n") == 1
    resumed = finished(found, tmp_path / "stopped")
    assert resumed.status.failed == 0
    assert_same_tables(whole, resumed)
    measured("Stopped workers of a sweep are replaced; its tables are the same", 1, 0)


@pytest.mark.slow
@posix
def test_stopped_workers_cost_a_run_nothing(impatient, capsys, measured):
    how = {"seeds": 150, "changes": SMALL, "point": True}
    stop = Stopper()
    found = sim.run(execution=sim.Execution(workers=2, progress=stop), **how)
    assert stop.stopped
    assert "they are replaced" in capsys.readouterr().err
    assert (
        found.counts.tobytes()
        == sim.run(execution=sim.Execution(workers=1), **how).counts.tobytes()
    )
    measured("Stopped workers of a run are replaced; its numbers are the same", 1, 0)


@posix
def test_a_worker_stopped_when_all_is_done_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(pools, "LEAVING", 1.0)
    begun = time.monotonic()
    with pool(2) as team:
        assert list(run_many(abs, range(4), team)) == [0, 1, 2, 3]
        for worker in team.context.processes:
            os.kill(worker.pid, signal.SIGSTOP)
        begun = time.monotonic()
    assert time.monotonic() - begun < 4.0
    assert not any(worker.is_alive() for worker in team.context.processes)


def test_an_item_that_hangs_is_found_and_the_others_go_on(impatient, capsys):
    with pool(2) as team:
        some = attempt_many(hangs_on_seven, range(12), 12, team)
        found = {each.item: each for chunk in some for each in chunk}
    assert sorted(found) == list(range(12))
    assert {item: each.error for item, each in found.items() if each.error} == {7: DIED}
    assert capsys.readouterr().err.count("replaced") == 2


def test_many_are_run_again_where_a_process_died_and_come_in_order(tmp_path):
    items = [(number, str(tmp_path / "mark")) for number in range(20)]
    with pool(2) as team:
        assert list(run_many(dies_once, items, team)) == [2 * number for number in range(20)]
        with pytest.raises(MidnightError, match="fewer --workers"):
            list(run_many(dies_on_seven, iter(range(20)), team))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_exception_keeps_its_type_wherever_it_was_raised(workers):
    with pool(workers) as team:
        with pytest.raises(ValueError, match="seven is no number"):
            list(run_many(raises_on_seven, range(20), team))
        with pytest.raises(InputError) as caught:
            list(run_many(is_refused_on_seven, range(20), team))
        assert (caught.value.where, caught.value.allowed) == ("--item", "any other")
        here = workers == 1  # what no process can send is turned into words
        with pytest.raises(UnsendableError if here else MidnightError, match="--item: 7"):
            list(run_many(takes_no_message_on_seven, range(20), team))


HUGE = "100000000000"
TOO_MANY = [
    ("run", "--seeds", HUGE),
    ("run", "--workers", HUGE),
    ("compare", "--seeds", HUGE),
    ("attribute", "--draws", HUGE),
    ("sources", "--draws", HUGE),
    ("check", "--draws", HUGE),
    ("check", "--simulations", HUGE),
    ("fit", "--trials", HUGE, "--out", "fit.toml"),
    ("fit", "--seeds", HUGE, "--out", "fit.toml"),
    ("calibrate", "--seeds", HUGE),
    ("calibrate", "--ess", HUGE),
    ("calibrate", "--walkers", HUGE),
    ("rivals", "--worlds", HUGE),
    ("rivals", "--synthetic", HUGE),
    ("rivals", "--seeds", HUGE),
    ("sweep", "--seeds", HUGE, "--vary", "coefficients.offer=0,1"),
    ("sweep", "--seeds", "10000", "--vary", "coefficients.offer=0:3:100000"),
    ("sensitivity", "-n", "137438953472"),
    ("sensitivity", "--seeds", HUGE),
    ("sensitivity", "--seeds", "100000", "-n", "1024"),
]


@pytest.mark.parametrize("words", TOO_MANY, ids=" ".join)
def test_what_would_fill_the_memory_is_refused_at_the_start(words, tmp_path, monkeypatch, measured):
    monkeypatch.chdir(tmp_path)
    begun = time.monotonic()
    with pytest.raises(InputError) as caught:
        app(list(words), standalone_mode=False)
    assert time.monotonic() - begun < 20
    assert caught.value.where == words[1]
    assert "at most" in caught.value.allowed or " to " in caught.value.allowed
    assert not any(file.is_file() for file in tmp_path.rglob("*"))
    measured("Numbers that would fill the memory are refused at the start, with the reason", 1, 0)


def test_python_refuses_the_same():
    for asked in (lambda: sim.run(seeds=10**11), lambda: sim.run(seeds=range(1, 10**11))):
        with pytest.raises(InputError, match=r"at most 47,000: each world takes 175 kB"):
            asked()


def test_more_workers_than_cores_are_said():
    asked = execution.default_workers() + 1
    process = midnight("run", "--seeds", 1, "--set", *SMALL, "--workers", asked, "--json")
    out, err = process.communicate(timeout=120)
    assert out.startswith("{")
    assert err.count("\n") == 1
    assert f"--workers {asked}: only" in err


SCRIPTS = {
    "sweep": (
        "sim.sweep(vary=['coefficients.offer=0:3:20'], seeds=10, out='s',"
        " execution=sim.Execution(workers=2))"
    ),
    "run": "sim.run(seeds=150, execution=sim.Execution(workers=2))",
}


@pytest.mark.parametrize("call", ["run", pytest.param("sweep", marks=pytest.mark.slow)])
def test_a_script_without_a_guard_is_told_in_one_line(call, tmp_path):
    (tmp_path / "script.py").write_text(f"import sim\n{SCRIPTS[call]}\n")
    environment = {**os.environ, "PYTHONPATH": str(Path(sim.__file__).parents[1])}
    command = [sys.executable, "script.py"]
    ended = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert 'put what the script does under `if __name__ == "__main__":`' in ended.stderr


def test_a_sweep_of_which_nothing_is_done_says_so(tmp_path, monkeypatch):
    def nothing(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_missing(small(), tmp_path / "s", execution=sim.Execution(progress=nothing))
    with pytest.raises(InputError, match="nothing done yet"):
        app(["export", str(tmp_path / "s")], standalone_mode=False)


def test_a_cluster_that_is_none_leaves_no_folder(tmp_path, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.chdir(tmp_path)
    out = ("--cluster", "nonsense", "--out", "s")
    vary = ("--vary", "coefficients.offer=0,1")
    for words in (("sweep", *vary), ("calibrate",), ("rivals",), ("run",)):
        with pytest.raises(InputError, match="no scheduler answers at `nonsense`"):
            app([*words, *out], standalone_mode=False)
        assert not list(tmp_path.iterdir()), words


@pytest.mark.slow
def test_a_scheduler_without_workers_is_told(tmp_path):
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    command = [sys.executable, "-m", "dask", "scheduler", *words]
    scheduler = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: file.exists() and file.read_text().strip().endswith("}"), 120)
        address = file.read_text().split('"address": "')[1].split('"')[0]
        process = midnight("run", "--seeds", 2, "--cluster", address, "--out", tmp_path / "r")
        time.sleep(30)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        scheduler.kill()
        scheduler.wait()
    assert process.returncode == 130
    assert f"the scheduler at {address} has no workers; waiting for one" in err
    assert err.count("\n") == 2
