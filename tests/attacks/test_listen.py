"""`events listen` under 1,000 requests per second, killed meanwhile: no acknowledged event is lost.

-rP prints the rate and the latencies; no test fails because of them.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import signal
import socket
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.model.events.catalog import DELIVERY_TIMEOUT
from tests import schemas
from tests.attacks.event_load import (
    ANSWERS,
    GENUINE,
    HALF,
    RATE,
    Hit,
    Shot,
    key,
    request,
    send_load,
    status_of,
    token,
)
from tests.attacks.listeners import Listener, ids_in, saved, whole_lines
from tests.scale import scaled

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Home

SECONDS = scaled(5, least=1)
TORN = b'{"receivedAt":"2026-11-21T08:00'
"""Incomplete line, as after a power failure."""


def _send_until_killed(listener: Listener, seed: int) -> tuple[list[Hit], float]:
    """Send requests, and kill the listener; return the results and the time of the kill."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    sender = spawn.Process(
        target=send_load,
        args=(listener.port, (SECONDS + 1) * RATE, key().to_pem()[0], seed, theirs),
        daemon=True,
    )
    sender.start()
    began: float = ours.recv()
    time.sleep(max(0.0, began + SECONDS - time.perf_counter()))
    assert listener.process.poll() is None
    killed = time.perf_counter() - began
    listener.process.kill()
    hits: list[Hit] = ours.recv()
    sender.join()
    return hits, killed


def _print_latencies(hits: list[Hit]) -> None:
    """Print the rate and the latencies of the acknowledgements."""
    acknowledged = sorted(hit.seconds for hit in hits if hit.status == 200)
    answered = [hit for hit in hits if hit.status is not None]
    span = max(hit.sent for hit in answered)
    sent = [hit for hit in hits if hit.sent <= span]
    latencies = ", ".join(
        f"{name} {acknowledged[int(part * (len(acknowledged) - 1))] * 1000:.1f}"
        for name, part in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0))
    )
    late = sum(seconds > DELIVERY_TIMEOUT for seconds in acknowledged)
    print(  # noqa: T201 - for people
        f"{len(sent):,} requests in {span:.1f} s are {len(sent) / span:,.0f} a second "
        f"(asked for: {RATE:,}; sent {max(hit.late for hit in sent) * 1000:.0f} ms late at most), "
        f"{len(acknowledged):,} of them acknowledged; ms to a 200: {latencies}; beyond {DELIVERY_TIMEOUT:g} s: {late}"
    )


@pytest.mark.parametrize("once", [True, False])
def test_a_killed_listener_has_saved_all_acknowledged_events(
    once: bool, listen: Callable[..., Listener], home: Home
) -> None:
    options = ["--save", "events.jsonl", *(["--dedupe"] if once else [])]
    file, shown = home.work / "events.jsonl", home.work / "shown.jsonl"
    listener = listen(*options, stdout=shown)

    hits, killed = _send_until_killed(listener, seed=20261121 + once)
    _print_latencies(hits)

    # Each request got the right status, except those cut off by the kill.
    wrong = [
        hit
        for hit in hits
        if hit.status != ANSWERS[hit.kind] and (hit.status is not None or hit.sent + hit.seconds < killed)
    ]
    assert not wrong
    assert {hit.kind for hit in hits if hit.status is not None} == {*ANSWERS} - {HALF}

    # The file has all acknowledged events, none that was not sent, and none more often than sent.
    whole = whole_lines(file.read_bytes())
    lines = ids_in(whole)
    found = Counter(lines)
    sent = Counter(hit.event_id for hit in hits if hit.kind == GENUINE)
    acknowledged = Counter(hit.event_id for hit in hits if hit.status == 200)
    assert len(acknowledged) > RATE / 10  # an early kill would prove nothing
    if once:
        assert max(sent.values()) > 1
        assert set(found.values()) == {1}
        assert acknowledged.keys() <= found.keys() <= sent.keys()
    else:
        assert acknowledged <= found <= sent

    # Every event shown was saved before.
    ids = [json.loads(line)["event"]["id"] for line in shown.read_text().splitlines(keepends=True) if line.endswith("\n")]  # fmt: skip
    assert ids
    assert Counter(ids) <= found

    # Only rejections were reported, up to the limit.
    output = listener.end()[1].splitlines()
    assert [line for line in output if not line.startswith("rejected with 4")] == []
    assert len(output) == 20

    # The next listener removes the incomplete line, reads the rest, and continues.
    if file.read_bytes() == whole:
        file.write_bytes(whole + TORN)
    after = listen(*options)
    old, new = token(lines[0], key()), token("another", key())
    assert [after.post(body) for body in (old, new, new)] == [200, 200, 200]
    code, err = after.end(signal.SIGINT)
    assert code == 0
    assert sorted(err.removeprefix("done: ").strip().split(", ")) == (
        ["1 accepted", "2 duplicate"] if once else ["3 accepted"]
    )
    assert file.read_bytes().startswith(whole)
    assert saved(file)[len(lines) :] == (["another"] if once else [lines[0], "another", "another"])


def test_unread_output_delays_no_response(listen: Callable[..., Listener], home: Home) -> None:
    listener = listen("--save", "events.jsonl")
    ids = [f"e{i}" for i in range(300)]  # more than a pipe holds
    with socket.create_connection(("127.0.0.1", listener.port)) as line:
        assert {status_of(line, Shot(GENUINE, one, request(token(one, key())))) for one in ids} == {200}
    assert saved(home.work / "events.jsonl") == ids

    assert listener.process.stdout
    shown = [json.loads(listener.process.stdout.readline()) for _ in ids]
    assert [one["event"]["id"] for one in shown] == ids
    schemas.check("events-listen", shown)
    assert listener.end(signal.SIGINT) == (0, f"done: {len(ids)} accepted\n")


def test_a_burst_is_answered_without_messages(listen: Callable[..., Listener], home: Home) -> None:
    listener = listen("--save", "events.jsonl", "--dedupe", stdout=home.work / "shown.jsonl")
    lines = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(300)]
    burst = [Shot(GENUINE, f"burst {i}", request(token(f"burst {i}", key()))) for i in range(len(lines))]

    for line, shot in zip(lines, burst, strict=True):
        line.sendall(shot.data)
    statuses = [status_of(line, Shot(GENUINE, "", b"")) for line in lines]
    for line in lines:
        line.close()

    assert statuses == [200] * len(lines)
    assert sorted(saved(home.work / "events.jsonl")) == sorted(shot.event_id for shot in burst)
    assert listener.end(signal.SIGINT) == (0, f"done: {len(lines)} accepted\n")


@pytest.mark.linux
def test_events_are_not_acknowledged_on_a_full_disk(listen: Callable[..., Listener], home: Home) -> None:
    file = home.work / "events.jsonl"
    listener = listen("--save", "events.jsonl", "--dedupe")
    tokens = [token(f"e{i}", key()) for i in range(12)]
    assert listener.post(tokens[0]) == 200

    full = int(4.5 * file.stat().st_size)  # in the middle of a line
    resource.prlimit(listener.process.pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
    assert [listener.post(text) for text in tokens] == [200] * 4 + [503] * 8
    assert saved(file) == ["e0", "e1", "e2", "e3"]

    resource.prlimit(
        listener.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    )
    assert [listener.post(text) for text in tokens] == [200] * 12
    assert saved(file) == [f"e{i}" for i in range(12)]
    code, err = listener.end(signal.SIGINT)
    assert code == 0
    assert (
        err
        == "rejected with 503: NOT_KEPT: the disk is full\n" * 8
        + "done: 12 accepted, 5 duplicate, 8 rejected\n"
    )
