"""The command line: one thin function a command."""

from __future__ import annotations

import os
import sys
from typing import Annotated

from sim.cli import stopping
from sim.errors import MidnightError, being_read, printable
from sim.extras import explained

with stopping.imports_stoppable():
    import typer

    from sim.cli import inference, streams, sweeps, worlds
    from sim.cli.options import Command

app = typer.Typer(
    help="Midnight: what broke the Left Opposition, 1926-1938, and what held the rest?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Names of scenarios: `midnight scenarios`. Results are kept in `results/`.",
)

COMMANDS = (
    worlds.run,
    worlds.compare,
    worlds.explain,
    worlds.chart,
    worlds.evidence,
    worlds.scenarios,
    worlds.validate,
    worlds.schema,
    inference.fit,
    inference.calibrate,
    inference.rivals,
    inference.attribute,
    inference.sources,
    inference.check,
    sweeps.sweep,
    sweeps.status,
    sweeps.repair,
    sweeps.export,
    sweeps.sensitivity,
)
"""In the order in which `--help` lists them."""
for command in COMMANDS:
    app.command(cls=Command)(command)
app.command("app", cls=Command)(worlds.browser)


@app.callback(invoke_without_command=True)
def _before(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    extend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Python file with declarations of your own. It runs: only what you trust.",
        ),
    ] = None,
) -> None:
    if extend:
        from sim.chart.registry import extend as add

        for file in extend:
            add(file)
    if version:
        import sim

        typer.echo(sim.__version__)
        raise typer.Exit


@streams.guarded
def main() -> None:
    """Run a command; whatever goes wrong is told in a sentence, with the exit code that fits."""
    try:
        with stopping.stoppable(), explained():
            app()
    except MidnightError as error:
        typer.echo(f"midnight: {error}", err=True)
        stopping.explained()
        sys.exit(error.exit_code)
    except MemoryError:
        words = "out of memory; no partial results were saved. Ask for fewer worlds, or --workers 1"
        typer.echo(f"midnight: {words}", err=True)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("MIDNIGHT_TRACEBACK"):
            raise
        file = being_read(error)
        typer.echo(
            f"midnight: internal error (a bug): {type(error).__name__}: {printable(str(error))}\n"
            + (f"  It happened while reading {file}; is it whole?\n" if file else "")
            + "  Please report it, with what `MIDNIGHT_TRACEBACK=1` set before the command adds.",
            err=True,
        )
        sys.exit(1)
