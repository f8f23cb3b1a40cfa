"""Golden numbers: what the model of this version says of a few small worlds.

python -m tests.golden    # writes tests/golden.json anew, after MODEL has been raised
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from sim.evidence.loading import evidence_set
from sim.experiment.summaries import summarise
from sim.inference.problem import problem
from sim.model.codes import PROCESSES
from sim.model.version import MODEL
from sim.model.world import simulate
from sim.scenario.files import shipped

FILE = Path(__file__).with_name("golden.json")
SIZE = 1500
LIVELY = {
    "rates.readmission_wait": 10,
    "rates.arrest": 0.05,
    "rates.transfer": 0.02,
    "rates.joining": 0.02,
    "coefficients.baseline": -6,
    "calendar.end": "1938-12-26",
}


def golden() -> dict[str, object]:
    """Return the version of the model and its golden numbers, by name."""
    worlds = {name: simulate(name, 1, {"population.size": SIZE}) for name in shipped()}
    worlds["lively"] = simulate("historical", 2, LIVELY | {"population.size": SIZE})
    whole = {"calendar.end": "1938-12-26", "population.size": SIZE}
    worlds["historical to 1938"] = simulate("historical", 1, whole)
    weeks = [each.world.state.event_week.max(axis=1) for each in worlds.values()]
    happened = np.max(weeks, axis=0) >= 0
    assert happened.all(), f"nothing exercises {np.array(PROCESSES)[~happened]}"
    found: dict[str, object] = {name: _hash(history) for name, history in worlds.items()}
    summary = summarise(worlds["lively"], evidence_set("greene-deutscher"))
    found["summaries"] = {key: value and round(value, 6) for key, value in summary.items()}
    for name in ("greene-deutscher", "longuet", "either"):
        asked = problem("historical", name)
        points = np.random.default_rng(1).random((3, asked.dimensions))
        values = [list(asked.values(point).values()) for point in points]
        says = np.exp(2.0 + 6.0 * np.random.default_rng(2).random((3, len(asked.targets))))
        found[f"values, {name}"] = hashlib.sha256(json.dumps(values).encode()).hexdigest()[:16]
        found[f"log-likelihood, {name}"] = np.round(asked.log_likelihood(says), 6).tolist()
    return {"model": MODEL, "numbers": found}


def _hash(history) -> str:
    digest = hashlib.sha256()
    for part in (history.world.state.series, history.world.state.event_week):
        digest.update(np.ascontiguousarray(part, "<i8").tobytes())
    return digest.hexdigest()[:16]


if __name__ == "__main__":
    FILE.write_text(json.dumps(golden(), indent=1) + "\n", encoding="utf-8")
    print(f"{FILE.name}: model {MODEL}")
