"""Client of Search Orders: pages, cursors, repeated orders, and pages that do not advance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.client import Client
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.hooks import RequestStarted, RulesSeen
from loyaltyctl.api.orders import MAX_IDLE_PAGES
from loyaltyctl.api.session import Session
from loyaltyctl.errors import LoyaltyError, NotAllowed, TryLater
from tests.conftest import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from tests.api.clients import SandboxClient


def page(*ids: str, after: str = "", **metadata: Any) -> dict[str, Any]:
    """Return a page of orders; `after` is the cursor of the next one."""
    return {"orders": [{"id": one} for one in ids], "metadata": {"cursors": {"next": after}, **metadata}}


class Scripted:
    """Client of a server that sends the given pages in turn, and the bodies of its requests."""

    def __init__(self, pages: Iterable[Any]) -> None:
        self.sent: list[Any] = []
        bodies = iter(pages)

        def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
            self.sent.append(json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))))
            start_response("200 OK", [("Content-Type", "application/json"), ("X-Wix-Request-Id", "r1")])
            return [json.dumps(next(bodies)).encode()]

        def ignore(_: object) -> None:
            """Ignore a notification."""

        exchange = Exchange.in_process("http://127.0.0.1", ignore, app)
        session = Session(
            exchange, authorizer=Anonymous(), limiter=None, clock=FakeClock(), hooks=[], seconds=60, retries=0
        )
        self.client = Client(session, FakeClock())

    def ids(self, **options: Any) -> list[list[Any]]:
        """Return the ids on each page that the client yields."""
        pages = self.client.orders.pages(
            options.pop("filter_", {}), seen=options.pop("seen", set()), **options
        )
        return [[order["id"] for order in one.orders] for one in pages]


@pytest.fixture
def scripted() -> Iterator[Callable[..., Scripted]]:
    """Return a function that creates scripted clients, which are closed after the test."""
    created: list[Scripted] = []

    def create(*pages: Any) -> Scripted:
        created.append(Scripted(pages))
        return created[-1]

    yield create
    for one in created:
        one.client.close()


def test_next_pages_are_asked_for_with_the_cursor_alone(scripted: Callable[..., Scripted]) -> None:
    server = scripted(page("a", "b", after="2"), page("c", after="3"), page("d"))

    assert server.ids(filter_={"status": "APPROVED"}) == [["a", "b"], ["c"], ["d"]]
    assert server.sent == [
        {"search": {"filter": {"status": "APPROVED"}, "sort": [{"fieldName": "createdDate", "order": "ASC"}], "cursorPaging": {"limit": 100}}},
        {"search": {"cursorPaging": {"limit": 100, "cursor": "2"}}},
        {"search": {"cursorPaging": {"limit": 100, "cursor": "3"}}},
    ]  # fmt: skip


def test_a_search_continues_at_a_cursor(scripted: Callable[..., Scripted]) -> None:
    server = scripted(page("b", "c"))

    assert server.ids(cursor="7", seen={"b"}) == [["c"]]
    assert server.sent == [{"search": {"cursorPaging": {"limit": 100, "cursor": "7"}}}]


@pytest.mark.parametrize("last", [
    page("b"), page("b", after="3", hasNext=False), {"orders": [{"id": "b"}]}, {"orders": [{"id": "b"}], "metadata": None}, {"orders": [{"id": "b"}], "metadata": {"cursors": []}},
    {"orders": [{"id": "b"}], "metadata": {"cursors": {"next": None}}},
])  # fmt: skip
@pytest.mark.parametrize("member", ["metadata", "pagingMetadata"])
def test_the_last_page_has_no_cursor_or_says_so(
    member: str, last: Any, scripted: Callable[..., Scripted]
) -> None:
    first = {"orders": [{"id": "a"}], member: {"cursors": {"next": "2"}, "hasNext": True}}

    assert scripted(first, last).ids() == [["a"], ["b"]]


@pytest.mark.parametrize("metadata", [
    {"hasNext": True}, {"hasNext": True, "cursors": {}}, {"hasNext": True, "cursors": {"next": ""}}, {"hasNext": True, "cursors": {"next": 5}}, {"cursors": {"next": 5}},
])  # fmt: skip
def test_more_orders_without_a_cursor_are_an_error(metadata: Any, scripted: Callable[..., Scripted]) -> None:
    with pytest.raises(TryLater, match="promises more orders, but has no cursor for them"):
        scripted({"orders": [{"id": "a"}], "metadata": metadata}).ids()


def test_a_full_page_without_metadata_is_not_taken_for_the_last_one(
    scripted: Callable[..., Scripted],
) -> None:
    full = [{"id": str(i)} for i in range(100)]

    assert len(scripted({"orders": full, "metadata": {"cursors": {}}}).ids()[0]) == 100
    for body in ({"orders": full}, {"orders": full, "metadata": None}, {"orders": full, "metadata": {}}):
        with pytest.raises(TryLater, match="a full page without a cursor or an end"):
            scripted(body).ids(seen={"1"})


def test_repeated_orders_are_dropped(scripted: Callable[..., Scripted]) -> None:
    server = scripted(page("a", "b", "a", after="2"), page("b", "c", after="3"), page("c"))

    assert server.ids() == [["a", "b"], ["c"], []]


def test_empty_pages_before_the_end_are_passed_over(scripted: Callable[..., Scripted]) -> None:
    server = scripted(*(page(after=str(i)) for i in range(MAX_IDLE_PAGES)), page("a"))

    assert server.ids()[-1] == ["a"]


@pytest.mark.parametrize("pages", [
    [page("a", after="2"), page("b", after="2")],
    [page("a", after="2"), *(page("a", after=str(i % 2 + 3)) for i in range(MAX_IDLE_PAGES + 1))],
    [page("a", after="2"), *(page("a", after=f"new {i}") for i in range(MAX_IDLE_PAGES + 1))],
    [page(after=f"new {i}") for i in range(MAX_IDLE_PAGES + 1)],
], ids=["the same cursor", "cursors in a cycle", "new cursors, known orders", "new cursors, no orders"])  # fmt: skip
def test_pages_that_do_not_advance_are_an_error(pages: list[Any], scripted: Callable[..., Scripted]) -> None:
    with pytest.raises(TryLater, match="could not search the orders: the pages do not advance") as error:
        scripted(*pages).ids()

    assert error.value.reason == "NO_USABLE_ANSWER"
    assert error.value.request_id == "r1"


@pytest.mark.parametrize("orders", [[{}], [{"id": ""}], [{"id": 5}], [{"id": "a"}, {"number": "1"}], 5, [5]])
def test_orders_without_an_id_are_an_error(orders: Any, scripted: Callable[..., Scripted]) -> None:
    with pytest.raises(TryLater, match="could not search the orders: the response has"):
        scripted({"orders": orders}).ids()


@pytest.mark.parametrize(
    "fault",
    [
        "429=1@search-orders*2",
        "500@search-orders*2",
        "cut@search-orders*2",
        "lost@search-orders*2",
        "empty@search-orders*1",
    ],
)
def test_a_page_that_fails_is_asked_for_again(fault: str, make_client: Callable[..., SandboxClient]) -> None:
    pages = [*make_client(fault).client.orders.pages({}, seen=set())]

    assert [len(one.orders) for one in pages] == [
        len(one.orders) for one in make_client().client.orders.pages({}, seen=set())
    ]


def test_a_missing_permission_is_named(make_client: Callable[..., SandboxClient]) -> None:
    with pytest.raises(NotAllowed) as error:
        next(make_client("403@search-orders").client.orders.pages({}, seen=set()))

    assert "lacks the permission Read Orders (ECOM.READ_ORDERS)" in error.value.hint


def test_orders_are_not_reported_as_rules(make_client: Callable[..., SandboxClient]) -> None:
    client = make_client()
    next(client.client.orders.pages({}, seen=set()))

    assert any(isinstance(one, RequestStarted) for one in client.notifications)
    assert not any(isinstance(one, RulesSeen) for one in client.notifications)


def test_a_server_that_keeps_failing_ends_the_search(make_client: Callable[..., SandboxClient]) -> None:
    with pytest.raises(LoyaltyError, match="could not search the orders"):
        [*make_client("503@search-orders").client.orders.pages({}, seen=set())]
