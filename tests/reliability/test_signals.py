"""Ctrl-C, SIGTERM and SIGHUP end every long command within five seconds, with one line.

No process outlives them, nothing half-written stays, and what resumes ends as if nothing had been.
"""

import os
import signal
import subprocess
import time

import psutil
import pytest
from sweeping import SMALL, midnight, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

BOUND = 5.0
LITTLE = ("--set", *SMALL, "--workers", 2)
SWEEP = ("sweep", "--vary", "coefficients.offer=0:3:50", "--seeds", 1000)
LONG = {
    "run": ("run", "--seeds", 20_000, "--point"),
    "compare": ("compare", "--seeds", 2_500, "--point"),
    "sweep": SWEEP,
    "sensitivity": ("sensitivity", "-n", 1024, "--seeds", 100),
    "calibrate": ("calibrate", "--ess", 100_000),
    "attribute": ("attribute", "--draws", 5_000, "--point"),
    "fit": ("fit", "--trials", 100_000, "--seeds", 50),
}
FIXED = {  # commands that take no --set, or need posteriors that no change may be made to
    "rivals": ("rivals", "--ess", 100_000, "--workers", 2),
    "sources": ("sources", "--draws", 2_000, "--workers", 2),
    "check": ("check", "--draws", 20_000, "--workers", 2),
    "simulations": ("check", "--draws", 20, "--simulations", 100, "--workers", 2),
}
COMMANDS = {**{name: (*words, *LITTLE) for name, words in LONG.items()}, **FIXED}
RESUMED = ("sweep", "sensitivity", "calibrate", "rivals", "simulations")
"""Those that go on when they are given again."""
SLOW = pytest.mark.slow


def workers_of(process: subprocess.Popen) -> list[psutil.Process]:
    """Return the processes in which a command runs worlds, whatever else it has started."""
    try:
        found = psutil.Process(process.pid).children(recursive=True)
        return [each for each in found if "spawn_main" in " ".join(each.cmdline())]
    except psutil.NoSuchProcess:
        return []


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def at_work(words, tmp_path) -> subprocess.Popen:
    """Start a command, and return it when its workers are at work."""
    process = midnight(*words, "--out", tmp_path / "out")
    until(lambda: process.poll() is not None or len(workers_of(process)) == 2, 120)
    until(
        lambda: (
            process.poll() is not None
            or all(each.cpu_times().user > 1.5 for each in workers_of(process))
        ),
        120,
    )
    assert process.poll() is None, process.communicate()
    return process


def ends(process: subprocess.Popen, tell) -> tuple[float, str]:
    """Tell a command to end; return how long it took, and what it said, once all is checked."""
    children = psutil.Process(process.pid).children(recursive=True)
    begun = time.monotonic()
    tell()
    _, err = process.communicate(timeout=60)
    took = time.monotonic() - begun
    assert "Traceback" not in err
    assert "Warning" not in err
    assert [line for line in err.splitlines() if "stopped" in line] == [err.splitlines()[-1]]
    until(lambda: not any(map(is_alive, children)), 3)
    return took, err


SHORT = [("run", "SIGTERM"), ("run", "SIGHUP"), ("sweep", "SIGINT")]
CASES = [
    pytest.param(name, how, marks=() if (name, how) in SHORT else SLOW)
    for name in COMMANDS
    for how in ("SIGINT", "SIGTERM", "SIGHUP")
]


@pytest.mark.parametrize(("name", "how"), CASES)
def test_a_signal_ends_a_long_command(name, how, tmp_path, measured):
    process = at_work(COMMANDS[name], tmp_path)
    number = getattr(signal, how)
    took, err = ends(process, lambda: os.killpg(process.pid, number))
    assert process.returncode == 128 + number
    assert took < BOUND
    left = {file.name for file in tmp_path.iterdir()}
    if name in RESUMED:
        assert err.endswith("Give the same command again to go on\n")
        assert left == {"out"}
    else:
        assert err.endswith("midnight: stopped; no partial results were saved\n")
        assert not left
    measured(
        "Ctrl-C, SIGTERM and SIGHUP end every command within five seconds, with one line",
        1,
        0,
        f"{name}, {how}: {took:.1f} s",
    )


@pytest.mark.parametrize("name", ["compare", pytest.param("calibrate", marks=SLOW)])
def test_ctrl_c_twice_ends_at_once_even_with_stopped_workers(name, tmp_path, measured):
    process = at_work(COMMANDS[name], tmp_path)
    for worker in workers_of(process):
        worker.send_signal(signal.SIGSTOP)

    def twice():
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)

    took, _ = ends(process, twice)
    assert process.returncode == 130
    assert took < BOUND
    note = f"{name}, its workers stopped: {took:.1f} s"
    measured("Ctrl-C twice ends a command at once, without a traceback", 1, 0, note)


@pytest.mark.parametrize("after", [0.4, *(pytest.param(s, marks=SLOW) for s in (0.8, 1.2, 2, 3))])
def test_ctrl_c_while_a_command_is_loaded_is_told_in_one_line(after, tmp_path):
    process = midnight("run", "--seeds", 20_000, "--workers", 2, "--out", tmp_path / "out")
    until(lambda: psutil.Process(process.pid).cpu_times().user > after, 60)
    took, err = ends(process, lambda: os.killpg(process.pid, signal.SIGINT))
    assert err == "midnight: stopped; no partial results were saved\n"
    assert process.returncode == 130
    assert took < BOUND
    assert not list(tmp_path.iterdir())


def test_what_whoever_started_the_command_ignores_stays_ignored(tmp_path):
    words = ("run", "--seeds", 30, "--set", *SMALL, "--out", tmp_path / "out")
    process = midnight(*words, under=("nohup",))
    until(lambda: psutil.Process(process.pid).cpu_times().user > 1.0, 60)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=120)
    assert process.returncode == 0


@pytest.mark.slow
def test_a_calibration_that_was_stopped_ends_the_same(tmp_path):
    words = ("calibrate", "--ess", 50, "--walkers", 60, *LITTLE)
    assert midnight(*words, "--out", tmp_path / "whole").wait() == 0
    process = at_work(words, tmp_path)
    ends(process, lambda: process.send_signal(signal.SIGTERM))
    assert process.returncode == 143
    assert midnight(*words, "--out", tmp_path / "out").wait() == 0
    for name in ("draws.parquet", "targets.csv"):
        whole, resumed = ((tmp_path / place / name) for place in ("whole", "out"))
        assert whole.read_bytes() == resumed.read_bytes(), name
