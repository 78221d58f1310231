"""Large JSONL files: members that neither the first orders nor the samples have, and long orders."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.model.sample_tiers import GOLD
from loyaltyctl.orders.json_members import MAX_LISTED, SAMPLES
from tests.orders.samples import groups

if TYPE_CHECKING:
    from tests.conftest import Home, Run

PAD = "x" * 4000
ORDERS = MAX_LISTED // len(PAD) + 500
PLACE = ORDERS * 1000 // (SAMPLES * 1000) * 3 // 2
"""Number of an order between the first and the second sample, behind the first orders."""
RULES = [
    {"title": "Buy", "trigger": "stores/OrderPaid", "points": 1, "per": 1, "tiers": [f"{GOLD}=3/1"]},
    {"title": "Ticket", "trigger": "events/OrderConfirmed", "points": 5},
]


@pytest.mark.parametrize(
    ("late", "options", "points", "shown"),
    [
        ({"tier_id": GOLD}, ["--trigger", "stores/OrderPaid"], ORDERS * 10 + 20, "tier_id (tier)"),
        ({"loyaltyTier": GOLD}, ["--trigger", "stores/OrderPaid"], ORDERS * 10 + 20, "loyaltyTier (tier)"),
        ({"trigger": "events/OrderConfirmed"}, [], 5, "trigger (trigger)"),
    ],
)
def test_a_late_member_is_read_as_if_all_orders_had_it(  # noqa: PLR0913, PLR0917 - a case and its expectation
    late: dict[str, str], options: list[str], points: int, shown: str, run: Run, home: Home
) -> None:
    (home.work / "rules.json").write_text(json.dumps(RULES if not options else RULES[:1]))
    with (home.work / "orders.jsonl").open("w") as file:
        for number in range(ORDERS):
            order = {"order_id": number, "amount": "10.00", "note": PAD, **(late if number == PLACE else {})}
            file.write(json.dumps(order) + "\n")
    if not options:  # without a column, several rules leave the trigger open
        error = run("points backtest orders.jsonl -f rules.json", code=2).err
        assert "the orders have no column for the trigger" in error
        (home.work / "rules.json").write_text(json.dumps(RULES[1:]))

    ended = run(["points", "backtest", "orders.jsonl", "-f", "rules.json", "--json", *options])

    assert ended.json()["points"] == points
    assert shown in ended.err


@pytest.mark.parametrize(
    ("kind", "late", "deducted"),
    [
        ({}, {"refunded_amount": 4}, 4),
        ({"financial_status": "paid", "total_price": 10}, {"cancelled_at": "2025-01-02"}, 10),
    ],
)
def test_a_late_refund_or_cancellation_counts(
    kind: dict[str, object], late: dict[str, object], deducted: int, run: Run, home: Home
) -> None:
    (home.work / "rules.json").write_text(json.dumps(RULES[:1]))
    amount = kind or {"amount": 10}
    with (home.work / "orders.jsonl").open("w") as file:
        for number in range(ORDERS):
            order = {"id": number, **amount, "note": PAD, **(late if number == PLACE else {})}
            file.write(json.dumps(order) + "\n")

    ended = run("points backtest orders.jsonl -f rules.json --refunds deduct --query points")

    assert ended.out == f"{ORDERS * 10 - deducted}\n"


def test_orders_of_a_hundred_kilobytes_are_read(run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(json.dumps(RULES[:1]))
    items = [{"name": "y" * 200}] * 500
    with (home.work / "orders.jsonl").open("w") as file:
        for number in range(700):
            file.write(json.dumps({"order_id": number, "amount": "10.00", "items": items}) + "\n")

    assert run("points backtest orders.jsonl -f rules.json --query orders").out == "700\n"


def test_members_of_first_items_that_only_later_orders_have_are_columns(run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(json.dumps(RULES[:1]))
    with (home.work / "orders.jsonl").open("w") as file:
        for number in range(200):
            item = {"seller": "ann"} if number == 199 else {"sku": "a"}
            file.write(json.dumps({"order_id": number, "amount": 1, "note": PAD, "items": [item]}) + "\n")

    line = "points backtest orders.jsonl -f rules.json --member-column items[0].seller --by member"

    assert groups(run, line) == {"ann": 1, "None": 199}
