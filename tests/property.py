"""Hypothesis strategies that several tests share, and how often they are tried."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from worlds import HISTORICAL, SHORT, level

from sim.chart.registry import chart

few = settings(max_examples=40, deadline=None, derandomize=True, database=None)
"""Decorator: forty examples, the same ones every time."""

fewer = settings(max_examples=8, deadline=None, derandomize=True, database=None)
"""The same, eight: for worlds of twelve years."""

PUSHING = ("baseline", "expulsion", "offer", "left_turn", "example", "patron", "silence", "threat")
HOLDING_BACK = ("rally", "solidarity")
PUSHING_LEVERS = ("offer", "left_turn", "democracy", "threat")
HOLDING_BACK_LEVERS = ("letters",)

MONOTONE = {
    "rates.joining_support": 0,
    "rates.persuasion": 0,
    "rates.revival": 0,
    "coefficients.news": 0,
}
"""What leaves out by whom pressure on one could spare another.

Who leaves is no longer seen by the silent, brings no second spell, and is old news sooner; letters
that fail persuade nobody.
"""

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
    shares = {name for name in names if chart().coefficients[name].unit == "share"}
    wide = {name: (0, 1) if name in shares else (0, 4) for name in sorted(names)}
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
        joining=(0, 0.05),
        expulsion=(0, 1),
        revival=(0, 0.2),
        persuasion=(0, 0.2),
        disillusion=(0, 0.2),
        radicalisation=(0, 0.2),
        declaring=(0, 0.5),
        punishment=(0, 0.2),
        illness=(0, 0.01),
        readmission=(0, 0.5),
        correspondence=(0, 1),
        patron_half_life=(0.5, 12),
        news_half_life=(0.5, 12),
        rally_half_life=(0.5, 52),
        relapse=(0, 0.5),
        rearrest=(0, 1),
        second_statement=(0, 0.2),
        concentration=(0, 1),
        recruitment=(0, 0.2),
        strike=(0, 5),
        strike_example=(0, 1),
        breaking=(0, 0.5),
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
        **SHORT,
    }


def whole_changes(size: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return changes to a world from the autumn of 1926 to the end of 1938."""
    first = {"calendar.start": HISTORICAL.calendar.start.isoformat()}
    return changes(size).map(lambda some: {**some, **first, "calendar.end": "1938-12-26"})


@st.composite
def more_pressure(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two sets of changes, terror off in both, the second pressing at least as hard.

    Coefficients and levers that push are raised, those that hold back are lowered.
    """
    less = {
        **draw(changes()),
        **MONOTONE,
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
