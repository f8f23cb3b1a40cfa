"""Shared by the trials of what is written: the command in a forked child, and kills at its writes.

A forked child has the model loaded, so that a command takes a fraction of a second.
"""

import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

WRITES = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir")
SMALL = ("--set", "population.size=300", "--workers", "1")


def fork(work: Callable[[], object], out: int | None = None, err: int | None = None) -> int:
    """Start a forked child with these files as standard output and error; return its id."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            for number, to in ((1, out), (2, err)):
                os.dup2(os.open(os.devnull, os.O_WRONLY) if to is None else to, number)
            sys.stdout, sys.stderr = _text(1), _text(2)
            work()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    return child


def _text(number: int) -> io.TextIOWrapper:
    buffered = io.BufferedWriter(io.FileIO(number, "w", closefd=False))
    return io.TextIOWrapper(buffered, encoding="utf-8", line_buffering=number == 2)


def ended(child: int) -> int:
    """Wait for a child; return its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def midnight(*words: object, within: Path, before: Callable[[], object] = lambda: None):
    """Return what gives a command in a folder, for `fork`."""

    def work() -> None:
        from sim.cli import main

        os.chdir(within)
        sys.argv = ["midnight", *map(str, words)]
        before()
        main()

    return work


def killed_at(n: int, root: Path) -> Callable[[], None]:
    """Return what makes this process kill itself at its n-th write below `root`."""
    left = n

    def hook(event: str, args: tuple) -> None:
        nonlocal left
        if event not in WRITES or not isinstance(args[0], (str, os.PathLike)):
            return
        if event == "open" and not args[2] & (os.O_WRONLY | os.O_RDWR):
            return
        if Path(os.path.abspath(args[0])).is_relative_to(root):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.addaudithook(hook)


def whole(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder that is named to a user, but not stores: times differ."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and ".sqlite" not in file.name and ".midnight-" not in str(file)
    }


def leftovers(folder: Path) -> list[str]:
    """Return what killed processes have left below a folder."""
    return [str(file) for file in folder.rglob(".*")] + [
        str(file) for file in folder.rglob("*part*")
    ]
