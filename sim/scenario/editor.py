"""The JSON Schema of a scenario file, for editors: what may be written, not what is resolved."""

from __future__ import annotations

from typing import Any

from sim.chart.registry import chart
from sim.scenario.schema import Scenario


def file_schema() -> dict[str, Any]:
    """Return the schema of a file, which may leave out whatever it extends or fits.

    Beside the schema of a resolved scenario: `extends`, `fit` and `keeps` are known, nothing is
    required, and a parameter may be a bare number.
    """
    schema = _optional(Scenario.model_json_schema())
    number = schema["$defs"].pop("Number")
    schema["$defs"]["Number"] = {"anyOf": [number, {"type": "number"}], "title": "Number"}
    path = {"type": "string", "minLength": 1}
    schema["properties"] |= {
        "extends": path | {"description": "the scenario that this one changes: a name or a path"},
        "fit": path | {"description": "a file that `midnight fit` wrote, beside this one"},
        "keeps": {
            "type": "array",
            "items": {"enum": [each.name for each in chart().mechanisms]},
            "description": "the mechanisms that a rival explanation keeps; others weigh nothing",
        },
    }
    return schema


def _optional(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _optional(each)
            for key, each in node.items()
            if not (key in ("required", "minProperties") and not isinstance(each, dict))
        }
    return [_optional(each) for each in node] if isinstance(node, list) else node
