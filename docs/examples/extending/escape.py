"""A transition and a stance of one's own: escape from a colony."""

from sim.chart.declare import rate, stance, transition
from sim.chart.kinds import Count

stance("escaped", label="has escaped", ending="had escaped")

transition(
    "escape",
    hazard="clock",
    stances=("holding",),
    places=("exile",),
    to_stance="escaped",
    words="escaped",
    rate=lambda week, rates: rates.escape * (1.0 - 0.5 * week.terror),
    rates=(
        rate(
            "escape",
            "escape from a colony, without terror",
            low=0.0,
            high=0.01,
            value=0.002,
            assumed="an example: no text counts escapes",
        ),
    ),
    count=Count("escapes", "escapes so far", transition="escape", label="escaped"),
)
