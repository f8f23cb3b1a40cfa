"""Pieces of SVG: short strings from small arrays, which a browser draws in a millisecond."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any, NamedTuple

import numpy as np

FONT = "'DejaVu Sans', 'Helvetica Neue', Arial, sans-serif"


class Size(NamedTuple):
    """Of a picture on the visitor's screen, in CSS pixels; `unit` grows with the screen."""

    width: float
    height: float

    @property
    def unit(self) -> float:
        """Factor of all type and lines: 1 on a laptop, more on a projector."""
        return float(np.clip(min(self.width / 900.0, self.height / 270.0), 0.85, 1.6))


class Picture(NamedTuple):
    """What stays when a week passes, and what does not; both without the `svg` around them."""

    still: str
    moving: str


def tag(name: str, text: str | None = None, **attributes: Any) -> str:
    """Return an element; `_` in a name stands for `-`, and `text` is escaped."""
    words = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{words}/>" if text is None else f"<{name}{words}>{escape(text)}</{name}>"


def group(*parts: str, title: str = "", **attributes: Any) -> str:
    """Return a group; its title shows when the pointer rests on it."""
    opened = tag("g", **attributes)[:-2] + ">"
    return opened + (tag("title", title) if title else "") + "".join(parts) + "</g>"


def text(x: float, y: float, words: str, size: float, **attributes: Any) -> str:
    """Return a line of text."""
    style = {"font_size": f"{size:.1f}", "font_family": FONT} | attributes
    return tag("text", words, x=f"{x:.1f}", y=f"{y:.1f}", **style)


def haloed(x: float, y: float, words: str, size: float, **attributes: Any) -> str:
    """Return a line of text with a white rim, to be read on top of anything."""
    rim = {"stroke": "#ffffff", "stroke_width": f"{size / 4:.1f}", "stroke_linejoin": "round"}
    return text(x, y, words, size, paint_order="stroke", **(rim | attributes))


def line(x: Iterable[float], y: Iterable[float], **attributes: Any) -> str:
    """Return a polyline."""
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return tag("polyline", points=points, **({"fill": "none"} | attributes))


def area(x: np.ndarray, low: np.ndarray, high: np.ndarray, **attributes: Any) -> str:
    """Return the area between two curves."""
    there = [f"{a:.1f},{b:.1f}" for a, b in zip(x, high, strict=True)]
    back = [f"{a:.1f},{b:.1f}" for a, b in zip(x[::-1], low[::-1], strict=True)]
    return tag("polygon", points=" ".join(there + back), **({"stroke": "none"} | attributes))


def _value(value: Any) -> str:
    return (
        f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else escape(str(value))
    )
