"""What the page costs: a week shown, a whole run at full speed, and twenty visitors' memory.

    python -m tests.browser.measure

Wall-clock times mean little on a busy machine; the processor time of the server does.
"""

from __future__ import annotations

import time

import psutil

from .session import Visitor, browser, served


def main() -> None:
    """Print the measurements."""
    with served() as (url, process), browser() as chromium:
        server = psutil.Process(process)

        def cost() -> float:
            times = server.cpu_times()
            return times.user + times.system

        for query in ("seed=1", "seed=1&second=no-carrot"):
            visitor = Visitor(chromium, url).open(query)
            visitor.page.locator(".said").get_by_text("90% of").wait_for()
            visitor.page.wait_for_timeout(1000)
            visitor.page.get_by_role("tab", name="fast").click()
            before, start = cost(), time.perf_counter()
            visitor.page.get_by_role("button", name="▶").click()
            visitor.page.get_by_text("The run ends here").wait_for(timeout=120_000)
            wall, used = time.perf_counter() - start, cost() - before
            print(
                f"{query}: 107 weeks in {wall:.1f} s, {1000 * wall / 107:.0f} ms a week; "
                f"server's processor {used:.1f} s, {1000 * used / 107:.0f} ms a week"
            )
            visitor.close()
        for round_ in range(6):
            visitors = [Visitor(chromium, url) for _ in range(4)]
            for k, visitor in enumerate(visitors):
                visitor.open(f"seed={4 * round_ + k}&second=no-carrot&week=60")
            for visitor in visitors:
                visitor.close()
            time.sleep(1)
            memory = server.memory_info().rss / 1e6
            print(f"after {4 * (round_ + 1)} visitors: {memory:.0f} MB")


if __name__ == "__main__":
    main()
