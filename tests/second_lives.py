"""Toy declarations: people who signed come back and sign again, and some are called by lot."""

from datetime import date

from sim.chart.declare import count, rate, stance, transition
from sim.chart.kinds import Count, Entry

FIRST, SECOND = 20, 15
CALLED = (Entry(date(1928, 6, 4), FIRST), Entry(date(1928, 9, 5), SECOND))

stance("back", label="is back", ending="was back", holding=True, counted=False)
stance("called", label="was called", ending="had been called")

transition(
    "coming_back",
    hazard="contact",
    stances=("signed",),
    to_stance="back",
    words="came back",
    rate=lambda w, r: r.coming_back * (w.arrests > 0.5),
    exposure=lambda s, w, r: s.belief,
    rates=(rate("coming_back", "coming back", low=0.0, high=1.0, value=0.1, assumed="a toy"),),
    count=Count("came_back", "returns so far", transition="coming_back"),
)
transition(
    "leaving_again",
    hazard="clock",
    stances=("back",),
    to_stance="signed",
    words="left again",
    rate=lambda w, r: r.leaving_again + 0.0 * w.terror,
    rates=(rate("leaving_again", "leaving again", low=0.0, high=1.0, value=0.2, assumed="a toy"),),
)
transition(
    "calling",
    hazard="list",
    stances=("holding", "quiet"),
    to_stance="called",
    words="was called",
    entries=CALLED,
)
count("called", "people called", stances=("called",))
