"""The rule of decision, compiled: the terms of each decision's log-hazard, and their sum.

The terms are declared in `sim.chart.mechanisms`; here they are put together in the order of the
declarations, so that the weekly loop, `Oppositionist.step` and `explain` have one rule.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.chart.kinds import Hazard, Mechanism
from sim.chart.registry import chart
from sim.chart.situation import Circle, Situation
from sim.model.compiled import put_together, with_its_helpers
from sim.model.records import Coefficients, Week

__all__ = [
    "MECHANISMS",
    "Circle",
    "Coefficients",
    "Situation",
    "Week",
    "circle_exposures",
    "claims",
    "exposures",
    "log_hazard",
    "log_hazards",
    "meaning",
    "names",
    "retained",
    "terms",
    "week_from",
]

SIGNING = "signing"
"""The decision that `terms`, `log_hazard` and `names` speak about."""
TOGETHER = 4
"""Terms that are added up first, four and four: the order of sums is part of the rule."""

MECHANISMS: tuple[Mechanism, ...] = tuple(chart().terms(SIGNING))
"""Of signing, in the order in which `terms` returns them."""


def _rule(decision: str) -> tuple[Callable, Callable]:
    """Return the functions `terms` and `log_hazard` of a decision."""
    every = chart().terms(decision)
    known: dict[str, object] = {each.name: with_its_helpers(each.function) for each in every}
    calls = ", ".join(f"{each.name}(s, w, c)" for each in every)
    found = put_together("terms", f"def terms(s, w, c):\n    return ({calls},)\n", known)
    parts = [f"t[{k}]" for k in range(len(every))]
    groups = [parts[k : k + TOGETHER] for k in range(0, len(parts), TOGETHER)]
    total = " + ".join(f"({' + '.join(group)})" for group in groups)
    source = f"def log_hazard(s, w, c):\n    t = terms(s, w, c)\n    return {total}\n"
    return found, put_together("log_hazard", source, {"terms": found})


_RULES = {each.name: _rule(each.name) for each in chart().transitions if each.hazard == "decision"}

terms, log_hazard = _RULES[SIGNING]


def _choose() -> Callable:
    """Return a function that gives the log-hazard of a transition by its code."""
    lines = ["def log_hazards(process, s, w, c):"]
    known: dict[str, object] = {}
    for code, each in enumerate(chart().transitions):
        if each.name in _RULES:
            known[f"of_{each.name}"] = _RULES[each.name][1]
            lines.append(f"    if process == {code}:")
            lines.append(f"        return of_{each.name}(s, w, c)")
    lines.append("    return 0.0")
    return put_together("log_hazards", "\n".join(lines) + "\n", known)


log_hazards = _choose()


def _exposures(name: str, hazards: tuple[Hazard, ...], default: str) -> Callable:
    """Return a function that gives by what the rate of some kinds of hazard is multiplied."""
    lines = [f"def {name}(process, s, w, r):"]
    known: dict[str, object] = {}
    for code, each in enumerate(chart().transitions):
        if each.hazard in hazards and each.exposure is not None:
            known[f"of_{each.name}"] = with_its_helpers(each.exposure)
            lines.append(f"    if process == {code}:")
            lines.append(f"        return 1.0 * of_{each.name}(s, w, r)")
    lines.append(f"    return 1.0 * {default}")
    return put_together(name, "\n".join(lines) + "\n", known)


exposures = _exposures("exposures", ("contact", "clock"), "s.comrades_holding")
circle_exposures = _exposures("circle_exposures", ("circle",), "s.visible")


def _retained() -> Callable:
    """Return a function that gives what belief somebody retains who signs now.

    It is 1 less the share that what convinces has in all that pushes.
    """
    every = chart().terms(SIGNING)
    pushing = [f"max(t[{k}], 0.0)" for k, each in enumerate(every) if each.coefficients]
    convinced = [f"max(t[{k}], 0.0)" for k, each in enumerate(every) if each.convinces]
    source = (
        "def retained(s, w, c):\n"
        "    t = terms(s, w, c)\n"
        f"    pushing = {' + '.join(pushing) or '0.0'}\n"
        f"    convinced = {' + '.join(convinced) or '0.0'}\n"
        "    return 1.0 - convinced / pushing if pushing > 0.0 else 1.0\n"
    )
    return put_together("retained", source, {"terms": terms})


retained = _retained()

_cells = ", ".join(f"row[{k}]" for k in range(len(Week._fields)))
week_from = put_together(
    "week_from",
    f"def week_from(row):\n    return Week({_cells})\n",
    {"Week": Week},
)


def names() -> tuple[str, ...]:
    """Return the names of the mechanisms, in the order of `terms`."""
    return tuple(each.name for each in MECHANISMS)


def claims(name: str) -> tuple[str, ...]:
    """Return the claim ids that the mechanism `name` rests on."""
    return chart().mechanism(name).claims


def meaning(name: str) -> str:
    """Return the first sentence about the mechanism `name`."""
    return chart().mechanism(name).meaning
