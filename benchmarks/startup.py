"""(d) How long a fresh process takes to be of use."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time

from benchmarks.speed import ROOT, Result, Row, in_turn

NOTHING = "pass"
LIBRARY = "import sim"
HELP = "import sys; sys.argv = ['midnight', '--help']; from sim.cli import main; main()"


def startup(rounds: int) -> Result:
    """Time `import sim` and `midnight --help`, beside a Python that does nothing."""
    scripts = {"python -c pass": NOTHING, "import sim": LIBRARY}
    rows = []
    if importlib.util.find_spec("sim.cli") is None:
        rows.append(Row("d", "midnight --help", "no such command yet"))
    elif "Usage" not in _run(HELP):
        rows.append(Row("d", "midnight --help", "fails", "< 1 s", False))
    else:
        scripts["midnight --help"] = HELP
    tasks = [(1, lambda n=name, s=script: _timed(n, s)) for name, script in scripts.items()]
    in_turn(1, *tasks)  # byte code and disk cache
    best = in_turn(rounds, *tasks)
    bare = best["python -c pass"]
    for name in list(scripts)[1:]:
        measured = f"{best[name]:.2f} s ({best[name] / bare:.1f} x python -c pass)"
        rows.append(Row("d", name, measured, "< 1 s", best[name] < 1.0))
    return Result(rows, best)


def _run(script: str) -> str:
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout


def _timed(name: str, script: str) -> dict[str, float]:
    start = time.perf_counter()
    _run(script)
    return {name: time.perf_counter() - start}
