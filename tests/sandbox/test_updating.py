"""Update, Delete and DeleteAutomation in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from loyaltyctl.model.triggers import AUTOMATIONS_APP, BY_ACTIVITY
from tests.conftest import GOLD, NO_RULE, PURCHASE, RSVP, SIGN_UP
from tests.model.examples import golden
from tests.sandbox.clients import RULES, Api

BOOKINGS = BY_ACTIVITY["bookings/BookingConfirmed"].app_id


class TestUpdating:
    """Update changes the fields that it is given, at the current revision."""

    path = f"{RULES}/{PURCHASE}"

    def put(self, api: Api, **changes: Any) -> Any:
        return api.ok("PUT", self.path, {"earningRule": {"revision": "1", **changes}})["earningRule"]

    def test_other_fields_are_kept(self, api: Api) -> None:
        before = api.ok("GET", self.path)["earningRule"]
        after = self.put(api, title="New")

        assert {name for name in before if before[name] != after[name]} == {
            "title",
            "revision",
            "updatedDate",
        }
        assert api.ok("GET", self.path)["earningRule"] == after

    def test_another_award_replaces_the_first(self, api: Api) -> None:
        after = self.put(api, fixedAmount={"configs": [{"points": 1}]})

        assert "conversionRate" not in after
        assert after["fixedAmount"] == {"configs": [{"points": 1}]}

    def test_configs_are_replaced_as_a_whole(self, api: Api) -> None:
        assert self.put(api, conversionRate={"configs": [{"points": 3, "moneyAmount": 4, "tierId": GOLD}]})[
            "conversionRate"
        ] == {"configs": [{"points": 3, "moneyAmount": 4, "tierId": GOLD}]}

    @pytest.mark.parametrize("revision", ["1", 1])
    def test_a_revision_may_be_text_or_a_number_and_is_returned_as_text(
        self, revision: Any, api: Api
    ) -> None:
        assert self.put(api, revision=revision)["revision"] == "2"

    @pytest.mark.parametrize("revision", ["0", "2", 2, None, "18446744073709551615"])
    def test_another_revision_is_a_conflict(self, revision: Any, api: Api) -> None:
        details = api.refused(409, "PUT", self.path, {"earningRule": {"title": "New", "revision": revision}})

        assert details == {
            "applicationError": {
                "code": "INVALID_REVISION",
                "data": {"revisionViolation": {"entityId": PURCHASE}},
            }
        }

    @pytest.mark.parametrize("revision", [1.0, True, "x", "-1", [], {}])
    def test_a_malformed_revision_is_invalid(self, revision: Any, api: Api) -> None:
        assert "earningRule.revision" in api.violations(
            "PUT", self.path, {"earningRule": {"revision": revision}}
        )

    def test_a_rule_without_a_revision_needs_none(self, api: Api) -> None:
        after = api.ok("PUT", f"{RULES}/{SIGN_UP}", {"earningRule": {"status": "PAUSED"}})["earningRule"]

        assert (after["status"], after["revision"]) == ("PAUSED", None)

    def test_read_only_fields_are_ignored_and_the_id_may_be_there(self, api: Api) -> None:
        after = self.put(
            api, id=PURCHASE, createdDate="x", metadata={"canBeDeleted": False}, triggerFilters=[1]
        )

        assert after["metadata"] == {"canBeDeleted": True}
        assert api.violations("PUT", self.path, {"earningRule": {"id": RSVP, "revision": "2"}}) == {
            "earningRule.id": "ID_MISMATCH"
        }

    @pytest.mark.parametrize(("change", "field"), [
        ({"title": "x" * 51}, "title"),
        ({"status": "UNKNOWN"}, "status"),
        ({"triggerActivityType": "mine"}, "triggerActivityType"),
        ({"conversionRate": {"configs": []}}, "conversionRate.configs"),
        ({"fixedAmount": {"configs": [{"points": 1}]}, "conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}]}}, "conversionRate"),
    ])  # fmt: skip
    def test_limits_hold(self, change: dict[str, Any], field: str, api: Api) -> None:
        assert f"earningRule.{field}" in api.violations(
            "PUT", self.path, {"earningRule": {"revision": "1", **change}}
        )

    def test_a_missing_rule_is_not_found(self, api: Api) -> None:
        assert api.refused(404, "PUT", f"{RULES}/{NO_RULE}", {"earningRule": {"revision": "1"}})


class TestDeleting:
    """Two methods, each for one kind of rule, and a kind that neither deletes."""

    def test_only_the_current_revision_is_deleted(self, api: Api) -> None:
        for query in ("", "?revision=2", "?revision="):
            assert (
                api.refused(409, "DELETE", f"{RULES}/{PURCHASE}{query}")["applicationError"]["code"]
                == "INVALID_REVISION"
            )
        assert api.ok("DELETE", f"{RULES}/{PURCHASE}?revision=1") == {}
        assert api.refused(404, "DELETE", f"{RULES}/{PURCHASE}?revision=1")

    def test_each_method_deletes_its_kind_only(self, api: Api) -> None:
        assert api.refused(404, "DELETE", f"{RULES}/{SIGN_UP}?revision=1")
        assert api.refused(404, "DELETE", f"/v1/automation-earning-rules/{PURCHASE}")
        assert api.refused(404, "DELETE", f"/v1/automation-earning-rules/{NO_RULE}")

    def test_a_pre_installed_rule_cannot_be_deleted(self, api: Api) -> None:
        details = api.refused(428, "DELETE", f"/v1/automation-earning-rules/{SIGN_UP}")

        assert details["applicationError"]["code"] == "PRE_INSTALLED_RULE"
        assert "sandbox" in details["applicationError"]["description"]


@pytest.mark.parametrize(
    ("rule_id", "change", "field", "rule"),
    [
        (PURCHASE, {"triggerActivityType": "bookings/BookingConfirmed", "triggerAppId": BOOKINGS}, "conversionRate", "METHOD_NOT_SUPPORTED"),
        (PURCHASE, {"triggerActivityType": "restaurants-order-is-pending"}, "triggerActivityType", "TRIGGER_NOT_SUPPORTED"),
        (PURCHASE, {"triggerAppId": "garbage"}, "triggerAppId", "TRIGGER_APP"),
        (PURCHASE, {"sourceAppId": AUTOMATIONS_APP}, "sourceAppId", "SOURCE_APP"),
        (SIGN_UP, {"triggerActivityType": "stores/OrderPaid"}, "triggerActivityType", "AUTOMATED"),
    ],
)  # fmt: skip
def test_an_update_is_validated_like_a_create(
    rule_id: str, change: dict[str, Any], field: str, rule: str, api: Api
) -> None:
    body = {"earningRule": change | {"revision": "1"}}

    assert api.violations("PUT", f"{RULES}/{rule_id}", body)[f"earningRule.{field}"] == rule


def test_unknown_fields_are_removed_at_every_depth(api: Api) -> None:
    config = {"points": 1, "moneyAmount": 2}
    arm = {**config, "junk": 1, "configs": [{**config, "junk": [{}]}]}
    rule = golden("create_request")["earningRule"] | {"conversionRate": arm}

    created = api.ok("POST", RULES, {"earningRule": rule})["earningRule"]
    assert created["conversionRate"] == {"configs": [config]}
