"""Midnight: a laboratory for the Left Opposition under repression, 1926-1938."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sim import plotting

__version__ = "0.1.0"

_PUBLIC = {
    "simulate": "sim.model.world",
    "load": "sim.scenario.loading",
    "extend": "sim.chart.registry",
    "Opposition": "sim.model.opposition",
    "Oppositionist": "sim.model.opposition",
    "compare": "sim.experiment.comparison",
    "run": "sim.experiment.runs",
    "explain": "sim.experiment.life",
    "sweep": "sim.experiment.sweep",
    "open_sweep": "sim.experiment.sweep_result",
    "sensitivity": "sim.experiment.sensitivity",
    "problem": "sim.inference.problem",
    "calibrate": "sim.inference.calibrate",
    "rivals": "sim.inference.explanations",
    "attribute": "sim.inference.attribution",
    "compare_sources": "sim.inference.sources",
    "check": "sim.inference.check",
    "Execution": "sim.experiment.execution",
    "claims": "sim.evidence.ledger",
    "sources": "sim.evidence.ledger",
}
plotting.backend = "sim.view.pictures"  # by name: nothing of it is loaded before the first picture

__all__ = ["__version__", *_PUBLIC]

if TYPE_CHECKING:
    from sim.chart.registry import extend
    from sim.evidence.ledger import claims, sources
    from sim.experiment.comparison import compare
    from sim.experiment.execution import Execution
    from sim.experiment.life import explain
    from sim.experiment.runs import run
    from sim.experiment.sensitivity import sensitivity
    from sim.experiment.sweep import sweep
    from sim.experiment.sweep_result import open_sweep
    from sim.inference.attribution import attribute
    from sim.inference.calibrate import calibrate
    from sim.inference.check import check
    from sim.inference.explanations import rivals
    from sim.inference.problem import problem
    from sim.inference.sources import compare_sources
    from sim.model.opposition import Opposition, Oppositionist
    from sim.model.world import simulate
    from sim.scenario.loading import load


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that `import sim` costs nothing."""
    if name in _PUBLIC:
        from sim.extras import explained

        with explained():
            return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module `sim` has no `{name}`; it has {', '.join(sorted(_PUBLIC))}")


def __dir__() -> list[str]:
    return sorted(__all__)
