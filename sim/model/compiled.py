"""Numba, with a cache that never fails the work, and a word when it compiles."""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any, cast

import numba
from numba.core.caching import FunctionCache

from sim.errors import InputError, notice
from sim.model import cache

_config: Any = numba.config
if _config.DISABLE_JIT:
    raise InputError("NUMBA_DISABLE_JIT", "is set", "", "unset it: the model runs compiled only")

_config.CACHE_DIR = str(cache.folder())


class _Cache(FunctionCache):
    """Numba's cache; what cannot be kept is compiled again next time."""

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _tell(error.strerror or str(error))


@functools.cache
def _tell(why: str) -> None:
    notice(
        f"the compiled model could not be kept in {cache.folder()} ({why}), so that it will be "
        "compiled again next time. Make room there, or name another folder in NUMBA_CACHE_DIR"
    )


_njit = functools.partial(
    cast("Callable[..., Any]", numba.njit), nogil=True, error_model="numpy", _nrt=False
)


def compiled(function: Callable) -> Callable:
    """Compile at the first call, and keep on disk; no fast-math, so sums keep their order."""
    # `_nrt=False` leaves out the counting of references, which costs 20 times the work itself
    # where a structure of arrays is handed from function to function; nothing here allocates one.
    made = _njit(function)
    made._cache = _Cache(function)  # what `cache=True` does, with a cache of our own
    return made


inlined = _njit(forceinline=True)
"""The same for what the loop calls for every person: no call, no counting of references."""


@functools.cache
def with_its_helpers(function: Callable) -> Callable:
    """Return a plain Python function inlined, and with it the plain functions that it calls."""
    space = dict(function.__globals__)
    for step in dis.get_instructions(function):
        name = step.argval
        if step.opname == "LOAD_GLOBAL" and isinstance(space.get(name), FunctionType):
            space[name] = with_its_helpers(space[name])
    parts = function.__name__, function.__defaults__, function.__closure__
    return inlined(FunctionType(function.__code__, space, *parts))


def put_together(name: str, source: str, known: dict[str, object]) -> Callable:
    """Return a compiled function from its source, which consists of declared names alone."""
    space: dict[str, object] = dict(known)
    exec(compile(source, f"<{name}, from the chart>", "exec"), space)
    return inlined(space[name])


@functools.cache
def announce_compilation() -> bool:
    """Say on standard error, once, that compiling is about to happen; return whether it is."""
    if not cache.is_empty():
        return False
    sentence = "Compiling the model (about half a minute, once on this machine) ..."
    print(sentence, file=sys.stderr, flush=True)
    return True
