"""Evidence sets with something wrong: one sentence in plain words, whatever it is."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import tomli_w

from sim.errors import InputError
from sim.evidence.loading import _evidence_set as read  # what is read is not kept
from sim.evidence.loading import evidence_set
from sim.experiment.draws import reference_folder
from sim.inference.explanations import Rivals
from sim.inference.posterior import predictive
from sim.inference.problem import problem
from sim.inference.rivals import Rival
from sim.inference.storage import read as read_posterior
from sim.view import console_rivals as console

JARGON = (
    "pydantic",
    "ValidationError",
    "type=",
    "Traceback",
    "Input should be",
    "validation error",
    "Field required",
    "Extra inputs",
    "error of the program",
    "something else",
)
BARE = "greene-deutscher"
READING = {"series": ["holding"], "start": "1929-12-31"}
SET = {
    "title": "Mine",
    "whose": "Made for a test.",
    "targets": {
        "about": {
            "what": "holding out",
            "kind": "about",
            "value": 800,
            "spread": 0.2,
            "held_out": True,
            "claims": ["leblanc-800-1930"],
            "reading": READING,
        },
        "between": {
            "what": "share",
            "kind": "between",
            "low": 0.1,
            "high": 0.4,
            "claims": ["leblanc-800-1930", "opp-8000-1928"],
            "reading": READING,
            "over": {**READING, "statistic": "change", "end": "1930-05-01"},
        },
        "either": {
            "what": "holding out",
            "kind": "either",
            "reading": READING,
            "alternatives": [
                {"kind": "about", "value": 800, "claims": ["leblanc-800-1930"], "weight": 2},
                {"kind": "about", "value": 8000, "claims": ["opp-8000-1928"]},
            ],
        },
    },
}
STRANGE = [
    None,
    float("nan"),
    float("inf"),
    -1,
    0,
    1e300,
    10**25,
    "",
    "x",
    "800",
    "1929-02-30",
    True,
    [],
    {},
    [[]],
    {"a": {"b": 1}},
    ["leblanc-800-1930", 5],
    "\x07é\n",
    "y" * 5000,
]


def edited(tree: dict, rng: random.Random) -> dict:
    """Return a set of which one thing, anywhere, is missing, misspelt or replaced."""
    made = dict(tree)
    key = rng.choice(list(made))
    value = made[key]
    if isinstance(value, dict) and value and rng.random() < 0.8:
        return made | {key: edited(value, rng)}
    if isinstance(value, list) and isinstance(value[0], dict) and rng.random() < 0.8:
        return made | {key: [edited(value[0], rng), *value[1:]]}
    del made[key]
    match rng.randrange(4):
        case 0:
            made[key + rng.choice(["s", "é", " ", "/", "\n"])] = value
        case 1:
            made[rng.choice(["x", "value", "kind", "name", "extends", "leave_out"])] = value
        case 2 | 3:
            strange = rng.choice(STRANGE)
            if strange is not None:
                made[key] = strange
    return made


def broken(rng: random.Random) -> bytes:
    """Return the bytes of a file that is mostly an evidence set."""
    if rng.random() < 0.6:
        return tomli_w.dumps(edited(SET, rng)).encode()
    content = bytearray(tomli_w.dumps(SET).encode())
    for _ in range(rng.choice([1, 1, 2, 5])):
        at = rng.randrange(len(content))
        match rng.randrange(4):
            case 0:
                content[at] ^= 1 << rng.randrange(8)
            case 1:
                del content[at : at + rng.randrange(1, 30)]
            case 2:
                content[at:at] = rng.choice([b"[", b"{", b'"', b"=", b"9" * 5000, b"[" * 5000])
            case 3:
                del content[at:]
                content += b"#"
    return bytes(content)


@pytest.mark.parametrize("n", [400, pytest.param(6000, marks=pytest.mark.slow)])
def test_a_broken_set_is_refused_in_plain_words(n, tmp_path, monkeypatch, measured):
    monkeypatch.chdir(tmp_path)
    refused, unclear = 0, []
    for seed in range(n):
        Path("mine.toml").write_bytes(broken(random.Random(seed)))
        try:
            read("mine.toml")
        except InputError as error:
            refused += 1
            text = str(error)
            named = "mine.toml" in text and "\n" in text and len(text) < 2000
            if not named or any(word in text for word in JARGON):
                unclear.append((seed, text))
    measured("A broken evidence set is refused in plain words", n, len(unclear), f"{refused} told")
    assert refused > n / 2
    assert not unclear, unclear[:5]


def test_the_unbroken_set_is_read(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(tomli_w.dumps(SET))
    assert list(read(str(file)).targets) == ["about", "between", "either"]


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("value = 800\n", 'value = "800"\n', 'targets.about.value: got "800"'),
        ("value = 800\n", "vaule = 800\n", "targets.about.vaule: there is no such key"),
        ("vaule", "vaule", "did you mean `value`?"),
        ('kind = "about"', 'kind = "abuot"', "did you mean `about`?"),
        ("value = 800\n", "value = 1e300\n", "at most 1e+09"),
        ("1929-12-31", "1929-13-31", 'reading.start: "1929-13-31" is not in the calendar'),
        ("held_out = true", "held_out = 5", "true or false"),
        ("held_out = true", "held_out = " + "[" * 9000 + "]" * 9000, "nested too deeply"),
        ("value = 800\n", "value = " + "9" * 5000 + "\n", "thousands of digits"),
        ("weight = 2", "weight = 0", "alternatives, entry 1: weight"),
        ("leblanc-800-1930", "leblanc-801-1930", "leblanc-800-1930"),
        ('title = "Mine"', "title = 5", "text in quotes"),
        ('title = "Mine"', 'title = "M"\nname = "../x"', "mine.toml: name"),
        ('title = "Mine"', 'title = "M"\nleave_out = ["about"]', "add `extends`"),
    ],
)
def test_key_value_and_remedy_are_named(was, becomes, said, tmp_path):
    file = tmp_path / "mine.toml"
    text = tomli_w.dumps(SET)
    if was == "vaule":
        was, becomes = "value = 800\n", "vaule = 800\n"
    assert was in text
    file.write_text(text.replace(was, becomes, 1))
    with pytest.raises(InputError) as refused:
        read(str(file))
    assert said in str(refused.value)
    assert "mine.toml" in str(refused.value)


def test_chains_end(tmp_path):
    for k in range(25):
        (tmp_path / f"{k}.toml").write_text(f'extends = "{k + 1}.toml"\ntitle = "T"\nwhose = "W"\n')
    with pytest.raises(InputError, match="20 files"):
        read(str(tmp_path / "0.toml"))
    (tmp_path / "3.toml").write_text('extends = "0.toml"\ntitle = "T"\nwhose = "W"\n')
    with pytest.raises(InputError, match=r"circular: 0.toml -> 1.toml -> 2.toml -> 3.toml -> 0"):
        read(str(tmp_path / "0.toml"))
    (tmp_path / "3.toml").write_text('extends = "gone.toml"\ntitle = "T"\nwhose = "W"\n')
    with pytest.raises(InputError, match=r"gone.toml"):
        read(str(tmp_path / "0.toml"))
    (tmp_path / "3.toml").write_text('extends = "eithr"\ntitle = "T"\nwhose = "W"\n')
    with pytest.raises(InputError, match=r"3.toml: extends.*\n.*\n.*`either`"):
        read(str(tmp_path / "0.toml"))


@pytest.mark.parametrize("kind", ["pipe", "/dev/zero", "/dev/tty", "folder", "large"])
def test_what_is_no_file_is_refused_at_once(kind, tmp_path):
    file = tmp_path / "mine.toml"
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "large":
        file.write_bytes(b"#" * 1_000_001)
    else:
        file.symlink_to(kind)
    with pytest.raises(InputError, match=r"mine\.toml: (is a|1\.0 MB)"):
        evidence_set(str(file))


@pytest.mark.parametrize("command", ["calibrate", "rivals", "check"])
def test_every_command_tells_it_alike(command, tmp_path):
    (tmp_path / "mine.toml").write_text(tomli_w.dumps(SET).replace("value = 800", "vaule = 800"))
    words = [sys.executable, "-m", "sim.cli", command, "--evidence", "mine.toml"]
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr.startswith("midnight: mine.toml: targets.about.vaule: there is no such key")
    assert os.listdir(tmp_path) == ["mine.toml"]


def test_rivals_are_shown_for_a_set_that_holds_nothing_out(tmp_path, capsys):
    posterior = read_posterior(reference_folder("historical", BARE), problem("historical", BARE))
    asked = posterior.problem
    kept = asked.evidence.model_copy(update={"targets": asked.fitted})
    columns = [k for k, each in enumerate(asked.targets.values()) if not each.held_out]
    bare = replace(
        posterior,
        problem=replace(asked, evidence=kept),
        predictions=posterior.predictions[:, columns],
    )
    effects = pd.DataFrame(
        {
            "scenario": ["a", "b"],
            "title": ["A", "B"],
            **{f"difference_{name}": [1.0, 2.0] for name in ("low", "median", "high")},
        }
    )
    none = predictive(bare.predictions, bare.weights, bare.problem.targets)
    found = [Rival(bare, none[none["held_out_of_fit"]], effects)]
    weighed = Rivals(found)
    assert [name for name, table in weighed.tables.items() if not len(table)] == ["held_out"]
    weighed.plot(tmp_path / "figure")
    console.show_rivals(weighed, tmp_path, False)
    assert "holds no figure out of the fit" in capsys.readouterr().out
