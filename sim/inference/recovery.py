"""Many calibrations from synthetic figures, each kept as soon as it is there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import InputError, MidnightError, OutputError
from sim.experiment.execution import DEFAULT, Execution, check_workers
from sim.experiment.runner import attempt_many
from sim.experiment.sizes import A_SIMULATION, check_size
from sim.experiment.store import locked
from sim.files import read_json
from sim.inference.problem import Problem
from sim.inference.sampling import Settings
from sim.inference.simulation import LIGHT, Simulation, recovered
from sim.inference.synthetic import figures
from sim.writing import clean, replacing

FOLDER = "simulations"


def recover(
    asked: Problem,
    n: int,
    folder: Path,
    settings: Settings = LIGHT,
    truths: Sequence[np.ndarray] | None = None,
    other_luck: bool = False,
    execution: Execution = DEFAULT,
) -> pd.DataFrame:
    """Return where the truth lies in each of n synthetic calibrations, a row a quantity of each.

    A simulation is kept in `folder/simulations` when it is done; killed and started again, with
    a larger `n` perhaps, the rest is done. The result is the same however many the workers.

    Args:
        asked: the problem, whose seeds every calibration knows.
        n: simulations 1 to n.
        folder: new, or begun.
        settings: of the sampler, for each.
        truths: places in the priors; drawn from the priors by default, as uniform ranks ask.
        other_luck: see `simulation.recovered`.
        execution: where, each process calibrating by itself, and who hears how many simulations
            are done of all.

    Raises:
        InputError: the folder holds simulations of something else, or a figure cannot be drawn.
        MidnightError: a simulation failed; leaving it out would hide what it had to tell.
        OutputError: the folder cannot be written.
    """
    check_size("--simulations", n, A_SIMULATION, "simulation")
    figures(asked, np.ones(len(asked.targets)), np.random.default_rng(0))  # or say why not
    every = [
        Simulation(asked, k, settings, None if truths is None else tuple(truths[k - 1]), other_luck)
        for k in range(1, n + 1)
    ]
    place = folder / FOLDER
    try:
        place.mkdir(parents=True, exist_ok=True)
        with locked(place, "check"):
            clean(place)
            missing = [each for each in every if not _is_kept(place, each)]
            _simulate(missing, place, n, execution)
    except OSError as error:
        if not place.exists():
            raise OutputError(f"{place}: was removed or moved during the work") from None
        raise OutputError(
            f"{place}: cannot be written ({error.strerror or error}); every finished simulation "
            "is safe.\n  Make room on the disk and give the same command again"
        ) from None
    rows = [row for each in every for row in _read(_file(place, each.number))["rows"]]
    return pd.DataFrame(rows).astype({"contraction": float})


def _simulate(missing: list[Simulation], place: Path, n: int, execution: Execution) -> None:
    hands = min(check_workers(execution.workers), max(len(missing), 1))
    done, failed = n - len(missing), dict[int, str]()
    with replace(execution, workers=hands).pool() as executor:
        for attempts in attempt_many(recovered, missing, len(missing), executor):
            for each in attempts:
                if each.result is None:
                    failed[each.item.number] = each.error
                else:
                    _keep(place, each.item, each.result)
                done += 1
                execution.progress(done, n)
    if failed:
        number, error = min(failed.items())
        raise MidnightError(f"simulation {number} failed ({len(failed)} of {n} did): {error}")


def _file(place: Path, number: int) -> Path:
    return place / f"{number:04d}.json"


def _keep(place: Path, simulation: Simulation, found: dict[str, Any]) -> None:
    """Write a finished simulation, wholly or not at all."""
    content = {"digest": simulation.digest, **found}
    with replacing(_file(place, simulation.number)) as file:
        text = json.dumps(content | {"checksum": _checksum(content)})
        file.write_text(text, encoding="utf-8")


def _is_kept(place: Path, simulation: Simulation) -> bool:
    file = _file(place, simulation.number)
    if not file.exists() and not file.is_symlink():
        return False
    if _read(file).get("digest") != simulation.digest:
        raise InputError(
            str(place.parent),
            "holds simulations of another scenario, evidence set, setting or version of the model",
            "one kind a folder",
            "name a new folder with --out",
        )
    return True


def _read(file: Path) -> dict[str, Any]:
    """Return a simulation as `_keep` has written it.

    Raises:
        InputError: it is damaged.
    """
    kept = read_json(file, "a simulation of `midnight check`", _REMEDY)
    said, checksum = {k: v for k, v in kept.items() if k != "checksum"}, kept.get("checksum")
    rows = said.get("rows")
    whole = isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)
    if not whole or not isinstance(said.get("digest"), str) or checksum != _checksum(said):
        got = "is damaged: its checksum is not that of its content"
        raise InputError(str(file), got, "a simulation of `midnight check`", _REMEDY)
    return said


_REMEDY = "remove it and give the command again; the others are kept"


def _checksum(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
