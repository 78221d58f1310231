"""Create, BulkCreate and CreateCustom in the sandbox: accepted fields, and violations in the vendor's shape."""

from __future__ import annotations

from typing import Any

import pytest

from loyaltyctl.model.triggers import AUTOMATIONS_APP
from tests.conftest import GOLD
from tests.sandbox.clients import RULE, RULES, Api


class TestCreating:
    """Create accepts what the reference permits."""

    def test_fields_that_are_not_writable_are_ignored(self, api: Api) -> None:
        rule = api.ok(
            "POST",
            RULES,
            {
                "earningRule": {
                    **RULE,
                    "id": "mine",
                    "revision": "9",
                    "newer": 1,
                    "metadata": {"canBeDeleted": False},
                }
            },
        )["earningRule"]

        assert rule["id"] != "mine"
        assert (rule["revision"], rule["metadata"]) == ("1", {"canBeDeleted": True})
        assert "newer" not in rule

    @pytest.mark.parametrize(("change", "field", "name"), [
        ({"title": ""}, "earningRule.title", "STRING_TOO_SHORT"),
        ({"title": "x" * 51}, "earningRule.title", "STRING_TOO_LONG"),
        ({"title": None}, "earningRule.title", "MISSING"),
        ({"status": None}, "earningRule.status", "MISSING"),
        ({"sourceAppId": None}, "earningRule.sourceAppId", "MISSING"),
        ({"sourceAppId": AUTOMATIONS_APP}, "earningRule.sourceAppId", "SOURCE_APP"),
        ({"triggerAppId": None}, "earningRule.triggerAppId", "MISSING"),
        ({"triggerAppId": "x"}, "earningRule.triggerAppId", "TRIGGER_APP"),
        ({"triggerActivityType": "birthday"}, "earningRule.triggerActivityType", "TRIGGER_NOT_SUPPORTED"),
        ({"conversionRate": None}, "earningRule", "ONE_OF"),
        ({"fixedAmount": {"configs": [{"points": 1}]}}, "earningRule.conversionRate", "ONE_OF"),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1, "tierId": GOLD}] * 2}}, "earningRule.conversionRate.configs", "DUPLICATE_TIER"),
        ({"conversionRate": {"configs": [{"points": 1, "moneyAmount": 1, "tierId": f"{i:08d}{GOLD[8:]}"} for i in range(22)]}}, "earningRule.conversionRate.configs", "TOO_LONG"),
        ({"triggerActivityType": "events/Rsvp", "triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351"}, "earningRule.conversionRate", "METHOD_NOT_SUPPORTED"),
    ])  # fmt: skip
    def test_every_limit_is_a_field_violation(
        self, change: dict[str, Any], field: str, name: str, api: Api
    ) -> None:
        assert api.violations("POST", RULES, {"earningRule": {**RULE, **change}})[field] == name
        assert len(api.ok("GET", f"{RULES}/rules")["earningRules"]) == 7

    def test_snake_case_is_not_accepted(self, api: Api) -> None:
        body = {
            "earningRule": {
                "source_app_id": RULE["sourceAppId"],
                **{k: v for k, v in RULE.items() if k != "sourceAppId"},
            }
        }

        assert api.violations("POST", RULES, body) == {"earningRule.sourceAppId": "MISSING"}

    @pytest.mark.parametrize("body", [{}, {"earningRule": None}, {"earningRule": []}, [], 5, {"rule": RULE}])
    def test_a_body_without_a_rule_is_invalid(self, body: Any, api: Api) -> None:
        assert api.violations("POST", RULES, body) == {"earningRule": "REQUIRED"}

    @pytest.mark.parametrize("content", [b"", b"{", b"NaN", b'{"a":1,"a":2}', b"\xff", b"[" * 1000])
    def test_a_body_that_is_not_json_is_refused(self, content: bytes, api: Api) -> None:
        assert (
            api.refused(400, "POST", RULES, content=content or b" ")["applicationError"]["code"]
            == "INVALID_ARGUMENT"
        )

    def test_a_body_has_a_size_limit(self, api: Api) -> None:
        assert (
            api.refused(413, "POST", RULES, content=b" " * (8 * 1024 * 1024 + 1))["applicationError"]["code"]
            == "PAYLOAD_TOO_LARGE"
        )

    def test_one_trigger_may_have_two_rules(self, api: Api) -> None:
        api.ok("POST", RULES, {"earningRule": RULE})
        api.ok("POST", RULES, {"earningRule": RULE})


class TestBulk:
    """BulkCreate has a result for each item."""

    path = "/v1/bulk/earning-rules/create"

    def test_some_may_fail_inside_a_200(self, api: Api) -> None:
        response = api.ok("POST", self.path, {"earningRules": [RULE, {**RULE, "title": ""}, RULE]})

        assert [one["itemMetadata"]["success"] for one in response["results"]] == [True, False, True]
        failed = response["results"][1]
        assert "item" not in failed
        assert set(failed["itemMetadata"]) == {"originalIndex", "success", "error"}
        assert set(failed["itemMetadata"]["error"]) == {"code", "description", "data"}
        assert response["bulkActionMetadata"] == {
            "totalSuccesses": 2,
            "totalFailures": 1,
            "undetailedFailures": 0,
        }
        assert len(api.ok("GET", f"{RULES}/rules")["earningRules"]) == 9

    def test_an_item_that_is_not_a_rule_fails_alone(self, api: Api) -> None:
        assert (
            api.ok("POST", self.path, {"earningRules": [5, RULE]})["bulkActionMetadata"]["totalFailures"] == 1
        )

    @pytest.mark.parametrize(
        "body", [{}, {"earningRules": []}, {"earningRules": {}}, {"earningRules": [RULE] * 101}, []]
    )
    def test_a_bulk_has_one_to_a_hundred_items(self, body: Any, api: Api) -> None:
        assert api.violations("POST", self.path, body) == {"earningRules": "INVALID"}
        assert len(api.ok("POST", self.path, {"earningRules": [RULE] * 100})["results"]) == 100


class TestCustom:
    """CreateCustom creates automated rules."""

    @pytest.mark.parametrize(
        "body",
        [
            {"type": "SOCIAL_MEDIA"},
            {
                "type": "BIRTHDAY",
                "earningRule": {"title": "Mine", "fixedAmount": {"configs": [{"points": 3}]}},
            },
        ],
    )
    def test_custom_rules_are_listed_but_not_found_by_get(self, body: Any, api: Api) -> None:
        rule = api.ok("POST", f"{RULES}/custom", body)["earningRule"]

        assert rule["sourceAppId"] == AUTOMATIONS_APP
        assert rule in api.ok("GET", f"{RULES}/rules")["earningRules"]
        assert api.refused(404, "GET", f"{RULES}/{rule['id']}")["applicationError"]["code"] == "NOT_FOUND"
        assert api.ok("DELETE", f"/v1/automation-earning-rules/{rule['id']}") == {}

    @pytest.mark.parametrize("body", [{}, {"type": "UNKNOWN_TYPE"}, {"type": 5}, [], {"type": None}])
    def test_other_types_are_refused(self, body: Any, api: Api) -> None:
        assert api.violations("POST", f"{RULES}/custom", body) == {"type": "INVALID"}

    def test_limits_hold(self, api: Api) -> None:
        body = {"type": "BIRTHDAY", "earningRule": {"title": "x" * 51, "fixedAmount": {"configs": []}}}

        assert api.violations("POST", f"{RULES}/custom", body) == {
            "earningRule.title": "STRING_TOO_LONG",
            "earningRule.fixedAmount.configs": "TOO_SHORT",
        }


def test_a_custom_rule_may_be_created_without_fields(api: Api) -> None:
    assert api.ok("POST", f"{RULES}/custom", {"type": "SOCIAL_MEDIA", "earningRule": None})


def test_half_of_a_surrogate_pair_is_refused(api: Api) -> None:
    api.refused(400, "POST", RULES, {"earningRule": {"title": "\ud800"}})
