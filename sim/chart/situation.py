"""What a person's hazards depend on."""

from __future__ import annotations

from typing import NamedTuple


class Situation(NamedTuple):
    """What one person's decision depends on in one week; shares and weights lie in [0, 1].

    `comrades_*` are shares of one's circle and correspondents; `circle_striking` is the share of
    those in one's circle who hold out that is on hunger strike. `held` is for how many years the
    person has held out outside the Party. `news` is the news of signatures in the press.
    `known` counts correspondents who ever joined. `belief` is what was retained when the person
    signed, 1 for whoever never did. `threshold` is the person's adoption threshold.
    """

    wing: int
    place: int
    programme: float
    conviction: float
    held: float
    comrades_gone: float
    comrades_holding: float
    circle_striking: float
    news: float
    patron_pulse: float
    known: int
    belief: float
    threshold: float


class Circle(NamedTuple):
    """What a hazard depends on that everybody in a circle shares: shares in [0, 1].

    `visible` is the share of those who lean towards the Opposition there that holds out openly.
    """

    visible: float


class Person(NamedTuple):
    """What a person's own factor of a transition depends on.

    `generation` and `wing` are codes; `conviction` is the standard normal draw, before wing and
    spread.
    """

    generation: int
    wing: int
    conviction: float
