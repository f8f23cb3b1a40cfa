"""The house: imports run downward, nothing heavy at the door, the model stands on its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sim

ROOT = Path(sim.__file__).parent
LAYERS = ["evidence", "chart", "scenario", "model", "experiment", "inference", "view", "cli"]
FILES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Return the modules of `sim` that a file imports, inside functions and for types too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sim":
            found |= {f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names if each.name.split(".")[0] == "sim"}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downward(path):
    own = LAYERS.index(path.relative_to(ROOT).parts[0])
    for module in imports_of(path):
        layer = (*module.split("."), "")[1]
        assert layer not in LAYERS or LAYERS.index(layer) <= own, f"{path.name} imports {module}"


def test_what_every_layer_may_use_imports_no_layer():
    for path in ROOT.glob("*.py"):
        layers = {module.split(".")[1] for module in imports_of(path)} & {*LAYERS}
        assert not layers or path.name in ("__init__.py", "__main__.py"), path.name


def fresh(code: str) -> str:
    """Run code in a process of its own and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


def test_import_sim_is_light():
    assert fresh("import sim, sys; print('numpy' in sys.modules, 'mesa' in sys.modules)") == (
        "False False\n"
    )


def test_model_needs_neither_view_nor_inference():
    blocked = ["matplotlib", "rich", "typer", "cma", "scipy.optimize"]
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({blocked!r}))\n"
        "import sim\n"
        "h = sim.simulate('historical', seed=1, population__size=500)\n"
        "print(len(h.series) == h.scenario.calendar.weeks + 1,"
        " any(n.startswith(('sim.view', 'sim.inference')) for n in sys.modules))"
    )
    assert fresh(code) == "True False\n"


def test_public_face_is_what_it_says():
    for name in sim.__all__:
        assert getattr(sim, name) is not None
    with pytest.raises(AttributeError, match="it has"):
        sim.nothing_of_the_kind  # noqa: B018
