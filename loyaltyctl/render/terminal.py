"""What is known of the place that output goes to."""

from __future__ import annotations

from typing import NamedTuple

ENDLESS = 100_000
"""The width of what is no terminal: nothing is cut there."""


class Terminal(NamedTuple):
    """Whether a person is looking, how wide the view is, whether colours are wanted, and the time."""

    interactive: bool
    width: int
    color: bool
    now: float
