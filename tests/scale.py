"""Scale of the heavy tests: how many kills, changes, examples and cells of a table a run tries.

`LOYALTYCTL_TEST_SCALE` multiplies the full counts. It is 0.1 unless it is set, 1 in `.ci/run`, and may be 20 for a
long run. No test is left out at any scale: a smaller one tries fewer of the cases that a full run tries, always the
same ones.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

SCALE = float(os.environ.get("LOYALTYCTL_TEST_SCALE", "0.1"))


def scaled(full: int, *, least: int = 1) -> int:
    """Return how many of `full` rounds to try: at least `least`, and `full` at scale 1."""
    return max(min(least, full), round(full * SCALE))


def sample(cases: Iterable[T], *, least: int = 1) -> list[T]:
    """Return the cases of a table to try: all of them at scale 1, or else some from every part of it."""
    found = [*cases]
    count = min(len(found), scaled(len(found), least=least))
    return [found[i * len(found) // count] for i in range(count)]
