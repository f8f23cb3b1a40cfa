"""The parts that the browser draws by itself: each a small Vue file beside this module.

Native elements, so that keyboard, screen reader and zoom work as everywhere; an argument is a
property of the template, an `event_` argument is what the template calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import solara


@solara.component_vue("picture.vue", vuetify=False)
def Picture(  # noqa: N802
    label: str,
    still: str = "",
    moving: str = "",
    width: int = 900,
    height: int = 300,
    week: int = 0,
    world: str = "",
    event_drawn: Callable[[int], None] | None = None,
    event_resized: Callable[[list[int]], None] | None = None,
    event_chosen: Callable[[str], None] | None = None,
) -> None:
    """Draw an SVG as large as its place; say so when a week is on the screen."""


@solara.component_vue("controls.vue", vuetify=False)
def Sliders(  # noqa: N802
    groups: list[dict[str, Any]],
    target: str = "first",
    answered: int = 0,
    disabled: bool = False,
    event_changed: Callable[[dict[str, Any]], None] | None = None,
) -> None:
    """Offer sliders and switches under headings."""


@solara.component_vue("fields.vue", vuetify=False)
def Fields(  # noqa: N802
    fields: list[dict[str, Any]], event_given: Callable[[dict[str, Any]], None] | None = None
) -> None:
    """Offer text fields, choices and the buttons beside them."""


@solara.component_vue("tabs.vue", vuetify=False)
def Tabs(  # noqa: N802
    tabs: list[str], value: str = "", event_opened: Callable[[str], None] | None = None
) -> None:
    """Offer one of several parts."""


@solara.component_vue("timeline.vue", vuetify=False)
def Timeline(  # noqa: N802
    day: str,
    week: int = 0,
    first: int = 0,
    weeks: int = 1,
    event_go: Callable[[int], None] | None = None,
) -> None:
    """Show the day, and let the visitor go to any other."""


@solara.component_vue("address.vue", vuetify=False)
def Address(query: str) -> None:  # noqa: N802
    """Keep the browser's address that of the view."""


@solara.component_vue("keep.vue", vuetify=False)
def KeepPicture(name: str, words: list[str]) -> None:  # noqa: N802
    """Offer the picture on the screen as a PNG."""
