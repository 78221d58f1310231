"""Comparing rules: by values, independently of their spelling."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.model.comparison import (
    FieldChange,
    changes,
    differences,
    readable_differences,
    readable_values,
)
from loyaltyctl.model.desired_rules import DesiredRule
from loyaltyctl.model.rule_content import has_same_content, rule_content
from loyaltyctl.model.rules import EarningRule, patch
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP
from tests.conftest import GOLD
from tests.model.examples import responses

SILVER = "9d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
STORES = ("1380b703-ce81-ff05-f115-39571d94dfcd", "215238eb-22a5-4c36-9e7b-e7c08025e04e")
BASE = {"points": 2, "moneyAmount": 1}
TIER = {"tierId": GOLD, "points": 3, "moneyAmount": 1}


def rule(*configs: dict[str, Any], **more: Any) -> EarningRule:
    """Return a rule for purchases with a rate for each tier."""
    return EarningRule({
        "title": "A",
        "triggerActivityType": "stores/OrderPaid",
        "triggerAppId": STORES[0],
        "status": "ACTIVE",
        "conversionRate": {"configs": [*(configs or (BASE, TIER))]},
        **more,
    })  # fmt: skip


def fixed(*configs: dict[str, Any], **more: Any) -> EarningRule:
    """Return the same rule with a fixed award."""
    document = {name: item for name, item in rule().document.items() if name != "conversionRate"}
    return EarningRule(document | {"fixedAmount": {"configs": [*configs]}} | more)


def without(one: EarningRule, *names: str) -> EarningRule:
    return EarningRule({name: item for name, item in one.document.items() if name not in names})


def test_the_values_of_a_rule_are_compared_by_path() -> None:
    assert rule_content(rule(conversionRate={"configs": [BASE, TIER], "field": "price.amount"})) == {
        "title": "A",
        "triggerActivityType": "stores/OrderPaid",
        "triggerAppId": STORES[0],
        "status": "ACTIVE",
        "conversionRate.configs[base].points": 2,
        "conversionRate.configs[base].moneyAmount": 1,
        f"conversionRate.configs[{GOLD}].points": 3,
        f"conversionRate.configs[{GOLD}].moneyAmount": 1,
        "conversionRate.field": "price.amount",
    }
    assert rule_content(fixed({"points": 5})) == {
        "title": "A",
        "triggerActivityType": "stores/OrderPaid",
        "triggerAppId": STORES[0],
        "status": "ACTIVE",
        "fixedAmount.configs[base].points": 5,
    }
    assert rule_content(EarningRule({})) == {}


def test_readable_values_have_the_names_of_a_rules_file() -> None:
    assert readable_values(rule(conversionRate={"configs": [BASE, TIER], "field": "price.amount"})) == {
        "title": "A",
        "trigger": "stores/OrderPaid",
        "status": "ACTIVE",
        "field": "price.amount",
        "earn": "2 per 1",
        f"tiers.{GOLD}": "3 per 1",
    }


@given(responses())
def test_fields_set_by_the_server_are_not_compared(response: dict[str, Any]) -> None:
    owned = {
        "id": "x", "revision": "99", "createdDate": "", "updatedDate": "", "sourceAppId": "other",
        "metadata": {}, "triggerFilters": [], "newerField": 5,
    }  # fmt: skip

    assert rule_content(EarningRule(response)) == rule_content(EarningRule(response | owned))
    assert changes(EarningRule(response), EarningRule(response | owned)) == {}


SAME = {
    "the-other-app": (rule(), rule(triggerAppId=STORES[1])),
    "an-app-in-capitals": (rule(), rule(triggerAppId=STORES[0].upper())),
    "the-other-app-in-capitals": (rule(), rule(triggerAppId=STORES[1].upper())),
    "another-order-of-tiers": (rule(BASE, TIER), rule(TIER, BASE)),
    "a-tier-in-capitals": (rule(BASE, TIER), rule(BASE, TIER | {"tierId": GOLD.upper()})),
    "decimals": (rule(BASE, TIER), rule({"points": 2.0, "moneyAmount": 1.0}, TIER)),
    "an-empty-tier": (rule(BASE, TIER), rule(BASE | {"tierId": ""}, TIER)),
    "a-null-tier": (rule(BASE, TIER), rule(BASE | {"tierId": None}, TIER)),
    "an-empty-and-a-null-tier": (rule(BASE | {"tierId": ""}), rule(BASE | {"tierId": None})),
    "legacy-points-beside-configs": (rule(BASE), rule(conversionRate={"points": 9, "moneyAmount": 9, "configs": [BASE]})),
    "legacy-points-alone": (rule(BASE), rule(conversionRate=dict(BASE))),
    "legacy-points-beside-none": (fixed({"points": 5}), fixed(fixedAmount={"points": 5, "configs": []})),
    "the-other-award-as-null": (rule(), rule(fixedAmount=None)),
    "an-empty-field": (rule(), rule(conversionRate={"configs": [BASE, TIER], "field": ""})),
    "a-null-field": (rule(), rule(conversionRate={"configs": [BASE, TIER], "field": None})),
    "unknown-fields": (rule(), rule(conversionRate={"configs": [BASE | {"newer": 1}, TIER], "newer": 2}, newer=3)),
    "a-status-that-is-not-known": (rule(status="PAUSED"), rule(status="UNKNOWN")),
    "a-newer-status": (rule(status="PAUSED"), rule(status="ARCHIVED")),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_another_spelling_is_not_a_difference(name: str) -> None:
    one, other = SAME[name]

    assert differences(one, other) == []
    assert changes(one, other) == {}
    if "status" not in name:
        assert differences(other, one) == []
        assert rule_content(one) == rule_content(other)


@pytest.mark.parametrize("status", ["ACTIVE", "PAUSED", "UNKNOWN", "ARCHIVED", None])
def test_an_unknown_desired_status_is_ignored(status: str | None) -> None:
    assert differences(rule(status=status), rule(status="UNKNOWN")) == []
    assert changes(rule(status=status), rule(status="UNKNOWN")) == {}


def test_a_desired_status_differs_from_an_unknown_one() -> None:
    assert differences(rule(status="UNKNOWN"), rule()) == [FieldChange("status", None, "ACTIVE")]
    assert changes(rule(status="UNKNOWN"), rule()) == {"status": "ACTIVE"}


@pytest.mark.parametrize(
    ("desired", "differing"),
    [
        (rule(title="B"), [("title", "A", "B")]),
        (rule(title="a"), [("title", "A", "a")]),
        (rule(status="PAUSED"), [("status", "ACTIVE", "PAUSED")]),
        (rule(triggerActivityType="events/Rsvp"), [("triggerActivityType", "stores/OrderPaid", "events/Rsvp")]),
        (rule(triggerAppId="other"), [("triggerAppId", STORES[0], "other")]),
        (rule({"points": 5, "moneyAmount": 1}, TIER), [("conversionRate.configs[base].points", 2, 5)]),
        (rule({"points": 2.5, "moneyAmount": 1}, TIER), [("conversionRate.configs[base].points", 2, 2.5)]),
        (rule(BASE), [(f"conversionRate.configs[{GOLD}].points", 3, None), (f"conversionRate.configs[{GOLD}].moneyAmount", 1, None)]),
        (rule(TIER), [("conversionRate.configs[base].points", 2, None), ("conversionRate.configs[base].moneyAmount", 1, None)]),
        (rule(BASE, TIER, TIER | {"tierId": SILVER}), [(f"conversionRate.configs[{SILVER}].points", None, 3), (f"conversionRate.configs[{SILVER}].moneyAmount", None, 1)]),
        (rule(conversionRate={"configs": [BASE, TIER], "field": "x"}), [("conversionRate.field", None, "x")]),
        (fixed({"points": 5}, {"tierId": GOLD, "points": 3}), [("fixedAmount.configs[base].points", None, 5), (f"fixedAmount.configs[{GOLD}].points", None, 3), ("conversionRate.configs[base].points", 2, None), ("conversionRate.configs[base].moneyAmount", 1, None), (f"conversionRate.configs[{GOLD}].points", 3, None), (f"conversionRate.configs[{GOLD}].moneyAmount", 1, None)]),
    ],
)  # fmt: skip
def test_differences_are_listed_by_path(desired: EarningRule, differing: list[tuple[str, Any, Any]]) -> None:
    assert [tuple(change) for change in differences(rule(), desired)] == differing


@pytest.mark.parametrize(
    "left_out", ["title", "triggerActivityType", "triggerAppId", "status", "conversionRate"]
)
def test_a_field_that_is_not_stated_does_not_differ(left_out: str) -> None:
    assert differences(rule(), without(rule(), left_out)) == []
    assert changes(rule(), without(rule(), left_out)) == {}
    with_field = rule(conversionRate={"configs": [BASE], "field": "x"})
    assert differences(with_field, DesiredRule(rule(BASE).document)) == []


def test_the_award_of_a_whole_rule_without_a_field_loses_it() -> None:
    with_field = rule(conversionRate={"configs": [BASE], "field": "x"})

    assert [tuple(change) for change in differences(with_field, rule(BASE))] == [
        ("conversionRate.field", "x", None)
    ]
    assert changes(with_field, rule(BASE)) == {"conversionRate": {"configs": [BASE]}}


class TestChanges:
    """The update that makes a rule as it is desired."""

    def test_only_differences_are_sent(self) -> None:
        assert changes(rule(), rule(title="B", status="PAUSED")) == {"title": "B", "status": "PAUSED"}

    def test_an_award_is_sent_as_a_whole(self) -> None:
        desired = rule({"points": 5, "moneyAmount": 1}, TIER)

        assert changes(rule(), desired) == {
            "conversionRate": {"configs": [{"points": 5, "moneyAmount": 1}, TIER]}
        }

    def test_unknown_members_are_kept(self) -> None:
        current = rule(
            conversionRate={"configs": [BASE | {"cap": 9}, TIER | {"cap": 8}], "field": "x", "rounding": "UP"}
        )
        stated = rule({"points": 5, "moneyAmount": 1, "tierId": ""}, TIER | {"tierId": SILVER})

        assert changes(current, DesiredRule(stated.document)) == {
            "conversionRate": {
                "configs": [
                    {"points": 5, "moneyAmount": 1, "cap": 9, "tierId": ""},
                    TIER | {"tierId": SILVER},
                ],
                "field": "x",
                "rounding": "UP",
            }
        }

    def test_tiers_are_matched_in_any_case_and_order(self) -> None:
        current = rule(TIER | {"cap": 8}, BASE)
        desired = rule(BASE, TIER | {"tierId": GOLD.upper(), "points": 4})

        assert [config.get("cap") for config in changes(current, desired)["conversionRate"]["configs"]] == [  # type: ignore[index,call-overload,union-attr]
            None, 8,
        ]  # fmt: skip

    def test_an_award_of_the_other_method_keeps_no_members(self) -> None:
        current = rule(conversionRate={"configs": [BASE | {"cap": 9}], "field": "x", "rounding": "UP"})

        assert changes(current, fixed({"points": 5})) == {"fixedAmount": {"configs": [{"points": 5}]}}

    def test_legacy_points_are_not_sent(self) -> None:
        current = rule(conversionRate={"points": 2, "moneyAmount": 1, "configs": [BASE]})

        assert changes(current, rule({"points": 5, "moneyAmount": 1})) == {
            "conversionRate": {"configs": [{"points": 5, "moneyAmount": 1}]}
        }
        assert changes(rule(conversionRate=dict(BASE)), rule(TIER, BASE)) == {
            "conversionRate": {"configs": [TIER, BASE]}
        }

    def test_null_is_not_sent(self) -> None:
        desired = rule({"points": 5, "moneyAmount": 1, "tierId": None})

        assert changes(rule(BASE), desired) == {
            "conversionRate": {"configs": [{"points": 5, "moneyAmount": 1}]}
        }

    @given(responses(), responses())
    def test_nothing_differs_after_the_changes(self, one: dict[str, Any], other: dict[str, Any]) -> None:
        current, desired = EarningRule(one), EarningRule(other)
        sent = changes(current, desired)

        after = EarningRule(patch(one, sent))
        assert differences(after, desired) == []
        assert changes(after, desired) == {}
        assert bool(sent) == bool(differences(current, desired))
        assert sent.keys() <= {
            "title", "triggerActivityType", "triggerAppId", "status", "fixedAmount", "conversionRate",
        }  # fmt: skip

    @given(responses(), st.sampled_from(["newer", "cap"]), st.integers())
    def test_no_update_loses_unknown_members(self, response: dict[str, Any], name: str, value: int) -> None:
        [arm] = [arm for arm in ("fixedAmount", "conversionRate") if arm in response]
        award = response[arm]
        current = response | {
            arm: award | {name: value, "configs": [config | {name: value} for config in award["configs"]]}
        }
        desired = response | {
            arm: award | {"configs": [config | {"points": 7} for config in award["configs"]]}
        }

        after = patch(current, changes(EarningRule(current), EarningRule(desired)))
        assert isinstance(after[arm], dict)
        kept: Any = after[arm]
        assert kept[name] == value
        assert all(config[name] == value for config in kept["configs"])

    @given(responses())
    def test_a_rule_does_not_differ_from_itself(self, response: dict[str, Any]) -> None:
        assert changes(EarningRule(response), EarningRule(response)) == {}


def test_readable_differences_use_the_terms_of_a_rules_file() -> None:
    assert readable_differences(rule(), rule({"points": 5, "moneyAmount": 2}, status="PAUSED")) == [
        FieldChange("status", "ACTIVE", "PAUSED"),
        FieldChange("earn", "2 per 1", "5 per 2"),
        FieldChange(f"tiers.{GOLD}", "3 per 1", None),
    ]
    assert readable_differences(None, fixed({"points": 1}))[-1] == FieldChange("earn", None, "1 point")
    assert readable_differences(fixed({"points": 1}), None)[-1] == FieldChange("earn", "1 point", None)
    assert readable_differences(None, None) == []


def test_two_spellings_of_a_number_are_not_a_readable_difference() -> None:
    assert readable_differences(fixed({"points": 2}), fixed({"points": 2.0})) == []
    assert (
        readable_differences(rule({"points": 2, "moneyAmount": 1.0}), rule({"points": 2.0, "moneyAmount": 1}))
        == []
    )


def test_tables_of_triggers_and_tiers_agree() -> None:
    assert BY_ACTIVITY["stores/OrderPaid"].app_id in STORES
    assert LOYALTY_APP not in STORES


@given(responses())
def test_the_content_of_a_rule_does_not_depend_on_its_spelling(response: dict[str, Any]) -> None:
    arm = next(name for name in ("fixedAmount", "conversionRate") if name in response)
    shuffled = {**response, arm: {"configs": response[arm]["configs"][::-1]}, "newerField": None}

    assert has_same_content(EarningRule.read(response), EarningRule(shuffled))
    assert not has_same_content(
        EarningRule({**response, "title": response["title"] + "x"}), EarningRule(response)
    )
