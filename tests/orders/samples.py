"""Orders and rules for the tests of `points backtest`, and the points of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.backtest.request import Key
from tests.conftest import GOLD, NO_RULE

if TYPE_CHECKING:
    from tests.conftest import Run

ORDERS = f"""\
order_number,created_at,member_id,tier_id,trigger,amount,currency,status
1,2025-01-05T10:00:00Z,ann,,stores/OrderPaid,10.00,USD,PAID
2,2025-01-06T10:00:00Z,bob,{GOLD},stores/OrderPaid,20.50,USD,PAID
3,2025-02-07T10:00:00Z,ann,,events/OrderConfirmed,30.00,USD,PAID
4,2025-02-08T10:00:00Z,,{GOLD.upper()},stores/OrderPaid,0.99,USD,CANCELED
4,2025-02-09T10:00:00Z,bob,{NO_RULE},stores/OrderPaid,-4.99,USD,PAID
5,2025-02-10T10:00:00Z,cat,,other/Trigger,99.00,USD,PAID
"""
NOW = [
    {"title": "Purchase", "trigger": "stores/OrderPaid", "points": 1, "per": 1, "tiers": [f"{GOLD}=2/1"]},
    {"title": "Ticket", "trigger": "events/OrderConfirmed", "points": 50},
]
NEXT = [
    {"title": "Purchase", "trigger": "stores/OrderPaid", "points": 10, "per": 11, "tiers": [f"{GOLD}=3/1"]},
    {"title": "Ticket", "trigger": "events/OrderConfirmed", "points": 1, "per": 100},
]
BASE = "points backtest orders.csv -f next.json"


def groups(run: Run, line: str) -> dict[str, Any]:
    """Run a backtest; return the points of each group by its keys."""
    found = run(f"{line} --json").json()["groups"]
    return {" ".join(str(one[key]) for key in Key if key in one): one["points"] for one in found}
