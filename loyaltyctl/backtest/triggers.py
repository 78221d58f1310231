"""Triggers of orders that differ from one of the rules in case or spelling only."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from loyaltyctl.backtest.result import Misspelled
from loyaltyctl.model.triggers import BY_ACTIVITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_TRIGGERS = 1000
"""Maximum number of triggers that are compared with those of the rules."""
MIN_SIMILARITY = 0.88
"""So that `stores/OrdersPaid` is `stores/OrderPaid`, and `events/OrderPaid` is not."""


def misspelled(orders: Iterable[tuple[str, int]], known: Sequence[str]) -> Iterator[Misspelled]:
    """Yield the misspelled ones among the triggers of orders, each with its number of orders."""
    normalized = {_normalized(one): one for one in known}
    for trigger, count in orders:
        if not trigger or trigger in BY_ACTIVITY:
            continue
        text = _normalized(trigger)
        near = get_close_matches(text, [*normalized], n=1, cutoff=MIN_SIMILARITY) if text else []
        if near:
            yield Misspelled(trigger, count, normalized[near[0]])


def _normalized(trigger: str) -> str:
    return re.sub(r"[\W_]", "", trigger).casefold()
