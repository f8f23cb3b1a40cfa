"""Output that may be closed, full, or of few characters, and never stops the work."""

from __future__ import annotations

import functools
import io
import logging
import os
import select
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CLOSED = (BrokenPipeError, ConnectionResetError)
"""The reader has gone, `| head` say: it has what it wanted, so nothing is said and all is well."""


class Guard(io.RawIOBase):
    """The bytes of a stream; when it takes no more, the rest is dropped and the reason kept."""

    def __init__(self, stream: io.TextIOWrapper) -> None:
        self.stream = stream  # which would close the file if nobody held it
        self.raw: Any = getattr(stream.buffer, "raw", stream.buffer)
        self.failed: OSError | None = None

    def writable(self) -> bool:
        """Return True."""
        return True

    def fileno(self) -> int:
        """Return the number of the file."""
        return self.raw.fileno()

    def isatty(self) -> bool:
        """Return whether it is a terminal."""
        return self.raw.isatty()

    def write(self, data: ReadableBuffer) -> int:
        """Write bytes, or drop them; return how many are done with."""
        while self.failed is None:
            try:
                if (count := self.raw.write(data)) is not None:
                    return count
                select.select([], [self.raw], [])  # a pipe that was told not to wait
            except OSError as error:
                self.failed = error
        return memoryview(data).nbytes


def guarded(main: Callable[[], None]) -> Callable[[], None]:
    """Return `main` with streams that may be closed or full, and an environment it can rely on.

    A closed reader ends with exit code 0: what was asked for is done and kept. A standard output
    that is full ends with 1 and a sentence on standard error.
    """

    @functools.wraps(main)
    def run() -> None:
        open_closed()
        out, _ = guard("stdout"), guard("stderr")
        prepare()
        code: str | int | None = None
        try:
            main()
        except SystemExit as end:
            code = end.code
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
        if out is not None and out.failed and not isinstance(out.failed, CLOSED):
            print(f"midnight: {_lost(out.failed)}", file=sys.stderr, flush=True)
            code = code or 1
        sys.exit(code)

    return run


def open_closed() -> None:
    """Open the null device where a standard stream is closed, before a file takes its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115


def guard(name: str) -> Guard | None:
    """Guard a standard stream, and escape what its encoding lacks; None if it is not the real one.

    Args:
        name: `stdout` or `stderr`.
    """
    stream = getattr(sys, name)
    if not isinstance(stream, io.TextIOWrapper):
        return None
    stream.flush()
    kept = Guard(stream)
    text = io.TextIOWrapper(
        io.BufferedWriter(kept),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    setattr(sys, name, text)
    return kept


def prepare() -> None:
    """Set what is inherited from elsewhere and would break the work or the help."""
    os.environ["MPLBACKEND"] = "agg"  # a notebook's backend cannot be had here
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    if not os.environ.get("COLUMNS", "1").strip("0"):
        del os.environ["COLUMNS"]


def _lost(error: OSError) -> str:
    """Return what to say where standard output could not be written."""
    from sim.cli.place import results

    why = f"could not be shown ({error.strerror or error})"
    return f"the results are kept in {results[-1]}, but {why}" if results else f"the output {why}"
