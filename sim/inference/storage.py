"""What is kept of a calibration: draws for `run`, a netCDF file for ArviZ, tables, pictures."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.errors import InputError, OutputError
from sim.evidence.sets import Statement
from sim.experiment.calibration import ABOUT, FILE, WEIGHT, check_about, read_about, sealed
from sim.experiment.draws import open_draws
from sim.folder import write_json
from sim.inference.posterior import KEPT, Posterior, prior_places, reweighed
from sim.inference.prior import quantile
from sim.inference.problem import Problem
from sim.inference.reweighing import by_reading, mixture
from sim.inference.sampling import Settings
from sim.model import elementwise
from sim.result import Result
from sim.writing import replacing

if TYPE_CHECKING:
    import xarray as xr

NETCDF = "posterior.nc"
DRAWS_A_SAMPLE = 3
"""Draws that are written for each effective one, chosen for all readings of the figures alike."""
SAYS = "says:{target}"
"""Column of a table of draws: what its world says of a target."""
EQUAL_DRAWS = 2000
"""Equally weighted draws in the netCDF file."""


def write(found: Posterior, folder: Path, pictures: bool = True) -> Posterior:
    """Write a calibration into its folder; `calibration.json`, written last, says that it ended.

    Returns:
        What is kept of it, as `read` gives it; the tables and pictures are of this too, so that
        they are the same whoever makes them anew.

    Raises:
        OutputError: the disk is full, say; the journal is still there.
    """
    try:
        table, about = _draws_table(found), found.about
        with replacing(folder / FILE) as file:
            table.to_parquet(file, index=False)
        kept = _of_table(table, about, found.problem, found.settings)
        with replacing(folder / NETCDF) as file:
            inference_data(kept).to_netcdf(file, engine="h5netcdf")
        Result.write(kept, folder, pictures)
        write_json(folder / ABOUT, sealed(about, folder))
        return kept
    except OSError as error:
        if not folder.exists():
            raise OutputError(f"{folder}: was removed or moved during the work") from None
        raise OutputError(
            f"{folder}: cannot be written ({error.strerror or error}); every simulation is saved.\n"
            "  Make room on the disk and give the same command again"
        ) from None


def about_of(folder: Path) -> dict[str, Any]:
    """Return the content of a finished calibration's `calibration.json`.

    Raises:
        InputError: it is none.
    """
    about = read_about(folder)
    check_about(about, folder)
    return about


def read(folder: Path, asked: Problem, settings: Settings | None = None) -> Posterior:
    """Return the posterior that lies in a folder.

    Args:
        folder: of a finished calibration.
        asked: the problem that it was made for.
        settings: of the sampler; those of the folder by default.

    Raises:
        InputError: it holds none, or one of another problem.
    """
    table, about = open_draws(folder).table, about_of(folder)
    if about["problem"] != asked.digest:
        raise InputError(
            str(folder),
            "is the posterior of another scenario, evidence set or version of the model",
            "",
            "`midnight calibrate` makes one for this",
        )
    return _of_table(table, about, asked, settings or Settings(**about["sampler"]))


def _of_table(
    table: pd.DataFrame, about: dict[str, Any], asked: Problem, settings: Settings
) -> Posterior:
    said = [table[SAYS.format(target=key)].to_numpy() for key in asked.targets]
    return Posterior(
        problem=asked,
        settings=settings,
        points=prior_places(asked, table),
        **{of: table[column].to_numpy() for column, of in KEPT.items()},
        predictions=np.array(said, float).T,
        log_evidence=about["log_evidence"],
        log_evidence_error=about["log_evidence_error"],
        calls=about["calls"],
        walkers_ess=about["ess"],
        settled=about["settled"],
    )


def _draws_table(found: Posterior) -> pd.DataFrame:
    said = {
        SAYS.format(target=key): found.predictions[:, column]
        for column, key in enumerate(found.problem.targets)
    }
    table = pd.concat([found.table, pd.DataFrame(said, dtype=np.float32)], axis=1)
    alike = mixture(by_reading(found))
    rows, weights = thinned(alike, int(DRAWS_A_SAMPLE * found.ess))
    log_weights, _ = reweighed(
        elementwise.log(weights), found.log_weights[rows] - elementwise.log(alike[rows])
    )
    kept = {WEIGHT: elementwise.exp(log_weights), "log_weight": log_weights}
    return table.iloc[rows].assign(**kept).reset_index(drop=True)


def _figure(said: Statement) -> xr.DataArray:
    """Return what a source says; for an interval its middle. The attributes say of what kind."""
    import xarray as xr

    ends = {end: getattr(said, end) for end in ("low", "high") if getattr(said, end) is not None}
    value = said.value if said.value is not None else np.sqrt(np.prod(said.bounds))
    return xr.DataArray(float(value), attrs={"kind": said.kind, "spread": said.spread, **ends})


def thinned(weights: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return rows, and their weights, that stand for all without bias.

    A draw of a weight of 1 / n or more is kept as it is; of the lighter ones as many are kept, by
    systematic resampling, as their weights together ask for, with a weight of 1 / n each.

    Args:
        weights: adding up to one.
        n: about as many rows as are wanted.
    """
    heavy = weights * n >= 1.0
    light = np.where(heavy, 0.0, weights)
    share = light.sum()
    count = round(share * n)
    rows = np.unique(equally_weighted(light, count)) if count else np.empty(0, int)
    rows = np.sort(np.concatenate([np.flatnonzero(heavy), rows]))
    kept = np.where(heavy[rows], weights[rows], share / max(count, 1))
    return rows, kept / kept.sum()


def equally_weighted(weights: np.ndarray, n: int) -> np.ndarray:
    """Return `n` rows, each as often as its weight asks for (systematic resampling)."""
    places = (np.arange(n) + 0.5) / n * weights.sum()
    return np.minimum(np.searchsorted(np.cumsum(weights), places), len(weights) - 1)


def inference_data(found: Posterior) -> xr.DataTree:
    """Return the posterior in ArviZ's schema: groups with the dimensions `chain` and `draw`.

    The draws are equally weighted, resampled from the weighted ones; one chain. The predictions
    are those of the world of each draw, and the log-likelihoods of the figures add up to its own.
    No group says when it was made: the same posterior is the same bytes.
    """
    import xarray as xr

    from sim.inference.likelihood import log_likelihood

    asked = found.problem
    rng = np.random.default_rng(found.settings.seed)
    rows = equally_weighted(found.weights, min(EQUAL_DRAWS, max(int(found.ess), 1)))
    shuffled = rng.permutation(rows)
    said, keys = found.predictions[shuffled], list(asked.targets)
    uniform = rng.random((len(rows), len(asked.parameters)))
    groups = {
        "posterior": {key: found.table[key].to_numpy()[shuffled] for key in asked.parameters},
        "prior": {
            key: np.array([quantile(number, u) for u in uniform[:, k]])
            for k, (key, number) in enumerate(asked.parameters.items())
        },
        "posterior_predictive": {key: said[:, k] for k, key in enumerate(asked.targets)},
        "log_likelihood": {
            key: log_likelihood(said[:, keys.index(key)], target)
            for key, target in asked.fitted.items()
        },
        "sample_stats": {"seed": found.seeds[shuffled]},
    }
    about = {
        "inference_library": "cma",
        "inference_library_version": metadata.version("cma"),
        "creation_library": "midnight",
        "creation_library_version": metadata.version("midnight"),
        "problem": asked.digest,
    }
    tree = {
        name: xr.Dataset(
            {key: (("chain", "draw"), values[None].astype(float)) for key, values in group.items()},
            {"chain": [0], "draw": np.arange(len(rows))},
            about,
        )
        for name, group in groups.items()
    }
    figures = {
        f"{key}:{k}" if len(target.statements) > 1 else key: _figure(said)
        for key, target in asked.fitted.items()
        for k, said in enumerate(target.statements)
    }
    tree["observed_data"] = xr.Dataset(figures, attrs=about)
    return xr.DataTree.from_dict(tree)
