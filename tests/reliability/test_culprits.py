"""Whatever is given wrongly, the message begins with its option and key, as the user wrote them."""

import csv
import io
import subprocess
import sys

import numpy as np
import pytest
from typer.main import get_command

from sim.cli import app
from sim.errors import InputError
from sim.experiment.design import design
from sim.scenario.loading import load, parse_set

PROMISE = "A message names the option that was given wrongly"
NUMBERS = {
    "run": ("--seeds", "--seed"),
    "compare": ("--seeds",),
    "explain": ("--seed",),
    "fit": ("--trials", "--seeds", "--search-seed"),
    "calibrate": ("--ess", "--walkers", "--seeds", "--sampler-seed"),
    "rivals": ("--ess", "--walkers", "--seeds", "--worlds", "--synthetic"),
    "attribute": ("--draws",),
    "sources": ("--draws",),
    "check": ("--draws", "--simulations"),
    "sweep": ("--seeds",),
    "sensitivity": ("-n", "--seeds"),
    "app": ("--seed",),
}
NO_NUMBERS = ("", " ", "x", "-1", "1.5", "1e3", "9" * 30, "\udcff", "1,000", "٣")
TEXTS = {
    "run": ("--set", "--cluster", "--posterior", "--out"),
    "calibrate": ("--evidence", "--rival", "--cluster"),
    "check": ("--truths",),
    "sensitivity": ("--over", "--of"),
    "sweep": ("--vary", "--sample", "--design"),
}
VALUES = (
    *("", "x", "-1", "1e999", "nan", "inf", "true", "[]", "{}", "{ a = 1 }", "1929-02-30", "''"),
    *("1929-07-01", "1999-01-01", "'", '"', "\udcff", "9" * 20, "9" * 400, "-0.5", "0x10", "1.5"),
    *("[[[[", "[" * 500, "1\n2", "a=b", "12:30:00", '{ value = "x" }', "{ value = -3 }", "1;2"),
    *(
        "1,2,",
        "1,,2",
        "5:1:3",
        "0:1",
        "0:1:1",
        "0:1:2:3",
        "a,b",
        "1,1",
        '["no-such-claim"]',
        "\x07",
    ),
    *("historical", "no_such_thing", "2", "0", "100", "ü" * 3000),
)
GOOD = ("coefficients.offer=1", "population.size=500", "rates.quiet=0.004", "title=Other")
VARIED = ("coefficients.example=0:1:2", "levers.terror.scale=0,1")


COMMAND = get_command(app)


def refusal(words: list[str]) -> str:
    """Run a command in this process; return the message with which it is refused."""
    with pytest.raises(InputError) as caught:
        COMMAND.main(words, standalone_mode=False)
    return str(caught.value)


@pytest.mark.parametrize("command", NUMBERS)
def test_numbers(command, measured):
    tried = 0
    for option in NUMBERS[command]:
        for value in NO_NUMBERS:
            said = refusal([command, option, value])
            assert said.startswith(f"{option}: got"), (option, value, said)
            tried += 1
    measured(PROMISE, tried, 0, f"numbers that are none, to `midnight {command}`")


@pytest.mark.parametrize("command", TEXTS)
def test_empty_values(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for option in TEXTS[command]:
        assert refusal([command, option, ""]).startswith(f'{option}: got ""'), option


def test_small_numbers_are_refused_before_anything_is_loaded():
    code = (
        "import sys; sys.argv = ['midnight', 'calibrate', '--walkers', '40']\n"
        "from sim.cli import main\n"
        "try: main()\n"
        "except SystemExit: print('numba' in sys.modules, 'sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "False False\n"
    assert "--walkers: got 40\n  allowed: a whole number from 50 to 100,000" in done.stderr


def keys() -> list[str]:
    """Return dotted keys of a scenario, of tables and values, and some that do not exist."""

    def below(tree: dict, prefix: str):
        for key, value in tree.items():
            yield f"{prefix}{key}"
            if isinstance(value, dict):
                yield from below(value, f"{prefix}{key}.")

    found = list(below(load("historical").model_dump(mode="json"), ""))
    return [*found, *(f"{key}x" for key in found[::7]), "a.b.c", "extends", "fit", "x", "ä", ""]


def said_of(texts: list[str], call) -> str:
    try:
        call(texts)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("n", [50, pytest.param(7500, marks=pytest.mark.slow)])
def test_changes(measured, n):
    rng, every, refused = np.random.default_rng(1923), keys(), 0
    for _ in range(n):
        key, value = (str(rng.choice(each)) for each in (every, VALUES))
        value = VALUES[int(rng.integers(len(VALUES)))]
        good = [
            text for text in GOOD if rng.random() < 0.5 and not key.startswith(text.split("=")[0])
        ]
        good.insert(int(rng.integers(len(good) + 1)), f"{key}={value}")
        if said := said_of(good, lambda texts: load("historical", texts)):
            refused += 1
            known = f"--set {key}" if key.isascii() and key else "--set: got"
            assert said.startswith(known), (good, said)
    assert refused > n / 3
    measured(PROMISE, refused, 0, f"--set, {n:,} tried")


@pytest.mark.parametrize("option", ["--vary", "--sample"])
@pytest.mark.parametrize("n", [20, pytest.param(2500, marks=pytest.mark.slow)])
def test_axes(measured, option, n):
    rng, every, refused = np.random.default_rng(1924), keys(), 0
    sample = "sobol:4" if option == "--sample" else None
    others = ["coefficients.example=0:1"] if sample else list(VARIED)
    for _ in range(n):
        key, value = every[int(rng.integers(len(every)))], VALUES[int(rng.integers(len(VALUES)))]
        axes = [text for text in others if not text.startswith(f"{key}=")]
        axes.insert(int(rng.integers(len(axes) + 1)), f"{key}={value}")

        def call(texts):
            design("historical", texts, sample, changes=GOOD)

        if said := said_of(axes, call):
            refused += 1
            whole = key.isascii() and key and value.strip()
            assert said.startswith(f"--vary {key}" if whole else "--vary"), (axes, said)
    assert refused > n / 2
    measured(PROMISE, refused, 0, f"--vary, {n:,} tried")


@pytest.mark.parametrize("n", [20, pytest.param(2000, marks=pytest.mark.slow)])
def test_tables(tmp_path, measured, n):
    rng, every, refused = np.random.default_rng(1925), keys(), 0
    file = tmp_path / "points.csv"
    for _ in range(n):
        rows = [["coefficients.example", "levers.terror.scale"], ["0", "1"], ["1", "0.5"]]
        row, column = int(rng.integers(3)), int(rng.integers(2))
        value = VALUES[int(rng.integers(len(VALUES)))]
        rows[row][column] = every[int(rng.integers(len(every)))] if row == 0 else value
        lines = io.StringIO(newline="")
        csv.writer(lines).writerows(rows)
        file.write_bytes(lines.getvalue().encode(errors="surrogateescape"))
        if said := said_of([], lambda _: design("historical", file=file, changes=GOOD)):
            refused += 1
            assert said.startswith("--design"), said
            if row and value.isascii() and value.strip() and "," not in value:
                assert f"{rows[0][column]}" in said, (rows, said)
    assert refused > n / 3
    measured(PROMISE, refused, 0, f"--design, {n:,} tried")


def test_bytes_that_are_no_text_are_blamed_on_their_option(tmp_path):
    for text in ("title=\udcff", 'title=["\udcff"]', "name=a\udc80"):
        with pytest.raises(InputError, match=rf"^--set {text.split('=')[0]}: got"):
            parse_set(text)
    with pytest.raises(InputError, match=r"^--set title: got"):
        load("historical", {"title": "\udcff"})
    command = [sys.executable, "-m", "sim", "validate", "historical", "--set", b"title=\xff"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("midnight: --set title: got")


def test_python_m_sim_is_the_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "sim", "--version"], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
