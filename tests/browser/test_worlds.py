"""What stands behind the page, without a browser: addresses, files, pairs, and failures."""

from __future__ import annotations

import gc
import tomllib
import weakref
from itertools import pairwise

import numpy as np
import pytest
import solara

import sim
from sim.errors import InputError
from sim.model.codes import COUNTS
from sim.scenario.loading import hash_of, load, shipped
from sim.view.app import (
    about,
    address,
    controls,
    curve,
    downloads,
    events,
    map,
    numbers,
    page,
    worlds,
)
from sim.view.app.address import View, from_query, to_query
from sim.view.app.session import Session
from sim.view.app.svg import Size
from sim.view.app.worlds import Pace, Worlds

CALENDAR = load("historical").calendar
FIRST, LAST = CALENDAR.first_week, CALENDAR.weeks
"""The first week that is shown, and the last that is run."""


def test_worlds_are_those_of_simulate_and_compare():
    both = Worlds("historical", 3, second="no-carrot", week=LAST)
    alone = sim.simulate("historical", 3)
    assert np.array_equal(both.frame.first.counts, alone.world.state.series)
    other = sim.simulate("no-carrot", 3)
    assert np.array_equal(both.frame.second.counts, other.world.state.series)
    table = sim.compare(["no-carrot"], seeds=[3], parameters="point").table
    assert both.frame.differ == table["fates_median"][1]
    assert not both.running


def test_stepping_is_living_at_once_and_snapshots_do_not_change():
    stepped = Worlds("historical", 2, second="no-left-turn")
    first = stepped.frame
    before = first.first.holding.copy()
    for _ in range(30):
        stepped.step()
    at_once = Worlds("historical", 2, second="no-left-turn", week=FIRST + 30)
    assert np.array_equal(stepped.frame.second.counts, at_once.frame.second.counts)
    assert np.array_equal(stepped.frame.first.people, at_once.frame.first.people)
    assert first.week == FIRST
    assert np.array_equal(first.first.holding, before)


def test_two_worlds_live_the_same_weeks(tmp_path):
    file = tmp_path / "long.toml"
    file.write_text(
        'extends = "historical"\ntitle = "Long"\nquestion = "?"\n[calendar]\nend = 1931-06-30\n'
    )
    both = Worlds(str(file), 1, second="no-carrot", week=LAST + 100)
    first, second = both.frame.worlds
    assert len(first.counts) == len(second.counts) == both.frame.weeks + 1
    kept = tmp_path / "second.toml"
    kept.write_bytes(downloads.scenario_file("no-carrot", {}, 1, both.resolved.calendar))
    assert hash_of(load(str(kept))) == hash_of(second.scenario)
    series = downloads.series(both).decode()
    assert "the last day" in numbers.ending(both.frame)
    assert {line.rsplit(",", 1)[1] for line in series.splitlines()[1:]} == set(both.names)


def test_a_second_world_that_goes_on_longer_is_shown_to_its_end(tmp_path):
    few, longer = {"population.size": 600}, "offer-of-march-1933"
    both = Worlds("historical", 1, few, longer, few, week=10_000)
    first, second = both.frame.worlds
    end = load(longer).calendar.end
    assert first.scenario.calendar == second.scenario.calendar
    assert first.scenario.calendar.end == end > CALENDAR.end
    assert len(first.counts) == len(second.counts) == both.frame.weeks + 1
    table = sim.compare([longer], seeds=[1], changes=few, parameters="point").series
    for name, shown in (("historical", first), (longer, second)):
        alike = table[table["scenario"] == name]["holding"].to_numpy()
        assert np.array_equal(alike, shown.counts[:, COUNTS.index("holding")])
    assert f"{end.day} {end:%B %Y}" in about.seen(both.frame)
    assert "calendar" not in about.seen(both.frame)


def test_two_worlds_are_shown_from_the_same_day():
    few = {"population.size": 600}
    late = load("no-carrot", few | {"calendar.shown": "1929-01-07"})
    both = Worlds("historical", 1, few, late, week=FIRST + 30)
    assert {each.scenario.calendar.first_week for each in both.frame.worlds} == {FIRST}
    curve.draw(both.frame, Size(900, 300))


def test_two_worlds_of_one_name_are_told_apart():
    both = Worlds("historical", 1, second="historical", second_changes={"coefficients.offer": 0.0})
    assert both.names == ["History", "History, changed"]
    changes = {"coefficients.offer": 0.0}
    both = Worlds("historical", 1, changes, "historical", {"coefficients.offer": 1.0})
    assert both.names == ["History, changed (first)", "History, changed (second)"]
    assert "coefficients.offer = 1.0" in about.seen(both.frame)
    assert "Nothing:" not in about.seen(both.frame)


def test_labels_keep_their_distance():
    placed = curve._apart([50.0, 52.0, 51.0, 200.0], 15.0)
    assert all(b - a > 13 for a, b in pairwise(sorted(placed)))
    assert placed[0] < placed[2] < placed[1] < placed[3]
    assert curve._apart([10.0, 100.0], 15.0) == [10.0, 100.0]


def test_the_map_holds_everybody():
    frame = Worlds("historical", 1, week=70).frame
    assert frame.first.holding.sum() == frame.first.counts[-1, COUNTS.index("holding")]
    assert frame.first.people.sum() == frame.first.counts[-1, COUNTS.index("joined")]
    assert (frame.first.holding <= frame.first.people).all()


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_world_can_be_shown_kept_and_sent(name):
    resolved = load(name)
    changes = {}
    for key, control in controls.keys(resolved).items():
        value = (not control.value) if control.switch else control.high
        changes[key] = float(value) if not (control.switch or control.whole) else value
    view = View(name, 7, changes, "historical", {"coefficients.offer": 0.5}, 12, 3)
    assert from_query(to_query(view)) == (view, "")
    text = downloads.scenario_file(name, changes, 7).decode()
    raw = tomllib.loads(text)
    assert raw["extends"] == name


def test_a_kept_world_is_the_world(tmp_path):
    for name in shipped():
        changes = {"coefficients.patron": 1.25, "levers.letters.scale": 0.5, "rates.quiet": 0.002}
        file = tmp_path / "kept.toml"
        file.write_bytes(downloads.scenario_file(name, changes, 1))
        assert hash_of(load(str(file))) == hash_of(load(name, changes))


def test_every_mechanism_and_every_act_has_its_controls():
    from sim.model import mechanisms

    resolved = load("historical")
    offered = controls.keys(resolved)
    assert set(mechanisms.names()) <= set(controls.GROUPS)
    assert {f"coefficients.{name}" for name in resolved.coefficients.values()} <= offered.keys()
    acts = [key for key, event in resolved.events.items() if event.date <= resolved.calendar.end]
    assert {f"events.{key}.happens" for key in acts} <= offered.keys()
    for control in offered.values():
        assert control.source, control.key
        control.check(control.value)


def test_an_address_is_no_way_to_files():
    with pytest.raises(InputError):
        address.check_name("/etc/passwd.toml", "scenario")
    view, complaint = from_query("scenario=/etc/hosts.toml&seed=5&set=evidence=/etc/passwd")
    assert (view.scenario, view.seed, dict(view.changes)) == ("historical", 5, {})
    assert "scenario" in complaint
    assert "evidence" in complaint


def test_pictures_escape_what_a_file_says(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text('extends = "historical"\ntitle = "<script>x</script>"\nquestion = "?"\n')
    frame = Worlds(str(file), 1, week=5).frame
    shown = numbers.table(frame) + events.listed(frame)
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_pictures_are_drawn_in_any_size_and_week():
    for week in (FIRST, LAST):
        frame = Worlds("historical", 1, second="statement-accepted", week=week).frame
        for size in (Size(300, 120), Size(1900, 700)):
            shows = frozenset({"places", "statements", "quiet"})
            for picture in (curve.draw(frame, size, None, shows), map.draw(frame.second, size)):
                assert "nan" not in picture.still + picture.moving


def test_a_failing_world_rests_and_says_so(monkeypatch):
    found = Worlds("historical", 1)

    def fails(_world):
        raise ValueError("a week of lead")

    monkeypatch.setattr("sim.model.opposition.end_week", fails)
    found.step()
    assert "a week of lead" in found.failure
    assert not found.running
    assert found.frame.week == FIRST
    found.step()


def test_the_page_tells_of_a_failing_world_and_of_a_failing_drawing(monkeypatch):
    def texts(widget) -> str:
        names = ("unsafe_innerHTML", "label", "moving")
        parts = [str(getattr(widget, name, "") or "") for name in names]
        for child in getattr(widget, "children", None) or []:
            parts.append(child if isinstance(child, str) else texts(child))
        return " ".join(parts)

    visits = []

    def noted(query):
        visits.append(Session(query))
        return visits[-1]

    monkeypatch.setattr(page, "Session", noted)
    box, context = solara.render(page.Page(), handle_error=False)
    people = Worlds("historical", 1).frame.first.counts[-1, 0]
    assert f"{people:,} in History" in texts(box)
    visits[0].model.value.fail(ValueError("a week of lead"))
    page.update_counter.value += 1
    assert "could not go on: ValueError: a week of lead" in texts(box)
    monkeypatch.setattr(page.numbers, "table", lambda _: 1 / 0)
    page.update_counter.value += 1
    assert "could not be drawn: ZeroDivisionError" in texts(box)
    monkeypatch.setattr(page.curve, "draw", lambda *_: 1 / 0)
    page.update_counter.value += 1
    assert texts(box).count("could not be drawn: ZeroDivisionError") == 2
    context.close()


def test_a_playing_model_waits_for_the_page_but_never_for_itself(monkeypatch):
    monkeypatch.setattr(worlds, "PATIENCE", 0.05)
    pace = Pace()
    found = Worlds("historical", 1, pace=pace)
    pace.drawn()  # from this very thread, as a click on Step
    for _ in range(3):
        found.step()
    assert found.week == FIRST + 3
    pace.leave()
    found.step()
    assert (found.week, found.running) == (FIRST + 3, False)


def test_models_are_given_back():
    found = Worlds("historical", 1, week=2)
    gone = weakref.ref(found)
    del found
    gc.collect()
    assert gone() is None


def test_the_parts_fit_into_mesas_own_page():
    from mesa.visualization import SolaraViz

    model = Worlds("historical", rng=1)
    viz = SolaraViz(model, components=[page.Curve, page.Map, page.Numbers], name="Midnight")
    _, context = solara.render(viz, handle_error=False)
    context.close()
