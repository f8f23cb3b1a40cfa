"""What is said wherever days of 1937 and 1938 are shown."""

from __future__ import annotations

from datetime import date

from sim.scenario.schema import Calendar

SINCE = date(1936, 12, 31)
"""Who shows days after this one says so."""
SAID = (
    "Killings are dated data from the texts. In the model they fall on invented people by lot; "
    "they did not depend on conduct."
)


def said(*calendars: Calendar) -> str:
    """Return what is to be said of what these calendars show, or nothing."""
    return SAID if any(each.end > SINCE for each in calendars) else ""
