"""Shared by all tests. That this file stands here lets any of them `import worlds, property`."""

import csv
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import timing
from worlds import lively


@pytest.fixture(scope="session")
def busy():
    """Return a scenario of 300 people in which every process and mechanism is at work."""
    return lively(population__size=300)


@pytest.fixture
def tiny_disk(tmp_path) -> Iterator[Path]:
    """Mount a disk of 400 kB, where the system lets us."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("needs the right to mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.fixture
def measured() -> Callable[..., None]:
    """Return a function that keeps what a trial counted, for `docs/reliability.md`.

    `make reliability` names the file in MIDNIGHT_MEASURED; otherwise nothing is written.
    """

    def keep(promise: str, tried: int, broken: int, note: str = "") -> None:
        if not (name := os.environ.get("MIDNIGHT_MEASURED")):
            return
        file = Path(name)
        begun = file.exists()
        with file.open("a", encoding="utf-8", newline="") as lines:
            writer = csv.writer(lines, lineterminator="\n")
            if not begun:
                writer.writerow(["promise", "tried", "broken", "note"])
            writer.writerow([promise, tried, broken, note])

    return keep


LEFT_OUT = pytest.StashKey[dict[str, float]]()
"""What a quick run leaves out, with its seconds."""


def pytest_addoption(parser):
    group = parser.getgroup("midnight")
    group.addoption("--quick", action="store_true", help="leave out what tests/long.csv names")
    group.addoption("--measure", action="store_true", help="measure, and write tests/long.csv")


def pytest_configure(config):
    if config.option.quick or config.option.measure:
        config.pluginmanager.register(timing.Timing(), "timing")


def pytest_collection_modifyitems(config, items):
    if not config.option.quick:
        return
    long = timing.known_long()
    left_out = [item for item in items if timing.function_of(item) in long]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if timing.function_of(item) not in long]
    still_there = {timing.function_of(item) for item in left_out}
    config.stash[LEFT_OUT] = {test: long[test] for test in still_there}


def pytest_terminal_summary(terminalreporter, config):
    if not (plugin := config.pluginmanager.get_plugin("timing")):
        return
    seconds = plugin.seconds()
    if config.option.measure:
        timing.write(config.stash.get(LEFT_OUT, {}) | seconds)
        return
    for test, spent in seconds.items():
        if spent >= 2 * timing.LIMIT:
            terminalreporter.write_line(f"{test} took {spent:.1f} s: `make durations` lists it")
