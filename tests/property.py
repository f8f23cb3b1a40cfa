"""Hypothesis strategies that several tests share, and how often they are tried."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from worlds import HISTORICAL, level

few = settings(max_examples=40, deadline=None, derandomize=True, database=None)
"""Decorator: forty examples, the same ones every time."""

PUSHING = ("baseline", "expulsion", "offer", "left_turn", "example", "patron", "silence", "threat")
HOLDING_BACK = ("rally", "solidarity")
PUSHING_LEVERS = ("offer", "left_turn", "democracy", "threat")
HOLDING_BACK_LEVERS = ("letters",)

seeds = st.integers(0, 2**32)
shares = st.floats(0, 1)
strengths = st.floats(0, 6)


def numbers(part: str, **ranges: tuple[float, float]) -> st.SearchStrategy[dict[str, float]]:
    """Return a strategy for changes to a table of parameters, each within its range."""
    return st.fixed_dictionaries(
        {f"{part}.{name}": st.floats(*limits) for name, limits in ranges.items()}
    )


def coefficients() -> st.SearchStrategy[dict[str, float]]:
    """Return a strategy for all coefficients of the rule."""
    names = set(HISTORICAL.coefficients.values()) - {"baseline"}
    wide = {name: (0, 1) if name.startswith("hardship_") else (0, 4) for name in sorted(names)}
    return numbers("coefficients", baseline=(-9, -1), **wide)


def rates() -> st.SearchStrategy[dict[str, float]]:
    """Return a strategy for the other processes, from never to within the week."""
    return numbers(
        "rates",
        quiet=(0, 0.1),
        quiet_terror=(0, 3),
        quiet_older=(-2, 2),
        arrest=(0, 1),
        transfer=(0, 0.5),
        selectivity=(0, 2),
        joining=(0, 0.2),
        readmission=(0, 0.5),
        correspondence=(0, 1),
        patron_half_life=(0.5, 12),
        rally_half_life=(0.5, 52),
    )


@st.composite
def changes(draw: st.DrawFn, size: int = 80) -> dict[str, Any]:
    """Return changes to history that leave no number as it was."""
    return {
        **draw(coefficients()),
        **draw(rates()),
        **level("democracy", draw(shares)),
        "population.size": size,
        "population.sympathisers": draw(shares),
        "population.zinovievists": draw(shares),
        "population.conciliators": draw(shares),
        "population.conviction_spread": draw(st.floats(0, 3)),
        "population.correspondents": draw(st.integers(0, 4)),
        "rates.readmission_wait": draw(st.integers(0, 26)),
        "rule.threshold_mean": draw(shares),
        "rule.threshold_spread": draw(shares),
        "rule.kind": draw(st.sampled_from(["hazard", "hazard", "threshold"])),
        "events.expulsion.date": draw(st.sampled_from(["1927-12-19", "1928-06-18", "1931-01-01"])),
    }


@st.composite
def more_pressure(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two sets of changes, terror off in both, the second pressing at least as hard.

    Coefficients and levers that push are raised, those that hold back are lowered.
    """
    less = {
        **draw(changes()),
        "rule.kind": "hazard",
        "levers.terror.scale": 0,
        "levers.arrests.scale": 0,
        "levers.transfers.scale": 0,
    }
    more = dict(less)
    for name in PUSHING + HOLDING_BACK:
        key, by = f"coefficients.{name}", draw(st.one_of(st.just(0.0), st.floats(0, 1)))
        if name in PUSHING:
            more[key] = less[key] + by
        else:
            more[key] = less[key] * (1 - by)
    for name in PUSHING_LEVERS + HOLDING_BACK_LEVERS:
        key, low, high = f"levers.{name}.scale", *sorted((draw(shares), draw(shares)))
        less[key], more[key] = (low, high) if name in PUSHING_LEVERS else (high, low)
    return less, more
