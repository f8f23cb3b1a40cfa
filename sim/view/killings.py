"""What is said wherever days of 1937 and 1938 are shown."""

from __future__ import annotations

from datetime import date

from sim.chart.lists import entries
from sim.scenario.schema import Calendar

SINCE = date(1936, 12, 31)
"""Who shows days after this one says so."""
SAID = (
    "Killings are dated data from the texts, of Vorkuta alone. People were shot there as "
    "Trotskyists; whom of them, the model draws by lot among invented people. What was done in "
    "other camps and in prisons no text counts, so that counts of these years are too high."
)


def began() -> tuple[date, str]:
    """Return the day on which the shootings at Vorkuta began, and what is said of it."""
    days = [each.date for each in entries("killing")]
    return min(days), f"The shootings at Vorkuta begin; they last until {max(days):%B %Y}."


def said(*calendars: Calendar) -> str:
    """Return what is to be said of what these calendars show, or nothing."""
    return SAID if any(each.end > SINCE for each in calendars) else ""
