"""A drawing that fails becomes a sentence in its place; the rest of the page goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from html import escape

from sim.view.app.svg import Picture, text


def words_of(error: Exception) -> str:
    """Return what the page says about an error, and leave the rest to the server's log."""
    logging.getLogger(__name__).error("a drawing failed", exc_info=error)
    return f"This could not be drawn: {type(error).__name__}: {error}"


def html(draw: Callable[..., str], *arguments: object) -> str:
    """Return the HTML that `draw` makes, or what went wrong."""
    try:
        return draw(*arguments)
    except Exception as error:
        return f'<p class="alert" role="alert">{escape(words_of(error))}</p>'


def picture(draw: Callable[..., Picture], *arguments: object) -> Picture:
    """Return the picture that `draw` makes, or what went wrong."""
    try:
        return draw(*arguments)
    except Exception as error:
        return Picture("", text(8, 20, words_of(error), 12))
