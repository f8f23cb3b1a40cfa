"""The page in a real browser: what a teacher, a student and a careless visitor do."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pandas as pd
import psutil
import pytest
from matplotlib.image import imread
from playwright.sync_api import expect

from sim.model.world import simulate
from sim.scenario.loading import hash_of, load
from sim.scenario.span import spanned
from sim.view.app.memory import REST

from .session import Visitor

CALENDAR = load("historical").calendar
FIRST, LAST = CALENDAR.first_week, CALENDAR.weeks
"""The first week that is shown, and the last that is run."""


def midnight(*words: str) -> str:
    """Return what a command prints."""
    command = [sys.executable, "-m", "sim.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def tell(visitor: Visitor, field: str, text: str) -> None:
    """Fill a field and leave it."""
    box = visitor.page.get_by_label(field, exact=True)
    box.fill(text)
    box.press("Tab")


def test_a_class_watches_a_world(visit):
    teacher = visit()
    assert teacher.week == FIRST
    assert teacher.number("first-holding") > 3_000
    page = teacher.page
    page.get_by_role("button", name="Step").click()
    expect(page.locator(".series svg")).to_have_attribute("data-week", f"{FIRST + 1}")
    page.get_by_role("tab", name="fast").click()
    play = page.get_by_role("button", name="▶")
    play.click()
    page.wait_for_function("Number(document.querySelector('.series svg').dataset.week) > 80")
    page.get_by_role("button", name="❚❚").click()
    expect(play).to_be_visible()
    page.wait_for_timeout(300)
    rested = teacher.week
    page.wait_for_timeout(300)
    assert teacher.week == rested
    play.click()
    expect(page.get_by_text("The run ends here")).to_be_visible(timeout=60_000)
    assert teacher.week == LAST
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.locator(".series svg")).to_have_attribute("data-week", f"{FIRST}")
    assert teacher.number("first-holding") > 3_000


def test_the_buttons_come_back_after_the_end(visit):
    teacher = visit(f"week={LAST - 1}")
    page = teacher.page
    page.get_by_role("button", name="Step").click()
    expect(page.get_by_role("button", name="Step")).to_be_disabled()
    page.get_by_label("Week", exact=True).press("Home")
    expect(page.locator(".series svg")).to_have_attribute("data-week", f"{FIRST}")
    page.get_by_role("button", name="Step").click()
    expect(page.locator(".series svg")).to_have_attribute("data-week", f"{FIRST + 1}")
    page.get_by_role("button", name="▶").click()
    page.wait_for_function("Number(document.querySelector('.series svg').dataset.week) > 66")
    page.get_by_role("button", name="❚❚").click()
    expect(page.get_by_role("button", name="▶")).to_be_enabled()


def test_hands_are_not_hurried_while_a_world_plays(visit):
    """A slider that is held, and a number that is being typed, stay the visitor's."""
    student = visit("seed=1&week=80")
    page = student.page
    student.tab("Person")
    page.locator('.maps [data-choose="place:moscow"]').first.click()
    page.get_by_role("button", name="▶").click()
    box = page.get_by_label("Number", exact=True)
    box.press_sequentially("1234", delay=150)
    expect(box).to_have_value("1234")
    box.press("Enter")
    expect(page.locator(".panel")).to_contain_text("number 1234 of seed 1")
    slider = page.get_by_label("Week", exact=True)
    at = slider.bounding_box()
    page.mouse.move(at["x"] + at["width"] * 0.3, at["y"] + at["height"] / 2)
    page.mouse.down()
    page.mouse.move(at["x"] + at["width"] * 0.8, at["y"] + at["height"] / 2, steps=8)
    page.wait_for_timeout(600)
    held = int(slider.input_value())
    assert FIRST + 0.74 * (LAST - FIRST) < held < FIRST + 0.86 * (LAST - FIRST)
    page.mouse.up()
    page.wait_for_function(f"Number(document.querySelector('.series svg').dataset.week) >= {held}")
    page.get_by_role("button", name="❚❚").click()


def test_the_years_are_a_choice_and_the_killings_are_said_to_be_data(visit):
    seen = visit("seed=1")
    seen.tab("Change")
    seen.page.get_by_label("Years", exact=True).select_option("1928-38")
    slider = seen.page.get_by_label("Week", exact=True)
    expect(slider).to_have_attribute("min", f"{FIRST}")
    expect(slider).to_have_attribute(
        "max", f"{spanned(load('historical'), '1928-38').calendar.weeks}"
    )
    seen.page.wait_for_function("location.search.includes('span=1928-38')")
    expect(seen.page.locator(".killings")).to_contain_text("shot there as Trotskyists")
    seen.page.get_by_label("Years", exact=True).select_option("1926-38")
    expect(slider).to_have_attribute("min", "0")
    expect(slider).to_have_attribute(
        "max", f"{spanned(load('historical'), '1926-38').calendar.weeks}"
    )
    seen.page.get_by_label("Years", exact=True).select_option("")
    expect(seen.page.locator(".killings")).to_have_count(0)
    wrong = visit("span=1928-99")
    expect(wrong.page.get_by_role("alert")).to_contain_text("YEAR-YEAR")


def test_a_message_can_be_put_away(visit):
    seen = visit("seed=1&week=999&person=1e3")
    expect(seen.page.get_by_role("alert")).to_contain_text(f"0 to {LAST} in this world")
    seen.page.get_by_role("button", name="Dismiss").click()
    expect(seen.page.get_by_role("alert")).to_have_count(0)


def test_a_slider_changes_the_numbers_and_the_address_keeps_it(visit):
    student = visit("seed=2&week=100")
    page, before = student.page, student.number("first-holding")
    student.tab("Change")
    slider = page.locator('input[data-key="coefficients.offer"]')
    slider.focus()
    for _ in range(12):
        slider.press("ArrowLeft")
    expect(page.locator(".control.changed")).to_have_count(1)
    expect(page.locator('[data-number="first-holding"]')).not_to_have_text(f"{before:,}")
    value = float(f"{float(slider.input_value()):.6g}")
    page.wait_for_function(f"location.search.includes('set=coefficients.offer={value:g}&')")
    other = visit(page.url.partition("?")[2])
    changed = other.number("first-holding")
    assert changed > before
    assert other.week == 100
    expect(page.locator('[data-number="first-holding"]')).to_have_text(f"{changed:,}")
    page.reload()
    expect(page.locator('[data-number="first-holding"]')).to_have_text(f"{changed:,}")
    student.tab("Change")
    expect(slider).to_have_value(f"{value:g}")
    page.get_by_role("button", name="Reset to the scenario").click()
    expect(page.locator('[data-number="first-holding"]')).to_have_text(f"{before:,}")


def test_the_last_number_is_that_of_the_command_line(visit, tmp_path):
    seen = visit(f"seed=3&week={LAST}")
    folder = tmp_path / "run"
    midnight("run", "historical", "--seed", "3", "--out", str(folder))
    series = pd.read_csv(folder / "series.csv")
    assert seen.number("first-holding") == series["holding"].iloc[-1]
    assert seen.number("first-statements") == series["statements"].iloc[-1]
    assert seen.number("first-quiet") == series["quiet"].iloc[-1]
    seen.tab("Keep")
    kept = _download(seen, "The whole run, week by week (CSV)")
    assert kept == (folder / "series.csv").read_bytes()


def test_two_worlds_are_the_pair_that_compare_gives(visit):
    seen = visit(f"seed=1&second=no-carrot&week={LAST}")
    row = json.loads(midnight("compare", "no-carrot", "--seeds", "1", "--point", "--json"))[
        "worlds"
    ][1]
    assert seen.number("fates") == row["fates_median"]
    assert seen.number("end-difference") == round(row["difference_median"])
    assert seen.number("end-second") == round(row["holding_median"])
    expect(seen.page.locator(".maps svg")).to_have_count(2)
    apart = seen.number("second-holding") - seen.number("first-holding")
    assert seen.number("difference-holding") == apart
    seen.tab("Change")
    seen.page.get_by_label("Beside it").select_option("=")
    expect(seen.page.locator('[data-number="fates"]')).to_have_text("0")
    seen.page.locator('input[data-key="levers.offer.scale"]').fill("0")
    expect(seen.page.locator('[data-number="fates"]')).to_have_text(f"{row['fates_median']:,.0f}")
    seen.page.get_by_label("Beside it").select_option("")
    expect(seen.page.locator(".maps svg")).to_have_count(1)


def test_one_life_is_that_of_explain(visit):
    told = midnight("explain", "--seed", "1", "--versus", "no-carrot", "--json")
    found = json.loads(told)["lives"]
    person = found[0]["person"]
    seen = visit(f"seed=1&second=no-carrot&person={person}&week=100")
    for which, life in zip(("first", "second"), found, strict=True):
        share = min(life["weeks"][99]["cumulative_hazard"] / life["resistance"], 1.0)
        reached = seen.page.locator(f'[data-number="reached-{which}"]')
        expect(reached).to_have_text(f"{share:.1%}")
        held = [week for week in life["weeks"][:100] if week["hazard"] is not None][-1]
        for bar in seen.page.locator(f'[data-term^="{which}-"]').all():
            name = bar.get_attribute("data-term").partition("-")[2]
            assert abs(float(bar.get_attribute("data-value")) - held[name]) < 1e-3
        for day, words in life["events"]:
            if day <= "1928-09-03":
                expect(seen.page.locator(f".life.{which}")).to_contain_text(f"{day} {words}")
    seen.page.get_by_role("button", name="At random").click()
    expect(seen.page.locator(".panel")).not_to_contain_text(f"number {person} of")
    seen.page.get_by_role("button", name="Most events").click()
    expect(seen.page.locator(".panel")).to_contain_text(f"number {person} of")
    seen.page.locator('.maps [data-choose="place:alma-ata"]').first.click()
    expect(seen.page.get_by_label("Or from")).to_have_value("alma-ata")
    listed = seen.page.get_by_label("Person", exact=True)
    listed.select_option(index=1)
    chosen = listed.input_value()
    expect(seen.page.locator(".panel")).to_contain_text(f"number {chosen} of")


def _download(visitor: Visitor, name: str) -> bytes:
    with visitor.page.expect_download() as started:
        visitor.page.get_by_role("button", name=name).click()
    return Path(started.value.path()).read_bytes()


def test_what_is_taken_along_opens_and_reproduces(visit, tmp_path):
    changes = {"coefficients.example": 0.5, "levers.offer.scale": 0.25}
    given = "&".join(f"set={key}={value}" for key, value in changes.items())
    seen = visit(f"scenario=no-declaration&seed=5&{given}&week={LAST}")
    seen.tab("Keep")
    file = tmp_path / "kept.toml"
    file.write_bytes(_download(seen, "Scenario file (TOML)"))
    assert tomllib.loads(file.read_text())["extends"] == "no-declaration"
    assert hash_of(load(str(file))) == hash_of(load("no-declaration", changes))
    midnight("run", str(file), "--seed", "5", "--out", str(tmp_path / "run"))
    last = pd.read_csv(tmp_path / "run" / "series.csv")["holding"].iloc[-1]
    assert seen.number("first-holding") == last
    picture = imread(io.BytesIO(_download(seen, "Picture (PNG)")), format="png")
    assert picture.shape[0] > 1200
    assert picture.shape[1] > 1800
    assert picture.std() > 0.05


def test_bad_input_gets_a_sentence_and_harms_nothing(visit):
    seen = visit("seed=1&week=90")
    page, before = seen.page, seen.number("first-holding")
    alert = page.get_by_role("alert")
    seen.tab("Change")
    for text in ("letters", "", "-1", "1.5", "99999999999999999999"):
        tell(seen, "Seed (people and luck)", text)
        expect(alert).to_contain_text("seed")
        assert seen.number("first-holding") == before
    tell(seen, "Seed (people and luck)", "2")
    expect(alert).to_have_count(0)
    seen.tab("Person")
    for text in ("nobody", "99999999", "-3"):
        tell(seen, "Number", text)
        expect(alert).to_contain_text("person")
    tell(seen, "Number", "12")
    expect(alert).to_have_count(0)
    for query, words in {
        "seed=x&person=99999999&week=often&colour=red": ("seed", "person", "week", "the address"),
        "scenario=../../etc/passwd&set=evidence=/etc/passwd&seed=": (
            "scenario",
            "evidence",
            "seed",
        ),
        "set=coefficients.offer=99&second=nowhere": ("0 to 3", "second world"),
        "set=coefficients.offer=much&second-set=rates.quiet=1": ("a number", "no second world"),
    }.items():
        page.goto(f"{seen.url}?{query}")
        for word in words:
            expect(page.get_by_role("alert")).to_contain_text(word)
        expect(page.locator('[data-number="first-holding"]')).to_be_visible()
        assert "Traceback" not in page.locator("body").inner_text()


def test_two_visitors_do_not_see_each_other(visit):
    one, two = visit("seed=1&week=90"), visit("seed=2&week=90")
    before = two.number("first-holding")
    assert one.number("first-holding") != before
    one.page.get_by_role("tab", name="fast").click()
    one.page.get_by_role("button", name="▶").click()
    one.page.wait_for_function("Number(document.querySelector('.series svg').dataset.week) > 110")
    assert (two.week, two.number("first-holding")) == (90, before)
    one.close()  # in the middle of its play
    two.page.get_by_role("button", name="Step").click()
    expect(two.page.locator(".series svg")).to_have_attribute("data-week", "91")


@pytest.mark.parametrize("n", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_many_visitors_stay_apart_and_leave_nothing_behind(server, chromium, n):
    """Many at once, each with two worlds of their own seed; then as much memory as before."""
    context, week = chromium.new_context(), 104

    def come(seeds) -> None:
        pages = [context.new_page() for _ in seeds]
        for seed, page in zip(seeds, pages, strict=True):
            page.goto(f"{server[0]}?seed={seed}&second=no-carrot&week={week}")
        for seed, page in zip(seeds, pages, strict=True):
            expect(page.locator(".maps svg")).to_have_count(2)
            for which, name in (("first", "historical"), ("second", "no-carrot")):
                holding = simulate(name, seed).series["holding"][week]
                shown = page.locator(f'[data-number="{which}-holding"]')
                expect(shown).to_have_text(f"{holding:,}")
        for page in pages:
            page.close()
        time.sleep(REST + 2.0)

    def resident() -> float:
        return psutil.Process(server[1]).memory_info().rss / 1e6

    come(range(1, n + 1))
    before = resident()
    come(range(n + 1, 2 * n + 1))
    context.close()
    kept = resident() - before
    print(f"{before:.0f} MB before, {kept:+.0f} MB after {n} visitors")
    # A visitor with two worlds takes about 15 MB, so that twenty kept would be 300, six 90.
    assert kept < 20 + 2 * n, "megabytes kept by visitors who had left"


def test_keyboard_alone(visit):
    seen = visit("week=100")
    page = seen.page
    page.locator('.panel [role="tab"][aria-selected="true"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Change the world")).to_be_visible()
    page.get_by_label("Week", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".series svg")).to_have_attribute("data-week", "101")
    page.get_by_role("button", name="signed").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="signed")).to_have_attribute("aria-pressed", "true")
