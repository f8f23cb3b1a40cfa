"""What is kept of a result: a folder of tables, a picture, and where all of it comes from."""

from __future__ import annotations

import errno
import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import metadata
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.errors import InputError, OutputError, printable
from sim.experiment.files import PATIENCE, claimed, clean, contents, replacing, sync
from sim.model.codes import PLACES, PROCESSES, STANCES, columns
from sim.model.version import model_version
from sim.scenario.loading import hash_of, sources_of
from sim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment.runs import Runs

OWN = ("sim/__main__.py", "sim/cli/__main__.py")
"""How the program's path ends where there is no `midnight` command."""
PACKAGES = ("mesa", "numba", "numpy", "pandas", "scipy", "pydantic", "matplotlib", "pyarrow")
LAST = "provenance.json"
"""Written when all else is there."""

COLUMNS = {
    "scenario": "name of the world",
    "seed": "the world's luck",
    "week": "weeks completed; 0 is the first day",
    "date": "day of the count",
    **{each.name: each.meaning for each in columns()},
    "person": "number of the person; the same person in every world of one seed",
    "wing": "zinovievist, conciliator or irreconcilable",
    "generation": "youth, civil_war or old_bolshevik",
    "programme": "weight of the industrial programme against party democracy, 0 to 1",
    "conviction": "minus the log-frailty of signing",
    "patron": "leader whose example counts, empty for none",
    "city": "home",
    "colony": "where exile took them, or would have",
    "member": "of the Opposition on the first day",
    "stance": f"{', '.join(STANCES[:-1])} or {STANCES[-1]}, on the last day",
    "place": f"{', '.join(PLACES[:-1])} or {PLACES[-1]}, on the last day",
    **{
        f"week_of_{name}": "see week_of_signing"
        if k
        else "week of each event, empty if it never came"
        for k, name in enumerate(PROCESSES)
    },
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


class New(NamedTuple):
    """A new folder: the name it will have, and where to write until it is complete."""

    target: Path
    folder: Path


def check_place(folder: Path) -> None:
    """Make sure that a folder, or a file, can have this name.

    Raises:
        InputError: it is too long, or the folder in which the command was given is gone.
    """
    try:
        folder.stat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            got = f"`{printable(str(folder), 60)}` is too long for a name"
            raise InputError("--out", got, "", "name a shorter one") from None
    if not folder.is_absolute():
        try:
            Path.cwd()
        except OSError:
            raise OutputError(
                f"{folder}: cannot be written, for the folder you are in was removed.\n"
                "  Go to another folder, or name a whole path with --out"
            ) from None


@contextmanager
def new_folder(folder: Path, numbered: bool = False) -> Iterator[New]:
    """Hold a name for a folder, and give a folder to write to that takes it when all is in it.

    A folder that is there and empty is filled instead, its `provenance.json` last.

    Args:
        folder: the name.
        numbered: whether to take the first of NAME, NAME-2, ... that is free.

    Raises:
        InputError: a folder of that name has something in it, or is a file.
        OutputError: another process has the name, or it cannot be written; whatever was there is
            untouched.
    """
    check_place(folder)
    if not folder.name or folder.resolve() == Path.cwd():
        raise InputError("--out", f"`{folder}` is where you are", "", "name a new folder")
    names = _numbered(folder) if numbered else iter([folder])
    with _no_empty(folder.parent):
        for target in names:
            if numbered and os.path.lexists(target):
                continue
            with _claimed(target, 0.0 if numbered else PATIENCE) as partial:
                if partial is None or (numbered and os.path.lexists(target)):
                    continue
                check_free(target)  # it may have come to be while we waited
                yield from _filled(New(target, partial))
                return
    raise _taken(folder)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a folder, new or begun, for this process alone.

    Raises:
        InputError: it is a file.
        OutputError: another process has it, or it cannot be written.
    """
    check_place(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError("--out", f"`{folder}` is a file", "a folder", "name another one")
    with _no_empty(folder), told(folder), ExitStack() as opened:
        folder.mkdir(parents=True, exist_ok=True)
        if opened.enter_context(claimed(folder, ".")) is None:
            raise _taken(folder)
        yield


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turn an error of writing into a folder that is kept as it is into a sentence.

    Raises:
        OutputError: there was one.
    """
    try:
        yield
    except OSError as error:
        if not folder.exists():
            raise OutputError(f"{folder}: was removed or moved during the work") from None
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror or error}); what was finished before is "
            "kept.\n  Make room on the disk, or make it writable, and give the same command again"
        ) from None


@contextmanager
def _no_empty(folder: Path) -> Iterator[None]:
    """Remove folders that were made on the way to this one, and it, if nothing came into them."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        yield
    finally:
        for each in missing:
            with suppress(OSError):
                each.rmdir()


def _taken(folder: Path) -> OutputError:
    return OutputError(
        f"{folder}: another process is writing to this folder.\n"
        "  Wait for it, or name another folder with --out"
    )


def check_free(folder: Path) -> None:
    """Make sure that a folder is not there, or empty.

    Raises:
        InputError: it has something in it, or is a file.
    """
    if folder.is_dir():
        clean(folder)
    if folder.exists() and (not folder.is_dir() or contents(folder)):
        raise InputError(
            "--out", f"`{folder}` exists", "", "name a new folder; results are never overwritten"
        )


def _is_fixed(folder: Path) -> bool:
    """Return whether a folder is there that no other one can take the place of: a disk, say."""
    if not folder.is_dir():
        return False
    return folder.is_mount() or folder.is_symlink() or not os.access(folder.parent, os.W_OK)


def _numbered(folder: Path) -> Iterator[Path]:
    yield folder
    for n in count(2):
        yield folder.with_name(f"{folder.name}-{n}")


@contextmanager
def _claimed(target: Path, patience: float) -> Iterator[Path | None]:
    """Give the folder to write to, or None if another process has the name."""
    check_free(target)
    place = target if _is_fixed(target) else target.parent
    with ExitStack() as opened:
        try:
            place.mkdir(parents=True, exist_ok=True)
            partial = opened.enter_context(claimed(place, target.name, patience))
        except OSError as error:
            raise OutputError(f"{target}: cannot be written ({error.strerror})") from None
        yield partial


def _filled(new: New) -> Iterator[New]:
    try:
        yield new
        if new.folder.parent == new.target:  # which cannot be renamed to
            files = sorted(new.folder.iterdir(), key=lambda file: (file.name == LAST, file.name))
            for file in files:
                file.rename(new.target / file.name)
        else:
            sync(new.folder)
            if new.target.exists():
                new.target.rmdir()
            new.folder.rename(new.target)
        sync(new.folder.parent)
    except OSError as error:
        saved = _save(new.folder, new.target)
        raise OutputError(
            f"{new.target}: could not be written ({error.strerror or error}); "
            + (f"what was finished lies in {saved}" if saved else "nothing else is touched")
        ) from None


def _save(partial: Path, folder: Path) -> Path | None:
    """Keep what was written before the disk was full, under a name that says so."""
    with suppress(OSError):
        if any(partial.iterdir()):
            for kept in _numbered(partial.with_name(f"{folder.name}.incomplete")):
                if not os.path.lexists(kept):
                    partial.rename(kept)
                    return kept
    return None


def provenance(scenarios: list[Scenario], seeds: list[int]) -> dict[str, Any]:
    """Return what a result rests on: versions, scenarios as resolved, seeds, sources, command.

    `model` is the version of the model (`sim.model.version`): the same version, the same numbers.
    """
    called = Path(sys.argv[0])
    own = called.stem == "midnight" or called.as_posix().endswith(OWN)
    command = sys.argv[1:] if own else []
    return {
        "midnight": metadata.version("midnight"),
        "model": model_version(),
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
    with replacing(folder / f"{name}.csv") as file:
        table.to_csv(file, index=False, lineterminator="\n")
    with replacing(folder / f"{name}.parquet") as file:
        table.to_parquet(file, index=False)


def write_json(path: Path, content: Any) -> None:
    """Write an object as readable JSON."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    with replacing(path) as file:
        file.write_text(text, encoding="utf-8")


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
    write_json(folder / LAST, about)
