"""The listener over a real socket: its responses."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.tokens.signing import Defect, sign
from loyaltyctl.tokens.verification import Policy
from loyaltyctl.webhooks.app import MAX_BODY
from loyaltyctl.webhooks.listener import Listener
from tests.webhooks.clients import (
    Connection,
    FixedClock,
    RunningListener,
    key,
    nameless,
    port_of,
    reader,
    request,
    token,
)

if TYPE_CHECKING:
    from pathlib import Path


class TestWhatIsAnswered:
    def test_200_for_a_genuine_event_that_is_saved(self, server: RunningListener) -> None:
        with Connection(server.port) as line:
            answer = line.send_raw(request(token())).answer()

        assert answer
        assert answer.status == 200
        saved = json.loads(server.file.read_text())
        assert saved == {
            "receivedAt": "2026-09-21T14:13:20.500Z",
            "eventType": "wix.loyalty.v1.program_updated",
            "eventId": "a",
            "token": token(),
        }

    def test_200_for_a_duplicate(self, server: RunningListener) -> None:
        assert [server.post(token(one)) for one in "aab"] == [200, 200, 200]
        assert server.saved() == ["a", "b"]

    def test_events_without_an_id_are_identified_by_their_content(self, tmp_path: Path) -> None:
        path = tmp_path / "events.jsonl"
        one, other = nameless(1), nameless(2)
        for texts, kept in (((one, one, other), 2), ((one, other, nameless(3)), 3)):
            with Listener(reader(), FixedClock(), path, once=True) as listener:
                port = port_of(listener.listen("127.0.0.1", 0))
                for text in texts:
                    with Connection(port) as line:
                        assert line.send_raw(request(text)).status() == 200
            assert len(path.read_text().splitlines()) == kept

    @pytest.mark.parametrize(
        "form",
        ["Bearer {}", "bearer {}", '"{}"', "'{}'", '"Bearer {}"', " \r\n{}\r\n", "\t{}  ", '" {} "\n'],
    )
    def test_200_for_a_token_with_quotes_or_bearer(self, form: str, server: RunningListener) -> None:
        assert server.post(form.format(token())) == 200
        assert json.loads(server.file.read_text())["token"] == token()

    @pytest.mark.parametrize(
        "headers",
        [
            (),
            ("Content-Type: text/plain; charset=utf-8",),
            ("Content-Type: application/jwt",),
            ("Content-Type: application/x-www-form-urlencoded",),
            ("Content-Type: multipart/form-data",),
            ("Expect: nothing",),
            ("Content-Encoding: identity",),
            ("X-Forwarded-For: 1.2.3.4",),
            ("Authorization: Bearer x.y.z",),
        ],
    )
    @pytest.mark.parametrize("target", ["/", "/events", "/a/b?c=d#e", "/%00%ff", "*", "http://elsewhere/"])
    @pytest.mark.sampled
    def test_200_whatever_the_other_headers(
        self, headers: tuple[str, ...], target: str, server: RunningListener
    ) -> None:
        assert server.send(request(token(), "POST", target, *headers)) == 200

    def test_200_for_a_body_after_100_continue(self, server: RunningListener) -> None:
        head, end, body = request(token(), "POST", "/", "Expect: 100-continue").partition(b"\r\n\r\n")
        with Connection(server.port) as line:
            assert line.send_raw(head + end).status() == 100
            assert line.send_raw(body).status() == 200

    @pytest.mark.parametrize("size", [1, 7, 100, 10_000])
    def test_200_for_a_body_in_chunks(self, size: int, server: RunningListener) -> None:
        assert server.send(_chunked(token().encode(), size)) == 200
        assert server.saved() == ["a"]

    @pytest.mark.parametrize(
        ("body", "reason"),
        [
            (b"", "MALFORMED"),
            (b" \r\n", "MALFORMED"),
            (b"{}", "MALFORMED"),
            (b"null", "MALFORMED"),
            (b"a.b", "MALFORMED"),
            (b"\xff\xfe\x00\x80", "MALFORMED"),
            (b"\0" * 99, "MALFORMED"),
            ("٣.٣.٣".encode(), "MALFORMED"),
            (b"e30.e30.AAAA\r\nX-Injected: yes", "MALFORMED"),
            (b"AAAA.e30.AAAA", "BAD_HEADER"),
            (b"x" * (MAX_BODY - 1), "TOO_LARGE"),
        ],
    )
    def test_400_for_a_body_that_is_not_a_token(
        self, body: bytes, reason: str, server: RunningListener
    ) -> None:
        with Connection(server.port) as line:
            answer = line.send_raw(request(body)).answer()
            assert answer
            assert (answer.status, answer.body) == (400, f"{reason}\n".encode())
            assert line.send_raw(request(token())).status() == 200  # the connection can be reused
        assert server.saved() == ["a"]

    @pytest.mark.parametrize(
        ("how", "reason"),
        [
            (Defect.TAMPER, "BAD_SIGNATURE"),
            (Defect.WRONG_KEY, "BAD_SIGNATURE"),
            (Defect.EXPIRED, "EXPIRED"),
            ("eyJhbGciOiJub25lIn0.e30.AAAA", "ALGORITHM_NOT_ALLOWED"),
            ("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "ALGORITHM_NOT_ALLOWED"),
            ("", "BAD_PAYLOAD"),
        ],
    )
    def test_401_for_a_token_that_is_not_genuine(
        self, how: Defect | str, reason: str, server: RunningListener
    ) -> None:
        text = token("a", how=how) if isinstance(how, Defect) else how or sign({"data": "{"}, key())
        with Connection(server.port) as line:
            answer = line.send_raw(request(text)).answer()
        assert answer
        assert (answer.status, answer.body) == (401, f"{reason}\n".encode())
        assert server.file.read_bytes() == b""

    def test_401_for_a_token_that_fails_the_policy(self) -> None:
        with Listener(reader(policy=Policy(issuer="me")), FixedClock(), None, once=False) as listener:
            port = port_of(listener.listen("127.0.0.1", 0))
            with Connection(port) as line:
                answer = line.send_raw(request(token())).answer()
            assert answer
            assert (answer.status, answer.body) == (401, b"WRONG_ISSUER\n")

    def test_without_a_key_every_well_formed_token_is_accepted(self) -> None:
        with Listener(reader(checks=False), FixedClock(), None, once=False) as listener:
            port = port_of(listener.listen("127.0.0.1", 0))
            for text, status in (
                (token(how=Defect.TAMPER), 200),
                (token(how=Defect.EXPIRED), 200),
                ("eyJhbGciOiJub25lIn0.e30.AAAA", 401),
                ("x", 400),
            ):
                with Connection(port) as line:
                    assert line.send_raw(request(text)).status() == status

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"])
    def test_405_for_anything_but_a_post(self, method: str, server: RunningListener) -> None:
        with Connection(server.port) as line:
            answer = line.send_raw(request(token(), method)).answer()
            assert answer
            assert answer.status == 405
            assert answer.headers["allow"] == "POST"
            assert line.send_raw(request(token())).status() == 200

    def test_405_for_a_head_and_no_body(self, server: RunningListener) -> None:
        with Connection(server.port) as line:
            answer = line.send_raw(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").answer(has_body=False)
            assert answer
            assert answer.status == 405
            assert line.send_raw(request(token())).status() == 200

    @pytest.mark.parametrize("size", [MAX_BODY, MAX_BODY * 100, 10**18])
    def test_413_for_a_body_larger_than_any_event_before_it_is_sent(
        self, size: int, server: RunningListener
    ) -> None:
        assert server.send(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()) == 413
        assert server.post(token()) == 200

    def test_413_for_a_chunked_body_that_is_too_large(self, server: RunningListener) -> None:
        assert server.send(_chunked(b"x" * (MAX_BODY + 1), 60_000)) == 413
        assert server.post(token()) == 200

    def test_503_if_an_event_cannot_be_saved_and_200_for_the_retry(
        self, server: RunningListener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert server.post(token("a")) == 200
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", _refuse)
            for _ in range(2):
                with Connection(server.port) as line:
                    answer = line.send_raw(request(token("b"))).answer()
                assert answer
                assert (answer.status, answer.body) == (503, b"NOT_KEPT\n")
            assert server.saved() == ["a"]

        assert server.post(token("b")) == 200
        assert server.saved() == ["a", "b"]


def _refuse(_: int) -> None:
    raise OSError(28, "No space left on device")


def _chunked(body: bytes, size: int) -> bytes:
    chunks = [body[i : i + size] for i in range(0, len(body), size)]
    sent = b"".join(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks)
    return b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + sent + b"0\r\n\r\n"
