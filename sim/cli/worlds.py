"""Commands that run simulations, show what they rest on, or open the page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import (
    Cluster,
    Json,
    Out,
    Point,
    Posterior,
    Scenario,
    Seeds,
    Set,
    Span,
    Workers,
    execution,
    folder_name,
    number,
    parameters,
    world,
)
from sim.errors import InputError
from sim.view.app.door import MOST_VISITORS


def run(
    scenario: Scenario = "historical",
    seeds: Annotated[
        int | None, number("Number of seeds: 1 to N (default 100).", "--seeds")
    ] = None,
    seed: Annotated[
        int | None, number("One run, with this seed and fixed parameters.", "--seed")
    ] = None,
    changes: Set = None,
    span: Span = None,
    point: Point = False,
    posterior: Posterior = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Run a scenario with many seeds: the decline, beside what the sources say."""
    from sim import experiment
    from sim.cli.place import keeping
    from sim.view import console

    if seeds is not None and seed is not None:
        raise InputError("--seed", "got --seeds as well", "one of the two")
    chosen = [seed] if seed is not None else 100 if seeds is None else seeds
    drawn = parameters(point or (seed is not None and posterior is None), posterior)
    asked = world(scenario, changes, span)
    with keeping(out, folder_name("run", scenario, changes), json) as place:
        with console.progress("worlds", json) as tell:
            where = execution(workers, cluster, tell)
            found = experiment.run(asked, chosen, (), drawn, where)
        place.shows(console.show_run, found)
        place.keep(found)


def compare(
    counterfactuals: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names or files; default: all bundled ones that end with the baseline."
        ),
    ] = None,
    baseline: Annotated[str, typer.Option(help="The world they are compared with.")] = "historical",
    seeds: Seeds = 100,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a number in every world alike."),
    ] = None,
    span: Span = None,
    point: Point = False,
    posterior: Posterior = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Compare history with counterfactuals: the same people and seeds in a changed world."""
    from sim import experiment
    from sim.cli.place import keeping
    from sim.scenario.loading import counterfactuals as shipped
    from sim.scenario.loading import load
    from sim.view import console

    drawn = parameters(point, posterior)
    base = world(baseline, changes, span)
    names = counterfactuals
    if not names:
        last = max(base.calendar.end, load(baseline).calendar.end)
        names = [n for n in shipped() if n != base.name and load(n).calendar.end <= last]
    others = [world(name, changes, span) for name in names]
    with keeping(out, folder_name("compare", baseline, changes), json) as place:
        with console.progress("worlds", json) as tell:
            where = execution(workers, cluster, tell)
            found = experiment.compare(others, base, seeds, (), drawn, where)
        place.shows(console.show_comparison, found)
        place.keep(found)


def explain(
    scenario: Scenario = "historical",
    seed: Annotated[int, number("Random seed.", "--seed")] = 1,
    person: Annotated[
        int | None, number("Number of the person; default: one to whom much happened.", "--person")
    ] = None,
    versus: Annotated[
        str | None, typer.Option("--versus", help="A second world for the same person.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a number in both worlds alike."),
    ] = None,
    span: Span = None,
    posterior: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Draw the seed's parameters, as `run --seeds` does: shipped or DIR."
        ),
    ] = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Follow one life, week by week: what pushed, what held, how near a signature was.

    The world is that of `run --seed`, of the page and of Python: the scenario's own parameters.
    """
    from sim import experiment
    from sim.cli.place import keeping
    from sim.scenario.loading import to_one_end
    from sim.view.console_lives import show_lives

    names = [scenario] if versus is None else [scenario, versus]
    worlds = to_one_end([world(name, changes, span) for name in names])
    how = ((), posterior or "point")
    number = experiment.somebody(worlds[0], seed, *how) if person is None else person
    lives = (experiment.explain(each, seed, number, *how) for each in worlds)
    found = experiment.Lives(tuple(lives))
    name = f"{folder_name('life', scenario, changes)}-{seed}-{number}"
    with keeping(out, name, json) as place:
        place.shows(show_lives, found)
        place.keep(found)


def evidence(
    words: Annotated[list[str] | None, typer.Argument(help="Words, or the id of a claim.")] = None,
    source: Annotated[str | None, typer.Option(help="Text or authority, e.g. greene.")] = None,
    grade: Annotated[str | None, typer.Option(help="high, medium or low.")] = None,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="Only claims that another one contradicts.")
    ] = False,
    sets: Annotated[
        bool, typer.Option("--sets", help="Show the evidence sets and their targets.")
    ] = False,
    json: Json = False,
) -> None:
    """Search the ledger of claims: who says what, where, how surely, and who contradicts it."""
    from sim.view import console

    if sets:
        console.show_sets(json)
    else:
        console.show_claims(" ".join(words or ()), source, grade, conflicts, json)


def chart(out: Out = None, json: Json = False) -> None:
    """Show what can happen to a person: the states, and what leads from one to another."""
    from sim.cli.place import keeping
    from sim.view.chart import draw
    from sim.view.console_chart import show_chart

    with keeping(out, "chart", json, "figure.png, figure.svg") as place:
        place.shows(show_chart, None)
        if place.folder is not None:
            draw(place.folder / "figure")


def scenarios(json: Json = False) -> None:
    """List the scenarios that come with Midnight: the question and what each changes."""
    from sim.view import console

    console.show_scenarios(json)


def validate(
    files: Annotated[list[str], typer.Argument(help="Scenario files, or names.")],
    changes: Set = None,
    json: Json = False,
) -> None:
    """Check scenario files without running them."""
    from sim.scenario.loading import hash_of, load
    from sim.view import console

    found = [load(file, changes or ()) for file in files]
    rows = [
        {"file": f, "name": s.name, "hash": hash_of(s)} for f, s in zip(files, found, strict=True)
    ]
    if json:
        console.print_json({"valid": rows})
    else:
        for row in rows:
            print(f"{row['file']}: a valid scenario ({row['name']}, {row['hash']})")


def schema() -> None:
    """Print the JSON Schema of a scenario file, for an editor."""
    from sim.scenario.editor import file_schema
    from sim.view import console

    console.print_json(file_schema())


def browser(
    scenario: Scenario = "historical",
    seed: Annotated[int, number("Random seed.", "--seed")] = 1,
    port: Annotated[
        int, number("Port of the page; 0: any free port.", "--port", most=65535)
    ] = 8765,
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="127.0.0.1: this machine alone. 0.0.0.0: everybody on the network.",
        ),
    ] = "127.0.0.1",
    token: Annotated[
        str | None,
        typer.Option(
            metavar="WORD", envvar="MIDNIGHT_TOKEN", help="A word that visitors have to know."
        ),
    ] = None,
    visitors: Annotated[
        int,
        number("Pages open at once, at most.", "--visitors", least=1, most=MOST_VISITORS),
    ] = 40,
    root_path: Annotated[
        str, typer.Option(metavar="PATH", help="The page's path behind a proxy, e.g. /midnight.")
    ] = "",
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Another name of this server, e.g. behind a proxy; repeatable."
        ),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Show a world in the browser, beside a second one; Ctrl-C ends it."""
    from sim.view.app import door, serve

    rules = door.Door(
        names=door.names_of(allow_host or ()),
        root_path=door.root_of(root_path),
        token=door.token_of(token),
        visitors=visitors,
    )
    query = serve.query_of(scenario, seed)
    serve.serve(host, port, query, not no_open, rules)
