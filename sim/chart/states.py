"""Where somebody can be, and how they can stand."""

from __future__ import annotations

from sim.chart.declare import dated_move, place, stance

PARTY = place("party", "in the Party", "in the Party", "city")
UNDERGROUND = place("underground", "at liberty", "at liberty, expelled and in hiding", "city")
EXILE = place("exile", "in exile", "in a colony of exile", "colony")
ISOLATOR = place("isolator", "in isolators", "in an isolator", "isolator", letters=False)

SYMPATHISER = stance("sympathiser", "has not joined", "had not joined", belongs=False)
HOLDING = stance("holding", "holds out", "held out", holding=True)
QUIET = stance("quiet", "has gone quiet", "had gone quiet")
SIGNED = stance("signed", "has signed a statement", "had signed a statement")
READMITTED = stance(
    "readmitted",
    "has signed a statement and is back in the Party",
    "had signed a statement and was back in the Party",
)

dated_move("expulsion", "party", "underground", "expelled on one day, by the Fifteenth Congress")
