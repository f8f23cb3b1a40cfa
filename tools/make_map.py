"""Convert Natural Earth's land into the map of the browser page, once.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python tools/make_map.py package/countries-50m.json

It writes `sim/view/app/land.json`: two outlines in the units of `sim.view.app.projection`. The
data are Natural Earth's (public domain), 1:50 million, in the topology of the npm package
`world-atlas` 2.0.2 (ISC licence). Its borders are of our days. The Union is put together from the
republics of 1922-1936, so without the Baltic states, Moldova and Kaliningrad; western Ukraine and
western Belarus, Polish at the time, cannot be split off, nor Tuva: the page says so.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

import numpy as np

from sim.view.app.projection import HEIGHT, WIDTH, project

UNION = (
    "Russia",
    "Ukraine",
    "Belarus",
    "Kazakhstan",
    "Uzbekistan",
    "Turkmenistan",
    "Kyrgyzstan",
    "Tajikistan",
    "Georgia",
    "Armenia",
    "Azerbaijan",
)
OUT = Path(__file__).parents[1] / "sim" / "view" / "app" / "land.json"
SMALLEST = 3.0  # square units: islands below it are left out
CLOSEST, CLOSEST_AROUND = 1.0, 2.5  # units: points nearer to the last one are left out
MARGIN = 0.0


def arcs_of(topology: dict) -> list[np.ndarray]:
    """Return every arc in degrees, as (n_points, 2)."""
    scale, move = topology["transform"]["scale"], topology["transform"]["translate"]
    return [np.cumsum(arc, axis=0) * scale + move for arc in topology["arcs"]]


def rings_of(geometry: dict) -> list[list[int]]:
    """Return the rings of a country as lists of arcs; holes are rings like any other."""
    if geometry["type"] == "Polygon":
        return geometry["arcs"]
    return [ring for polygon in geometry["arcs"] for ring in polygon]


def points_of(arcs: list[np.ndarray], ring: list[int]) -> np.ndarray:
    """Return the points of a ring in degrees; `~k` is arc `k` backwards."""
    return np.concatenate([arcs[k] if k >= 0 else arcs[~k][::-1] for k in ring])


def merged(arcs: list[np.ndarray], rings: list[list[int]]) -> list[np.ndarray]:
    """Return the outlines of a union: a border that two members share is left out."""
    times = Counter(k if k >= 0 else ~k for ring in rings for k in ring)
    left = [k for ring in rings for k in ring if times[k if k >= 0 else ~k] == 1]

    def ends(k: int) -> tuple[tuple, tuple]:
        points = arcs[k] if k >= 0 else arcs[~k][::-1]
        return tuple(points[0].round(6)), tuple(points[-1].round(6))

    starting: dict[tuple, list[int]] = {}
    for k in left:
        starting.setdefault(ends(k)[0], []).append(k)
    outlines = []
    while starting:
        here = next(iter(starting))
        ring: list[int] = []
        while starting.get(here):
            k = starting[here].pop()
            if not starting[here]:
                del starting[here]
            ring.append(k)
            here = ends(k)[1]
        outlines.append(points_of(arcs, ring))
    return outlines


def path(outlines: list[np.ndarray], closest: float = CLOSEST) -> str:
    """Return outlines in degrees as the `d` of an SVG path, thinned to what can be seen."""
    words = []
    for outline in outlines:
        x, y = project(outline[:, 0], outline[:, 1])
        x = np.clip(x, -MARGIN, WIDTH + MARGIN)
        y = np.clip(y, -MARGIN, HEIGHT + MARGIN)
        area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
        if area < SMALLEST:
            continue
        kept = [(x[0], y[0])]
        for point in zip(x, y, strict=True):
            if np.hypot(point[0] - kept[-1][0], point[1] - kept[-1][1]) >= closest:
                kept.append(point)
        words.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in kept) + "Z")
    return "".join(words)


def is_kaliningrad(outline: np.ndarray) -> bool:
    """Return whether an outline is the piece of Russia on the Baltic, German until 1945."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    return low[0] > 19.0 and high[0] < 23.0 and low[1] > 54.0 and high[1] < 55.5


def seamless(outline: np.ndarray) -> np.ndarray:
    """Return an outline whose ends at the 180th meridian overlap, so that no seam shows."""
    moved = outline.copy()
    east, west = moved[:, 0] > 179.999, moved[:, 0] < -179.999
    moved[east, 0] = 180.3
    moved[west, 0] = -180.0
    return moved


def is_near(outline: np.ndarray) -> bool:
    """Return whether an outline can be on the map at all: nothing of America or the south."""
    centre = outline.mean(axis=0)
    return bool(-20.0 < centre[0] <= 180.0 and 15.0 < centre[1] < 83.0)


def main(source: str) -> None:
    """Write the map."""
    topology = json.loads(Path(source).read_text(encoding="utf-8"))
    arcs = arcs_of(topology)
    members: list[list[int]] = []
    around: list[list[int]] = []
    for country in topology["objects"]["countries"]["geometries"]:
        if "arcs" not in country:
            continue
        rings = rings_of(country)
        if country["properties"]["name"] in UNION:
            members += [ring for ring in rings if not is_kaliningrad(points_of(arcs, ring))]
        else:
            around += [ring for ring in rings if is_near(points_of(arcs, ring))]
    union = [seamless(outline) for outline in merged(arcs, members)]
    content = {
        "source": "Natural Earth 1:50m, public domain, by way of world-atlas 2.0.2 (ISC)",
        "union": path(union),
        "around": path([points_of(arcs, ring) for ring in around], CLOSEST_AROUND),
    }
    OUT.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{OUT}: {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
