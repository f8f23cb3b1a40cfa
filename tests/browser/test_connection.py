"""What a page does when its server is away: it says so, and comes back with its view."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from .session import Visitor, served


def test_a_lost_line_is_taken_up_again(visit):
    student = visit("seed=3&week=94")
    student.page.evaluate("solara.debug.dropConnection()")
    student.page.wait_for_function("solara.debug.reconnectCount === 1")
    student.page.get_by_role("button", name="Step").click()
    expect(student.page.locator(".series svg")).to_have_attribute("data-week", "95")
    assert student.page.evaluate("solara.debug.remountCount") == 0


@pytest.mark.slow
def test_a_page_comes_back_after_a_restart_of_the_server(chromium, measured):
    with served() as (url, _):
        student = Visitor(chromium, url).open("seed=3&week=94")
    lost = student.page.get_by_role("alert")
    expect(lost).to_contain_text("The connection to Midnight is lost", timeout=20_000)
    with served("--port", str(urlsplit(url).port)):
        expect(lost).to_have_count(0, timeout=60_000)
        page = student.page
        expect(page.locator(".series svg")).to_have_attribute("data-week", "94")
        page.get_by_role("button", name="Step").click()
        expect(page.locator(".series svg")).to_have_attribute("data-week", "95")
        assert "seed=3" in page.url
    student.close()
    measured("An open page comes back after a restart of the server", tried=1, broken=0)


def test_the_word_is_asked_for_in_the_browser(chromium):
    with served("--token", "a word of ours", "--root-path", "/midnight") as (url, _):
        student = Visitor(chromium, url)
        student.page.goto(f"{url}?week=76")
        student.page.get_by_label("Word of passage").fill("a word of ours")
        student.faults.clear()  # the page without the word is a 401
        student.page.get_by_role("button", name="Enter").click()
        expect(student.page.locator(".series svg")).to_have_attribute("data-week", "76")
        assert "token" not in student.page.url
        assert student.faults == []
        student.close()
