"""What is done to everybody, by date; scenario files give the heights."""

from __future__ import annotations

from sim.chart.declare import lever, pulse

for name in (
    "terror",
    "arrests",
    "transfers",
    "offer",
    "left_turn",
    "democracy",
    "letters",
    "threat",
    "agitation",
):
    lever(name)

pulse("rally", event="declaration", half_life="rally_half_life")
