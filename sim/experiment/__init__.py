"""Many worlds: where they run, what is kept, how they are compared.

Names are imported when they are first used, so that a process that only runs worlds starts fast.
"""

from __future__ import annotations

import importlib
from typing import Any

_PUBLIC = {
    "Comparison": "comparison",
    "Execution": "execution",
    "Life": "life",
    "Lives": "life",
    "Runs": "runs",
    "Sweep": "sweep_result",
    "compare": "comparison",
    "explain": "life",
    "open_sweep": "sweep_result",
    "run": "runs",
    "somebody": "life",
}
__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module `{__name__}` has no `{name}`")
