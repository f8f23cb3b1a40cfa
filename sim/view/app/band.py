"""The band behind the curve: where the worlds of other seeds went."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.experiment.execution import Execution
from sim.experiment.quantiles import interval
from sim.experiment.runs import run
from sim.model.codes import COUNTS
from sim.scenario.loading import hash_of
from sim.scenario.schema import Scenario

SEEDS = 20


class Band(NamedTuple):
    """What 90% of some worlds lie between; arrays of shape `(n_weeks + 1,)`."""

    low: np.ndarray
    high: np.ndarray
    says: str


def band(scenario: Scenario) -> Band:
    """Return the band of a scenario: of worlds drawn from the posterior where one is shipped.

    Half a second; asked for the same world again, it answers at once.
    """
    return _band(_Keyed(hash_of(scenario), scenario))


class _Keyed(NamedTuple):
    hash: str
    scenario: Scenario

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)


@lru_cache(maxsize=64)
def _band(keyed: _Keyed) -> Band:
    found = run(keyed.scenario, SEEDS, execution=Execution(workers=1))
    holding = found.counts[..., COUNTS.index("holding")]
    low, _, high = interval(holding)
    if found.draws is None:
        says = f"Band: 90% of {SEEDS} other seeds, luck alone."
    else:
        says = f"Band: 90% of {SEEDS} worlds of the posterior and of seeds."
    return Band(low, high, says)
