"""The years that are run and shown: `1928-38`."""

from __future__ import annotations

import re
from datetime import date

from sim.errors import InputError, shorten
from sim.scenario.schema import Calendar, Scenario

FIRST, LAST = 1926, 1938
"""The years that can be asked for."""
ALLOWED = f"YEAR-YEAR from {FIRST} to {LAST}, the later year last, as in 1928-38"
CLOSE = 7
"""Days: a calendar that ends so soon after 31 December ends with that year."""
EVE = 31
"""Days: a scenario that is shown from so shortly before 1 January is shown from that year on."""


def years(text: str, where: str = "--span") -> tuple[int, int]:
    """Return the first and the last year of a span; the last has two or four digits.

    Raises:
        InputError: it is none.
    """
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2}|[0-9]{4})", text.strip())
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    last += 100 * (first // 100) if last < 100 else 0
    if not FIRST <= first <= last <= LAST:
        raise InputError(where, f"got {shorten(text)}", ALLOWED)
    return first, last


def spanned(scenario: Scenario, text: str, where: str = "--span") -> Scenario:
    """Return a scenario that runs to the last day of a span, and is shown from its first on.

    It starts when it always does: who somebody has become cannot be left out. Where its own
    calendar begins or ends within some days of the turn of a year, as that of history does, it
    stays.

    Args:
        scenario: as resolved.
        text: YEAR-YEAR.
        where: what to call it in messages.

    Raises:
        InputError: it is no span, or ends before the scenario has begun.
    """
    first, last = years(text, where)
    own, shown, end = scenario.calendar, date(first, 1, 1), date(last, 12, 31)
    if 0 <= (own.end - end).days < CLOSE:
        end = own.end
    if 0 <= (shown - own.first_shown).days < EVE:
        shown = own.first_shown
    if (end - own.start).days < 7:
        got = f"ends on {end}, and `{scenario.name}` starts on {own.start}"
        raise InputError(where, got, "an end at least a week after the start")
    calendar = Calendar(start=own.start, end=end, shown=shown)
    return scenario.model_copy(update={"calendar": calendar})
