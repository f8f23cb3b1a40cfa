"""What one person's decision depends on in one week."""

from __future__ import annotations

from typing import NamedTuple


class Situation(NamedTuple):
    """What one person's decision depends on in one week; shares and weights lie in [0, 1]."""

    wing: int
    place: int
    programme: float
    conviction: float
    comrades_gone: float
    comrades_holding: float
    patron_pulse: float
