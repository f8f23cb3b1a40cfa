"""The same bytes whatever the processor can do: its features are switched off, library by library.

NumPy chooses its loops, glibc its `exp` and `log`, and Numba its instructions by what the processor
offers; OpenBLAS, in which the sampler's networks are trained, does so too.
"""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="names features of x86-64"
)
HWCAPS = "AVX512F AVX512VL AVX512DQ AVX512BW AVX512CD AVX2 AVX FMA FMA4 AVX2_Usable FMA_Usable"
SMALL = ["--set", "population.size=800", "--point"]
STUDIES = {
    "run": ["run", "--seeds", "2", *SMALL],
    "compare": ["compare", "no-left-turn", "--seeds", "2", *SMALL],
    "sweep": ["sweep", "--vary", "coefficients.offer=0:2:3", "--seeds", "2", *SMALL[:2]],
}
CALIBRATE = ["calibrate", "--walkers", "50", "--ess", "20", "--seeds", "1"]
SLOW = pytest.mark.slow


def numpy_s_choices() -> str:
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return ",".join(name for name in __cpu_dispatch__ if __cpu_features__.get(name))


def without(what: str) -> dict[str, str]:
    """Return the environment in which a library does without."""
    return {
        "NumPy and the C library": {
            "NPY_DISABLE_CPU_FEATURES": numpy_s_choices(),
            "GLIBC_TUNABLES": "glibc.cpu.hwcaps=" + ",".join(f"-{each}" for each in HWCAPS.split()),
        },
        "Numba": {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""},
        "OpenBLAS": {"OPENBLAS_CORETYPE": "Nehalem"},
    }[what]


def tables(words: list[str], folder: Path, **more: str) -> dict[str, bytes]:
    """Run a command and return what it kept, but for times and paths."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sim", *words, "--workers", "1", "--out", str(folder)]
    done = subprocess.run(
        command, env=os.environ | more, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    found = {f.name: f.read_bytes() for f in folder.iterdir() if f.suffix in (".csv", ".parquet")}
    if (about := folder / "calibration.json").exists():
        found[about.name] = about.read_bytes()
    assert found
    return found


def assert_alike(words: list[str], where: Path, what: str) -> None:
    """Check that a command keeps the same bytes with a library's choices and without them."""
    one, other = tables(words, where / "with"), tables(words, where / "without", **without(what))
    assert one.keys() == other.keys()
    assert not [name for name in one if one[name] != other[name]]


@pytest.mark.parametrize(
    "study", [each if each == "run" else pytest.param(each, marks=SLOW) for each in STUDIES]
)
@pytest.mark.parametrize("what", ["NumPy and the C library", pytest.param("Numba", marks=SLOW)])
def test_studies(study, what, tmp_path):
    assert_alike(STUDIES[study], tmp_path, what)


@pytest.mark.slow
@pytest.mark.parametrize("what", ["NumPy and the C library", "Numba", "OpenBLAS"])
def test_calibration(what, tmp_path):
    assert_alike(CALIBRATE, tmp_path, what)


def test_the_switches_switch():
    """Otherwise nothing above says anything: NumPy's own log1p is one that differs."""
    script = (
        "import json, numpy as np; x = np.random.default_rng(1).random(10_000);"
        "print(json.dumps(np.log1p(-x).tolist()))"
    )

    def says(**more: str) -> list[float]:
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, env=os.environ | more, capture_output=True, check=True)
        return json.loads(done.stdout)

    if "AVX512_SKX" in numpy_s_choices() or "X86_V4" in numpy_s_choices():
        assert says() != says(**without("NumPy and the C library"))
