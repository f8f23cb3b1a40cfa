"""Commands that ask what the figures can tell."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.options import (
    Averaged,
    CalibrationOut,
    Cluster,
    Evidence,
    Json,
    Out,
    Point,
    Posterior,
    Scenario,
    Set,
    Workers,
    execution,
    folder_name,
    number,
    parameters,
)
from sim.inference.limits import LARGEST_SEARCH_SEED, SAMPLER

Walkers = Annotated[
    int,
    number(
        "Walkers of the sampler.",
        "--walkers",
        least=SAMPLER["walkers"][0],
        most=SAMPLER["walkers"][1],
    ),
]


def fit(
    scenario: Scenario = "historical",
    trials: Annotated[int, number("Largest number of points to try.", "--trials", least=1)] = 6000,
    seeds: Annotated[int, number("Simulations per trial.", "--seeds", least=1)] = 4,
    search_seed: Annotated[
        int,
        number(
            "Seed of the search, 1 or more.", "--search-seed", least=1, most=LARGEST_SEARCH_SEED
        ),
    ] = 1,
    changes: Set = None,
    workers: Workers = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; default: scenarios/fits/NAME.toml.")
    ] = None,
) -> None:
    """Search for the parameters that agree best with the figures (about ten minutes)."""
    from sim.cli.place import results
    from sim.inference import fit as fitting
    from sim.view import console

    path = out or fitting.default_path(scenario)
    fitting.check_path(path)
    with console.search_progress(trials) as tell:
        where = execution(workers, None)
        found = fitting.fit(scenario, trials, seeds, search_seed, changes or (), where, tell)
    command = f"midnight fit {scenario} --trials {trials} --seeds {seeds}"
    command += f" --search-seed {search_seed}" + "".join(f" --set {text}" for text in changes or ())
    fitting.write(found, path, command)
    results.append(path)
    console.show_fit(found, path)


def calibrate(
    scenario: Scenario = "historical",
    evidence: Evidence = None,
    rival: Annotated[
        str | None, typer.Option(help="A rival explanation, instead of a scenario.")
    ] = None,
    ess: Annotated[
        int,
        number(
            "Effective sample size to reach.",
            "--ess",
            least=SAMPLER["ess"][0],
            most=SAMPLER["ess"][1],
        ),
    ] = 250,
    walkers: Walkers = 400,
    seeds: Averaged = 8,
    sampler_seed: Annotated[
        int,
        number(
            "Seed of the sampler itself.",
            "--sampler-seed",
            least=SAMPLER["seed"][0],
            most=SAMPLER["seed"][1],
        ),
    ] = 1,
    changes: Set = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: CalibrationOut = None,
    json: Json = False,
) -> None:
    """Find what the figures leave possible: the posterior of every parameter with a prior."""
    from sim.cli.place import results
    from sim.errors import stoppable
    from sim.folder import check_place
    from sim.inference.calibrate import default_folder, draw_decline, posterior_of
    from sim.inference.problem import problem
    from sim.inference.rivals import named
    from sim.inference.sampling import Settings
    from sim.view import console_posterior as console

    asked = problem(named(scenario, rival), evidence, changes or (), seeds)
    settings = Settings(ess=ess, walkers=walkers, seed=sampler_seed)
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
    ess: Annotated[
        int,
        number(
            "Effective sample size to reach, for each.",
            "--ess",
            least=SAMPLER["ess"][0],
            most=SAMPLER["ess"][1],
        ),
    ] = 200,
    walkers: Walkers = 400,
    seeds: Averaged = 8,
    worlds: Annotated[
        int, number("Simulations drawn from each posterior.", "--worlds", least=1)
    ] = 200,
    synthetic: Annotated[
        int, number("Synthetic datasets per rival, to test recovery, e.g. 100.", "--synthetic")
    ] = 0,
    workers: Workers = None,
    cluster: Cluster = None,
    out: CalibrationOut = None,
    json: Json = False,
) -> None:
    """Weigh rival explanations on the same figures: evidence, fit, predictions, other worlds."""
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
            names, evidence, ess, walkers, seeds, worlds, synthetic, folder, where, begin
        )
    results.append(folder)
    console.show_rivals(found, folder, json)


def attribute(
    scenario: Scenario = "historical",
    draws: Annotated[
        int, number("Draws of each posterior: seeds 1 to N.", "--draws", least=1)
    ] = 100,
    changes: Set = None,
    point: Point = False,
    posterior: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="One or more calibrations; default: the bundled ones."),
    ] = None,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Divide the decline among the mechanisms: exact Shapley shares, and which work together."""
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
            found = attribution.attribute(asked, drawn, draws, execution=where)
        place.shows(show_attribution, found)
        place.keep(found)


def sources(
    scenario: Scenario = "historical",
    posterior: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DIR", help="Calibrations, one per evidence set; default: the bundled ones."
        ),
    ] = None,
    changes: Set = None,
    draws: Annotated[
        int, number("Draws from each calibration of a set.", "--draws", least=1)
    ] = 150,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Draw the same conclusions under every set of figures, and without any one of the sources."""
    from sim.cli.place import keeping
    from sim.inference.sources import compare_sources
    from sim.view import console
    from sim.view.console_sources import show_sources

    with keeping(out, folder_name("sources", scenario, changes), json) as place:
        with console.progress("worlds", json) as tell:
            how = (changes or (), execution(workers, cluster, tell))
            found = compare_sources(scenario, posterior or (), draws, *how)
        place.shows(show_sources, found)
        place.keep(found)


def check(
    scenario: Scenario = "historical",
    posterior: Posterior = None,
    evidence: Evidence = None,
    changes: Set = None,
    draws: Annotated[
        int, number("Simulations from the prior, and from the posterior.", "--draws", least=1)
    ] = 500,
    simulations: Annotated[
        int,
        number(
            "Calibration simulations, e.g. 60; each takes minutes of one core.", "--simulations"
        ),
    ] = 0,
    truths: Annotated[
        str, typer.Option(help="Where known truths come from: prior or posterior.")
    ] = "prior",
    other_luck: Annotated[
        bool,
        typer.Option("--other-luck", help="Use seeds for the truths that no calibration uses."),
    ] = False,
    workers: Workers = None,
    cluster: Cluster = None,
    out: Out = None,
    json: Json = False,
) -> None:
    """Check prior and posterior against figures, held-out history and known truths."""
    from sim.cli.place import keeping, showing
    from sim.errors import stoppable
    from sim.inference import check as checks
    from sim.view.console import progress
    from sim.view.console_check import FILES, show_check

    asked, drawn = checks.opened(scenario, evidence, posterior, changes or ())
    folder = out or checks.default_folder(asked)
    checks.check_truths(simulations, truths)
    if simulations:  # a folder new or begun, so that a long check goes on after a stop
        place_of = showing(checks.begun(folder), json, FILES)
    else:
        place_of = keeping(out, folder.name, json, FILES)
    with place_of as place:
        with progress("worlds", json) as tell:
            found = checks.held_against(asked, drawn, draws, execution(workers, cluster, tell))
        if simulations:
            with (
                stoppable(f"every finished simulation is kept in {folder}/"),
                progress("simulations", json) as tell,
            ):
                where = execution(workers, cluster, tell)
                found = checks.with_truths(found, simulations, folder, truths, other_luck, where)
        place.shows(show_check, found)
        place.keep(found)
