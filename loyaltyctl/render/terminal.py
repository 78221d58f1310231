"""Terminal: the properties of an output stream on which its formatting depends."""

from __future__ import annotations

from typing import NamedTuple

UNLIMITED_WIDTH = 100_000
"""Width for files and pipes, in which nothing is truncated."""


class Terminal(NamedTuple):
    """Properties of the terminal, file or pipe that output is written to.

    `interactive` is true for a terminal. `now` is the time for ages, such as `3 d ago`.
    """

    interactive: bool
    width: int
    color: bool
    now: float
