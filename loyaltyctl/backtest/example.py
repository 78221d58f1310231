"""Example of a backtest: one year of orders of a small store, its current rules and new rules."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from loyaltyctl.model.sample_tiers import GOLD, SILVER

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS = 1500
MEMBERS = 90
_COLUMNS = ("order_number", "created_at", "member_id", "tier_id", "trigger", "amount", "currency")
_YEAR = datetime(2025, 1, 1, tzinfo=UTC)

NOW = f"""\
# The current rules.
- title: Purchase a product
  trigger: stores/OrderPaid
  points: 1
  per: 1
  tiers: [{SILVER}=3/2, {GOLD}=2/1]
- title: Buy a ticket
  trigger: events/OrderConfirmed
  points: 25
"""

NEXT = f"""\
# New rules: fewer points for small purchases, more for large ones.
- title: Purchase a product
  trigger: stores/OrderPaid
  points: 11
  per: 10
  tiers: [{SILVER}=17/10, {GOLD}=9/4]
- title: Buy a ticket
  trigger: events/OrderConfirmed
  points: 1
  per: 2
"""


def files() -> dict[str, str]:
    """Return the contents of the example's files by name; the example is the same on each call."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_orders())
    return {"orders.csv": text.getvalue(), "now.yaml": NOW, "next.yaml": NEXT}


def _orders() -> Iterator[tuple[object, ...]]:
    """Yield the CSV rows of the example's orders by date; one order in fifty is refunded."""
    chance = Random(2025).random  # noqa: S311 - the same numbers each time, no secrets
    for i in range(ORDERS):
        # Less time passes between later orders: sales grow over the year. 525,600 minutes are a year.
        share = i / ORDERS
        moment = _YEAR + timedelta(minutes=int(525_600 * (share + 0.18 * share * (1 - share))))
        # Products of random numbers are skewed as in a real store: few members buy often, and most
        # purchases are small.
        member = int(MEMBERS * chance() * chance())
        tier = GOLD if member < MEMBERS // 15 else SILVER if member < MEMBERS // 5 else ""
        ticket = chance() < 0.2  # noqa: PLR2004 - one in five
        cents = (
            500 + int(20_000 * chance() * chance() * chance())
            if not ticket
            else 1200 + 800 * int(4 * chance())
        )
        row = (10_001 + i, f"{moment:%Y-%m-%dT%H:%M:%SZ}", f"member-{member:03}", tier)
        trigger = "events/OrderConfirmed" if ticket else "stores/OrderPaid"
        yield (*row, trigger, f"{cents // 100}.{cents % 100:02}", "USD")
        if chance() < 0.02:  # noqa: PLR2004 - one in fifty
            yield (*row, trigger, f"-{cents // 100}.{cents % 100:02}", "USD")
