"""Reading rules: every spelling of the vendor, and no field lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from loyaltyctl.errors import InvalidData
from loyaltyctl.model.award_validation import schedule
from loyaltyctl.model.draft_validation import validate_changes
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.rules import EarningRule, Status, any_active, patch
from loyaltyctl.model.spelling import snake
from loyaltyctl.model.triggers import AUTOMATIONS_APP, LOYALTY_APP, Kind, Method, same_app
from loyaltyctl.points.awards import Earning
from tests.model.examples import golden, responses


def test_the_object_of_the_reference_is_read() -> None:
    rule = EarningRule.read(golden("object"))

    assert (rule.id, rule.title) == ("61f971c4-b33b-4f39-8ebe-2677bce55789", "Sign up to the site")
    assert (rule.status, rule.revision, rule.method) == (Status.ACTIVE, None, Method.FIXED)
    assert rule.kind is Kind.PRE_INSTALLED
    assert [(config.tier_id, config.points) for config in rule.configs] == [(None, 50)]
    assert rule.document["triggerAppId"] == rule.trigger_app_id == "eb377299-86b4-4a86-a1b5-774a2d1d374b"


@pytest.mark.parametrize("name", ["create_answer", "get_answer", "update_answer"])
def test_the_responses_in_the_reference_are_read(name: str) -> None:
    rule = EarningRule.read(golden(name)["earningRule"])

    assert rule.kind is Kind.NON_AUTOMATED
    assert rule.deletable
    assert [(config.points, config.money_amount) for config in rule.configs] == [(20, 1)]
    assert rule.revision in {"1", "2"}
    assert rule.inconsistencies() == ()
    assert rule.document == golden(name)["earningRule"]


@given(responses())
def test_a_response_in_the_wires_spelling_is_kept_unchanged(response: dict[str, Any]) -> None:
    assert EarningRule.read(response).document == response


@given(responses())
def test_every_spelling_is_read_as_the_same_rule(response: dict[str, Any]) -> None:
    def spelled(value: Any, rename: dict[str, str]) -> Any:
        if isinstance(value, list):
            return [spelled(item, rename) for item in value]
        if isinstance(value, dict):
            return {rename.get(key, key): spelled(item, rename) for key, item in value.items()}
        return value

    sdk = {"id": "_id", "createdDate": "_createdDate", "updatedDate": "_updatedDate"}
    for rename in ({name: snake(name) for name in RULE.wire_names}, sdk):
        assert EarningRule.read(spelled(response, rename)).document == response


@given(responses())
def test_a_rule_that_is_not_changed_has_no_changes(response: dict[str, Any]) -> None:
    rule = EarningRule.read(response)

    checked = validate_changes(rule.document, rule)

    assert checked.problems == ()
    assert checked.draft is not None
    assert checked.draft.document == {}


@pytest.mark.parametrize(("revision", "read"), [(1, "1"), ("7", "7"), (None, None), (2**64 - 1, str(2**64 - 1)), (True, None), ("", None)])  # fmt: skip
def test_a_revision_is_read_as_text(revision: object, read: str | None) -> None:
    assert EarningRule.read({"revision": revision}).revision == read  # type: ignore[dict-item]  # any JSON value


def test_a_variant_beside_the_wires_key_is_kept() -> None:
    assert RULE.respell({"id": "a", "_id": "b", "trigger_app_id": "c"}) == {
        "id": "a",
        "_id": "b",
        "triggerAppId": "c",
    }


@pytest.mark.parametrize("value", [None, 1, "x", []])
def test_only_an_object_is_a_rule(value: Any) -> None:
    with pytest.raises(InvalidData):
        EarningRule.read(value)


def test_the_legacy_pair_counts_only_without_configs() -> None:
    alone = EarningRule.read({"conversionRate": {"points": 20, "moneyAmount": 3}})
    beside = EarningRule.read(
        {"conversionRate": {"points": 20, "moneyAmount": 3, "configs": [{"points": 1, "moneyAmount": 2}]}}
    )

    assert [(config.points, config.money_amount) for config in alone.configs] == [(20, 3)]
    assert alone.inconsistencies() == ()
    assert alone.writable() == {"conversionRate": {"configs": [{"points": 20, "moneyAmount": 3}]}}
    assert [(config.points, config.money_amount) for config in beside.configs] == [(1, 2)]
    assert "differ" in beside.inconsistencies()[0]


@pytest.mark.parametrize("tier", [None, "", "missing"])
def test_the_base_tier_has_no_id_in_any_spelling(tier: str | None) -> None:
    config: dict[str, Any] = {"points": 1} if tier == "missing" else {"points": 1, "tierId": tier}

    assert EarningRule.read({"fixedAmount": {"configs": [config]}}).configs[0].tier_id is None


@pytest.mark.parametrize(
    ("source", "stated", "activity", "kind"),
    [
        (LOYALTY_APP, None, "stores/OrderPaid", Kind.NON_AUTOMATED),
        (LOYALTY_APP.upper(), False, "stores/OrderPaid", Kind.NON_AUTOMATED),
        (AUTOMATIONS_APP, True, "restaurants-order-is-pending", Kind.CUSTOM),
        (AUTOMATIONS_APP, False, "anything", Kind.PRE_INSTALLED),
        (AUTOMATIONS_APP, None, "restaurants-order-is-pending", Kind.PRE_INSTALLED),
        (AUTOMATIONS_APP, None, "birthday", Kind.CUSTOM),
    ],
)
def test_the_kind_follows_from_the_source_app_and_from_deletability(
    source: str, stated: bool | None, activity: str, kind: Kind
) -> None:
    metadata = {} if stated is None else {"canBeDeleted": stated}

    assert (
        EarningRule({"sourceAppId": source, "triggerActivityType": activity, "metadata": {**metadata}}).kind
        is kind
    )


def test_values_of_unexpected_types_are_tolerated() -> None:
    rule = EarningRule.read(
        {"title": 5, "status": "NEW", "metadata": [], "fixedAmount": {"configs": [3, {"points": "x"}]}}
    )

    assert (rule.title, rule.status, rule.id, rule.method) == ("", Status.UNKNOWN, "", Method.FIXED)
    assert [config.points for config in rule.configs] == [0]
    assert EarningRule({"conversionRate": 3}).configs == ()


def test_a_fixed_amount_depends_on_no_money_whatever_its_configs_have() -> None:
    rule = EarningRule({"fixedAmount": {"configs": [{"points": 50, "moneyAmount": 10}]}})

    assert [config.in_words() for config in rule.configs] == ["50 points"]
    assert schedule(rule).tiers == {None: Earning(Decimal(50))}


def test_a_patched_award_replaces_the_other_kind() -> None:
    assert patch({"title": "x", "fixedAmount": {}}, {"conversionRate": {"a": 1}}) == {
        "title": "x",
        "conversionRate": {"a": 1},
    }


def test_wix_stores_has_two_ids() -> None:
    assert same_app("1380B703-CE81-FF05-F115-39571D94DFCD") == same_app(
        "215238eb-22a5-4c36-9e7b-e7c08025e04e"
    )
    assert same_app("other") == {"other"}


def test_a_program_is_active_while_one_rule_is() -> None:
    rules = [EarningRule({"id": "a", "status": "ACTIVE"}), EarningRule({"id": "b", "status": "PAUSED"})]

    assert any_active(rules, {})
    assert not any_active(rules, {"a": None})
    assert not any_active(rules, {"a": Status.PAUSED})
    assert any_active(rules, {"a": None, "b": Status.ACTIVE})


def test_the_value_of_an_unknown_field_is_kept() -> None:
    assert EarningRule.read({"_id": "a", "newer": {"_id": "b"}}).document == {
        "id": "a",
        "newer": {"_id": "b"},
    }
