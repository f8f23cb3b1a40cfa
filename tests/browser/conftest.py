"""One server and one browser for all tests here; where Chromium is missing they are skipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from .session import CHROMIUM, SEEN, Visitor, browser, served


@pytest.fixture(scope="session")
def server() -> Iterator[tuple[str, int]]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: the page is not tested in a browser")
    with served() as found:
        yield found


@pytest.fixture(scope="session")
def chromium(server) -> Iterator:
    expect.set_options(timeout=SEEN)
    with browser() as found:
        yield found


@pytest.fixture
def visit(server, chromium) -> Iterator[Callable[..., Visitor]]:
    """Open pages; at the end nothing may have been asked for elsewhere, nor have failed."""
    visitors: list[Visitor] = []

    def open_page(query: str = "") -> Visitor:
        visitors.append(Visitor(chromium, server[0]))
        return visitors[-1].open(query)

    yield open_page
    faults = [fault for visitor in visitors for fault in visitor.faults]
    for visitor in visitors:
        visitor.close()
    assert faults == []
