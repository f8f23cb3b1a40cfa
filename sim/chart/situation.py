"""What a person's hazards depend on."""

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


class Person(NamedTuple):
    """What a person's own factor of a transition depends on.

    `generation` and `wing` are codes; `conviction` is the standard normal draw, before wing and
    spread.
    """

    generation: int
    wing: int
    conviction: float
