"""(f) Calibration, rivals and attribution; (g) the sampler against another one."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.speed import Result, Row
from benchmarks.sweeps import all_cores
from sim.experiment.execution import Execution
from sim.experiment.runner import run_many
from sim.inference import sampling
from sim.inference.attribution import attribute
from sim.inference.calibrate import posterior_of
from sim.inference.posterior import Posterior
from sim.inference.problem import Problem, predictions, problem
from sim.inference.rivals import calibrate_rivals, every
from sim.inference.sampling import Settings


def calibration(settings: Settings, draws: int, with_rivals: bool) -> Result:
    """Calibrate history, divide its decline and weigh the rivals, on all cores.

    Args:
        settings: of the reference calibration.
        draws: to divide the decline of.
        with_rivals: weigh all rivals too, which takes as long as everything else twice.
    """
    rows, seconds = [], {}
    with all_cores() as cores:
        asked = problem()
        _warm(asked)
        begun = time.perf_counter()
        found = posterior_of(asked, None, settings)
        seconds["reference calibration"] = took = time.perf_counter() - begun
        bare = _bare(found, min(2000, found.calls))
        rows += [
            Row("f", f"calibration, ESS {settings.ess:,}, s", f"{took:.0f}", "< 300", took < 300),
            Row("f", "  worlds, and worlds a second", f"{found.calls:,}, {found.calls / took:.0f}"),
            Row("f", "  times the bare worlds", f"{took / (bare * found.calls):.2f}"),
            Row("f", "  the sampler's own share", f"{1.0 - bare * found.calls / took:.0%}"),
        ]
        begun = time.perf_counter()
        attribute("historical", found.draws, draws)
        each = (time.perf_counter() - begun) / draws
        seconds["attribution, a draw"] = each
        rows.append(
            Row("f", "attribution of 100 draws, s", f"{100 * each:.0f}", "< 180", each < 1.8)
        )
        if with_rivals:
            with tempfile.TemporaryDirectory() as folder:
                begun = time.perf_counter()
                calibrate_rivals(Path(folder))
                seconds["all rivals"] = took = time.perf_counter() - begun
            rows.append(
                Row("f", f"all {len(every())} rivals, s", f"{took:.0f}", "< 1200", took < 1200)
            )
        rows.append(Row("f", "  cores", str(cores)))
    return Result(rows, seconds)


def _warm(asked: Problem) -> None:
    with Execution().pool() as executor:
        points = np.full((8, asked.dimensions), 0.5)
        list(run_many(predictions, [(asked, point) for point in points], executor))


def _bare(found: Posterior, n: int) -> float:
    """Return seconds a world that they take on all cores, without a sampler."""
    rows = np.linspace(0, len(found.points) - 1, n).astype(int)
    with Execution().pool() as executor:
        luck = (found.seeds[rows] - 0.5) / len(found.problem.seeds)
        points = np.column_stack([found.points[rows], luck])
        items = [(found.problem, point) for point in points]
        list(run_many(predictions, items[:40], executor))
        begun = time.perf_counter()
        list(run_many(predictions, items, executor))
        return (time.perf_counter() - begun) / n


def samplers(n_parameters: int, ess: int) -> Result:
    """Compare our sampler with dynesty on a posterior whose evidence is known.

    Normal in half of the directions, with widths as the figures leave them; flat in the others.

    Args:
        n_parameters: of the stand-in.
        ess: effective sample size to reach.
    """
    import dynesty
    from scipy.special import ndtr

    widths = np.geomspace(0.05, 0.3, n_parameters // 2)
    mass = ndtr(0.5 / widths) - ndtr(-0.5 / widths)
    known = float(np.log(widths * np.sqrt(2 * np.pi) * mass).sum())
    calls = 0

    def one(point: np.ndarray) -> float:
        nonlocal calls
        calls += 1
        z = (point[: len(widths)] - 0.5) / widths
        return -0.5 * float(z @ z)

    class Normal:
        start, seeds = np.full(n_parameters + 1, 0.5), (1,)

        def run(self, points: np.ndarray) -> np.ndarray:
            return points[:, : len(widths)]

        def read(self, said: np.ndarray) -> np.ndarray:
            return said

        def term(self, read: np.ndarray, k: int) -> np.ndarray:
            return -0.5 * ((read - 0.5) / widths[k]) ** 2

    begun = time.perf_counter()
    ours = sampling.sample(Normal(), Settings(ess=ess))
    seconds = {"our sampler, without worlds": time.perf_counter() - begun}
    calls = 0
    begun = time.perf_counter()
    sampler = dynesty.NestedSampler(
        one, lambda u: u, n_parameters, nlive=500, rstate=np.random.default_rng(1)
    )
    sampler.run_nested(dlogz=0.01, print_progress=False)
    theirs = sampler.results
    seconds["dynesty, without worlds"] = time.perf_counter() - begun
    weights = np.exp(theirs.logwt - theirs.logz[-1])
    effective = weights.sum() ** 2 / (weights**2).sum()
    return Result(
        [
            Row("g", f"ours: calls for an ESS of {ours.ess:,.0f}", f"{ours.calls:,}"),
            Row("g", "  error of its log-evidence", f"{ours.log_evidence - known:+.2f}"),
            Row("g", f"dynesty: calls for an ESS of {effective:,.0f}", f"{calls:,}"),
            Row("g", "  error of its log-evidence", f"{float(theirs.logz[-1]) - known:+.2f}"),
            Row(
                "g",
                "calls an effective draw, dynesty over ours",
                f"{(calls / effective) / (ours.calls / ours.ess):.1f}",
            ),
        ],
        seconds,
    )
