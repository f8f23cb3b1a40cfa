"""The map: where people were led, and how many of them still hold out there."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from math import pi, sqrt
from typing import Any

import numpy as np

from sim.model.places import Place, gazetteer
from sim.view import style
from sim.view.app.projection import HEIGHT, WIDTH, project
from sim.view.app.svg import Picture, Size, group, haloed, tag, text
from sim.view.app.worlds import ENDS, Shown

LABELLED = (
    "moscow",
    "leningrad",
    "kharkov",
    "odessa",
    "baku",
    "tiflis",
    "verkhneuralsk-isolator",
    "sverdlovsk",
    "archangel",
    "astrakhan",
    "alma-ata",
    "tashkent",
    "tobolsk",
    "tomsk",
    "irkutsk",
    "vilyuisk",
)
"""Places named on the map, in the order in which they take their room."""

EMPTY, FULL = (246, 243, 236), (23, 58, 94)
"""Colours where nobody and where everybody holds out; light to dark, so that grey will do.

Those whose lives have ended keep their part of the area, and take no part in the colour.
"""

NOTE = "Borders approximate; places mostly assumed."
CAMPS = ("camp", "elsewhere")
"""Kinds of places that are camps; one point stands for all that no text names."""
AREA = 0.9
"""Units of radius for the root of a person: a colony of a hundred has one of nine."""


@cache
def land() -> dict[str, str]:
    """Return the outlines that `tools/make_map.py` made."""
    path = resources.files(__package__).joinpath("land.json")
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def positions() -> np.ndarray:
    """Return where the places lie on the map, (n_places, 2)."""
    places = gazetteer()
    x, y = project(*np.array([(p.longitude, p.latitude) for p in places]).T)
    moved = (
        np.array([p.kind == "isolator" for p in places]) * 7.0
    )  # some share a town with a colony
    return np.stack([x + moved, y - moved], axis=1)


def colour(share: float) -> str:
    """Return the colour of a place where `share` of the people hold out."""
    mixed = [round(a + (b - a) * share) for a, b in zip(EMPTY, FULL, strict=True)]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def draw(world: Shown, size: Size, key: tuple[str, ...] = ("colours", "shapes")) -> Picture:
    """Draw the places of a world in a week.

    Args:
        world: as it stands.
        size: of the picture; a strip below the map holds the key.
        key: which parts of the key to show: two maps side by side share one.
    """
    u = float(np.clip(size.width / (800.0 if len(key) > 1 else 450.0), 0.85, 1.6))
    strip = 19.0 * u
    scale = min(size.width / WIDTH, (size.height - strip) / HEIGHT)
    x = (size.width - scale * WIDTH) / 2
    frame = {"transform": f"translate({x:.1f} 0) scale({scale:.4f})"}
    clip = tag("rect", x=0, y=0, width=WIDTH, height=HEIGHT, fill="#fbfbfa")
    around = tag("path", d=land()["around"], fill="#efeeea")
    union = tag("path", d=land()["union"], fill="#e3dfd5", stroke="#aaa595", stroke_width=0.8)
    camps = any(world.people[k] for k, each in enumerate(gazetteer()) if each.kind in CAMPS)
    below = _key(key, scale * HEIGHT + strip * 0.55, scale, u, camps)
    still = group(clip, around, union, **frame) + below
    return Picture(still, group(_dots(world), _labels(u / scale, camps), **frame))


def _dots(world: Shown) -> str:
    parts = []
    for place in np.argsort(-world.people, kind="stable"):
        people, holding = int(world.people[place]), int(world.holding[place])
        ended = world.ended[:, place]
        if people == 0:
            continue
        (x, y), here = positions()[place], gazetteer()[place]
        look = {
            "fill": colour(holding / max(people - int(ended.sum()), 1)),
            "fill_opacity": 0.4 if here.kind == "elsewhere" else 0.9,
            "stroke": "#222222" if here.kind == "isolator" else "#4d4d4d",
            "stroke_width": 1.4 if here.kind == "isolator" else 0.7,
            "data_choose": f"place:{here.id}",
        }
        kind = "no text names them" if here.kind == "elsewhere" else here.kind
        title = f"{here.name} ({kind}): {people:,} people, {holding:,} hold out"
        title += "".join(f", {n:,} {how}" for how, n in zip(ENDS, ended, strict=True) if n)
        parts.append(group(_shape(here, float(x), float(y), AREA * people**0.5, look), title=title))
    return "".join(parts)


def _shape(place: Place, x: float, y: float, radius: float, look: dict[str, Any]) -> str:
    """Return a shape of one area: a circle, for an isolator a square, for a camp a diamond."""
    radius = max(radius, 1.6)
    if place.kind in CAMPS:
        reach = radius * sqrt(pi / 2)
        corners = ((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y))
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in corners)
        dash = {"stroke_dasharray": "3 2"} if place.kind == "elsewhere" else {}
        return tag("polygon", points=points, **(look | dash))
    if place.kind == "isolator":
        side = radius * sqrt(pi)
        x, y = x - side / 2, y - side / 2
        return tag("rect", x=x, y=y, width=side, height=side, **look)
    dash = {"stroke_dasharray": "3 2"} if place.kind == "city" else {}
    return tag("circle", cx=x, cy=y, r=float(radius), **(look | dash))


def _labels(unit: float, camps: bool) -> str:
    """Name some places, each where it covers none of the others' names."""
    codes = {place.id: k for k, place in enumerate(gazetteer())}
    taken: list[tuple[float, float, float, float]] = []
    parts = []
    named = [each.id for each in gazetteer() if each.kind in CAMPS] if camps else []
    for name in (*named, *LABELLED):
        place = gazetteer()[codes[name]]
        (x, y), size = positions()[codes[name]], 10.5 * unit
        words = place.name + (" isolator" if place.kind == "isolator" else "")
        width, gap = 0.6 * size * len(words), 6.0
        for anchor, dx, dy in (("start", gap, 0.35), ("end", -gap, 0.35), ("middle", 0, 1.3)):
            left = x + dx - {"start": 0.0, "end": width, "middle": width / 2}[anchor]
            box = (left, y + (dy - 1) * size, left + width, y + (dy + 0.3) * size)
            inside = box[0] > 2 and box[2] < WIDTH - 2 and box[1] > 2
            free = all(box[2] < a or c < box[0] or box[3] < b or d < box[1] for a, b, c, d in taken)
            if inside and free:
                taken.append(box)
                look = {"text_anchor": anchor, "fill": style.INK, "pointer_events": "none"}
                parts.append(haloed(x + dx, y + dy * size, words, size, **look))
                break
    return "".join(parts)


def _key(parts: tuple[str, ...], y: float, scale: float, u: float, camps: bool) -> str:
    """Say what colour, area and shape mean, from the left to the right, and what is assumed."""
    x, size, drawn = 0.0, 9.0 * u, []
    hollow: dict[str, Any] = {"fill": "#ffffff", "stroke": "#4d4d4d", "stroke_width": 0.9}

    def say(words: str) -> None:
        nonlocal x
        drawn.append(text(x, y + 0.35 * size, words, size, fill="#555555"))
        x += 0.58 * size * len(words) + 7 * u

    def put(shape: str, width: float) -> None:
        nonlocal x
        drawn.append(shape)
        x += width + 3 * u

    if "colours" in parts:
        say("nobody")
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            box: dict[str, Any] = {"x": x, "y": y - 4 * u, "width": 15 * u, "height": 8 * u}
            put(tag("rect", fill=colour(share), stroke="#4d4d4d", stroke_width=0.6, **box), 12 * u)
        x += 5 * u
        say("everybody there holds out")
        for people in (300, 50):
            radius = AREA * people**0.5 * scale
            put(tag("circle", cx=x + radius, cy=y, r=radius, **hollow), 2 * radius)
            say(f"{people} people")
    if "shapes" in parts:
        r = 4.5 * u
        put(tag("circle", cx=x + r, cy=y, r=r, stroke_dasharray="3 2", **hollow), 2 * r)
        say("city")
        put(tag("circle", cx=x + r, cy=y, r=r, **hollow), 2 * r)
        say("colony")
        put(tag("rect", x=x, y=y - r, width=2 * r, height=2 * r, **hollow), 2 * r)
        say("isolator")
        if camps:
            x += 3 * u
            turn = f"rotate(45 {x + r:.1f} {y:.1f})"
            put(
                tag("rect", x=x, y=y - r, width=2 * r, height=2 * r, transform=turn, **hollow),
                3 * r,
            )
            say("camp")
            x += 5 * u
        say(NOTE)
    return "".join(drawn)
