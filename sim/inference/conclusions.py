"""Conclusions under every reading of the sources, and what all readings say together, in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from sim.evidence.left_out import called
from sim.experiment.quantiles import QUANTILES
from sim.inference.posterior import weighted
from sim.model.provenance import provenance
from sim.result import Result
from sim.scenario.schema import Scenario

ENOUGH = 20.0
"""Effective draws from which on a reading is counted; assumed."""
UNTAUGHT = 0.8
"""Width of an interval over that of the prior above which the figures have taught little; words
for the reader, nothing rests on it."""
LISTED = 3
"""Readings that are named; more are counted."""
NO_FIGURES = "no figures"
"""What the reading is called that takes its draws from the prior."""

COLUMNS = {
    "conclusion": "a counterfactual, or `share of` a mechanism",
    "evidence": "the set of figures that is believed",
    "without": "the historian or text that is taken to be wrong; empty for none",
    "left_out": "figures that rest on nobody else, in whole or in one alternative",
    "low, median, high": "people more at the end of 1929, or share of the decline; 90% interval",
    "ess": f"effective draws; below {ENOUGH:g} the reading is shown, not counted",
    "says": "whether the interval lies above zero, below it, or holds it (open)",
    "readings, not_counted": "how many have enough draws, and too few",
    "prior_low, prior_high": "90% interval with no figures at all, drawn from the prior",
}
"""What the columns of the table mean."""


@dataclass(frozen=True)
class Under:
    """The conclusions of each draw under one evidence set, one reading of it, or the prior.

    Attributes:
        evidence: name of the set, or `NO_FIGURES`.
        conclusions: (n_draws, n_conclusions), by name.
        weights: (n_draws,) of each reading, by who is taken to be wrong; "" for nobody.
        ess: effective draws of each reading, in all: no more than its calibration has.
        left_out: figures that fall in each reading, in whole or in one alternative.
    """

    evidence: str
    conclusions: pd.DataFrame
    weights: dict[str, np.ndarray]
    ess: dict[str, float]
    left_out: dict[str, list[str]]


@dataclass(frozen=True, repr=False)
class Readings(Result):
    """Every conclusion under every reading.

    Attributes:
        scenario: as resolved.
        every: one for each calibration, and last the prior.
    """

    scenario: Scenario
    every: list[Under]

    columns: ClassVar = COLUMNS

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a conclusion, evidence set and historian who may be wrong."""
        rows = []
        for under in self.every:
            for who, weights in under.weights.items():
                for name, found in under.conclusions.items():
                    values = found.to_numpy()
                    at = {k: weighted(values, weights, q) for k, q in QUANTILES.items()}
                    key = {"conclusion": name, "evidence": under.evidence, "without": who}
                    gone = {"left_out": ";".join(under.left_out[who])}
                    tail = {"ess": under.ess[who], "says": _says(at["low"], at["high"])}
                    rows.append(key | gone | at | tail)
        return pd.DataFrame(rows)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """One row a conclusion: what all readings that count say together, in words."""
        rows = []
        for name, group in self.table.groupby("conclusion", sort=False):
            prior = group[group["evidence"] == NO_FIGURES].iloc[0]
            read = group[group["evidence"] != NO_FIGURES]
            counted = read[read["ess"] >= ENOUGH]
            rows.append(
                {
                    "conclusion": name,
                    "readings": len(counted),
                    "not_counted": len(read) - len(counted),
                    "low": counted["low"].min(),
                    "high": counted["high"].max(),
                    "prior_low": prior["low"],
                    "prior_high": prior["high"],
                    "in_words": verdict(counted, prior),
                }
            )
        return pd.DataFrame(rows)

    def _tables(self) -> dict[str, str]:
        return {"readings": "table", "verdicts": "verdicts"}

    def _said(self) -> list[str]:
        sets = dict.fromkeys(under.evidence for under in self.every)
        said = [f"{self.scenario.name} under {', '.join(sets)}"]
        for row in self.verdicts.to_dict("records"):
            said.append(f"{row['conclusion']}: {row['in_words']}")
        return said

    @property
    def provenance(self) -> dict[str, Any]:
        """What they rest on, the evidence sets among it."""
        seeds = range(1, len(self.every[0].conclusions) + 1)
        sets = list(dict.fromkeys(under.evidence for under in self.every))
        return provenance([self.scenario], seeds, self.columns) | {"evidence_sets": sets}


def _says(low: float, high: float) -> str:
    if low > 0:
        return "above zero"
    return "below zero" if high < 0 else "open"


def verdict(counted: pd.DataFrame, prior: pd.Series) -> str:
    """Return in words which sign and size a conclusion has under all readings that count.

    Args:
        counted: rows of `Readings.table`.
        prior: that of no figures.
    """
    if len(counted) == 0:
        return "too few draws to say"
    return f"{_sign(counted, prior)}; {_size(counted, prior)}"


def _sign(counted: pd.DataFrame, prior: pd.Series) -> str:
    said = set(counted["says"])
    if said == {"open"}:
        return "its sign is open"
    if len(said) == 1:
        sign = said.pop()
        return (
            f"{sign}, as the rule has it" if prior["says"] == sign else f"{sign}, as they all say"
        )
    if len(said - {"open"}) > 1:
        return "its sign changes with the reading"
    against = counted[counted["says"] == "open"]
    return f"{(said - {'open'}).pop()}, but open {_listed(against)}"


def _size(counted: pd.DataFrame, prior: pd.Series) -> str:
    """Say where the middle of one reading lies outside the interval of another, if it does."""
    whole = counted[counted["without"] == ""]
    apart = [
        any(not low <= row["median"] <= high for low, high in whole[["low", "high"]].to_numpy())
        or any(not row["low"] <= middle <= row["high"] for middle in whole["median"])
        for row in counted.to_dict("records")
    ]
    if any(apart):
        return f"of another size {_listed(counted[apart])}"
    widths = (whole["high"] - whole["low"]) / (prior["high"] - prior["low"])
    if len(widths) and widths.max() > UNTAUGHT:
        return "much the same size under all, and hardly narrower than with no figures"
    return "much the same size under all"


def _listed(rows: pd.DataFrame) -> str:
    if len(rows) > LISTED:
        return f"under {len(rows)} readings"
    names = [
        f"{called(who)} ({evidence})" if who else f"under {evidence}"
        for evidence, who in zip(rows["evidence"], rows["without"], strict=True)
    ]
    return ", ".join(names)
