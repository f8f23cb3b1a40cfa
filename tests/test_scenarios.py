"""The shipped scenarios, how files are laid over one another, and the hash of a world."""

import json
from datetime import date, timedelta

import jsonschema
import pytest

from sim.errors import InputError
from sim.evidence.ledger import claims
from sim.scenario.loading import (
    build,
    counterfactuals,
    hash_of,
    load,
    merge,
    parse_set,
    shipped,
    sources_of,
)
from sim.scenario.schema import Knot, Number, Scenario

HISTORICAL = load("historical")
PARAMETERS = ("population", "coefficients", "rates")


def write(folder, **files):
    """Write each of `files` into `folder`, under its name and `.toml`."""
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def leaves(tree, path=()):
    """Yield every value of nested tables with its path."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_scenario_loads_under_its_name(name):
    scenario = load(name)
    assert scenario.name == name
    assert scenario.calendar.weeks > 50


def test_counterfactuals_say_what_they_ask_and_change():
    for name in counterfactuals():
        scenario = load(name)
        assert scenario.question.endswith("?"), name
        assert scenario.question != HISTORICAL.question, name
        assert scenario.changes, name


@pytest.mark.parametrize("name", shipped())
def test_everything_in_a_shipped_scenario_has_a_source(name):
    for key, sourced in sources_of(load(name)):
        assert sourced.claims or len(sourced.assumed) >= 8, f"{key} names no source or reason"
        assert claims().keys() >= set(sourced.claims), key
        if isinstance(sourced, Number) or (isinstance(sourced, Knot) and sourced.assumed):
            assert sourced.low is not None, key
            assert sourced.high is not None, key
            assert sourced.low <= sourced.high, key


def test_sources_cover_every_number_knot_leader_and_event():
    keys = {key for key, _ in sources_of(HISTORICAL)}
    content = HISTORICAL.model_dump()
    for part in PARAMETERS:
        assert {f"{part}.{name}" for name in content[part]} <= keys
    for table in ("leaders", "events"):
        assert {f"{table}.{name}" for name in content[table]} <= keys
    for lever, curve in content["levers"].items():
        assert {f"levers.{lever}.knots.{knot}" for knot in curve["knots"]} <= keys


@pytest.mark.parametrize("name", shipped())
def test_json_schema_accepts_every_shipped_scenario(name):
    schema = json.loads(json.dumps(Scenario.model_json_schema()))
    validator = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    content = load(name).model_dump(mode="json")
    assert list(validator.iter_errors(content)) == []
    for key, value in (("evidence", 3), ("nonsense", 1), ("events", {"x": {}})):
        assert not validator.is_valid(content | {key: value})


@pytest.mark.parametrize("name", shipped())
def test_loading_a_loaded_scenario_changes_nothing(name):
    scenario = load(name)
    assert load(scenario) == scenario
    assert build(scenario.model_dump(), "again") == scenario
    assert build(json.loads(scenario.model_dump_json()), "again") == scenario
    assert load(str(shipped()[name])) == scenario


def test_extends_lays_files_over_one_another_table_by_table(tmp_path):
    write(
        tmp_path,
        a='extends = "historical"\nquestion = "A?"\nchanges = "of a"\nraised_by = ["cap-radek"]\n'
        "[coefficients]\noffer = 1.5\nrally = 0.5\n[events.radek_signs]\nhappens = false\n",
        b='extends = "a.toml"\nquestion = "B?"\n[coefficients]\noffer = 2.5\n'
        "[levers.offer]\nscale = 0.5\n",
        c='extends = "./b.toml"\nquestion = "C?"\ntitle = "Third"\n[levers.offer.knots]\n'
        "talks = 0.7\n",
    )
    third = load(tmp_path / "c.toml")
    assert (third.name, third.title, third.question) == ("c", "Third", "C?")
    assert (third.changes, third.raised_by) == ("", ())  # those of `a` are not inherited
    assert third.coefficients.offer.value == 2.5  # `b` over `a`
    assert third.coefficients.rally.value == 0.5  # `a` over history
    assert third.coefficients.example == HISTORICAL.coefficients.example
    assert not third.events["radek_signs"].happens
    assert third.events["radek_signs"].date == HISTORICAL.events["radek_signs"].date
    assert third.levers.offer.scale == 0.5
    assert third.levers.offer.knots["talks"].value == 0.7
    assert third.levers.offer.knots["talks"].claims == (
        HISTORICAL.levers.offer.knots["talks"].claims
    )


def test_question_has_to_be_given_anew(tmp_path):
    write(tmp_path, a='extends = "historical"\n')
    with pytest.raises(InputError, match="question: is missing"):
        load(tmp_path / "a.toml")


def test_bare_number_over_a_parameter_keeps_its_source():
    before = HISTORICAL.coefficients.left_turn
    after = load("historical", ["coefficients.left_turn=0"]).coefficients.left_turn
    assert after == before.model_copy(update={"value": 0.0})


def test_merge_leaves_what_it_is_given_alone():
    base = {"a": {"b": {"low": 0, "high": 1, "value": 0.5}, "c": 1}}
    merged = merge(base, {"a": {"b": 2}, "d": True})
    assert merged == {"a": {"b": {"low": 0, "high": 1, "value": 2}, "c": 1}, "d": True}
    assert base == {"a": {"b": {"low": 0, "high": 1, "value": 0.5}, "c": 1}}


def test_a_fit_lies_over_the_file_that_names_it(tmp_path):
    write(
        tmp_path,
        fit='[fit]\ncommand = "by hand"\n[values]\n"coefficients.offer" = 1.25\n'
        "rates.quiet = 0.002\n",
        a='extends = "historical"\nquestion = "A?"\nfit = "fit.toml"\n[coefficients]\noffer = 1\n',
        b='extends = "a.toml"\nquestion = "B?"\n[coefficients]\noffer = 2\n',
    )
    assert load(tmp_path / "a.toml").coefficients.offer.value == 1.25
    assert load(tmp_path / "a.toml").rates.quiet.value == 0.002
    assert load(tmp_path / "b.toml").coefficients.offer.value == 2
    offer = load(tmp_path / "a.toml", ["coefficients.offer=3"]).coefficients.offer
    assert offer == HISTORICAL.coefficients.offer.model_copy(update={"value": 3.0})


def test_without_value_or_fit_a_number_takes_the_middle_of_its_prior():
    given = {"low": 0.001, "high": 0.1, "assumed": "for the test"}
    assert Number.model_validate(given | {"prior": "uniform"}).value == pytest.approx(0.0505)
    assert Number.model_validate(given | {"prior": "log-uniform"}).value == pytest.approx(0.01)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (" 0.5 ", 0.5),
        ("false", False),
        ("1929-07-13", date(1929, 7, 13)),
        ('"two words"', "two words"),
        ("two words", "two words"),
        ("a=b", "a=b"),
        ("[1, 2]", [1, 2]),
        ("1\nother = 2", "1\nother = 2"),
    ],
)
def test_set_reads_values_as_toml_and_else_as_text(text, value):
    assert parse_set(f"some.key={text}") == ("some.key", value)


def test_set_may_speak_of_a_table_that_the_file_leaves_to_its_defaults():
    assert load("historical", ["rule.kind=threshold"]).rule.kind == "threshold"
    assert load("historical", "levers.offer.scale=0").levers.offer.scale == 0


def test_hash_ignores_prose_and_sources():
    content = HISTORICAL.model_dump(mode="json")
    prose = {"title", "question", "changes", "what", "meaning", "assumed"}
    for path, value in leaves(content):
        *parents, last = path
        table = content
        for step in parents:
            table = table[step]
        if last in prose and value:
            table[last] = "some other words"
        elif last in ("claims", "raised_by"):
            table[last] = ["cap-radek"]
        elif last == "low" and value and value != 1:  # of a whole number, it stays one
            table[last] = value / 2
    other = build(content, "reworded")
    assert other != HISTORICAL
    assert hash_of(other) == hash_of(HISTORICAL)


def other_values(path, value):
    """Yield values near `value`, some of which a scenario can take at `path`."""
    if path[-1] in ("date", "start", "end"):
        for days in (1, -1, 2):
            yield (date.fromisoformat(value) + timedelta(days)).isoformat()
    elif isinstance(value, bool):
        yield not value
    else:
        yield from (value + 1, value - 1, value * 0.9, value + 1e-9, value / 2 + 0.01)


def test_hash_ignores_no_number_and_no_date():
    """Every number, day and switch of history, one by one."""
    changed = []
    for path, value in leaves(HISTORICAL.model_dump(mode="json")):
        numeric = isinstance(value, (int, float)) and path[-1] not in ("low", "high")
        if not numeric and path[-1] not in ("date", "start", "end"):
            continue
        for other in other_values(path, value):
            try:
                scenario = load(HISTORICAL, {".".join(path): other})
            except InputError:
                continue
            assert hash_of(scenario) != hash_of(HISTORICAL), path
            changed.append(path)
            break
        else:
            pytest.fail(f"no other value fits {path}")
    assert len(changed) > 150


def test_hash_is_of_the_world_not_of_the_way_to_it(tmp_path):
    write(
        tmp_path,
        one='extends = "historical"\nquestion = "?"\n[levers.offer]\nscale = 0\n',
        two='extends = "one.toml"\nquestion = "!"\n[levers.offer]\nscale = 0.0\n',
    )
    assert hash_of(load(tmp_path / "one.toml")) == hash_of(load(tmp_path / "two.toml"))
    assert hash_of(load("historical", {"levers.offer.scale": -0.0})) == hash_of(
        load("historical", ["levers.offer.scale=0"])
    )
    assert hash_of(load("historical", ["events.rakovsky_signs.happens=false"])) == hash_of(
        load(
            "historical",
            ["events.rakovsky_signs.happens=false", "events.rakovsky_signs.date=1935-01-01"],
        )
    )


def test_a_rival_keeps_what_it_names_and_nothing_else():
    contagion, history = load("contagion"), load("historical")
    for name in ("hardship", "offer", "left_turn", "silence", "threat"):
        number = getattr(contagion.coefficients, name)
        assert (number.value, number.prior) == (0.0, "fixed")
    for name in ("baseline", "expulsion", "example", "patron", "rally", "solidarity"):
        kept = getattr(contagion.coefficients, name)
        assert (kept.value, kept.prior) == (getattr(history.coefficients, name).value, "uniform")
    assert contagion.population == history.population


def test_a_rival_without_lasting_differences(tmp_path):
    file = tmp_path / "alike.toml"
    file.write_text('extends = "historical"\nquestion = "q"\nkeeps = ["offer"]\n', "utf-8")
    found = load(str(file))
    assert found.population.conviction_spread.value == 0.0
    assert found.coefficients.expulsion.value == 0.0
    assert found.coefficients.baseline.value == load("historical").coefficients.baseline.value
