"""The sandbox, asked in raw JSON as any client would: it keeps what the vendor documents."""

from __future__ import annotations

import json
import multiprocessing
import threading
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from loyaltyctl.errors import LoyaltyError, UsageError
from loyaltyctl.model.triggers import AUTOMATIONS_APP, BY_ACTIVITY
from loyaltyctl.sandbox.app import PREFIXES, application, operation_of
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.seeds import seeds
from loyaltyctl.sandbox.store import Store
from tests.conftest import GOLD, KEY, NO_RULE, PURCHASE, RSVP, SIGN_UP, SITE
from tests.model.examples import golden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

RULE = golden("create_request")["earningRule"]
RULES = "/v1/earning-rules"
BOOKINGS = BY_ACTIVITY["bookings/BookingConfirmed"].app_id


class Api:
    """The sandbox, and a client that knows nothing of it."""

    def __init__(
        self, store: Store, prefix: str = PREFIXES[0], headers: dict[str, str] | None = None, **settings: Any
    ) -> None:
        app = application(store, **settings)
        self._client = httpx.Client(
            transport=httpx.WSGITransport(app), base_url=f"http://sandbox{prefix}", headers=headers
        )

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        content = more.pop("content", None) or (None if body is None else json.dumps(body))
        answer = self._client.request(method, path, content=content, **more)
        assert answer.headers["X-Wix-Request-Id"]
        assert answer.headers["content-type"] == "application/json"
        return answer

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = self(method, path, body, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = self(method, path, body, **more)
        assert answer.status_code == status, answer.text
        assert set(answer.json()) == {"message", "details"}
        return answer.json()["details"]

    def violations(self, method: str, path: str, body: Any) -> dict[str, str]:
        details = self.refused(400, method, path, body)
        return {one["field"]: one["ruleName"] for one in details["validationError"]["fieldViolations"]}


@pytest.fixture
def store() -> Iterator[Store]:
    one = Store()
    yield one
    one.close()


@pytest.fixture
def api(store: Store) -> Api:
    return Api(store)


def shape(value: Any) -> Any:
    """What kinds of values stand where."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


def without_legacy(document: Any) -> Any:
    """An answer of the reference without the older numbers beside `configs`, which live answers lack."""
    if isinstance(document, dict):
        kept = {name: without_legacy(item) for name, item in document.items()}
        return {
            name: item
            for name, item in kept.items()
            if "configs" not in kept or name not in ("points", "moneyAmount")
        }
    return [without_legacy(item) for item in document] if isinstance(document, list) else document


class TestTheReferencesExamples:
    """Requests of the reference are answered in the shape of its answers."""

    def answered(self, name: str, answer: Any) -> None:
        expected = json.loads(json.dumps(without_legacy(golden(name))))
        for rule in [expected.get("earningRule"), *[one.get("item") for one in expected.get("results", [])]]:
            if rule:
                rule["triggerFilters"] = []
        assert shape(answer) == shape(expected)

    def test_create(self, api: Api) -> None:
        self.answered("create_answer", api.ok("POST", RULES, golden("create_request")))

    def test_bulk_create(self, api: Api) -> None:
        answer = api.ok("POST", "/v1/bulk/earning-rules/create", golden("bulk_create_request"))

        self.answered("bulk_create_answer", answer)
        assert answer["bulkActionMetadata"] == golden("bulk_create_answer")["bulkActionMetadata"]

    def test_update_and_delete(self, api: Api) -> None:
        rule = api.ok("POST", RULES, golden("create_request"))["earningRule"]

        updated = api.ok("PUT", f"{RULES}/{rule['id']}", golden("update_request"))
        self.answered("update_answer", updated)
        assert updated["earningRule"]["revision"] == "2"
        assert updated["earningRule"]["createdDate"] == rule["createdDate"]
        assert api.ok("DELETE", f"{RULES}/{rule['id']}?revision=2") == golden("delete_answer") == {}

    def test_list_and_get(self, api: Api) -> None:
        listed = api.ok("GET", f"{RULES}/rules")["earningRules"]
        got = api.ok("GET", f"{RULES}/{PURCHASE}")

        assert got == {"earningRule": listed[0]}
        assert set(golden("list_answer")["earningRules"][0]) <= set(listed[0])


@pytest.mark.parametrize("prefix", PREFIXES)
def test_both_prefixes_lead_to_the_same_rules(prefix: str, store: Store) -> None:
    assert len(Api(store, prefix).ok("GET", f"{RULES}/rules")["earningRules"]) == 7


def test_literal_paths_come_before_ids(api: Api) -> None:
    assert "earningRules" in api.ok("GET", f"{RULES}/rules")
    assert api.violations("POST", f"{RULES}/custom", {}) == {"type": "INVALID"}


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/nothing", 404), ("GET", "/v1/earning-rules", 405), ("PATCH", f"{RULES}/{PURCHASE}", 405), ("POST", f"{RULES}/{PURCHASE}", 405), ("GET", "/v2/earning-rules/rules", 404)])  # fmt: skip
def test_other_paths_and_methods_are_refused_in_the_vendors_shape(
    method: str, path: str, status: int, api: Api
) -> None:
    assert api.refused(status, method, path) == {}


def test_every_route_has_a_name() -> None:
    assert operation_of("GET", f"{PREFIXES[0]}{RULES}/rules") == "list"
    assert operation_of("GET", f"{PREFIXES[1]}{RULES}/{PURCHASE}") == "get"
    assert operation_of("DELETE", f"{PREFIXES[0]}/v1/automation-earning-rules/x") == "delete-automation"
    assert operation_of("POST", "/oauth2/token") == "token"
    assert operation_of("GET", "/elsewhere") is None
    assert operation_of("GET", f"{PREFIXES[0]}/v1/elsewhere") is None


class TestCreating:
    """Create takes what the reference permits."""

    def test_what_it_is_not_asked_for_it_does_not_take(self, api: Api) -> None:
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

    def test_snake_case_is_not_what_the_wire_speaks(self, api: Api) -> None:
        body = {
            "earningRule": {
                "source_app_id": RULE["sourceAppId"],
                **{k: v for k, v in RULE.items() if k != "sourceAppId"},
            }
        }

        assert api.violations("POST", RULES, body) == {"earningRule.sourceAppId": "MISSING"}

    @pytest.mark.parametrize("body", [{}, {"earningRule": None}, {"earningRule": []}, [], 5, {"rule": RULE}])
    def test_without_a_rule_there_is_nothing_to_create(self, body: Any, api: Api) -> None:
        assert api.violations("POST", RULES, body) == {"earningRule": "REQUIRED"}

    @pytest.mark.parametrize("content", [b"", b"{", b"NaN", b'{"a":1,"a":2}', b"\xff", b"[" * 1000])
    def test_what_is_no_json_is_refused(self, content: bytes, api: Api) -> None:
        assert (
            api.refused(400, "POST", RULES, content=content or b" ")["applicationError"]["code"]
            == "INVALID_ARGUMENT"
        )

    def test_a_body_has_a_limit(self, api: Api) -> None:
        assert (
            api.refused(413, "POST", RULES, content=b" " * (8 * 1024 * 1024 + 1))["applicationError"]["code"]
            == "PAYLOAD_TOO_LARGE"
        )

    def test_one_trigger_may_have_two_rules(self, api: Api) -> None:
        api.ok("POST", RULES, {"earningRule": RULE})
        api.ok("POST", RULES, {"earningRule": RULE})


class TestBulk:
    """BulkCreate answers for each item alone."""

    path = "/v1/bulk/earning-rules/create"

    def test_some_may_fail_inside_a_200(self, api: Api) -> None:
        answer = api.ok("POST", self.path, {"earningRules": [RULE, {**RULE, "title": ""}, RULE]})

        assert [one["itemMetadata"]["success"] for one in answer["results"]] == [True, False, True]
        failed = answer["results"][1]
        assert "item" not in failed
        assert set(failed["itemMetadata"]) == {"originalIndex", "success", "error"}
        assert set(failed["itemMetadata"]["error"]) == {"code", "description", "data"}
        assert answer["bulkActionMetadata"] == {
            "totalSuccesses": 2,
            "totalFailures": 1,
            "undetailedFailures": 0,
        }
        assert len(api.ok("GET", f"{RULES}/rules")["earningRules"]) == 9

    def test_an_item_that_is_no_rule_fails_alone(self, api: Api) -> None:
        assert (
            api.ok("POST", self.path, {"earningRules": [5, RULE]})["bulkActionMetadata"]["totalFailures"] == 1
        )

    @pytest.mark.parametrize(
        "body", [{}, {"earningRules": []}, {"earningRules": {}}, {"earningRules": [RULE] * 101}, []]
    )
    def test_there_are_one_to_a_hundred(self, body: Any, api: Api) -> None:
        assert api.violations("POST", self.path, body) == {"earningRules": "INVALID"}
        assert len(api.ok("POST", self.path, {"earningRules": [RULE] * 100})["results"]) == 100


class TestCustom:
    """CreateCustom makes automated rules."""

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
    def test_they_are_listed_but_not_got(self, body: Any, api: Api) -> None:
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


class TestUpdating:
    """Update takes a part, against the current revision."""

    path = f"{RULES}/{PURCHASE}"

    def put(self, api: Api, **changes: Any) -> Any:
        return api.ok("PUT", self.path, {"earningRule": {"revision": "1", **changes}})["earningRule"]

    def test_what_is_not_given_stays(self, api: Api) -> None:
        before = api.ok("GET", self.path)["earningRule"]
        after = self.put(api, title="New")

        assert {name for name in before if before[name] != after[name]} == {
            "title",
            "revision",
            "updatedDate",
        }
        assert api.ok("GET", self.path)["earningRule"] == after

    def test_another_award_takes_the_place_of_the_first(self, api: Api) -> None:
        after = self.put(api, fixedAmount={"configs": [{"points": 1}]})

        assert "conversionRate" not in after
        assert after["fixedAmount"] == {"configs": [{"points": 1}]}

    def test_configs_are_replaced_as_a_whole(self, api: Api) -> None:
        assert self.put(api, conversionRate={"configs": [{"points": 3, "moneyAmount": 4, "tierId": GOLD}]})[
            "conversionRate"
        ] == {"configs": [{"points": 3, "moneyAmount": 4, "tierId": GOLD}]}

    @pytest.mark.parametrize("revision", ["1", 1])
    def test_a_revision_may_be_text_or_a_number_and_is_answered_as_text(
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
    def test_what_is_no_revision_is_invalid(self, revision: Any, api: Api) -> None:
        assert "earningRule.revision" in api.violations(
            "PUT", self.path, {"earningRule": {"revision": revision}}
        )

    def test_an_automated_rule_without_a_revision_needs_none(self, api: Api) -> None:
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

    def test_a_rule_that_is_not_there_is_not_found(self, api: Api) -> None:
        assert api.refused(404, "PUT", f"{RULES}/{NO_RULE}", {"earningRule": {"revision": "1"}})


class TestDeleting:
    """Two methods, each for its kind, and one kind that neither deletes."""

    def test_only_the_current_revision_is_deleted(self, api: Api) -> None:
        for query in ("", "?revision=2", "?revision="):
            assert (
                api.refused(409, "DELETE", f"{RULES}/{PURCHASE}{query}")["applicationError"]["code"]
                == "INVALID_REVISION"
            )
        assert api.ok("DELETE", f"{RULES}/{PURCHASE}?revision=1") == {}
        assert api.refused(404, "DELETE", f"{RULES}/{PURCHASE}?revision=1")

    def test_each_method_knows_its_kind(self, api: Api) -> None:
        assert api.refused(404, "DELETE", f"{RULES}/{SIGN_UP}?revision=1")
        assert api.refused(404, "DELETE", f"/v1/automation-earning-rules/{PURCHASE}")
        assert api.refused(404, "DELETE", f"/v1/automation-earning-rules/{NO_RULE}")

    def test_a_pre_installed_rule_only_pauses(self, api: Api) -> None:
        details = api.refused(428, "DELETE", f"/v1/automation-earning-rules/{SIGN_UP}")

        assert details["applicationError"]["code"] == "PRE_INSTALLED_RULE"
        assert "sandbox" in details["applicationError"]["description"]


class TestListing:
    """List has all kinds, and two exact filters."""

    @pytest.mark.parametrize(("query", "count"), [
        ({}, 7), ({"triggerActivityType": "events/Rsvp"}, 1), ({"triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351"}, 1),
        ({"triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351", "triggerActivityType": "stores/OrderPaid"}, 0), ({"triggerActivityType": "events"}, 0), ({"id": PURCHASE, "fields": "x"}, 7),
    ])  # fmt: skip
    def test_filters_are_exact_and_both_hold(self, query: dict[str, str], count: int, api: Api) -> None:
        assert len(api.ok("GET", f"{RULES}/rules", params=query)["earningRules"]) == count

    def test_what_the_vendors_sdk_repeats_in_the_query_is_ignored(self, api: Api) -> None:
        assert api.ok("GET", f"{RULES}/{PURCHASE}?id={PURCHASE}")
        assert api.ok("DELETE", f"{RULES}/{PURCHASE}?id={PURCHASE}&revision=1") == {}


class TestCallers:
    """Who may call, and on which site."""

    def test_without_a_key_of_its_own_it_takes_anybody(self, api: Api) -> None:
        api.ok("GET", f"{RULES}/rules", headers={"Authorization": "whatever"})

    @pytest.mark.parametrize("header", [KEY, f"Bearer {KEY}"])
    def test_a_key_is_taken_bare_and_as_a_bearer(self, header: str, store: Store) -> None:
        Api(store, headers={"Authorization": header, "wix-site-id": SITE}, api_key=KEY).ok(
            "GET", f"{RULES}/rules"
        )

    @pytest.mark.parametrize(("headers", "status", "code"), [
        ({}, 401, "UNAUTHENTICATED"), ({"Authorization": ""}, 401, "UNAUTHENTICATED"), ({"Authorization": "wrong", "wix-site-id": SITE}, 401, "UNAUTHENTICATED"),
        ({"Authorization": KEY}, 403, "PERMISSION_DENIED"),
    ])  # fmt: skip
    def test_others_are_refused(self, headers: dict[str, str], status: int, code: str, store: Store) -> None:
        details = Api(store, headers=headers, api_key=KEY).refused(status, "GET", f"{RULES}/rules")

        assert details["applicationError"]["code"] == code

    def test_every_site_has_rules_of_its_own(self, store: Store) -> None:
        one, other = (Api(store, headers={"wix-site-id": site}) for site in (SITE, NO_RULE))
        one.ok("DELETE", f"{RULES}/{PURCHASE}?revision=1")

        assert len(one.ok("GET", f"{RULES}/rules")["earningRules"]) == 6
        assert other.ok("GET", f"{RULES}/rules")["earningRules"] == seeds()

    def test_an_account_is_a_site_of_its_own(self, store: Store) -> None:
        Api(store, headers={"Authorization": KEY, "wix-account-id": SITE}, api_key=KEY).ok(
            "GET", f"{RULES}/rules"
        )

    def test_an_app_trades_its_secret_for_a_token(self, store: Store) -> None:
        api = Api(store, "", api_key=KEY)
        body = {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": KEY,
            "instance_id": SITE,
        }
        token = api.ok("POST", "/oauth2/token", body)

        assert (token["token_type"], token["expires_in"]) == ("Bearer", 14400)
        for header in (token["access_token"], f"Bearer {token['access_token']}"):
            api.ok("GET", f"{PREFIXES[0]}{RULES}/rules", headers={"Authorization": header})

    @pytest.mark.parametrize(("change", "status", "error"), [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"), ({"client_id": ""}, 400, "invalid_request"), ({"instance_id": None}, 400, "invalid_request"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
    ])  # fmt: skip
    def test_its_errors_have_the_shape_of_oauth(
        self, change: dict[str, Any], status: int, error: str, store: Store
    ) -> None:
        body = {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": KEY,
            "instance_id": SITE,
        }
        answer = Api(store, "", api_key=KEY)("POST", "/oauth2/token", {**body, **change})

        assert answer.status_code == status
        assert set(answer.json()) == {"error", "error_description"}
        assert answer.json()["error"] == error

    def test_more_than_the_limit_is_too_many_for_that_site(self, store: Store) -> None:
        api = Api(store, rate_limit=3)
        for _ in range(3):
            api.ok("GET", f"{RULES}/rules")

        assert api.refused(429, "GET", f"{RULES}/rules")["applicationError"]["code"] == "RESOURCE_EXHAUSTED"
        api.ok("GET", f"{RULES}/rules", headers={"wix-site-id": SITE})


class TestTheStore:
    """Durable, and safe with clients side by side."""

    def test_rules_are_there_after_a_restart(self, tmp_path: Path) -> None:
        for expected in (7, 8):
            store = Store(tmp_path / "deep" / "db")
            assert len(Api(store).ok("GET", f"{RULES}/rules")["earningRules"]) == expected
            Api(store).ok("POST", RULES, {"earningRule": RULE})
            store.close()

    def test_a_reset_brings_the_seeds_back(self, store: Store, api: Api) -> None:
        api.ok("DELETE", f"{RULES}/{PURCHASE}?revision=1")
        store.reset()

        assert api.ok("GET", f"{RULES}/rules")["earningRules"] == seeds()

    def test_clients_side_by_side_lose_no_update(self, tmp_path: Path) -> None:
        stores = [Store(tmp_path / "db") for _ in range(4)]
        won: list[int] = []

        def edit(store: Store) -> None:
            api = Api(store)
            for _ in range(20):
                revision = api.ok("GET", f"{RULES}/{PURCHASE}")["earningRule"]["revision"]
                body = {"earningRule": {"title": "x", "revision": revision}}
                won.append(api("PUT", f"{RULES}/{PURCHASE}", body).status_code)

        threads = [threading.Thread(target=edit, args=(store,)) for store in stores]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert set(won) <= {200, 409}
        assert Api(stores[0]).ok("GET", f"{RULES}/{PURCHASE}")["earningRule"]["revision"] == str(
            1 + won.count(200)
        )
        for store in stores:
            store.close()

    def test_an_error_in_between_changes_nothing(self, store: Store) -> None:
        def broken(site: Any) -> None:
            site.delete(PURCHASE)
            raise KeyError

        with pytest.raises(KeyError), store.site("sandbox", writes=True) as site:
            broken(site)
        with store.site("sandbox") as site:
            assert site.rule(PURCHASE)


@pytest.mark.parametrize(
    "make", [lambda path: path.mkdir(), lambda path: path.write_bytes(b"no database " * 100)]
)
def test_a_database_that_is_none_is_an_error(make: Callable[[Path], Any], tmp_path: Path) -> None:
    make(tmp_path / "db")

    with pytest.raises(LoyaltyError, match=r"the sandbox's database .* cannot be used"):
        Store(tmp_path / "db")


def test_a_database_with_nonsense_in_it_is_told_in_the_answer(tmp_path: Path) -> None:
    store = Store(tmp_path / "db")
    api = Api(store)
    api.ok("GET", f"{RULES}/rules")
    with store.site("sandbox", writes=True) as site:
        site._db.execute("update rules set document = '{'")  # noqa: SLF001 - the damage

    details = api.refused(500, "GET", f"{RULES}/rules")
    assert "cannot be used" in details["applicationError"]["description"]
    store.close()


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
def test_what_cannot_be_created_cannot_be_made_by_an_update(
    rule_id: str, change: dict[str, Any], field: str, rule: str, api: Api
) -> None:
    body = {"earningRule": change | {"revision": "1"}}

    assert api.violations("PUT", f"{RULES}/{rule_id}", body)[f"earningRule.{field}"] == rule


def test_what_it_does_not_take_is_left_out_at_every_depth(api: Api) -> None:
    config = {"points": 1, "moneyAmount": 2}
    arm = {**config, "junk": 1, "configs": [{**config, "junk": [{}]}]}
    rule = golden("create_request")["earningRule"] | {"conversionRate": arm}

    created = api.ok("POST", RULES, {"earningRule": rule})["earningRule"]
    assert created["conversionRate"] == {"configs": [config]}


def test_no_rule_given_is_no_rule_for_a_custom_one(api: Api) -> None:
    assert api.ok("POST", f"{RULES}/custom", {"type": "SOCIAL_MEDIA", "earningRule": None})


def test_half_of_a_surrogate_pair_is_no_text(api: Api) -> None:
    api.refused(400, "POST", RULES, {"earningRule": {"title": "\ud800"}})


@pytest.mark.parametrize(
    ("method", "path"), [("OPTIONS", RULES), ("GET", "/nowhere"), ("DELETE", f"{RULES}/rules")]
)
@pytest.mark.parametrize("fault", ["", "401", "403", "429", "500", "503-later", "redirect", "html", "empty"])
def test_every_answer_has_its_id(method: str, path: str, fault: str, store: Store) -> None:
    app = Faults(application(store), [Fault.parse(fault)] if fault else [])
    with httpx.Client(transport=httpx.WSGITransport(app), base_url=f"http://sandbox{PREFIXES[0]}") as client:
        answer = client.request(method, path)

    assert len(answer.headers.get_list("x-wix-request-id")) == 1


@pytest.mark.parametrize(
    "spec", ["lost*0", "lost%0", "lost%101", f"lost*{'9' * 5000}", f"delay={'9' * 5000}", "delay=x"]
)
def test_what_no_fault_can_be_is_refused(spec: str) -> None:
    with pytest.raises(UsageError):
        Fault.parse(spec)


def test_a_locked_database_is_left_to_the_thread_that_waits_for_it(store: Store) -> None:
    inside, done = threading.Event(), threading.Event()

    def linger() -> None:
        with store.site("sandbox"):
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=linger)
    thread.start()
    inside.wait(10)
    store.close()
    done.set()
    thread.join()

    with store.site("sandbox") as site:
        assert site.rules()


def test_the_first_users_of_a_database_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    failed, together = context.Queue(), context.Barrier(4)
    processes = [context.Process(target=_open_often, args=(tmp_path, together, failed)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert [process.exitcode for process in processes] == [0] * 4
    assert failed.empty()


def _open_often(folder: Path, together: Any, failed: Any) -> None:
    for i in range(40):
        together.wait(60)
        try:
            Store(folder / str(i)).close()
        except LoyaltyError as error:
            failed.put(error.message)
