"""Which picture is drawn of which result; each module is loaded when it is first needed."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from sim.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = {
    "sim.model.world.History": {"figure": "figures.world"},
    "sim.experiment.runs.Runs": {"figure": "figures.decline"},
    "sim.experiment.comparison.Comparison": {"figure": "figures.comparison"},
    "sim.experiment.life.Life": {"figure": "lives.life"},
    "sim.experiment.life.Lives": {"figure": "lives.lives"},
    "sim.experiment.sweep_result.Sweep": {"figure": "sweeps.swept"},
    "sim.experiment.sensitivity.Sensitivity": {"sensitivity": "sweeps.indices"},
    "sim.inference.posterior.Posterior": {
        "parameters": "posterior.parameters",
        "pairs": "posterior.pairs",
    },
    "sim.inference.explanations.Rivals": {
        "figure": "rivals.rivals",
        "confusion": "confusion.of_rivals",
    },
    "sim.inference.confusion.Confusion": {"confusion": "confusion.matrix"},
    "sim.inference.attribution.Attribution": {"figure": "attribution.shares"},
    "sim.inference.conclusions.Readings": {"figure": "sources.readings"},
    "sim.inference.check.Check": {
        "predictive": "check.predictive",
        "ranks": "check.ranks",
        "ecdf": "check.ecdf",
        "recovery": "check.recovery",
    },
}
"""By type of result and name of picture, the function of this package that draws it."""


def draw(result: Result, what: str, path: Path | str | None = None) -> Figure:
    """Draw a picture of a result.

    Args:
        result: of one of the types above, or of a type that is made of one.
        what: name of the picture.
        path: where to write PNG and SVG; nowhere for None.

    Raises:
        LookupError: nothing here draws it.
    """
    for kind in type(result).__mro__:
        drawn = PICTURES.get(f"{kind.__module__}.{kind.__qualname__}", {})
        if what in drawn:
            module, _, name = drawn[what].partition(".")
            return getattr(importlib.import_module(f"sim.view.{module}"), name)(result, path)
    raise LookupError(f"no picture `{what}` of a {type(result).__name__}")
