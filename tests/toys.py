"""Tasks that fail in every way; in a module of their own, so that a process imports it fast."""

import os
import time
from pathlib import Path

from sim.errors import InputError


def raises_on_seven(item: int) -> int:
    if item == 7:
        raise ValueError("seven is no number")
    return 2 * item


def dies_on_seven(item: int) -> int:
    if item == 7:
        os._exit(3)
    return 2 * item


def dies_once(item: tuple[int, str]) -> int:
    number, mark = item
    if number == 7 and not Path(mark).exists():
        Path(mark).touch()
        os._exit(3)
    return 2 * number


def hangs_on_seven(item: int) -> int:
    if item == 7:
        time.sleep(3600)
    return 2 * item


def is_refused_on_seven(item: int) -> int:
    if item == 7:
        raise InputError("--item", "got 7", "any other")
    return 2 * item


def takes_no_message_on_seven(item: int) -> int:
    if item == 7:
        raise UnsendableError("--item", 7)
    return 2 * item


class UnsendableError(Exception):
    """What no process can send to another: `pickle` calls it with one argument."""

    def __init__(self, where: str, number: int) -> None:
        super().__init__(f"{where}: {number}")
