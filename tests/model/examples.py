"""The vendor's published examples, and random rules for property tests."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP, TRIGGERS, Kind, Method

GOLDEN = Path(__file__).parent / "golden"
CREATABLE = [trigger for trigger in TRIGGERS if trigger.kind is Kind.NON_AUTOMATED]


def golden(name: str) -> Any:
    """Return one of the vendor's examples."""
    return json.loads((GOLDEN / f"{name}.json").read_text())


_points = st.integers(0, 2**53 - 1)
_money = st.integers(1, 2**53 - 1)
_tiers = st.lists(st.uuids(version=4).map(str), max_size=20, unique=True)
_titles = st.text(st.characters(codec="utf-8"), min_size=1, max_size=50)


@st.composite
def drafts(draw: st.DrawFn) -> dict[str, Any]:
    """Generate rules that may be created, in the wire's spelling."""
    trigger = draw(st.sampled_from(CREATABLE))
    method = draw(st.sampled_from(trigger.methods))
    tiers = [None, *draw(_tiers)]
    configs: list[dict[str, Any]] = []
    for tier in tiers:
        config: dict[str, Any] = {"tierId": tier} if tier else {}
        config["points"] = draw(_points)
        if method is Method.RATE:
            config["moneyAmount"] = draw(_money)
        configs.append(config)
    return {
        "title": draw(_titles),
        "status": draw(st.sampled_from(["ACTIVE", "PAUSED"])),
        "triggerActivityType": trigger.activity_type,
        "triggerAppId": trigger.app_id,
        "sourceAppId": LOYALTY_APP,
        "fixedAmount" if method is Method.FIXED else "conversionRate": {"configs": configs},
    }


@st.composite
def responses(draw: st.DrawFn) -> dict[str, Any]:
    """Generate rules as the API may return them, with unknown fields."""
    revision = draw(st.none() | st.integers(0, 2**64 - 1).map(str))
    return {
        **draw(drafts()),
        "id": str(uuid.uuid4()),
        "revision": revision,
        "createdDate": "2024-09-16T12:06:39.294Z",
        "updatedDate": "2024-09-16T12:06:39.294Z",
        "metadata": {"canBeDeleted": draw(st.booleans()), "newer": draw(st.booleans())},
        "triggerFilters": [{"fieldKey": "service_id", "values": [str(uuid.uuid4())]}],
        "newerField": {"some_key": [1, None, "x"]},
    }


__all__ = ["BY_ACTIVITY", "CREATABLE", "drafts", "golden", "responses"]
