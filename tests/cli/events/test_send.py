"""`events send` and `events replay`: to correct, wrong, slow and unreachable endpoints."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.cli.events.endpoints import OK, UNAUTHORIZED, Correct, Response, endpoint
from tests.cli.events.tokens import FORMATS, KEYED, SIGNS, Pair
from tests.conftest import NO_RULE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

SEND = "events send --key test.pem --type tier_updated"
ALL = "--duplicate --tamper --expired --wrong-key"


def test_a_correct_endpoint_is_right(run: Run, pairs: dict[str, Pair]) -> None:
    with endpoint(Correct(pairs["test"].public)) as server:
        attempts = run(f"{SEND} --to {server.url} {ALL} --repeat 3 --json").json()

    assert [(one["sent"], one["status"], one["right"]) for one in attempts] == [
        *[("genuine", 200, True), ("duplicate", 200, True)] * 3,
        ("tamper", 401, True),
        ("expired", 401, True),
        ("wrong-key", 401, True),
    ]
    assert {*attempts[0]} == {"sent", "status", "milliseconds", "body", "right", "should"}
    assert attempts[-1]["body"] == "no"


def test_requests_are_those_that_wix_sends(run: Run, pairs: dict[str, Pair]) -> None:
    credentials = {"LOYALTYCTL_API_KEY": "IST.canary", "LOYALTYCTL_SITE_ID": NO_RULE}
    with endpoint(Correct(pairs["test"].public)) as server:
        run(f"{SEND} --to {server.url} {ALL} --repeat 2 --set entity.requiredPoints=7", env=credentials)

    genuine, twin, other, *_, tampered, expired, foreign = server.requests
    assert genuine.token == twin.token
    assert (genuine.path, genuine.headers["CONTENT_TYPE"]) == ("/events", "text/plain; charset=utf-8")
    assert not any("canary" in value or NO_RULE in value for value in genuine.headers.values())
    read = run(f"events decode - {KEYED} --json", stdin=f"{genuine.token}\n{other.token}").json()
    assert [one["entity"]["requiredPoints"] for one in read] == [7, 7]
    assert len({one["event"]["id"] for one in read}) == 2
    first, second = (int(one["event"]["entityEventSequence"]) for one in read)
    assert second == first + 1
    reasons = [
        run(f"events verify - {KEYED} --json", stdin=one.token, code=9).json()["reason"]
        for one in (tampered, expired, foreign)
    ]
    assert reasons == ["BAD_SIGNATURE", "EXPIRED", "BAD_SIGNATURE"]
    assert run("events verify - --public-key other.pub.pem", stdin=foreign.token, code=9).code == 9


def _slow(_: str) -> Response:
    time.sleep(1.3)
    return OK


WRONG: list[tuple[str, Callable[[str], Response], str, list[str]]] = [
    ("takes everything", lambda _: OK, ALL, ["tamper", "expired", "wrong-key"]),
    ("refuses everything", lambda _: UNAUTHORIZED, ALL, ["genuine", "duplicate"]),
    ("fails", lambda _: ("500 Oops", b"", {}), ALL, ["genuine", "duplicate", "tamper", "expired", "wrong-key"]),
    ("says 204", lambda _: ("204 No Content", b"", {}), "", ["genuine"]),
    ("says 201", lambda _: ("201 Created", b"", {}), "", ["genuine"]),
    ("leads elsewhere", lambda _: ("302 Found", b"", {"Location": "/elsewhere"}), "--tamper", ["genuine", "tamper"]),
    ("is slow", _slow, "", ["genuine"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "options", "wrong"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_a_wrong_endpoint_is_reported(
    answer: Callable[[str], Response], options: str, wrong: list[str], run: Run
) -> None:
    with endpoint(answer) as server:
        ended = run(f"{SEND} --to {server.url} {options} --json", code=10)

    attempts = ended.json()
    assert [one["sent"] for one in attempts if not one["right"]] == wrong
    assert ended.error()["code"] == "ENDPOINT_WRONG"
    assert ended.error()["message"].startswith(
        f"{len(wrong)} of {len(attempts)} responses are not those of a correct endpoint"
    )
    assert {one.path for one in server.requests} == {"/events"}


def test_each_response_has_a_line_with_a_verdict(run: Run) -> None:
    with endpoint(lambda _: OK) as server:
        tsv = run(f"{SEND} --to {server.url} --tamper", code=10).out
        table = run(f"{SEND} --to {server.url} --tamper -o table", code=10)

    rows = [row.split("\t") for row in tsv.splitlines()]
    assert [(row[0], row[1]) for row in rows] == [("genuine", "200"), ("tamper", "200")]
    assert rows[0][3] == "right"
    assert rows[1][3] == "WRONG: should reject it (4xx): the signature is of another payload. 200 accepts it"
    assert table.out.splitlines()[0].split() == ["SENT", "STATUS", "MS", "VERDICT", "BODY"]
    assert table.err == "error: 1 of 2 responses are not those of a correct endpoint\n"


def test_an_unreachable_endpoint_is_exit_code_7(run: Run) -> None:
    ended = run(f"{SEND} --to http://127.0.0.1:1/ --duplicate --json", code=7)

    assert [(one["status"], one["right"]) for one in ended.json()] == [(None, False)] * 2
    assert (ended.error()["code"], ended.error()["exitCode"]) == ("UNREACHABLE", 7)
    assert "no response from http://127.0.0.1:1/ to 2 of 2" in ended.error()["message"]


def test_an_endpoint_without_response_is_exit_code_7(run: Run) -> None:
    with endpoint(_slow) as server:
        ended = run(f"{SEND} --to {server.url} --timeout 0.2 --json", code=7)

    assert ended.json()[0]["problem"] == "no response within 0.2 s"


@pytest.mark.parametrize("format_", FORMATS)
def test_hostile_responses_are_shown_safely(format_: str, run: Run) -> None:
    body = "\x1b[2J\u202e[red]x[/red]\n=1+1".encode() + b"\xff" + b"x" * 100_000

    with endpoint(lambda _: ("200 OK", body, {})) as server:
        ended = run(f"{SEND} --to {server.url} -o {format_}")

    assert not SIGNS & {*ended.out, *ended.err}
    assert len(ended.out) < 20_000


def test_tokens_are_replayed_byte_for_byte(run: Run, work: Path, pairs: dict[str, Pair], sign: Callable[..., str]) -> None:  # fmt: skip
    tokens = [
        sign("tier_created"),
        sign("tier_updated", "claims.exp=1700000000"),
        sign("tier_deleted", key="other"),
    ]
    (work / "saved.jsonl").write_text("".join(f'{{"token":"{token}"}}\n' for token in tokens))

    with endpoint(Correct(pairs["test"].public)) as server:
        ended = run(f"events replay saved.jsonl --to {server.url} --json", code=10)

    assert [one.token for one in server.requests] == tokens
    assert [one["status"] for one in ended.json()] == [200, 401, 401]


def test_resign_signs_events_again(run: Run, work: Path, pairs: dict[str, Pair], sign: Callable[..., str]) -> None:  # fmt: skip
    old = sign("tier_updated", "claims.exp=1700000000", "event.id=e", key="other")
    plain = {
        "entityFqdn": "wix.loyalty.v1.tier",
        "slug": "deleted",
        "id": "f",
        "entityId": "t",
        "deletedEvent": {},
    }
    (work / "saved.jsonl").write_text(f"{old}\n{json.dumps(plain)}\n")

    with endpoint(Correct(pairs["test"].public)) as server:
        run(f"events replay saved.jsonl --to {server.url} --resign --key test.pem")

    read = run(
        f"events decode - {KEYED} --json", stdin="\n".join(one.token for one in server.requests)
    ).json()
    assert [(one["signature"], one["event"]["id"]) for one in read] == [("verified", "e"), ("verified", "f")]
    assert read[1]["event"] == plain


def test_an_event_without_signature_cannot_be_replayed_unchanged(run: Run, pairs: dict[str, Pair]) -> None:
    with endpoint(Correct(pairs["test"].public)) as server:
        ended = run(f"events replay - --to {server.url}", stdin='{"entityFqdn":"a","slug":"b"}', code=6)

    assert "not a token, so it must be signed" in ended.err
    assert "--resign --key FILE" in ended.err
    assert server.requests == []


@pytest.mark.parametrize(("line", "code"), [("garbage", 9), ('{"a":1}', 6), ('{"a":', 6)])
def test_an_error_in_replayed_input_names_the_line(
    line: str, code: int, run: Run, pairs: dict[str, Pair], sign: Callable[..., str]
) -> None:
    with endpoint(Correct(pairs["test"].public)) as server:
        ended = run(f"events replay - --to {server.url}", stdin=f"{sign()}\n{line}\n", code=code)

    assert ended.err.startswith("error: standard input line 2")
    assert ended.err.count("line 2") == 1
    assert server.requests == []


def test_an_empty_array_replays_nothing(run: Run) -> None:
    assert run("events replay - --to http://127.0.0.1:1 --json", stdin="[]").json() == []
    assert "is empty" in run("events replay - --to http://127.0.0.1:1", stdin="", code=6).err


REDIRECTS = [
    ("/events/", "{base}/events/"),
    ("https://elsewhere.example/in?token=s3cret#x", "https://elsewhere.example/in"),
    ("https://me:s3cret@elsewhere.example", "https://elsewhere.example"),
    ("//elsewhere.example/", "http://elsewhere.example/"),
    ("javascript:alert(1)", "an invalid address"),
    ("file:///etc/hosts", "an invalid address"),
    ("http://a.example:port/", "an invalid address"),
]


@pytest.mark.parametrize(("location", "shown"), REDIRECTS)
@pytest.mark.parametrize("status", ["301 X", "302 X", "307 X", "308 X"])
@pytest.mark.sampled
def test_a_redirect_is_shown_and_not_followed(status: str, location: str, shown: str, run: Run) -> None:
    with endpoint(lambda _: (status, b"", {"Location": location})) as server:
        ended = run(f"{SEND} --to {server.url} --tamper --json", code=10)
        table = run(f"{SEND} --to {server.url}", code=10)
    shown = shown.format(base=server.url.removesuffix("/events"))

    explanation = f"redirects to {shown}, and redirects of webhook POSTs are not followed"
    assert [one["redirectsTo"] for one in ended.json()] == [shown] * 2
    assert [one["explanation"] for one in ended.json()] == [f"It {explanation}"] * 2
    assert ended.error()["hint"] == f"It {explanation}: pass that address to --to."
    assert explanation in table.out
    assert "s3cret" not in ended.out + ended.err + table.out + table.err
    assert len(server.requests) == 3


EXPLAINED = [
    (
        "500 X",
        "500 means that the endpoint failed, not that it rejected the event: Wix sends the event again",
    ),
    (
        "503 X",
        "503 means that the endpoint failed, not that it rejected the event: Wix sends the event again",
    ),
    ("200 X", "200 accepts it"),
    ("204 X", "204 accepts it"),
    ("304 X", "304 does not reject it"),
]


@pytest.mark.parametrize("trial", ["tamper", "expired", "wrong-key"])
@pytest.mark.parametrize(("status", "why"), EXPLAINED)
@pytest.mark.sampled
def test_a_wrong_response_to_a_defective_event_is_explained(
    status: str, why: str, trial: str, run: Run
) -> None:
    with endpoint(lambda _: (status, b"", {})) as server:
        attempt = run(f"{SEND} --to {server.url} --{trial} --json", code=10).json()[-1]
        row = run(f"{SEND} --to {server.url} --{trial}", code=10).out.splitlines()[-1]

    assert (attempt["right"], attempt["explanation"]) == (False, why)
    assert row.split("\t")[3].endswith(f". {why}")


def test_a_right_response_has_no_explanation(run: Run) -> None:
    with endpoint(lambda _: UNAUTHORIZED) as server:
        attempts = run(f"{SEND} --to {server.url} --tamper --json", code=10).json()

    assert ["explanation" in one for one in attempts] == [False, False]


def test_304_is_no_redirect_and_an_undecodable_body_is_ignored(run: Run) -> None:
    with endpoint(lambda _: ("304 X", b"", {"Location": "/other"})) as server:
        unchanged = run(f"{SEND} --to {server.url} --json", code=10).json()
    with endpoint(lambda _: ("200 OK", b"no gzip", {"Content-Encoding": "gzip"})) as server:
        answered = run(f"{SEND} --to {server.url} --json").json()

    assert "redirectsTo" not in unchanged[0]
    assert (answered[0]["status"], answered[0]["right"]) == (200, True)


@pytest.mark.parametrize(
    "url", [" http://localhost/", "http://a b/", "http://.invalid", f"http://{'a' * 64}.invalid"]
)
def test_an_invalid_host_name_is_rejected_at_the_start(url: str, run: Run) -> None:
    ended = run([*SEND.split(), "--to", url], code=2)

    assert "invalid endpoint URL" in ended.err


def test_a_password_in_the_url_is_not_shown(run: Run) -> None:
    ended = run(f"{SEND} --to http://me:s3cret@127.0.0.1:1/in?a=b", code=7)

    assert "no response from http://127.0.0.1:1/in?a=b: http://127.0.0.1:1 cannot be reached" in ended.err
    assert "s3cret" not in ended.out + ended.err
