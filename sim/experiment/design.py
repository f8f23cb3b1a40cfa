"""Which worlds a sweep lives: axes, the points they make, and the seeds of each point.

An axis is any number of a scenario, by its dotted key, or `scenario` itself. Points are a full
grid, a low-discrepancy sample (Sobol 1967; Latin hypercube, McKay et al. 1979), or the rows of a
CSV file.
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sim.errors import InputError, shorten
from sim.evidence.loading import evidence_set
from sim.evidence.sets import EvidenceSet
from sim.experiment.axes import (
    SCENARIO,
    Axis,
    Value,
    kind_of,
    listed,
    read_axis,
    read_value,
    split,
)
from sim.experiment.jobs import Task
from sim.experiment.sizes import A_RUN, check_size
from sim.files import shown
from sim.model.version import model_version
from sim.scenario.loading import hash_of, load
from sim.scenario.schema import Scenario

Kind = Literal["grid", "sobol", "latin", "file", "saltelli"]
SAMPLE_SEED = 1927
"""Of the scrambling of samples: the same command is the same design."""
MOST_POINTS = 1_000_000
POINT = "point"
"""The column of an exported design that numbers its points."""


@dataclass(frozen=True)
class Design:
    """Points, each to be run under every seed.

    Attributes:
        kind: how the points were chosen.
        axes: in the order of a point's values.
        points: values by axis, one tuple a point.
        seeds: of every point.
        bases: the scenarios that points change, by name; the first is the sweep's own.
        series: whether weekly series are kept.
    """

    kind: Kind
    axes: tuple[Axis, ...]
    points: tuple[tuple[Value, ...], ...]
    seeds: tuple[int, ...]
    bases: Mapping[str, Scenario]
    series: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The axes' keys."""
        return tuple(axis.key for axis in self.axes)

    @property
    def scenario(self) -> Scenario:
        """The first base."""
        return next(iter(self.bases.values()))

    @property
    def evidence(self) -> EvidenceSet:
        """Whose figures the summaries speak about: those that the first base believes."""
        return evidence_set(self.scenario.evidence)

    def task(self, point: int, seed: int) -> Task:
        """Return the task of a point and a seed."""
        changes = dict(zip(self.keys, self.points[point], strict=True))
        name = changes.pop(SCENARIO, self.scenario.name)
        return Task(
            point=point,
            base=self._texts[str(name)],
            changes=tuple(changes.items()),
            seed=seed,
            evidence=self.scenario.evidence,
            series=self.series,
            version=model_version(),
        )

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {name: base.model_dump_json() for name, base in self.bases.items()}

    @cached_property
    def plan(self) -> dict[str, Any]:
        """All that tells one design from another, as JSON keeps it.

        Of the scenarios their hashes: two files that describe one world make one design.
        """
        evidence = self.evidence.model_dump_json()
        return {
            "scenarios": {name: hash_of(base) for name, base in self.bases.items()},
            "evidence": [self.evidence.name, hashlib.sha256(evidence.encode()).hexdigest()[:16]],
            "kind": self.kind,
            "axes": [axis.as_json() for axis in self.axes],
            "points": [list(point) for point in self.points],
            "seeds": list(self.seeds),
            "series": self.series,
        }

    @cached_property
    def hash(self) -> str:
        """A hash (16 hex digits) of the plan."""
        text = json.dumps(self.plan, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """Return the plan and the scenarios in full."""
        bases = {name: base.model_dump(mode="json") for name, base in self.bases.items()}
        return {"plan": self.plan, "bases": bases}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Design:
        """Return the design that `as_json` described."""
        plan = content["plan"]
        return cls(
            kind=plan["kind"],
            axes=tuple(Axis.from_json(axis) for axis in plan["axes"]),
            points=tuple(tuple(point) for point in plan["points"]),
            seeds=tuple(plan["seeds"]),
            bases={n: Scenario.model_validate(base) for n, base in content["bases"].items()},
            series=plan["series"],
        )


def design(
    scenario: str | Scenario = "historical",
    vary: Iterable[str] | Mapping[str, Any] = (),
    sample: str | None = None,
    file: str | Path | None = None,
    seeds: Sequence[int] = (1,),
    changes: Iterable[str] | Mapping[str, Any] = (),
    series: bool = False,
    option: str = "--vary",
) -> Design:
    """Return the design that a command describes, checked at the ends of every axis.

    Args:
        scenario: what the points change; an axis `scenario` is used instead.
        vary: `KEY=LOW:HIGH:STEPS` or `KEY=a,b,c`, or a mapping from keys to such texts or lists.
        sample: `sobol:N` or `latin:N`; axes are then `KEY=LOW:HIGH` or lists.
        file: a CSV file instead of axes, a column a key and a row a point.
        seeds: of every point.
        changes: as of `--set`, made to every point before its own.
        series: whether to keep weekly series.
        option: what to call `vary` in messages.

    Raises:
        InputError: naming the axis, what is wrong with it, and what is allowed.
    """
    if file is not None and (vary or sample is not None):
        raise InputError("--design", "comes with `--vary` or `--sample`", "one or the other")
    table = None
    if file is not None:
        option = f"--design {shown(Path(file))}"
        table = _read_csv(Path(file), option)
    texts = _texts(vary, option) if table is None else {key: () for key in table[0]}
    if not texts:
        example = "coefficients.left_turn=0:8:9" if option == "--vary" else "coefficients.offer=0:3"
        raise InputError(option, "is missing", "at least one", f"as in {option} {example}")
    names = _scenarios(texts, table, option)
    changes = changes if isinstance(changes, Mapping) else list(changes)
    loaded = [_load(name, changes, option) for name in names] or [load(scenario, changes)]
    bases = {base.name: base for base in loaded}
    if len(bases) < len(loaded):
        raise InputError(f"{option} scenario", "names one scenario twice", "different scenarios")
    if table is not None:
        called = {name: base.name for name, base in zip(names, loaded, strict=False)}
        axes, points = _from_table(table, loaded[0], called, option)
        kind: Kind = "file"
    else:
        axes = [
            Axis(SCENARIO, "scenario", tuple(bases))
            if key == SCENARIO
            else read_axis(key, text, loaded[0], sample is not None, f"{option} {key}")
            for key, text in texts.items()
        ]
        kind, points = ("grid", _grid(axes)) if sample is None else _sampled(axes, sample)
    found = Design(kind, tuple(axes), tuple(points), tuple(seeds), bases, series)
    check_ends(found, option)
    return found


def _load(name: str, changes: list[str] | Mapping[str, Any], option: str) -> Scenario:
    """Load a scenario that is a value of an axis."""
    try:
        return load(name, changes)
    except InputError as error:
        if error.where != "scenario":
            raise
        where = f"{option} scenario"
        raise InputError(where, error.got, error.allowed, error.remedy) from None


def check_ends(found: Design, option: str) -> None:
    """Load the worlds in which an axis is at one of its ends.

    Raises:
        InputError: one is no world, or they are too many.
    """
    runs = len(found.points) * len(found.seeds)
    got = f"{len(found.seeds):,} for each of {len(found.points):,} points"
    check_size("--seeds", runs, A_RUN, "run", "ask for fewer points or seeds", got)
    for point in dict.fromkeys(_ends(found)):
        task = replace(found, points=(point,)).task(0, 0)
        try:
            load(Scenario.model_validate_json(task.base), dict(task.changes))
        except InputError as error:
            where = error.where.replace("--set", option)
            if not any(key in where for key in found.keys):
                at = ", ".join(f"{k}={v}" for k, v in zip(found.keys, point, strict=True))
                where = f"{option}, at {at}: {where}"
            raise InputError(where, error.got, error.allowed, error.remedy) from None


def _ends(found: Design) -> Iterator[tuple[Value, ...]]:
    """Yield the first and the last point, and those at which an axis is at one of its ends."""
    first = found.points[0]
    yield first
    yield found.points[-1]
    for k, axis in enumerate(found.axes):
        if found.kind == "file":
            along = [point[k] for point in found.points]
            yield from (found.points[along.index(end)] for end in (min(along), max(along)))
        else:
            ends = (axis.values[0], axis.values[-1]) if axis.values else axis.range
            yield from ((*first[:k], end, *first[k + 1 :]) for end in ends)


def _texts(vary: Iterable[str] | Mapping[str, Any], option: str) -> dict[str, Any]:
    if isinstance(vary, Mapping):
        return dict(vary)
    found: dict[str, str] = {}
    for text in [vary] if isinstance(vary, str) else vary:
        key, values = split(text, option)
        if key in found:
            raise InputError(option, f"`{key}` is given twice", "every axis once")
        found[key] = values
    return found


def _scenarios(texts: Mapping[str, Any], table: _Table | None, option: str) -> list[str]:
    """Return the scenarios that the points name, in their order."""
    if SCENARIO not in texts:
        return []
    if table is not None:
        column = table[0].index(SCENARIO)
        return list(dict.fromkeys(row[column] for _, row in table[1]))
    value = texts[SCENARIO]
    names = listed(value, f"{option} scenario") if isinstance(value, str) else list(value)
    if not all(names) or len(set(map(str, names))) < len(names):
        raise InputError(
            f"{option} scenario", f"got {shorten(value)}", "names of different scenarios, A,B,C"
        )
    return names


def _grid(axes: Sequence[Axis]) -> list[tuple[Value, ...]]:
    count = int(np.prod([float(len(axis.values)) for axis in axes]))
    if count > MOST_POINTS:
        raise InputError("--vary", f"makes {count:,} points", f"at most {MOST_POINTS:,}")
    return list(itertools.product(*(axis.values for axis in axes)))


def _sampled(axes: Sequence[Axis], sample: str) -> tuple[Kind, list[tuple[Value, ...]]]:
    from scipy.stats import qmc  # half a second to import

    name, _, number = sample.partition(":")
    if name not in ("sobol", "latin") or not number.isdecimal() or int(number[:9]) < 1:
        raise InputError(
            "--sample", f"got {shorten(sample)}", "sobol:N or latin:N", "as in sobol:256"
        )
    kind: Kind = "sobol" if name == "sobol" else "latin"
    n = int(number)
    if n > MOST_POINTS:
        raise InputError("--sample", f"asks for {n:,} points", f"at most {MOST_POINTS:,}")
    if kind == "sobol":
        if n & (n - 1):  # any other number covers the ranges unevenly
            below = 1 << (n.bit_length() - 1)
            allowed = f"a power of two: sobol:{below} or sobol:{2 * below}"
            remedy = f"latin:{n} takes any number"
            raise InputError("--sample", f"got {shorten(sample)}", allowed, remedy)
        units = qmc.Sobol(len(axes), rng=SAMPLE_SEED).random_base2(n.bit_length() - 1)
    else:
        units = qmc.LatinHypercube(len(axes), rng=SAMPLE_SEED).random(n)
    return kind, list(at_units(axes, units))


def at_units(axes: Sequence[Axis], units: np.ndarray) -> Iterator[tuple[Value, ...]]:
    """Yield the point for each row of `units`, (n_points, n_axes), from 0 to 1."""
    for row in units:
        yield tuple(axis.at(float(u)) for axis, u in zip(axes, row, strict=True))


_Table = tuple[list[str], list[tuple[int, list[str]]]]


def _read_csv(path: Path, where: str) -> _Table:
    """Return the header, and the rows with the line on which each stands.

    A column `point`, as in an exported `design.csv`, is left out: points are numbered anew.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines)
            rows = [(reader.line_num, [c.strip() for c in row]) for row in reader if any(row)]
    except (OSError, ValueError, csv.Error) as error:
        if isinstance(error, OSError):
            reason = f"cannot be read: {error.strerror}"
            raise InputError(where, reason, "a CSV file") from None
        raise InputError(where, "is no CSV file in UTF-8", "a header and a row a point") from None
    if len(rows) < 2:
        raise InputError(where, "has no points", "a header of keys, then a row a point")
    (first, header), *body = rows
    for sign, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and sign in header[0]:
            got = f"line {first} has {name} between its values"
            raise InputError(
                where, got, "commas", "save it as CSV with commas, decimals with points"
            )
    for line, row in rows:
        if row[-1] == "" and (line == first or len(row) == len(header) + 1):
            got = f"line {line} ends with a comma"
            raise InputError(where, got, "no comma after the last value")
    if not all(header) or len(set(header)) < len(header):
        raise InputError(where, f"has the header {','.join(header)}", "different keys")
    for line, row in body:
        if len(row) != len(header) or not all(row):
            got = f"line {line} has {sum(map(bool, row))} values"
            raise InputError(where, got, f"{len(header)}, one a key")
    if POINT in header and len(header) > 1:
        k = header.index(POINT)
        header.pop(k)
        for _, row in body:
            row.pop(k)
    if len(body) > MOST_POINTS:
        raise InputError(where, f"has {len(body):,} points", f"at most {MOST_POINTS:,}")
    return header, body


def _from_table(
    table: _Table, base: Scenario, called: Mapping[str, str], option: str
) -> tuple[list[Axis], list[tuple[Value, ...]]]:
    """Return axes and points of a table; `called` are the names of the scenarios in it."""
    header, body = table
    axes: list[Axis] = []
    columns: list[Sequence[Value]] = []
    for k, key in enumerate(header):
        where = f"{option}: {key}"
        if key == SCENARIO:
            names = [called[row[k]] for _, row in body]
            axes.append(Axis(key, "scenario", tuple(dict.fromkeys(names))))
            columns.append(names)
            continue
        kind = kind_of(key, base, where)
        values = [read_value(row[k], kind, f"{where}: line {line}") for line, row in body]
        axes.append(Axis(key, kind))
        columns.append(values)
    return axes, list(zip(*columns, strict=True))
