"""Every input that its schema admits is read: valid files, and the same files with one change each."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.apply.plan_files import SavedPlan, hash_of
from loyaltyctl.intake import documents
from loyaltyctl.model import desired_rules, rule_files
from loyaltyctl.model.events import parsing
from loyaltyctl.model.rule_sets import rule_set
from tests.apply.test_plan_files import TEXT
from tests.conftest import GOLD, RSVP
from tests.model.examples import GOLDEN, golden
from tests.schemas import validator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Home, Run

OTHERS: list[Any] = [None, 0, 1, -1, 2.5, True, "", "x", [], [[]], {}, {"x": 1}]
RULES = [
    {"title": "A", "trigger": "events/Rsvp", "earn": "5 points", "tiers": {GOLD: "7 points"}},
    {"id": RSVP, "title": "B", "triggerActivityType": "stores/OrderPaid", "points": 2, "per": 1, "tiers": [f"{GOLD}=3/2"], "status": "PAUSED"},
    {"title": "C", "trigger": "x/y", "triggerAppId": RSVP, "conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}], "field": "a"}},
]  # fmt: skip
FILES = [RULES, {"rules": RULES, "tiers": {"Silver": GOLD}, "$schema": "x"}, golden("bulk_create_request")]
ORDER = {"amount": "10.00", "currency": "USD", "date": "2026-01-31", "member": "m", "tier": GOLD, "trigger": "stores/OrderPaid", "status": "PAID"}  # fmt: skip
LIMITS = {
    "MODEL_TYPE", "LIST_TYPE", "STRING_TYPE", "INT_TYPE", "FLOAT_TYPE", "BOOL_TYPE", "LITERAL_ERROR", "TOO_SHORT", "TOO_LONG",
    "GREATER_THAN_EQUAL", "LESS_THAN_EQUAL", "STRING_UNICODE", "STRING_TOO_SHORT", "STRING_TOO_LONG", "STRING_PATTERN_MISMATCH",
}  # fmt: skip
"""Codes for the limits of single values; a schema cannot express what fields require of each other."""


def changed(value: Any) -> Iterator[Any]:
    """Yield the value with one change each: a part left out, replaced or added, at every place."""
    for place in _places(value):
        *above, last = place
        for other in (*OTHERS, ...):
            copied = copy.deepcopy(value)
            inner = copied
            for step in above:
                inner = inner[step]
            if other is ...:
                del inner[last]
            else:
                inner[last] = other
            yield copied
    yield from ({**value, "added": other} for other in OTHERS if isinstance(value, dict))


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (step,)
        yield from ((step, *rest) for rest in _places(inner))


def admitted(name: str, value: Any) -> list[Any]:
    """Return the value and its changed versions, as far as the schema admits them."""
    validator(name).validate(value)
    return [value, *(one for one in changed(value) if validator(name).is_valid(one))]


def test_every_plan_that_the_schema_admits_is_read() -> None:
    document = json.loads(TEXT)
    plans = admitted("plan-file", document)

    assert 20 < len(plans) < len([*changed(document)]) / 2
    for one in plans:
        del one["checksum"]
        text = json.dumps(one, sort_keys=True, separators=(",", ":"))
        SavedPlan.read(json.dumps(one | {"checksum": hash_of(text.encode())}), "plan.json")


@pytest.mark.parametrize("value", FILES, ids=["list", "whole", "request"])
def test_every_rules_file_that_the_schema_admits_is_read(value: Any) -> None:
    files = admitted("rules-file", value)

    assert 10 < len(files) < len([*changed(value)]) / 2
    for one in files:
        document = documents.parse(json.dumps(one).encode(), "rules.json")
        problems = rule_set(rule_files.entries(document), desired_rules.validate_desired).problems
        assert {problem.rule for problem in problems} & LIMITS == set(), (one, problems)


def test_every_order_that_the_schema_admits_is_read(run: Run, home: Home) -> None:
    orders = [
        {"order_id": f"o-{number}", **order, "currency": "USD"}
        for number, order in enumerate(admitted("orders", ORDER))
    ]
    (home.work / "orders.jsonl").write_text("".join(f"{json.dumps(order)}\n" for order in orders))
    (home.work / "rules.json").write_text(json.dumps(RULES[0]))

    report = run("points backtest orders.jsonl -f rules.json --json").json()

    refunds = sum(float(order["amount"]) < 0 for order in orders)
    assert report["orders"] + refunds == len(orders) > 30
    assert report["refunds"]["count"] == refunds == 1
    assert report["skipped"] == 0


@pytest.mark.parametrize("path", sorted((GOLDEN / "events").glob("*.json")), ids=lambda path: path.stem)
def test_every_event_that_the_schema_admits_is_read(path: Any) -> None:
    event = json.loads(path.read_text())
    values = admitted("event", event)

    assert len(values) > 10
    for one in values:
        parsing.parse_event(one)
