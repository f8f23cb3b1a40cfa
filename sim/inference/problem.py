"""What is asked of the figures: which parameters are free, which figures speak, which seeds.

Chance is one more coordinate of the unit cube: it says with which of a fixed set of seeds a point
is run. Averaged over it, the likelihood is that of the whole set, at one world a point
(pseudo-marginal, as in Andrieu & Roberts 2009, doi:10.1214/07-AOS574), and a draw is a world that
was run: parameters, seed, and all that it said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from sim.errors import InputError, nearest
from sim.evidence.loading import evidence_set
from sim.evidence.sets import EvidenceSet, Target
from sim.experiment.readings import predict, within
from sim.experiment.runner import seeds_from
from sim.inference.likelihood import as_read, of_logs, total
from sim.inference.prior import place, some_free, values
from sim.model import elementwise
from sim.model.codes import COUNTS
from sim.model.version import model_version
from sim.model.weekly import run_weeks
from sim.model.world import create
from sim.scenario.loading import hash_of, load, with_values
from sim.scenario.schema import Number, Scenario


@dataclass(frozen=True, repr=False)
class Problem:
    """A scenario with free parameters, the figures it is held against, and its seeds.

    Attributes:
        scenario: as resolved; the priors are those of its numbers.
        evidence: whose figures are believed.
        seeds: over which the likelihood is averaged; a point is run under one of them.
    """

    scenario: Scenario
    evidence: EvidenceSet
    seeds: tuple[int, ...]

    @cached_property
    def parameters(self) -> dict[str, Number]:
        """The free parameters by dotted key."""
        return some_free(self.scenario)

    @cached_property
    def lived(self) -> EvidenceSet:
        """The evidence as far as the scenario's days reach."""
        return within(self.evidence, self.scenario.calendar)

    @property
    def targets(self) -> dict[str, Target]:
        """The targets whose days a run reaches, those held out of the fit among them."""
        return self.lived.targets

    @property
    def fitted(self) -> dict[str, Target]:
        """The targets that bear on the parameters."""
        return self.lived.fitted

    def __repr__(self) -> str:
        free, figures = len(self.parameters), len(self.fitted)
        told = f"{free} parameters, {figures} figures, {len(self.seeds)} seeds"
        return f"Problem: {self.scenario.name}, {self.evidence.name}: {told}"

    def columns(self, posed: Problem) -> list[int]:
        """Return, for each target of a problem of the same worlds, the own one that reads alike.

        One that is fitted, where there are several.
        """
        every = sorted(enumerate(self.targets.values()), key=lambda one: not one[1].held_out)
        own = {(each.reading, each.over): k for k, each in every}
        return [own[each.reading, each.over] for each in posed.targets.values()]

    @property
    def dimensions(self) -> int:
        """Of the unit cube: one a parameter, in their order, and last the seed."""
        return len(self.parameters) + 1

    def values(self, point: np.ndarray) -> dict[str, float]:
        """Return the parameters by dotted key at a point of the unit cube; its seed is ignored."""
        return values(self.scenario, point[: len(self.parameters)])

    def seed(self, point: np.ndarray) -> int:
        """Return the seed under which a point of the unit cube is run."""
        luck = point[len(self.parameters)]
        return self.seeds[min(int(luck * len(self.seeds)), len(self.seeds) - 1)]

    def log_likelihood(
        self, predictions: np.ndarray, targets: Mapping[str, Target] | None = None
    ) -> np.ndarray:
        """Return the log of the likelihood of worlds.

        Args:
            predictions: shape (..., n_targets), as of `predictions`.
            targets: other statements on what is read by targets of the same keys; by default
                the fitted ones.
        """
        keys = list(self.targets)
        used = self.fitted if targets is None else targets
        of = {key: predictions[..., keys.index(key)] for key in used}
        return total(of, used)

    @property
    def start(self) -> np.ndarray:
        """Where a search may begin: the scenario's own values, (n_parameters + 1,)."""
        own = [float(place(each, np.array(each.value))) for each in self.parameters.values()]
        return np.array([*own, 0.5])

    def read(self, predictions: np.ndarray) -> np.ndarray:
        """Return the logs of what the fitted targets read, (n, n_fitted)."""
        keys = list(self.targets)
        columns = [
            as_read(predictions[:, keys.index(key)], each) for key, each in self.fitted.items()
        ]
        return elementwise.log(np.stack(columns, axis=1))

    def term(self, read: np.ndarray, k: int) -> np.ndarray:
        """Return the log-likelihood of the k-th fitted target, given the log of what it reads."""
        return of_logs(read, list(self.fitted.values())[k])

    @cached_property
    def digest(self) -> str:
        """A hash of all that the answer depends on but the sampler: the same problem, the same."""
        read = self.targets.items()
        content = {
            "world": hash_of(self.scenario),
            "priors": {k: [n.low, n.high, n.prior] for k, n in self.parameters.items()},
            "evidence": {k: _bare(each) for k, each in self.fitted.items()},
            # In order, as what the worlds say is kept by place.
            "read": [[k, _bare(each)["reading"], _bare(each)["over"]] for k, each in read],
            "seeds": self.seeds,
            "model": model_version(),
        }
        text = json.dumps(content, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def problem(
    name: str | Scenario = "historical",
    evidence: str | EvidenceSet | None = None,
    changes: Iterable[str] | Mapping[str, Any] = (),
    seeds: int = 8,
) -> Problem:
    """Return the problem of a scenario and an evidence set.

    Args:
        name: a scenario with free parameters.
        evidence: a set, its name or the path of its file; the scenario's own by default.
        changes: as of `--set`.
        seeds: how many random seeds to average over: 1, 2, ...

    Raises:
        InputError: nothing is free, or a target cannot be read off the scenario's worlds.
    """
    scenario = load(name, changes)
    some_free(scenario)
    luck = seeds_from(seeds)
    if evidence is None:
        evidence = scenario.evidence
    found = evidence if isinstance(evidence, EvidenceSet) else evidence_set(evidence)
    _check_targets(scenario, found)
    return Problem(scenario, found, tuple(luck))


def predictions(asked: tuple[Problem, np.ndarray]) -> np.ndarray:
    """Run the simulation of a point of the unit cube; return what it says of each target.

    Args:
        asked: a problem and a point, (n_parameters + 1,).

    Returns:
        Shape (n_targets,), in the order of `Problem.targets`.
    """
    asking, point = asked
    return live(asking, point, asking.seed(point))


def live(asked: Problem, point: np.ndarray, seed: int) -> np.ndarray:
    """Run a point with a seed; return what it says of each target, (n_targets,)."""
    scenario = with_values(asked.scenario, asked.values(point))
    world = create(scenario, seed)
    run_weeks(world, scenario.calendar.weeks)
    series, calendar = world.state.series, scenario.calendar
    return np.array([predict(series, calendar, each) for each in asked.targets.values()], float)


def _check_targets(scenario: Scenario, found: EvidenceSet) -> None:
    for key, target in found.targets.items():
        where = f"{found.name}: targets.{key}"
        for reading in (target.reading, target.over):
            for name in reading.series if reading else ():
                if name not in COUNTS:
                    got = f"no series is called `{name}`"
                    raise InputError(where, got, ", ".join(COUNTS), nearest(name, COUNTS))
        first = min(each.start for each in (target.reading, target.over) if each is not None)
        if not target.held_out and first < scenario.calendar.start:
            raise InputError(
                where,
                f"reads {first}, a day before the scenario's first",
                f"{scenario.calendar.start} or later",
                "move the target, or set `held_out = true`",
            )
    if not within(found, scenario.calendar).fitted:
        raise InputError(
            found.name,
            "has no target that a fit may use",
            f"one that is not held out, on days up to {scenario.calendar.end}",
            "move a target, or --set calendar.end=...",
        )


def _bare(target: Target) -> dict[str, Any]:
    """Return what of a target bears on the likelihood: no words, no claims."""
    content = target.model_dump(mode="json", exclude={"what", "note", "claims"})
    for each in content["alternatives"]:
        del each["note"], each["claims"]
    return content
