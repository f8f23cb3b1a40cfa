"""Tasks that fail in every way; in a module of their own, so that a process imports it fast."""

import os
from pathlib import Path


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
