"""Documents: what is generated is not stale, what is named exists, what is shown runs."""

import re
import runpy
import sys
from pathlib import Path

import pytest

import sim
from sim.chart.registry import chart
from sim.evidence.ledger import claims
from sim.experiment.comparison import Comparison
from sim.experiment.life import Lives
from sim.experiment.runs import Runs
from sim.model import mechanisms
from sim.model.codes import PROCESSES

RIGHT = ("test_right_with_the_texts", "test_right_to_1938")
ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted((ROOT / "docs" / "examples").glob("*.py"))

FENCED = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`|\$[^$\n]*\$")
# `[claim-id]`, and no link: neither `[text](url)`, `[text][label]` nor `[label]: url`.
MARK = re.compile(r"(?<![\]!\\])\[([a-z0-9]+(?:-[a-z0-9]+)+)\](?![(\[:])")


@pytest.fixture(scope="module")
def generate():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import generate
    finally:
        sys.path.remove(str(ROOT / "docs"))
    return generate


def marks_in(text):
    return MARK.findall(CODE.sub("", FENCED.sub("", text)))


def test_nothing_generated_is_stale(generate):
    for path in generate.documents():
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        assert generate.renew(text) == text, f"{name} is stale: `make docs` writes it anew"


def test_every_generated_part_is_used_and_closed(generate):
    used = set()
    for path in generate.documents():
        text = path.read_text(encoding="utf-8")
        found = [match[2].split()[0] for match in generate.MARKED.finditer(text)]
        assert len(found) == text.count("<!-- generated: "), f"{path.name}: a part has no end"
        used.update(found)
    assert used == set(generate.PARTS)


def test_every_claim_that_is_named_exists(generate):
    for path in generate.documents():
        unknown = set(marks_in(path.read_text(encoding="utf-8"))) - claims().keys()
        assert not unknown, f"{path.name} names claims that do not exist: {sorted(unknown)}"


def test_marks_are_told_from_links_and_code():
    text = "[two-camps] [a](b) [one-two](url) [a-b][c-d] ![x-y](z) `[in-code]` [plain] [--set]"
    assert marks_in(text + "\n[label-a]: url\n```\n[fenced-off]\n```") == ["two-camps"]


def test_the_reference_of_commands_does_not_depend_on_the_terminal(generate, monkeypatch):
    whole = generate.commands()
    for width in ("40", "200"):
        monkeypatch.setenv("COLUMNS", width)
        monkeypatch.setenv("TERMINAL_WIDTH", width)
        assert generate.commands() == whole


def test_every_mechanism_and_process_is_documented():
    text = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
    for name in mechanisms.names():
        assert f"| `{name}` |" in text
    for name in PROCESSES:
        assert re.search(rf"^\| {name} \|", text, re.MULTILINE), name


def test_every_system_of_the_texts_has_a_row_that_names_what_exists():
    text = (ROOT / "docs" / "texts.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (M\d\d) ([^|]+)\|([^|]+)\|([^|]+)\|([^|]+)\|$", text, re.MULTILINE)
    assert [row[0] for row in rows] == [f"M{k:02}" for k in range(1, 42)]
    declared = chart()
    kinds = (declared.transitions, declared.mechanisms, declared.levers, declared.stances)
    known = {each.name for kind in (*kinds, declared.counts) for each in kind}
    known |= {each.event for each in declared.moves}
    known |= {*declared.population, *declared.coefficients, *declared.rates}
    for system, *_, does, _ in rows:
        named = set(re.findall(r"`(\w+)`", does)) - known
        assert not named, f"{system} names what is not in the chart: {named}"


def test_every_line_of_what_is_right_names_its_test():
    text = (ROOT / "docs" / "texts.md").read_text(encoding="utf-8")
    files = [f"tests/verification/{name}.py" for name in RIGHT]
    shown = "".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    tests = re.findall(r"^def (test_\w+)", shown, re.MULTILINE)
    assert re.findall(r"\| `(test_\w+)` \|$", text, re.MULTILINE) == tests


def test_every_column_is_documented(busy):
    text = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    known = (
        {*Runs.columns, *Comparison.columns, *Lives.columns}
        | set(mechanisms.names())
        | set(re.findall(r"`(\w+)`", text))
    )
    runs = sim.run(busy, 2)
    pair = sim.compare([busy.model_copy(update={"name": "other"})], busy, 2)
    life = sim.explain(busy, 1, 0)
    for kept in (runs.series, runs.persons, runs.targets, pair.series, pair.persons, pair.table):
        assert set(kept.columns) <= known
    assert set(life.weeks.columns) <= known


def test_links_lead_somewhere():
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", CODE.sub("", FENCED.sub("", text))):
            file, _, anchor = target.partition("#")
            if "://" in target:
                continue
            other = path if not file else path.parent / file
            assert other.exists(), f"{path.name}: {target}"
            if anchor:
                heads = re.findall(r"^#+ (.+)$", other.read_text(encoding="utf-8"), re.MULTILINE)
                slugs = [re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads]
                assert anchor in slugs, f"{path.name}: {target}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_run(example, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(example), run_name="__main__")
    assert capsys.readouterr().out
    assert not list(tmp_path.iterdir()), "an example leaves files behind"
