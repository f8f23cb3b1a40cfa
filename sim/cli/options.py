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
    from sim.scenario.schema import Scenario as World

Scenario = Annotated[str, typer.Argument(help="A name that `midnight scenarios` lists, or a file.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a number, e.g. coefficients.offer=0."),
]
Span = Annotated[
    str | None,
    typer.Option(
        "--span",
        metavar="YEARS",
        help="Years to run and show, e.g. 1928-38; default: the scenario's own.",
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", help="New folder for the results; default: in `results/`.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Workers = Annotated[
    int | None, typer.Option("--workers", help="Processes; by default one per core for large jobs.")
]
Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler, e.g. tcp://host:8786."),
]
Point = Annotated[
    bool, typer.Option("--point", help="Fix the parameters at the scenario's own values.")
]
Posterior = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR", help="Calibration to draw parameters from; default: the bundled one."
    ),
]
Evidence = Annotated[
    str | None,
    typer.Option(metavar="SET", help="Evidence set: a name, NAME-without-WHO or a file."),
]
CalibrationOut = Annotated[
    Path | None, typer.Option("--out", help="New folder, or one to resume; default: in `results/`.")
]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Retry runs that failed.")]
Folder = Annotated[Path, typer.Argument(help="The folder of a sweep.", metavar="DIR")]
SweepOut = Annotated[
    Path | None, typer.Option("--out", help="New folder, or one to resume; default: in `results/`.")
]


def number(help: str, *names: str, least: int = 0, most: int | None = None) -> Any:
    """Return an option that takes a whole number from `least` on, up to `most` or the last seed.

    Args:
        help: one line.
        names: as typed; the first is called by its name in messages.
        least, most: its range.
    """

    def parse(value: str | int) -> int:
        from sim.scenario.loading import LARGEST_SEED, seed

        found, last = seed(value, names[0]), LARGEST_SEED if most is None else most
        if least <= found <= last:
            return found
        allowed = f"from {least:,} to {last:,}" if last < LARGEST_SEED else f"of {least:,} or more"
        raise InputError(names[0], f"got {found}", f"a whole number {allowed}")

    return typer.Option(*names, help=help, metavar="N", parser=parse)


Seeds = Annotated[int, number("Number of seeds: 1 to N.", "--seeds")]
Averaged = Annotated[int, number("Random seeds to average over: 1 to N.", "--seeds", least=1)]
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


def parameters(point: bool, posterior: Path | list[Path] | None) -> Parameters | list[Path]:
    """Return which parameters `--point` and `--posterior` ask for.

    Raises:
        InputError: both are given.
    """
    if point and posterior:
        raise InputError("--point", "got --posterior as well", "one of the two")
    return "point" if point else posterior or None


def world(name: str, changes: list[str] | None, span: str | None) -> World:
    """Return the scenario that a name, `--set` and `--span` ask for.

    Raises:
        InputError: one of them cannot be used, or both options say when it ends.
    """
    from sim.scenario.loading import load
    from sim.scenario.span import spanned, years

    if span is None:
        return load(name, changes or ())
    years(span)
    for assignment in changes or ():
        if assignment.partition("=")[0].strip() in ("calendar.end", "calendar.shown"):
            raise InputError("--span", f"got --set {shorten(assignment)} as well", "one of the two")
    return spanned(load(name, changes or ()), span)


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
