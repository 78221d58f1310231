"""Helpers of the tests of export: rules of the sandbox, and comparison of a file with its site."""

from __future__ import annotations

import uuid
from itertools import count
from typing import TYPE_CHECKING, Any

from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP
from loyaltyctl.sandbox.app import DEFAULT_SITE
from loyaltyctl.sandbox.seeds import seeds
from loyaltyctl.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from loyaltyctl.intake.values import JsonObject
    from tests.conftest import Home, Result, Run

SCHEMA = "loyalty-rules.schema.json"
NUMBERS = count()


def put_on_site(home: Home, documents: Iterable[JsonObject]) -> None:
    """Replace the rules of the sandbox."""
    store = Store(home.data / "sandbox.sqlite3")
    with store.site(DEFAULT_SITE, writes=True) as site:
        for rule in site.rules():
            site.delete(str(rule["id"]))
        for document in documents:
            site.insert(document)
    store.close()


def rule(title: str, points: int = 1, activity: str = "events/Rsvp", **more: Any) -> JsonObject:
    """Return a rule as the sandbox stores it."""
    return {
        "id": str(uuid.uuid4()),
        "sourceAppId": LOYALTY_APP,
        "triggerAppId": BY_ACTIVITY[activity].app_id,
        "triggerActivityType": activity,
        "title": title,
        "status": "ACTIVE",
        "revision": "1",
        "metadata": {"canBeDeleted": True},
    } | (more if {*more} & {"fixedAmount", "conversionRate"} else {"fixedAmount": {"configs": [{"points": points}]}} | more)  # fmt: skip


def seeded(**changes: JsonObject | None) -> list[JsonObject]:
    """Return the initial rules of the sandbox, changed, or left out for None, by the beginning of their triggers."""
    found = []
    for document in seeds():
        [activity] = [str(document["triggerActivityType"])]
        key = next((name for name in changes if activity.startswith(name)), None)
        change = changes[key] if key else {}
        if change is not None:
            found.append(document | change)
    return found


def export(run: Run, out: str, *, code: int = 0) -> Result:
    return run(["-p", "sandbox", "rules", "export", "--out", out, "--yes"], code=code)


def assert_matches_site(run: Run, path: str) -> None:
    """Assert that a file states exactly the rules of the site."""
    differing = run(["-p", "sandbox", "rules", "diff", "-f", path, "--prune", "--exit-code"])
    assert differing.out == ""
    assert "WARN" not in differing.err.upper()
