"""Terminal: the properties of an output stream that formats depend on."""

from __future__ import annotations

from typing import NamedTuple

UNLIMITED_WIDTH = 100_000
"""Width for files and pipes, in which nothing is truncated."""


class Terminal(NamedTuple):
    """Properties of an output stream: whether it is a terminal, width, colors, and the time for ages."""

    interactive: bool
    width: int
    color: bool
    now: float
