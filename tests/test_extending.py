"""The pages about adding something of one's own: every command that they show runs."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_chart import EXAMPLES, TOYS

PAGE = (Path(__file__).parents[1] / "docs" / "extending.md").read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("midnight")
]
LONG = ["--ess", "10", "--walkers", "50", "--seeds", "1", "--set", "population.size=300"]


@pytest.mark.parametrize(
    "command",
    [pytest.param(c, marks=pytest.mark.slow) if " calibrate" in c else c for c in COMMANDS],
)
def test_every_command_runs(command, tmp_path):
    for file in EXAMPLES.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    words = shlex.split(command)[1:]
    words = [str(EXAMPLES / w) if w.endswith(".py") else w for w in words]
    more = LONG if "calibrate" in words else []
    known = {"NUMBA_OPT": "1", "MIDNIGHT_EXTENSIONS": os.pathsep.join(map(str, TOYS))}
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", *words, *more],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | known,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    assert "internal error" not in done.stderr


def test_the_page_shows_a_command_for_each_thing():
    assert len(COMMANDS) >= 8


def test_a_mechanism_of_a_user_s_own_enters_no_shipped_rival():
    script = (
        f"import sim; sim.extend({str(EXAMPLES / 'hunger.py')!r});"
        "print(sim.load('historical').coefficients.hunger.prior,"
        " sim.load('contagion').coefficients.hunger.prior,"
        " sim.load('contagion').coefficients.hunger.value)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.split() == ["uniform", "fixed", "0.0"]
