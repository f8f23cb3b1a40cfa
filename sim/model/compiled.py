"""Numba, with a cache that can never serve yesterday's rule, and a word when it compiles."""

from __future__ import annotations

import dis
import functools
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FunctionType

import numba
import platformdirs

from sim.chart.registry import digest as own_declarations


def source_digest() -> str:
    """Return a digest (16 hex digits) of what is compiled: compiled code is kept by it alone."""
    digest = hashlib.blake2b(digest_size=8)
    here = Path(__file__).parent
    for source in sorted((*here.glob("*.py"), *(here.parent / "chart").glob("*.py"))):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _cache_folder() -> Path:
    """Return a folder named after the sources of the model and the versions that compile them.

    Numba looks only at the file of the outermost function, so a changed mechanism in another
    file would go unnoticed; a folder a version of the whole package is the cure.
    """
    digest = hashlib.blake2b(f"{numba.__version__} {sys.version}".encode(), digest_size=8)
    digest.update(source_digest().encode() + own_declarations().encode())
    root = os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_dir("midnight")
    folder = Path(root) / f"compiled-{digest.hexdigest()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    # Never a guessable name in a shared folder: Numba unpickles what it finds in its cache.
    return Path(tempfile.mkdtemp(prefix="midnight-compiled-"))


numba.config.CACHE_DIR = str(_cache_folder())

compiled = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
"""Decorator: compile at the first call, keep on disk; no fast-math, so sums keep their order."""


# `_nrt=False` leaves out the counting of references, which costs 20 times the work itself where
# a structure of arrays is handed from function to function; nothing here allocates an array.
inlined = numba.njit(nogil=True, error_model="numpy", forceinline=True, _nrt=False)
"""The same for what the loop calls for every person: no call, no counting of references."""


@functools.cache
def with_its_helpers(function: Callable) -> Callable:
    """Return a plain Python function inlined, and with it the plain functions that it calls."""
    space = dict(function.__globals__)
    for step in dis.get_instructions(function):
        name = step.argval
        if step.opname == "LOAD_GLOBAL" and isinstance(space.get(name), FunctionType):
            space[name] = with_its_helpers(space[name])
    return inlined(FunctionType(function.__code__, space, function.__name__))


def put_together(name: str, source: str, known: dict[str, object]) -> Callable:
    """Return a compiled function from its source, which consists of declared names alone."""
    space: dict[str, object] = dict(known)
    exec(compile(source, f"<{name}, from the chart>", "exec"), space)
    return inlined(space[name])


@functools.cache
def announce_compilation() -> bool:
    """Say on standard error, once, that compiling is about to happen; return whether it is."""
    if any(Path(numba.config.CACHE_DIR).rglob("*run_weeks*.nbi")):
        return False
    sentence = "Compiling the model (about half a minute, once on this machine) ..."
    print(sentence, file=sys.stderr, flush=True)
    return True
