"""`loyaltyctl events`: into tokens, out of keys, and at an endpoint, through the program."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import stat
import time
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from ruamel.yaml import YAML

from loyaltyctl.errors import InvalidToken
from loyaltyctl.events.checks import Policy, checked
from loyaltyctl.events.keys import PrivateKey, PublicKey
from loyaltyctl.model.events.catalogue import EVENT_TYPES, EventType
from loyaltyctl.serving.server import Server
from tests.conftest import NO_RULE, PURCHASE
from tests.model.events.published import PUBLISHED
from tests.model.events.spelled import SHAPES, VELO_HEAD, velo_event
from tests.model.examples import GOLDEN
from tests.render.hostile import HOSTILE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from tests.conftest import Home, ImpatientClock, Run

FORMATS = ["table", "json", "jsonl", "yaml", "csv", "tsv", "id"]
KEYED = "--public-key test.pub.pem"
CHECKS = ["size", "form", "header", "signature", "payload", "expiry", "start", "issuer", "audience", "age"]
DAY = 86400


class Pair(NamedTuple):
    """The two halves of a key as files have them."""

    private: str
    public: str


@pytest.fixture(scope="session")
def pairs() -> dict[str, Pair]:
    """The vendor's key, and somebody else's."""
    return {name: Pair(*PrivateKey.made().pems()) for name in ("test", "other")}


@pytest.fixture(autouse=True)
def work(home: Home, pairs: dict[str, Pair]) -> Path:
    """The current folder, with the keys in it."""
    for name, pair in pairs.items():
        (home.work / f"{name}.pem").write_text(pair.private)
        (home.work / f"{name}.pub.pem").write_text(pair.public)
    return home.work


@pytest.fixture
def sign(run: Run) -> Callable[..., str]:
    """Signs a sample, with changes, by the key of that name."""

    def signed(type_: str = "program_updated", *changes: str, key: str = "test") -> str:
        words = [word for change in changes for word in ("--set", change)]
        return run(["events", "sign", "--type", type_, "--key", f"{key}.pem", *words]).out.strip()

    return signed


def rewritten(token: str, **claims: Any) -> str:
    """A token with other claims and the old signature."""
    header, payload, signature = token.split(".")
    document = json.loads(_decoded(payload)) | claims
    return f"{header}.{_segment(json.dumps(document).encode())}.{signature}"


def headed(token: str, **header: Any) -> str:
    """A token with another header and the old signature."""
    _, payload, signature = token.split(".")
    return f"{_segment(json.dumps(header).encode())}.{payload}.{signature}"


def _segment(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(segment: str) -> bytes:
    return urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


# decode: every type, every shape, every dress


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_every_type_in_every_shape_decodes_to_the_same_event(
    kind: EventType, run: Run, work: Path, sign: Callable[..., str]
) -> None:
    (work / "token.jwt").write_text(sign(kind.name))
    document = run(f"events decode token.jwt {KEYED} --json").json()
    values = [build(document) for build in SHAPES.values()]
    (work / "all.jsonl").write_text("".join(f"{json.dumps(value)}\n" for value in values))

    read = run("events decode all.jsonl --json").json()
    velo = run(f"events decode - --type {kind.name} --json", stdin=json.dumps(velo_event(document))).json()

    assert (document["signature"], document["eventType"], document["known"]) == ("verified", kind.name, True)
    assert {one["signature"] for one in [*read, velo]} == {"unchecked"}
    for one in read:
        assert {name: one[name] for name in ("eventType", "known", "event", "entity", "action")} == {
            name: document[name] for name in ("eventType", "known", "event", "entity", "action")
        }
    head = {name: document["event"][name] for name in (*VELO_HEAD, "entityFqdn", "slug", kind.body)}
    assert (velo["event"], velo["entity"], velo["action"]) == (head, document["entity"], document["action"])
    assert "guess" not in velo


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_the_vendor_published_is_decoded(name: str, run: Run) -> None:
    expected = json.loads((GOLDEN / "events" / "expected" / f"{name}.json").read_text())
    handler = "--handler wixMarketing_onCouponDeleted" if name.endswith("coupon_deleted") else ""

    document = run(f"events decode {GOLDEN}/events/{name}.json {handler} --json").json()
    row = run(f"events decode {GOLDEN}/events/{name}.json {handler} -o csv").out.splitlines()[1]

    told = ("eventType", "instanceId", "identity", "event", "entity")
    assert {key: document[key] for key in told} == {key: expected[key] for key in told}
    assert document.get("guess", "") == expected["guess"]
    assert row.startswith(f"{expected['time']},{expected['eventType']},")
    assert row.endswith((f",{expected['sentence']}", f',"{expected["sentence"]}"'))


def test_a_velo_deletion_without_a_name_says_that_it_has_none(run: Run) -> None:
    path = f"{GOLDEN}/events/velo_marketing_coupon_deleted.json"

    ended = run(f"events decode {path} -o table")

    assert "Event of an unknown type" in ended.out
    assert "these do not say of what; to name it: --type" in ended.out
    assert run(f"events decode {path} --json").json()["eventType"] is None


def test_the_json_is_as_promised(
    run: Run, work: Path, sign: Callable[..., str], clock: ImpatientClock
) -> None:
    (work / "token.jwt").write_text(sign("account_reward_availability_updated", "event.id=e", "event.eventTime=2026-01-02T03:04:05.678Z", "event.entityEventSequence=7"))  # fmt: skip

    document = run(f"events decode token.jwt {KEYED} --json").json()

    issued = document["claims"]["iat"]
    assert abs(clock.time() - issued) < DAY
    assert document == {
        "signature": "verified",
        "eventType": "wix.loyalty.v1.account_reward_availability_updated",
        "known": True,
        "instanceId": "d6b8e8a2-5c0f-4d49-9b3e-7f1a2c4e6d80",
        "identity": {"identityType": "WIX_USER", "wixUserId": "0b7d9c4e-1f2a-4c63-8e5d-6a9b3f7c2d10"},
        "accountInfo": {
            "accountId": "a94c7e21-6b3d-4f58-8d10-2e9f5b7c4a63",
            "siteId": "4e1f6a83-92d7-4b05-a6c8-3d5e7f901b2c",
        },
        "claims": {"iat": issued, "exp": issued + 300_000},
        "event": {
            "id": "e",
            "entityFqdn": "wix.loyalty.v1.account",
            "slug": "reward_availability_updated",
            "entityId": "1ab8f49c-a329-4ddc-a31d-814afbb3b565",
            "eventTime": "2026-01-02T03:04:05.678Z",
            "triggeredByAnonymizeRequest": False,
            "originatedFrom": "",
            "entityEventSequence": "7",
            "actionEvent": {"body": {"rewardAvailable": True, "updateTrigger": "BALANCE_UPDATED"}},
        },
        "entity": None,
        "action": {"rewardAvailable": True, "updateTrigger": "BALANCE_UPDATED"},
    }


def test_a_person_is_shown_the_rule_as_rules_get_shows_it(
    run: Run, work: Path, sign: Callable[..., str]
) -> None:
    (work / "token.jwt").write_text(sign("loyalty_earning_rule_updated", "event.entityId=e-1"))

    lines = run(f"events decode token.jwt {KEYED} -o table").out.splitlines()
    shown = {line[:16].strip(): line[16:].strip() for line in lines}

    assert shown["EVENT"] == "Earning rule “Purchase a product” was updated, revision 2"
    assert (shown["SIGNATURE"], shown["TYPE"]) == ("verified", "wix.loyalty.v1.loyalty_earning_rule_updated")
    assert (shown["ENTITY ID"], shown["EARNING RULE"]) == ("e-1", "")
    rule = run(f"-p sandbox rules get {PURCHASE} -o table").out
    names = [line.split("  ")[0] for line in rule.splitlines()]
    assert names == [line.split("  ")[0] for line in lines][-len(names) :]


def saved(token: str) -> dict[str, str | bytes]:
    """A token as files, logs and tools leave it."""
    quoted = json.dumps(token)
    return {
        "as it is": token,
        "a line": f"{token}\n",
        "a line of Windows": f"{token}\r\n",
        "blank lines": f"\n\n  {token}  \n\n",
        "double quotes": f"{quoted}\n",
        "single quotes": f"'{token}'",
        "Bearer": f"Bearer {token}",
        "bearer in quotes": f'"bearer   {token}"\n',
        "byte order mark": b"\xef\xbb\xbf" + token.encode(),
        "an array": f"[{quoted}]",
        "an array on lines": f"[\n  {quoted}\n]\n",
        "saved by listen": f'{{"receivedAt":"x","token":{quoted}}}\n',
        "Bearer in an array": f'["Bearer {token}"]',
    }


@pytest.mark.parametrize("dress", saved(""))
def test_a_token_is_read_in_whichever_dress(
    dress: str, run: Run, work: Path, sign: Callable[..., str]
) -> None:
    given = saved(sign())[dress]
    (work / "saved").write_bytes(given if isinstance(given, bytes) else given.encode())

    for ended in (
        run(f"events decode saved {KEYED} --json"),
        run(f"events decode - {KEYED} --json", stdin=given),
    ):
        assert ended.json()["signature"] == "verified"
        assert ended.err == ""
    assert run(f"events verify - {KEYED} --json", stdin=given).json()["valid"] is True


def test_many_files_and_lines_are_read_in_their_order(run: Run, work: Path, sign: Callable[..., str]) -> None:
    tokens = [sign("tier_updated", f"event.id=e{number}") for number in range(5)]
    (work / "one.jwt").write_text(f"{tokens[0]}\n{tokens[1]}\n")
    (work / "two.json").write_text(json.dumps([tokens[2], json.loads('{"metadata":{"id":"e9"}}')], indent=1))

    ended = run(f"events decode one.jwt two.json - {KEYED} -o id", stdin=f"{tokens[3]}\n\n{tokens[4]}")

    assert ended.out.split() == ["e0", "e1", "e2", "e9", "e3", "e4"]
    assert "6 read: 5 verified, 1 unchecked\n" in ended.err
    assert "1 of 6 NOT CHECKED: bare JSON has no signature" in ended.err


def test_jsonl_is_written_while_it_is_read(run: Run, sign: Callable[..., str]) -> None:
    token = sign()

    ended = run(f"events decode - {KEYED} -o jsonl", stdin=f"{token}\n" * 450)

    documents = [json.loads(line) for line in ended.out.splitlines()]
    assert len(documents) == 450
    assert all(document == documents[0] for document in documents)
    assert documents[0] == run(f"events decode - {KEYED} --json", stdin=token).json()
    assert ended.err == "450 read: 450 verified\n"


def test_what_decode_wrote_can_be_decoded(run: Run, sign: Callable[..., str]) -> None:
    token = sign("account_points_updated")
    first = run(f"events decode - {KEYED} --json", stdin=token).json()

    for form in ("json", "jsonl"):
        written = run(
            f"events decode - - {KEYED} -o {form}".replace("- - ", "- "), stdin=f"{token}\n{token}\n"
        ).out
        for again in run("events decode - --json", stdin=written).json():
            assert again == first | {"signature": "unchecked", "claims": None}


# decode: which of many

SEQUENCE = [
    ("tier_created", "a", "t1", "9", "2026-01-01T00:00:00Z"),
    ("tier_updated", "a", "t1", "10", "2026-01-01T00:00:01Z"),
    ("tier_updated", "b", "t2", "1", "2026-01-01T00:00:02Z"),
    ("tier_updated", "a", "t1", "10", "2026-01-01T00:00:01Z"),
    ("reward_updated", "c", "t1", "3", "2026-01-01T00:00:03Z"),
    ("tier_deleted", "d", "t1", "8", "2026-01-02T00:00:00Z"),
]
"""Type, id, entity, sequence, time: t1 is a tier, and a reward has the same id."""


@pytest.fixture
def many(work: Path) -> str:
    names = ("slug", "id", "entityId", "entityEventSequence", "eventTime")
    lines = []
    for type_, *rest in SEQUENCE:
        entity, _, slug = type_.partition("_")
        lines.append(
            {"entityFqdn": f"wix.loyalty.v1.{entity}"} | dict(zip(names, (slug, *rest), strict=True))
        )
    (work / "many.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return "many.jsonl"


@pytest.mark.parametrize(
    ("options", "ids", "left"),
    [
        ("", "a a b a c d", ""),
        ("--dedupe", "a a b c d", "1 duplicate"),
        ("--latest", "b a c", "3 older than the latest"),
        ("--dedupe --latest", "a b c", "1 duplicate, 2 older than the latest"),
        ("--type tier_updated", "a b a", "3 of other types"),
        ("--type tier_updated --type reward_updated", "a b a c", "2 of other types"),
        ("--handler wixLoyalty_onTierDeleted", "d", "5 of other types"),
        ("--type wix.loyalty.v1.tier_updated --latest", "b a", "3 of other types, 1 older than the latest"),
        ("--type coupon_applied", "", "6 of other types"),
        ("--since 2026-01-01T00:00:02Z", "b c d", "3 from before --since"),
        ("--since 2026-01-01T02:00:02+02:00", "b c d", "3 from before --since"),
        ("--since 1767225602", "b c d", "3 from before --since"),
        ("--since 2026-01-01T00:00:02Z --type tier_updated --dedupe", "b", "3 of other types, 2 from before --since"),
    ],
)  # fmt: skip
def test_the_wanted_ones_of_many(options: str, ids: str, left: str, many: str, run: Run) -> None:
    ended = run(f"events decode {many} {options} -o id")

    assert ended.out.split() == ids.split()
    said, _, why = ended.err.splitlines()[0].partition("; left out: ")
    assert said == "6 read: 6 unchecked"
    assert {*why.split(", ")} == {*left.split(", ")}


def test_since_may_be_said_from_now(run: Run, sign: Callable[..., str]) -> None:
    tokens = f"{sign()}\n{sign('program_updated', 'event.eventTime=2020-01-01T00:00:00Z')}\n"

    assert run("events decode - --since 2h -o id", stdin=tokens).out.count("\n") == 1
    assert run("events decode - --since 9999d -o id", stdin=tokens).out.count("\n") == 2


def test_one_event_that_is_left_of_many_is_one_of_many(run: Run, many: str) -> None:
    assert [one["event"]["id"] for one in run(f"events decode {many} --type tier_deleted --json").json()] == [
        "d"
    ]
    assert run(f"events decode {many} --type coupon_applied --json").json() == []


def test_a_type_names_the_events_that_do_not_say_theirs(run: Run) -> None:
    velo = '{"metadata":{"id":"a","entityId":"t"}}\n{"metadata":{"id":"b","entityId":"t"}}'

    read = run("events decode - --type tier_deleted --json", stdin=velo).json()

    assert [one["eventType"] for one in read] == ["wix.loyalty.v1.tier_deleted"] * 2
    assert "guess" not in read[0]


def test_an_event_that_is_not_to_be_trusted_outdates_no_other(run: Run, sign: Callable[..., str]) -> None:
    good = sign("tier_updated", "event.id=e", "event.entityEventSequence=5")
    forged = sign("tier_updated", "event.id=e", "event.entityEventSequence=6", key="other")

    for order in ([good, forged], [forged, good]):
        ended = run(f"events decode - {KEYED} --dedupe --latest --json", stdin="\n".join(order), code=9)
        assert sorted(one["signature"] for one in ended.json()) == ["invalid", "verified"]


# decode: what is to be trusted


def test_what_nobody_checked_is_said_loudly(run: Run, sign: Callable[..., str]) -> None:
    token = sign()

    ended = run("events decode - -o table", stdin=token)

    assert ended.err == "warning: NOT CHECKED: no public key is given, so anybody can have written this (--public-key FILE)\n"  # fmt: skip
    assert "\nSIGNATURE                                  NOT CHECKED\n" in ended.out
    assert run("events decode - --json", stdin=token).json()["signature"] == "unchecked"
    assert "\tunchecked\t" in run("events decode - -q", stdin=token).out
    assert run("events decode - -q", stdin=token).err == ""
    assert "NOT CHECKED" in run("events decode - --json", stdin=token).err


@pytest.mark.parametrize(
    ("spoil", "state", "reason", "options"),
    [
        (lambda token: rewritten(token, iat=1), "invalid", "BAD_SIGNATURE", ""),
        (lambda token: token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"), "invalid", "BAD_SIGNATURE", ""),
        (lambda token: token, "verified", "EXPIRED", "--at 2035-01-01T00:00:00Z"),
        (lambda token: token, "verified", "WRONG_ISSUER", "--issuer wix.com"),
        (lambda token: token, "verified", "WRONG_AUDIENCE", "--audience my-app"),
        (lambda token: token, "verified", "TOO_OLD", "--max-age 60s --at 2h"),
    ],
)  # fmt: skip
def test_an_event_that_fails_is_shown_and_ends_with_nine(  # noqa: PLR0913, PLR0917 - one case of the table
    spoil: Callable[[str], str], state: str, reason: str, options: str, run: Run, sign: Callable[..., str]
) -> None:
    at = "--at 2h"
    issued = int(time.time()) - (5 * 3600)
    token = spoil(sign("program_updated", f"claims.iat={issued}", f"claims.exp={issued + DAY}"))
    options = options if at in options or "--at" in options else f"{options} {at}"

    ended = run(f"events decode - {KEYED} {options} --json", stdin=token, code=9)
    shown = run(f"events decode - {KEYED} {options} -o table", stdin=token, code=9)

    document = ended.json()
    assert (document["signature"], document["reason"]) == (state, reason)
    assert document["eventType"] == "wix.loyalty.v1.program_updated"
    assert (ended.error()["code"], ended.error()["exitCode"]) == (reason, 9)
    assert ("INVALID: " if state == "invalid" else "verified, but ") in shown.out
    assert shown.err.startswith("error: the ")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"alg": "none"}, "ALGORITHM_NOT_ALLOWED"),
        ({"alg": "HS256"}, "ALGORITHM_NOT_ALLOWED"),
        ({}, "ALGORITHM_NOT_ALLOWED"),
        ({"alg": "RS256", "jku": "http://evil.example"}, "BAD_HEADER"),
        ({"alg": "RS256", "typ": "at+jwt"}, "BAD_HEADER"),
        ({"alg": "RS256", "kid": 5}, "BAD_HEADER"),
    ],
)
def test_a_header_that_wants_something_else_is_refused_with_and_without_a_key(
    header: dict[str, Any], reason: str, run: Run, sign: Callable[..., str]
) -> None:
    token = headed(sign(), **header)

    for key in (KEYED, ""):
        ended = run(f"events decode - {key} --json", stdin=token, code=9)
        assert (ended.error()["code"], ended.out) == (reason, "[]\n")
    assert run(f"events verify - {KEYED} --json", stdin=token, code=9).json()["reason"] == reason


def test_of_many_each_failure_is_told_with_its_place(run: Run, work: Path, sign: Callable[..., str]) -> None:
    (work / "log").write_text(f"{sign()}\n{sign(key='other')}\ngarbage\n{{broken\n")

    ended = run(f"events decode log {KEYED}", code=9)
    details = run(f"events decode log {KEYED} --json", code=9).error()["details"]

    assert [line.split("\t")[4] for line in ended.out.splitlines()] == ["verified", "BAD_SIGNATURE"]
    assert "4 read: 1 verified, 1 invalid, 2 unreadable\n" in ended.err
    assert "error: 3 of 4 cannot be read, or are not to be trusted" in ended.err
    assert [(one["where"], one["rule"]) for one in details] == [
        ("log line 2", "BAD_SIGNATURE"),
        ("log line 3", "MALFORMED"),
        ("log line 4", "INVALID_DATA"),
    ]
    assert "log line" not in details[2]["message"]


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", 6, "x is empty"),
        (gzip.compress(b"{}"), 6, "x is packed (gzip)"),
        (b"PK\x03\x04rest", 6, "x is packed (zip)"),
        ("{}".encode("utf-16"), 6, "this is UTF-16"),
        (b"{}", 6, "this is no event"),
        (b"[5, null]", 6, "2 of 2 cannot be read"),
        (b'{"a":1,"a":2}', 6, "stands twice in one object"),
        (b'{"a": NaN}', 6, "NaN is not a JSON number"),
        (b"{\n", 6, "x line 2 column 1"),
        (b"[" * 100_000, 6, "nested more than 64 levels deep"),
        (b'{"metadata":' * 5000 + b"1" + b"}" * 5000, 6, "nested more than 64 levels deep"),
        (b'{"a":"' + b"x" * 10_000_000 + b'"}', 6, "this is no event"),
        (b"e" * 10_000_000, 9, "the token has 10,000,000 characters"),
        (b"x." * 5_000_000, 9, "the token has 10,000,000 characters"),
        (b"e" * 17_000_000, 6, "longer than 16,777,216 bytes"),
        (bytes(range(256)) * 40, 9, "cannot be read, or are not to be trusted"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", 9, "characters beyond ASCII"),
        (b"a.b", 9, "this has 2"),
        (b"a.b.c.d.e", 9, "five are an encrypted token"),
        (b"eyJ.eyJ.", 9, "the token has no signature"),
        ("eyJ\u200b.e.e".encode(), 9, "characters beyond ASCII"),
    ],
    ids=range(21),
)
@pytest.mark.parametrize("format_", ["table", "json", "tsv"])
def test_what_is_no_event_is_an_error_and_no_accident(  # noqa: PLR0913, PLR0917 - one case of the table
    content: bytes, code: int, says: str, format_: str, run: Run, work: Path
) -> None:
    (work / "x").write_bytes(content)

    ended = run(f"events decode x {KEYED} -o {format_}", code=code)

    assert says in ended.err
    assert len(ended.err) < 10_000
    assert ended.out in ("", "[]\n")
    assert run(f"events verify x {KEYED} -o {format_}", code=None).code in (6, 9)


@pytest.mark.parametrize("content", ["\n", " \n\n", "[]", "[\n]"])
def test_a_file_without_a_token_is_not_a_file_with_good_ones(content: str, run: Run) -> None:
    assert run(f"events verify - {KEYED}", stdin=content, code=None).code in (6, 9)


def test_text_that_unpacks_to_a_bomb_stays_small(run: Run) -> None:
    layers = json.dumps({"entityFqdn": "a.b", "slug": "c", "id": "x"})
    for _ in range(12):
        layers = json.dumps({"data": {"eventType": "a.b_c", "data": layers}})
        if len(layers) > 1_000_000:
            break

    ended = run("events decode - --json", stdin=layers)

    assert ended.json()["eventType"] == "a.b_c"
    assert len(ended.out) < 2 * len(layers)


# Whoever wrote it may mean harm

SIGNS = {*map(chr, (*range(9), *range(11, 32), *range(127, 160))), "\u202e", "\u2066", "\u200f", "\u061c"}
"""What no output may have in it, apart from tabs and line ends."""


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("many_", [False, True], ids=["one", "many"])
def test_hostile_text_does_no_harm_in_any_format(format_: str, many_: bool, run: Run) -> None:
    lines = []
    for number, text in enumerate(HOSTILE_TEXTS):
        about = {"id": text, "title": text, "newer": {text: [text]}, "status": text, "revision": text}
        around = {"entityFqdn": "wix.loyalty.v1.loyalty_earning_rule", "slug": "updated", "entityId": text}
        event = around | {"id": text, "eventTime": text, text: text, "updatedEvent": {"currentEntity": about}}
        outer = {"eventType": f"wix.loyalty.v1.loyalty_earning_rule_updated{text * (number % 2)}"}
        lines.append(
            json.dumps({"data": outer | {"data": event, "identity": {text: text}, "instanceId": text}})
        )

    for line in ["\n".join(lines)] if many_ else lines[::7]:
        ended = run(f"events decode - -o {format_}", stdin=line)
        assert not SIGNS & {*ended.out, *ended.err}
        assert "Traceback" not in ended.err
        if format_ == "csv":
            for row in csv.reader(io.StringIO(ended.out)):
                assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in row)
        if format_ == "json":
            assert ended.json()
        if format_ == "yaml":
            assert YAML(typ="safe", pure=True).load(ended.out)
    if format_ == "table":
        shown = run(
            "events decode - -o table --color always", stdin=lines[HOSTILE_TEXTS.index("[red]x[/red]")]
        )
        assert "[red]x[/red]" in shown.out


@pytest.mark.parametrize("text", ["\x1b[2J", "\u202egnp.exe", "[red]x[/red]", "a\nb\tc", "\ud800"])
def test_an_error_about_hostile_text_does_no_harm(text: str, run: Run) -> None:
    wanted = text.encode("utf-8", "replace").decode()
    lines = [
        ["events", "decode", "x", "--type", wanted],
        ["events", "decode", wanted],
        ["events", "explain", wanted],
        ["events", "sign", "--key", "test.pem", "--type", "tier_updated", "--set", f"entity.{wanted}=1"],
        [
            "events",
            "sign",
            "--key",
            "test.pem",
            "--type",
            "tier_updated",
            "--set",
            f"entity.requiredPoints={wanted}",
        ],
        ["events", "send", "--key", "test.pem", "--type", "tier_updated", "--to", wanted],
        ["events", "keygen", "--out", f"no/{wanted}"],
    ]
    for line in lines:
        ended = run(line, code=None)
        assert ended.code in (1, 2, 3), line
        assert not SIGNS & {*ended.err, *ended.out}, line
        assert not SIGNS & {*run([*line, "--json"], code=None).err}


# The key that signatures are checked with


def test_a_key_is_taken_from_a_flag_the_environment_or_the_profile(
    run: Run, pairs: dict[str, Pair], sign: Callable[..., str]
) -> None:
    token = sign()
    ours, others = pairs["test"].public, pairs["other"].public

    def state(line: str = "", **env: str) -> str:
        named = {f"LOYALTYCTL_{name}": value for name, value in env.items()}
        return str(
            run(f"{line} events decode - --json", stdin=token, env=named, code=None).json()["signature"]
        )

    assert state() == "unchecked"
    assert state(PUBLIC_KEY=ours) == "verified"
    assert state(PUBLIC_KEY_FILE="test.pub.pem") == "verified"
    assert state(PUBLIC_KEY="", PUBLIC_KEY_FILE="") == "unchecked"
    assert state(PUBLIC_KEY=others) == "invalid"
    flagged = run(f"events decode - {KEYED} --json", stdin=token, env={"LOYALTYCTL_PUBLIC_KEY": others})
    assert flagged.json()["signature"] == "verified"
    run("-p shop config set public-key-file test.pub.pem")
    assert state() == "unchecked"
    assert state("-p shop") == "verified"
    assert state(PROFILE="shop") == "verified"
    assert state("-p shop", PUBLIC_KEY=others) == "invalid"
    run("-p shop config unset public-key-file")
    run(["-p", "shop", "config", "set", "public-key", "--", others])
    assert state("-p shop") == "invalid"
    assert state("-p shop", PUBLIC_KEY_FILE="test.pub.pem") == "verified"
    run("config set profile shop")
    assert state() == "invalid"


def test_a_key_of_a_file_is_found_from_every_folder(run: Run, work: Path, sign: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    token = sign()
    run("-p shop config set public-key-file test.pub.pem")
    (work / "below").mkdir()
    monkeypatch.chdir(work / "below")

    assert run("-p shop events decode - --json", stdin=token).json()["signature"] == "verified"


def test_two_keys_that_are_equally_near_are_a_question(run: Run, pairs: dict[str, Pair]) -> None:
    both = {"LOYALTYCTL_PUBLIC_KEY": pairs["test"].public, "LOYALTYCTL_PUBLIC_KEY_FILE": "test.pub.pem"}

    ended = run("events decode - --json", stdin="a.b.c", env=both, code=2)

    assert "both a public key and a file with one are given" in ended.error()["message"]


@pytest.mark.parametrize("shape", ["pem", "one line", "base64 of the PEM", "DER", "quotes", "spaces"])
def test_a_key_is_taken_as_people_have_it(
    shape: str, run: Run, pairs: dict[str, Pair], sign: Callable[..., str]
) -> None:
    public = pairs["test"].public
    spelled = {
        "pem": public,
        "one line": public.replace("\n", "\\n"),
        "base64 of the PEM": b64encode(public.encode()).decode(),
        "DER": "".join(public.splitlines()[1:-1]),
        "quotes": f'"{public}"',
        "spaces": f"\n\n  {public}\n\n",
    }[shape]

    ended = run("events verify - --json", stdin=sign(), env={"LOYALTYCTL_PUBLIC_KEY": spelled})

    assert ended.json()["valid"] is True


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("hello", "is not a key"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "cannot be read as a public key"),
        ("{private}", "is a private key"),
        ("{public}{public}", "holds more than one key"),
    ],
)
def test_a_wrong_key_is_refused_before_anything_is_checked(
    content: str, says: str, run: Run, work: Path, pairs: dict[str, Pair]
) -> None:
    (work / "wrong.pem").write_text(content.format(**pairs["test"]._asdict()))

    for line in ("events decode - --public-key wrong.pem", "events verify - --public-key wrong.pem"):
        ended = run(line, stdin="a.b.c", code=6)
        assert f"wrong.pem {says}" in ended.err
        assert ended.out == ""
    missing = run("events decode - --public-key nothing.pem", stdin="a.b.c", code=2)
    assert 'cannot read "nothing.pem"' in missing.err


# verify


def test_every_check_has_its_line(run: Run, sign: Callable[..., str]) -> None:
    token = sign("tier_deleted", "claims.iss=wix.com", "claims.aud=my-app", "claims.nbf=5")
    line = f"events verify - {KEYED} --issuer wix.com --audience my-app --require-exp --max-age 2h"

    rows = [row.split("\t") for row in run(line, stdin=token).out.splitlines()]
    document = run(f"{line} --json", stdin=token).json()

    assert [(row[0], row[1]) for row in rows] == [(name, "ok") for name in CHECKS]
    assert document == {
        "valid": True,
        "checks": [{"name": row[0], "ok": True, "detail": row[2]} for row in rows],
    }
    assert rows[4][2] == "wix.loyalty.v1.tier_deleted"
    assert rows[6][2] == "nbf is 1970-01-01T00:00:05Z"
    assert run(f"{line} -o id", stdin=token).out.split() == CHECKS


@pytest.mark.parametrize(
    ("changes", "options", "reason", "last"),
    [
        (("claims.exp=1700000000",), "", "EXPIRED", "expiry"),
        (("claims.exp=1700000000",), "--at 1700000000", "EXPIRED", "expiry"),
        (("claims.exp=1700000000",), "--at 1699999999", None, "age"),
        (("claims.exp=1700000000",), "--at 1700000009 --leeway 10s", None, "age"),
        (("claims.exp=1700000000",), "--at 1700000010 --leeway 10s", "EXPIRED", "expiry"),
        (("claims.exp=1700000000",), "--at 2023-11-14T22:13:19Z", None, "age"),
        (("claims={}",), "", None, "age"),
        (("claims={}",), "--require-exp", "NO_EXPIRY", "expiry"),
        (("claims={}",), "--max-age 2h", "TOO_OLD", "age"),
        (('claims={"exp":"soon"}',), "", "BAD_CLAIM", "expiry"),
        (("claims.exp=1700000000000",), "", "BAD_CLAIM", "expiry"),
        (('claims={"nbf":true}',), "", "BAD_CLAIM", "start"),
        (("claims.nbf=1700000000",), "--at 1699999999", "NOT_YET_VALID", "start"),
        (("claims.nbf=1700000000",), "--at 1699999999 --leeway 1s", None, "age"),
        (("claims.nbf=1700000000",), "", None, "age"),
        ((), "--issuer wix.com", "WRONG_ISSUER", "issuer"),
        (("claims.iss=wix.com",), "--issuer Wix.com", "WRONG_ISSUER", "issuer"),
        (("claims.iss=wix.com",), "--issuer wix.com", None, "age"),
        ((), "--audience app", "WRONG_AUDIENCE", "audience"),
        (('claims={"aud":["app","b"]}',), "--audience app", None, "age"),
        (('claims={"aud":["apple"]}',), "--audience app", "WRONG_AUDIENCE", "audience"),
        (("claims.aud=apple",), "--audience app", "WRONG_AUDIENCE", "audience"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--max-age 1m --at 1700000060", None, "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--max-age 1m --at 1700000061", "TOO_OLD", "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--max-age 1m --at 1699999990", "NOT_YET_VALID", "age"),
        (("claims.iat=1700000000", "claims.exp=1800000000"), "--at 1699999990", None, "age"),
    ],
)  # fmt: skip
def test_each_claim_is_checked_as_asked(  # noqa: PLR0913, PLR0917 - one case of the table
    changes: tuple[str, ...], options: str, reason: str | None, last: str, run: Run, sign: Callable[..., str]
) -> None:
    ended = run(
        f"events verify - {KEYED} {options} --json",
        stdin=sign("tier_updated", *changes),
        code=9 if reason else 0,
    )

    document = ended.json()
    assert (document["valid"], document.get("reason")) == (reason is None, reason)
    assert [check["name"] for check in document["checks"]] == CHECKS[: CHECKS.index(last) + 1]
    assert [check["ok"] for check in document["checks"]][-1] is (reason is None)
    if reason:
        assert (ended.error()["code"], ended.error()["exitCode"]) == (reason, 9)


@pytest.mark.parametrize(
    ("spoil", "reason", "last"),
    [
        (lambda token: token + "A" * 1_100_000, "TOO_LARGE", "size"),
        (lambda token: token.replace(".", "", 1), "MALFORMED", "form"),
        (lambda token: token + "=", "MALFORMED", "form"),
        (lambda token: headed(token, alg="none"), "ALGORITHM_NOT_ALLOWED", "header"),
        (lambda token: headed(token, alg="RS256", crit=["x"]), "BAD_HEADER", "header"),
        (lambda token: rewritten(token, iat=1), "BAD_SIGNATURE", "signature"),
        (lambda token: headed(token, alg="RS256"), "BAD_SIGNATURE", "signature"),
    ],
)
def test_the_first_check_that_fails_is_the_last_line(
    spoil: Callable[[str], str], reason: str, last: str, run: Run, sign: Callable[..., str]
) -> None:
    ended = run(f"events verify - {KEYED}", stdin=spoil(sign()), code=9)

    rows = [row.split("\t") for row in ended.out.splitlines()]
    assert [row[0] for row in rows] == CHECKS[: CHECKS.index(last) + 1]
    assert rows[-1][1] == f"FAILED {reason}"
    assert [row[1] for row in rows[:-1]] == ["ok"] * (len(rows) - 1)
    assert ended.err.startswith("error: the token is not to be trusted: ")


def test_several_tokens_have_a_verdict_each(run: Run, work: Path, sign: Callable[..., str]) -> None:
    good, bad = sign(), sign(key="other")
    for folder, token in (("a", good), ("b", bad)):
        (work / folder).mkdir()
        (work / folder / "t.jwt").write_text(token)
    (work / "t.jwt").write_text(good)

    for line in ("a/t.jwt b/t.jwt", "b/t.jwt a/t.jwt", "t.jwt b/t.jwt t.jwt"):
        verdicts = run(f"events verify {line} {KEYED} --json", code=9).json()
        assert [one["valid"] for one in verdicts] == [not name.startswith("b/") for name in line.split()]
    rows = run(f"events verify a/t.jwt b/t.jwt {KEYED}", code=9).out.splitlines()
    assert {row.split("\t")[0] for row in rows} == {"a/t.jwt line 1", "b/t.jwt line 1"}


def test_json_without_a_signature_is_not_valid(run: Run) -> None:
    ended = run(f"events verify - {KEYED} --json", stdin='{"entityFqdn":"a","slug":"b"}', code=9)

    assert ended.json() == {
        "valid": False,
        "reason": "MALFORMED",
        "checks": [{"name": "form", "ok": False, "detail": "this is JSON, not a token: it has no signature"}],
    }


def test_without_a_key_nothing_is_verified(run: Run, sign: Callable[..., str]) -> None:
    ended = run("events verify - --json", stdin=sign(), code=2)

    assert ended.out == ""
    assert "--public-key FILE" in ended.error()["hint"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("decode", "missing argument"),
        ("decode - -", "can be read once"),
        ("decode nothing.jwt", 'cannot read "nothing.jwt"'),
        ("decode . ", 'cannot read "."'),
        ("decode - --at now", '--at takes a moment, got "now"'),
        ("decode - --at 2026-01-01T00:00:00", "--at takes a moment"),
        ("decode - --since tomorrow", "--since takes a moment"),
        ("decode - --since 99999999999999999d", "--since takes a moment"),
        ("decode - --max-age 5", "--max-age takes a time"),
        ("decode - --leeway=-5s", "--leeway takes a time"),
        ("decode - --type xyzzy", 'there is no event type "xyzzy"'),
        ("decode - --type coupon_created", "can be wix.loyalty.v1.coupon_created or wix.ecommerce"),
        ("decode - --handler wixLoyalty_onProgamUpdated", "did you mean wixLoyalty_onProgramUpdated?"),
        ("verify - --max-age 5", "--max-age takes a time"),
        ("explain", "missing argument"),
        ("keygen", "missing option"),
        ("sign --type tier_updated", "missing option"),
        ("sign --key test.pem", "give one of the two"),
        ("sign --key test.pem --type tier_updated -f x.json", "give one of the two"),
        ("sign --key test.pem --type tier_updated --from-rule x", "--from-rule makes events about earning rules"),
        ("sign --key test.pem --type tier_updated --set entity.requiredPoints", "--set takes PATH=VALUE"),
        ("sign --key test.pem --type tier_updated --set entity.nothing=1", "has no field"),
        ("sign --key nothing.pem --type tier_updated", 'cannot read "nothing.pem"'),
        ("send --key test.pem --type tier_updated", "missing option"),
        ("send --key test.pem --type tier_updated --to localhost:3000", "is no address to post to"),
        ("send --key test.pem --type tier_updated --to ftp://x/", "is no address to post to"),
        ("send --key test.pem --type tier_updated --to http://127.0.0.1:1 --repeat 0", "0 is not in the range"),
        ("send --key test.pem --type tier_updated --to http://127.0.0.1:1 --dry-run", "no such option: --dry-run"),
        ("replay x.jwt --to http://127.0.0.1:1 --resign", "--resign and --key go together"),
        ("replay x.jwt --to http://127.0.0.1:1 --key test.pem", "--resign and --key go together"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(line: str, says: str, run: Run) -> None:
    for how in ("", " --json"):
        ended = run(f"events {line}{how}", code=2)

        assert says.lower() in (ended.error()["message"] if how else ended.err).lower()
        assert ended.out == ""


# types and explain


def test_types_lists_the_twenty_two(run: Run) -> None:
    listed = run("events types --json").json()

    assert [one["eventType"] for one in listed] == [kind.name for kind in EVENT_TYPES]
    assert listed[3] == {
        "eventType": "wix.loyalty.v1.program_updated",
        "entityFqdn": "wix.loyalty.v1.program",
        "slug": "updated",
        "title": "Loyalty programme was updated",
        "handlers": ["wixLoyalty_onProgramUpdated", "programs.onProgramUpdated"],
    }
    assert run("events types -o id").out.split() == [kind.name for kind in EVENT_TYPES]
    assert run("events types").out.count("\n") == 22


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_a_type_is_explained(kind: EventType, run: Run) -> None:
    document = run(f"events explain {kind.name} --json").json()
    shown = run(f"events explain {kind.name} -o table").out

    assert document["fires"] == kind.fires
    assert document["quirks"] == [*kind.quirks]
    assert document["example"]["entityFqdn"] == kind.entity.fqdn
    assert all({"path", "kind", "about"} <= {*field} for field in document["fields"])
    for text in (kind.name, kind.title, kind.fires, kind.velo, kind.sdk, *kind.quirks):
        assert text in shown
    assert all(field["path"] in shown for field in document["fields"])
    assert '  "entityFqdn": ' in shown
    if kind.velo:
        assert run(f"events explain {kind.velo} --json").json()["eventType"] == kind.name


def test_the_example_of_a_type_is_an_event(run: Run) -> None:
    for kind in EVENT_TYPES:
        example = run(f"events explain {kind.name} --query example").out

        assert run("events decode - --json", stdin=example).json()["eventType"] == kind.name


def test_a_field_is_explained(run: Run) -> None:
    balance = run("events explain points.balance --json").json()

    assert balance == [
        {
            "path": "entity.points.balance",
            "kind": "whole number",
            "about": "The points to spend: earned and adjusted, less redeemed.",
            "eventTypes": [
                f"wix.loyalty.v1.account_{slug}" for slug in ("created", "updated", "points_updated")
            ],
        }
    ]
    assert run("events explain entityEventSequence").out.startswith("event.entityEventSequence\tcount\t")
    assert "values" in run("events explain identity.identityType --json").json()[0]
    assert len(run("events explain status --json").json()) > 1
    assert run("events explain entity.points.balance -o id").out == "entity.points.balance\n"


def test_a_name_of_several_types_lists_them(run: Run) -> None:
    assert run("events explain onCouponDeleted -o id").out.split() == [
        "wix.loyalty.v1.coupon_deleted",
        "wix.ecommerce.coupons.v2.coupon_deleted",
    ]


@pytest.mark.parametrize("what", ["xyzzy", "updated", "", "entity.", "."])
def test_what_is_neither_type_nor_field_is_not_found(what: str, run: Run) -> None:
    ended = run(["events", "explain", what, "--json"], code=3)

    assert ended.error()["code"] == "NOT_FOUND"
    assert "neither an event type nor a field" in ended.error()["message"]


# keygen


def test_keygen_makes_a_pair_that_fits(run: Run, work: Path) -> None:
    ended = run("events keygen --out made --json")

    assert ended.json() == {"private": "made.pem", "public": "made.pub.pem"}
    modes = [stat.S_IMODE((work / name).stat().st_mode) for name in ("made.pem", "made.pub.pem")]
    assert modes == [0o600, 0o644]
    token = run("events sign --type tier_created --key made.pem").out
    assert run("events verify - --public-key made.pub.pem --json", stdin=token).json()["valid"] is True
    assert PrivateKey.read((work / "made.pem").read_text(), "it").rsa.key_size == 2048
    assert PublicKey.read((work / "made.pub.pem").read_text(), "it").rsa.public_numbers().e == 65537


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_private_key_is_nobody_elses_whatever_the_umask(umask: int, run: Run, work: Path) -> None:
    before = os.umask(umask)
    try:
        run("events keygen --out made")
    finally:
        os.umask(before)

    assert stat.S_IMODE((work / "made.pem").stat().st_mode) == 0o600


@pytest.mark.parametrize("there", ["made.pem", "made.pub.pem"])
@pytest.mark.parametrize("how", ["file", "link", "loose link", "folder"])
def test_keygen_overwrites_nothing_and_follows_no_link(there: str, how: str, run: Run, work: Path) -> None:
    (work / "precious").write_text("precious")
    match how:
        case "file":
            (work / there).write_text("precious")
        case "link":
            (work / there).symlink_to("precious")
        case "loose link":
            (work / there).symlink_to("elsewhere")
        case _:
            (work / there).mkdir()

    ended = run("events keygen --out made --json", code=5)

    assert f"{there} is there already" in ended.error()["message"]
    assert ended.error()["code"] == "EXISTS"
    assert (work / "precious").read_text() == "precious"
    assert not (work / "elsewhere").exists()
    assert [path.name for path in work.glob("made*")] == [there]


def test_a_folder_that_is_not_there_is_said(run: Run) -> None:
    assert "no/such.pem" in run("events keygen --out no/such", code=None).err


# sign


def test_sign_prints_the_token_alone(run: Run) -> None:
    ended = run("events sign --type tier_created --key test.pem")

    assert ended.err == ""
    assert ended.out.count(".") == 2
    assert ended.out.endswith("\n")
    assert ended.out.count("\n") == 1
    header, payload, _ = ended.out.split(".")
    assert {*json.loads(_decoded(header))} == {"alg", "kid"}
    claims = json.loads(_decoded(payload))
    assert isinstance(claims["data"], str)
    assert isinstance(json.loads(claims["data"])["data"], str)
    assert isinstance(json.loads(claims["data"])["identity"], str)


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_an_event_of_a_file_is_signed_in_whichever_shape(kind: EventType, run: Run, work: Path) -> None:
    example = json.loads(run(f"events explain {kind.name} --query example").out)
    first = run("events sign --key test.pem -f -", stdin=json.dumps(example)).out
    document = run(f"events decode - {KEYED} --json", stdin=first).json()

    tokens = []
    for build in SHAPES.values():
        (work / "event.json").write_text(json.dumps(build(document)))
        tokens.append(run("events sign --key test.pem -f event.json").out)
    for signed in run(f"events decode - {KEYED} --json", stdin="".join(tokens)).json():
        assert signed["signature"] == "verified"
        assert (signed["eventType"], signed["event"]) == (kind.name, example)


def test_a_field_of_a_file_is_changed_before_it_is_signed(run: Run) -> None:
    path = f"{GOLDEN}/events/rest_earning_rule_updated.json"

    token = run(["events", "sign", "--key", "test.pem", "-f", path, "--set", "entity.title=Gift", "--set", "event.id=e"]).out  # fmt: skip

    document = run(f"events decode - {KEYED} --json", stdin=token).json()
    assert (document["entity"]["title"], document["event"]["id"]) == ("Gift", "e")
    assert document["entity"]["conversionRate"]["configs"] == [{"moneyAmount": 1, "points": 20}]


def test_a_file_has_one_event_to_sign(run: Run, many: str) -> None:
    assert "has 6 events, and one can be signed" in run(f"events sign --key test.pem -f {many}", code=6).err
    assert "has 0 events" in run("events sign --key test.pem -f -", stdin="[]", code=6).err
    assert run("events sign --key test.pem -f -", stdin="garbage", code=None).code in (6, 9)


def test_an_event_about_a_rule_of_the_site(run: Run) -> None:
    rule = run(f"-p sandbox rules get {PURCHASE} --json").json()

    for type_ in ("", "--type loyalty_earning_rule_created"):
        token = run(f"-p sandbox events sign --key test.pem --from-rule {PURCHASE} {type_}").out
        document = run(f"events decode - {KEYED} --json", stdin=token).json()
        assert document["entity"] == rule
        assert document["event"]["entityId"] == PURCHASE
        assert document["eventType"].endswith("_created" if type_ else "_updated")
    assert run(f"-p sandbox events sign --key test.pem --from-rule {NO_RULE}", code=3).out == ""
    assert run(f"events sign --key test.pem --from-rule {PURCHASE}", code=4).out == ""


def test_an_unknown_type_can_be_signed_and_changed(run: Run) -> None:
    event = '{"entityFqdn":"wix.new.v9.thing","slug":"went","wentEvent":{"far":1}}'

    token = run("events sign --key test.pem -f - --set event.wentEvent.far=2", stdin=event).out

    document = run(f"events decode - {KEYED} --json", stdin=token).json()
    assert (document["eventType"], document["known"]) == ("wix.new.v9.thing_went", False)
    assert document["event"]["wentEvent"] == {"far": 2}


def test_a_field_that_would_not_be_sent_is_not_taken(run: Run) -> None:
    event = '{"entityFqdn":"wix.new.v9.thing","slug":"went"}'

    assert run("events sign --key test.pem -f - --set entity.title=x", stdin=event, code=None).code == 2


# send and replay: an endpoint of one's own


class Heard(NamedTuple):
    """A request that came to the endpoint."""

    path: str
    headers: dict[str, str]
    token: str


class Endpoint(NamedTuple):
    """Where the endpoint is, and what came to it."""

    url: str
    heard: list[Heard]


Answer = tuple[str, bytes, dict[str, str]]
OK: Answer = ("200 OK", b"", {})
NO: Answer = ("401 Unauthorized", b"no", {})


class Correct:
    """An endpoint as it should be: what is not genuine is refused."""

    def __init__(self, public: str) -> None:
        self._key = PublicKey.read(public, "the key")

    def __call__(self, token: str) -> Answer:
        _, error = checked(token, self._key, Policy(), time.time())
        return NO if isinstance(error, InvalidToken) else OK


@contextmanager
def endpoint(answer: Callable[[str], Answer]) -> Iterator[Endpoint]:
    """A small endpoint: what it answers to each token is told by `answer`."""
    heard: list[Heard] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = {name: value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
        heard.append(Heard(environ["PATH_INFO"], headers, body.decode()))
        status, content, more = answer(heard[-1].token)
        start_response(status, [("Content-Length", str(len(content))), *more.items()])
        return [content]

    application: WSGIApplication = app
    server = Server(application, "127.0.0.1", 0)
    with server.in_background():
        yield Endpoint(f"http://127.0.0.1:{server.port}/events", heard)


SEND = "events send --key test.pem --type tier_updated"
ALL = "--duplicate --tamper --expired --wrong-key"


def test_a_correct_endpoint_is_told_to_be_one(run: Run, pairs: dict[str, Pair]) -> None:
    with endpoint(Correct(pairs["test"].public)) as at:
        attempts = run(f"{SEND} --to {at.url} {ALL} --repeat 3 --json").json()

    assert [(one["sent"], one["status"], one["right"]) for one in attempts] == [
        *[("genuine", 200, True), ("duplicate", 200, True)] * 3,
        ("tamper", 401, True),
        ("expired", 401, True),
        ("wrong-key", 401, True),
    ]
    assert {*attempts[0]} == {"sent", "status", "milliseconds", "body", "right", "should"}
    assert attempts[-1]["body"] == "no"


def test_what_is_sent_is_what_the_vendor_sends(run: Run, pairs: dict[str, Pair]) -> None:
    credentials = {"LOYALTYCTL_API_KEY": "IST.canary", "LOYALTYCTL_SITE_ID": NO_RULE}
    with endpoint(Correct(pairs["test"].public)) as at:
        run(f"{SEND} --to {at.url} {ALL} --repeat 2 --set entity.requiredPoints=7", env=credentials)

    genuine, twin, other, *_, tampered, expired, foreign = at.heard
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


def _slow(_: str) -> Answer:
    time.sleep(1.3)
    return OK


WRONG: list[tuple[str, Callable[[str], Answer], str, list[str]]] = [
    ("takes everything", lambda _: OK, ALL, ["tamper", "expired", "wrong-key"]),
    ("refuses everything", lambda _: NO, ALL, ["genuine", "duplicate"]),
    ("fails", lambda _: ("500 Oops", b"", {}), ALL, ["genuine", "duplicate", "tamper", "expired", "wrong-key"]),
    ("says 204", lambda _: ("204 No Content", b"", {}), "", ["genuine"]),
    ("says 201", lambda _: ("201 Created", b"", {}), "", ["genuine"]),
    ("leads elsewhere", lambda _: ("302 Found", b"", {"Location": "/elsewhere"}), "--tamper", ["genuine", "tamper"]),
    ("is slow", _slow, "", ["genuine"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "options", "wrong"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_an_endpoint_that_is_wrong_is_told_so(
    answer: Callable[[str], Answer], options: str, wrong: list[str], run: Run
) -> None:
    with endpoint(answer) as at:
        ended = run(f"{SEND} --to {at.url} {options} --json", code=10)

    attempts = ended.json()
    assert [one["sent"] for one in attempts if not one["right"]] == wrong
    assert ended.error()["code"] == "ENDPOINT_WRONG"
    assert ended.error()["message"].startswith(f"{len(wrong)} of {len(attempts)} were not answered")
    assert {one.path for one in at.heard} == {"/events"}


def test_each_answer_has_a_line_with_a_verdict(run: Run) -> None:
    with endpoint(lambda _: OK) as at:
        tsv = run(f"{SEND} --to {at.url} --tamper", code=10).out
        table = run(f"{SEND} --to {at.url} --tamper -o table", code=10)

    rows = [row.split("\t") for row in tsv.splitlines()]
    assert [(row[0], row[1]) for row in rows] == [("genuine", "200"), ("tamper", "200")]
    assert rows[0][3] == "right"
    assert rows[1][3] == "WRONG: should refuse it (4xx): the signature is of another payload"
    assert table.out.splitlines()[0].split() == ["SENT", "STATUS", "MS", "VERDICT", "BODY"]
    assert table.err == "error: 1 of 2 were not answered as a correct endpoint would\n"


def test_nobody_at_the_address_is_a_case_for_later(run: Run) -> None:
    ended = run(f"{SEND} --to http://127.0.0.1:1/ --duplicate --json", code=7)

    assert [(one["status"], one["right"]) for one in ended.json()] == [(None, False)] * 2
    assert (ended.error()["code"], ended.error()["exitCode"]) == ("UNREACHABLE", 7)
    assert "no answer from http://127.0.0.1:1/ to 2 of 2" in ended.error()["message"]


def test_an_endpoint_that_does_not_answer_is_a_case_for_later(run: Run) -> None:
    with endpoint(_slow) as at:
        ended = run(f"{SEND} --to {at.url} --timeout 0.2 --json", code=7)

    assert ended.json()[0]["problem"] == "no answer within 0.2 s"


@pytest.mark.parametrize("format_", FORMATS)
def test_what_an_endpoint_answers_does_no_harm(format_: str, run: Run) -> None:
    body = "\x1b[2J\u202e[red]x[/red]\n=1+1".encode() + b"\xff" + b"x" * 100_000

    with endpoint(lambda _: ("200 OK", body, {})) as at:
        ended = run(f"{SEND} --to {at.url} -o {format_}")

    assert not SIGNS & {*ended.out, *ended.err}
    assert len(ended.out) < 20_000


def test_tokens_are_replayed_byte_for_byte(run: Run, work: Path, pairs: dict[str, Pair], sign: Callable[..., str]) -> None:  # fmt: skip
    tokens = [
        sign("tier_created"),
        sign("tier_updated", "claims.exp=1700000000"),
        sign("tier_deleted", key="other"),
    ]
    (work / "saved.jsonl").write_text("".join(f'{{"token":"{token}"}}\n' for token in tokens))

    with endpoint(Correct(pairs["test"].public)) as at:
        ended = run(f"events replay saved.jsonl --to {at.url} --json", code=10)

    assert [one.token for one in at.heard] == tokens
    assert [one["status"] for one in ended.json()] == [200, 401, 401]


def test_events_are_signed_anew_when_asked_for(run: Run, work: Path, pairs: dict[str, Pair], sign: Callable[..., str]) -> None:  # fmt: skip
    old = sign("tier_updated", "claims.exp=1700000000", "event.id=e", key="other")
    bare = {
        "entityFqdn": "wix.loyalty.v1.tier",
        "slug": "deleted",
        "id": "f",
        "entityId": "t",
        "deletedEvent": {},
    }
    (work / "saved.jsonl").write_text(f"{old}\n{json.dumps(bare)}\n")

    with endpoint(Correct(pairs["test"].public)) as at:
        run(f"events replay saved.jsonl --to {at.url} --resign --key test.pem")

    read = run(f"events decode - {KEYED} --json", stdin="\n".join(one.token for one in at.heard)).json()
    assert [(one["signature"], one["event"]["id"]) for one in read] == [("verified", "e"), ("verified", "f")]
    assert read[1]["event"] == bare


def test_what_has_no_signature_cannot_be_replayed_as_it_is(run: Run, pairs: dict[str, Pair]) -> None:
    with endpoint(Correct(pairs["test"].public)) as at:
        ended = run(f"events replay - --to {at.url}", stdin='{"entityFqdn":"a","slug":"b"}', code=6)

    assert "must be signed first" in ended.err
    assert "--resign --key FILE" in ended.err
    assert at.heard == []


def test_nothing_to_replay_is_nothing_to_do(run: Run) -> None:
    assert run("events replay - --to http://127.0.0.1:1 --json", stdin="[]").json() == []
    assert "is empty" in run("events replay - --to http://127.0.0.1:1", stdin="", code=6).err


# Every format


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "line",
    [
        f"decode token.jwt {KEYED}",
        f"decode token.jwt token.jwt {KEYED}",
        f"verify token.jwt {KEYED}",
        f"verify token.jwt token.jwt {KEYED}",
        "types",
        "explain program_updated",
        "explain status",
        "keygen --out made",
    ],
)
def test_every_format(line: str, format_: str, run: Run, work: Path, sign: Callable[..., str]) -> None:
    (work / "token.jwt").write_text(sign("account_points_updated"))

    ended = run(f"events {line} -o {format_}")
    for path in work.glob("made*"):
        path.unlink()

    assert ended.out.endswith("\n") or "keygen" in line
    if format_ in ("json", "yaml", "jsonl"):
        plain = run(f"events {line} --json", code=0).json()
        if format_ == "yaml":
            assert _same(YAML(typ="safe", pure=True).load(ended.out), plain)
            assert "&id" not in ended.out
        if format_ == "jsonl":
            documents = [json.loads(row) for row in ended.out.splitlines()]
            assert _same(documents, plain if isinstance(plain, list) else [plain]) or "verify" in line


def _same(one: Any, other: Any) -> bool:
    """Whether two documents are the same, apart from ids that are new each time."""
    return str(one)[:60] == str(other)[:60]


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        ("eventType,signature", "wix.loyalty.v1.tier_updated\tverified\n"),
        ("entity.requiredPoints,entity.tierDefinition.name", "80\tSilver\n"),
        ("event.updatedEvent.currentEntity.revision", "2\n"),
    ],
)
def test_fields_of_an_event_are_chosen_by_their_paths(
    fields: str, row: str, run: Run, sign: Callable[..., str]
) -> None:
    assert run(f"events decode - {KEYED} --fields {fields}", stdin=sign("tier_updated")).out == row


def test_an_event_is_queried(run: Run, many: str) -> None:
    line = f"events decode {many} --query \"[?event.entityId=='t2'].event.id | [0]\""

    assert run(line).out == "b\n"
