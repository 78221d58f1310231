"""Properties of an output stream."""

from __future__ import annotations

from typing import NamedTuple

UNLIMITED_WIDTH = 100_000
"""Width for files and pipes, in which nothing is truncated."""


class Terminal(NamedTuple):
    """An output stream: is it a terminal, its width in columns, its colors, and the current time."""

    interactive: bool
    width: int
    color: bool
    now: float
