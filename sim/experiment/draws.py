"""Weighted draws of the parameters from a posterior, and the worlds that they make.

A calibration (`sim.inference.calibrate`) writes them; `run`, `compare` and whatever runs many
simulations take one draw a seed, so that bands hold the doubt about parameters, and chance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from sim.chart.registry import digest as own_declarations
from sim.errors import InputError, reading
from sim.evidence.loading import evidence_set, is_shipped
from sim.evidence.sets import EvidenceSet, Target
from sim.experiment.calibration import (
    ABOUT,
    FILE,
    WEIGHT,
    check_about,
    read_about,
    read_table,
)
from sim.files import shipped_posteriors
from sim.model.version import model_version
from sim.scenario.files import rivals
from sim.scenario.loading import with_values
from sim.scenario.schema import Number, Scenario

GOLDEN = (5**0.5 - 1) / 2
"""Step of the additive recurrence that spreads seeds evenly over the posterior's weight."""
SHIPPED = "shipped"
"""Names the shipped posterior of a scenario where a folder could be named."""


class StaleError(InputError):
    """A calibration of another version of the model."""


@dataclass(frozen=True)
class Draws:
    """Weighted draws from a posterior.

    Attributes:
        name: of the calibration, as in `historical-greene-deutscher`.
        about: the content of its `calibration.json`.
        table: one row a draw: `weight` (they add up to one), parameters by dotted key, and what
            the calibration keeps of the world that was run (`seed`, `says:TARGET`, ...).
    """

    name: str
    about: dict[str, Any] = field(repr=False)
    table: pd.DataFrame = field(repr=False)

    @cached_property
    def parameters(self) -> dict[str, Number]:
        """The parameters that are drawn, with the priors that they had."""
        return {key: Number.model_validate(n) for key, n in self.about["parameters"].items()}

    @cached_property
    def evidence(self) -> EvidenceSet | None:
        """The figures that the draws were held against, a set of one's own among them."""
        if "targets" not in self.about:
            return None
        name = self.about["evidence"]
        own = EvidenceSet(
            name=name, title=name, whose="A set of one's own.", targets=self.about["targets"]
        )
        if is_shipped(name) and self._agrees_with(evidence_set(name)):
            return evidence_set(name)
        return own

    def _agrees_with(self, evidence: EvidenceSet) -> bool:
        """Return whether a set says the same of all that the draws say something of."""
        said = (key for key in self.about["targets"] if f"says:{key}" in self.table)
        return all(
            evidence.targets.get(key) == Target.model_validate(self.about["targets"][key])
            for key in said
        )

    @cached_property
    def _cumulative(self) -> np.ndarray:
        return np.cumsum(self.table[WEIGHT].to_numpy())

    def row(self, seed: int) -> int:
        """Return the draw of a seed: one by weight, and evenly spread over consecutive seeds.

        It depends on the seed alone, so a world is the same in a run of 10 and of 1,000.
        """
        u = (0.5 + seed * GOLDEN) % 1.0
        place = np.searchsorted(self._cumulative, u * self._cumulative[-1], side="right")
        return int(min(place, len(self.table) - 1))

    def drawn(self, scenario: Scenario) -> list[str]:
        """Return the parameters of a scenario that the draws may move.

        Those that stand in it as they stood in the calibration, value and prior; what a file or
        `--set` has changed stays as it is.
        """
        keys = []
        for key, calibrated in self.parameters.items():
            part, _, name = key.partition(".")
            own = getattr(getattr(scenario, part), name)
            same = ("value", "low", "high", "prior")
            if all(getattr(own, a) == getattr(calibrated, a) for a in same):
                keys.append(key)
        return keys

    def values(self, scenario: Scenario, seed: int) -> dict[str, float]:
        """Return the parameters, by dotted key, that the draw of a seed gives a scenario."""
        row = self.table.iloc[self.row(seed)]
        return {key: float(row[key]) for key in self.drawn(scenario)}


class Draw(NamedTuple):
    """One world: a scenario, a seed, and the parameters drawn for it."""

    scenario: Scenario
    seed: int
    values: dict[str, float]

    @property
    def world(self) -> Scenario:
        """The scenario with the drawn parameters in it."""
        return with_values(self.scenario, self.values)


def draw(scenario: Scenario, seed: int, draws: Draws | None) -> Draw:
    """Return the world of a seed: with its draw, or as the scenario stands where there is none."""
    return Draw(scenario, seed, {} if draws is None else draws.values(scenario, seed))


@runtime_checkable
class HasDraws(Protocol):
    """A posterior, which gives its draws."""

    @property
    def draws(self) -> Draws:
        """The draws."""
        ...


Parameters = Draws | HasDraws | Path | str | Literal["point"] | None
"""Which parameters worlds are run with: None for draws of the posterior that is shipped for the
evidence set, `"point"` for the scenario's own values, or a calibration: its folder, draws or
posterior."""
POINT = "point"
"""Parameters as they stand in the scenario; a folder of this name is `./point`."""


def choose(scenario: Scenario, parameters: Parameters = None) -> Draws | None:
    """Return the draws that a scenario is run with, or None for the scenario as it stands.

    Args:
        scenario: as resolved.
        parameters: which (see `Parameters`).

    Raises:
        InputError: the calibration is damaged, or none for this scenario.
    """
    if isinstance(parameters, str) and parameters == POINT:
        return None
    if parameters is None or (isinstance(parameters, Path | str) and str(parameters) == SHIPPED):
        shipped = reference(scenario)
        if shipped is None and parameters is not None:
            got = f"no calibration of `{scenario.name}` as it stands is shipped"
            raise InputError("--posterior", got, "a folder", "`midnight calibrate` makes one")
        return shipped
    if isinstance(parameters, Path | str):
        found = open_draws(parameters)
    else:
        found = parameters if isinstance(parameters, Draws) else parameters.draws
    if not found.drawn(scenario):
        got = f"has drawn none of the parameters of `{scenario.name}` as they stand there"
        raise InputError(found.name, got, "a calibration of this scenario", "or leave it out")
    return found


def open_draws(folder: Path | str) -> Draws:
    """Return the draws of a calibration that `midnight calibrate` has finished.

    Raises:
        InputError: the folder holds none, a damaged one, or that of another version of the model.
    """
    folder = Path(folder)
    if not (folder / ABOUT).exists() or not (folder / FILE).exists():
        begun = (folder / "calls.sqlite").exists()
        raise InputError(
            str(folder),
            "is a calibration that has not ended" if begun else "holds no calibration",
            f"a folder with {ABOUT} and {FILE}",
            "give its command again" if begun else "`midnight calibrate` makes one",
        )
    with reading(folder):
        about = read_about(folder)
        if (version := about["model"]) != model_version():
            raise StaleError(
                str(folder),
                f"was made by version {version} of the model, and this is {model_version()}",
                "draws of this version",
                "calibrate anew, or go back to that version; --point does without draws",
            )
        check_about(about, folder)
        return Draws(about["name"], about, read_table(folder, about))


def reference_folder(scenario: str, evidence: str) -> Path | None:
    """Return where the reference posterior of a scenario and an evidence set is shipped."""
    folder = shipped_posteriors()
    return None if folder is None else folder / f"{scenario}-{evidence}"


def reference(scenario: Scenario) -> Draws | None:
    """Return the shipped draws that fit a scenario: those of its evidence set, or None.

    A rival explanation has draws of its own; every other scenario takes those of history, as far
    as it has left the parameters as they were. None as well for a model with declarations of a
    user's own, of which nothing is known until it is calibrated.

    Raises:
        InputError: the shipped draws are damaged, or of another version of the model.
    """
    name = scenario.name if scenario.name in rivals() else "historical"
    found = _shipped(name, scenario.evidence)
    return found if found is not None and found.drawn(scenario) else None


@cache
def _shipped(scenario: str, evidence: str) -> Draws | None:
    folder = reference_folder(scenario, evidence)
    if folder is None or not folder.is_dir() or own_declarations():
        return None
    return open_draws(folder)
