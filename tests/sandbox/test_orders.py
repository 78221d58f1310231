"""Search Orders of the sandbox: the seeded year, filters, sort, pages, and requests of the vendor's SDK."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from loyaltyctl.model.orders import order_apps
from loyaltyctl.model.triggers import BOOKINGS_APP, EVENTS_APP, STORES_APP, TRIGGER_BY_APP, trigger_of_apps
from loyaltyctl.sandbox.order_seeds import seed_orders
from loyaltyctl.sandbox.store import Store
from tests.conftest import KEY, SITE
from tests.sandbox.clients import Api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Served

PATH = "/ecom/v1/orders/search"
SEARCHES = json.loads(Path(__file__).with_name("sdk_order_searches.json").read_text())
LISTED: list[Any] = [order for order in seed_orders() if order["status"] in {"APPROVED", "CANCELED"}]
"""Orders that a search without a status finds."""
FIRST: Any = LISTED[0]
LONG_CURSOR = base64.b64encode(b"[{},[],0]" + b" " * 12_000).decode()
"""Cursor that is valid but for its length: JSON allows the spaces."""


@pytest.fixture
def api() -> Iterator[Api]:
    """A raw client without a prefix of paths."""
    store = Store()
    yield Api(store, prefix="")
    store.close()


def search(api: Api, **members: Any) -> Any:
    return api.ok("POST", PATH, {"search": members})


def numbers(api: Api, filter_: Any, **members: Any) -> list[int]:
    """Return the numbers of all orders that a filter finds, from all pages."""
    found, answer = [], search(api, filter=filter_, **members)
    while True:
        found += [int(order["number"]) for order in answer["orders"]]
        if not answer["metadata"]["hasNext"]:
            return found
        answer = search(api, cursorPaging={"cursor": answer["metadata"]["cursors"]["next"]})


def expected(matches: Callable[[Any], bool], orders: list[Any] = LISTED) -> list[int]:
    return [int(order["number"]) for order in orders if matches(order)]


class TestSeeds:
    def test_the_year_is_the_same_in_every_run_and_version(self) -> None:
        digest = hashlib.sha256(json.dumps(seed_orders()).encode()).hexdigest()

        assert digest[:16] == "08aae8ca5337426f"

    def test_the_year_has_every_kind_of_order(self) -> None:
        orders: list[Any] = [*seed_orders()]
        triggers = Counter(trigger_of_apps(order_apps(order)) for order in orders)

        assert len({order["id"] for order in orders}) == len({order["number"] for order in orders}) == 2000
        assert {*triggers} == {*TRIGGER_BY_APP.values(), None}
        assert min(triggers.values()) > 50
        for name, least in (
            ("status", 5),
            ("paymentStatus", 10),
            ("fulfillmentStatus", 3),
            ("imported", 2),
            ("archived", 2),
        ):
            counts = Counter(order[name] for order in orders)
            assert len(counts) == least, name
            assert min(counts.values()) > 10, name
        assert 100 < sum(order["purchasedDate"] is None for order in orders) < 300
        assert 300 < sum("visitorId" in order["buyerInfo"] for order in orders) < 1000
        assert all(order["createdDate"].startswith("2025-") for order in orders)
        assert any(
            (order["purchasedDate"] or "2025").startswith("2024-") for order in orders if order["imported"]
        )

    def test_prices_add_up(self) -> None:
        for order in seed_orders():
            summaries: Any = order
            cents = {
                name: round(float(price["amount"]) * 100) for name, price in summaries["priceSummary"].items()
            }
            balance = {
                name: round(float(price["amount"]) * 100)
                for name, price in summaries["balanceSummary"].items()
            }
            assert cents["total"] == cents["subtotal"] + cents["shipping"] + cents["tax"] - cents["discount"]
            assert balance["paid"] + balance["balance"] == cents["total"]
            assert 0 <= balance["refunded"] <= balance["paid"]

    def test_all_e_mail_addresses_are_examples(self) -> None:
        text = json.dumps(seed_orders())

        assert text.count("@") == text.count("@example.com") == 2000


class TestFilters:
    @pytest.mark.parametrize(("filter_", "matches"), [
        ({}, lambda _: True),
        ({"paymentStatus": "PAID"}, lambda o: o["paymentStatus"] == "PAID"),
        ({"paymentStatus": {"$eq": "PAID"}, "archived": True}, lambda o: o["paymentStatus"] == "PAID" and o["archived"]),
        ({"paymentStatus": {"$ne": "PAID"}}, lambda o: o["paymentStatus"] != "PAID"),
        ({"paymentStatus": {"$in": ["NOT_PAID", "DECLINED"]}}, lambda o: o["paymentStatus"] in {"NOT_PAID", "DECLINED"}),
        ({"paymentStatus": {"$nin": ["PAID", "DECLINED"]}}, lambda o: o["paymentStatus"] not in {"PAID", "DECLINED"}),
        ({"purchasedDate": {"$exists": False}}, lambda o: o["purchasedDate"] is None),
        ({"purchasedDate": {"$exists": True}}, lambda o: o["purchasedDate"] is not None),
        ({"purchasedDate": None}, lambda o: o["purchasedDate"] is None),
        ({"purchasedDate": {"$ne": None}}, lambda o: o["purchasedDate"] is not None),
        ({"purchasedDate": {"$lt": "2025-01-01T00:00:00.000Z"}}, lambda o: (o["purchasedDate"] or "3") < "2025-01-01T00:00:00.000Z"),
        ({"createdDate": {"$gte": "2025-06-01T02:00:00+02:00"}}, lambda o: o["createdDate"] >= "2025-06-01T00:00:00.000Z"),
        ({"createdDate": {"$gt": FIRST["createdDate"]}}, lambda o: o is not FIRST), ({"createdDate": {"$lte": FIRST["createdDate"]}}, lambda o: o is FIRST),
        ({"number": 10003}, lambda o: o["number"] == "10003"), ({"number": {"$lt": "10020"}}, lambda o: int(o["number"]) < 10020),
        ({"priceSummary.total.amount": {"$gte": 100}}, lambda o: float(o["priceSummary"]["total"]["amount"]) >= 100),
        ({"priceSummary.total.amount": "0.00"}, lambda o: o["priceSummary"]["total"]["amount"] == "0.00"),
        ({"buyerInfo.email": {"$startsWith": "BUYER1"}}, lambda o: o["buyerInfo"]["email"].startswith("buyer1")),
        ({"billingInfo.contactDetails.lastName": {"$startsWith": "number1"}}, lambda _: False),
        ({"id": FIRST["id"]}, lambda o: o is FIRST), ({"buyerInfo.memberId": {"$ne": "x"}}, lambda _: True),
        ({"lineItems.catalogReference.appId": {"$hasSome": [STORES_APP, EVENTS_APP]}}, lambda o: {STORES_APP, EVENTS_APP} & {*order_apps(o)}),
        ({"lineItems.catalogReference.appId": {"$hasAll": [STORES_APP, BOOKINGS_APP]}}, lambda o: {STORES_APP, BOOKINGS_APP} <= {*order_apps(o)}),
        ({"lineItems.productName.original": {"$hasSome": ["concert TICKET"]}}, lambda o: "Concert ticket" in json.dumps(o)),
        ({"$or": [{"imported": True}, {"archived": True}]}, lambda o: o["imported"] or o["archived"]),
        ({"$not": {"$or": [{"imported": True}, {"archived": True}]}}, lambda o: not (o["imported"] or o["archived"])),
        ({"$and": [{"createdDate": {"$gte": "2025-02-01T00:00:00Z"}}, {"createdDate": {"$lt": "2025-03-01T00:00:00Z"}}]}, lambda o: o["createdDate"].startswith("2025-02")),
        ({"shippingInfo.title": {"$in": ["Post"]}}, lambda _: False),
    ])  # fmt: skip
    def test_filters_find_the_orders_that_match(
        self, filter_: Any, matches: Callable[[Any], bool], api: Api
    ) -> None:
        sort = [{"fieldName": "createdDate", "order": "ASC"}]

        assert numbers(api, filter_, sort=sort) == expected(matches)

    @pytest.mark.parametrize(("status", "kept"), [
        ({"$in": ["PENDING", "REJECTED"]}, {"PENDING", "REJECTED"}), ("APPROVED", {"APPROVED"}), ({"$ne": "CANCELED"}, {"APPROVED", "PENDING", "REJECTED"}), ("INITIALIZED", set()),
    ])  # fmt: skip
    def test_orders_that_were_not_placed_never_come_and_pending_ones_only_if_asked_for(
        self, status: Any, kept: set[str], api: Api
    ) -> None:
        found = numbers(api, {"status": status}, sort=[{"fieldName": "number"}])

        assert found == expected(lambda order: order["status"] in kept, [*seed_orders()])

    @pytest.mark.parametrize(("filter_", "why"), [
        ({"createdDate": {"$gte": "2025-01-01T00:00:00Z", "$lt": "2025-02-01T00:00:00Z"}}, "exactly one operator"), ({"createdDate": {}}, "exactly one operator"),
        ({"currency": "USD"}, '"currency" cannot be filtered'), ({"$nor": []}, "cannot be filtered"), ({"priceSummary": {"$exists": True}}, "cannot be filtered"),
        ({"status": {"$gt": "A"}}, 'does not support the operator "$gt"'), ({"id": {"$startsWith": "a"}}, "does not support"), ({"status": {"$hasSome": ["A"]}}, "does not support"),
        ({"lineItems.catalogReference.appId": STORES_APP}, 'does not support the operator "$eq"'), ({"number": {"$startsWith": "1"}}, "does not support"), ({"status": {"eq": "A"}}, "does not support"),
        ({"createdDate": {"$gte": "2025-01-01"}}, "is not a date"), ({"createdDate": 5}, "is not a date"), ({"number": "x"}, "is not a number"), ({"number": True}, "is not a number"), ({"number": {"$lt": "NaN"}}, "is not a number"), ({"number": "sNaN"}, "is not a number"), ({"number": {"$gt": "-Infinity"}}, "is not a number"), ({"archived": "true"}, "is not a boolean"),
        ({"status": ["APPROVED"]}, "is not a text"), ({"status": {"$in": "APPROVED"}}, "takes a list"), ({"status": {"$in": []}}, "takes a list"), ({"archived": {"$exists": 1}}, "takes true or false"),
        ({"$and": {}}, "takes a list"), ({"$or": []}, "takes a list"), ({"$and": ["x"]}, "must be an object"), ({"$not": [{"archived": True}]}, "must be an object"), ([], "must be an object"),
    ])  # fmt: skip
    def test_other_filters_are_refused(self, filter_: Any, why: str, api: Api) -> None:
        details = api.refused(400, "POST", PATH, {"search": {"filter": filter_}})

        assert details["applicationError"]["code"] == "INVALID_ARGUMENT"
        assert why in details["applicationError"]["description"]

    def test_a_filter_that_is_nested_very_deep_is_refused(self, api: Api) -> None:
        nested: Any = {"archived": True}
        for _ in range(21):
            nested = {"$not": nested}

        assert (
            "levels deep"
            in api.refused(400, "POST", PATH, {"search": {"filter": nested}})["applicationError"][
                "description"
            ]
        )


class TestPages:
    def test_the_newest_orders_come_first_a_hundred_at_a_time(self, api: Api) -> None:
        answer = api.ok("POST", PATH, {"search": {}})

        assert [order["number"] for order in answer["orders"]] == [
            order["number"] for order in LISTED[:-101:-1]
        ]
        assert answer["metadata"]["count"] == 100
        assert answer["metadata"]["hasNext"] is True

    def test_a_cursor_leads_on_and_back_with_the_filter_and_the_sort_in_it(self, api: Api) -> None:
        members = {"filter": {"archived": True}, "sort": [{"fieldName": "number", "order": "ASC"}]}
        first = search(api, **members, cursorPaging={"limit": 3})
        second = search(api, cursorPaging={"limit": 3, "cursor": first["metadata"]["cursors"]["next"]})
        back = search(api, cursorPaging={"limit": 3, "cursor": second["metadata"]["cursors"]["prev"]})

        archived = [order for order in LISTED if order["archived"]]
        assert first["orders"] == back["orders"] == archived[:3]
        assert second["orders"] == archived[3:6]
        assert "prev" not in first["metadata"]["cursors"]

    def test_the_last_page_has_no_next_cursor(self, api: Api) -> None:
        answer = search(api, filter={"id": FIRST["id"]})

        assert answer == {"orders": [FIRST], "metadata": {"count": 1, "cursors": {}, "hasNext": False}}

    def test_orders_are_sorted_by_several_fields(self, api: Api) -> None:
        sort = [
            {"fieldName": "status", "order": "DESC"},
            {"fieldName": "purchasedDate"},
            {"fieldName": "number", "order": "DESC"},
        ]
        by_number = sorted(LISTED, key=lambda order: -int(order["number"]))
        by_date = sorted(by_number, key=lambda order: order["purchasedDate"] or "")

        assert numbers(api, {}, sort=sort) == [
            int(order["number"]) for order in sorted(by_date, key=lambda order: order["status"] == "APPROVED")
        ]

    @pytest.mark.parametrize("body", [
        None, [], {}, {"query": {}}, {"search": None}, {"search": {}, "more": 1}, {"search": {"paging": {}}}, {"search": {"cursorPaging": {"offset": 1}}}, {"search": {"cursorPaging": 5}},
        {"search": {"cursorPaging": {"limit": 0}}}, {"search": {"cursorPaging": {"limit": 101}}}, {"search": {"cursorPaging": {"limit": "5"}}}, {"search": {"cursorPaging": {"limit": True}}},
        {"search": {"sort": {}}}, {"search": {"sort": 0}}, {"search": {"sort": {"fieldName": "number"}}}, {"search": {"sort": [{"fieldName": "id"}]}}, {"search": {"sort": [{}]}}, {"search": {"sort": ["number"]}},
        {"search": {"sort": [{"fieldName": "number", "order": "UP"}]}}, {"search": {"sort": [{"fieldName": "number", "order": ["ASC"]}]}}, {"search": {"sort": [{"fieldName": "number"}] * 5}},
        {"search": {"cursorPaging": {"cursor": "x"}}}, {"search": {"cursorPaging": {"cursor": 5}}}, {"search": {"cursorPaging": {"cursor": "W10="}}}, {"search": {"cursorPaging": {"cursor": "W3t9LFtdLC0xXQ=="}}},
        {"search": {"cursorPaging": {"cursor": "é"}}}, {"search": {"cursorPaging": {"cursor": "W3siY3VycmVuY3kiOiJVU0QifSxbXSwwXQ=="}}}, {"search": {"cursorPaging": {"cursor": LONG_CURSOR}}}, {"search": {"filter": {"id": {"$nin": ["x" * 12_000]}}}},
        {"search": {"filter": {}, "cursorPaging": {"cursor": "W3t9LFtdLDBd"}}},
    ])  # fmt: skip
    def test_invalid_searches_are_refused(self, body: Any, api: Api) -> None:
        assert api.refused(400, "POST", PATH, body)["applicationError"]["code"] == "INVALID_ARGUMENT"

    def test_only_a_post_reaches_the_orders(self, api: Api) -> None:
        assert api("GET", PATH).status_code == 405
        assert api("POST", f"/_api{PATH}", {"search": {}}).status_code == 404


@pytest.mark.parametrize("one", SEARCHES, ids=[one["note"] for one in SEARCHES])
def test_the_requests_of_the_vendors_sdk_are_understood(one: Any, served: Served) -> None:
    refused = {"REST names": "exactly one operator", "next page": "the cursor is not valid"}
    headers = {"authorization": KEY, "content-type": "application/json", "wix-site-id": SITE}

    response = httpx.post(served.url + one["path"], headers=headers, content=json.dumps(one["body"]))

    if why := refused.get(one["note"]):
        assert response.status_code == 400
        assert why in response.text
    else:
        assert response.status_code == 200
        assert response.json()["metadata"]["count"] == len(response.json()["orders"]) > 0


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"authorization": "wrong", "wix-site-id": SITE}, 401), ({"authorization": KEY}, 403)],
)
def test_orders_need_a_key_and_a_site(headers: dict[str, str], status: int, served: Served) -> None:
    assert httpx.post(served.url + PATH, headers=headers, content='{"search": {}}').status_code == status


def test_a_rate_limit_counts_searches(serve: Callable[..., Served]) -> None:
    served = serve(rate_limit=2)
    headers = {"authorization": KEY, "wix-site-id": SITE}

    statuses = [
        httpx.post(served.url + PATH, headers=headers, content='{"search": {}}').status_code for _ in range(3)
    ]

    assert statuses == [200, 200, 429]
