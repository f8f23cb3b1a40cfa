"""What comes out of a sweep, and what a folder does not take."""

import json
import os
import sqlite3
import time
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sweeping import SMALL, VARY, assert_same_tables, finished, in_child, small

import sim
from sim.errors import InputError, MidnightError, OutputError
from sim.experiment import jobs, runner
from sim.experiment import store as stores
from sim.experiment import sweep as sweeps
from sim.experiment.export import export
from sim.experiment.pools import Here, StopEverythingError
from sim.experiment.runs import run
from sim.experiment.store import in_use, reading, writing
from sim.experiment.summaries import COLUMNS
from sim.experiment.sweep import run_missing
from sim.experiment.sweep_result import Sweep
from sim.model import weekly, world
from sim.model.codes import COUNTS
from sim.model.version import model_version
from sim.model.world import simulate
from sim.scenario.loading import load


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Return a finished sweep of 10 points and 3 seeds, with series."""
    return finished(small(series=True), tmp_path_factory.mktemp("sweep") / "s")


def changes_of(swept: Sweep, point: int) -> dict[str, object]:
    values = zip(swept.design.keys, swept.design.points[point], strict=True)
    return {"population.size": 300, **dict(values)}


def test_a_run_says_what_the_same_world_says(swept):
    row = swept.runs.query("point == 7 and seed == 2").iloc[0]
    changes = changes_of(swept, 7)
    history = simulate(load("historical", changes), 2)
    persons, last = history.persons, history.series.iloc[-1]
    assert row["coefficients.left_turn"] == 6.0
    assert row["events.radek_signs.date"] == "1929-07-13"
    assert row["peak"] == history.series["holding"].max()
    assert row["remaining"] == last["holding"]
    for place in ("party", "underground", "exile", "isolator"):
        assert row[f"remaining_{place}"] == last[f"holding_{place}"]
    for wing in ("zinovievist", "conciliator", "irreconcilable"):
        theirs = persons[persons["wing"] == wing]
        assert row[f"signed_{wing}"] == (theirs["week_of_signing"] >= 0).sum()
        assert row[f"quiet_{wing}"] == (theirs["week_of_quiet"] >= 0).sum()
    lived = run(load("historical", changes), [2], parameters="point")
    targets = lived.targets.set_index("target")["median"]
    for name, value in targets.items():
        assert row[f"target_{name}"] == pytest.approx(value, nan_ok=True)
    day = history.series.set_index("date")["holding"]
    between = day.reindex(pd.date_range(day.index[0], day.index[-1])).interpolate()
    assert row["holding_july_block"] == pytest.approx(between["1929-08-01"])


def test_every_column_is_explained(swept):
    known = [name.rstrip("*") for name in COLUMNS]
    for name in swept.runs.columns[1 + len(VARY) :]:
        assert name in COLUMNS or name.startswith(tuple(n for n in known if n.endswith("_"))), name


def test_tables_are_in_the_order_of_the_design(swept):
    runs = pd.read_csv(swept.folder / "runs.csv")
    assert list(runs["point"]) == [point for point in range(10) for _ in range(3)]
    assert list(runs["seed"]) == [1, 2, 3] * 10
    pd.testing.assert_frame_equal(runs, pd.read_parquet(swept.folder / "runs.parquet"))
    series = pd.read_csv(swept.folder / "series.csv")
    assert len(series) == 30 * (swept.design.scenario.calendar.weeks + 1)
    assert list(series.columns[:5]) == ["point", *swept.design.keys, "seed", "week"]
    assert len(pd.read_csv(swept.folder / "failures.csv")) == 0
    assert len(pd.read_csv(swept.folder / "design.csv")) == 10
    provenance = json.loads((swept.folder / "provenance.json").read_text())
    assert provenance["design"]["axes"][0][0] == "coefficients.left_turn"
    assert provenance["model"] == model_version()


def test_the_dataset_has_the_axes_as_dimensions(swept):
    data = sim.open_sweep(swept.folder)
    assert dict(data.sizes) == {
        "coefficients.left_turn": 5,
        "events.radek_signs.date": 2,
        "seed": 3,
        "week": load("historical").calendar.weeks + 1,
    }
    at = {"coefficients.left_turn": 6.0, "events.radek_signs.date": "1929-07-13", "seed": 2}
    row = swept.runs.query("point == 7 and seed == 2").iloc[0]
    assert data["peak"].sel(at) == row["peak"]
    changes = changes_of(swept, 7)
    series = simulate(load("historical", changes), 2).series
    for name in COUNTS:
        assert np.array_equal(data[name].sel(at), series[name])
    assert np.array_equal(data["date"], series["date"].to_numpy("datetime64[ns]"))


def test_the_dataset_of_a_sample_has_points(tmp_path):
    found = small(2, ["coefficients.offer=0:3", "population.size=100:200"], sample="latin:5")
    data = finished(found, tmp_path / "s").dataset
    assert dict(data.sizes) == {"point": 5, "seed": 2}
    assert tuple(data["coefficients.offer"].values) == tuple(p[0] for p in found.points)
    assert data["remaining"].notnull().all()


def test_an_unfinished_sweep_is_open_to_all_eyes(tmp_path):
    found = small()
    with writing(tmp_path / "s", found) as store:
        assert Sweep(tmp_path / "s").status.running
        sweeps.resolve(found, store, Here())
        some = list(sweeps.missing(found, store))[:13]
        store.keep([jobs.live(task) for task in some])
        half = Sweep(tmp_path / "s")
        assert (half.status.done, half.status.left) == (13, 17)
        assert int(half.dataset["peak"].notnull().sum()) == len(half.runs) == 13
        assert set(half.runs["seed"]) == {1, 2}, "all points of one seed come first"
        half.plot(tmp_path / "half.png")
    assert not half.status.running
    assert not in_use(tmp_path / "s")


def test_the_time_left_does_not_count_loading(tmp_path, monkeypatch):
    """What takes a second when the first world is lived stands for the compiler."""
    run_weeks, compile_all = weekly.run_weeks, cache(lambda: time.sleep(1))
    monkeypatch.setattr(weekly, "run_weeks", lambda *those: (compile_all(), run_weeks(*those)))
    monkeypatch.setattr(runner, "CHUNK_SECONDS", 0.01)
    sweeps.load_model.cache_clear()

    def stop(so_far, of):
        if so_far:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_missing(small(), tmp_path / "s", execution=sim.Execution(workers=1, progress=stop))
    status = Sweep(tmp_path / "s").status
    assert compile_all.cache_info().misses == 1
    assert status.left > 15
    assert 0 < status.seconds_left < 0.5 * status.left, "a world takes some milliseconds"


def test_the_time_left_is_shared_by_all_workers(tmp_path):
    class Three(Here):
        def ahead(self):
            return 6  # a world in hand and one ahead, each

    found, team = small(), Three()
    with writing(tmp_path / "s", found) as store:
        sweeps.resolve(found, store, team)
        assert np.isnan(Sweep(tmp_path / "s").status.seconds_left)
        sweeps.live_missing(found, store, team, lambda so_far, of: None)
        assert Sweep(tmp_path / "s").status.seconds_left == 0
        store.base.execute("DELETE FROM runs WHERE seed > 1")
        store._count_in(runs=-20)
        store.base.execute("UPDATE runs SET seconds = 6 + (rowid % 2)")
        status = Sweep(tmp_path / "s").status
    assert (status.done, status.left) == (10, 20)
    assert status.seconds_left == pytest.approx(20 * 6.5 / 3)


def test_nothing_is_run_twice(swept, monkeypatch, tmp_path):
    before = (swept.folder / "runs.parquet").stat().st_mtime_ns
    monkeypatch.setattr(sim.Execution, "pool", None)
    run_missing(swept.design, swept.folder)
    assert (swept.folder / "runs.parquet").stat().st_mtime_ns == before
    with (
        writing(swept.folder, swept.design) as store,
        pytest.raises(sqlite3.IntegrityError),
    ):
        store.keep([jobs.live(swept.design.task(0, 1))])


def test_points_that_are_one_world_are_lived_once(tmp_path):
    changes = ["population.size=300", "events.smilga_signs.happens=false"]
    vary = ["events.smilga_signs.date=1929-05-01,1929-06-01,1929-07-01"]
    found = sim.sweep(vary=vary, seeds=2, changes=changes, out=tmp_path / "s")
    assert (found.status.points, found.status.runs, found.status.done) == (3, 2, 2)
    assert len(found.runs) == 6
    assert found.runs.groupby("seed")["remaining"].nunique().eq(1).all()


def test_results_are_the_same_in_two_processes(swept, tmp_path):
    found = small(12, series=True)
    one = finished(found, tmp_path / "one", execution=sim.Execution(workers=1))
    two = finished(found, tmp_path / "two", execution=sim.Execution(workers=2))
    assert_same_tables(one, two)
    first = one.runs[one.runs["seed"] <= 3].reset_index(drop=True)
    pd.testing.assert_frame_equal(first, swept.runs)


def test_runs_that_fail_are_recorded_and_retried_alone(swept, tmp_path, monkeypatch):
    found, folder = swept.design, tmp_path / "s"
    founded = world.create

    def create(scenario, seed):
        if seed == 2 and scenario.coefficients.left_turn.value == 8.0:
            raise FloatingPointError("too far to the left")
        return founded(scenario, seed)

    monkeypatch.setattr(world, "create", create)
    failed = finished(found, folder)
    assert (failed.status.done, failed.status.failed, failed.status.left) == (28, 2, 0)
    assert list(failed.failures["point"]) == [8, 9]
    assert list(failed.failures["coefficients.left_turn"]) == [8.0, 8.0]
    assert set(failed.failures["error"]) == {"FloatingPointError: too far to the left"}
    assert failed.dataset["peak"].isnull().sum() == 2

    lived = []
    monkeypatch.setattr(world, "create", lambda *a: lived.append(a) or founded(*a))
    assert finished(found, folder).status.failed == 2, "only --retry-failed tries again"
    assert not lived
    mended = finished(found, folder, retry_failed=True)
    assert len(lived) == 2
    assert_same_tables(swept, mended)


def test_a_point_that_is_no_world_fails_and_the_others_go_on(tmp_path):
    vary = ["levers.offer.knots.posts.date=1929-07-01,1929-04-15,1929-09-01"]
    found = finished(small(2, vary), tmp_path / "s")
    assert (found.status.done, found.status.failed) == (4, 2)
    assert found.failures["error"].str.contains("one knot a day").all()
    assert set(found.runs["point"]) == {0, 2}
    assert found.status.failures[0]["levers.offer.knots.posts.date"] == "1929-04-15"
    again = finished(found.design, tmp_path / "s", retry_failed=True)
    assert again.status.failed == 2


def test_another_design_or_version_is_refused(swept, monkeypatch):
    for found, part in (
        (small(4, series=True), "seeds"),
        (small(3), "series"),
        (small(3, VARY[:1], series=True), "axes, points"),
        (small(3, series=True, scenario="no-carrot"), "scenarios"),
    ):
        with pytest.raises(InputError, match=f"another design: {part} differ"):
            run_missing(found, swept.folder)
    monkeypatch.setattr(stores, "model_version", lambda: "9.9+0")
    with pytest.raises(InputError, match=r"version .* of the model, and this is 9\.9\+0"):
        run_missing(swept.design, swept.folder)
    assert len(swept.runs) == 30, "it can still be read"


def test_a_worker_of_another_version_stops_everything(swept):
    task = swept.design.task(0, 1)._replace(version="9.9+0")
    with pytest.raises(StopEverythingError, match="Install the same version"):
        jobs.live(task)


def test_a_second_process_is_told(tmp_path):
    found, said = small(), tmp_path / "said"

    def other():
        try:
            run_missing(found, tmp_path / "s")
        except OutputError as error:
            said.write_text(str(error))

    with writing(tmp_path / "s", found):
        os.waitpid(in_child(other), 0)
    assert "another process is working on this sweep" in said.read_text()
    assert "midnight status" in said.read_text()
    run_missing(found, tmp_path / "s")


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear Lev Davidovich")
    with pytest.raises(InputError, match="is no sweep"):
        run_missing(small(), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["letter.txt"]
    with pytest.raises(InputError, match="is no sweep"):
        Sweep(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_file_that_is_no_store_is_told(tmp_path, content):
    (tmp_path / "sweep.sqlite").write_bytes(content)
    with pytest.raises(InputError, match=r"is no sweep|cannot be read"):
        Sweep(tmp_path)
    if content:
        with pytest.raises(MidnightError, match="not a database"):
            run_missing(small(), tmp_path)


def test_export_goes_to_a_new_folder_and_overwrites_nothing(swept, tmp_path):
    export(swept, tmp_path / "out", picture=False)
    assert (tmp_path / "out" / "runs.csv").read_bytes() == (swept.folder / "runs.csv").read_bytes()
    with pytest.raises(InputError, match="exists"):
        export(swept, tmp_path / "out")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        export(swept, tmp_path / "file" / "out")


def test_the_public_face(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    axes = {"coefficients.offer": [0, 1.5], "events.radek_signs.date": ["1929-06-01"]}
    found = sim.sweep(vary=axes, seeds=[5], changes=SMALL)
    assert found.folder.parent.name == "results"
    assert sim.sweep(vary=axes, seeds=[5], changes=SMALL).folder == found.folder
    with reading(found.folder) as store:
        assert store.count("runs") == 2
