"""The chart: one declaration reaches everything that is read from it; a wrong one is named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.chart.kinds import Count, Parameter, Place, Stance, Transition
from sim.chart.registry import Chart, chart, check
from sim.errors import InputError

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples" / "extending"
TOYS = [
    EXAMPLES / "hunger.py",
    EXAMPLES / "escape.py",
    Path(__file__).with_name("second_lives.py"),
]
"""A toy mechanism with its lever, and a toy transition with its stance: the examples of the docs;
and what `test_second_lives` is about, so that all are compiled but once."""

SEEN = """
import json
import numpy as np
import sim
from benchmarks.against_mesa import differing_counts, differing_lives, plain_model, twin
from docs_generate import mechanism_table, parameters
from sim.inference.switches import SWITCHES
from sim.model.weekly import run_weeks
from sim.scenario.editor import file_schema
from sim.scenario.loading import load
from sim.view.app.controls import GROUPS
from sim.view.app.numbers import COLUMNS
from sim.view.chart import draw, states, ways
from sim.chart.registry import chart

changes = {"population.size": 300, "rates.arrest": 0.1, "rates.escape": 0.02}
history = sim.simulate("historical", seed=1, changes=changes)
world = load("historical", changes)
plain = plain_model(world)
for _ in range(120):
    plain.step()
ours = twin(world)
run_weeks(ours, 120)
life = sim.explain("historical", person=3, changes=changes)
schema = json.dumps(file_schema())
starved = sim.simulate("historical", changes=changes | {"levers.rations.knots.level.value": 1.0})
model = sim.Opposition("historical", changes=changes)
model.step()
print(json.dumps({
    "count": int(history.series["escapes"].iloc[-1]),
    "persons": int((history.persons["week_of_escape"] >= 0).sum()),
    "stance": int((history.persons["stance"] == "escaped").sum()),
    "signed": [int(each.series["statements"].iloc[-1]) for each in (history, starved)],
    "schema": all(f'"{name}"' in schema for name in ("hunger", "rations", "escape")),
    "documents": "hunger" in mechanism_table() and "escape" in parameters("rates"),
    "page": "coefficients.hunger" in GROUPS["hunger"] and "rates.escape" in GROUPS["escape"],
    "lever on the page": "levers.rations" in GROUPS["hunger"],
    "numbers on the page": COLUMNS["escapes"],
    "drawn": [
        sorted({"back", "called", "escaped"} & {each.stance.name for each in states(chart())}),
        sorted(
            {"escape", "calling", "coming_back"}
            & {each.name for each in ways(chart(), states(chart()))}
        ),
        len(draw().axes[0].texts) > 0,
    ],
    "explained": "hunger" in life.weeks,
    "collected": "escapes" in model.datacollector.get_model_vars_dataframe(),
    "twin": [differing_counts(plain, ours), differing_lives(plain, ours)],
    "twin escapes": int(ours.state.series[120, list(history.series.columns[2:]).index("escapes")]),
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Return what a process sees that knows the toy declarations, and is edited nowhere else."""
    root = Path(__file__).parents[1]
    folder = tmp_path_factory.mktemp("toy")
    (folder / "docs_generate.py").write_text((root / "docs" / "generate.py").read_text("utf-8"))
    paths = os.pathsep.join([str(folder), str(root), os.environ.get("PYTHONPATH", "")])
    environment = (
        os.environ
        | {"NUMBA_OPT": "1"}
        | {
            "MIDNIGHT_EXTENSIONS": os.pathsep.join(map(str, TOYS)),
            "PYTHONPATH": paths,
        }
    )
    done = subprocess.run(
        [sys.executable, "-c", SEEN], capture_output=True, text=True, env=environment, timeout=400
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_toy_transition_reaches_counts_persons_and_stances(seen):
    assert seen["count"] == seen["persons"] == seen["stance"] > 0


def test_a_toy_lever_is_felt_and_can_be_set(seen):
    without, starved = seen["signed"]
    assert starved > without


@pytest.mark.parametrize(
    "place", ["schema", "documents", "page", "lever on the page", "explained", "collected"]
)
def test_what_is_declared_appears_there(seen, place):
    assert seen[place]


def test_it_is_in_the_picture(seen):
    transitions = ["calling", "coming_back", "escape"]
    assert seen["drawn"] == [["back", "called", "escaped"], transitions, True]


def test_the_page_counts_it(seen):
    assert seen["numbers on the page"] == "escaped"


def test_the_plain_twin_knows_it_and_agrees_to_the_bit(seen):
    assert seen["twin"] == [0, 0]
    assert seen["twin escapes"] > 0


# --- Declarations that do not fit --------------------------------------------------------------


def fitting() -> Chart:
    """Return a chart of its own: two places, two stances, one clock."""
    found = Chart()
    found.add(found.places, Place("home", "at home", "at home", "city"))
    found.add(found.stances, Stance("here", "is here", "was here", holding=True))
    found.add(found.stances, Stance("gone", "has gone", "had gone", belongs=False))
    found.add_numbers(found.rates, [Parameter("leaving", "leaving", "1/week", 0, 5)])
    found.add(
        found.transitions,
        Transition("leaving", "clock", ("here",), "gone", rate=lambda w, r: r.leaving),
    )
    return found


def refusal(change) -> str:
    def declare() -> None:
        found = fitting()
        change(found)
        check(found)

    with pytest.raises(InputError) as caught:
        declare()
    return str(caught.value)


def declared(kind: str, value):
    return lambda found: found.add(getattr(found, kind), value)


CLOCK = {"hazard": "clock", "rate": lambda w, r: r.leaving}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (declared("stances", Stance("lost", "is lost", "was lost")), "stance `lost`: is reached"),
        (declared("places", Place("moon", "there", "there", "city")), "place `moon`: is reached"),
        (declared("places", Place("moon", "there", "there", "sky")), "place `moon`: is at"),
        (
            declared("transitions", Transition("fall", stances=("here",), **CLOCK)),
            "transition `fall`: leads nowhere",
        ),
        (
            declared(
                "transitions", Transition("fall", to_stance="hell", stances=("here",), **CLOCK)
            ),
            "transition `fall`: names the stance `hell`",
        ),
        (
            declared("transitions", Transition("leaving", "clock", ("here",), "gone")),
            "transition `leaving`: is declared twice",
        ),
        (
            declared("transitions", Transition("fall", "clock", ("here",), "gone")),
            "transition `fall`: is a clock without a rate",
        ),
        (
            declared("transitions", Transition("fall", "decision", ("here",), "gone")),
            "transition `fall`: is a decision without mechanisms",
        ),
        (
            declared(
                "transitions",
                Transition("fall", "contact", ("gone",), "here", rate=CLOCK["rate"]),
            ),
            "transition `fall`: is a contact, and somebody at risk has not joined",
        ),
        (
            declared("transitions", Transition("Fall!", stances=("here",), **CLOCK)),
            "transition `Fall!`: has a name that is no name",
        ),
        (
            declared("counts", Count("falls", "falls so far", transition="fall")),
            "count `falls`: names the transition `fall`",
        ),
    ],
)
def test_a_declaration_that_does_not_fit_is_named(change, words):
    assert refusal(change).startswith(words)


def test_a_lever_that_nobody_reads_is_refused():
    from sim.chart.kinds import Lever

    assert refusal(declared("levers", Lever("moonlight", {"meaning": "light"}))).startswith(
        "lever `moonlight`: is read by no mechanism and no rate"
    )


def test_the_closed_chart_takes_no_more():
    with pytest.raises(InputError, match="after the model was loaded"):
        chart().add(chart().stances, Stance("late", "is late", "was late"))


def test_every_claim_that_a_declaration_names_exists():
    from sim.evidence.ledger import claims

    named = [*chart().transitions, *chart().mechanisms]
    assert {key for each in named for key in each.claims} <= claims().keys()


# --- The picture --------------------------------------------------------------------------------


def test_the_picture_has_every_transition_and_says_who_is_at_risk_of_it():
    from sim.view.chart import reached, states, ways

    found = chart()
    lines = states(found)
    columns = ways(found, lines)
    moving = [each for each in found.transitions if each.to_stance or each.to_place]
    declared = {each.name for each in moving} | {move.event for move in found.moves}
    assert {way.name for way in columns} == declared
    at = reached(found)
    for each in moving:
        ways_of_it = [way for way in columns if way.name == each.name]
        drawn = {row for way in ways_of_it for start, _ in way.arrows for row in start}
        at_risk = {
            k
            for k, line in enumerate(lines)
            if any(each.at_risk(line.stance.name, place) for place in line.places)
        }
        goals = {row for way in ways_of_it for _, goal in way.arrows for row in goal}
        assert drawn <= at_risk <= drawn | goals
        assert drawn
        leads_to = {lines[row].stance.name for row in goals}
        assert leads_to == {each.to_stance} if each.to_stance else leads_to <= {*each.stances}
    assert {line.stance.name for line in lines} == {each.name for each in found.stances}
    assert all({*line.places} <= at[line.stance.name] for line in lines)


def test_no_words_of_the_picture_overlap_and_no_arrow_crosses_one():
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from sim.view.chart import draw

    figure = draw()
    renderer = FigureCanvasAgg(figure).get_renderer()
    (ax,) = figure.axes
    boxes = [words.get_window_extent(renderer) for words in ax.texts if words.get_text()]
    for k, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])
    for line in ax.lines:
        shape = line.get_window_extent(renderer)
        assert not any(box.overlaps(shape) for box in boxes)


def test_the_console_tells_the_dated_lists_as_data(capsys):
    from sim.view.console_chart import show_chart

    show_chart(None, None, as_json=True)
    told = json.loads(capsys.readouterr().out)
    listed = sum(row["people"] for row in told["dated_lists"] if row["transition"] == "killing")
    assert listed == sum(entry.number for entry in chart().transition("killing").entries)
    show_chart(None, None, as_json=False)
    told = capsys.readouterr().out
    assert "no scenario can change" in told
    for each in chart().transitions:
        assert each.name in told
