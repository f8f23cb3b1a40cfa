"""Figures that sources would have left of a world whose parameters are known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.errors import InputError
from sim.evidence.sets import EvidenceSet, Target
from sim.inference.likelihood import as_read, log_likelihood
from sim.inference.problem import Problem
from sim.model import elementwise

OPPOSITE = {"above": "below", "below": "above"}


def figures(asked: Problem, predictions: np.ndarray, rng: np.random.Generator) -> EvidenceSet:
    """Return an evidence set in which every fitted figure is drawn from the measurement model.

    The likelihood of what is drawn is that of the model that drew it. `about`: the world's own
    number (0 is read as half a person) times a log-normal error of the target's spread. `above`
    and `below`: the source compares the number with its bound, as surely as its spread allows,
    and so says one or the other. `between`: two bounds, judged apart, as two targets `KEY_low`
    and `KEY_high` of the same reading. Held-out targets, and those of days that no run reaches,
    stay as they are.

    Args:
        asked: the problem whose targets are drawn.
        predictions: (n_targets,), what one world says, in the order of `asked.targets`.
        rng: of the errors of the sources.

    Raises:
        InputError: a target is `either`. An alternative that is wrong "might have said anything":
            that weighs sources against each other, but draws no figure.
    """
    says = dict(zip(asked.targets, np.asarray(predictions, float), strict=True))
    found: dict[str, Target] = {}
    for key, target in asked.evidence.targets.items():
        if target.held_out or key not in says:
            found[key] = target
            continue
        if target.kind == "either":
            raise InputError(
                f"{asked.evidence.name}: targets.{key}",
                "is `either`: a source that is wrong might have said anything, so no figure can "
                "be drawn from it",
                "`about`, `above`, `below` or `between`",
                "check one of the sets that believe one side, such as greene-deutscher",
            )
        for name, bare in _bounds(key, target):
            found[name] = _drawn(bare, says[key], rng)
    about = {"name": f"{asked.evidence.name}-synthetic", "title": "Figures drawn from a world"}
    return EvidenceSet(whose="Nobody's: drawn from the measurement model.", targets=found, **about)


def _bounds(key: str, target: Target) -> Iterator[tuple[str, Target]]:
    """Give a target as such that a figure can be drawn for: an interval is two bounds."""
    if target.kind != "between":
        yield key, target
        return
    for kind, end in (("above", "low"), ("below", "high")):
        bound = {"kind": kind, "value": getattr(target, end), "low": None, "high": None}
        yield f"{key}_{end}", target.model_copy(update=bound)


def _drawn(target: Target, prediction: float, rng: np.random.Generator) -> Target:
    if target.kind == "about":
        number = as_read(prediction, target)
        value = float(number * elementwise.exp(target.spread * elementwise.normal(rng.random())))
        return target.model_copy(update={"value": value})
    said = rng.random() < elementwise.exp(log_likelihood(prediction, target))
    return target if said else target.model_copy(update={"kind": OPPOSITE[target.kind]})
