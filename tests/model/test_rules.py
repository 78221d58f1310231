"""Reading rules: every spelling that the vendor uses, and nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from loyaltyctl.errors import InvalidData
from loyaltyctl.model.drafts import validate_changes
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.rules import EarningRule, Status, any_active, fingerprint, patch
from loyaltyctl.model.spelling import snake
from loyaltyctl.model.triggers import AUTOMATIONS_APP, LOYALTY_APP, Kind, Method, same_app
from tests.model.examples import answers, golden


def test_the_object_of_the_reference_is_read() -> None:
    rule = EarningRule.read(golden("object"))

    assert (rule.id, rule.title) == ("61f971c4-b33b-4f39-8ebe-2677bce55789", "Sign up to the site")
    assert (rule.status, rule.revision, rule.method) == (Status.ACTIVE, None, Method.FIXED)
    assert rule.kind is Kind.PRE_INSTALLED
    assert [(config.tier_id, config.points) for config in rule.configs] == [(None, 50)]
    assert rule.document["triggerAppId"] == rule.trigger_app_id == "eb377299-86b4-4a86-a1b5-774a2d1d374b"


@pytest.mark.parametrize("name", ["create_answer", "get_answer", "update_answer"])
def test_the_answers_of_the_reference_are_read(name: str) -> None:
    rule = EarningRule.read(golden(name)["earningRule"])

    assert rule.kind is Kind.NON_AUTOMATED
    assert rule.deletable
    assert [(config.points, config.money_amount) for config in rule.configs] == [(20, 1)]
    assert rule.revision in {"1", "2"}
    assert rule.inconsistencies() == ()
    assert rule.document == golden(name)["earningRule"]


@given(answers())
def test_the_wires_own_spelling_is_kept_to_the_letter(answer: dict[str, Any]) -> None:
    assert EarningRule.read(answer).document == answer


@given(answers())
def test_every_spelling_is_read_as_the_same_rule(answer: dict[str, Any]) -> None:
    def spelled(value: Any, rename: dict[str, str]) -> Any:
        if isinstance(value, list):
            return [spelled(item, rename) for item in value]
        if isinstance(value, dict):
            return {rename.get(key, key): spelled(item, rename) for key, item in value.items()}
        return value

    sdk = {"id": "_id", "createdDate": "_createdDate", "updatedDate": "_updatedDate"}
    for rename in ({name: snake(name) for name in RULE.wire_names}, sdk):
        assert EarningRule.read(spelled(answer, rename)).document == answer


@given(answers())
def test_a_rule_that_is_read_and_not_changed_has_no_changes(answer: dict[str, Any]) -> None:
    rule = EarningRule.read(answer)

    checked = validate_changes(rule.document, rule)

    assert checked.problems == ()
    assert checked.draft is not None
    assert checked.draft.document == {}


@pytest.mark.parametrize(("revision", "read"), [(1, "1"), ("7", "7"), (None, None), (2**64 - 1, str(2**64 - 1)), (True, None), ("", None)])  # fmt: skip
def test_a_revision_is_text_whatever_it_was(revision: object, read: str | None) -> None:
    assert EarningRule.read({"revision": revision}).revision == read  # type: ignore[dict-item]  # any JSON value


def test_a_variant_beside_the_wires_own_key_stays() -> None:
    assert RULE.respell({"id": "a", "_id": "b", "trigger_app_id": "c"}) == {
        "id": "a",
        "_id": "b",
        "triggerAppId": "c",
    }


@pytest.mark.parametrize("value", [None, 1, "x", []])
def test_only_an_object_is_a_rule(value: Any) -> None:
    with pytest.raises(InvalidData):
        EarningRule.read(value)


def test_the_older_pair_counts_only_without_configs() -> None:
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
def test_the_base_tier_has_no_id_however_that_is_said(tier: str | None) -> None:
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
def test_the_kind_is_told_by_the_source_and_by_what_may_be_deleted(
    source: str, stated: bool | None, activity: str, kind: Kind
) -> None:
    metadata = {} if stated is None else {"canBeDeleted": stated}

    assert (
        EarningRule({"sourceAppId": source, "triggerActivityType": activity, "metadata": {**metadata}}).kind
        is kind
    )


def test_odd_values_of_the_servers_do_no_harm() -> None:
    rule = EarningRule.read(
        {"title": 5, "status": "NEW", "metadata": [], "fixedAmount": {"configs": [3, {"points": "x"}]}}
    )

    assert (rule.title, rule.status, rule.id, rule.method) == ("", Status.UNKNOWN, "", Method.FIXED)
    assert [config.points for config in rule.configs] == [0]
    assert EarningRule({"conversionRate": 3}).configs == ()


def test_an_award_that_is_set_takes_the_place_of_the_other() -> None:
    assert patch({"title": "x", "fixedAmount": {}}, {"conversionRate": {"a": 1}}) == {
        "title": "x",
        "conversionRate": {"a": 1},
    }


@given(answers())
def test_content_does_not_depend_on_how_a_rule_is_spelled(answer: dict[str, Any]) -> None:
    arm = next(name for name in ("fixedAmount", "conversionRate") if name in answer)
    shuffled = {**answer, arm: {"configs": answer[arm]["configs"][::-1]}, "newerField": None}

    assert fingerprint(EarningRule.read(answer).document) == fingerprint(shuffled)
    assert fingerprint({**answer, "title": answer["title"] + "x"}) != fingerprint(answer)


def test_stores_answers_to_two_ids() -> None:
    assert same_app("1380B703-CE81-FF05-F115-39571D94DFCD") == same_app(
        "215238eb-22a5-4c36-9e7b-e7c08025e04e"
    )
    assert same_app("other") == {"other"}


def test_a_program_stays_active_while_one_rule_does() -> None:
    rules = [EarningRule({"id": "a", "status": "ACTIVE"}), EarningRule({"id": "b", "status": "PAUSED"})]

    assert any_active(rules, {})
    assert not any_active(rules, {"a": None})
    assert not any_active(rules, {"a": Status.PAUSED})
    assert any_active(rules, {"a": None, "b": Status.ACTIVE})


def test_what_is_in_an_unknown_field_stays_as_it_is() -> None:
    assert EarningRule.read({"_id": "a", "newer": {"_id": "b"}}).document == {
        "id": "a",
        "newer": {"_id": "b"},
    }
