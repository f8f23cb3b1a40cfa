"""One look for every picture: quiet, readable in greyscale, safe for the colour-blind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure, SubFigure

from sim.chart.registry import chart
from sim.writing import replacing

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType  # older versions of Matplotlib lack it

INK, GREY, PALE = "#222222", "#8a8a8a", "#d9d9d9"
HISTORY, OTHER, FIGURES = "#1f4e79", "#b35806", "#7b1e3a"
PLACES = {
    "party": "#c9d9e8",
    "underground": "#9dbad5",
    "exile": "#5b8db8",
    "isolator": "#1f4e79",
    "camp": "#0d2136",
    "elsewhere": "#a3a9b0",
}
"""Light to dark, so that those who hold out can be told apart in grey."""
AGAIN = {"active": "#e9e2d0", "under_label": "#b9ab8c"}
"""Those who had left and hold out again, by the count that has them."""
UNNAMED = ("#d3cdbf", "#8c8778", "#5f5b51")
"""Of places that somebody has declared: no place is without a colour."""

RULES: dict[RcKeyType, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "midnight",
    "text.parse_math": False,
}


def figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches, free of any window system."""
    with mpl.rc_context(RULES):
        return Figure(figsize=(width, height))


def of_place(name: str) -> str:
    """Return the colour of a place of the chart."""
    if name in PLACES:
        return PLACES[name]
    others = [each.name for each in chart().places if each.name not in PLACES]
    return UNNAMED[others.index(name) % len(UNNAMED)]


def stacked(drawn: Figure, heights: Sequence[float]) -> list[SubFigure]:
    """Return parts of a figure, one below the other."""
    return list(drawn.subfigures(len(heights), 1, squeeze=False, height_ratios=heights).flat)


def beside(drawn: Figure, widths: Sequence[float]) -> list[SubFigure]:
    """Return parts of a figure, side by side."""
    return list(drawn.subfigures(1, len(widths), squeeze=False, width_ratios=widths).flat)


def save(drawn: Figure, path: Path | str | None) -> Figure:
    """Write `path` + .png and .svg, the same bytes for the same picture, and return the figure."""
    if path is not None:
        base = Path(path)
        if base.suffix in (".png", ".svg"):
            base = base.with_suffix("")
        svg, png = base.with_suffix(".svg"), base.with_suffix(".png")
        with mpl.rc_context(RULES), replacing(png) as pixels, replacing(svg) as lines:
            drawn.savefig(pixels, format="png", dpi=150, metadata={"Software": None})
            drawn.savefig(lines, format="svg", metadata={"Date": None, "Creator": None})
            _number_ids(lines)
    return drawn


def _number_ids(path: Path) -> None:
    """Number the clip paths of an SVG in order; Matplotlib names them by addresses in memory."""
    seen: dict[str, str] = {}
    text = path.read_text(encoding="utf-8")
    text = re.sub(
        r"\bp[0-9a-f]{10}\b", lambda m: seen.setdefault(m[0], f"clip-{len(seen) + 1}"), text
    )
    path.write_text(text, encoding="utf-8")
