"""Requests to the sandbox in raw JSON: paths, authorization, and the examples of the reference."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from loyaltyctl.errors import UsageError
from loyaltyctl.sandbox.app import PREFIXES, Application, operation_of
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.seeds import seeds
from tests.conftest import KEY, NO_RULE, PURCHASE, SITE
from tests.model.examples import golden
from tests.sandbox.clients import RULES, Api

if TYPE_CHECKING:
    from loyaltyctl.sandbox.store import Store


def shape(value: Any) -> Any:
    """Return a document with types in place of values."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


def without_legacy(document: Any) -> Any:
    """Return a response of the reference without the older numbers beside `configs`, which live responses lack."""
    if isinstance(document, dict):
        kept = {name: without_legacy(item) for name, item in document.items()}
        return {
            name: item
            for name, item in kept.items()
            if "configs" not in kept or name not in ("points", "moneyAmount")
        }
    return [without_legacy(item) for item in document] if isinstance(document, list) else document


class TestTheReferencesExamples:
    """The reference's requests get responses in the shape of its examples."""

    def check_shape(self, name: str, response: Any) -> None:
        expected = json.loads(json.dumps(without_legacy(golden(name))))
        for rule in [expected.get("earningRule"), *[one.get("item") for one in expected.get("results", [])]]:
            if rule:
                rule["triggerFilters"] = []
        assert shape(response) == shape(expected)

    def test_create_responds_as_documented(self, api: Api) -> None:
        self.check_shape("create_answer", api.ok("POST", RULES, golden("create_request")))

    def test_bulk_create_responds_as_documented(self, api: Api) -> None:
        response = api.ok("POST", "/v1/bulk/earning-rules/create", golden("bulk_create_request"))

        self.check_shape("bulk_create_answer", response)
        assert response["bulkActionMetadata"] == golden("bulk_create_answer")["bulkActionMetadata"]

    def test_update_and_delete_respond_as_documented(self, api: Api) -> None:
        rule = api.ok("POST", RULES, golden("create_request"))["earningRule"]

        updated = api.ok("PUT", f"{RULES}/{rule['id']}", golden("update_request"))
        self.check_shape("update_answer", updated)
        assert updated["earningRule"]["revision"] == "2"
        assert updated["earningRule"]["createdDate"] == rule["createdDate"]
        assert api.ok("DELETE", f"{RULES}/{rule['id']}?revision=2") == golden("delete_answer") == {}

    def test_list_and_get_respond_as_documented(self, api: Api) -> None:
        listed = api.ok("GET", f"{RULES}/rules")["earningRules"]
        got = api.ok("GET", f"{RULES}/{PURCHASE}")

        assert got == {"earningRule": listed[0]}
        assert set(golden("list_answer")["earningRules"][0]) <= set(listed[0])


@pytest.mark.parametrize("prefix", PREFIXES)
def test_both_prefixes_have_the_same_rules(prefix: str, store: Store) -> None:
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


class TestListing:
    """List has all kinds, and two exact filters."""

    @pytest.mark.parametrize(("query", "count"), [
        ({}, 7), ({"triggerActivityType": "events/Rsvp"}, 1), ({"triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351"}, 1),
        ({"triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351", "triggerActivityType": "stores/OrderPaid"}, 0), ({"triggerActivityType": "events"}, 0), ({"id": PURCHASE, "fields": "x"}, 7),
    ])  # fmt: skip
    def test_filters_are_exact_and_both_hold(self, query: dict[str, str], count: int, api: Api) -> None:
        assert len(api.ok("GET", f"{RULES}/rules", params=query)["earningRules"]) == count

    def test_the_id_that_the_vendors_sdk_repeats_in_the_query_is_ignored(self, api: Api) -> None:
        assert api.ok("GET", f"{RULES}/{PURCHASE}?id={PURCHASE}")
        assert api.ok("DELETE", f"{RULES}/{PURCHASE}?id={PURCHASE}&revision=1") == {}


class TestCallers:
    """Authorization, and the site of a caller."""

    def test_without_an_api_key_every_caller_is_allowed(self, api: Api) -> None:
        api.ok("GET", f"{RULES}/rules", headers={"Authorization": "whatever"})

    @pytest.mark.parametrize("header", [KEY, f"Bearer {KEY}"])
    def test_a_key_may_be_sent_bare_or_as_a_bearer(self, header: str, store: Store) -> None:
        Api(store, headers={"Authorization": header, "wix-site-id": SITE}, api_key=KEY).ok(
            "GET", f"{RULES}/rules"
        )

    @pytest.mark.parametrize(("headers", "status", "code"), [
        ({}, 401, "UNAUTHENTICATED"), ({"Authorization": ""}, 401, "UNAUTHENTICATED"), ({"Authorization": "wrong", "wix-site-id": SITE}, 401, "UNAUTHENTICATED"),
        ({"Authorization": KEY}, 403, "PERMISSION_DENIED"),
    ])  # fmt: skip
    def test_other_callers_are_refused(
        self, headers: dict[str, str], status: int, code: str, store: Store
    ) -> None:
        details = Api(store, headers=headers, api_key=KEY).refused(status, "GET", f"{RULES}/rules")

        assert details["applicationError"]["code"] == code

    def test_each_site_has_its_own_rules(self, store: Store) -> None:
        one, other = (Api(store, headers={"wix-site-id": site}) for site in (SITE, NO_RULE))
        one.ok("DELETE", f"{RULES}/{PURCHASE}?revision=1")

        assert len(one.ok("GET", f"{RULES}/rules")["earningRules"]) == 6
        assert other.ok("GET", f"{RULES}/rules")["earningRules"] == seeds()

    def test_an_account_is_its_own_site(self, store: Store) -> None:
        Api(store, headers={"Authorization": KEY, "wix-account-id": SITE}, api_key=KEY).ok(
            "GET", f"{RULES}/rules"
        )

    def test_an_app_exchanges_its_secret_for_a_token(self, store: Store) -> None:
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
    def test_errors_of_the_token_endpoint_have_the_shape_of_oauth(
        self, change: dict[str, Any], status: int, error: str, store: Store
    ) -> None:
        body = {
            "grant_type": "client_credentials",
            "client_id": "app",
            "client_secret": KEY,
            "instance_id": SITE,
        }
        response = Api(store, "", api_key=KEY)("POST", "/oauth2/token", {**body, **change})

        assert response.status_code == status
        assert set(response.json()) == {"error", "error_description"}
        assert response.json()["error"] == error

    def test_the_rate_limit_is_for_each_site(self, store: Store) -> None:
        api = Api(store, rate_limit=3)
        for _ in range(3):
            api.ok("GET", f"{RULES}/rules")

        assert api.refused(429, "GET", f"{RULES}/rules")["applicationError"]["code"] == "RESOURCE_EXHAUSTED"
        api.ok("GET", f"{RULES}/rules", headers={"wix-site-id": SITE})


@pytest.mark.parametrize(
    ("method", "path"), [("OPTIONS", RULES), ("GET", "/nowhere"), ("DELETE", f"{RULES}/rules")]
)
@pytest.mark.parametrize("fault", ["", "401", "403", "429", "500", "503-later", "redirect", "html", "empty"])
def test_every_response_has_one_id(method: str, path: str, fault: str, store: Store) -> None:
    app = Faults(Application(store), [Fault.parse(fault)] if fault else [])
    with httpx.Client(transport=httpx.WSGITransport(app), base_url=f"http://sandbox{PREFIXES[0]}") as client:
        response = client.request(method, path)

    assert len(response.headers.get_list("x-wix-request-id")) == 1


@pytest.mark.parametrize(
    "spec", ["lost*0", "lost%0", "lost%101", f"lost*{'9' * 5000}", f"delay={'9' * 5000}", "delay=x"]
)
def test_an_invalid_fault_is_refused(spec: str) -> None:
    with pytest.raises(UsageError):
        Fault.parse(spec)


@pytest.mark.parametrize(
    ("path", "status"), [(f"{PREFIXES[0]}{RULES}/rules", 200), (f"{PREFIXES[1]}{RULES}/rules", 404), ("/oauth2/token", 400)]
)  # fmt: skip
def test_without_plain_paths_only_rules_need_the_prefix(path: str, status: int, store: Store) -> None:
    app = Faults(Application(store), [Fault.parse("no-plain-path")])
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://sandbox") as client:
        response = client.request("POST" if path == "/oauth2/token" else "GET", path)

    assert response.status_code == status


@pytest.mark.parametrize(
    "body", ["5", '"results"', '{"results":5}', '{"configs":5}', '{"configs":[5]}', "null"]
)
@pytest.mark.parametrize("kind", ["missing-item", "repeated-item", "reordered", "legacy"])
def test_a_fault_leaves_a_body_of_another_shape_as_it_is(kind: str, body: str, store: Store) -> None:
    app = Faults(Application(store), [Fault.parse(f"body={body}"), Fault.parse(kind)])
    with httpx.Client(transport=httpx.WSGITransport(app), base_url="http://sandbox") as client:
        assert client.get(f"{PREFIXES[0]}{RULES}/rules").json() == json.loads(body)
