"""The evidence ledger: every claim, where it stands, who says so and who says otherwise.

The two tables beside this module are the only place where a figure of the sources is written
down. Everything else in the program names a claim by its id, and `check_ids` holds it to that.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from io import StringIO
from types import MappingProxyType
from typing import Any

from sim.errors import InputError, nearest

ROLES = ("text", "authority", "derived")
GRADES = ("high", "medium", "low")
BOUNDS = ("point", "range", "lower", "upper", "date-only")


@dataclass(frozen=True, slots=True)
class Source:
    """A text that was read, an authority that the texts report, or this ledger's arithmetic.

    Attributes:
        id, role: the name by which claims refer to it; one of `ROLES`.
        author, title: as the texts name them, works separated by `; `; empty if they do not.
        year: year of the work or of the edition that the texts cite, if they cite one alone.
        seat, via: where it may be found; ids of the texts through which an authority reaches us.
        kind, standpoint: what kind of text it is; on whose side, as far as the texts tell.
        note: what else a reader should know before believing it.
    """

    id: str
    role: str
    author: str
    title: str
    year: int | None
    seat: str
    via: tuple[str, ...]
    kind: str
    standpoint: str
    note: str

    @property
    def name(self) -> str:
        """The author, or the title of what has none."""
        return self.author or self.title

    @property
    def described(self) -> str:
        """The name, the kind of text and the standpoint, as they stand wherever it is cited."""
        return f"{self.name} ({self.kind}; standpoint: {self.standpoint})"


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of one text about a quantity, a date or an order of things.

    Attributes:
        id: permanent; never renamed, since scenarios, parameters and docstrings name it.
        source: id of the text that says it, or `derived`.
        authority: ids of those on whom the text relies; empty if it names nobody.
        locator, quantity: where in the text; what the numbers count.
        low, best, high: smallest, given and largest value, in `unit`; `None` if the text sets none.
        unit: of the three values; `date` or `ordinal` where there is no number.
        bound: one of `BOUNDS`: which of the three values the text speaks of.
        date_start, date_end: first and last day, both included, of the period spoken of.
        grade: one of `GRADES`: how far the figure can be trusted.
        conflicts: ids of claims that cannot be true together with this one; symmetric.
        derived_from: ids of the claims from which a derived one is computed.
        paraphrase: what is said, in our words.
        caution: what weakens it, or was corrected or assumed in entering it.
    """

    id: str
    source: str
    authority: tuple[str, ...]
    locator: str
    quantity: str
    low: float | None
    best: float | None
    high: float | None
    unit: str
    bound: str
    date_start: date
    date_end: date
    grade: str
    conflicts: tuple[str, ...]
    derived_from: tuple[str, ...]
    paraphrase: str
    caution: str


@cache
def sources() -> Mapping[str, Source]:
    """Return every source by id, in the order of the table, read-only."""
    found = {}
    for row in _rows("sources.csv"):
        cells: dict[str, Any] = {**row, "year": _year(row["year"]), "via": _ids(row["via"])}
        found[row["id"]] = Source(**cells)
    return MappingProxyType(found)


@cache
def claims() -> Mapping[str, Claim]:
    """Return every claim by id, in the order of the table (by theme), read-only."""
    found = {}
    for row in _rows("claims.csv"):
        cells: dict[str, Any] = dict(row)
        cells |= {name: _ids(row[name]) for name in ("authority", "conflicts", "derived_from")}
        cells |= {name: _number(row[name]) for name in ("low", "best", "high")}
        cells |= {name: date.fromisoformat(row[name]) for name in ("date_start", "date_end")}
        found[row["id"]] = Claim(**cells)
    return MappingProxyType(found)


def find(
    text: str = "",
    source: str | None = None,
    authority: str | None = None,
    grade: str | None = None,
    about: tuple[date, date] | None = None,
    conflicting: bool = False,
) -> list[Claim]:
    """Return the claims that meet every condition, in the order of the table.

    Args:
        text: words that must all occur in id, quantity or paraphrase; case does not matter.
        source: id of the text that must say it, or `derived`.
        authority: id of somebody on whom the text must rely.
        grade: one of `GRADES`.
        about: first and last day of a period that the claim's own period must touch.
        conflicting: leave only claims that some other claim contradicts.

    Raises:
        InputError: if `source`, `authority` or `grade` is unknown, or `about` runs backwards.
    """
    _check_name("source", source, {claim.source for claim in claims().values()})
    _check_name("authority", authority, {a for c in claims().values() for a in c.authority})
    _check_name("grade", grade, GRADES)
    if about is not None and about[0] > about[1]:
        raise InputError("about", f"{about[0]} to {about[1]}", "first day, last day", "swap them")
    words = text.casefold().split()
    return [
        claim
        for claim in claims().values()
        if (source is None or claim.source == source)
        and (authority is None or authority in claim.authority)
        and (grade is None or claim.grade == grade)
        and (about is None or (claim.date_start <= about[1] and claim.date_end >= about[0]))
        and (claim.conflicts or not conflicting)
        and _holds(claim, words)
    ]


def conflicts(claim_id: str) -> list[Claim]:
    """Return the claims that contradict `claim_id`; raise `InputError` if there is no such id."""
    check_ids([claim_id], "claim")
    return [claims()[other] for other in claims()[claim_id].conflicts]


def cited(claim: Claim) -> list[Source]:
    """Return the text that makes a claim, then those on whom the text relies."""
    return [sources()[who] for who in (claim.source, *claim.authority)]


def credit(claim: Claim) -> str:
    """Return in words who says it, after whom, what kind of text each is, and where it stands."""
    said, *relied = (each.described for each in cited(claim))
    return f"{said}{', after ' if relied else ''}{' and '.join(relied)}; {claim.locator}"


def in_full(claim: Claim) -> str:
    """Return what a claim says, who says it, and how far it can be trusted, in one line."""
    return f"{claim.paraphrase} {credit(claim)}; grade {claim.grade}"


def check_ids(ids: Iterable[str], where: str) -> None:
    """Raise `InputError` for the first of `ids` that the ledger does not hold.

    Args:
        ids: claim ids as a scenario, a parameter or a docstring names them.
        where: what names them, as the user will look for it (file and key).
    """
    for claim_id in ids:
        if claim_id not in claims():
            raise InputError(
                where,
                f"no claim `{claim_id}`",
                "an id of the evidence ledger",
                nearest(claim_id, claims()) or "list them with `midnight evidence`",
            )


def _rows(table: str) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(StringIO((files(__package__) / table).read_text(encoding="utf-8")))


def _ids(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()


def _year(cell: str) -> int | None:
    return int(cell) if cell else None


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _holds(claim: Claim, words: list[str]) -> bool:
    said = f"{claim.id} {claim.quantity} {claim.paraphrase}".casefold()
    return all(word in said for word in words)


def _check_name(option: str, name: str | None, names: Iterable[str]) -> None:
    if name is not None and name not in names:
        raise InputError(option, f"`{name}`", ", ".join(sorted(names)), nearest(name, names))
