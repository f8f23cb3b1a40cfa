"""How much of a summary's spread each number answers for: Sobol's indices.

First order: alone (Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018); total: with whatever it
does together with others (Jansen 1999). Each point of the sample is the mean over the same few
seeds, so that luck, being common, moves the indices little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.errors import InputError, MidnightError, nearest, shorten
from sim.experiment.axes import Axis
from sim.experiment.design import MOST_POINTS, SAMPLE_SEED, Design, at_units, check_ends, design
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.quantiles import LEVEL
from sim.experiment.runner import seeds_from
from sim.experiment.summaries import names
from sim.experiment.sweep import default_folder, run_missing
from sim.experiment.sweep_result import Sweep
from sim.result import Result
from sim.scenario.loading import load
from sim.scenario.schema import Scenario

RESAMPLES = 1000
"""Of the bootstrap that gives the intervals."""


@dataclass(frozen=True, repr=False)
class Sensitivity(Result):
    """A sweep of Saltelli's design, and the summary that is asked about.

    Attributes:
        sweep: finished.
        of: name of the summary.
    """

    sweep: Sweep
    of: str

    columns: ClassVar = {
        "key": "the number",
        "first, _low, _high": "share of the variance that it answers for alone; 90% interval",
        "total, _low, _high": "the same with whatever it does together with others",
    }

    @cached_property
    def values(self) -> np.ndarray:
        """The summary at every point, (n_points,), averaged over the seeds."""
        means = self.sweep.runs.groupby("point")[self.of].agg(lambda s: s.mean(skipna=False))
        return means.reindex(range(len(self.sweep.design.points))).to_numpy(float)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a number: first-order and total index, each with a 90% interval."""
        from SALib.analyze import sobol

        found = sobol.analyze(
            _problem(self.sweep.design.axes),
            self.values,
            calc_second_order=False,
            num_resamples=RESAMPLES,
            conf_level=LEVEL,
            seed=SAMPLE_SEED,
        )
        table = pd.DataFrame({"key": self.sweep.design.keys})
        for name, index in (("first", "S1"), ("total", "ST")):
            middle, half = np.asarray(found[index]), np.asarray(found[f"{index}_conf"])
            table[name] = middle
            table[f"{name}_low"], table[f"{name}_high"] = middle - half, middle + half
        return table

    def _tables(self) -> dict[str, str]:
        return {"sensitivity": "table"}

    @property
    def pictures(self) -> tuple[str, ...]:
        """Both indices as bars, the strongest on top."""
        return ("sensitivity",)

    def _said(self) -> list[str]:
        rows = self.table.sort_values("total", ascending=False).to_dict("records")
        scenario = self.sweep.design.scenario
        return [
            f"{scenario.name}, {self.of}: shares of its variance, alone and in all",
            *(f"{row['key']}: {row['first']:.2f}, {row['total']:.2f}" for row in rows),
        ]

    @property
    def provenance(self) -> dict[str, Any]:
        """What it rests on: the same as the sweep."""
        return self.sweep.provenance | {"columns": dict(self.columns), "of": self.of}


def sensitivity(
    scenario: str | Scenario = "historical",
    over: Iterable[str] | Mapping[str, Any] = (),
    n: int = 128,
    of: str | None = None,
    seeds: int | Sequence[int] = 4,
    changes: Iterable[str] | Mapping[str, Any] = (),
    out: str | Path | None = None,
    retry_failed: bool = False,
    execution: Execution = DEFAULT,
) -> Sensitivity:
    """Find which numbers a summary depends on; the same call goes on where it was stopped.

    Args:
        scenario: whose numbers they are.
        over: `KEY=LOW:HIGH`, or a mapping from keys to such ranges; by default every coefficient
            that has a prior, over its prior's range.
        n: size of the sample, a power of two; `n * (numbers + 2)` points are run.
        of: the summary; by default those holding out at the end of 1929.
        seeds: how many, or which, for each point.
        changes: as of `--set`.
        out: folder of the sweep; by default one named after the design, in `results/`.
        retry_failed: whether to try again what failed before.
        execution: where, and who hears of the progress of this call, in worlds.

    Raises:
        InputError: as of `saltelli`, `run_missing` and `analyse`.
        MidnightError: runs failed.
    """
    found = saltelli(scenario, over, n, seeds_from(seeds), changes)
    check_known(found, of)
    folder = Path(out) if out is not None else default_folder(found, "sensitivity")
    run_missing(found, folder, execution, retry_failed)
    return analyse(Sweep(folder), of)


def analyse(swept: Sweep, of: str | None = None) -> Sensitivity:
    """Return the sensitivity of a summary, from a finished sweep of Saltelli's design.

    Raises:
        InputError: there is no such summary, or it has no value somewhere, or never differs.
        MidnightError: runs failed.
    """
    folder, status = swept.folder, swept.status
    if status.left:
        raise MidnightError(f"{folder}: {status.left} runs are left; finish the sweep first")
    if failed := status.failed:
        raise MidnightError(
            f"{folder}: {failed} runs failed, and the indices need all of them.\n"
            f"  `midnight status {folder}` says why; --retry-failed tries them again"
        )
    asked = Sensitivity(swept, check_summary(swept, of))
    if not np.isfinite(asked.values).all():
        raise InputError(
            "--of", f"`{asked.of}` has no value in some worlds", "a summary that always has one"
        )
    if np.ptp(asked.values) == 0:
        raise InputError("--of", f"`{asked.of}` is the same everywhere", "one that differs")
    return asked


def check_summary(swept: Sweep, of: str | None) -> str:
    """Return the summary `of`, or the headline for None.

    Raises:
        InputError: there is no such summary.
    """
    known = list(swept.runs.columns[len(swept.design.axes) + 2 :])
    if of is None:
        return swept.headline
    if of not in known:
        raise InputError("--of", f"got {shorten(of)}", ", ".join(known), nearest(of, known))
    return of


def check_known(found: Design, of: str | None) -> None:
    """Check, before anything is run, that some world of a design can have a summary.

    Raises:
        InputError: none can.
    """
    targets = [f"{kind}_{key}" for kind in ("target", "holding") for key in found.evidence.targets]
    known = dict.fromkeys([*names(found.evidence, found.scenario.calendar), *targets])
    if of is not None and of not in known:
        raise InputError("--of", f"got {shorten(of)}", ", ".join(known), nearest(of, known))


def saltelli(
    scenario: str | Scenario,
    over: Iterable[str] | Mapping[str, Any],
    n: int,
    seeds: Sequence[int],
    changes: Iterable[str] | Mapping[str, Any] = (),
) -> Design:
    """Return Saltelli's extension of a Sobol sample over some numbers of a scenario.

    Raises:
        InputError: a range is none, or `n` is no power of two.
    """
    from SALib.sample import sobol

    if n < 2 or n & (n - 1):
        raise InputError("-n", f"got {n}", "a power of two, such as 64, 128, 256")
    over = dict(over) if isinstance(over, Mapping) else list(over)
    ranges = over or _priors(load(scenario, changes))
    found = design(scenario, ranges, "sobol:1", None, seeds, changes, option="--over")
    for axis in found.axes:
        if len(axis.values) == 1:
            got = f"has one value, {axis.values[0]}"
            raise InputError(f"--over {axis.key}", got, "KEY=LOW:HIGH or KEY=a,b,c")
    if (points := n * (len(found.axes) + 2)) > MOST_POINTS:
        raise InputError("-n", f"makes {points:,} points", f"at most {MOST_POINTS:,}")
    units = sobol.sample(_problem(found.axes), n, calc_second_order=False, seed=SAMPLE_SEED)
    found = replace(found, kind="saltelli", points=tuple(at_units(found.axes, units)))
    check_ends(found, "--over")
    return found


def _priors(scenario: Scenario) -> dict[str, str]:
    coefficients = scenario.coefficients
    numbers = {name: getattr(coefficients, name) for name in type(coefficients).model_fields}
    return {
        f"coefficients.{name}": f"{number.low}:{number.high}"
        for name, number in numbers.items()
        if number.prior != "fixed"
    }


def _problem(axes: Sequence[Axis]) -> dict[str, Any]:
    keys = [axis.key for axis in axes]
    return {"num_vars": len(keys), "names": keys, "bounds": [[0.0, 1.0]] * len(keys)}
