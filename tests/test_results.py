"""What every study returns: tables, pictures and provenance alike, short in a notebook."""

from __future__ import annotations

import importlib
import inspect
import json

import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.result import Result
from sim.view.pictures import PICTURES

SMALL = {"population.size": 300}
HERE = sim.Execution(workers=1)
STUDIES = (
    *("run", "compare", "sweep", "sensitivity"),
    *("calibrate", "rivals", "attribute", "compare_sources", "check"),
)


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[str, Result]:
    """Return a small result of each quick study."""
    life = sim.explain("historical", 1, 3, SMALL)
    out = tmp_path_factory.mktemp("sweep") / "s"
    vary = ["coefficients.offer=0,1"]
    return {
        "history": sim.simulate("historical", 1, SMALL),
        "runs": sim.run("historical", 3, SMALL, execution=HERE),
        "comparison": sim.compare(["no-carrot"], "historical", 2, SMALL, execution=HERE),
        "life": life,
        "lives": life.beside(sim.explain("no-carrot", 1, 3, SMALL)),
        "sweep": sim.sweep("historical", vary, 2, changes=SMALL, out=out, execution=HERE),
        "attribution": sim.attribute("historical", "point", 1, SMALL, HERE),
    }


NAMES = ["history", "runs", "comparison", "life", "lives", "sweep", "attribution"]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_shows_a_few_lines(results, name):
    found = results[name]
    assert repr(found).startswith(f"{type(found).__name__}: ")
    assert len(repr(found)) < 500
    assert len(found._repr_html_()) < 1000


def test_what_is_shown_escapes_what_is_no_mark():
    class Marked(Result):
        def _said(self) -> list[str]:
            return ["<b>", "x" * 5000, *["y"] * 5000]

    assert len(repr(Marked())) < 500
    assert "&lt;b&gt;" in Marked()._repr_html_()


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_holds_every_table_and_picture_and_where_they_come_from(results, name, tmp_path):
    found = results[name]
    folder = found.save(tmp_path / "kept")
    kept = {file.name for file in folder.iterdir()}
    pictures = {f"{what}.{end}" for what in found.pictures for end in ("png", "svg")}
    tables = {
        f"{table}.{end}"
        for table in found.tables
        for end in found.formats.get(table, ("csv", "parquet"))
    }
    assert kept == pictures | tables | {"provenance.json"}
    about = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert about["scenarios"][0]["name"] == "historical"
    assert about["columns"] == dict(found.columns)
    with pytest.raises(InputError, match="never overwritten"):
        found.save(folder)


def test_a_table_reads_back_as_it_is(results, tmp_path):
    found = results["comparison"]
    again = pd.read_parquet(found.save(tmp_path / "kept") / "table.parquet")
    pd.testing.assert_frame_equal(again, found.tables["table"])


def test_a_table_or_a_picture_that_is_none_is_named(results):
    with pytest.raises(KeyError, match="there are series, persons"):
        results["history"].tables["fates"]
    with pytest.raises(InputError, match="figure"):
        results["history"].plot(what="fates")


@pytest.mark.parametrize("kind", PICTURES)
def test_every_picture_is_drawn_by_a_function_of_the_view(kind):
    module, _, name = kind.rpartition(".")
    assert issubclass(getattr(importlib.import_module(module), name), Result)
    for drawn in PICTURES[kind].values():
        of, _, function = drawn.partition(".")
        assert callable(getattr(importlib.import_module(f"sim.view.{of}"), function))


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_is_told_alike_how_to_run(name):
    taken = inspect.signature(getattr(sim, name)).parameters
    assert taken["execution"].default == sim.Execution()
    assert not {"workers", "cluster", "point"} & set(taken)


def test_parameters_are_named_in_one_argument():
    drawn = sim.run("historical", 2, SMALL, execution=HERE)
    assert drawn.draws is not None
    again = sim.run("historical", 2, SMALL, drawn.draws, HERE)
    assert (again.counts == drawn.counts).all()
    alone = sim.run("historical", 2, SMALL, "point", HERE)
    assert alone.draws is None
    assert "draws" not in alone.tables
    assert (alone.counts[0] == sim.simulate("historical", 1, SMALL).world.state.series).all()
