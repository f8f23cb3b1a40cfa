"""(e) Many worlds: two workers against one, what keeping them costs, and `mesa.batch_run`."""

from __future__ import annotations

import contextlib
import inspect
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mesa
import psutil

from benchmarks.speed import ROOT, Result, Row
from sim.experiment.design import Design, design
from sim.experiment.jobs import live
from sim.experiment.pools import Here, pool
from sim.experiment.runner import attempt_many
from sim.experiment.store import writing
from sim.experiment.sweep import live_missing, missing, resolve, run_missing
from sim.model.opposition import Opposition

AXIS = "coefficients.left_turn=0:8:10"


def many(runs: int, few: int, with_mesa: int, rounds: int) -> Result:
    """Live the same design in every way.

    Args:
        runs: of the whole design, in two processes.
        few: runs for what is compared on one worker.
        with_mesa: runs through `mesa.batch_run`.
        rounds: of what is compared, the best of which counts.
    """
    whole, part = (_design(n) for n in (runs, few))
    with tempfile.TemporaryDirectory() as folder, all_cores() as cores:
        place = Path(folder)
        one, bare, kept = _on_one_worker(part, place, rounds)
        memory: list[int] = []
        two, ours = _in_two_processes(whole, place / "whole", memory)
        again = _seconds(lambda: run_missing(whole, place / "whole"), rounds)
        command = _seconds(lambda: _command(whole, place / "whole"), rounds)
        plain = _by_mesa(with_mesa)
    grown = (memory[-1] - memory[len(memory) // 10]) / 2**20
    faster, cost, slower = one * two, kept / bare - 1, plain / one
    enough = cores >= 2
    return Result(
        [
            Row(
                "e",
                f"times one worker's throughput, 2 workers, {runs:,} runs",
                f"{faster:.2f}",
                ">= 1.8",
                faster >= 1.8 if enough else None,
            ),
            Row("e", "  cores that the two workers got while they ran", f"{ours:.2f}"),
            Row("e", "what the store adds to the runs", f"{cost:.1%}", "<= 10%", cost <= 0.1),
            Row("e", "memory gained from a tenth of the runs to the last", f"{grown:.1f} MiB"),
            Row("e", f"resuming {runs:,} finished runs", f"{again:.2f} s", "< 2 s", again < 2),
            Row("e", "  the whole command, in a fresh process", f"{command:.2f} s"),
            Row("e", "times faster than mesa.batch_run, one process", f"{slower:.1f}"),
        ],
        {
            "a run, one worker": one,
            "a run, two workers": 1 / two,
            "a run and its keeping, one worker": kept,
            "a run, mesa.batch_run": plain,
        },
    )


def _design(runs: int) -> Design:
    return design(vary=[AXIS], seeds=range(1, runs // 10 + 1))


def _on_one_worker(found: Design, place: Path, rounds: int) -> tuple[float, float, float]:
    """Return seconds a run: at the best, without a store and with one, in turn."""
    count = len(found.points) * len(found.seeds)
    best = {"bare": float("inf"), "kept": float("inf")}
    for k in range(rounds):
        with writing(place / f"part-{k}", found) as store:
            resolve(found, store, Here())
            tasks = list(missing(found, store))
            begun = time.perf_counter()
            for _ in attempt_many(live, tasks, count, Here()):
                pass
            middle = time.perf_counter()
            live_missing(found, store, Here(), lambda done, of: None)
            end = time.perf_counter()
        best["bare"] = min(best["bare"], (middle - begun) / count)
        best["kept"] = min(best["kept"], (end - middle) / count)
    return min(best.values()), best["bare"], best["kept"]


def _in_two_processes(found: Design, place: Path, memory: list[int]) -> tuple[float, float]:
    """Return runs a second of two processes, and the cores that they were given.

    Both from the first runs to the last. Where others use the machine the cores are fewer than
    two, and the runs as many fewer.
    """
    marks: list[tuple[float, int, float]] = []

    def tell(done: int, of: int) -> None:
        spent = sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children())
        marks.append((time.perf_counter(), done, spent))
        memory.append(_resident())

    with writing(place, found) as store, pool(2) as team:
        resolve(found, store, team)
        live_missing(found, store, team, tell)
    run_missing(found, place)
    started = next(k for k, (_, done, _) in enumerate(marks) if done > 0.02 * marks[-1][1])
    (begun, first, before), (end, last, after) = marks[started], marks[-1]
    return (last - first) / (end - begun), (after - before) / (end - begun)


def _by_mesa(runs: int) -> float:
    """Return seconds a run of the same design through `mesa.batch_run`."""
    lefts = [left for (left,) in _design(10).points]
    changes = [{"coefficients.left_turn": left} for left in lefts][: max(runs, 1)]
    seeds = list(range(1, max(runs // 10, 1) + 1))
    options = {"number_processes": 1, "data_collection_period": -1, "display_progress": False}
    begun = time.perf_counter()
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        mesa.batch_run(Opposition, {"changes": changes}, rng=seeds, **options)
    else:
        mesa.batch_run(Opposition, {"changes": changes, "rng": seeds}, **options)
    return (time.perf_counter() - begun) / (len(changes) * len(seeds))


def _command(found: Design, place: Path) -> None:
    words = ["sweep", "--vary", AXIS, "--seeds", str(len(found.seeds)), "--out", str(place)]
    subprocess.run(
        [sys.executable, "-m", "sim.cli", *words], cwd=ROOT, check=True, capture_output=True
    )


def _seconds(task: Callable[[], None], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        task()
        best = min(best, time.perf_counter() - begun)
    return best


def _resident() -> int:
    """Return the memory that this process holds now, bytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return 1024 * int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text()).group(1))


@contextlib.contextmanager
def all_cores() -> Iterator[int]:
    """Take back the cores that `pin` gave up, for as long as this part lasts."""
    if not hasattr(os, "sched_setaffinity"):
        yield os.cpu_count() or 1
        return
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield len(os.sched_getaffinity(0))
    finally:
        os.sched_setaffinity(0, pinned)
