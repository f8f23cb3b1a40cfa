"""The small integers in which the arrays keep wings, generations, places, stances, processes."""

from __future__ import annotations

WINGS = ("zinovievist", "conciliator", "irreconcilable")
ZINOVIEVIST, CONCILIATOR, IRRECONCILABLE = range(3)

GENERATIONS = ("youth", "civil_war", "old_bolshevik")
YOUTH, CIVIL_WAR, OLD_BOLSHEVIK = range(3)

PLACES = ("party", "underground", "exile", "isolator")
PARTY, UNDERGROUND, EXILE, ISOLATOR = range(4)

STANCES = ("sympathiser", "holding", "quiet", "signed", "readmitted")
SYMPATHISER, HOLDING, QUIET, SIGNED, READMITTED = range(5)

PROCESSES = ("signing", "quiet", "arrest", "transfer", "joining", "readmission")
P_SIGNING, P_QUIET, P_ARREST, P_TRANSFER, P_JOINING, P_READMISSION = range(6)

RULES = ("hazard", "threshold")
HAZARD_RULE, THRESHOLD_RULE = range(2)

# Counts kept every week; the columns of a series after `week` and `date`.
COUNTS = (
    "holding",
    "holding_party",
    "holding_underground",
    "holding_exile",
    "holding_isolator",
    "holding_zinovievist",
    "holding_conciliator",
    "holding_irreconcilable",
    "joined",
    "quiet",
    "waiting",
    "readmitted",
    "statements",
    "statements_zinovievist",
    "statements_conciliator",
    "statements_irreconcilable",
    "statements_with_patron",
    "arrested",
    "transferred",
    "available_to_sign",
)
(
    N_HOLDING,
    N_PLACE,
    _,
    _,
    _,
    N_WING,
    _,
    _,
    N_JOINED,
    N_QUIET,
    N_WAITING,
    N_READMITTED,
    N_STATEMENTS,
    N_STATEMENTS_WING,
    _,
    _,
    N_WITH_PATRON,
    N_ARRESTED,
    N_TRANSFERRED,
    N_AVAILABLE,
) = range(len(COUNTS))
