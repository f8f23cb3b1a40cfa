"""Commands that ask what the figures can tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

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
    folder_name,
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
    from sim.inference import fit as fitting
    from sim.view import console
    from sim.view.place import results

    path = out or fitting.default_path(scenario)
    fitting.check_path(path)
    with console.search_progress(points) as tell:
        found = fitting.fit(scenario, points, luck, start, changes or (), workers, tell)
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
    from sim import experiment
    from sim.experiment.folder import check_place, told
    from sim.inference.nested import Settings
    from sim.inference.problem import problem
    from sim.inference.rivals import named
    from sim.view import console_posterior as console

    asked = problem(named(scenario, rival), evidence, changes or (), averaged)
    settings = Settings(**numbers)
    folder = out or console.default_folder(asked)
    check_place(folder)
    found = console.run(asked, folder, settings, json, workers, cluster)
    if not all((folder / f"figure{kind}").exists() for kind in (".png", ".svg")):
        how = {"workers": workers, "cluster": cluster, "posterior": folder}
        lived = experiment.run(asked.scenario, 200, **how)
        with told(folder):
            lived.plot(folder / "figure")
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
    known = whole(synthetic, "--synthetic")
    from sim.inference.rivals import SETTINGS
    from sim.view import console_rivals as console

    settings = replace(SETTINGS, **numbers)
    how = {"workers": workers, "cluster": cluster, **counts}
    folder = out or Path("results") / f"rivals-{Path(evidence or 'historical').stem}"
    found = console.run(names, evidence, folder, settings, json, known, **how)
    console.show_rivals(*found, folder, json)


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
    from sim.inference import attribution
    from sim.scenario.loading import load
    from sim.view import console
    from sim.view.console_attribution import show_attribution
    from sim.view.place import keeping

    asked = load(scenario, changes or ())
    chosen = attribution.posteriors(asked, point, posterior or ())
    with keeping(out, folder_name("attribute", scenario, changes), json) as place:
        with console.progress("worlds", json) as tell:
            found = attribution.attribute(
                asked, chosen, number, workers=workers, tell=tell, cluster=cluster
            )
        place.shows(show_attribution, found)
        if place.folder is not None:
            attribution.write(found, place.folder)


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
    from sim.inference.sources import compare_sources, write
    from sim.view import console
    from sim.view.console_sources import show_sources
    from sim.view.place import keeping

    with keeping(out, folder_name("sources", scenario, changes), json) as place:
        with console.progress("worlds", json) as tell:
            how = (workers, cluster, tell, changes or ())
            found = compare_sources(scenario, posterior or (), luck, *how)
        place.shows(show_sources, found)
        if place.folder is not None:
            write(found, place.folder)


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
    from sim.inference.check import opened, write
    from sim.view import console_check as view

    asked, found_draws = opened(scenario, evidence, posterior, changes or ())
    name = f"check-{asked.scenario.name}-{asked.evidence.name}"
    how: dict[str, Any] = {"truths": truths, "other_luck": other_luck}
    how |= {"workers": workers, "cluster": cluster}
    with view.place(out, name, known, json) as place:
        found = view.run(asked, found_draws, count, known, place.folder, json, **how)
        place.shows(view.show_check, found)
        if place.folder is not None:
            write(found, place.folder)
