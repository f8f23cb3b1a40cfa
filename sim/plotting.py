"""How a result is drawn without knowing who draws it.

Pictures are functions of results (`sim.view`), and imports run one way, so a result cannot import
them. Who draws is named here from above, as pandas names its plotting backend, and is loaded at the
first picture.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

backend = ""
"""Name of the module that draws, set by `sim`: its `draw(result, what, path)` does the work."""


def draw(result: Any, what: str, path: Path | str | None) -> Figure:
    """Draw a result.

    Args:
        result: of a type that the backend knows.
        what: name of one of its pictures.
        path: where to write PNG and SVG; nowhere for None.
    """
    return importlib.import_module(backend).draw(result, what, path)
