"""The two files of a finished calibration, and whether they are whole."""

from __future__ import annotations

import hashlib
import io
import json
import re
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError

from sim.chart.registry import chart
from sim.errors import InputError, nearest, shorten
from sim.evidence.sets import Key, Name, Target
from sim.files import read_bytes, read_json, shipped_posteriors, shown
from sim.scenario.schema import Number
from sim.validation import explain
from sim.values import MisfitError, as_real

FILE, ABOUT, WEIGHT = "draws.parquet", "calibration.json", "weight"
CHECKSUMS = "checksums"
"""Key of `calibration.json`: of the draws, and of everything else in it."""
LARGEST, MOST_CELLS = 1_000_000_000, 200_000_000
"""Bytes and cells of a table of draws; the shipped ones have 1 MB and 120,000."""
LARGEST_FIGURE = 1e12
"""Of what a world says of a target; assumed: there were never so many people."""
SUM = 1e-6
"""How far weights may be from adding up to one: far more than rounding does."""
ROUNDING = 1e-5
"""Parameters are rounded to five digits, so one may lie so far beyond the end of its prior."""
_ABOUT_FROM, _FROM = "the calibration.json of a calibration", "the draws of a calibration"


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise MisfitError(allowed="a whole number")
    return value


Real = Annotated[float, BeforeValidator(as_real), Field(allow_inf_nan=False)]
Whole = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=2**63 - 1)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
_PARTS = ("population", "coefficients", "rates")


class Sampler(BaseModel):
    """Settings of the sampler."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ess: Annotated[Whole, Field(ge=1)]
    walkers: Annotated[Whole, Field(ge=1)]
    batch: Annotated[Whole, Field(ge=1)]
    seed: Whole


VERSION = r"[0-9]{1,6}(\+[0-9a-f]{16})?|[0-9a-f]{16}"
"""A version of the model, with a user's own declarations perhaps; before 3 it was a digest."""


class Content(BaseModel):
    """What `calibration.json` has to say."""

    model_config = ConfigDict(frozen=True)

    name: Name
    scenario: Name
    evidence: Name
    problem: Digest
    model: Annotated[str, Field(pattern=f"^({VERSION})$")]
    seeds: Annotated[list[Whole], Field(min_length=1, max_length=1_000_000)]
    sampler: Sampler
    ess: Annotated[Real, Field(gt=0, le=1e9)]
    settled: StrictBool
    log_evidence: Annotated[Real, Field(ge=-1e9, le=1e3)]
    log_evidence_error: Annotated[Real, Field(ge=0, le=1e6)]
    calls: Annotated[Whole, Field(ge=1)]
    parameters: Annotated[dict[str, Number], Field(min_length=1, max_length=200)]
    targets: Annotated[dict[Key, Target], Field(min_length=1, max_length=200)]


def remedy(folder: Path) -> str:
    """Return what to do about a damaged calibration."""
    if _is_shipped(folder):
        return "install Midnight again, or get the file anew: it came with it"
    return "remove the folder and calibrate anew, or take a copy that is whole"


def sealed(about: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the content of `calibration.json` with checksums of the draws and of itself."""
    draws = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    return about | {CHECKSUMS: {FILE: draws, ABOUT: _checksum(about)}}


def _checksum(about: dict[str, Any]) -> str:
    bare = {key: value for key, value in about.items() if key != CHECKSUMS}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _is_shipped(folder: Path) -> bool:
    shipped = shipped_posteriors()
    return shipped is not None and folder.resolve().parent == shipped.resolve()


def read_about(folder: Path) -> dict[str, Any]:
    """Return the content of `calibration.json`, checked as far as it does not need the model.

    Raises:
        InputError: it is damaged.
    """
    file, advice = folder / ABOUT, remedy(folder)
    where, about = shown(file), read_json(file, _ABOUT_FROM, advice)
    sums = about.get(CHECKSUMS)
    if sums is not None:
        known = isinstance(sums, dict) and set(sums) == {FILE, ABOUT}
        if not known or sums[ABOUT] != _checksum(about):
            raise _damaged(where, CHECKSUMS, "do not fit its content", "", advice)
    elif near := nearest(CHECKSUMS, [key for key in about if key not in Content.model_fields]):
        raise _damaged(where, CHECKSUMS, "are missing", near, advice)
    model = about.get("model")
    if not isinstance(model, str) or not re.fullmatch(VERSION, model):
        got = "is missing" if model is None else f"got {shorten(model)}"
        raise _damaged(where, "model", got, "a version of the model, as in 3", advice)
    return about


def check_about(about: dict[str, Any], folder: Path) -> None:
    """Make sure that the content of `calibration.json` is that of a calibration of this model.

    Raises:
        InputError: it is damaged.
    """
    where, advice = shown(folder / ABOUT), remedy(folder)
    try:
        content = Content.model_validate(about)
    except ValidationError as error:
        raise explain(error, Content, where, advice) from None
    if content.seeds != list(range(1, len(content.seeds) + 1)):
        raise _damaged(where, "seeds", f"got {content.seeds[:5]}...", "1, 2, 3, ...", advice)
    known = _bounds()
    for key, number in content.parameters.items():
        if key not in known:
            got = "there is no such parameter"
            raise _damaged(where, f"parameters.{shorten(key)[1:-1]}", got, "", advice)
        low, high = known[key]
        for name in ("low", "value", "high"):
            if not low <= getattr(number, name) <= high:
                got = f"got {getattr(number, name):.12g}"
                allowed = f"a number from {low:g} to {high:g}"
                raise _damaged(where, f"parameters.{key}.{name}", got, allowed, advice)
        if number.prior == "fixed" or not number.low < number.high:
            raise _damaged(where, f"parameters.{key}", "has no range", "low below high", advice)


def _bounds() -> dict[str, tuple[float, float]]:
    return {
        f"{part}.{name}": (each.at_least, each.at_most)
        for part in _PARTS
        for name, each in getattr(chart(), part).items()
    }


def _damaged(where: str, key: str, got: str, allowed: str, advice: str) -> InputError:
    return InputError(f"{where}: {key}", f"is damaged: {got}", allowed, advice)


def read_table(folder: Path, about: dict[str, Any]) -> pd.DataFrame:
    """Return the draws, every column of which is what a calibration can have written.

    Args:
        folder: of the calibration.
        about: the content of its `calibration.json`, checked.

    Raises:
        InputError: they are damaged.
    """
    file, advice = folder / FILE, remedy(folder)
    where, content = shown(file), read_bytes(file, LARGEST, "a table of draws", advice)
    sums = about.get(CHECKSUMS)
    if sums is not None and hashlib.sha256(content).hexdigest() != sums[FILE]:
        got = f"is damaged: its checksum is not the one in {ABOUT}"
        raise InputError(where, got, "the file that the calibration wrote", advice)
    table = _parsed(content, where, advice)
    check_table(table, about, where, advice)
    return table


def _parsed(content: bytes, where: str, advice: str) -> pd.DataFrame:
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        if rows * columns <= MOST_CELLS:
            table = file.read()
            table.validate(full=True)
            if table.num_rows != rows or len(set(table.column_names)) != columns:
                raise ValueError
            return table.to_pandas(ignore_metadata=True)
    except Exception:  # the library raises a dozen kinds, MemoryError too, on damaged bytes
        raise InputError(where, "is damaged: no whole Parquet file", _FROM, advice) from None
    got = f"is damaged: it claims {rows:,} rows of {columns:,} columns"
    raise InputError(where, got, f"at most {MOST_CELLS:,} cells", advice)


def check_table(table: pd.DataFrame, about: dict[str, Any], where: str, advice: str) -> None:
    """Make sure that a table of draws is one of a calibration.

    Args:
        table: one row a draw.
        about: the content of `calibration.json`, checked.
        where: the file, for messages.
        advice: what to do if it is damaged.

    Raises:
        InputError: a column is missing or of another type, or a row holds what cannot be.
    """
    if not len(table):
        raise InputError(where, "is damaged: it has no rows", _FROM, advice)

    def column(name: str, kinds: str = "f") -> np.ndarray:
        if name not in table:
            got = f"is damaged: there is no column `{name}`"
            raise InputError(where, got, "a column a parameter, its weight, ...", advice)
        if table[name].dtype.kind not in kinds:
            allowed = "whole numbers" if kinds == "iu" else "numbers with decimals"
            got = f"is damaged: got {table[name].dtype.name}"
            raise InputError(f"{where}: column `{name}`", got, allowed, advice)
        return table[name].to_numpy()

    def check(name: str, values: np.ndarray, good: np.ndarray, allowed: str) -> None:
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            got = f"is damaged: got {values[row]:.10g}"
            raise InputError(f"{where}: column `{name}`, row {row + 1}", got, allowed, advice)

    weights = column(WEIGHT)
    good = (weights >= 0.0) & (weights <= 1.0 + SUM)
    check(WEIGHT, weights, good, "a number from 0 to 1")
    if not abs((total := float(weights.sum())) - 1.0) <= SUM:
        got = f"is damaged: they add up to {total:.10g}"
        raise InputError(f"{where}: column `{WEIGHT}`", got, "weights that add up to 1", advice)
    logs = column("log_weight")
    good = np.abs(np.exp(np.minimum(logs, 1.0)) - weights) <= SUM * weights + 1e-300
    check("log_weight", logs, good, f"the logarithm of `{WEIGHT}`")
    for key, number in about["parameters"].items():
        values, low, high = column(key), number["low"], number["high"]
        slack = ROUNDING * max(abs(low), abs(high))
        good = (values >= low - slack) & (values <= high + slack)
        check(key, values, good, f"a number from {low:g} to {high:g}, its prior")
        check(key, values, rounded(values), "numbers of five digits, as a calibration writes them")
    seeds = column("seed", "iu")
    check("seed", seeds, np.isin(seeds, about["seeds"]), f"1 to {len(about['seeds'])}")
    found = column("log_likelihood")
    check("log_likelihood", found, found <= 1e-6, "0 or less")
    for key, target in about["targets"].items():
        name = f"says:{key}"
        if name in table or not target.get("held_out"):
            said = column(name)
            good = np.isnan(said) | (np.abs(said) <= LARGEST_FIGURE)
            if target.get("over"):  # something over nothing
                good |= np.isposinf(said)
            check(name, said, good, "what a world can say of it")


def rounded(values: np.ndarray) -> np.ndarray:
    """Return which values have five significant digits at most, as parameters of draws have."""
    with np.errstate(divide="ignore"):
        digits = 4 - np.floor(np.log10(np.abs(values)))
    scale = 10.0 ** np.where(np.isfinite(digits), digits, 0.0)
    return np.abs(values * scale - np.round(values * scale)) <= 1e-6
