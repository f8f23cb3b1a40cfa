"""Extras: what an installation may lack, and what to say where it is needed.

Simulations run with what `pip install midnight` brings. The page, inference and a cluster need
more; `pyproject.toml` lists the packages.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sim.errors import MidnightError

MODULES = {
    "page": (
        "altair",
        "h11",
        "ipyvue",
        "ipyvuetify",
        "networkx",
        "solara",
        "starlette",
        "uvicorn",
    ),
    "inference": ("cma", "h5netcdf", "h5py", "sklearn", "threadpoolctl"),
    "cluster": ("dask", "distributed"),
}
"""By extra, the modules that it brings."""


class MissingError(MidnightError):
    """An extra is not installed; the text says how to get it."""


@contextmanager
def explained() -> Iterator[None]:
    """Name the extra to install where a module is missing.

    Raises:
        MissingError: a module of an extra is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        top = (error.name or "").partition(".")[0]
        for extra, modules in MODULES.items():
            if top in modules:
                how = f'install what this needs with: pip install "midnight[{extra}]"'
                raise MissingError(f"`{top}` is missing; {how}") from None
        raise
