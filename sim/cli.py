"""The command line: one thin function a command."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import InputError, MidnightError

app = typer.Typer(
    help="Midnight: what broke the Left Opposition, 1927-1930, and what held the rest?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Names of scenarios: `midnight scenarios`. Results are kept in `results/`.",
)

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
    str | None, typer.Option(metavar="SET", help="Name or file; else the scenario's own.")
]
CalibrationOut = Annotated[
    Path | None, typer.Option("--out", help="Its folder, new or begun; else in `results/`.")
]
Retry = Annotated[bool, typer.Option("--retry-failed", help="Try again what failed before.")]
Folder = Annotated[Path, typer.Argument(help="The folder of a sweep.", metavar="DIR")]
SweepOut = Annotated[
    Path | None, typer.Option("--out", help="The sweep's folder, new or begun; else in `results/`.")
]


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        import sim

        typer.echo(sim.__version__)
        raise typer.Exit


def whole(text: str, option: str) -> int:
    """Return the whole number that an option was given.

    Raises:
        InputError: it is none, or negative.
    """
    from sim.scenario.loading import seed

    return seed(text, option)


@app.command()
def run(
    scenario: Scenario = "historical",
    seeds: Annotated[
        str | None, typer.Option("--seeds", help="How many worlds: seeds 1 to N; else 100.")
    ] = None,
    seed: Annotated[str | None, typer.Option("--seed", help="One world, of this seed.")] = None,
    changes: Set = None,
    point: Point = False,
    posterior: Posterior = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Live a scenario under many seeds: the decline, beside what the sources say."""
    from sim import experiment
    from sim.view import console

    if seeds is not None and seed is not None:
        raise InputError("--seed", "got --seeds as well", "one of the two")
    luck = whole(seeds or "100", "--seeds") if seed is None else [whole(seed, "--seed")]
    target = console.folder(out, _folder("run", scenario, changes), json)
    with console.keeping(target) as partial:
        with console.progress("worlds", json) as tell:
            found = experiment.run(
                scenario, luck, changes or (), workers, tell, cluster, point, posterior
            )
        console.show_run(found, target, json)
        if partial is not None:
            tables = {"series": found.series, "persons": found.persons, "targets": found.targets}
            experiment.write(partial, tables, found.plot, [found])
    console.kept(target, json)


@app.command()
def compare(
    counterfactuals: Annotated[
        list[str] | None, typer.Argument(help="Names or files; all shipped ones by default.")
    ] = None,
    baseline: Annotated[str, typer.Option(help="The world they are compared with.")] = "historical",
    seeds: Seeds = "100",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a number in every world alike."),
    ] = None,
    point: Point = False,
    posterior: Posterior = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Compare history with counterfactuals: the same people, the same luck, a changed world."""
    from sim import experiment
    from sim.view import console

    luck = whole(seeds, "--seeds")
    target = console.folder(out, _folder("compare", baseline, changes), json)
    with console.keeping(target) as partial:
        with console.progress("worlds", json) as tell:
            names, how = counterfactuals or None, (workers, tell, cluster, point, posterior)
            found = experiment.compare(names, baseline, luck, changes or (), *how)
        console.show_comparison(found, target, json)
        if partial is not None:
            tables = {"table": found.table, "series": found.series, "persons": found.persons}
            every = [found.baseline, *found.worlds.values()]
            experiment.write(partial, tables, found.plot, every)
    console.kept(target, json)


@app.command()
def explain(
    scenario: Scenario = "historical",
    seed: Annotated[str, typer.Option("--seed", help="The world's luck.")] = "1",
    person: Annotated[
        str | None,
        typer.Option("--person", help="Number of the person; else one to whom much happened."),
    ] = None,
    versus: Annotated[
        str | None, typer.Option("--versus", help="A second world for the same person.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a number in both worlds alike."),
    ] = None,
    point: Point = False,
    posterior: Posterior = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Follow one life, week by week: what pushed, what held, how near the breaking point was."""
    from sim import experiment
    from sim.view import console
    from sim.view.console_lives import show_lives

    luck = whole(seed, "--seed")
    how = (changes or (), point, posterior)
    number = (
        experiment.somebody(scenario, luck, *how) if person is None else whole(person, "--person")
    )
    worlds = [scenario] if versus is None else [scenario, versus]
    lives = [experiment.explain(world, luck, number, *how) for world in worlds]
    target = console.folder(out, f"{_folder('life', scenario, changes)}-{luck}-{number}", json)
    with console.keeping(target) as partial:
        show_lives(lives, target, json)
        if partial is not None:
            experiment.write_lives(partial, lives)
    console.kept(target, json)


@app.command()
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


@app.command()
def scenarios(json: Json = False) -> None:
    """List the scenarios that come with Midnight: the question and what each changes."""
    from sim.view import console

    console.show_scenarios(json)


@app.command()
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
            typer.echo(f"{row['file']}: a valid scenario ({row['name']}, {row['hash']})")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file, for an editor."""
    from sim.scenario.editor import file_schema
    from sim.view import console

    console.print_json(file_schema())


@app.command()
def fit(
    scenario: Scenario = "historical",
    trials: Annotated[str, typer.Option(help="Points of the prior to try, at most.")] = "6000",
    seeds: Annotated[str, typer.Option(help="Worlds a trial.")] = "4",
    search_seed: Annotated[str, typer.Option(help="Seed of the search, 1 or more.")] = "1",
    changes: Set = None,
    workers: Workers = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; else scenarios/fits/NAME.toml.")
    ] = None,
) -> None:
    """Search the prior for the world that agrees best with the figures (about ten minutes)."""
    from sim.inference import fit as fitting
    from sim.view import console

    numbers = [
        whole(trials, "--trials"),
        whole(seeds, "--seeds"),
        whole(search_seed, "--search-seed"),
    ]
    path = out or fitting.default_path(scenario)
    fitting.check_path(path)
    with console.search_progress(numbers[0]) as tell:
        found = fitting.fit(scenario, *numbers, changes or (), workers, tell)
    command = f"midnight fit {scenario} --trials {numbers[0]} --seeds {numbers[1]}"
    command += f" --search-seed {numbers[2]}" + "".join(f" --set {text}" for text in changes or ())
    fitting.write(found, path, command)
    console.show_fit(found, path)


@app.command()
def calibrate(
    scenario: Scenario = "historical",
    evidence: Evidence = None,
    rival: Annotated[
        str | None, typer.Option(help="A rival explanation, instead of a scenario.")
    ] = None,
    ess: Annotated[str, typer.Option(help="Effective sample size to reach.")] = "2000",
    live: Annotated[str, typer.Option(help="Live points of the sampler.")] = "400",
    seeds: Luck = "8",
    sampler_seed: Annotated[str, typer.Option(help="Seed of the sampler itself.")] = "1",
    changes: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: CalibrationOut = None,
    json: Json = False,
) -> None:
    """Find what the figures leave possible: the posterior of every parameter with a prior."""
    from sim import experiment
    from sim.inference.nested import Settings
    from sim.inference.problem import problem
    from sim.inference.rivals import named
    from sim.view import console_posterior as console

    asked = problem(named(scenario, rival), evidence, changes or (), whole(seeds, "--seeds"))
    numbers = {"ess": ess, "live": live, "seed": sampler_seed}
    settings = Settings(**{key: whole(text, f"--{key}") for key, text in numbers.items()})
    folder = out or console.default_folder(asked)
    found = console.run(asked, folder, settings, json, workers, cluster)
    if not (folder / "figure.png").exists():
        how = {"workers": workers, "cluster": cluster, "posterior": folder}
        lived = experiment.run(asked.scenario, 200, **how)
        lived.plot(folder / "figure")
    console.show_posterior(found, folder, json)


@app.command()
def rivals(
    names: Annotated[
        list[str] | None, typer.Argument(help="Rival explanations; all shipped ones by default.")
    ] = None,
    evidence: Evidence = None,
    ess: Annotated[str, typer.Option(help="Effective sample size to reach, for each.")] = "1000",
    live: Annotated[str, typer.Option(help="Live points of the sampler.")] = "400",
    seeds: Luck = "8",
    worlds: Annotated[str, typer.Option(help="Worlds drawn from each posterior.")] = "200",
    synthetic: Annotated[
        str, typer.Option(help="Worlds of each taken for the truth, e.g. 100: is it found?")
    ] = "0",
    workers: Workers = None,
    cluster: Cluster = None,
    out: CalibrationOut = None,
    json: Json = False,
) -> None:
    """Weigh rival explanations on the same figures: evidence, fit, predictions, other worlds."""
    from sim.inference.nested import Settings
    from sim.view import console_rivals as console

    numbers = {"ess": ess, "live": live}
    settings = Settings(**{key: whole(text, f"--{key}") for key, text in numbers.items()})
    counts = {"seeds": whole(seeds, "--seeds"), "worlds": whole(worlds, "--worlds")}
    how = {"workers": workers, "cluster": cluster, **counts}
    folder = out or Path("results") / f"rivals-{Path(evidence or 'historical').stem}"
    known = whole(synthetic, "--synthetic")
    found = console.run(names, evidence, folder, settings, json, known, **how)
    console.show_rivals(*found, folder, json)


@app.command()
def attribute(
    scenario: Scenario = "historical",
    draws: Annotated[str, typer.Option(help="Draws of each posterior: seeds 1 to N.")] = "100",
    changes: Set = None,
    point: Point = False,
    posterior: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="A calibration, or several; else every shipped one."),
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Divide the decline among eight mechanisms: exact Shapley shares, and which work together."""
    from sim.inference import attribution
    from sim.scenario.loading import load
    from sim.view import console
    from sim.view.console_attribution import show_attribution

    number, asked = whole(draws, "--draws"), load(scenario, changes or ())
    chosen = attribution.posteriors(asked, point, posterior or ())
    target = console.folder(out, _folder("attribute", scenario, changes), json)
    with console.keeping(target) as partial:
        with console.progress("worlds", json) as tell:
            how = {"workers": workers, "tell": tell, "cluster": cluster}
            found = attribution.attribute(asked, chosen, number, **how)
        show_attribution(found, target, json)
        if partial is not None:
            attribution.write(found, partial)
    console.kept(target, json)


@app.command()
def sources(
    scenario: Scenario = "historical",
    posterior: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Calibrations, one a set; else those shipped."),
    ] = None,
    changes: Set = None,
    draws: Annotated[str, typer.Option(help="Draws from each posterior.")] = "150",
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Draw the same conclusions under every set of figures, and without any one of the sources."""
    from sim.inference.sources import compare_sources, write
    from sim.view import console
    from sim.view.console_sources import show_sources

    target = console.folder(out, _folder("sources", scenario, changes), json)
    with console.keeping(target) as partial:
        with console.progress("worlds", json) as tell:
            luck = whole(draws, "--draws")
            how = (workers, cluster, tell, changes or ())
            found = compare_sources(scenario, posterior or (), luck, *how)
        show_sources(found, target, json)
        if partial is not None:
            write(found, partial)


@app.command()
def check(
    scenario: Scenario = "historical",
    posterior: Posterior = None,
    evidence: Evidence = None,
    changes: Set = None,
    draws: Annotated[str, typer.Option(help="Worlds of the prior, and of the posterior.")] = "500",
    simulations: Annotated[
        str, typer.Option(help="Known truths to find again, e.g. 60; minutes of a core each.")
    ] = "0",
    truths: Annotated[str, typer.Option(help="Drawn from the prior or the posterior.")] = "prior",
    other_luck: Annotated[
        bool, typer.Option("--other-luck", help="Truths with luck that no calibration knows.")
    ] = False,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Check prior and posterior against figures, held-out history and known truths."""
    from sim.inference.check import opened, write
    from sim.view import console_check as view

    asked, found_draws = opened(scenario, evidence, posterior, changes or ())
    count, known = whole(draws, "--draws"), whole(simulations, "--simulations")
    name = f"check-{asked.scenario.name}-{asked.evidence.name}"
    how = {"truths": truths, "other_luck": other_luck, "workers": workers, "cluster": cluster}
    with view.place(out, name, known, json) as (target, folder):
        found = view.run(asked, found_draws, count, known, folder, json, **how)
        view.show_check(found, json, target)
        if folder is not None:
            write(found, folder)
    view.kept(target, json)


@app.command()
def sweep(
    scenario: Scenario = "historical",
    vary: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUES", help="LOW:HIGH:STEPS or a,b,c; scenario=A,B,C too."),
    ] = None,
    sample: Annotated[
        str | None, typer.Option(help="sobol:N or latin:N points, with --vary KEY=LOW:HIGH.")
    ] = None,
    design: Annotated[
        Path | None, typer.Option(help="CSV file instead of --vary: a column a key, a row a point.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Worlds for each point: seeds 1 to N.")] = "10",
    series: Annotated[bool, typer.Option("--series", help="Keep the weekly series too.")] = False,
    changes: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    retry: Retry = False,
    out: SweepOut = None,
    json: Json = False,
) -> None:
    """Live many worlds and keep every one; given again, the command goes on where it stopped."""
    from sim.experiment.design import design as plan
    from sim.experiment.runner import seeds_from
    from sim.view import console_sweep as console

    luck = seeds_from(whole(seeds, "--seeds"))
    found = plan(scenario, vary or (), sample, design, luck, changes or (), series)
    how = {"workers": workers, "cluster": cluster, "retry_failed": retry}
    console.show_sweep(console.run(found, out, json, **how), json)


@app.command()
def status(folder: Folder, json: Json = False) -> None:
    """Show what of a sweep is done, failed and left, and how long it will take."""
    from sim.view import console_sweep as console

    console.show_status(folder, json)


@app.command()
def export(
    folder: Folder,
    out: Annotated[
        Path | None, typer.Option("--out", help="A new folder; else the sweep's own.")
    ] = None,
    json: Json = False,
) -> None:
    """Write the tables of a sweep as CSV, and its picture, finished or not."""
    from sim.view import console_sweep as console

    console.show_export(folder, out, json)


@app.command()
def sensitivity(
    scenario: Scenario = "historical",
    over: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=LOW:HIGH", help="A number; else every coefficient with a prior."),
    ] = None,
    n: Annotated[str, typer.Option("-n", help="Size of the sample, a power of two.")] = "128",
    of: Annotated[
        str | None, typer.Option(help="Summary; else those holding out at the end of 1929.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Worlds for each point: seeds 1 to N.")] = "4",
    changes: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    retry: Retry = False,
    out: SweepOut = None,
    json: Json = False,
) -> None:
    """Show which numbers a result depends on: Sobol indices, alone and with the others."""
    from sim.experiment.runner import seeds_from
    from sim.experiment.sensitivity import saltelli
    from sim.view import console_sweep as console

    luck = seeds_from(whole(seeds, "--seeds"))
    found = saltelli(scenario, over or (), whole(n, "-n"), luck, changes or ())
    how = {"workers": workers, "cluster": cluster, "retry_failed": retry}
    console.run_sensitivity(found, out, of, json, **how)


@app.command("app")
def browser(
    scenario: Scenario = "historical",
    seed: Annotated[str, typer.Option("--seed", help="The world's luck.")] = "1",
    port: Annotated[str, typer.Option(help="Where the page listens; 0 takes any free.")] = "8765",
    host: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="127.0.0.1: this machine alone. 0.0.0.0: whoever reaches it over the network.",
        ),
    ] = "127.0.0.1",
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
) -> None:
    """Watch a world unfold in the browser, beside the world that was not; Ctrl-C ends it."""
    from sim.view.app import serve

    listen = serve.port_of(port)
    query = serve.query_of(scenario, whole(seed, "--seed"))
    serve.serve(host, listen, query, not no_open)


def _folder(command: str, name: str, changes: list[str] | None) -> str:
    return f"{command}-{Path(name).stem}{'-changed' if changes else ''}"


def main() -> None:
    """Run a command; whatever goes wrong is told in a sentence, with the exit code that fits."""
    try:
        app()
    except MidnightError as error:
        typer.echo(f"midnight: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (KeyboardInterrupt, MemoryError) as error:
        words = "stopped" if isinstance(error, KeyboardInterrupt) else "out of memory"
        typer.echo(f"midnight: {words}; nothing half-written was kept", err=True)
        sys.exit(1)
    except Exception as error:
        if os.environ.get("MIDNIGHT_TRACEBACK"):
            raise
        typer.echo(
            f"midnight: an error of the program, not yours: {type(error).__name__}: {error}\n"
            "  Please report it, with what `MIDNIGHT_TRACEBACK=1` set before the command adds.",
            err=True,
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
