"""Write the parts of the documents that come from the code: `python docs/generate.py`.

A part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a function of `PARTS`,
with what follows a space as its argument. `tests/test_docs.py` fails when a part is stale.
"""

from __future__ import annotations

import ast
import inspect
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import typer
from rich.text import Text

from sim.chart.registry import chart
from sim.cli import app
from sim.evidence import ledger
from sim.evidence.loading import evidence_set, names
from sim.experiment.comparison import Comparison
from sim.experiment.life import Lives
from sim.experiment.runs import Runs, in_words
from sim.experiment.summaries import COLUMNS as SUMMARIES
from sim.model import mechanisms
from sim.model.places import gazetteer
from sim.scenario.loading import counterfactuals, load

ROOT = Path(__file__).resolve().parents[1]
HISTORY = "historical"
MARKED = re.compile(r"(<!-- generated: ([\w ./-]+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def documents() -> list[Path]:
    """Return the documents that may hold generated parts."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def renew(text: str) -> str:
    """Return a document with every generated part written anew."""

    def part(match: re.Match[str]) -> str:
        name, *arguments = match[2].split()
        return f"{match[1]}{PARTS[name](*arguments).strip()}\n{match[3]}"

    return MARKED.sub(part, text)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown."""
    head = list(head)
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;").replace("|", r"\|")


def marks(claims: Iterable[str]) -> str:
    """Return claim ids as documents write them: `[id] [id]`."""
    return " ".join(f"[{claim}]" for claim in claims)


def rests_on(part) -> str:
    """Return the claims and the assumption that something in a scenario rests on."""
    assumed = f"assumed: {part.assumed}" if part.assumed else ""
    return "; ".join(filter(None, [marks(part.claims), assumed]))


def parameters(group: str) -> str:
    """Return the parameters of `population`, `coefficients` or `rates`."""
    numbers = getattr(load(HISTORY), group)
    rows = []
    for name, field in type(numbers).model_fields.items():
        number = getattr(numbers, name)
        if number.prior == "fixed":
            believed = f"fixed; {number.low:g} to {number.high:g}"
        else:
            believed = f"fitted; {number.prior}, {number.low:g} to {number.high:g}"
        unit, value = field.json_schema_extra["unit"], f"{number.value:.5g}"
        rows.append([f"`{name}`", field.description, unit, value, believed, rests_on(number)])
    return table(["Key", "Meaning", "Unit", "Value", "Prior or range", "Rests on"], rows)


def mechanism_table() -> str:
    """Return the terms of the log-hazard: what each means and rests on."""
    rows = []
    for each in mechanisms.MECHANISMS:
        rows.append([f"`{each.name}`", inspect.getdoc(each.function), marks(each.claims)])
    return table(["Mechanism", "Meaning", "Rests on"], rows)


def mechanism_terms() -> str:
    """Return the terms of the log-hazard as the code computes them."""
    lines = []
    for each in mechanisms.MECHANISMS:
        lines.append(f"{each.name:<10} = {_formula(each.function)}")
    return "\n".join(["```text", *lines, "```"])


def _formula(function) -> str:
    """Return what a function of assignments and one `return` gives, as one expression."""
    known: dict[str, ast.expr] = {}

    class Inline(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return known.get(node.id, node)

    for step in ast.parse(inspect.getsource(function)).body[0].body[1:]:
        found = Inline().visit(step.value)
        if isinstance(step, ast.Return):
            return ast.unparse(found)
        known[step.targets[0].id] = found
    raise ValueError(f"{function.__name__} returns nothing")


class _Written:
    """A number that writes down what is done with it, so that a rate can show its formula."""

    def __init__(self, text: str, whole: bool = True) -> None:
        self.text, self.whole = text, whole

    def _with(self, sign: str, left: object, right: object, whole: bool = True) -> _Written:
        shown = [
            (each.text if each.whole or not whole else f"({each.text})")
            if isinstance(each, _Written)
            else f"{each:g}"
            for each in (left, right)
        ]
        return _Written(f"{shown[0]} {sign} {shown[1]}", whole)

    def __add__(self, other: object) -> _Written:
        return self._with("+", self, other, whole=False)

    def __radd__(self, other: object) -> _Written:
        return self._with("+", other, self, whole=False)

    def __sub__(self, other: object) -> _Written:
        return self._with("-", self, other, whole=False)

    def __rsub__(self, other: object) -> _Written:
        return self._with("-", other, self, whole=False)

    def __gt__(self, other: object) -> _Written:
        return self._with(">", self, other, whole=False)

    def __mul__(self, other: object) -> _Written:
        return self._with("×", self, other)

    def __rmul__(self, other: object) -> _Written:
        return self._with("×", other, self)


def transitions() -> str:
    """Return what can happen to a person: who is at risk, where it leads, how, and why."""
    kinds = {"decision": "decision", "clock": "rate known in advance", "contact": "contact"}
    kinds |= {"circle": "circle", "list": "dated list"}
    rows = []
    for each in chart().transitions:
        at = f" ({', '.join(each.places)})" if each.places else ""
        leads = ", ".join(filter(None, (each.to_stance, each.to_place)))
        who = ", ".join(each.stances) + at
        rows.append([each.name, who, leads, kinds[each.hazard], marks(each.claims)])
    return table(["Process", "Who is at risk", "Leads to", "Hazard", "Rests on"], rows)


def clocks() -> str:
    """Return the common hazard of each process that is known in advance, as computed."""
    levers = {name: _Written(f"lever `{name}`") for name in chart().week}
    rates = SimpleNamespace(**{name: _Written(f"`{name}`") for name in chart().rates})
    week = SimpleNamespace(**levers)
    rows = [
        [each.name, each.rate(week, rates).text]
        for each in chart().transitions
        if each.rate is not None
    ]
    return table(["Process", "$g_p$, the common hazard in a week"], rows)


def levers() -> str:
    """Return every knot of every lever."""
    rows = []
    every = load(HISTORY).levers
    for name in type(every).model_fields:
        lever = getattr(every, name)
        first = f"`{name}`: {lever.meaning}"
        for key, knot in lever.knots.items():
            span = "" if knot.low is None else f"{knot.low:g} to {knot.high:g}"
            rows.append(
                [first, f"`{key}`", str(knot.date), f"{knot.value:g}", span, rests_on(knot)]
            )
            first = ""
    return table(["Lever", "Knot", "Date", "Height", "Range", "Rests on"], rows)


def events() -> str:
    """Return the dated acts of history."""
    rows = []
    for key, each in sorted(load(HISTORY).events.items(), key=lambda item: item[1].date):
        if each.happens:
            act = [str(each.date), f"`{key}`", each.kind, f"{each.strength:g}", each.what]
            rows.append([*act, rests_on(each)])
    return table(["Date", "Event", "Kind", "Strength", "What happened", "Rests on"], rows)


def leaders() -> str:
    """Return the leaders whose example counts."""
    rows = [
        [each.name, f"`{key}`", each.wing, f"{each.following:g}", rests_on(each)]
        for key, each in load(HISTORY).leaders.items()
    ]
    return table(["Leader", "Key", "Wing", "Following (share of the wing)", "Rests on"], rows)


def lists() -> str:
    """Return the dated lists, a line a row of their table."""
    rows = [
        [each.name, str(entry.date), str(entry.number), rests_on(entry)]
        for each in chart().transitions
        for entry in each.entries
    ]
    return table(["List", "Date", "People", "Rests on"], rows)


def places() -> str:
    """Return how many places there are, and how many of them are assumed to be what they are."""
    rows = []
    for kind in dict.fromkeys(place.kind for place in gazetteer()):
        here = [place for place in gazetteer() if place.kind == kind]
        assumed = sum("place" in each.assumed.partition(":")[0] for each in here)
        rows.append([kind, str(len(here)), str(len(here) - assumed), str(assumed)])
    head = ["Kind", "Places", "Named for this in the texts", "Assumed to be such a place"]
    return table(head, rows)


def targets(name: str) -> str:
    """Return what an evidence set says, and how surely."""
    rows = []
    for key, each in evidence_set(name).targets.items():
        source = "; ".join(filter(None, [marks(each.claims), each.note]))
        said = [f"`{key}`", each.what, in_words(each), f"{each.spread:g}"]
        rows.append([*said, "no" if each.held_out else "yes", source])
    head = ["Target", "What is counted", "Sources say", "Error (sd of the log)", "Fitted"]
    return table([*head, "Rests on"], rows)


def evidence_sets() -> str:
    """Return every evidence set with its targets."""
    parts = []
    for name in names():
        found = evidence_set(name)
        parts.append(f"**{found.title}** (`{name}`). {found.whose}\n\n{targets(name)}")
    return "\n\n".join(parts)


def sources() -> str:
    """Return everybody whom a claim cites, with the kind of text and the standpoint."""
    times = Counter(who.id for claim in ledger.claims().values() for who in ledger.cited(claim))
    rows = [
        [f"`{each.id}`", each.name, each.kind, each.standpoint, str(times[each.id])]
        for each in ledger.sources().values()
    ]
    return table(["Source", "Who", "Kind of text", "Standpoint", "Claims"], rows)


def fit() -> str:
    """Return where the fitted values come from."""
    path = ROOT / "scenarios" / "fits" / f"{HISTORY}.toml"
    found = tomllib.loads(path.read_text(encoding="utf-8"))["fit"]
    return (
        f"The shipped values were found by `{found['command']}` against the set "
        f"`{found['evidence']}`: {found['trials']:,} points at most, {found['seeds']} seeds a "
        f"point, {found['worlds']:,} simulations, log-likelihood {found['log_likelihood']:g}."
    )


def worlds() -> str:
    """Return the shipped counterfactuals."""
    rows = []
    for name in counterfactuals():
        each = load(name)
        reading = f" **It counts another thing:** {each.reading}." if each.reading else ""
        longer = each.calendar.end > load(HISTORY).calendar.end
        until = f" Run to {each.calendar.end}." if longer else ""
        changes = each.changes + until + reading
        rows.append([f"`{name}`", each.question, changes, marks(each.raised_by)])
    return table(["World", "Question", "What it changes", "Raised by"], rows)


def columns() -> str:
    """Return the columns of the tables in a result folder."""
    return _columns({**Runs.columns, **Comparison.columns, **Lives.columns})


def summaries() -> str:
    """Return the columns of a sweep's table of runs."""
    return _columns(SUMMARIES)


def _columns(found: dict[str, str]) -> str:
    return table(["Column", "Meaning"], [[f"`{key}`", words] for key, words in found.items()])


def example(name: str) -> str:
    """Return an example as it stands in `docs/examples`."""
    source = (ROOT / "docs" / "examples" / name).read_text(encoding="utf-8")
    kind = "toml" if name.endswith(".toml") else "python"
    return f"```{kind}\n{source.strip()}\n```"


def commands() -> str:
    """Return the reference of the command line, independent of any terminal."""
    return "\n\n".join(_command(typer.main.get_command(app), "midnight"))


def _command(command, path: str) -> Iterable[str]:
    if command.hidden:
        return
    inner = getattr(command, "commands", {})
    options = [each for each in command.params if not getattr(each, "hidden", False)]
    taken = [each for each in options if each.param_type_name == "argument"]
    usage = [path, "[OPTIONS]", *map(_usage, taken), *(["COMMAND ..."] if inner else [])]
    yield f"## `{path}`"
    if command.help:
        yield _plain(command.help)
    yield f"```\n{' '.join(usage)}\n```"
    if command.epilog:
        yield _plain(command.epilog)
    if options:
        rows = [[_written(each), _default(each), _plain(each.help or "")] for each in options]
        yield table(["Argument or option", "Default", "Meaning"], rows)
    for name, each in inner.items():
        yield from _command(each, f"{path} {name}")


def _plain(text: str) -> str:
    """Return a help text without the marks that Rich turns into colours."""
    paragraphs = inspect.cleandoc(text.partition("\f")[0]).split("\n\n")
    return "\n\n".join(" ".join(Text.from_markup(each).plain.split()) for each in paragraphs)


def _usage(argument) -> str:
    shown = (argument.metavar or argument.name).upper() + ("..." if argument.nargs == -1 else "")
    return shown if argument.required else f"[{shown}]"


def _written(each) -> str:
    if each.param_type_name == "argument":
        return f"`{_usage(each)}`"
    flags = ", ".join([*each.opts, *each.secondary_opts])
    value = "" if each.is_flag or each.count else f" {each.metavar or each.name.upper()}"
    often = " (may be repeated)" if each.multiple else ""
    return f"`{flags}{value}`{often}"


def _default(each) -> str:
    default = each.default
    if default is None or isinstance(default, bool) or callable(default) or default in ("", [], ()):
        return "required" if each.required else ""
    return f"`{default}`"


def result(name: str, *columns: str) -> str:
    """Return columns of a table that lies in `results/`, numbers with three digits."""
    found = pd.read_csv(ROOT / "results" / name)
    shown = found[list(columns)] if columns else found
    rows = [[_number(value) for value in row] for row in shown.itertuples(index=False)]
    return table([column.replace("_", " ") for column in shown], rows)


def trials() -> str:
    """Return what the last long trials counted, a line a promise."""
    path = ROOT / "results" / "reference" / "reliability.csv"
    if not path.exists():
        return "Not counted yet: `make reliability`."
    found = pd.read_csv(path, keep_default_na=False)
    rows = [
        [promise, f"{each['tried'].sum():,}", f"{each['broken'].sum():,}", _notes(each["note"])]
        for promise, each in found.groupby("promise", sort=False)
    ]
    return table(["Promise", "Tried", "Broken", "What was tried"], rows)


def _notes(notes: pd.Series) -> str:
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _number(value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value != value:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


PARTS = {
    "clocks": clocks,
    "columns": columns,
    "commands": commands,
    "events": events,
    "evidence": evidence_sets,
    "example": example,
    "fit": fit,
    "leaders": leaders,
    "levers": levers,
    "lists": lists,
    "mechanisms": mechanism_table,
    "parameters": parameters,
    "places": places,
    "result": result,
    "sources": sources,
    "summaries": summaries,
    "terms": mechanism_terms,
    "transitions": transitions,
    "trials": trials,
    "worlds": worlds,
}


def main() -> None:
    """Write every stale part."""
    for path in documents():
        old = path.read_text(encoding="utf-8")
        new = renew(old)
        if new != old:
            path.write_text(new, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: written anew")


if __name__ == "__main__":
    main()
