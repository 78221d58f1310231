"""Rules files, valid and invalid, and helpers for the output of commands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conftest import Home, Result

STORES = "215238eb-22a5-4c36-9e7b-e7c08025e04e"
SITES = {"shop-a": "0d3c1f0e-9d3b-4c61-8a55-4a5f7c1d2e01", "shop-b": "0d3c1f0e-9d3b-4c61-8a55-4a5f7c1d2e02"}
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

GOOD = """\
rules:
- title: Purchase a product
  trigger: stores/OrderPaid
  earn: 20 per 1
"""
BAD = """\
rules:
- title: ""
  trigger: stores/OrderPaid
  earn: 2 per 1
- title: B
  trigger: bookings/BookingConfirmed
  earn: nonsense
- trigger: events/Rsvp
  earn: 5 points
  statsu: PAUSED
"""
BAD_PLACES = [
    (2, 10, "title", "must not be empty"),
    (7, 9, "earn", 'must be "50 points" or "2 per 1", got "nonsense"'),
    (8, 3, "title", "is missing; a rule is identified by its title and trigger, or by an id"),
    (10, 11, "statsu", "is not a field of a rule; did you mean status?"),
]


def put(home: Home, name: str, text: str) -> str:
    """Write a file, and return its name."""
    path = home.work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return name


def actions(result: Result) -> dict[str, str]:
    """Return the action of each change, by title."""
    return {change["title"]: change["action"] for change in result.json()["changes"]}
