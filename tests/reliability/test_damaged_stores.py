"""A damaged store of a sweep is never believed, and what is whole in it is never lost.

Bytes are flipped, files cut short, rows and tables edited. Whatever reads such a store says what
the undamaged one says, or names the file and the remedy; after a repair every table is the same to
the byte.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sweeping import assert_same_tables, finished, midnight, small

import sim
from sim.errors import InputError, OutputError
from sim.experiment.export import export
from sim.experiment.repair import repair
from sim.experiment.rows import DamagedError, hash_of
from sim.experiment.store import FILE, locked, writing
from sim.experiment.sweep import run_missing
from sim.experiment.sweep_result import Sweep

PROMISE = "A damaged sweep store is never believed, and is repaired to the byte"
NO_WORLD = "1929-04-15"
"""A day on which another knot of the lever stands already."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Sweep:
    """Return a finished sweep of 6 points, of which two are no worlds, and 3 seeds."""
    days = f"levers.offer.knots.posts.date=1929-07-01,{NO_WORLD},1929-09-01"
    vary = ("coefficients.left_turn=0,8", days)
    swept = finished(small(3, vary, series=True), tmp_path_factory.mktemp("whole") / "s")
    swept.numbers = numbers(swept)
    return swept


def numbers(swept: Sweep) -> tuple:
    """Return whatever numbers can be had of a sweep."""
    status, of = swept.status, swept.headline
    data = swept.dataset
    return (
        (status.points, status.runs, status.done, status.failed, status.left, status.failures),
        sorted(swept.values(of)),
        swept.runs.to_csv(),
        swept.failures.to_csv(),
        *(data[name].to_numpy().tobytes() for name in sorted(data.data_vars)),
    )


def copy(whole: Sweep, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in (FILE, "runs.parquet", "series.parquet"):
        shutil.copy(whole.folder / name, folder / name)
    return folder


def outcome(whole: Sweep, folder: Path) -> str:
    """Read a damaged store and repair it; return what came of it.

    `same` if every number is that of the undamaged store, `named` if the damage was noticed and
    everything recovered, `lost` if the store no longer says what it was made for.
    """
    said = ""
    try:
        assert numbers(Sweep(folder)) == whole.numbers
        with writing(folder, whole.design) as store:
            assert store.count("runs") == whole.status.done
    except InputError as error:
        said = str(error)
    noticed = said != ""
    words = ("midnight repair", "design is lost", "nothing can be recovered", "never began")
    assert not noticed or (str(folder / FILE) in said and any(each in said for each in words)), said
    try:
        found = repair(folder)
    except InputError as error:
        said, found = str(error), None
    if found is None:
        assert noticed
        assert any(each in said for each in ("design is lost", "never began")), said
        return "lost"
    assert found.was_whole is not noticed
    if noticed:
        assert found.damaged.is_file()
        run_missing(found.design, folder, execution=sim.Execution(workers=1))
    export(Sweep(folder), picture=False)
    assert_same_tables(whole, Sweep(folder))
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]
    return "named" if noticed else "same"


@pytest.mark.parametrize("n", [10, pytest.param(1000, marks=pytest.mark.slow)])
def test_flipped_bytes(whole, tmp_path, measured, n):
    rng = np.random.default_rng(1917)
    size, found = (whole.folder / FILE).stat().st_size, []
    head = [*range(0, 100, 10), *range(100, 4096, 4096 // (n // 8))]
    places = [*head[: n // 2], *rng.integers(0, size, n)][:n]
    for place in places:
        folder = copy(whole, tmp_path / "s")
        content = bytearray((folder / FILE).read_bytes())
        content[place] ^= int(rng.integers(1, 256))
        (folder / FILE).write_bytes(content)
        found.append(outcome(whole, folder))
    counts = {each: found.count(each) for each in ("same", "named", "lost")}
    assert counts["named"] > n / 5
    assert counts["lost"] <= n / 100, "one byte has to be very unlucky to lose all"
    measured(PROMISE, n, 0, f"flipped bytes: {counts}")


@pytest.mark.parametrize("n", [4, pytest.param(200, marks=pytest.mark.slow)])
def test_torn_pages(whole, tmp_path, measured, n):
    """A block of the disk comes back as zeros, as noise, or as another block."""
    rng = np.random.default_rng(1918)
    size, found = (whole.folder / FILE).stat().st_size, []
    for k in range(n):
        folder = copy(whole, tmp_path / "s")
        content = bytearray((folder / FILE).read_bytes())
        start, other = (int(page) * 4096 for page in rng.integers(0, size // 4096, 2))
        page = (bytes(4096), rng.bytes(4096), content[other : other + 4096])[k % 3]
        content[start : start + 4096] = page
        (folder / FILE).write_bytes(content)
        found.append(outcome(whole, folder))
    measured(PROMISE, n, 0, f"torn pages: { ({each: found.count(each) for each in found}) }")


@pytest.mark.parametrize("n", [4, pytest.param(100, marks=pytest.mark.slow)])
def test_files_cut_short(whole, tmp_path, measured, n):
    size, found = (whole.folder / FILE).stat().st_size, []
    for length in np.linspace(0, size - 1, n).astype(int):
        folder = copy(whole, tmp_path / "s")
        (folder / FILE).write_bytes((folder / FILE).read_bytes()[:length])
        found.append(outcome(whole, folder))
    assert "named" in found
    measured(PROMISE, n, 0, f"cut short: { ({each: found.count(each) for each in found}) }")


FORGED = '{"peak": 1e999, "remaining": 5}'
EDITS = {
    "another number": "UPDATE runs SET summary = replace(summary, '\"peak\":', '\"peak\":1')",
    "another seed": "UPDATE runs SET seed = 77 WHERE rowid = 3",
    "another scenario": "UPDATE runs SET scenario = 'x' WHERE rowid = 3",
    "two runs exchanged": "UPDATE runs SET summary = (SELECT summary FROM runs WHERE rowid = 5)"
    " WHERE rowid = 4",
    "a row gone": "DELETE FROM runs WHERE rowid = 2",
    "all rows gone": "DELETE FROM runs",
    "a list": "UPDATE runs SET summary = '[1, 2]' WHERE rowid = 1",
    "no JSON": "UPDATE runs SET summary = 'peak' WHERE rowid = 1",
    "a blob": "UPDATE runs SET summary = x'ff00ff' WHERE rowid = 1",
    "bad text": "UPDATE runs SET summary = CAST(x'ff00ff' AS TEXT) WHERE rowid = 1",
    "a text for a seed": "UPDATE runs SET seed = 'one' WHERE rowid = 1",
    "no series": "UPDATE runs SET series = NULL WHERE rowid = 6",
    "half a series": "UPDATE runs SET series = substr(series, 1, 50) WHERE rowid = 6",
    "a series exchanged": "UPDATE runs SET series = (SELECT series FROM runs WHERE rowid = 7)"
    " WHERE rowid = 6",
    "seconds": "UPDATE runs SET seconds = 'long'",
    "no hash": "UPDATE runs SET hash = '' WHERE rowid = 6",
    "a point": "UPDATE points SET scenario = (SELECT scenario FROM points WHERE point = 0)"
    " WHERE point = 2",
    "a point gone": "DELETE FROM points WHERE point = 5",
    "a world that is none": "UPDATE points SET scenario = 'x' WHERE scenario IS NULL",
    "an error": "UPDATE points SET error = 'nonsense' WHERE scenario IS NULL",
    "a failure": "INSERT INTO failures VALUES ('x', 1, 'it failed', '')",
    "the version": "UPDATE about SET value = '\"0.0\"' WHERE name = 'version'",
    "no version": "DELETE FROM about WHERE name = 'version'",
    "the plan": "UPDATE about SET value = '\"0123\"' WHERE name = 'plan'",
    "the design": "UPDATE about SET value = replace(value, '8.0', '9.0') WHERE name = 'design'",
    "no design": "DELETE FROM about WHERE name = 'design'",
    "the count": "UPDATE about SET value = '{}' WHERE name = 'kept'",
    "no facts": "DELETE FROM about",
    "no table of facts": "DROP TABLE about",
    "no table of runs": "DROP TABLE runs",
    "no table of points": "DROP TABLE points",
    "no table of failures": "DROP TABLE failures",
    "a column": "ALTER TABLE runs RENAME COLUMN summary TO words",
    "a table": "ALTER TABLE runs RENAME TO lives",
    "one more table": "CREATE TABLE more (x)",
    "no index": "DROP INDEX runs_by_seed",
}


@pytest.mark.parametrize("each", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_edits(whole, tmp_path, measured, each):
    for what in list(EDITS)[::each]:
        folder = copy(whole, tmp_path / "s")
        edit(folder, EDITS[what])
        harmless = what in ("no index", "seconds")
        assert outcome(whole, folder) == ("same" if harmless else "named"), what
    measured(PROMISE, len(EDITS), 0, "edits of rows and tables by SQL")


def edit(folder: Path, statement: str, values: tuple = ()) -> None:
    with closing(sqlite3.connect(folder / FILE, isolation_level=None)) as base:
        base.execute(statement, values)


@pytest.mark.parametrize("summary", [FORGED, "[]", "{}", '{"peak": NaN}', '{"peak": "x"}'])
def test_what_has_a_hash_and_is_no_summary(whole, tmp_path, summary):
    folder = copy(whole, tmp_path / "s")
    with closing(sqlite3.connect(folder / FILE)) as base:
        query = "SELECT key, scenario, seed, summary, series_hash FROM runs WHERE rowid = 1"
        row = list(base.execute(query).fetchone())
    row[3] = summary
    edit(folder, "UPDATE runs SET summary = ?, hash = ? WHERE rowid = 1", (summary, hash_of(*row)))
    with pytest.raises(DamagedError, match="no table of numbers"):
        numbers(Sweep(folder))
    assert outcome(whole, folder) == "named"


def test_without_both_copies_of_its_design_a_store_says_what_is_needed(whole, tmp_path):
    folder = copy(whole, tmp_path / "s")
    for table in ("about", "spare"):
        edit(folder, f"UPDATE {table} SET value = '{{}}' WHERE name = 'design'")
    assert outcome(whole, folder) == "lost"
    with pytest.raises(DamagedError, match="give the command that made it, with a new folder"):
        repair(folder)


def test_a_store_without_hashes_is_given_them(whole, tmp_path, monkeypatch):
    """As stores were before rows had hashes."""
    folder = copy(whole, tmp_path / "s")
    edit(folder, "DROP TABLE spare")
    edit(folder, "DELETE FROM about WHERE name = 'kept'")
    for table in ("about", "points", "runs", "failures"):
        edit(folder, f"ALTER TABLE {table} DROP COLUMN hash")
    edit(folder, "ALTER TABLE runs DROP COLUMN series_hash")
    for look in (lambda: Sweep(folder), lambda: run_missing(whole.design, folder)):
        with pytest.raises(InputError, match="before stores had a hash a row"):
            look()
    monkeypatch.setattr("sim.experiment.execution.Execution.pool", None)
    assert outcome(whole, folder) == "named"


def test_a_whole_store_is_left_alone(whole, tmp_path):
    folder = copy(whole, tmp_path / "s")
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    found = repair(folder)
    assert (found.was_whole, found.kept, found.damaged) == (True, 12, None)
    left = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert {name: left[name] for name in before} == before
    assert not {name for name in left if "damaged" in name or name.startswith(".")}


def test_a_sweep_that_runs_is_not_repaired(whole, tmp_path):
    folder = copy(whole, tmp_path / "s")
    edit(folder, EDITS["another number"])
    content = (folder / FILE).read_bytes()
    with locked(folder, "sweep"), pytest.raises(OutputError, match="another process is working"):
        repair(folder)
    assert (folder / FILE).read_bytes() == content


def test_a_lock_that_is_damaged_is_made_anew(whole, tmp_path):
    folder = copy(whole, tmp_path / "s")
    (folder / "lock.sqlite").write_bytes(b"no lock at all" * 99)
    assert outcome(whole, folder) == "same"


def test_runs_that_failed_are_kept_by_a_repair(tmp_path):
    found = small(2, ("coefficients.left_turn=0,1",))
    with writing(tmp_path / "s", found) as store:
        store.keep_points([(0, "a" * 16, ""), (1, "b" * 16, "")])
        store.keep((), [("a" * 16, 1, "it failed"), ("b" * 16, 2, "so did this")])
    edit(tmp_path / "s", "UPDATE points SET error = 'x' WHERE point = 0")
    assert repair(tmp_path / "s").damaged.is_file()
    table = Sweep(tmp_path / "s").failures
    assert list(table["error"]) == ["so did this"], "the point of the other is not known any more"
    assert Sweep(tmp_path / "s").status.failed == 2


@pytest.mark.slow
def test_the_commands(whole, tmp_path):
    folder = copy(whole, tmp_path / "s")
    edit(folder, EDITS["a series exchanged"])
    edit(folder, EDITS["two runs exchanged"])
    process = midnight("export", folder)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (2, "")
    assert f"{folder / FILE}: is damaged" in err
    assert f"10 of 12 runs can be recovered: `midnight repair {folder}`" in err
    process = midnight("repair", folder, "--json")
    said = json.loads(process.communicate(timeout=120)[0])
    assert (said["kept"], said["run_again"], said["done"], said["left"]) == (10, 2, 12, 0)
    assert Path(said["damaged"]).is_file()
    assert len(sim.open_sweep(folder)["seed"]) == 3


def test_what_is_no_sweep_is_not_repaired(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="is no sweep"):
            repair(folder)
