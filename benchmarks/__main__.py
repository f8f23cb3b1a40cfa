"""`python -m benchmarks`: ratios measured side by side in one run, best of several, on one core."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

PARTS = {
    "a": "against a plain Mesa model of the same rule",
    "b": "against the floor, one exponential and one addition a person-week",
    "c": "growth to the whole Party of 1927",
    "d": "starting up",
    "e": "many worlds: workers, store, resuming, and mesa.batch_run",
    "f": "calibration, attribution, and all rivals (half an hour)",
    "g": "the sampler against dynesty",
    "h": "a world of twelve years against one of two",
}


def main() -> None:
    """Measure the parts asked for and print one table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    listed = "; ".join(f"{key}: {what}" for key, what in PARTS.items())
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{listed} (default: all)")
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds, weeks and people; no verdicts"
    )
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    core = pin()
    say("Loading; a first run also compiles the model (about half a minute) ...")
    results = []
    for part in arguments.parts or PARTS:
        say(f"({part}) {PARTS[part]} ...")
        results.append(measure(part, arguments.quick))
    show(results, arguments.quick)
    print(f"\n{machine(core)}")


def pin() -> str:
    """Stay on one core, where the system allows it, before any library counts them."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned to a core"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"pinned to core {core}"


def measure(part: str, quick: bool):
    """Measure one part."""
    from benchmarks import against_mesa, calibration, speed, startup, sweeps, years

    if part == "a":
        return against_mesa.against_mesa(
            8_000, weeks=20 if quick else 107, rounds=1 if quick else 3
        )
    if part == "b":
        return speed.against_floor(8_000, weeks=107, rounds=5 if quick else 30)
    if part == "c":
        return speed.growth(8_000, 100_000 if quick else 724_000, rounds=1 if quick else 7)
    if part == "e":
        sizes = (600, 100, 10) if quick else (10_000, 1_000, 20)
        return sweeps.many(*sizes, rounds=1 if quick else 3)
    if part == "f":
        settings = calibration.Settings(ess=200, walkers=80) if quick else calibration.Settings()
        return calibration.calibration(settings, 2 if quick else 20, with_rivals=not quick)
    if part == "g":
        return calibration.samplers(*((6, 200) if quick else (19, 2000)))
    if part == "h":
        return years.years(8_000, rounds=2 if quick else 15)
    return startup.startup(rounds=2 if quick else 5)


def show(results, quick: bool) -> None:
    """Print the lines of all parts, then the seconds they come from."""
    verdict = {True: "met", False: "NOT MET", None: ""}
    lines = [("", "what", "measured", "target", "")]
    for result in results:
        for row in result.rows:
            word = "" if quick else verdict[row.met]
            lines.append((row.part, row.what, row.measured, row.target, word))
    print()
    table(lines)
    print("\nBest seconds" + (" (--quick: smaller than the targets speak of)" if quick else ""))
    table(
        [
            (result.rows[0].part, name, f"{seconds:8.4f}")
            for result in results
            for name, seconds in result.seconds.items()
        ]
    )


def table(lines: list[tuple[str, ...]]) -> None:
    """Print `lines` in columns."""
    widths = [max(len(line[k]) for line in lines) for k in range(len(lines[0]))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def machine(core: str) -> str:
    """Return on what it was measured."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("numba", "numpy", "mesa"))
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{processor()}, {os.cpu_count()} cores, {core}{load}; "
        f"{platform.system()}, Python {platform.python_version()}, {versions}"
    )


def processor() -> str:
    """Return what the processor calls itself."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def say(sentence: str) -> None:
    """Tell whoever waits."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
