"""Forwarding of events: by type, in order, with reports of each delivery."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from queue import Queue
from typing import TYPE_CHECKING, NamedTuple, Self

import pytest

from loyaltyctl.errors import UsageError
from loyaltyctl.serving.server import Server
from loyaltyctl.webhooks import forwarding
from loyaltyctl.webhooks.event_files import InputItem
from loyaltyctl.webhooks.forwarding import Forwarder, Route
from tests.webhooks.clients import LONG, NOW, reader, token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from loyaltyctl.webhooks.delivery import Delivery
    from loyaltyctl.webhooks.reader import DecodedEvent


def read(event_id: str, kind: str = "program_updated") -> DecodedEvent:
    return reader()._replace(now=NOW).read(InputItem("", token(event_id, kind)))


class FakeEndpoint:
    """WSGI endpoint that records events, and responds once it may."""

    def __init__(self, status: int = 200, location: str = "") -> None:
        self.got: Queue[str] = Queue()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self._status = f"{status} Whatever"
        self._more = [("Location", location)] if location else []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ["REQUEST_METHOD"] == "POST"
        assert not {"HTTP_AUTHORIZATION", "HTTP_WIX_SITE_ID", "HTTP_COOKIE"} & environ.keys()
        self.got.put(environ["wsgi.input"].read().decode())
        self.may_answer.wait(LONG)
        start_response(self._status, [("Content-Length", "1"), *self._more])
        return [b"x"]

    def received(self, number: int) -> list[str]:
        return [self.got.get(timeout=LONG) for _ in range(number)]


@pytest.fixture
def serve_url() -> Iterator[Callable[[FakeEndpoint], str]]:
    """Return a function that runs an endpoint and returns its URL."""
    with ExitStack() as running:

        def start(endpoint: FakeEndpoint) -> str:
            server = Server(endpoint, "127.0.0.1", 0, threads=1)
            running.enter_context(server.in_background())
            running.callback(endpoint.may_answer.set)
            return f"http://127.0.0.1:{server.port}/in?a=b"

        yield start


class Deliveries(NamedTuple):
    """Callback that collects the deliveries of a forwarder."""

    deliveries: Queue[tuple[str, str, Delivery]]

    @classmethod
    def nothing(cls) -> Self:
        return cls(Queue())

    def __call__(self, route: Route, reading: DecodedEvent, delivery: Delivery) -> None:
        self.deliveries.put((route.pattern, reading.event.id, delivery))

    def next(self, number: int) -> list[tuple[str, str, Delivery]]:
        return [self.deliveries.get(timeout=LONG) for _ in range(number)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


class TestForwarding:
    @pytest.mark.parametrize(
        ("text", "pattern", "url"),
        [
            ("http://x", "*", "http://x"),
            ("http://x/?a=b", "*", "http://x/?a=b"),
            ("account_*=http://x", "account_*", "http://x"),
            ("account_*=http://x/?a=b", "account_*", "http://x/?a=b"),
            ("wix.loyalty.v1.*=https://x:1", "wix.loyalty.v1.*", "https://x:1"),
        ],
    )
    def test_a_route_is_a_url_with_or_without_a_pattern(self, text: str, pattern: str, url: str) -> None:
        assert Route.parse(text) == Route(pattern, url)

    @pytest.mark.parametrize(
        ("pattern", "takes"),
        [
            ("*", True),
            ("account_*", True),
            ("*account*", True),
            ("account_updated", True),
            ("wix.loyalty.v1.account_updated", True),
            ("wix.loyalty.*", True),
            ("*_updated", True),
            ("[a]ccount_updated", True),
            ("account_create?", False),
            ("account", False),
            ("Account_*", False),
            ("v1.account_*", False),
            ("program_*", False),
        ],
    )
    def test_a_pattern_matches_a_type_with_or_without_its_domain(self, pattern: str, takes: bool) -> None:
        assert Route(pattern, "").matches("wix.loyalty.v1.account_updated") is takes

    @pytest.mark.parametrize(
        "text", ["x", "account_*=x", "ftp://x", "account_*=", "", "http://", "http://[", "http://x:0"]
    )
    def test_an_invalid_url_is_rejected_at_the_start(self, text: str) -> None:
        with pytest.raises(UsageError, match="invalid endpoint URL"):
            Forwarder([Route.parse(text)], 1, Deliveries.nothing())

    def test_an_empty_pattern_is_rejected(self) -> None:
        with pytest.raises(UsageError):
            Forwarder([Route.parse("=http://127.0.0.1:1")], 1, Deliveries.nothing()).close()

    def test_events_are_forwarded_by_type_in_order_and_unchanged(
        self, serve_url: Callable[[FakeEndpoint], str]
    ) -> None:
        everything, accounts, again, nothing = FakeEndpoint(), FakeEndpoint(), FakeEndpoint(), FakeEndpoint()
        deliveries = Deliveries.nothing()
        routes = [
            Route("*", serve_url(everything)),
            Route("account_*", serve_url(accounts)),
            Route("*account_updated", serve_url(again)),
            Route("reward_*", serve_url(nothing)),
        ]
        forwarder = Forwarder(routes, LONG, deliveries)
        kinds = ["account_updated" if i % 2 else "program_updated" for i in range(40)]
        for i, kind in enumerate(kinds):
            forwarder.send(read(f"{i}", kind))
        forwarder.close()

        whole = [token(f"{i}", kind) for i, kind in enumerate(kinds)]
        assert everything.received(40) == whole
        assert accounts.received(20) == again.received(20) == whole[1::2]
        assert nothing.got.empty()
        assert forwarder.dropped == 0
        received = deliveries.next(80)
        assert all(delivery.accepted or delivery.status == 200 for _, _, delivery in received)
        assert [one for pattern, one, _ in received if pattern == "*"] == [f"{i}" for i in range(40)]

    def test_the_response_of_an_endpoint_is_reported_without_effect(
        self, serve_url: Callable[[FakeEndpoint], str]
    ) -> None:
        endpoints = [FakeEndpoint(status) for status in (500, 404, 302, 204)]
        deliveries = Deliveries.nothing()
        forwarder = Forwarder([Route("*", serve_url(endpoint)) for endpoint in endpoints], LONG, deliveries)
        for one in "ab":
            forwarder.send(read(one))
        forwarder.close()

        assert sorted(delivery.status or 0 for _, _, delivery in deliveries.next(8)) == [
            204,
            204,
            302,
            302,
            404,
            404,
            500,
            500,
        ]
        for endpoint in endpoints:
            assert endpoint.received(2) == [token("a"), token("b")]
            assert endpoint.got.empty()  # nothing is sent twice, no redirect is followed

    def test_an_endpoint_with_an_invalid_redirect_gets_the_next_event_too(
        self, serve_url: Callable[[FakeEndpoint], str]
    ) -> None:
        endpoint = FakeEndpoint(302, location="javascript:alert(1)")
        deliveries = Deliveries.nothing()
        forwarder = Forwarder([Route("*", serve_url(endpoint))], LONG, deliveries)
        for one in "ab":
            forwarder.send(read(one))
        forwarder.close()

        assert [delivery.redirects_to for _, _, delivery in deliveries.next(2)] == ["an invalid address"] * 2

    def test_a_slow_endpoint_delays_no_other_and_loses_nothing(
        self, serve_url: Callable[[FakeEndpoint], str]
    ) -> None:
        slow, quick = FakeEndpoint(), FakeEndpoint()
        slow.may_answer.clear()
        deliveries = Deliveries.nothing()
        forwarder = Forwarder(
            [Route("*", serve_url(slow)), Route("*_updated", serve_url(quick))], LONG, deliveries
        )
        for i in range(20):
            forwarder.send(read(f"{i}"))

        assert quick.received(20) == [token(f"{i}") for i in range(20)]
        assert [pattern for pattern, _, _ in deliveries.next(20)] == ["*_updated"] * 20
        slow.may_answer.set()
        forwarder.close()
        assert slow.received(20) == [token(f"{i}") for i in range(20)]
        assert forwarder.dropped == 0

    def test_a_delivery_without_response_ends_at_its_timeout(
        self, serve_url: Callable[[FakeEndpoint], str]
    ) -> None:
        silent = FakeEndpoint()
        silent.may_answer.clear()
        deliveries = Deliveries.nothing()
        forwarder = Forwarder([Route("*", serve_url(silent))], 0.2, deliveries)
        forwarder.send(read("a"))

        [(_, _, delivery)] = deliveries.next(1)
        assert delivery.status is None
        assert delivery.problem == "no response within 0.2 s"
        silent.may_answer.set()
        forwarder.close()

    def test_an_unreachable_endpoint_is_reported_per_event_and_delays_no_other(
        self, serve_url: Callable[[FakeEndpoint], str]
    ) -> None:
        alive = FakeEndpoint()
        deliveries = Deliveries.nothing()
        dead = f"http://127.0.0.1:{free_port()}"
        forwarder = Forwarder([Route("*", dead), Route("*_updated", serve_url(alive))], LONG, deliveries)
        for one in "abc":
            forwarder.send(read(one))
        forwarder.close()

        assert alive.received(3) == [token(one) for one in "abc"]
        received = deliveries.next(6)
        assert [(one, each.problem) for pattern, one, each in received if pattern == "*"] == [
            (one, f"{dead} cannot be reached (Connection refused)") for one in "abc"
        ]

    def test_events_dropped_by_a_full_queue_are_counted(
        self, serve_url: Callable[[FakeEndpoint], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forwarding, "QUEUE_SIZE", 3)
        slow, quick = FakeEndpoint(), FakeEndpoint()
        slow.may_answer.clear()
        forwarder = Forwarder(
            [Route("*", serve_url(slow)), Route("*", serve_url(quick))], LONG, Deliveries.nothing()
        )
        forwarder.send(read("0"))
        assert slow.received(1) == quick.received(1) == [token("0")]
        for i in range(1, 10):
            forwarder.send(read(f"{i}"))
            assert quick.received(1) == [token(f"{i}")]

        assert forwarder.dropped == 7  # the event under way counts against the queue size too
        slow.may_answer.set()
        forwarder.close()
        assert slow.received(2) == [token(f"{i}") for i in (1, 2)]
        assert forwarder.dropped == 7

    def test_events_queued_after_the_drain_timeout_are_counted(
        self, serve_url: Callable[[FakeEndpoint], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forwarding, "DRAIN_TIMEOUT", 0.1)
        slow = FakeEndpoint()
        slow.may_answer.clear()
        forwarder = Forwarder([Route("*", serve_url(slow))], LONG, Deliveries.nothing())
        forwarder.send(read("0"))
        assert slow.received(1) == [token("0")]
        for i in range(1, 6):
            forwarder.send(read(f"{i}"))

        forwarder.close()
        assert forwarder.dropped == 6  # the result of the event under way is unknown
