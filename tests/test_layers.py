"""The house: imports run downward, nothing heavy at the door, the model stands on its own."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import sim

ROOT = Path(sim.__file__).parent
LAYERS = ["evidence", "chart", "scenario", "model", "experiment", "inference", "view"]
FILES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


def imports_of(path: Path) -> list[tuple[str, str]]:
    """Return (module imported from `sim`, name of the function it stands in or '')."""
    found = []

    def visit(node: ast.AST, function: str) -> None:
        for child in ast.iter_child_nodes(node):
            inside = child.name if isinstance(child, ast.FunctionDef) else function
            if isinstance(child, ast.ImportFrom) and (child.module or "").startswith("sim"):
                found.append((child.module, inside))
            elif isinstance(child, ast.Import):
                found.extend((a.name, inside) for a in child.names if a.name.startswith("sim"))
            visit(child, inside)

    visit(ast.parse(path.read_text(encoding="utf-8")), "")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_run_downward(path):
    own = LAYERS.index(path.relative_to(ROOT).parts[0])
    for module, function in imports_of(path):
        parts = module.split(".")
        if len(parts) < 2 or parts[1] not in LAYERS:
            continue
        # The one door upward: a result can draw itself.
        assert LAYERS.index(parts[1]) <= own or function == "plot", f"{path.name} imports {module}"


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
        "print(len(h.series),"
        " any(n.startswith(('sim.view', 'sim.inference')) for n in sys.modules))"
    )
    assert fresh(code) == "108 False\n"


def test_public_face_is_what_it_says():
    for name in sim.__all__:
        assert getattr(sim, name) is not None
    with pytest.raises(AttributeError, match="it has"):
        sim.nothing_of_the_kind  # noqa: B018
