"""What is kept of a result: a folder of tables, a picture, and where all of it comes from."""

from __future__ import annotations

import json
import platform
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import InputError, OutputError
from sim.scenario.loading import hash_of, sources_of
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment.runs import Runs

OWN = ("sim/__main__.py", "sim/cli/__main__.py")
"""How the program's path ends where there is no `midnight` command."""
PACKAGES = ("mesa", "numba", "numpy", "pandas", "scipy", "pydantic", "matplotlib", "pyarrow")

COLUMNS = {
    "scenario": "name of the world",
    "seed": "the world's luck",
    "week": "weeks completed; 0 is the first day",
    "date": "day of the count",
    "holding": "people of the Opposition who have neither signed nor gone quiet",
    "holding_party": "of them, in the Party",
    "holding_underground": "of them, at liberty, expelled and in hiding",
    "holding_exile": "of them, in a colony of exile",
    "holding_isolator": "of them, in an isolator",
    "holding_zinovievist": "of them, Zinovievists",
    "holding_conciliator": "of them, conciliators",
    "holding_irreconcilable": "of them, irreconcilables",
    "joined": "people who ever belonged, those of the first day included",
    "quiet": "people who went quiet without signing",
    "waiting": "people who signed and are not (yet) readmitted",
    "readmitted": "people who signed and are back in the Party",
    "statements": "statements signed so far",
    "statements_zinovievist": "of them, by Zinovievists",
    "statements_conciliator": "of them, by conciliators",
    "statements_irreconcilable": "of them, by irreconcilables",
    "statements_with_patron": "of them, by followers of a leader who had signed",
    "arrested": "arrests so far",
    "transferred": "transfers from colony to isolator so far",
    "available_to_sign": "irreconcilables holding out and not in an isolator",
    "person": "number of the person; the same person in every world of one seed",
    "wing": "zinovievist, conciliator or irreconcilable",
    "generation": "youth, civil_war or old_bolshevik",
    "programme": "weight of the industrial programme against party democracy, 0 to 1",
    "conviction": "minus the log-frailty of signing",
    "patron": "leader whose example counts, empty for none",
    "city": "home",
    "colony": "where exile took them, or would have",
    "member": "of the Opposition on the first day",
    "stance": "sympathiser, holding, quiet, signed or readmitted, on the last day",
    "place": "party, underground, exile or isolator, on the last day",
    "week_of_signing": "week of each event, -1 if it never came",
    "week_of_quiet": "see week_of_signing",
    "week_of_arrest": "see week_of_signing",
    "week_of_transfer": "see week_of_signing",
    "week_of_joining": "see week_of_signing",
    "week_of_readmission": "see week_of_signing",
    "population.size ... rates.transfer": "in draws: the parameters that each seed was lived with",
    "title": "title of the world",
    "holding_low, _median, _high": "in table: holding out at the end of 1929, 90% interval",
    "week_low, _median, _high": "in table: first week with fewer than 1,000; empty if none",
    "passes_1000": "in table: share of seeds that fall below 1,000",
    "difference_low, _median, _high": "in table: this world minus the baseline, seed by seed",
    "fates_low, _median, _high": "in table: people who sign or go quiet otherwise than in it",
    "target": "in targets: key in the evidence set",
    "what": "in targets: what is counted",
    "sources_say": "in targets: the sources' figure, in words",
    "low, median, high": "in targets: the worlds' median and 90% interval",
    "held_out_of_fit": "in targets: shown, but not used by the fit",
    "claims": "in targets: ids in the ledger",
    "where": "in weeks: city, colony or isolator",
    "hazard": "in weeks: hazard of signing, 1/week; empty when not at risk",
    "cumulative_hazard": "in weeks: its sum; at the resistance the person signs",
    "baseline ... conviction": "in weeks: terms of the log-hazard, one a mechanism",
}
"""What the columns of the tables mean; counts are of people."""


def default_folder(name: str, root: Path = Path("results")) -> Path:
    """Return the first of `results/NAME`, `results/NAME-2`, ... that does not exist."""
    folder, n = root / name, 1
    while folder.exists():
        n += 1
        folder = root / f"{name}-{n}"
    return folder


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write to; it takes its name only when everything is in it.

    Raises:
        InputError: a folder of that name has something in it, or is a file.
        OutputError: it cannot be written; whatever was there is untouched.
    """
    if folder.resolve() == Path.cwd() or not folder.name:
        raise InputError("--out", f"`{folder}` is where you are", "", "name a new folder")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            "--out", f"`{folder}` exists", "", "name a new folder; results are never overwritten"
        )
    missing = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        partial.chmod(0o755)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from None
    try:
        yield partial
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
    except OSError as error:
        saved = _save(partial, folder)
        raise OutputError(
            f"{folder}: could not be written ({error.strerror or error}); "
            + (f"what was finished lies in {saved}" if saved else "nothing else is touched")
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()


def _save(partial: Path, folder: Path) -> Path | None:
    """Keep what was written before the disk was full, under a name that says so."""
    files = sorted(partial.iterdir(), key=lambda file: file.stat().st_mtime_ns)
    if len(files) < 2:
        return None
    files[-1].unlink()  # the one that did not fit
    kept = folder.with_name(f"{folder.name}.incomplete")
    with suppress(OSError):
        partial.rename(kept)
        return kept
    return None


def provenance(scenarios: list[Scenario], seeds: list[int]) -> dict[str, Any]:
    """Return what a result rests on: versions, scenarios as resolved, seeds, sources, command.

    `model` is a digest of the sources of the model: the same number, the same rule.
    """
    from sim.model.compiled import source_digest  # which loads the compiler

    called = Path(sys.argv[0])
    own = called.stem == "midnight" or called.as_posix().endswith(OWN)
    command = sys.argv[1:] if own else []
    return {
        "midnight": metadata.version("midnight"),
        "model": source_digest(),
        "command": shlex.join(["midnight", *command]) if command else "from Python",
        "seeds": seeds,
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "scenarios": [
            {
                "name": scenario.name,
                "hash": hash_of(scenario),
                "claims": sorted({c for _, part in sources_of(scenario) for c in part.claims}),
                "assumed": {key: p.assumed for key, p in sources_of(scenario) if p.assumed},
                "resolved": scenario.model_dump(mode="json"),
            }
            for scenario in scenarios
        ],
        "columns": COLUMNS,
    }


def write_table(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Write a table as CSV and Parquet."""
    table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    table.to_parquet(folder / f"{name}.parquet", index=False)


def write_json(path: Path, content: Any) -> None:
    """Write an object as readable JSON."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write(
    folder: Path,
    tables: dict[str, pd.DataFrame],
    draw: Callable[..., object],
    runs: list[Runs],
) -> None:
    """Write tables, picture and provenance into `folder`.

    Args:
        folder: as given by `new_folder`.
        tables: by file name.
        draw: called with `path=`, writes PNG and SVG.
        runs: of every world in the result.
    """
    for name, table in tables.items():
        write_table(folder, name, table)
    draw(path=folder / "figure")
    about = provenance([found.scenario for found in runs], runs[0].seeds)
    if (draws := runs[0].draws) is not None:
        write_table(folder, "draws", runs[0].drawn)
        about["posterior"] = {key: draws.about[key] for key in ("name", "problem", "ess")}
    write_json(folder / "provenance.json", about)
