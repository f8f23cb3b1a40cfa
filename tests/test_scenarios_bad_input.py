"""Whatever a scenario file, a `--set` or a seed may hold: a world, or one message to act on."""

import copy
import json
import os
import shutil
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim.errors import InputError, printable, shorten
from sim.scenario.files import as_part
from sim.scenario.loading import build, load, seed, shipped
from sim.scenario.schema import Scenario

BASE = 'extends = "historical"\nquestion = "Q?"\n'
JARGON = ("Traceback", "Input should", "pydantic", "validation", "datetime.", "type=", "Mapping")


def many(examples):
    """Return settings for `examples` tries, the same ones every time."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
    )


def message_of(attempt, *arguments):
    """Return the message of the error that `attempt` has to raise."""
    with pytest.raises(InputError) as caught:
        attempt(*arguments)
    check_message(caught.value)
    return str(caught.value)


def check_message(error, name=""):
    text = str(error)
    assert name in text
    assert error.exit_code == 2
    assert 10 < len(text) < 2000
    assert text.count("\n") <= 3
    assert all(c.isprintable() or c == "\n" for c in text)
    assert not [word for word in JARGON if word in text], text


def loads_or_complains(attempt, name):
    """Run `attempt`: a scenario, or one message that contains `name`."""
    try:
        assert isinstance(attempt(), Scenario)
    except InputError as error:
        check_message(error, name)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working directory; whoever uses it has written nothing else into it."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def knots(number):
    knot = '{ date = 1928-01-01, value = 0, claims = ["cap-radek"] }\n'
    return "[levers.offer.knots]\n" + "".join(f"k{i} = {knot}" for i in range(number))


def leaders(number, following=0):
    leader = f'{{ name = "x", wing = "conciliator", following = {following}, assumed = "x" }}\n'
    return "[leaders]\n" + "".join(f"l{i} = {leader}" for i in range(number))


FILES = {
    "empty": ("", "my.toml", "empty", 'extends = "historical"'),
    "wrong key": (BASE + "[coefficients]\nofer = 1\n", "coefficients.ofer", "`offer`"),
    "wrong key at the top": ('titel = "x"\n' + BASE, "my.toml: titel", "`title`"),
    "wrong table": (BASE + "[coeficients]\noffer = 1\n", "`coefficients`"),
    "key in the wrong table": (BASE + "[coefficients]\nquiet = 1\n", "`rates.quiet`"),
    "key below its place": (BASE + '[calendar]\nevidence = "x"\n', "top of the file"),
    "missing question": ('extends = "historical"\n', "question: is missing", "What if"),
    "keeps what is none": (BASE + 'keeps = ["ofer"]\n', "keeps: names", "did you mean `offer`"),
    "keeps one name": (BASE + 'keeps = "offer"\n', "keeps: got", "a list of names"),
    "no base": ('title = "x"\n', "is missing", 'extends = "historical"'),
    "bare number, no base": (
        "[coefficients]\noffer = 1\n",
        "evidence: is missing",
        'extends = "historical"',
    ),
    "incomplete event": (BASE + "[events.x]\ndate = 1929-01-01\n", "events.x.kind: is missing"),
    "text for number": (BASE + '[coefficients]\noffer = "1.5"\n', "a number", "without quotes"),
    "decimal comma": (BASE + '[coefficients]\noffer = "1,5"\n', "from 0 to 20", "1.5"),
    "truth for number": (BASE + "[coefficients]\noffer = true\n", "got true", "a number"),
    "negative hazard ratio": (BASE + "[coefficients]\noffer = -1\n", "got -1", "0 to 20"),
    "too large": (BASE + "[coefficients]\noffer = 21\n", "got 21", "a number from 0 to 20"),
    "nan": (BASE + "[coefficients]\noffer = nan\n", "got nan", "0 to 20"),
    "infinite": (BASE + "[rates]\nquiet = inf\n", "got inf", "0 to 5 (1/week)"),
    "huge": (BASE + f"[rates]\nquiet = {10**400}\n", "401 digits", "0 to 5"),
    "enormous": (BASE + f"[rates]\nquiet = 1{'0' * 5000}\n", "thousands of digits"),
    "half a person": (BASE + "[population]\nsize = 99.5\n", "got 99.5", "a whole number"),
    "nobody": (BASE + "[population]\nsize = 0\n", "got 0", "from 1 to 5,000,000"),
    "too many letters": (
        BASE + "[population]\nsize = 5000000\ncorrespondents = 20\n",
        "memory",
        "20,000,000",
    ),
    "upside down": (
        BASE + '[rates]\nquiet = { low = 2, high = 1, assumed = "x" }\n',
        "rates.quiet",
        "low = 2, high = 1",
    ),
    "shares above one": (BASE + "[population]\nyouth = 0.95\n", "population", "at most 1"),
    "word for a number": (BASE + '[levers.offer]\nscale = "half"\n', '"half"', "from 0 to 1"),
    "list for a table": (BASE + "population = [1, 2]\n", "population: got a list", "a table"),
    "number for a list": (BASE + "raised_by = 3\n", "a list in square brackets"),
    "number in a list": (BASE + "raised_by = [3]\n", "raised_by", "text in quotes"),
    "unknown claim": (
        BASE + '[events.radek_signs]\nclaims = ["cap-radeck"]\n',
        "events.radek_signs.claims: no claim `cap-radeck`",
        "`cap-radek`",
    ),
    "unknown claim raised": (BASE + 'raised_by = ["cap-radik"]\n', "raised_by", "`cap-radek`"),
    "no source": (
        BASE + '[events.x]\ndate = 1929-01-01\nkind = "declaration"\nwhat = "x"\n',
        "names no source",
        "`claims`",
    ),
    "assumed without range": (
        BASE + '[levers.offer.knots]\nx = { date = 1928-01-01, value = 0, assumed = "x" }\n',
        "levers.offer.knots.x",
        "`low` and `high`",
    ),
    "unknown evidence": (BASE + 'evidence = "greene"\n', "evidence", "`greene-deutscher`"),
    "capital evidence": (BASE + 'evidence = "Greene"\n', "longuet", "`greene-deutscher`"),
    "unknown kind": (BASE + '[events.radek_signs]\nkind = "sign"\n', "`signature`"),
    "unknown leader": (
        BASE + '[events.radek_signs]\nleader = "radec"\n',
        "events.radek_signs.leader",
        "`radek`",
    ),
    "no leader": (
        BASE
        + '[events.x]\ndate = 1929-01-01\nkind = "signature"\nwhat = "x"\nclaims = ["cap-radek"]\n',
        "events.x",
        "names no leader",
    ),
    "signs twice": (
        BASE + '[events.radek_signs]\nleader = "smilga"\n',
        "`smilga` signs twice, in `radek_signs` and `smilga_signs`",
        "happens = false",
    ),
    "capital id": (BASE + "[events.X]\n", "events.X", "small letters"),
    "switch": (BASE + "[events.radek_signs]\nhappens = 0\n", "got 0", "true or false"),
    "text for a day": (BASE + '[calendar]\nend = "soon"\n', '"soon"', "written as 1929-07-13"),
    "number for a day": (BASE + "[calendar]\nend = 19300101\n", "calendar.end", "1929-07-13"),
    "hour": (BASE + "[calendar]\nend = 1930-01-06T00:00:00Z\n", "1930-01-06T00:00:00+00:00"),
    "time": (BASE + "[calendar]\nend = 07:30:00\n", "got 07:30:00", "a day from 1917-01-01"),
    "no such day": (BASE + '[calendar]\nend = "1930-02-30"\n', "1930-02-30", "not in the calendar"),
    "no such day, bare": (BASE + "[calendar]\nend = 1930-13-01\n", "line 4", "1930-13-01"),
    "late day": (BASE + "[calendar]\nend = 2030-01-01\n", "2030-01-01", "to 1953-12-31"),
    "end first": (BASE + "[calendar]\nend = 1927-01-01\n", "calendar", "1927-01-01", "1927-12-19"),
    "two knots a day": (BASE + knots(2), "`k0` and `k1` are both dated 1928-01-01"),
    "many knots": (BASE + knots(1001), "levers.offer.knots", "at most 1,000"),
    "many leaders": (BASE + leaders(251), "leaders", "at most 250"),
    "large following": (BASE + leaders(3, 0.4), "`conciliator`", "1.35"),
    "long text": (BASE + f'title = "{"x" * 5000}"\n', "title", "5,000 characters", "2,000"),
    "extends a number": ("extends = 5\n", "my.toml: extends", "got 5"),
    "extends unknown": ('extends = "hstorical"\n', "my.toml: extends", "`historical`"),
    "extends missing": ('extends = "there.toml"\n', "my.toml: extends", "there.toml"),
    "extends near": ('extends = "besides.toml"\n', "besides.toml", "`beside.toml`"),
    "extends nothing": ('extends = ""\n', "my.toml: extends"),
    "extends NUL": ('extends = "\\u0000.toml"\n', "my.toml: extends"),
    "extends far": (f'extends = "{"x/" * 3000}x.toml"\n', "my.toml: extends"),
    "extends itself": ('extends = "./my.toml"\n', "is circular", "my.toml -> my.toml"),
    "fit is a number": (BASE + "fit = 5\n", "my.toml: fit", "got 5"),
    "fit missing": (BASE + 'fit = "fitt.toml"\n', "my.toml: fit", "fitt.toml"),
    "fit is a folder": (BASE + 'fit = "."\n', "my.toml: fit", "a folder"),
    "not TOML": (
        "question: what?\n",
        "my.toml",
        "line 1, column 9",
        "the line is: question: what?",
    ),
    "no quotes": ("extends = historical\n", "line 1", "needs quotes"),
    "open quote": ('title = "x\n', "line 1", "closing quote"),
    "open list": ("raised_by = [\n", "at the end of the file"),
    "table twice": ("[calendar]\n[calendar]\n", "line 2", "written twice"),
    "key twice": ("a = 1\na = 2\n", "line 2", "given twice"),
    "Python's True": ("a = True\n", "line 1", "true"),
    "deep lists": ("a = " + "[" * 5000, "nested too deeply"),
    "deep keys": ("a." * 100_000 + "a = 1\n", "nested too deeply"),
    "deep tables": ("[" + "a." * 100_000 + "a]\n", "nested too deeply"),
    "NUL": ("a\x00 = 1\n", "line 1", "\\x00"),
    "binary": (b"\x7fELF\xff\xfe\x00", "line 1 is not text in UTF-8"),
    "Latin-1": (BASE.encode() + b"title = '\xe9'\n", "line 3 is not text in UTF-8"),
    "UTF-16": (BASE.encode("utf-16"), "not text in UTF-8"),
    "10 MB": (b"\x00\x99noise" * 1_428_572, "10.0 MB", "at most 1 MB"),
}


@pytest.mark.parametrize("case", FILES)
def test_bad_file(case, here):
    content, *words = FILES[case]
    Path("my.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    Path("beside.toml").write_text(BASE)
    text = message_of(load, "my.toml")
    for word in ("my.toml", *words):
        assert word in text
    assert str(here) not in text, "paths below the working directory are relative"
    assert sorted(os.listdir()) == ["beside.toml", "my.toml"], "nothing is written"


FITS = {
    "empty": ("", "values: is missing", "midnight fit"),
    "misspelt table": ("[valuse]\n", "fit.toml: valuse", "`values`"),
    "no table": ("values = 3\n", "fit.toml: values: got 3"),
    "unknown key": ('[values]\n"coefficients.ofer" = 1\n', "`coefficients.offer`"),
    "shallow key": ("[values]\noffer = 1\n", "fit.toml: values.offer"),
    "prose": ('[values]\ntitle = "x"\n', "values.title", "a number"),
    "text": ('[values]\n"coefficients.offer" = "x"\n', "values.coefficients.offer", '"x"'),
    "truth": ('[values]\n"coefficients.offer" = true\n', "got true", "a number"),
    "out of range": ('[values]\n"coefficients.offer" = 99\n', "got 99", "from 0 to 20"),
    "nested, out of range": ("[values]\ncoefficients.offer = -1\n", "got -1", "from 0 to 20"),
    "not TOML": ("[values\n", "fit.toml", "`]`"),
}


@pytest.mark.parametrize("case", FITS)
def test_bad_fit(case, here):
    content, *words = FITS[case]
    Path("my.toml").write_text(BASE + 'fit = "fit.toml"\n')
    Path("fit.toml").write_text(content)
    text = message_of(load, "my.toml")
    for word in ("fit.toml", *words):
        assert word in text


SETS = {
    "coefficients.left_tur=1": ("there is no such key", "`left_turn`"),
    "coefficients.left_tur.value=1": ("left_tur", "`left_turn`"),
    "coefficients.quiet=1": ("`rates.quiet`",),
    "offer=0": ("`coefficients.offer` or `levers.offer`",),
    "levers.offer.scal=0": ("`scale`",),
    "levers.ofer.scale=0": ("`offer`",),
    "levers.offer.scale=2": ("got 2", "from 0 to 1"),
    "levers.offer.knots.plateu=0.3": ("`plateau`",),
    "levers.offer.knots.plateau=3": ("got 3", "from 0 to 1"),
    "levers.offer.knots.plateau.date=1929-05-01": ("`plateau` and `posts`", "1929-05-01"),
    "events.radek_signs.happen=false": ("`happens`",),
    "events.radek_sign.happens=false": ("`radek_signs`",),
    "events.radek_signs.happens=False": ('"False"', "true or false"),
    "coefficients.offer=-1": ("got -1", "a number from 0 to 20 (log hazard ratio)"),
    "coefficients.offer=a lot": ('"a lot"', "a number from 0 to 20"),
    "coefficients.offer=true": ("got true",),
    "coefficients.offer=": ('got ""', "a number"),
    "coefficients.offer=[1]": ("a list of 1", "a number"),
    "coefficients=3": ("got 3", "a table"),
    "population.size=100.5": ("got 100.5", "a whole number from 1 to 5,000,000"),
    "population.youth=0.95": ("`old_bolsheviks`", "at most 1"),
    "leaders.radek.following=0.99": ("`conciliator`", "at most 1"),
    "calendar.end=1931-13-45": ('"1931-13-45"', "1929-07-13"),
    "calendar.end=1927-12-20": ("1927-12-20", "1927-12-19"),
    "rule.kind=thresold": ("`threshold`",),
    "evidence=greene": ("`greene-deutscher`",),
    "title.x=1": ("`title` is no table",),
    "extends=historical": ("scenario file",),
    "fit=x.toml": ("scenario file",),
    "Coefficients.offer=1": ("`coefficients`",),
    "nonsense": ("KEY=VALUE",),
    "=1": ("KEY=VALUE",),
    "a..b=1": ("KEY=VALUE",),
    "a b=1": ("KEY=VALUE",),
    "title=\udc80": ("text",),
    "leaders.\udc80=1": ("KEY=VALUE", "\\udc80"),
}


@pytest.mark.parametrize("assignment", SETS)
def test_bad_set(assignment):
    text = message_of(load, "historical", [assignment])
    assert text.startswith("--set")
    if "KEY=VALUE" not in text:
        assert assignment.split("=")[0] in text.splitlines()[0]
    for word in SETS[assignment]:
        assert word in text


def test_the_culprit_is_named_not_the_messenger(here):
    Path("base.toml").write_text(BASE + "[coefficients]\noffer = -3\nthreat = 1\n")
    Path("my.toml").write_text(
        'extends = "base.toml"\nquestion = "Q?"\n[coefficients]\nrally = 1\n'
    )
    assert message_of(load, "my.toml").startswith("base.toml: coefficients.offer: got -3")
    text = message_of(load, "my.toml", ["coefficients.offer=-4"])
    assert text.startswith("--set coefficients.offer: got -4")


def test_circles_and_long_chains(here):
    Path("a.toml").write_text('extends = "b.toml"\n')
    Path("b.toml").write_text('extends = "a.toml"\n')
    Path("c.toml").write_text('extends = "a.toml"\n')
    for name in ("a", "c"):
        text = message_of(load, f"{name}.toml")
        assert "b.toml: extends" in text
        assert "a.toml -> b.toml -> a.toml" in text
    for i in range(30):
        Path(f"n{i}.toml").write_text(f'extends = "n{i + 1}.toml"\n')
    assert "at most 20" in message_of(load, "n0.toml")


def test_names_that_are_no_scenario(here):
    Path("mine.toml").write_text(BASE)
    assert "`historical`" in message_of(load, "historcal")
    assert "`mine.toml`" in message_of(load, "mine")
    assert "`mine.toml`" in message_of(load, "mina.toml")
    assert "without .toml" in message_of(load, "historical.toml")
    for name in ("", "x" * 9000, "x" * 9000 + ".toml", "a\x00.toml", "../" * 900 + "x.toml"):
        message_of(load, name)
    for name in ("a/b", "", "..", "x" * 256, "\0"):
        Path("named.toml").write_text(f"name = {json.dumps(name)}\n{BASE}")
        assert "named.toml: name: got" in message_of(load, "named.toml")
        assert "give the scenario a `name`" in message_of(load, "named.toml")


@pytest.mark.parametrize("name", ["été", "левый поворот", "左", "My World", "x" * 200, "$^$ [b] %"])
def test_a_scenario_is_called_whatever_a_file_can_be(here, name):
    Path(f"{name}.toml").write_text(BASE, encoding="utf-8")
    assert load(f"{name}.toml").name == name
    assert len(as_part(name).encode()) <= 150


def test_things_that_are_no_files(here):
    Path("folder.toml").mkdir()
    assert "folder.toml: is a folder" in message_of(load, "folder.toml")
    if hasattr(os, "mkfifo"):
        os.mkfifo("pipe.toml")
        assert "a named pipe" in message_of(load, "pipe.toml")
        Path("link.toml").symlink_to("gone.toml")
        Path("loop.toml").symlink_to("loop.toml")
        assert "leads to no file" in message_of(load, "link.toml")
        assert "leads to no file" in message_of(load, "loop.toml")


def test_a_file_that_may_not_be_read(here, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    Path("my.toml").write_text(BASE)
    monkeypatch.setattr(os, "open", refuse)
    assert "my.toml: cannot be read: Permission denied" in message_of(load, "my.toml")


def test_a_byte_order_mark_and_windows_lines_are_no_matter(here):
    Path("my.toml").write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    assert load("my.toml").question == "Q?"


@pytest.mark.parametrize("good", ["0", "1", " 7 ", "007", 0, 12, str(2**63 - 1)])
def test_seed(good):
    assert seed(good) == int(good)


BAD_SEEDS = ["", "x", "-1", -1, "1.0", 1.0, "1e3", True, None, "1_0", "١", 2**63, "9" * 5000, [1]]


@pytest.mark.parametrize("bad", BAD_SEEDS, ids=lambda bad: shorten(bad, 12))
def test_bad_seed(bad):
    text = message_of(seed, bad)
    assert text.startswith("--seed: got ")
    assert "a whole number from 0 to 9223372036854775807" in text


# What follows throws thousands of mutations of the real files at the loader.

SNIPPETS = (
    *"[]{}=\"'.,#-\\\n\x00\x1b\ufeff",
    *("[[x]]\n", "[events.x]\n", '"""', "'''", "= = ", "a.b.c", "\r\n", "\ud7ff", "\\u0000"),
    *("nan", "-inf", "1e999", "-0.0", "-1", "0x1f", "true", "False", "1" + "0" * 400, "9" * 5000),
    *("1929-07-13", "1929-02-30", "0001-01-01", "9999-12-31T23:59:59Z", "07:32:00", "[1, 2]"),
    *('"historical"', '"../historical.toml"', '"mutant.toml"', '"no-such-claim"', "{ value = 1 }"),
)
TEXTS = [file.read_text(encoding="utf-8") for file in shipped().values()]


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A folder with the real files, so that their `extends` and `fit` are found."""
    folder = tmp_path_factory.mktemp("mutants") / "scenarios"
    shutil.copytree(shipped()["historical"].parent, folder)
    return folder


snippets = st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=12))
places = st.integers(0, 2**20)
edits = st.tuples(
    st.sampled_from(("delete", "double", "swap", "flip", "splice", "replace value", "cut")),
    places,
    places,
    snippets,
)


def edit(text, what, here, there, snippet):
    """Return `text` with one accident."""
    lines = text.split("\n")
    i, j = here % len(lines), there % len(lines)
    if what == "delete":
        del lines[i]
    elif what == "double":
        lines.insert(j, lines[i])
    elif what == "swap":
        lines[i], lines[j] = lines[j], lines[i]
    elif what == "replace value":
        lines[i] = lines[i].split("=")[0] + "= " + snippet
    elif text:
        at = here % len(text)
        until = {"flip": at + 1, "splice": at, "cut": at + there % 40}[what]
        return text[:at] + snippet + text[until:]
    return "\n".join(lines)


@many(600)
@given(original=st.sampled_from(TEXTS), accidents=st.lists(edits, min_size=1, max_size=4))
def test_mutated_text(room, original, accidents):
    text = original
    for accident in accidents:
        text = edit(text, *accident)
    mutant = room / "mutant.toml"
    mutant.write_bytes(text.encode("utf-8", "replace"))
    loads_or_complains(lambda: load(mutant), "toml")
    mutant.unlink()


@many(500)
@given(
    original=st.sampled_from(TEXTS),
    bytes_=st.lists(st.tuples(places, st.binary(min_size=1, max_size=8)), max_size=3),
    end=st.none() | places,
)
def test_mutated_bytes(room, original, bytes_, end):
    content = original.encode()
    content = content if end is None else content[: end % len(content)]
    for place, noise in bytes_:
        at = place % (len(content) + 1)
        content = content[:at] + noise + content[at + len(noise) :]
    mutant = room / "mutant.toml"
    mutant.write_bytes(content)
    loads_or_complains(lambda: load(mutant), "mutant.toml")
    mutant.unlink()


@many(300)
@given(noise=st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_noise(room, noise):
    mutant = room / "mutant.toml"
    mutant.write_bytes(noise)
    message_of(load, mutant)
    mutant.unlink()


WHOLE = load("historical").model_dump()
RAW = [tomllib.loads(text) for text in TEXTS]


def paths_of(tree, path=()):
    for key, value in tree.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from paths_of(value, (*path, key))


PATHS = list(paths_of(WHOLE))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 2**63, -1, 0, 1, 10**18]),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["", "radek", "cap-radek", "hazard", "1929-07-13", "x" * 5000, "\x1b[31m"]),
    st.dates(),
    st.sampled_from([datetime(1929, 7, 13, tzinfo=UTC), datetime.max, time(7), date.min]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
names = st.text(max_size=12) | st.sampled_from([path[-1] for path in PATHS])


@many(600)
@given(
    changes=st.lists(
        st.tuples(
            st.sampled_from(PATHS), st.sampled_from(("replace", "delete", "rename")), names, values
        ),
        min_size=1,
        max_size=3,
    )
)
@example(changes=[(("population", "size"), "replace", "", {"low": 10**400, "high": 1})])
def test_mutated_tree(changes):
    tree = copy.deepcopy(WHOLE)
    for path, what, name, value in changes:
        table = tree
        for step in path[:-1]:
            table = table.get(step) if isinstance(table, dict) else None
        if not isinstance(table, dict) or path[-1] not in table:
            continue
        if what == "replace":
            table[path[-1]] = value
        elif what == "delete":
            del table[path[-1]]
        else:
            table[name] = table.pop(path[-1])
    loads_or_complains(lambda: build(tree, "mutant.toml"), "mutant.toml")


LOADED = load("historical")


@many(1000)
@given(
    path=st.sampled_from(PATHS),
    name=st.none() | names,
    value=st.one_of(values, snippets.map(lambda text: f"={text}")),
)
def test_mutated_changes(path, name, value):
    key = ".".join(path if name is None else (*path[:-1], name))
    as_text = isinstance(value, str) and value.startswith("=")
    changes = [key + value] if as_text else {key: value}
    loads_or_complains(lambda: load(LOADED, changes), "--set")


@many(300)
@given(text=st.text(max_size=60))
def test_any_option_at_all(text):
    loads_or_complains(lambda: load(LOADED, [text]), "--set")


@many(300)
@given(
    text=st.text(max_size=24) | st.integers() | st.floats() | st.from_regex(r"[-+ ]?[0-9]{1,22}")
)
def test_any_seed_at_all(text):
    try:
        assert 0 <= seed(text) < 2**63
    except InputError as error:
        check_message(error)


@many(200)
@given(text=st.text(), length=st.integers(2, 80))
def test_what_is_shown_is_short_and_shown_the_same_again(text, length):
    shown = printable(text, length)
    assert len(shown) <= length
    assert printable(shown, length) == shown
    assert len(shorten(text, max(length, 5))) <= max(length, 5)
