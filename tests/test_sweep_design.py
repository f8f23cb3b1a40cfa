"""Axes and points: what a command means, and what it is told when it means nothing."""

import itertools
from datetime import date

import numpy as np
import pytest

from sim.errors import InputError
from sim.experiment import design as designs
from sim.experiment.design import Design, design
from sim.experiment.sensitivity import saltelli
from sim.experiment.tables import design_table
from sim.scenario.loading import hash_of, load

OFFER = "levers.offer.knots.posts"


def values(text: str, **how) -> list:
    key = text.partition("=")[0]
    found = design(vary=[text], **how)
    assert found.keys == (key,)
    return [value for (value,) in found.points]


def test_ranges_and_lists_of_any_number_or_day():
    assert values("coefficients.left_turn=0:2:5") == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert values("levers.offer.scale=0:0.3:4") == [0.0, 0.1, 0.2, 0.3]
    assert values("population.size=8000:14000:4") == [8000, 10000, 12000, 14000]
    assert values("rates.readmission_wait=0,13,26") == [0, 13, 26]
    assert values(f"{OFFER}.value=0.5,1") == values(f"{OFFER}=0.5,1") == [0.5, 1.0]
    assert values(f"{OFFER}.date=1929-05-01,1929-07-01") == ["1929-05-01", "1929-07-01"]
    days = values("events.radek_signs.date=1929-05-01:1929-07-30:4")
    assert days == ["1929-05-01", "1929-05-31", "1929-06-30", "1929-07-30"]
    assert values("calendar.end=1930-01-06,1931-01-05") == ["1930-01-06", "1931-01-05"]


def test_a_grid_is_the_product_of_its_axes_in_their_order():
    found = design(vary=["coefficients.offer=0:1:3", "levers.terror.scale=1,0.5"], seeds=[3, 0])
    assert found.points == tuple(itertools.product((0.0, 0.5, 1.0), (1.0, 0.5)))
    assert found.seeds == (3, 0)


def test_a_point_is_the_world_that_the_same_set_gives():
    found = design("no-carrot", ["coefficients.offer=0:1:3"], changes=["population.size=500"])
    task = found.task(1, 7)
    asked = load("no-carrot", ["population.size=500", "coefficients.offer=0.5"])
    assert hash_of(load(found.scenario, dict(task.changes))) == hash_of(asked)
    assert (task.point, task.seed) == (1, 7)


def test_whole_scenarios_are_an_axis():
    found = design(vary=["scenario=no-carrot,historical", "coefficients.offer=0,1"])
    assert found.points[0] == ("no-carrot", 0.0)
    assert list(found.bases) == ["no-carrot", "historical"]
    assert dict(found.task(2, 1).changes) == {"coefficients.offer": 0.0}
    assert '"name":"historical"' in found.task(2, 1).base


@pytest.mark.parametrize("kind", ["sobol", "latin"])
def test_samples_fill_the_ranges_evenly_and_are_the_same_every_time(kind):
    vary = ["coefficients.offer=1:3", "population.size=1000:2000", "levers.terror.scale=0,1"]
    vary.append("events.radek_signs.date=1929-05-01:1929-09-01")
    found, again = (design(vary=vary, sample=f"{kind}:64") for _ in range(2))
    assert found == again
    assert found.kind == kind
    offer, size, scale, days = map(np.array, zip(*found.points, strict=True))
    assert set(np.floor((offer - 1) * 32)) == set(range(64)), "one point in each 64th"
    assert all(isinstance(point[1], int) for point in found.points)
    assert 1000 <= size.min() < 1020
    assert 1980 < size.max() <= 2000
    assert (scale == 0).sum() == 32
    assert all(date(1929, 5, 1) <= date.fromisoformat(day) <= date(1929, 9, 1) for day in days)


def test_a_shorter_sobol_sample_begins_the_longer_one():
    vary = ["coefficients.offer=0:3", "coefficients.example=0:4"]
    long = design(vary=vary, sample="sobol:64").points
    assert design(vary=vary, sample="sobol:32").points == long[:32]


def test_a_design_from_a_file(tmp_path):
    file = tmp_path / "points.csv"
    header = "coefficients.offer, scenario, events.radek_signs.date\n"
    file.write_text(header + "0.5,historical,1929-06-01\n\n1,no-carrot,1929-07-01\n")
    found = design(file=file)
    assert found.kind == "file"
    assert found.points == ((0.5, "historical", "1929-06-01"), (1.0, "no-carrot", "1929-07-01"))


def test_a_design_survives_json():
    import json

    found = design(vary=["scenario=historical,no-carrot", "population.size=100:300:3"], seeds=[1])
    again = Design.from_json(json.loads(json.dumps(found.as_json())))
    assert again.hash == found.hash
    assert again.points == found.points
    assert again.task(3, 1) == found.task(3, 1)


def test_prose_makes_no_other_design_but_numbers_do():
    vary = ["coefficients.offer=0:1:3"]
    plain = design(load("historical"), vary).hash
    assert design(load("historical", {"title": "Otherwise called"}), vary).hash == plain
    assert design(load("historical", {"rates.quiet": 0.004}), vary).hash != plain
    assert design("historical", vary, series=True).hash != plain
    assert design("historical", vary, seeds=[2]).hash != plain


def test_saltellis_design_has_n_times_two_more_than_the_numbers():
    over = ["coefficients.offer=0:3", "coefficients.example=0:4"]
    found = saltelli("historical", over, 8, [1])
    assert len(found.points) == 8 * (2 + 2)
    every = saltelli("historical", (), 2, [1])
    assert "coefficients.left_turn" in every.keys
    assert "coefficients.hardship_exile" not in every.keys


BAD = {
    "coefficients.left_trun=0:8:3": ("--vary coefficients.left_trun", "coefficients.left_turn"),
    "leevers.offer.scale=0:1:3": ("--vary leevers.offer.scale", "did you mean `levers`"),
    "coefficients.left_turn=0:80:3": ("--vary coefficients.left_turn", "from 0 to 20"),
    "coefficients.left_turn=-1,1": ("--vary coefficients.left_turn", "from 0 to 20"),
    "coefficients.left_turn=0:8": ("--vary coefficients.left_turn", "LOW:HIGH:STEPS"),
    "coefficients.left_turn=8:0:3": ("--vary coefficients.left_turn", "LOW below HIGH"),
    "coefficients.left_turn=0:8:1": ("coefficients.left_turn: STEPS", "from 2 to"),
    "coefficients.left_turn=0:8:x": ("coefficients.left_turn: STEPS", "whole number"),
    "coefficients.left_turn=0:8:99999999999": ("coefficients.left_turn: STEPS", "whole number"),
    "coefficients.left_turn=a,b": ("--vary coefficients.left_turn", "a number"),
    "coefficients.left_turn=nan,1": ("--vary coefficients.left_turn", "a number"),
    "coefficients.left_turn=1,2,": ("--vary coefficients.left_turn", "no comma after the last"),
    "coefficients.left_turn=1,,2": ("--vary coefficients.left_turn", "a value before every comma"),
    "coefficients.left_turn=1;2": ("--vary coefficients.left_turn", "commas between values"),
    "scenario=historical,": ("--vary scenario", "no comma after the last value"),
    "coefficients.left_turn=1,1": ("--vary coefficients.left_turn", "different values"),
    "coefficients.left_turn=": ("--vary", "KEY="),
    "coefficients.left_turn": ("--vary", "KEY="),
    "=1,2": ("--vary", "KEY="),
    "coefficients=1,2": ("--vary coefficients", "one of its numbers"),
    "title=1,2": ("--vary title", "no number and no day"),
    "rule.kind=1,2": ("--vary rule.kind", "no number and no day"),
    "events.radek_signs.happens=0,1": ("--vary events.radek_signs.happens", "no number"),
    "population.size=1.5,2": ("--vary population.size", "whole number"),
    "population.size=1:3:9": ("--vary population.size", "take fewer steps"),
    f"{OFFER}.date=1929-07-01,soon": (f"--vary {OFFER}.date", "a day, such as"),
    f"{OFFER}.date=1929-07-01,1929-02-30": (f"--vary {OFFER}.date", "a day, such as"),
    f"{OFFER}.date=1929-04-15,1929-07-01": ("levers.offer", "one knot a day"),
    "population.youth=0.1,0.95": ("population", "together at most 1"),
    "scenario=historical,no-carot": ("scenario", "did you mean `no-carrot`"),
    "scenario=historical,historical": ("--vary scenario", "different scenarios"),
}


@pytest.mark.parametrize("text", BAD)
def test_an_axis_that_is_none_is_told_before_anything_runs(text):
    where, remedy = BAD[text]
    with pytest.raises(InputError) as caught:
        design(vary=[text])
    assert where in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "--vary: is missing"),
        ({"vary": ["coefficients.offer=0,1"] * 2}, "given twice"),
        ({"vary": ["coefficients.offer=0:1"], "sample": "sobl:8"}, "sobol:N or latin:N"),
        ({"vary": ["coefficients.offer=0:1"], "sample": "sobol:0"}, "sobol:N or latin:N"),
        ({"vary": ["coefficients.offer=0:1"], "sample": "sobol:99999999"}, "at most"),
        ({"vary": ["coefficients.offer=0:1"], "sample": "sobol:3"}, "sobol:2 or sobol:4"),
        ({"vary": ["coefficients.offer=0:1"], "sample": ""}, "--sample: got"),
        ({"vary": ["coefficients.offer=0:1:3"], "sample": "sobol:8"}, "as a sample chooses"),
        ({"vary": ["coefficients.offer=0:99"], "sample": "sobol:8"}, "from 0 to 20"),
        (
            {"vary": [f"coefficients.{k}=0:1:9999" for k in ("offer", "example", "patron")]},
            "at most 1,000,000",
        ),
        ({"vary": ["coefficients.offer=0,1"], "file": "points.csv"}, "one or the other"),
        ({"file": "nowhere.csv"}, "cannot be read"),
    ],
)
def test_a_design_that_is_none(how, said):
    with pytest.raises(InputError, match=said):
        design(**how)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no points"),
        ("coefficients.offer\n", "has no points"),
        ("coefficients.offer,coefficients.offer\n1,2\n", "different keys"),
        ("coefficients.offer,levers.offer.scale\n1\n", "line 2 has 1 values"),
        ("coefficients.offer\n1\nmuch\n", "coefficients.offer: line 3"),
        ("coefficients.ofer\n1\n", "coefficients.offer"),
        ("coefficients.offer\n1\n99\n", "from 0 to 20"),
        ("scenario\nno-carot\n", "no-carrot"),
        ("coefficients.offer;levers.offer.scale\n1;2\n", "line 1 has semicolons between"),
        ("coefficients.offer\tlevers.offer.scale\n1\t2\n", "line 1 has tabs between"),
        ("coefficients.offer,levers.offer.scale,\n1,0,\n", "line 1 ends with a comma"),
        ("coefficients.offer,levers.offer.scale\n1,0,\n", "line 2 ends with a comma"),
        ("coefficients.offer,levers.offer.scale\n1,\n", "line 2 has 1 values"),
        ("point\n1\n", "a scenario has no `point`"),
    ],
)
def test_a_file_that_is_no_design(tmp_path, text, said):
    file = tmp_path / "points.csv"
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        design(file=file)


def test_an_exported_design_is_a_design(tmp_path):
    found = design(vary=["coefficients.offer=0:1:3", "scenario=no-carrot,historical"])
    design_table(found).to_csv(tmp_path / "design.csv", index=False)
    again = design(file=tmp_path / "design.csv")
    assert (again.keys, again.points) == (found.keys, found.points)


def test_a_scenario_of_many_rows_is_loaded_once(tmp_path, monkeypatch):
    loaded, names = [], ("historical", "no-carrot", "no-left-turn")
    monkeypatch.setattr(designs, "load", lambda *those: loaded.append(those) or load(*those))
    rows = [f"{names[k % 3]},{k / 1000}" for k in range(3000)]
    (tmp_path / "points.csv").write_text("\n".join(["scenario,coefficients.offer", *rows]))
    assert len(design(file=tmp_path / "points.csv").points) == 3000
    assert len(loaded) < 12, "each once, and the ends of the axes"


def test_a_file_of_noise_is_no_design(tmp_path):
    file = tmp_path / "points.csv"
    file.write_bytes(np.random.default_rng(1).bytes(10_000))
    with pytest.raises(InputError, match="CSV"):
        design(file=file)
