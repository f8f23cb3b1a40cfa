"""What the terminal shows: progress, tables, one JSON object where a script reads."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from sim.evidence.ledger import Claim
    from sim.experiment.comparison import Comparison
    from sim.experiment.runs import Runs
    from sim.inference.fit import Fit
    from sim.scenario.schema import Scenario

PAGE = 110
"""Columns of a page where the output goes to no terminal."""


def _console(stream: TextIO) -> Console:
    """Return a console that looks up the stream each time, so that it can be redirected."""
    width = None if stream.isatty() else PAGE
    return Console(stderr=stream is sys.stderr, highlight=False, width=width)


out, err = _console(sys.stdout), _console(sys.stderr)
WORTH_SHOWING = 1.0
"""Seconds before a bar appears."""


@contextmanager
def progress(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Show how far the work is and how long it will take, if it takes long enough to wonder.

    The clock starts at the first report: what loading took says nothing of what is left.
    """
    if quiet or not err.is_terminal:
        yield _in_lines(what, quiet)
        return
    bar = _bar(what)
    started = time.monotonic()
    task = bar.add_task(what, total=None, start=False)

    def tell(done: int, of: int) -> None:
        bar.start_task(task)
        if not bar.live.is_started and time.monotonic() - started > WORTH_SHOWING:
            bar.start()
        bar.update(task, completed=done, total=of)

    try:
        yield tell
    finally:
        if bar.live.is_started:
            bar.stop()


def _bar(what: str) -> Progress:
    return Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )


def _in_lines(what: str, quiet: bool) -> Callable[[int, int], None]:
    """Without a terminal, say a line every ten seconds; the clock starts at the first report."""
    begun: tuple[float, int] | None = None
    last = 0.0

    def tell(done: int, of: int) -> None:
        nonlocal begun, last
        now = time.monotonic()
        if begun is None:
            begun, last = (now, done), now
        if not quiet and now - last > 10 and done < of:
            since, first = begun
            each = (now - since) / (done - first) if done > first else None
            left = f", about {each * (of - done):.0f} s left" if each is not None else ""
            print(f"{done} of {of} {what}{left}", file=sys.stderr, flush=True)
            last = now

    return tell


@contextmanager
def search_progress(trials: int) -> Iterator[Callable[[int, float], None]]:
    """Show trials done and the best agreement so far."""
    with progress("trials (at most)", quiet=False) as tell:
        yield lambda done, best: tell(done, max(trials, done))


def print_json(content: Any) -> None:
    """Print one JSON object on standard output; what is not a number is null.

    A character that the output's encoding lacks is written as an escape.
    """
    plain = _plain(content)
    text = json.dumps(plain, ensure_ascii=False, default=str)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(plain, default=str)
    print(text)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value


def columns(title: str, *names: str) -> Table:
    """Return an empty table with a column for each name, all but the first to the right."""
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for k, name in enumerate(names):
        table.add_column(name, justify="left" if k == 0 else "right", no_wrap=k > 0)
    return table


def _interval(row: Mapping[Hashable, Any], name: str, signed: bool = False) -> str:
    style = "{:+,.0f}" if signed else "{:,.0f}"
    middle, low, high = (style.format(row[f"{name}_{k}"]) for k in ("median", "low", "high"))
    return f"{middle} \\[{low} to {high}]"


def show_reading(scenario: Scenario) -> None:
    """Say how the numbers of a world are to be read that counts another thing."""
    if scenario.reading:
        out.print(f"\n* {escape(scenario.title)}: {escape(scenario.reading)}.")


def _say_of_killings(*scenarios: Scenario) -> None:
    from sim.view import killings

    if words := killings.said(*(each.calendar for each in scenarios)):
        out.print(f"\n{words}")


def holds(found: Runs) -> str:
    """Return what the bands of some worlds hold."""
    if found.draws is None:
        return "parameters as they stand in the scenario; only the seed varies"
    return (
        f"parameters drawn from the posterior {found.draws.name}; with --point only the seed varies"
    )


def show_run(found: Runs, target: Path | None, as_json: bool) -> None:
    """Show a scenario's worlds beside what the sources say."""
    from sim.experiment.quantiles import QUANTILES

    scenario = found.scenario
    if as_json:
        quantiles = {
            name: found.series.groupby("date")["holding"].quantile(q).tolist()
            for name, q in QUANTILES.items()
        }
        dates = [f"{day:%Y-%m-%d}" for day in found.series["date"].unique()]
        print_json(
            {
                "scenario": scenario.name,
                "reading": scenario.reading,
                "seeds": found.seeds,
                "posterior": found.draws and found.draws.name,
                "targets": found.targets.to_dict("records"),
                "holding": {"date": dates, **quantiles},
                "folder": str(target) if target else None,
            }
        )
        return
    title, question = escape(scenario.title), escape(scenario.question)
    out.print(f"[bold]{title}[/bold] ({scenario.name}): {question}")
    n = len(found.seeds)
    out.print(f"{n} world{'s' * (n > 1)}, beside what the sources say of history:")
    out.print(f"({holds(found)})\n")
    table = columns("", "what", "sources say", "model: median \\[90%]" if n > 1 else "model")
    first = scenario.calendar.first_shown
    for row in found.targets.to_dict("records"):
        if found.evidence.targets[row["target"]].reading.start < first:
            continue
        digits = 0 if row["median"] >= 10 else 2
        low, middle, high = (f"{row[k]:,.{digits}f}" for k in ("low", "median", "high"))
        held = " (not used by the fit)" if row["held_out_of_fit"] else ""
        words = f"{middle} \\[{low} to {high}]" if n > 1 else middle
        table.add_row(row["what"] + held, row["sources_say"], words)
    out.print(table)
    show_reading(scenario)
    _say_of_killings(scenario)


def show_comparison(found: Comparison, target: Path | None, as_json: bool) -> None:
    """Show every world beside the baseline."""
    from sim.experiment.comparison import marked_day

    rows = found.table.to_dict("records")
    if as_json:
        print_json(
            {
                "baseline": found.baseline.scenario.name,
                "seeds": found.baseline.seeds,
                "posterior": found.baseline.draws and found.baseline.draws.name,
                "worlds": rows,
                "later": found.later.to_dict("records") if found.goes_on else None,
                "folder": str(target) if target else None,
            }
        )
        return
    n, others = len(found.baseline.seeds), len(rows) - 1
    base = found.baseline.scenario
    out.print(
        f"{escape(base.title)} and {others} other world{'s' * (others != 1)}, "
        f"{n} seed{'s' * (n > 1)} each, paired by seed"
    )
    out.print(f"(median \\[90% interval]; {holds(found.baseline)})\n")
    holding = f"holding out, {marked_day(base.calendar):%d %b %Y}"
    table = columns("", "world", holding, "difference", "below 1,000", "fates")
    for k, row in enumerate(rows):
        first = k == 0
        table.add_row(
            escape(row["title"]) + (" *" if row["reading"] else ""),
            _interval(row, "holding"),
            "" if first else _interval(row, "difference", signed=True),
            _passed(row, base),
            "" if first else f"{row['fates_median']:,.0f}",
        )
    out.print(table)
    out.print(
        "\nfates: people whose life differs: another end, another week, or in one world alone."
    )
    if found.goes_on:
        _show_later(found)
    for runs in found.worlds.values():
        show_reading(runs.scenario)
    _say_of_killings(base, *(runs.scenario for runs in found.worlds.values()))


def _show_later(found: Comparison) -> None:
    from sim.experiment.comparison import LATER, marked_day
    from sim.model.columns import SERIES

    day = marked_day(found.baseline.scenario.calendar)
    rows = found.later.to_dict("records")
    table = columns(f"\nUp to {day:%d %b %Y}", "people (median)", *map(str, range(len(rows))))
    for count in LATER:
        numbers = (f"{row[f'{count}_median']:,.0f}" for row in rows)
        table.add_row(SERIES[count], *numbers)
    out.print(table)
    for k, row in enumerate(rows):
        out.print(f"{k}: {escape(row['title'])}", style="dim")


def _passed(row: Mapping[Hashable, Any], base: Scenario) -> str:
    from sim.model.timeline import date_of

    if row["passes_1000"] < 0.5:
        return "not by the last day"
    return f"{date_of(base.calendar, int(row['week_median'])):%d %b %Y}"


def show_claims(
    words: str, source: str | None, grade: str | None, conflicts: bool, as_json: bool
) -> None:
    """Show claims of the ledger that fit."""
    from sim.evidence import ledger

    one = ledger.claims().get(words)
    texts = {key for key, each in ledger.sources().items() if each.role == "text"}
    found = (
        [one]
        if one
        else ledger.find(
            words,
            source=source if source in texts else None,
            authority=source if source not in texts else None,
            grade=grade,
            conflicting=conflicts,
        )
    )
    if as_json:
        print_json({"claims": [_as_json(claim) for claim in found]})
        return
    if not found:
        out.print("No claim fits. `midnight evidence` without words lists all of them.")
        return
    for claim in found:
        _show_claim(claim, whole=one is not None)
    out.print(f"\n{len(found)} of {len(ledger.claims())} claims.")


def _as_json(claim: Claim) -> dict[str, Any]:
    """Return a claim with the whole record of everybody whom it cites."""
    from dataclasses import asdict

    from sim.evidence.ledger import cited

    return asdict(claim) | {"cited": [asdict(source) for source in cited(claim)]}


def _show_claim(claim: Claim, whole: bool) -> None:
    from sim.evidence import ledger

    when = f"{claim.date_start} to {claim.date_end}" if claim.date_start else ""
    out.print(f"[bold]{claim.id}[/bold]  {escape(claim.paraphrase)}")
    out.print(f"    {escape(ledger.credit(claim))}", style="dim")
    out.print(f"    {when}; grade {claim.grade}; {escape(claim.caution)}", style="dim")
    for other in claim.conflicts:
        words = f": {ledger.claims()[other].paraphrase}" if whole else ""
        out.print(f"    conflicts with {other}{words}", style="dim")


def show_sets(as_json: bool) -> None:
    """Show the evidence sets and what each says."""
    from sim.evidence.left_out import WITHOUT, readings_of
    from sim.evidence.loading import evidence_set, names
    from sim.evidence.sets import in_words

    sets = [evidence_set(name) for name in names()]
    if as_json:
        print_json({"sets": [each.model_dump(mode="json") for each in sets]})
        return
    for each in sets:
        out.print(f"\n[bold]{each.name}[/bold]: {each.title}. {each.whose}")
        table = columns("", "target", "sources say", "claims")
        for target in each.targets.values():
            held = " (not used by the fit)" if target.held_out else ""
            table.add_row(target.what + held, in_words(target), ", ".join(target.claims))
        out.print(table)
        who = ", ".join(who for who in readings_of(each) if who)
        out.print(f"{each.name}{WITHOUT}WHO is the same if one is wrong: {who}", style="dim")


def show_scenarios(as_json: bool) -> None:
    """Show the shipped scenarios."""
    from sim.scenario.loading import load, shipped

    found = {name: load(name) for name in shipped()}
    if as_json:
        keys = ("name", "title", "question", "changes", "reading", "raised_by", "evidence")
        rows = [{key: getattr(each, key) for key in keys} for each in found.values()]
        print_json({"scenarios": rows})
        return
    for name, each in found.items():
        out.print(f"[bold]{name}[/bold]: {escape(each.question)}")
        out.print(f"    {escape(each.changes)}", style="dim")
        if each.reading:
            out.print(f"    counts another thing: {escape(each.reading)}", style="dim")
        if each.calendar.end > found["historical"].calendar.end:
            out.print(f"    goes on to {each.calendar.end:%d %b %Y}", style="dim")
        if each.raised_by:
            out.print(f"    raised by {', '.join(each.raised_by)}", style="dim")


def show_fit(found: Fit, path: Path) -> None:
    """Show what a search found, each value within its prior."""
    from sim.inference.prior import free

    out.print(f"Best of {found.worlds:,} worlds; log-likelihood {found.log_likelihood:.2f}")
    table = columns("", "parameter", "value", "prior")
    for key, number in free(found.scenario).items():
        table.add_row(key, f"{found.values[key]:g}", f"{number.low:g} to {number.high:g}")
    out.print(table)
    out.print(f"\nWritten to {escape(str(path))}")
