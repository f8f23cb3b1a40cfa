"""A server of one's own, and a browser that notes whatever a page should not do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SEEN = 20_000  # milliseconds to wait for something to appear, on a busy machine


@contextmanager
def served(*arguments: str, folder: Path | None = None) -> Iterator[tuple[str, int]]:
    """Run `midnight app` on a free port; give its address and process id."""
    command = [sys.executable, "-m", "sim.cli", "app", "--no-open", "--port", "0", *arguments]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment
    )
    try:
        words = process.stdout.readline()
        url = words.split()[-1].split("?")[0]
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}readyz", timeout=5).read()
                break
            except OSError:
                time.sleep(0.1)
        yield url, process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def browser() -> Iterator:
    """Start Chromium; give Playwright's browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


class Visitor:
    """A page in a context of its own, with the faults that the browser saw.

    Attributes:
        page: Playwright's.
        faults: requests to elsewhere, failed requests, and errors of scripts.
    """

    def __init__(self, browser, url: str, width: int = 1280, height: int = 720) -> None:
        self.url = url
        self.context = browser.new_context(viewport={"width": width, "height": height})
        self.page = self.context.new_page()
        self.page.set_default_timeout(SEEN)
        self.faults: list[str] = []
        self.page.on("request", self._check)
        self.page.on("requestfailed", self._failed)
        self.page.on(
            "response", lambda r: r.status >= 400 and self.faults.append(f"{r.status} {r.url}")
        )
        self.page.on("pageerror", lambda e: self.faults.append(f"script: {e}"))
        self.page.on("console", lambda m: m.type == "error" and self.faults.append(m.text))

    def _check(self, request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:", self.url.replace("http", "ws"))):
            self.faults.append(f"asked elsewhere: {request.url}")

    def _failed(self, request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # left for another page meanwhile
            self.faults.append(f"failed: {request.url} {request.failure}")

    def open(self, query: str = "") -> Visitor:
        """Load the page, and wait until it can be used."""
        self.page.goto(f"{self.url}?{query}")
        self.page.get_by_role("button", name="Reset", exact=True).wait_for()
        self.page.locator(".maps svg circle").first.wait_for(state="attached")
        return self

    def number(self, name: str) -> int:
        """Return a number of the page by its name."""
        words = self.page.locator(f'[data-number="{name}"]').first.inner_text()
        return int(words.replace(",", "").replace("+", "").replace("−", "-"))

    @property
    def week(self) -> int:
        """The week that the curve shows."""
        return int(self.page.locator(".series svg").get_attribute("data-week"))

    def tab(self, name: str) -> None:
        """Open a part of the panel."""
        self.page.locator(".panel").get_by_role("tab", name=name).click()

    def close(self) -> None:
        """Leave."""
        self.page.close()
        self.context.close()
