"""Scale of the heavy tests: how many kills, changes, examples and cases a run tries.

`LOYALTYCTL_TEST_SCALE` multiplies the full counts. It is 0.06 unless it is set, 1 in `.ci/run`, and may be 20 for a
long run. No test is left out at any scale: a smaller one tries fewer of the cases that a full run tries, and always
the same ones.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

SCALE = float(os.environ.get("LOYALTYCTL_TEST_SCALE", "0.06"))


def scaled(full: int, *, least: int = 1) -> int:
    """Return how many of `full` rounds to try: `full` at scale 1, and never fewer than `least`."""
    return max(min(least, full), round(full * SCALE))


def sample(cases: Sequence[T], *, key: Callable[[T], str] = str, least: int = 1) -> list[T]:
    """Return the cases to try, in their order: all at scale 1, otherwise those with the smallest hashes.

    Hashes pick from the whole table: in a product of several lists, cases at equal distances may be of the same kind.
    """
    chosen = sorted(range(len(cases)), key=lambda i: crc32(key(cases[i]).encode(errors="surrogatepass")))
    return [cases[i] for i in sorted(chosen[: scaled(len(cases), least=least)])]
