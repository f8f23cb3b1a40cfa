"""Albers' equal-area conic projection of the Soviet Union: from degrees to the map's own units."""

from __future__ import annotations

import numpy as np

WIDTH, HEIGHT = 1000.0, 545.0
"""Size of the map in its own units; the view box of every picture of it."""

CENTRE, PARALLELS, ORIGIN = 105.0, (47.0, 62.0), 55.0
SCALE, SHIFT = 740.0, (582.0, 372.0)
"""Units a radian of the sphere, and where the origin lies: so that the land fills the map."""


def project(longitude: np.ndarray, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return x (to the east) and y (downward) of places given in decimal degrees.

    Equal areas stay equal. Snyder, Map Projections: A Working Manual (1987), 14-1 to 14-6.
    """
    longitude = np.where(np.asarray(longitude) < -30.0, np.add(longitude, 360.0), longitude)
    phi = np.radians(latitude)
    first, second = np.radians(PARALLELS)
    n = (np.sin(first) + np.sin(second)) / 2
    c = np.cos(first) ** 2 + 2 * n * np.sin(first)
    theta = n * np.radians(longitude - CENTRE)
    rho = np.sqrt(np.maximum(c - 2 * n * np.sin(phi), 0.0)) / n
    rho_origin = np.sqrt(c - 2 * n * np.sin(np.radians(ORIGIN))) / n
    x = SHIFT[0] + SCALE * rho * np.sin(theta)
    y = SHIFT[1] - SCALE * (rho_origin - rho * np.cos(theta))
    return x, y
