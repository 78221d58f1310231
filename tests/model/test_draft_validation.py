"""Validation of drafts: limits, choices and combinations, all problems together."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from loyaltyctl.model.draft_validation import validate_changes, validate_custom_draft, validate_draft
from loyaltyctl.model.rule_forms import csv_row
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import AUTOMATIONS_APP, LOYALTY_APP
from tests.conftest import GOLD, PURCHASE
from tests.model.examples import drafts, golden, responses

RULE: dict[str, Any] = golden("create_request")["earningRule"]
FIXED: Any = {"configs": [{"points": 1}]}


def problems(value: Any) -> dict[str, str]:
    """Return the messages of all problems in a value, by field."""
    checked = validate_draft(value)
    assert (checked.draft is None) == bool(checked.problems)
    return {problem.field: problem.message for problem in checked.problems}


def accepted(value: Any) -> Any:
    """Return the document that would be sent for a value."""
    checked = validate_draft(value)
    assert checked.draft is not None, checked.problems
    return checked.draft.document


def test_the_requests_of_the_reference_are_sent_as_they_stand() -> None:
    assert accepted(RULE) == RULE
    assert accepted(golden("bulk_create_request")["earningRules"][0]) == RULE


@given(drafts())
def test_a_rule_within_the_limits_is_accepted_unchanged(draft: dict[str, Any]) -> None:
    assert accepted(draft) == draft


@given(drafts())
def test_the_short_form_is_equivalent(draft: dict[str, Any]) -> None:
    short = {name: str(value) for name, value in csv_row(EarningRule(draft)).items() if value is not None}

    assert accepted(short) == draft


@given(responses())
def test_fields_set_by_the_server_are_left_out(response: dict[str, Any]) -> None:
    document = accepted(response)

    assert (
        set(document) & {"id", "revision", "createdDate", "updatedDate", "metadata", "triggerFilters"}
        == set()
    )
    assert document["newerField"] == response["newerField"]
    assert validate_draft(response).warnings == ("newerField is unknown and is sent unchanged",)


def test_apps_and_status_are_filled_in() -> None:
    assert accepted({"title": "A", "trigger": "stores/OrderPaid", "points": 2, "per": 1}) == {
        "title": "A",
        "status": "ACTIVE",
        "triggerActivityType": "stores/OrderPaid",
        "triggerAppId": "1380b703-ce81-ff05-f115-39571d94dfcd",
        "sourceAppId": LOYALTY_APP,
        "conversionRate": {"configs": [{"points": 2, "moneyAmount": 1}]},
    }


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"title": ""}, "title", "must not be empty"),
        ({"title": "x" * 51}, "title", f'has 51 characters, the limit is 50: "{"x" * 51}"'),
        ({"title": "x" * 500}, "title", f'has 500 characters, the limit is 50: "{"x" * 59}…"'),
        ({"title": None}, "title", "is missing"),
        ({"title": 5}, "title", "must be text, got 5"),
        ({"title": True}, "title", "must be text, got true"),
        ({"title": "\ud800"}, "title", "has characters that are not Unicode text"),
        ({"status": "UNKNOWN"}, "status", "must be 'ACTIVE' or 'PAUSED', got \"UNKNOWN\""),
        ({"status": "active"}, "status", "must be 'ACTIVE' or 'PAUSED', got \"active\""),
        ({"sourceAppId": "x"}, "sourceAppId", 'must be a GUID, got "x"'),
        ({"sourceAppId": AUTOMATIONS_APP}, "sourceAppId", f"only non-automated rules can be created here, those of the Loyalty app ({LOYALTY_APP})"),
        ({"triggerActivityType": ""}, "triggerActivityType", "must not be empty"),
        ({"triggerActivityType": "x" * 81}, "triggerActivityType", f'has 81 characters, the limit is 80: "{"x" * 59}…"'),
        ({"triggerActivityType": "stores/OrderPayd"}, "triggerActivityType", '"stores/OrderPayd" is not a known trigger; did you mean stores/OrderPaid?'),
        ({"triggerActivityType": "birthday"}, "triggerActivityType", '"birthday" is not a known trigger; rules can be created for stores/OrderPaid, bookings/BookingConfirmed, events/OrderConfirmed, events/Rsvp'),
        ({"triggerActivityType": "restaurants-order-is-pending"}, "triggerActivityType", '"restaurants-order-is-pending": its rule is pre-installed and can be updated and paused, not created'),
        ({"triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351"}, "triggerAppId", 'does not belong to stores/OrderPaid, whose app is 1380b703-ce81-ff05-f115-39571d94dfcd; got "140603ad-af8d-84a5-2c80-a0f60cb47351"'),
        ({"triggerAppId": ""}, "triggerAppId", "must not be empty"),
        ({"conversionRate": None}, "", "awards nothing: give points (with per, for a rate), earn, fixedAmount or conversionRate"),
        ({"fixedAmount": FIXED}, "conversionRate", "is mutually exclusive with fixedAmount"),
        ({"conversionRate": []}, "conversionRate", "must be an object, got []"),
        ({"conversionRate": {"configs": []}}, "conversionRate.configs", "must have at least one entry"),
        ({"conversionRate": {"configs": {}}}, "conversionRate.configs", "must be a list, got {}"),
        ({"conversionRate": {"configs": [7]}}, "conversionRate.configs.0", "must be an object, got 7"),
        ({"conversionRate": {"configs": [{"points": 1}]}}, "conversionRate.configs.0.moneyAmount", "is missing"),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 0}]}}, "conversionRate.configs.0.moneyAmount", "must be at least 1, got 0"),
        ({"conversionRate": {"configs": [{"points": -1, "moneyAmount": 1}]}}, "conversionRate.configs.0.points", "must be at least 0, got -1"),
        ({"conversionRate": {"configs": [{"points": 1.5, "moneyAmount": 1}]}}, "conversionRate.configs.0.points", "must be a whole number, got 1.5"),
        ({"conversionRate": {"configs": [{"points": "1", "moneyAmount": 1}]}}, "conversionRate.configs.0.points", 'must be a whole number, got "1"'),
        ({"conversionRate": {"configs": [{"points": True, "moneyAmount": 1}]}}, "conversionRate.configs.0.points", "must be a whole number, got true"),
        ({"conversionRate": {"configs": [{"points": 2**53, "moneyAmount": 1}]}}, "conversionRate.configs.0.points", f"must be at most {2**53 - 1}, got {2**53}"),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1, "tierId": "gold"}]}}, "conversionRate.configs.0.tierId", 'must be a GUID, got "gold"'),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}] * 2}}, "conversionRate.configs", "the base tier (no tierId) is listed 2 times"),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1, "tierId": GOLD}, {"points": 2, "moneyAmount": 1, "tierId": GOLD.upper()}]}}, "conversionRate.configs", f"the tier {GOLD} is listed 2 times"),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1, "tierId": f"{i:08d}{GOLD[8:]}"} for i in range(22)]}}, "conversionRate.configs", "has 22 entries, the limit is 21"),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1, "pionts": 2}]}}, "conversionRate.configs.0.pionts", "is not a field of a tier of conversionRate; did you mean points?"),
        ({"conversionRate": None, "fixedAmount": {"configs": [{"points": 1, "moneyAmount": 2}]}}, "fixedAmount.configs.0.moneyAmount", "is not a field of a tier of fixedAmount"),
        ({"staus": "ACTIVE"}, "staus", "is not a field of a rule; did you mean status?"),
        ({"configs": []}, "configs", "is not a field of a rule"),
        ({"points": 5}, "points", "is mutually exclusive with conversionRate"),
    ],
)  # fmt: skip
def test_every_violation_names_field_value_and_limit(
    change: dict[str, Any], field: str, message: str
) -> None:
    assert problems({**RULE, **change})[field] == message


@pytest.mark.parametrize("activity", ["bookings/BookingConfirmed", "events/Rsvp"])
def test_some_triggers_award_a_fixed_amount_only(activity: str) -> None:
    assert (
        "can only award a fixed amount"
        in problems({"title": "A", "trigger": activity, "points": 1, "per": 1})["conversionRate"]
    )
    assert problems({"title": "A", "trigger": activity, "points": 1}) == {}


def test_both_ids_of_wix_stores_are_accepted() -> None:
    assert problems({**RULE, "triggerAppId": "215238eb-22a5-4c36-9e7b-e7c08025e04e"}) == {}


@pytest.mark.parametrize("value", [None, 1, "x", [], True])
def test_only_an_object_is_a_rule(value: Any) -> None:
    assert list(problems(value)) == [""]


def test_all_problems_are_reported_together_under_the_names_that_were_used() -> None:
    wrong = validate_draft(
        {"title": "", "trigger": "x", "points": "2.5", "per": "0", "tiers": "gold=3 silver"}
    )

    assert [(problem.field, problem.message.partition(":")[0]) for problem in wrong.problems] == [
        ("tiers", 'must be TIER=POINTS or TIER=POINTS/MONEY, got "silver"'),
        ("title", "must not be empty"),
        ("points", 'must be a whole number, got "2.5"'),
        ("per", "must be at least 1, got 0"),
        ("tiers", 'must be a GUID, got "gold"'),
        ("tiers", "must be at least 1, got 0"),
        (
            "trigger",
            '"x" is not a known trigger; rules can be created for stores/OrderPaid, bookings/BookingConfirmed, events/OrderConfirmed, events/Rsvp',
        ),
    ]


def test_a_slash_in_a_tier_needs_an_amount() -> None:
    tier = f"{GOLD}=3/"

    wrong = validate_draft({"title": "A", "trigger": "stores/OrderPaid", "points": 1, "tiers": tier})

    assert [problem.message for problem in wrong.problems] == [
        f'must be TIER=POINTS or TIER=POINTS/MONEY, got "{tier}"'
    ]


def test_a_tier_may_have_its_own_spend() -> None:
    document = accepted(
        {
            "title": "A",
            "trigger": "stores/OrderPaid",
            "points": 1,
            "per": 2,
            "tiers": [f"{GOLD}=3", f"{PURCHASE}=4/5"],
        }
    )

    assert document["conversionRate"]["configs"] == [
        {"points": 1, "moneyAmount": 2},
        {"tierId": GOLD, "points": 3, "moneyAmount": 2},
        {"tierId": PURCHASE, "points": 4, "moneyAmount": 5},
    ]


class TestChanges:
    """Changes to a rule that was read."""

    rule = EarningRule.read(
        golden("update_answer")["earningRule"]
        | {
            "conversionRate": {
                "configs": [
                    {"points": 2, "moneyAmount": 1},
                    {"tierId": GOLD, "points": 3, "moneyAmount": 1, "newer": 1},
                ]
            }
        }
    )

    def changes(self, value: Any) -> Any:
        checked = validate_changes(value, self.rule)
        assert checked.draft is not None, checked.problems
        return checked.draft.document

    def test_only_what_differs_is_sent(self) -> None:
        assert self.changes({"title": "Purchase a product", "status": "PAUSED"}) == {"status": "PAUSED"}

    def test_one_number_of_a_pair_leaves_the_other_and_the_other_tiers(self) -> None:
        gold = {"tierId": GOLD, "points": 3, "moneyAmount": 1, "newer": 1}

        assert self.changes({"points": "5"}) == {
            "conversionRate": {"configs": [{"points": 5, "moneyAmount": 1}, gold]}
        }
        assert self.changes({"per": "5"}) == {
            "conversionRate": {"configs": [{"points": 2, "moneyAmount": 5}, gold]}
        }

    def test_a_tier_is_changed_in_its_place(self) -> None:
        for tier in (GOLD, GOLD.upper()):
            assert self.changes({"tiers": [f"{tier}=9"]})["conversionRate"]["configs"][1:] == [
                {"tierId": GOLD, "points": 9, "moneyAmount": 1, "newer": 1}
            ]

    def test_changing_the_method_requires_the_award_of_every_tier(self) -> None:
        slab = EarningRule(
            {"fixedAmount": {"configs": [{"tierId": GOLD, "points": 5}, {"points": 1}]}, "title": "A"}
        )

        [problem] = validate_changes({"per": "1", "points": "2"}, slab).problems
        assert problem.message == f"give the new awards of these tiers, which have a fixed award: {GOLD}"
        assert validate_changes({"per": "1", "points": "2", "tiers": [f"{GOLD}=3"]}, slab).draft
        kept = validate_changes({"points": "2"}, slab).draft
        assert kept is not None
        assert kept.document == {"fixedAmount": {"configs": [{"tierId": GOLD, "points": 5}, {"points": 2}]}}

    def test_an_award_of_the_other_method_replaces_the_current_one(self) -> None:
        assert self.changes({"fixedAmount": FIXED}) == {"fixedAmount": FIXED}

    def test_problems_of_the_change_are_reported(self) -> None:
        wrong = validate_changes({"title": "", "points": "-3"}, self.rule)

        assert {problem.field for problem in wrong.problems} == {"title", "points"}

    def test_problems_of_the_current_rule_are_not_reported(self) -> None:
        odd = EarningRule({**self.rule.document, "title": "x" * 99, "fixedAmount": FIXED})

        assert validate_changes({"status": "PAUSED"}, odd).problems == ()

    def test_changes_are_validated_without_the_current_rule(self) -> None:
        assert validate_changes({"title": "A"}, None).draft is not None
        assert validate_changes({"title": ""}, None).draft is None


def test_a_custom_rule_takes_a_title_and_an_award_and_both_are_optional() -> None:
    assert validate_custom_draft({}).draft is not None
    assert validate_custom_draft({"title": "A", "points": 3}).draft is not None
    assert [problem.message for problem in validate_custom_draft({"status": "ACTIVE"}).problems] == [
        "cannot be set for a custom rule, which has only a title and an award"
    ]
    assert validate_custom_draft({"points": 1, "title": "x" * 51}).draft is None


@pytest.mark.parametrize(
    ("odd", "problem"),
    [
        ({"tiers": f"{GOLD}=1 {GOLD.upper()}=2"}, f"tiers: the tier {GOLD} is listed 2 times"),
        ({"triggerActivityType": "stores/OrderPaid"}, "trigger: is mutually exclusive with triggerActivityType"),
        ({"per": 1, "moneyAmount": 1}, "per: is mutually exclusive with moneyAmount"),
        ({"revision": 1.0}, "revision: must be a whole number, got 1.0"),
        ({"revision": True}, "revision: must be a whole number, got true"),
        ({"unheard": "\ud800"}, "unheard: has characters that are not Unicode text"),
    ],
)  # fmt: skip
def test_contradictions_and_values_that_cannot_be_sent_are_refused(odd: dict[str, Any], problem: str) -> None:
    problems = validate_draft({"title": "A", "trigger": "events/OrderConfirmed", "points": 1, **odd}).problems

    assert f"{problems[0].field}: {problems[0].message}" == problem


def test_a_legacy_pair_that_differs_from_configs_is_a_warning() -> None:
    arm: dict[str, Any] = {"points": 7, "configs": [{"points": 8}]}
    checked = validate_draft({"title": "A", "trigger": "events/Rsvp", "fixedAmount": arm})

    assert checked.warnings == ("the points beside configs differ from those in configs, which are used",)
    assert checked.draft is not None
    assert checked.draft.document["fixedAmount"] == {"configs": [{"points": 8}]}


def test_internal_fields_are_never_sent() -> None:
    rule: dict[str, Any] = {"title": "A", "trigger": "events/Rsvp", "points": 1}
    checked = validate_draft({**rule, "rule_type_tag": {"rule_type": "BIRTHDAY"}})

    assert checked.draft is not None
    assert "BIRTHDAY" not in str(checked.draft.document)
