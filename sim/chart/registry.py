"""The chart that is being declared, and the checks that it has to pass.

Modules declare; whoever reads the chart first closes it. Declarations of a user's own are Python
files, named by `extend` or by the environment variable MIDNIGHT_EXTENSIONS, so that the processes
that a study starts know them too. A scenario file can never name one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any, Protocol, TypeVar

from sim.chart import lists
from sim.chart.kinds import (
    Count,
    DatedMove,
    Group,
    Lever,
    Mechanism,
    Parameter,
    Place,
    Pulse,
    Stance,
    Transition,
)
from sim.chart.wings import WINGS
from sim.errors import InputError, nearest

EXTENSIONS = "MIDNIGHT_EXTENSIONS"
"""Environment variable: Python files with declarations, separated as in PATH."""
PLACES_OF_A_PERSON = ("city", "colony", "isolator", "camp", "elsewhere")
"""Kinds of the gazetteer: one of each is a person's own."""
HAZARDS = ("decision", "clock", "contact", "circle", "list")


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Kind = TypeVar("Kind", bound=_Named)


@dataclass
class Chart:
    """All declarations, each list in the order in which they were made.

    Attributes:
        places, stances: the states.
        transitions: what leads from one to another; their positions are the codes in the arrays.
        moves: what dated acts do to everybody at a place.
        mechanisms: terms of decisions.
        levers, pulses: what is the same for everybody.
        counts: columns of the series behind those that the states themselves make.
        population, coefficients, rates: numbers by name.
        groups: headings of the page for transitions.
    """

    places: list[Place] = field(default_factory=list)
    stances: list[Stance] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    moves: list[DatedMove] = field(default_factory=list)
    mechanisms: list[Mechanism] = field(default_factory=list)
    levers: list[Lever] = field(default_factory=list)
    pulses: list[Pulse] = field(default_factory=list)
    counts: list[Count] = field(default_factory=list)
    population: dict[str, Parameter] = field(default_factory=dict)
    coefficients: dict[str, Parameter] = field(default_factory=dict)
    rates: dict[str, Parameter] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    closed: bool = False

    def add(self, kind: list[Kind], declared: Kind) -> Kind:
        """Add a declaration whose name is not taken, and return it.

        Raises:
            InputError: the name is taken or no identifier, or the chart is closed.
        """
        self._check_open(declared.name)
        _check_name(declared.name, type(declared).__name__.lower())
        if declared.name in (each.name for each in kind):
            lists.refuse(declared.name, f"{type(declared).__name__.lower()} `{declared.name}`")
            raise _refused(type(declared).__name__, declared.name, "is declared twice")
        kind.append(declared)
        return declared

    def add_numbers(self, table: dict[str, Parameter], numbers: Iterable[Parameter]) -> None:
        """Add numbers whose names are not taken.

        Raises:
            InputError: a name is taken or no identifier, or the chart is closed.
        """
        for number in numbers:
            self._check_open(number.name)
            _check_name(number.name, "number")
            if number.name in table:
                raise _refused("number", number.name, "is declared twice")
            table[number.name] = number

    def _check_open(self, name: str) -> None:
        if self.closed:
            remedy = f"declare it in a file that `sim.extend` or {EXTENSIONS} names, before that"
            got = "is declared after the model was loaded"
            raise InputError(f"declaration `{name}`", got, "", remedy)

    @cached_property
    def week(self) -> tuple[str, ...]:
        """The columns of a week: levers, then pulses that belong to no leader."""
        return (*(each.name for each in self.levers), *(each.name for each in self.pulses))

    def terms(self, decision: str) -> list[Mechanism]:
        """Return the mechanisms of a decision, in the order of their terms."""
        return [each for each in self.mechanisms if decision in each.decisions]

    @property
    def ends(self) -> frozenset[str]:
        """The stances that nothing leads out of: how a life ends."""
        left = {stance for each in self.transitions for stance in each.stances}
        left |= {move.stance for move in self.moves}
        return frozenset(each.name for each in self.stances if each.name not in left)

    def mechanism(self, name: str) -> Mechanism:
        """Return a mechanism by its name."""
        return next(each for each in self.mechanisms if each.name == name)

    def transition(self, name: str) -> Transition:
        """Return a transition by its name."""
        return next(each for each in self.transitions if each.name == name)


CHART = Chart()
"""The one chart of this process; `chart()` closes it and gives it out."""


def chart() -> Chart:
    """Return the chart, with the user's own declarations in it, checked and closed.

    Raises:
        InputError: a declaration does not fit the others; it names the declaration.
    """
    if not CHART.closed:
        import sim.chart.history  # noqa: F401  (declares)

        for file in extensions():
            _run(file)
        check(CHART)
        CHART.closed = True
    return CHART


def extend(file: str | os.PathLike[str]) -> None:
    """Make the declarations of a Python file part of the model, here and in processes started.

    Args:
        file: it runs as Python: only what you trust.

    Raises:
        InputError: there is no such file, or the model has been loaded already.
    """
    path = Path(file).resolve()
    if not path.is_file():
        raise InputError("extension", f"`{file}` is no file", "a Python file with declarations")
    known = [str(each) for each in extensions()]
    if str(path) not in known:
        CHART._check_open(path.stem)
        os.environ[EXTENSIONS] = os.pathsep.join([*known, str(path)])


def extensions() -> list[Path]:
    """Return the files of a user's own declarations."""
    return [Path(each) for each in os.environ.get(EXTENSIONS, "").split(os.pathsep) if each]


def digest() -> str:
    """Return a digest of a user's own declarations; empty where there are none."""
    files = extensions()
    if not files:
        return ""
    found = hashlib.blake2b(digest_size=8)
    for file in files:
        found.update(file.read_bytes())
    return found.hexdigest()


def _run(file: Path) -> None:
    name = f"midnight_extension_{hashlib.blake2b(str(file).encode(), digest_size=4).hexdigest()}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise InputError(EXTENSIONS, f"`{file}` is no Python file", "files with declarations")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def check(found: Chart) -> None:
    """Check that declarations fit each other.

    Raises:
        InputError: naming the declaration that does not.
    """
    _check_states(found)
    for transition in found.transitions:
        _check_transition(found, transition)
    for mechanism in found.mechanisms:
        for name in mechanism.decisions:
            _known(name, found.transitions, "transition", f"mechanism `{mechanism.name}`")
    for move in found.moves:
        _check_move(found, move)
    for count in found.counts:
        _check_count(found, count)
    for pulse in found.pulses:
        if pulse.half_life not in found.rates:
            got = f"has the half-life `{pulse.half_life}`, and no rate is called that"
            raise _refused("pulse", pulse.name, got)
    _check_used(found)
    _check_reached(found)


def _check_states(found: Chart) -> None:
    for place in found.places:
        if place.where not in PLACES_OF_A_PERSON:
            got = f"is at a person's `{place.where}`"
            raise _refused("place", place.name, got, ", ".join(PLACES_OF_A_PERSON))


def _check_transition(found: Chart, each: Transition) -> None:
    who = f"transition `{each.name}`"
    if each.name not in lists.names():
        _leave_the_dead(who, *each.stances, each.to_stance)
    if each.hazard not in HAZARDS:
        raise _refused("transition", each.name, f"has a `{each.hazard}`", ", ".join(HAZARDS))
    if not each.stances:
        raise _refused("transition", each.name, "has nobody at risk", "at least one stance")
    for name in (*each.stances, *filter(None, [each.to_stance])):
        _known(name, found.stances, "stance", who)
    for name in (*each.places, *filter(None, [each.to_place])):
        _known(name, found.places, "place", who)
    for wing in (*each.wings, *filter(None, [each.to_wing])):
        if wing not in WINGS:
            raise InputError(who, f"names the wing `{wing}`, and there is none", ", ".join(WINGS))
    if not each.to_stance and not each.to_place and not each.to_wing:
        allowed = "`to_stance`, `to_place` or `to_wing`"
        raise _refused("transition", each.name, "leads nowhere", allowed)
    if each.hazard == "circle" and len(each.places) != 1:
        got = "is a circle's hazard, and people at risk are at several places"
        raise _refused("transition", each.name, got, "one place")
    placed = {s.name for s in found.stances if s.belongs or s.placed}
    if each.hazard == "decision":
        if not found.terms(each.name):
            raise _refused("transition", each.name, "is a decision without mechanisms")
    elif each.hazard == "list":
        if not each.entries:
            raise _refused("transition", each.name, "is a list without entries", "`entries`")
    elif each.rate is None:
        raise _refused("transition", each.name, f"is a {each.hazard} without a rate", "`rate`")
    if each.hazard in ("decision", "contact") and not set(each.stances) <= placed:
        got = f"is a {each.hazard}, and somebody at risk has not joined and has no comrades"
        raise _refused("transition", each.name, got, "stances of those who joined, or a clock")
    if each.circle and each.hazard not in ("contact", "list"):
        got = f"is a {each.hazard}, and happens in one circle only"
        raise _refused("transition", each.name, got, "a contact or a list")
    if each.wait and each.wait not in found.rates:
        got = f"waits for `{each.wait}`, and no rate is called that"
        raise _refused("transition", each.name, got, "", nearest(each.wait, found.rates))


def _leave_the_dead(who: str, *stances: str) -> None:
    """Refuse whatever else than the dated table would lead to those killed, or away from them."""
    if lists.KILLED in stances:
        lists.refuse(lists.KILLED, who)


def _check_move(found: Chart, each: DatedMove) -> None:
    who = f"dated move `{each.event}`"
    _leave_the_dead(who, each.stance, each.to_stance)
    if bool(each.place) == bool(each.stance):
        got = "moves people both from a place and from a stance, or neither"
        raise _refused("dated move", each.event, got, "`place` and `to_place`, or the stances")
    for name in filter(None, (each.place, each.to_place)):
        _known(name, found.places, "place", who)
    for name in filter(None, (each.stance, each.to_stance)):
        _known(name, found.stances, "stance", who)


def _check_count(found: Chart, each: Count) -> None:
    who = f"count `{each.name}`"
    if bool(each.transition) == bool(each.stances):
        got = "counts both people and events, or neither"
        raise _refused("count", each.name, got, "`stances` of a stock, or the `transition`")
    for name in each.stances:
        _known(name, found.stances, "stance", who)
    for name in each.places:
        _known(name, found.places, "place", who)
    if each.transition:
        _known(each.transition, found.transitions, "transition", who)


def _check_used(found: Chart) -> None:
    """Check that every lever is read by something, every number too."""
    readers: list[Callable[..., Any]] = [each.function for each in found.mechanisms]
    readers += [each.rate for each in found.transitions if each.rate is not None]
    readers += [each.exposure for each in found.transitions if each.exposure is not None]
    names = {name for reader in readers for name in _names(reader.__code__)}
    for lever in found.levers:
        if lever.name not in names:
            got = "is read by no mechanism and no rate"
            raise _refused("lever", lever.name, got, "", "use it, or leave it out")
    for coefficient in found.coefficients:
        if coefficient not in names:
            got = "is read by no mechanism"
            raise _refused("coefficient", coefficient, got, "", "use it, or leave it out")


def _names(code: CodeType) -> set[str]:
    """Return the attributes and texts that a function and those within it name."""
    found = {*code.co_names, *(each for each in code.co_consts if isinstance(each, str))}
    for each in code.co_consts:
        if isinstance(each, CodeType):
            found |= _names(each)
    return found


def _check_reached(found: Chart) -> None:
    """Check that every state can be reached from the first stance, at its first place."""
    reached = {(found.stances[0].name, found.places[0].name)}
    ways = reached
    while ways:
        ways = {
            (each.to_stance or stance, each.to_place or place)
            for each in found.transitions
            for stance, place in reached
            if each.at_risk(stance, place)
        }
        holding = {each.name for each in found.stances if each.holding}
        ways |= {
            (stance, move.to_place)
            for move in found.moves
            for stance, place in reached
            if stance in holding and place == move.place
        }
        ways |= {
            (move.to_stance, place)
            for move in found.moves
            for stance, place in reached
            if move.stance and stance == move.stance
        }
        ways -= reached
        reached |= ways
    for kind, names, k in (
        ("stance", _names_of(found.stances), 0),
        ("place", _names_of(found.places), 1),
    ):
        for name in names:
            if name not in {state[k] for state in reached}:
                raise _refused(kind, name, "is reached by no transition")


def _names_of(kind: Sequence[_Named]) -> list[str]:
    return [each.name for each in kind]


def _known(name: str, kind: Sequence[_Named], what: str, who: str) -> None:
    known = _names_of(kind)
    if name not in known:
        got = f"names the {what} `{name}`, and there is none"
        raise InputError(who, got, ", ".join(known), nearest(name, known))


def _check_name(name: str, what: str) -> None:
    if not (name.isidentifier() and name.islower() and name.isascii() and len(name) <= 40):
        allowed = "small letters, digits and _, at most 40, a letter first"
        raise _refused(what, name, "has a name that is no name", allowed)
    if what not in ("transition", "stance", "count"):
        lists.refuse(name, f"{what} `{name}`")


def _refused(what: str, name: str, got: str, allowed: str = "", remedy: str = "") -> InputError:
    return InputError(f"{what.lower()} `{name}`", got, allowed, remedy)
