"""Whether a rule is as it is wanted: by what it says, however that is spelled."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.model import comparison
from loyaltyctl.model.comparison import (
    FieldChange,
    changes,
    comparable,
    differences,
    readable,
    readable_differences,
)
from loyaltyctl.model.desired_rules import DesiredRule
from loyaltyctl.model.rules import EarningRule, patch
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP
from tests.conftest import GOLD
from tests.model.examples import answers

SILVER = "9d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
STORES = ("1380b703-ce81-ff05-f115-39571d94dfcd", "215238eb-22a5-4c36-9e7b-e7c08025e04e")
BASE = {"points": 2, "moneyAmount": 1}
TIER = {"tierId": GOLD, "points": 3, "moneyAmount": 1}


def rule(*configs: dict[str, Any], **more: Any) -> EarningRule:
    """A rule for purchases with a rate for each tier."""
    return EarningRule({
        "title": "A",
        "triggerActivityType": "stores/OrderPaid",
        "triggerAppId": STORES[0],
        "status": "ACTIVE",
        "conversionRate": {"configs": [*(configs or (BASE, TIER))]},
        **more,
    })  # fmt: skip


def fixed(*configs: dict[str, Any], **more: Any) -> EarningRule:
    """The same with a fixed award."""
    document = {name: item for name, item in rule().document.items() if name != "conversionRate"}
    return EarningRule(document | {"fixedAmount": {"configs": [*configs]}} | more)


def without(one: EarningRule, *names: str) -> EarningRule:
    return EarningRule({name: item for name, item in one.document.items() if name not in names})


def test_what_a_rule_says_stands_under_its_paths() -> None:
    assert comparable(rule(conversionRate={"configs": [BASE, TIER], "field": "price.amount"})) == {
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
    assert comparable(fixed({"points": 5})) == {
        "title": "A",
        "triggerActivityType": "stores/OrderPaid",
        "triggerAppId": STORES[0],
        "status": "ACTIVE",
        "fixedAmount.configs[base].points": 5,
    }
    assert comparable(EarningRule({})) == {}


def test_people_read_it_in_the_words_of_a_file() -> None:
    assert readable(rule(conversionRate={"configs": [BASE, TIER], "field": "price.amount"})) == {
        "title": "A",
        "trigger": "stores/OrderPaid",
        "status": "ACTIVE",
        "field": "price.amount",
        "earn": "2 per 1",
        f"tiers.{GOLD}": "3 per 1",
    }


@given(answers())
def test_what_the_server_owns_is_no_fact(answer: dict[str, Any]) -> None:
    owned = {
        "id": "x", "revision": "99", "createdDate": "", "updatedDate": "", "sourceAppId": "other",
        "metadata": {}, "triggerFilters": [], "newerField": 5,
    }  # fmt: skip

    assert comparable(EarningRule(answer)) == comparable(EarningRule(answer | owned))
    assert changes(EarningRule(answer), EarningRule(answer | owned)) == {}


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
def test_another_spelling_is_no_difference(name: str) -> None:
    one, other = SAME[name]

    assert differences(one, other) == []
    assert changes(one, other) == {}
    if "status" not in name:
        assert differences(other, one) == []
        assert comparable(one) == comparable(other)


@pytest.mark.parametrize("status", ["ACTIVE", "PAUSED", "UNKNOWN", "ARCHIVED", None])
def test_nobody_wants_a_status_that_is_not_known(status: str | None) -> None:
    assert differences(rule(status=status), rule(status="UNKNOWN")) == []
    assert changes(rule(status=status), rule(status="UNKNOWN")) == {}


def test_a_status_that_is_wanted_counts_where_it_is_not_known() -> None:
    assert differences(rule(status="UNKNOWN"), rule()) == [FieldChange("status", None, "ACTIVE")]
    assert changes(rule(status="UNKNOWN"), rule()) == {"status": "ACTIVE"}


@pytest.mark.parametrize(
    ("wanted", "differing"),
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
def test_what_differs_is_said_by_path(wanted: EarningRule, differing: list[tuple[str, Any, Any]]) -> None:
    assert [tuple(change) for change in differences(rule(), wanted)] == differing


@pytest.mark.parametrize(
    "unsaid", ["title", "triggerActivityType", "triggerAppId", "status", "conversionRate"]
)
def test_what_is_not_stated_is_no_difference(unsaid: str) -> None:
    assert differences(rule(), without(rule(), unsaid)) == []
    assert changes(rule(), without(rule(), unsaid)) == {}
    with_field = rule(conversionRate={"configs": [BASE], "field": "x"})
    assert differences(with_field, DesiredRule(rule(BASE).document)) == []


def test_a_whole_rule_without_a_field_has_none() -> None:
    with_field = rule(conversionRate={"configs": [BASE], "field": "x"})

    assert [tuple(change) for change in differences(with_field, rule(BASE))] == [
        ("conversionRate.field", "x", None)
    ]
    assert changes(with_field, rule(BASE)) == {"conversionRate": {"configs": [BASE]}}


class TestChanges:
    """What an update sends."""

    def test_only_what_differs(self) -> None:
        assert changes(rule(), rule(title="B", status="PAUSED")) == {"title": "B", "status": "PAUSED"}

    def test_an_award_goes_as_a_whole(self) -> None:
        wanted = rule({"points": 5, "moneyAmount": 1}, TIER)

        assert changes(rule(), wanted) == {
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

    def test_a_tier_finds_its_own_whatever_its_case_and_place(self) -> None:
        current = rule(TIER | {"cap": 8}, BASE)
        wanted = rule(BASE, TIER | {"tierId": GOLD.upper(), "points": 4})

        assert [config.get("cap") for config in changes(current, wanted)["conversionRate"]["configs"]] == [  # type: ignore[index,call-overload,union-attr]
            None, 8,
        ]  # fmt: skip

    def test_the_other_award_takes_nothing_with_it(self) -> None:
        current = rule(conversionRate={"configs": [BASE | {"cap": 9}], "field": "x", "rounding": "UP"})

        assert changes(current, fixed({"points": 5})) == {"fixedAmount": {"configs": [{"points": 5}]}}

    def test_legacy_points_are_left_behind(self) -> None:
        current = rule(conversionRate={"points": 2, "moneyAmount": 1, "configs": [BASE]})

        assert changes(current, rule({"points": 5, "moneyAmount": 1})) == {
            "conversionRate": {"configs": [{"points": 5, "moneyAmount": 1}]}
        }
        assert changes(rule(conversionRate=dict(BASE)), rule(TIER, BASE)) == {
            "conversionRate": {"configs": [TIER, BASE]}
        }

    def test_null_is_not_sent(self) -> None:
        wanted = rule({"points": 5, "moneyAmount": 1, "tierId": None})

        assert changes(rule(BASE), wanted) == {
            "conversionRate": {"configs": [{"points": 5, "moneyAmount": 1}]}
        }

    @given(answers(), answers())
    def test_once_they_are_made_nothing_differs(self, one: dict[str, Any], other: dict[str, Any]) -> None:
        current, wanted = EarningRule(one), EarningRule(other)
        sent = changes(current, wanted)

        after = EarningRule(patch(one, sent))
        assert differences(after, wanted) == []
        assert changes(after, wanted) == {}
        assert bool(sent) == bool(differences(current, wanted))
        assert sent.keys() <= {
            "title", "triggerActivityType", "triggerAppId", "status", "fixedAmount", "conversionRate",
        }  # fmt: skip

    @given(answers(), st.sampled_from(["newer", "cap"]), st.integers())
    def test_no_update_loses_what_is_unknown(self, answer: dict[str, Any], name: str, value: int) -> None:
        [arm] = [arm for arm in ("fixedAmount", "conversionRate") if arm in answer]
        award = answer[arm]
        current = answer | {
            arm: award | {name: value, "configs": [config | {name: value} for config in award["configs"]]}
        }
        wanted = answer | {arm: award | {"configs": [config | {"points": 7} for config in award["configs"]]}}

        after = patch(current, changes(EarningRule(current), EarningRule(wanted)))
        assert isinstance(after[arm], dict)
        kept: Any = after[arm]
        assert kept[name] == value
        assert all(config[name] == value for config in kept["configs"])

    @given(answers())
    def test_a_rule_is_as_itself(self, answer: dict[str, Any]) -> None:
        assert changes(EarningRule(answer), EarningRule(answer)) == {}


def test_what_a_change_does_is_said_in_the_words_of_a_file() -> None:
    assert readable_differences(rule(), rule({"points": 5, "moneyAmount": 2}, status="PAUSED")) == [
        FieldChange("status", "ACTIVE", "PAUSED"),
        FieldChange("earn", "2 per 1", "5 per 2"),
        FieldChange(f"tiers.{GOLD}", "3 per 1", None),
    ]
    assert readable_differences(None, fixed({"points": 1}))[-1] == FieldChange("earn", None, "1 point")
    assert readable_differences(fixed({"points": 1}), None)[-1] == FieldChange("earn", "1 point", None)
    assert readable_differences(None, None) == []


def test_two_spellings_of_a_number_are_not_told_as_a_difference() -> None:
    assert readable_differences(fixed({"points": 2}), fixed({"points": 2.0})) == []
    assert (
        readable_differences(rule({"points": 2, "moneyAmount": 1.0}), rule({"points": 2.0, "moneyAmount": 1}))
        == []
    )


def test_a_change_is_promised_as_json() -> None:
    assert FieldChange("title", "A", None).document() == {"path": "title", "old": "A", "new": None}
    assert comparison.BASE == "base"
    assert BY_ACTIVITY["stores/OrderPaid"].app_id in STORES
    assert LOYALTY_APP not in STORES
