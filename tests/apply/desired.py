"""Desired rules that need each kind of change, and the site after they were applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.model import desired_rules
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.sample_tiers import GOLD

if TYPE_CHECKING:
    from typing import TypeAlias

    from loyaltyctl.intake.values import Json

Summary: TypeAlias = tuple[str, str, str, tuple[tuple[str | None, object, object], ...]]
"""Trigger, title and status of a rule, and tier, points and money amount of each of its configs."""
NEW = 7
MANY = 101  # two chunks


def rule(title: str, trigger: str, earn: str, **more: Json) -> EarningRule:
    """Return a rule as a rules file has it."""
    checked = desired_rules.validate_desired({"title": title, "trigger": trigger, "earn": earn, **more})
    assert checked.draft is not None, checked.problems
    return EarningRule(checked.draft.document)


def desired(new: int = NEW) -> list[EarningRule]:
    """Return rules that need each kind of change; --prune adds a pause and two deletions."""
    return [
        rule("Purchase a product", "stores/OrderPaid", "3 per 1"),
        rule("Sign up to the site", "wix_members-uou_signs_up", "60 points"),
        rule("RSVP to an event", "events/Rsvp", "10 points"),
        rule("Book a session", "bookings/BookingConfirmed", "100 points", tiers={GOLD: "150 points"}, status="PAUSED"),
        *(rule(f"New {i}", "events/OrderConfirmed", f"{i} points") for i in range(new)),
    ]  # fmt: skip


def after_apply(new: int = NEW) -> list[Summary]:
    """Return the rules of the site after `desired` was applied."""
    return sorted(
        [
            ("stores/OrderPaid", "Purchase a product", "ACTIVE", ((None, 3, 1),)),
            ("wix_members-uou_signs_up", "Sign up to the site", "ACTIVE", ((None, 60, None),)),
            ("events/Rsvp", "RSVP to an event", "ACTIVE", ((None, 10, None),)),
            (
                "bookings/BookingConfirmed",
                "Book a session",
                "PAUSED",
                ((GOLD, 150, None), (None, 100, None)),
            ),
            ("wix_pricing_plans-plan_purchased", "Order a plan", "PAUSED", ((None, 5, 1),)),
            (
                "wix_restaurants_orders-order_submitted",
                "Place a restaurant order (old Wix Restaurants)",
                "PAUSED",
                ((None, 1, 1),),
            ),
            (
                "restaurants-order-is-pending",
                "Place a restaurant order (new Wix Restaurants)",
                "PAUSED",
                ((None, 1, 1),),
            ),
            *(("events/OrderConfirmed", f"New {i}", "ACTIVE", ((None, i, None),)) for i in range(new)),
        ]
    )


WRITES = ["create"] * NEW + ["update"] * 4 + ["pause", "delete", "delete"]
