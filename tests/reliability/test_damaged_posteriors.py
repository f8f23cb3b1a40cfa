"""Posterior folders with something wrong: refused in a sentence, or read as they were."""

from __future__ import annotations

import io
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.experiment import calibration
from sim.experiment import draws as of_draws
from sim.experiment.calibration import ABOUT, FILE, sealed
from sim.experiment.draws import open_draws, reference_folder
from sim.inference.journal import FILE as JOURNAL
from sim.inference.journal import keeping
from sim.inference.recovery import _read as read_simulation  # the one reader of its files
from sim.inference.storage import about_of
from sim.scenario.loading import load

JARGON = (
    "pydantic",
    "ValidationError",
    "type=",
    "Traceback",
    "pyarrow",
    "Input should be",
    "error of the program",
    "Arrow",
    "0x",
)
NAME = "historical-greene-deutscher"
BAD = [float("nan"), float("inf"), -float("inf"), 1e300, -1e300, -1.0]
MANY = [100, pytest.param(5000, marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a folder of whole ones: as shipped, as made before checksums, as written today."""
    folder = tmp_path_factory.mktemp("whole")
    for kind in ("shipped", "old", "new"):
        (folder / kind / NAME).mkdir(parents=True)
        for file in (FILE, ABOUT):
            shutil.copy(reference_folder(*NAME.split("-", 1)) / file, folder / kind / NAME / file)
    old = folder / "old" / NAME / ABOUT
    bare = {k: v for k, v in json.loads(old.read_text()).items() if k != calibration.CHECKSUMS}
    old.write_text(json.dumps(bare, indent=1))
    new = folder / "new" / NAME
    about = json.loads((new / ABOUT).read_text())
    (new / ABOUT).write_text(json.dumps(sealed(about, new), indent=1))
    return folder


@pytest.fixture
def copy(whole, tmp_path, monkeypatch):
    """Return a function that gives a fresh copy of one of them."""
    monkeypatch.setattr(calibration, "shipped_posteriors", lambda: tmp_path / "shipped")

    def fresh(kind: str) -> Path:
        folder = tmp_path / kind / NAME
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole / kind / NAME, folder)
        return folder

    return fresh


def flipped(content: bytes, rng: random.Random) -> bytes:
    found = bytearray(content)
    for _ in range(rng.choice([1, 1, 1, 2, 8])):
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def cut(content: bytes, rng: random.Random) -> bytes:
    kept = content[: rng.randrange(len(content))]
    return rng.choice([kept, kept + bytes(len(content) - len(kept)), content + kept])


def edited_json(content: bytes, rng: random.Random) -> bytes:
    """Remove, rename or replace something anywhere in the object."""
    about = json.loads(content)
    table = about
    while True:
        key = rng.choice(list(table))
        if not isinstance(table[key], dict) or not table[key] or rng.random() < 0.3:
            break
        table = table[key]
    value = table.pop(key)
    if rng.random() < 0.2:
        table[key + rng.choice("xé\n")] = value
    elif rng.random() < 0.8:
        table[key] = rng.choice([*BAD, None, "x", "", [], {}, True, 10**30, [value], {"a": value}])
    return json.dumps(about).encode()


def edited_table(content: bytes, rng: random.Random) -> bytes:
    """Change a cell, a column or the rows of a table of draws."""
    table = pd.read_parquet(io.BytesIO(content))
    column, row = rng.choice(list(table)), rng.randrange(len(table))
    match rng.randrange(7):
        case 0 | 1:
            table[column] = table[column].astype(float)
            table.loc[row, column] = rng.choice([*BAD, 1e9])
        case 2:
            table = table.drop(columns=column)
        case 3:
            table = table.rename(columns={column: f"{column}s"})
        case 4:
            table[column] = rng.choice([table[column].astype(str), table[column] > 0, None])
        case 5:
            table = table.iloc[: rng.randrange(len(table))]
        case 6:
            table["weight"] = table["weight"] * rng.choice([0.0, -1.0, 1.1, 2.0])
    kept = io.BytesIO()
    table.to_parquet(kept, index=False)
    return kept.getvalue()


def damaged(folder: Path, rng: random.Random) -> Path:
    """Damage one of the files of a calibration, and return which."""
    file = folder / rng.choice([FILE, FILE, ABOUT])
    edit = edited_json if file.name == ABOUT else edited_table
    file.write_bytes(rng.choice([flipped, cut, edit, edit])(file.read_bytes(), rng))
    return file


def outcome(read: Callable[[], Any]) -> tuple[Any, str]:
    """Return what is read, or None and why it is refused; anything else is raised."""
    try:
        return read(), ""
    except InputError as error:
        return None, str(error)


def numbers(folder: Path) -> tuple[pd.DataFrame, dict]:
    """Return all that a run or a command takes from a folder."""
    found = open_draws(folder)
    about = about_of(folder)
    assert found.evidence is not None
    assert found.parameters
    return found.table, {key: about[key] for key in ("parameters", "model")}


@pytest.mark.parametrize("n", MANY)
@pytest.mark.parametrize("kind", ["new", "shipped"])
def test_a_damaged_posterior_is_refused_or_read_as_it_was(kind, n, whole, copy, measured):
    right, about = numbers(whole / kind / NAME)
    believed, refused = [], 0
    for seed in range(n):
        file = damaged(folder := copy(kind), random.Random(f"{kind}{seed}"))
        read, text = outcome(lambda folder=folder: numbers(folder))
        if read is None:
            refused += 1
            assert file.name in text or str(folder) in text, text
            assert not [word for word in JARGON if word in text], text
            assert len(text) < 2000
        elif read[1] != about or not read[0].equals(right):
            believed.append(seed)
    measured(f"A damaged posterior is never believed ({kind})", n, len(believed), f"{refused} told")
    assert refused > n / 2
    assert not believed


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("column", ["weight", "population.size", "log_weight"])
def test_the_row_and_the_value_are_named(column, value, copy):
    folder = copy("old")
    table = pd.read_parquet(folder / FILE)
    table.loc[6, column] = value
    table.to_parquet(folder / FILE, index=False)
    with pytest.raises(InputError) as refused:
        open_draws(folder)
    text = str(refused.value)
    assert FILE in text
    assert f"column `{column}`, row 7" in text or "weight" in text
    assert "allowed" in text
    assert "calibrate anew" in text


DEEP = '{"name": ' + "[" * 100_000 + "]" * 100_000 + "}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (DEEP, "nested too deeply"),
        ('{"name": ' + "9" * 6000 + "}", "thousands of digits"),
        ("", "not JSON"),
        ("[]", "empty list"),
        ("{}", "model"),
        ("{'a': 5}", "line 1"),
        ("\x00" * 21_000_000, "too much"),
    ],
)
def test_what_is_no_calibration_json(content, said, copy):
    folder = copy("new")
    (folder / ABOUT).write_text(content)
    with pytest.raises(InputError, match=said) as refused:
        open_draws(folder)
    assert ABOUT in str(refused.value)


@pytest.mark.parametrize("name", [FILE, ABOUT])
def test_pipes_devices_and_folders_are_not_waited_for(name, copy):
    folder = copy("new")
    for make in (os.mkfifo, lambda file: file.symlink_to("/dev/zero"), Path.mkdir):
        (folder / name).unlink()
        make(folder / name)
        with pytest.raises(InputError, match=r"pipe|device|folder"):
            open_draws(folder)
        (folder / name).rmdir() if make is Path.mkdir else (folder / name).unlink()
        (folder / name).touch()


def test_a_damaged_shipped_posterior_is_told(copy, monkeypatch):
    folder = copy("shipped")
    (folder / ABOUT).write_text("{")
    monkeypatch.setattr(of_draws, "reference_folder", lambda *_: folder)
    of_draws._shipped.cache_clear()
    try:
        with pytest.raises(InputError, match=ABOUT):
            of_draws.reference(load("historical"))
    finally:
        of_draws._shipped.cache_clear()


def test_the_command_line_names_the_file(copy):
    folder = copy("new")
    (folder / FILE).write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    words = ["run", "historical", "--seeds", "2", "--posterior", str(folder), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "sim.cli", *words], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2
    assert FILE in done.stderr
    assert "calibrate anew" in done.stderr
    assert not done.stdout
    assert not [word for word in JARGON if word in done.stderr]


POINTS = [np.full((5, 3), k / 10) for k in range(4)]
FOUND = [np.arange(10.0).reshape(5, 2) + k for k in range(4)]


def journal(folder: Path, told: list[str]) -> list[np.ndarray | None]:
    """Return what a journal recalls of each batch; what it does not is kept anew."""
    recalled = []
    with keeping(folder, "digest", told.append) as kept:
        for points, found in zip(POINTS, FOUND, strict=True):
            recalled.append(kept.recall(points))
            if recalled[-1] is None:
                kept.keep(points, found)
    return recalled


@pytest.mark.parametrize("n", [60, pytest.param(2000, marks=pytest.mark.slow)])
def test_a_damaged_journal_is_computed_again_or_refused(n, tmp_path, measured):
    journal(tmp_path / "whole", [])
    again = refused = 0
    for seed in range(n):
        folder, rng = tmp_path / str(seed), random.Random(seed)
        shutil.copytree(tmp_path / "whole", folder)
        file = folder / JOURNAL
        file.write_bytes(rng.choice([flipped, flipped, cut])(file.read_bytes(), rng))
        told: list[str] = []
        read, text = outcome(lambda folder=folder, told=told: journal(folder, told))
        if read is None:
            refused += 1
            assert str(folder) in text
        for recalled, found in zip(read or (), FOUND, strict=read is not None):
            again += recalled is None
            assert recalled is None or np.array_equal(recalled, found)
        shutil.rmtree(folder)
    measured("A damaged journal is never believed", n, 0, f"{refused} refused")
    assert again + refused


def test_a_damaged_batch_is_told_and_the_others_are_kept(tmp_path):
    import sqlite3

    journal(tmp_path, [])
    with sqlite3.connect(tmp_path / JOURNAL) as base:
        base.execute("UPDATE batches SET found = zeroblob(80) WHERE number = 1")
    base.close()
    told: list[str] = []
    assert [found is None for found in journal(tmp_path, told)] == [False, True, False, False]
    assert len(told) == 1
    assert "batch 2 is damaged" in told[0]
    assert not [found for found in journal(tmp_path, told) if found is None]


@pytest.mark.parametrize("content", ["", "{}", DEEP, '{"digest": "x", "rows": [{"a": 1}]}', "[]"])
def test_a_damaged_simulation_names_the_file_and_the_remedy(content, tmp_path):
    file = tmp_path / "0001.json"
    file.write_text(content)
    with pytest.raises(InputError, match=r"0001.json") as refused:
        read_simulation(file)
    assert "remove it" in str(refused.value)
