"""Where a result comes from: versions, scenarios as resolved, seeds, sources, and the command."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from sim.model.version import model_version
from sim.scenario.loading import hash_of, sources_of
from sim.scenario.schema import Scenario

OWN = ("sim/__main__.py", "sim/cli/__main__.py")
"""How the program's path ends where there is no `midnight` command."""
PACKAGES = ("mesa", "numba", "numpy", "pandas", "scipy", "pydantic", "matplotlib", "pyarrow")


def provenance(
    scenarios: Iterable[Scenario], seeds: Iterable[int], columns: Mapping[str, str]
) -> dict[str, Any]:
    """Return what a result rests on, as `provenance.json` holds it.

    `model` is the version of the model (`sim.model.version`): the same version, the same numbers.

    Args:
        scenarios: of every world in the result.
        seeds: in their order.
        columns: what the columns of its tables mean.
    """
    called = Path(sys.argv[0])
    own = called.stem == "midnight" or called.as_posix().endswith(OWN)
    command = sys.argv[1:] if own else []
    return {
        "midnight": metadata.version("midnight"),
        "model": model_version(),
        "command": shlex.join(["midnight", *command]) if command else "from Python",
        "seeds": list(seeds),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "scenarios": [
            {
                "name": scenario.name,
                "hash": hash_of(scenario),
                "claims": sorted({c for _, part in sources_of(scenario) for c in part.claims}),
                "assumed": {key: p.assumed for key, p in sources_of(scenario) if p.assumed},
                "resolved": scenario.model_dump(mode="json"),
            }
            for scenario in scenarios
        ],
        "columns": dict(columns),
    }
