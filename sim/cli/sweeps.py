"""Commands for many worlds that are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import (
    Cluster,
    Folder,
    Json,
    Retry,
    Scenario,
    Set,
    SweepOut,
    Workers,
    execution,
    number,
)


def sweep(
    scenario: Scenario = "historical",
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUES", help="LOW:HIGH:STEPS or a,b,c; scenario=A,B,C too."),
    ] = None,
    sample: Annotated[
        str | None,
        typer.Option(help="sobol:N (a power of two) or latin:N points, with --vary KEY=LOW:HIGH."),
    ] = None,
    design: Annotated[
        Path | None, typer.Option(help="CSV file instead of --vary: a column a key, a row a point.")
    ] = None,
    seeds: Annotated[int, number("Seeds for each point: 1 to N.", "--seeds", least=1)] = 10,
    series: Annotated[bool, typer.Option("--series", help="Keep the weekly series too.")] = False,
    changes: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    retry: Retry = False,
    out: SweepOut = None,
    json: Json = False,
) -> None:
    """Run many simulations and save each; run the command again to go on where it stopped."""
    from sim.cli import sweeping
    from sim.experiment.design import design as plan
    from sim.experiment.runner import seeds_from
    from sim.view import console_sweep as console

    luck = seeds_from(seeds)
    found = plan(scenario, vary or (), sample, design, luck, changes or (), series)
    swept = sweeping.run(found, out, json, execution(workers, cluster), retry)
    console.show_sweep(swept, json)


def status(folder: Folder, json: Json = False) -> None:
    """Show what of a sweep is done, failed and left, and how long it will take."""
    from sim.experiment.sweep_result import Sweep
    from sim.view import console_sweep as console

    console.show_status(Sweep(folder), json)


def repair(
    folder: Folder, workers: Workers = None, cluster: Cluster = None, json: Json = False
) -> None:
    """Repair the file of a damaged sweep: keep what is whole, and run the rest again."""
    from sim.cli import sweeping
    from sim.experiment.repair import repair as mend
    from sim.experiment.sweep_result import Sweep
    from sim.view import console_repair as console

    found = mend(folder)
    if found.was_whole:
        swept = Sweep(folder)
    else:
        if not json:
            console.tell_kept(found)
        swept = sweeping.run(found.design, folder, json, execution(workers, cluster))
    console.show_repair(found, swept, json)


def export(
    folder: Folder,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder; else the sweep's own.")
    ] = None,
    json: Json = False,
) -> None:
    """Write the tables of a sweep as CSV, and its picture, finished or not."""
    from sim.cli.place import results
    from sim.experiment.export import export as write
    from sim.experiment.sweep_result import Sweep
    from sim.view import console_sweep as console

    written = write(Sweep(folder), out)
    results.append(written)
    console.show_export(written, json)


def sensitivity(
    scenario: Scenario = "historical",
    over: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=LOW:HIGH", help="A number; else every coefficient with a prior."),
    ] = None,
    n: Annotated[int, number("Size of the sample, a power of two.", "-n")] = 128,
    of: Annotated[
        str | None, typer.Option(help="Summary; else those holding out at the end of 1929.")
    ] = None,
    seeds: Annotated[int, number("Seeds for each point: 1 to N.", "--seeds", least=1)] = 4,
    changes: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    retry: Retry = False,
    out: SweepOut = None,
    json: Json = False,
) -> None:
    """Show which numbers a result depends on: Sobol indices, alone and with the others."""
    from sim.cli import sweeping
    from sim.experiment.runner import seeds_from
    from sim.experiment.sensitivity import analyse, check_known, saltelli
    from sim.view import console_sweep as console

    found = saltelli(scenario, over or (), n, seeds_from(seeds), changes or ())
    check_known(found, of)
    swept = sweeping.run(found, out, json, execution(workers, cluster), retry, "sensitivity")
    asked = analyse(swept, of)
    try:
        sweeping.draw_indices(asked)
    finally:  # what cannot be kept is shown all the same
        console.show_sensitivity(asked, json)
