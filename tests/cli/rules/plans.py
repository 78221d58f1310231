"""Rules files for `rules apply`, and helpers for its results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conftest import Result, Run

APPLY = "-p sandbox rules apply"
WRITES = {"POST", "PUT", "DELETE", "PATCH"}

RULES = """\
rules:
- title: Purchase a product
  trigger: stores/OrderPaid
  earn: 30 per 1
- title: Book a session
  trigger: bookings/BookingConfirmed
- title: Tickets
  trigger: events/OrderConfirmed
  earn: 5 points
"""
"""An update, an unchanged rule and a new one; with --prune also two pauses and a deletion."""
AUTOMATED = """\
- {title: Again, trigger: wix_members-uou_signs_up, earn: 5 points}
- {title: Purchase a product, trigger: stores/OrderPaid, earn: 30 per 1}
"""
"""A rule that cannot be created, and an update."""


def site(run: Run, profile: str = "sandbox", env: dict[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Return the rules of a site by title, without the fields that every write changes."""
    own = {"revision", "updatedDate", "createdDate"}
    rules = run(f"{f'-p {profile} ' if profile else ''}rules list --json -q", env=env).json()
    return {rule["title"]: {name: value for name, value in rule.items() if name not in own} for rule in rules}


def writes(*results: Result) -> list[str]:
    return [sent.method for result in results for sent in result.sent if sent.method in WRITES]


def results(result: Result) -> list[tuple[str, str, str]]:
    """Return action, title and result of each change."""
    return [
        (one["action"], one["title"], one["result"]) for one in result.json()["changes"] if one.get("result")
    ]
