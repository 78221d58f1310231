"""Start and end of `events listen`, and forwarding."""

from __future__ import annotations

import json
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.attacks.event_load import key, token
from tests.attacks.listeners import Listener, saved
from tests.cli.doctor.test_network import over_tls

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home


def test_ctrl_c_ends_the_listener(listen: Callable[..., Listener]) -> None:
    listener = listen("--dedupe")
    for body, status in ((token("a", key()), 200), (token("a", key()), 200), ("x", 400)):
        assert listener.post(body) == status

    assert listener.end(signal.SIGINT) == (
        0,
        "rejected with 400: MALFORMED\ndone: 1 accepted, 1 duplicate, 1 rejected\n",
    )


def test_verbose_shows_why_a_request_was_rejected(listen: Callable[..., Listener]) -> None:
    listener = listen("-v")
    token_text = token("a", key())
    for body, status in (("x", 400), ("e30.e30.AAAA", 401), (json.dumps({"body": token_text}), 400)):
        assert listener.post(body) == status

    _, output = listener.end(signal.SIGINT)
    assert "rejected with 400: MALFORMED: not a token: a token has three parts" in output
    assert "rejected with 401: ALGORITHM_NOT_ALLOWED: the header has no alg" in output
    assert (
        "rejected with 400: MALFORMED: not a token by itself: there is a token in the member body" in output
    )
    assert token_text not in output


def test_a_wrapped_token_is_rejected_and_always_explained(listen: Callable[..., Listener]) -> None:
    listener = listen()
    token_text = token("a", key())
    for body in (
        json.dumps({token_text: ""}),
        json.dumps({str(i): c for i, c in enumerate(token_text)}),
        f"JWT={token_text}",
    ):
        assert listener.post(body) == 400

    output = listener.end(signal.SIGINT)[1]  # in the order of the responses
    assert output.count("rejected with 400: MALFORMED: not a token by itself: there is a token in") == 3
    assert output.count("Pass on the raw body of the request") == 2
    assert "the value behind JWT=" in output
    assert token_text not in output


def test_ctrl_c_right_after_the_start_ends_the_listener(listen: Callable[..., Listener]) -> None:
    assert listen().end(signal.SIGINT) == (0, "done: no requests\n")


def test_count_ends_the_listener(listen: Callable[..., Listener], home: Home) -> None:
    listener = listen("--count", "2", "--dedupe", "--save", "events.jsonl")
    for event_id in ("a", "a", "b"):
        assert listener.post(token(event_id, key())) == 200

    assert listener.end() == (0, "done: 2 accepted, 1 duplicate\n")
    assert saved(home.work / "events.jsonl") == ["a", "b"]


def test_a_closed_output_pipe_ends_the_listener_with_141(listen: Callable[..., Listener], home: Home) -> None:
    listener = listen("--save", "events.jsonl")
    assert listener.process.stdout

    assert listener.post(token("a", key())) == 200
    assert json.loads(listener.process.stdout.readline())["event"]["id"] == "a"
    listener.process.stdout.close()
    assert listener.post(token("b", key())) == 200

    assert listener.process.wait(60) == 141
    assert listener.process.stderr
    assert listener.process.stderr.read() == ""
    assert saved(home.work / "events.jsonl") == ["a", "b"]


def test_a_file_belongs_to_one_listener(listen: Callable[..., Listener], home: Home) -> None:
    first = listen("--save", "events.jsonl")
    second = listen("--save", "events.jsonl")

    assert second.end()[0] == 5
    assert "another run saves events to events.jsonl" in second.output
    assert first.post(token("a", key())) == 200
    first.end(signal.SIGINT)
    third = listen("--save", "events.jsonl")
    assert third.post(token("b", key())) == 200
    assert saved(home.work / "events.jsonl") == ["a", "b"]


def test_a_port_belongs_to_one_listener(listen: Callable[..., Listener]) -> None:
    first = listen()
    second = listen("--save", "events.jsonl", port=first.port)

    assert second.end()[0] == 2
    error = json.loads(second.output)["error"]
    assert error["message"].startswith(
        f'cannot listen on "127.0.0.1" port {first.port}: Address already in use'
    )
    assert first.post(token("a", key())) == 200
    assert listen("--save", "events.jsonl").port  # the file is not locked


@pytest.mark.parametrize(
    ("file", "output"),
    [
        ("missing/events.jsonl", "No such file or directory"),
        ("test.pub.pem/events.jsonl", "Not a directory"),
        ("/proc/events.jsonl", "No such file or directory"),  # not writable even for root
    ],
)
def test_a_file_that_cannot_be_written_is_an_error_at_the_start(
    file: str, output: str, listen: Callable[..., Listener]
) -> None:
    listener = listen("--save", file)

    code, rest = listener.end()
    assert code == 1
    error = json.loads(listener.output)["error"]
    assert error["message"] == f"cannot use {file}: {output}"
    assert rest == ""


def test_a_directory_is_rejected_as_file(listen: Callable[..., Listener]) -> None:
    listener = listen("--save", ".")

    assert listener.end()[0] == 6
    assert ". is not a regular file" in listener.output


def test_a_file_that_is_not_an_event_log_is_not_changed(listen: Callable[..., Listener], home: Home) -> None:
    (home.work / "notes.txt").write_text("my notes")

    listener = listen("--save", "notes.txt", "--dedupe")
    assert listener.end()[0] == 6
    assert "notes.txt line 1 is not a saved event" in listener.output
    assert (home.work / "notes.txt").read_text() == "my notes"


def test_events_are_forwarded_by_type(listen: Callable[..., Listener]) -> None:
    program, rest = listen(), listen()
    listener = listen(
        "--forward-to",
        f"program_*=http://127.0.0.1:{program.port}",
        "--forward-to",
        f"account_*=http://127.0.0.1:{rest.port}",
    )
    assert [listener.post(token(event_id, key())) for event_id in ("a", "b")] == [200, 200]

    code, err = listener.end(signal.SIGINT)
    assert code == 0
    assert err.count(f"program_updated to http://127.0.0.1:{program.port}: 200 in ") == 2
    assert str(rest.port) not in err
    for each, number in ((program, 2), (rest, 0)):
        each.process.send_signal(signal.SIGINT)
        out = each.process.communicate(timeout=60)[0]
        assert len(out.splitlines()) == number


def test_a_failed_forward_is_described_like_a_failed_request(
    listen: Callable[..., Listener], home: Home
) -> None:
    with over_tls(home.work) as (untrusted, _), socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
        closed.close()
        urls = (untrusted, f"http://me:s3cret@127.0.0.1:{port}/in")
        listener = listen(*(word for url in urls for word in ("--forward-to", url)))
        assert listener.post(token("a", key())) == 200
        err = listener.end(signal.SIGINT)[1]

    assert f"to {untrusted}: the certificate of {untrusted} is not trusted (self" in err
    refused = f"http://127.0.0.1:{port} cannot be reached (Connection refused)"
    assert f"to http://127.0.0.1:{port}/in: {refused}\n" in err
    assert "s3cret" not in err
