"""The same seeds give the same bytes on every version of Python that is supported.

Environments are made from `requirements.lock`, with whatever interpreters are found. That takes
minutes; `MIDNIGHT_PYTHONS` names a folder in which they are kept for the next time.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sweeping import SMALL, VARY

import sim

ROOT = Path(sim.__file__).resolve().parents[1]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
OTHERS = [version for version in ("3.11", "3.12", "3.13") if version != HERE]
COMMANDS = {
    "run": ("run", "historical", "--seeds", "3"),
    "compare": ("compare", "no-carrot", "no-left-turn", "--seeds", "3"),
    "sweep": (
        *("sweep", *(word for text in VARY for word in ("--vary", text))),
        *("--set", *SMALL, "--seeds", "3", "--series"),
    ),
}


def interpreter(version: str) -> str | None:
    """Return an interpreter of a version, from the path or from pyenv."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for found in (f"python{version}", *map(str, sorted(pyenv.glob(f"{version}*/bin/python")))):
        path = shutil.which(found)
        ask = "import sys; print('%d.%d' % sys.version_info[:2])"
        if path and output([path, "-c", ask]).strip() == version:
            return path
    return None


def output(command: list[str], **how) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **how)
    return done.stdout if done.returncode == 0 else ""


def environment(version: str, place: Path) -> Path:
    """Return the interpreter of an environment from the lock file; make it if it is missing."""
    folder = place / version
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        if (base := interpreter(version)) is None:
            pytest.skip(f"no Python {version} is found on the path or in pyenv")
        shutil.rmtree(folder, ignore_errors=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        for command in (
            [base, "-m", "venv", str(folder)],
            [*install, "--require-hashes", "--requirement", str(ROOT / "requirements.lock")],
            [*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"no environment with Python {version}: {done.stderr[-300:]}")
        (folder / "ready").touch()
    return python


def tables(python: Path | str, folder: Path) -> dict[str, bytes]:
    """Run every command under an interpreter; return the tables that it writes, by name."""
    how = {"cwd": folder, "env": os.environ | {"PYTHONPATH": str(ROOT)}, "check": True}
    for name, words in COMMANDS.items():
        command = [str(python), "-m", "sim", *words, "--workers", "1", "--out", name]
        subprocess.run(command, capture_output=True, **how)
    subprocess.run([str(python), "-m", "sim", "export", "sweep"], capture_output=True, **how)
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.csv")}


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> dict[str, bytes]:
    return tables(sys.executable, tmp_path_factory.mktemp("own"))


@pytest.mark.slow
@pytest.mark.parametrize("version", OTHERS)
def test_another_python_writes_the_same_bytes(own, tmp_path, measured, version):
    kept = os.environ.get("MIDNIGHT_PYTHONS")
    python = environment(version, Path(kept) if kept else tmp_path)
    (tmp_path / "out").mkdir()
    found = tables(python, tmp_path / "out")
    assert len(found) == 12
    assert found.keys() == own.keys()
    differ = [name for name in own if own[name] != found[name]]
    note = f"tables of run, compare and sweep, Python {HERE} and {version}"
    measured("Every supported Python writes the same bytes", len(found), len(differ), note)
    assert not differ
