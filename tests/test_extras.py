"""Simulations run without the extras; a command that needs one names it in a sentence."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from sim.extras import MODULES

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
PACKAGES = packages_distributions()
WITHOUT = f"""
import sys
sys.modules.update(dict.fromkeys({[name for names in MODULES.values() for name in names]!r}))
"""


def without_extras(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a process that has no extra installed, as far as imports tell."""
    return subprocess.run(
        [sys.executable, "-c", WITHOUT + code],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=folder,
    )


def test_simulations_run_without_extras(tmp_path):
    few = "--set population.size=500 --workers 1"
    commands = [
        f"run --seeds 2 {few}",
        f"compare no-carrot --seeds 2 {few}",
        f"sweep --vary coefficients.example=0:4:2 --seeds 1 {few}",
        "chart",
        "explain",
        "evidence opp-8000-1928",
        "scenarios",
        "validate historical",
    ]
    done = without_extras(
        "from sim.cli import app\n"
        f"for command in {commands!r}:\n"
        "    app(command.split(), standalone_mode=False)\n",
        tmp_path,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("extra", "command"),
    [
        ("page", "app --no-open --port 0"),
        ("inference", "calibrate"),
        ("cluster", "run --seeds 2 --cluster tcp://127.0.0.1:1"),
    ],
)
def test_command_names_the_extra_that_it_needs(extra, command, tmp_path):
    code = f"from sim.cli import main\nsys.argv[1:] = {command.split()!r}\nmain()\n"
    done = without_extras(code, tmp_path)
    assert done.returncode == 1, done.stderr
    assert re.fullmatch(rf'midnight: .*pip install "midnight\[{extra}\]"\n', done.stderr)


@pytest.mark.parametrize("extra", MODULES)
def test_every_package_of_an_extra_is_named(extra):
    known = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    required = {re.split(r"[<>=\[]", each)[0] for each in known[extra]}
    found = {dist for name in MODULES[extra] for dist in PACKAGES[name]}
    assert required - found <= {"mesa", "solara", "solara-assets"}  # have no module of their own
