"""Commands that ask what the figures can tell."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import (
    CalibrationOut,
    Cluster,
    Evidence,
    Json,
    Luck,
    Out,
    Point,
    Posterior,
    Scenario,
    Set,
    Workers,
    execution,
    folder_name,
    parameters,
    whole,
)
from sim.inference.limits import LARGEST_SEARCH_SEED, SAMPLER


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
    points, luck = whole(trials, "--trials", 1), whole(seeds, "--seeds", 1)
    start = whole(search_seed, "--search-seed", 1, LARGEST_SEARCH_SEED)
    from sim.cli.place import results
    from sim.inference import fit as fitting
    from sim.view import console

    path = out or fitting.default_path(scenario)
    fitting.check_path(path)
    with console.search_progress(points) as tell:
        where = execution(workers, None)
        found = fitting.fit(scenario, points, luck, start, changes or (), where, tell)
    command = f"midnight fit {scenario} --trials {points} --seeds {luck}"
    command += f" --search-seed {start}" + "".join(f" --set {text}" for text in changes or ())
    fitting.write(found, path, command)
    results.append(path)
    console.show_fit(found, path)


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
    numbers = {
        "ess": whole(ess, "--ess", *SAMPLER["ess"]),
        "live": whole(live, "--live", *SAMPLER["live"]),
        "seed": whole(sampler_seed, "--sampler-seed"),
    }
    averaged = whole(seeds, "--seeds", 1)
    from sim.cli.place import results
    from sim.errors import stoppable
    from sim.folder import check_place
    from sim.inference.calibrate import default_folder, draw_decline, posterior_of
    from sim.inference.nested import Settings
    from sim.inference.problem import problem
    from sim.inference.rivals import named
    from sim.view import console_posterior as console

    asked = problem(named(scenario, rival), evidence, changes or (), averaged)
    settings = Settings(**numbers)
    folder, where = out or default_folder(asked), execution(workers, cluster)
    check_place(folder)
    if not json:
        console.show_problem(asked, folder)
    with stoppable(f"every world run is kept in {folder}/"), console.progress(json) as tell:
        found = posterior_of(asked, folder, settings, where, tell)
    draw_decline(found, folder, where)
    results.append(folder)
    console.show_posterior(found, folder, json)


def rivals(
    names: Annotated[
        list[str] | None, typer.Argument(help="Rival explanations; all shipped ones by default.")
    ] = None,
    evidence: Evidence = None,
    ess: Annotated[str, typer.Option(help="Effective sample size to reach, for each.")] = "500",
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
    numbers = {
        "ess": whole(ess, "--ess", *SAMPLER["ess"]),
        "live": whole(live, "--live", *SAMPLER["live"]),
    }
    counts = {"seeds": whole(seeds, "--seeds", 1), "worlds": whole(worlds, "--worlds", 1)}
    counts["synthetic"] = whole(synthetic, "--synthetic")
    from sim.cli.place import results
    from sim.errors import stoppable
    from sim.inference import explanations
    from sim.inference.calibrate import Told
    from sim.inference.problem import Problem
    from sim.view import console_rivals as console
    from sim.view.console_posterior import progress

    folder = out or explanations.default_folder(evidence)
    with ExitStack() as shown, stoppable(f"every world run is kept in {folder}/"):

        def begin(asked: Problem) -> Told:
            shown.close()
            if not json:
                console.show_rival(asked)
            return shown.enter_context(progress(json))

        where = execution(workers, cluster)
        found = explanations.rivals(
            names, evidence, **numbers, **counts, out=folder, execution=where, begin=begin
        )
    results.append(folder)
    console.show_rivals(found, folder, json)


def attribute(
    scenario: Scenario = "historical",
    draws: Annotated[str, typer.Option(help="Draws of each posterior: seeds 1 to N.")] = "100",
    changes: Set = None,
    point: Point = False,
    posterior: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="A calibration, or several; else those shipped."),
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Divide the decline among eight mechanisms: exact Shapley shares, and which work together."""
    number = whole(draws, "--draws", 1)
    from sim.cli.place import keeping
    from sim.inference import attribution
    from sim.scenario.loading import load
    from sim.view import console
    from sim.view.console_attribution import show_attribution

    asked = load(scenario, changes or ())
    drawn = parameters(point, posterior)
    attribution.posteriors(asked, drawn)  # or say what is wrong with them before a folder is made
    with keeping(out, folder_name("attribute", scenario, changes), json) as place:
        with console.progress("worlds", json) as tell:
            where = execution(workers, cluster, tell)
            found = attribution.attribute(asked, drawn, number, execution=where)
        place.shows(show_attribution, found)
        place.keep(found)


def sources(
    scenario: Scenario = "historical",
    posterior: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Calibrations, one a set or reading; else those shipped."),
    ] = None,
    changes: Set = None,
    draws: Annotated[str, typer.Option(help="Draws from each calibration of a set.")] = "150",
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Draw the same conclusions under every set of figures, and without any one of the sources."""
    luck = whole(draws, "--draws")
    from sim.cli.place import keeping
    from sim.inference.sources import compare_sources
    from sim.view import console
    from sim.view.console_sources import show_sources

    with keeping(out, folder_name("sources", scenario, changes), json) as place:
        with console.progress("worlds", json) as tell:
            how = (changes or (), execution(workers, cluster, tell))
            found = compare_sources(scenario, posterior or (), luck, *how)
        place.shows(show_sources, found)
        place.keep(found)


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
    count, known = whole(draws, "--draws"), whole(simulations, "--simulations")
    from sim.cli.place import keeping, showing
    from sim.errors import stoppable
    from sim.inference import check as checks
    from sim.view.console import progress
    from sim.view.console_check import FILES, show_check

    asked, drawn = checks.opened(scenario, evidence, posterior, changes or ())
    folder = out or checks.default_folder(asked)
    checks.check_truths(known, truths)
    if known:  # a folder new or begun, so that a long check goes on after a stop
        place_of = showing(checks.begun(folder), json, FILES)
    else:
        place_of = keeping(out, folder.name, json, FILES)
    with place_of as place:
        with progress("worlds", json) as tell:
            found = checks.held_against(asked, drawn, count, execution(workers, cluster, tell))
        if known:
            with (
                stoppable(f"every finished simulation is kept in {folder}/"),
                progress("simulations", json) as tell,
            ):
                where = execution(workers, cluster, tell)
                found = checks.with_truths(found, known, folder, truths, other_luck, where)
        place.shows(show_check, found)
        place.keep(found)
