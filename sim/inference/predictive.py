"""Prior and posterior predictive: what worlds say of every figure, and how far out it lies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from sim.errors import InputError
from sim.evidence.sets import EvidenceSet, Statement, Target
from sim.experiment.draws import Draw, Draws, draw
from sim.experiment.execution import DEFAULT, Execution
from sim.experiment.readings import predict_all
from sim.experiment.runner import run_many
from sim.experiment.runs import counts_of
from sim.experiment.sizes import A_WORLD, check_size
from sim.inference.likelihood import log_likelihood
from sim.inference.prior import values
from sim.inference.problem import Problem
from sim.inference.rivals import HELD_OUT_UNTIL
from sim.model import elementwise
from sim.model.streams import stream
from sim.scenario.loading import load

UNSEEN = 1_000_000
"""First of the seeds that no fit knows."""
MET = 0.1
"""p-value from which on a figure is met: it lies within 90% of what sources would have said."""


def p_value(predictions: np.ndarray, target: Target) -> float:
    """Return the posterior predictive p-value of what the sources say.

    A source that looked at each world would say a figure of its own, by the measurement model;
    its distribution is averaged in closed form, not drawn. `about`: twice the smaller of the
    probabilities that the figure said is lower, or higher, than the stated one. Bounds: the
    probability of saying what was said. `either`: that of the alternative that fares best, for one
    of them is right. Figures used by the fit are met more easily than others, so a p-value of
    theirs is never too small by chance alone (Gelman, Meng & Stern 1996; Bayarri & Berger 2000).

    Args:
        predictions: (n,), what worlds say.
        target: what the sources say.
    """
    return max(
        float(_two_sided(_chance(predictions, target, said).mean(), said))
        for said in target.statements
    )


def meets(predictions: np.ndarray, target: Target) -> np.ndarray:
    """Return whether each world by itself would meet what the sources say, (n,)."""
    alone = [_two_sided(_chance(predictions, target, said), said) for said in target.statements]
    return np.max(alone, axis=0) >= MET


def _chance(predictions: np.ndarray, target: Target, said: Statement) -> np.ndarray:
    """Return the probability that a source says this bound, or a number below the stated one."""
    kind = "below" if said.kind == "about" else said.kind
    numbers = {name: getattr(said, name) for name in ("value", "low", "high", "spread")}
    bound = target.model_copy(update={"kind": kind, "alternatives": (), **numbers})
    return elementwise.exp(log_likelihood(predictions, bound))


def _two_sided(chance: np.ndarray, said: Statement) -> np.ndarray:
    return 2.0 * np.minimum(chance, 1.0 - chance) if said.kind == "about" else chance


def predict_both(
    asked: Problem,
    draws: Draws,
    n: int = 500,
    execution: Execution = DEFAULT,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return what worlds of the prior and of the posterior say, run on to 1936.

    Every simulation has a seed of its own, of those that no fit has seen (`UNSEEN` and above).

    Args:
        asked: the problem.
        draws: its posterior.
        n: worlds of each.
        execution: where, and who hears how many worlds are done of all.

    Returns:
        (n,) by target, of the prior and of the posterior.

    Raises:
        InputError: `n` is out of range.
    """
    if n < 20:
        raise InputError("--draws", f"got {n}", "a whole number, 20 or more")
    check_size("--draws", n, 2 * A_WORLD, "pair of worlds")
    end = max(asked.scenario.calendar.end, date.fromisoformat(HELD_OUT_UNTIL))
    long = load(asked.scenario, {"calendar.end": end.isoformat()})
    seeds = range(UNSEEN, UNSEEN + n)
    prior = [Draw(long, seed, _of_prior(asked, seed)) for seed in seeds]
    posterior = [draw(long, seed, draws) for seed in seeds]
    found: list[dict[str, float]] = []
    with execution.pool(2 * n) as executor:
        items = [(each, asked.evidence) for each in [*prior, *posterior]]
        for said in run_many(says, items, executor):
            found.append(said)
            execution.progress(len(found), len(items))
    return _columns(found[:n]), _columns(found[n:])


def _of_prior(asked: Problem, seed: int) -> dict[str, float]:
    return values(asked.scenario, stream(seed, "check/prior").random(len(asked.parameters)))


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, np.ndarray]:
    return {key: np.array([row[key] for row in rows]) for key in rows[0]}


def says(item: tuple[Draw, EvidenceSet]) -> dict[str, float]:
    """Run one simulation; return what it says of every target."""
    drawn, evidence = item
    found = predict_all(counts_of(drawn), drawn.scenario.calendar, evidence)
    return {key: float(value) for key, value in found.items()}
