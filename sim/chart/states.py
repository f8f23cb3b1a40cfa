"""Where somebody can be, and how they can stand."""

from __future__ import annotations

from sim.chart.declare import dated_move, place, stance

PARTY = place("party", "in the Party", "in the Party", "city")
UNDERGROUND = place("underground", "at liberty", "at liberty, expelled from the Party", "city")
EXILE = place("exile", "in exile", "in a colony of exile", "colony")
ISOLATOR = place("isolator", "in isolators", "in an isolator", "isolator", letters=False)
CAMP = place("camp", "in the camps named", "in one of the camps that are named", "camp", False)
ELSEWHERE = place(
    "elsewhere", "in other camps", "in a camp that no text names", "elsewhere", letters=False
)

SYMPATHISER = stance("sympathiser", "has not joined", "had not joined", belongs=False, placed=True)
HOLDING = stance("holding", "holds out", "held out", holding=True)
DECLARED = stance(
    "declared",
    "holds out, and has signed Rakovsky's declaration",
    "held out, and had signed Rakovsky's declaration",
    holding=True,
)
QUIET = stance("quiet", "has gone quiet", "had gone quiet")
SIGNED = stance("signed", "has signed a statement", "had signed a statement")
READMITTED = stance(
    "readmitted",
    "has signed a statement and was readmitted",
    "had signed a statement and been readmitted to the Party",
)
ACTIVE = stance(
    "active",
    "is secretly active again",
    "was secretly active again",
    holding=True,
    counted=False,
)
STRIKING = stance(
    "striking", "is on hunger strike", "was on hunger strike", holding=True, striking=True
)
RECRUIT = stance(
    "recruit",
    "has joined those who hold out in a camp",
    "had joined those who held out in a camp",
    holding=True,
    counted=False,
)
STRIKING_RECRUIT = stance(
    "striking_recruit",
    "is on hunger strike with them",
    "was on hunger strike with them",
    holding=True,
    counted=False,
    striking=True,
)
SWEPT = stance(
    "swept",
    "was arrested without having joined",
    "had been arrested without having joined",
    belongs=False,
    placed=True,
)
STRIKING_OTHER = stance(
    "striking_other",
    "is on hunger strike by their example",
    "was on hunger strike by their example",
    striking=True,
)
STRUCK = stance(
    "struck",
    "has been on hunger strike by their example",
    "had been on hunger strike by their example",
)
DIED = stance("died", "has died of illness or hunger", "had died of illness or hunger")
KILLED = stance("killed", "was killed", "had been killed")
ABROAD = stance("abroad", "has left the country", "had left the country")

dated_move("concession", "the strike ends", stance="striking", to_stance="holding")
dated_move("concession", "the strike ends", stance="striking_recruit", to_stance="recruit")
dated_move("concession", "the strike ends", stance="striking_other", to_stance="struck")
