"""Options that several commands have, and how what they are given is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from sim.errors import InputError, shorten

if TYPE_CHECKING:
    from sim.experiment.draws import Parameters
    from sim.experiment.execution import Execution

Scenario = Annotated[str, typer.Argument(help="A name that `midnight scenarios` lists, or a file.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a number, e.g. coefficients.offer=0."),
]
Seeds = Annotated[str, typer.Option("--seeds", help="How many worlds: seeds 1 to N.")]
Luck = Annotated[str, typer.Option("--seeds", help="Whose luck is averaged over: seeds 1 to N.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="A new folder for the results; else in `results/`.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Workers = Annotated[
    int | None, typer.Option("--workers", help="Processes; by default one a core where it pays.")
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler, e.g. tcp://host:8786."),
]
Point = Annotated[
    bool, typer.Option("--point", help="Parameters as they stand in the scenario, without draws.")
]
Posterior = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="A calibration to draw parameters from; else the shipped."),
]
Evidence = Annotated[
    str | None, typer.Option(metavar="SET", help="Name, NAME-without-WHO or file; else its own.")
]
CalibrationOut = Annotated[
    Path | None, typer.Option("--out", help="Its folder, new or begun; else in `results/`.")
]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")]
Folder = Annotated[Path, typer.Argument(help="The folder of a sweep.", metavar="DIR")]
SweepOut = Annotated[
    Path | None, typer.Option("--out", help="The sweep's folder, new or begun; else in `results/`.")
]
PATHS = ("--out", "--posterior", "--design")
"""Options whose values are names of files, in whatever bytes."""


class Command(TyperCommand):
    """A command whose options have values that say something, and are text."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the command line.

        Raises:
            InputError: an option has an empty value, or one with bytes that are no text.
        """
        given, *_ = self.make_parser(ctx).parse_args(list(args))
        for option in self.params:
            if not isinstance(option, TyperOption):
                continue
            found = given.get(option.name)
            for value in found if isinstance(found, list) else [found]:
                if isinstance(value, str):
                    _check_value(value, option)
        return super().parse_args(ctx, args)


def _check_value(value: str, option: TyperOption) -> None:
    name, (key, equals, _) = option.opts[0], value.partition("=")
    if not value.strip():
        raise InputError(name, f"got {shorten(value)}", "a value", "or leave the option out")
    if name not in PATHS:
        try:
            value.encode()
        except UnicodeEncodeError:
            where = f"{name} {key}" if equals and key.isascii() else name
            raise InputError(where, f"got {shorten(value)}", "text in UTF-8") from None


def whole(text: str, option: str, least: int = 0, most: int | None = None) -> int:
    """Return the whole number that an option was given.

    Args:
        text: as the user wrote it.
        option: what to call it in a message.
        least: the smallest that it may be.
        most: the largest; else that of a seed.

    Raises:
        InputError: it is none, or out of range.
    """
    from sim.scenario.loading import LARGEST_SEED, seed

    found, most = seed(text, option), LARGEST_SEED if most is None else most
    if least <= found <= most:
        return found
    large = f"from {least:,} to {most:,}" if most < LARGEST_SEED else f"of {least:,} or more"
    raise InputError(option, f"got {found}", f"a whole number {large}")


def parameters(point: bool, posterior: Path | list[Path] | None) -> Parameters | list[Path]:
    """Return which parameters `--point` and `--posterior` ask for.

    Raises:
        InputError: both are given.
    """
    if point and posterior:
        raise InputError("--point", "got --posterior as well", "one of the two")
    return "point" if point else posterior or None


def execution(
    workers: int | None, cluster: str | None, tell: Callable[[int, int], None] | None = None
) -> Execution:
    """Return what `--workers` and `--cluster` ask for, and who hears of progress."""
    from sim.experiment.execution import Execution, silent

    return Execution(workers, cluster, tell or silent)


def folder_name(command: str, name: str, changes: list[str] | None) -> str:
    """Return what the results of a command are called by default."""
    from sim.scenario.files import as_part

    return f"{command}-{as_part(Path(name).stem)}{'-changed' if changes else ''}"
