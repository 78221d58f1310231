"""Results of requests after their responses, and the end of the listener."""

from __future__ import annotations

import os
import signal
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.errors import Conflict, UsageError
from loyaltyctl.serving.server import Server
from loyaltyctl.tokens.signing import Defect
from loyaltyctl.webhooks.app import MAX_BODY, Accepted, Rejected, WebhookApp
from loyaltyctl.webhooks.event_log import EventLog
from loyaltyctl.webhooks.listener import Listener
from tests.webhooks.clients import (
    LONG,
    Connection,
    FixedClock,
    RunningListener,
    port_of,
    reader,
    request,
    token,
)

if TYPE_CHECKING:
    from pathlib import Path


class TestAfterwards:
    """Results are handled after the response."""

    @pytest.mark.parametrize(
        "status",
        [
            200,
            400,
            401,
        ],
    )
    def test_a_response_does_not_wait_for_the_callback(self, status: int) -> None:
        body = {200: token(), 400: "x", 401: token(how=Defect.TAMPER)}[status]
        answered = threading.Event()
        waited: SimpleQueue[bool] = SimpleQueue()

        def afterwards(_: Accepted | Rejected) -> None:
            waited.put(answered.wait(LONG))

        app = WebhookApp(reader(), EventLog(None, once=True), FixedClock(), afterwards)
        server = Server(app, "127.0.0.1", 0, max_body=MAX_BODY, threads=1)
        with server.in_background(), Connection(server.port) as line:
            assert line.send_raw(request(body)).status() == status
            answered.set()
            assert waited.get(timeout=LONG)

    def test_requests_are_answered_and_saved_without_reading_results(self, server: RunningListener) -> None:
        with Connection(server.port) as line:
            assert [line.send_raw(request(token(f"{i}"))).status() for i in range(50)] == [200] * 50
        assert server.saved() == [f"{i}" for i in range(50)]

        results = server.results()
        assert [
            result.decoded.event.id for result in results if isinstance(result, Accepted)
        ] == server.saved()

    def test_results_describe_each_request(self, server: RunningListener) -> None:
        with Connection(server.port) as line:
            for body, method in (
                (token("a"), "POST"),
                (token("a"), "POST"),
                ("x", "POST"),
                (token("b", how=Defect.EXPIRED), "POST"),
                (token("c"), "GET"),
            ):
                line.send_raw(request(body, method)).answer()

        first, second, *refused = server.results()
        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        assert (first.is_new, second.is_new) == (True, False)
        assert first.decoded.token == token("a")
        assert first.decoded.state == "verified"
        answered = [(one.status, one.reason) for one in refused if isinstance(one, Rejected)]
        assert answered == [(400, "MALFORMED"), (401, "EXPIRED"), (405, "POST_ONLY")]

    def test_after_ctrl_c_nothing_is_accepted_and_earlier_results_are_yielded(
        self, server: RunningListener
    ) -> None:
        assert [server.post(token(one)) for one in "abc"] == [200, 200, 200]

        assert len(server.results()) == 3
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        with pytest.raises(ConnectionRefusedError):
            server.post(token("d"))
        with Listener(reader(), FixedClock(), server.file, once=True):  # the file is unlocked
            assert server.saved() == ["a", "b", "c"]

    def test_a_ctrl_c_right_before_a_wait_ends_it(self, server: RunningListener) -> None:
        # Simulates a signal that Python handles only after the main thread has begun to wait.
        interrupt = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # other threads may still receive it
        interrupt.start()
        try:
            assert list(server.listener.results()) == []
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
            interrupt.join()

    def test_closing_the_iterator_does_not_stop_the_listener(self, server: RunningListener) -> None:
        before = signal.getsignal(signal.SIGINT)
        server.post(token("a"))
        for result in server.listener.results():
            assert isinstance(result, Accepted)
            break
        assert signal.getsignal(signal.SIGINT) is before
        assert server.post(token("b")) == 200

    def test_leaving_the_listener_releases_port_and_file(self, tmp_path: Path) -> None:
        file = tmp_path / "events.jsonl"
        with Listener(reader(), FixedClock(), file, once=True) as listener:
            port = port_of(listener.listen("127.0.0.1", 0))
            with pytest.raises(Conflict):
                Listener(reader(), FixedClock(), file, once=True)
            with (
                pytest.raises(UsageError, match="cannot listen on"),
                Listener(reader(), FixedClock(), None, once=True) as other,
            ):
                other.listen("127.0.0.1", port)  # fmt: skip
        with Listener(reader(), FixedClock(), file, once=True) as listener:
            assert port_of(listener.listen("127.0.0.1", port)) == port
