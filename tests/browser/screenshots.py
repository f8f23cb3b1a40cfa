"""Pictures of the page at several moments, in two sizes and in greyscale.

    python -m tests.browser.screenshots FOLDER

The one that README shows is `PYTHON -m tests.browser.screenshots FOLDER --best FILE`.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from .session import Visitor, browser, served

SIZES = ((1280, 720), (1920, 1080))
MOMENTS = {
    "start": ("seed=1", "Events"),
    "middle": ("seed=1&week=146", "Events"),
    "end": ("seed=1&week=170", "Events"),
    "change": ("seed=1&week=123", "Change"),
    "two": ("seed=1&second=no-carrot&week=153", "Events"),
    "two-end": ("seed=1&second=no-left-turn&week=170", "Events"),
    "hand": ("seed=1&second=historical&second-set=coefficients.example=0&week=163", "Change"),
    "person": ("seed=1&second=no-carrot&person=10545&week=158", "Person"),
    "keep": ("seed=1&week=103", "Keep"),
    "about": ("seed=1&week=103", "About"),
}
BEST = "two-1280x720"


def take(folder: Path, moments: list[str]) -> list[str]:
    """Write the pictures into a folder; return what the browser complained of."""
    folder.mkdir(parents=True, exist_ok=True)
    faults: list[str] = []
    with served() as (url, _), browser() as chromium:
        for width, height in SIZES:
            for name in moments:
                query, tab = MOMENTS[name]
                visitor = Visitor(chromium, url, width, height).open(query)
                visitor.tab(tab)
                visitor.page.locator(".said").get_by_text("90% of").wait_for()
                visitor.page.wait_for_timeout(400)
                file = folder / f"{name}-{width}x{height}.png"
                visitor.page.screenshot(path=str(file))
                if name in ("middle", "two"):
                    visitor.page.add_style_tag(content="html { filter: grayscale(1) }")
                    grey = folder / f"{name}-grey-{width}x{height}.png"
                    visitor.page.screenshot(path=str(grey))
                faults += [f"{file.name}: {fault}" for fault in visitor.faults]
                visitor.close()
    return faults


def main() -> None:
    """Take all pictures, or those named after the folder."""
    folder, *names = sys.argv[1:]
    best = names.pop(names.index("--best") + 1) if "--best" in names else None
    names = [name for name in names if name != "--best"] or list(MOMENTS)
    print("\n".join(take(Path(folder), names)) or "no fault")
    if best is not None:
        shutil.copy(Path(folder) / f"{BEST}.png", best)


if __name__ == "__main__":
    main()
