"""Find misspelled triggers: triggers of orders that differ only slightly from a trigger of the rules."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from loyaltyctl.backtest.result import Misspelled
from loyaltyctl.model.triggers import BY_ACTIVITY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_TRIGGERS = 1000
"""Maximum number of triggers of orders that are compared with those of the rules."""
MIN_SIMILARITY = 0.88
"""Similarity to a trigger of the rules from which a trigger of orders counts as misspelled.

Chosen so that `stores/OrdersPaid` matches `stores/OrderPaid`, and `events/OrderPaid` does not.
"""


def misspelled_triggers(orders: Iterable[tuple[str, int]], known: Sequence[str]) -> Iterator[Misspelled]:
    """Yield the triggers of orders that are probably misspelled.

    `orders` has each trigger with its number of orders, `known` the triggers of the rules.
    """
    normalized = {_normalized_trigger(one): one for one in known}
    for trigger, count in orders:
        # A trigger that the vendor documents is spelled correctly: the rules just do not cover it.
        if not trigger or trigger in BY_ACTIVITY:
            continue
        text = _normalized_trigger(trigger)
        near = get_close_matches(text, [*normalized], n=1, cutoff=MIN_SIMILARITY) if text else []
        if near:
            yield Misspelled(trigger, count, normalized[near[0]])


def _normalized_trigger(trigger: str) -> str:
    """Reduce a trigger to letters and digits in lower case; misspelled triggers are then similar."""
    return re.sub(r"[\W_]", "", trigger).casefold()
