"""Seeds of the sandbox: the earning rules that every site starts with.

Three are non-automated, four are automated. The first and the fourth are copied from the vendor's examples.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.model.sample_tiers import GOLD
from loyaltyctl.model.triggers import AUTOMATIONS_APP, BY_ACTIVITY, LOYALTY_APP, Kind

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

# Date of creation of all seed rules, from the vendor's examples.
CREATED = "2024-09-16T12:06:39.294Z"


def seeds() -> list[JsonObject]:
    """Return a new copy of each seed rule of the sandbox, in the order in which List returns them."""
    return [
        _seed_rule("b690f925-8527-4d5e-b358-4b0adcb275b5", "stores/OrderPaid", _conversion_rate(20)),
        _seed_rule(
            "3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10",
            "bookings/BookingConfirmed",
            {"fixedAmount": {"configs": [{"points": 100}, {"tierId": GOLD, "points": 150}]}},
        ),
        _seed_rule(
            "8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44",
            "events/Rsvp",
            {"fixedAmount": {"configs": [{"points": 10}]}},
            status="PAUSED",
            revision="3",
        ),
        _seed_rule(
            "61f971c4-b33b-4f39-8ebe-2677bce55789",
            "wix_members-uou_signs_up",
            {"fixedAmount": {"configs": [{"tierId": None, "points": 50}]}},
            revision=None,  # as in the vendor's example of an automated rule
        ),
        _seed_rule(
            "a7d0b3c5-2e4f-4c61-9d38-5f7b1e0c9a62",
            "wix_pricing_plans-plan_purchased",
            _conversion_rate(5, "price.amount"),
        ),
        _seed_rule(
            "c9e8d7f6-1a2b-4c3d-8e4f-5a6b7c8d9e0f",
            "wix_restaurants_orders-order_submitted",
            _conversion_rate(1, "order.subtotal"),
            status="PAUSED",
        ),
        _seed_rule(
            "e1f2a3b4-c5d6-4e7f-8a9b-0c1d2e3f4a5b",
            "restaurants-order-is-pending",
            _conversion_rate(1, "priceSummary.totalAmount"),
            status="PAUSED",
        ),
    ]


def _conversion_rate(points: int, field: str | None = None) -> JsonObject:
    """Return the award of a seed rule: so many `points` for each unit of money, such as each euro.

    `field` names the field of the trigger's event that has the amount of money; None leaves it out.
    """
    rate: JsonObject = {"configs": [{"moneyAmount": 1, "points": points}]}
    return {"conversionRate": rate | ({"field": field} if field else {})}


def _seed_rule(
    rule_id: str, activity: str, award: JsonObject, *, status: str = "ACTIVE", revision: str | None = "1"
) -> JsonObject:
    """Return a seed rule of the sandbox, as List returns it; `activity` is its trigger."""
    trigger = BY_ACTIVITY[activity]
    is_non_automated = trigger.kind is Kind.NON_AUTOMATED
    # Live responses have an empty triggerFilters for non-automated rules too; published examples lack it.
    filters: Json = []
    return {
        "id": rule_id,
        "sourceAppId": LOYALTY_APP if is_non_automated else AUTOMATIONS_APP,
        "triggerAppId": trigger.app_id,
        "triggerActivityType": activity,
        "title": trigger.title,
        **award,
        "status": status,
        "revision": revision,
        "createdDate": CREATED,
        "updatedDate": CREATED,
        "metadata": {"canBeDeleted": is_non_automated},
        "triggerFilters": filters,
    }
