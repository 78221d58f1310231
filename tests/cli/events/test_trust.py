"""`events decode` of untrusted, invalid and hostile input."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from tests.cli.events.tokens import DAY, FORMATS, KEYED, SIGNS, headed, rewritten
from tests.render.hostile import HOSTILE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run


def test_unchecked_events_are_warned_of(run: Run, sign: Callable[..., str]) -> None:
    token = sign()

    ended = run("events decode - -o table", stdin=token)

    assert ended.err == "warning: NOT CHECKED: without a public key, anybody may have written this (--public-key FILE)\n"  # fmt: skip
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
def test_an_invalid_event_is_shown_with_exit_code_9(  # noqa: PLR0913, PLR0917 - one case of the table
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
    assert shown.err.partition("\n")[0].startswith("times are checked as of 20")
    assert "\nerror: the " in shown.err


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
def test_an_unsupported_header_is_rejected_with_and_without_a_key(
    header: dict[str, Any], reason: str, run: Run, sign: Callable[..., str]
) -> None:
    token = headed(sign(), **header)

    for key in (KEYED, ""):
        ended = run(f"events decode - {key} --json", stdin=token, code=9)
        assert (ended.error()["code"], ended.out) == (reason, "[]\n")
    assert run(f"events verify - {KEYED} --json", stdin=token, code=9).json()["reason"] == reason


def test_each_failure_is_listed_with_its_place(run: Run, work: Path, sign: Callable[..., str]) -> None:
    (work / "log").write_text(f"{sign()}\n{sign(key='other')}\ngarbage\n{{broken\n")

    ended = run(f"events decode log {KEYED}", code=9)
    details = run(f"events decode log {KEYED} --json", code=9).error()["details"]

    assert [line.split("\t")[4] for line in ended.out.splitlines()] == ["verified", "BAD_SIGNATURE"]
    assert "4 read: 1 verified, 1 invalid, 2 unreadable\n" in ended.err
    assert "error: 3 of 4 cannot be read or are not trusted" in ended.err
    assert [(one["where"], one["rule"]) for one in details] == [
        ("log line 2", "BAD_SIGNATURE"),
        ("log line 3", "MALFORMED"),
        ("log line 4", "INVALID_DATA"),
    ]
    assert "log line" not in details[2]["message"]


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b"", 6, "x is empty"),
        (gzip.compress(b"{}"), 6, "x is packed (gzip)"),
        (b"PK\x03\x04rest", 6, "x is packed (zip)"),
        ("{}".encode("utf-16"), 6, "this is UTF-16"),
        (b"{}", 6, "not an event"),
        (b"[5, null]", 6, "2 of 2 cannot be read"),
        (b'{"a":1,"a":2}', 6, "appears twice in one object"),
        (b'{"a": NaN}', 6, "NaN is not a JSON number"),
        (b"{\n", 6, "x line 2 column 1"),
        (b'{"a" 1}', 6, "x line 1 column 6: expecting"),
        (b"[" * 100_000, 6, "nested more than 64 levels deep"),
        (b'{"metadata":' * 5000 + b"1" + b"}" * 5000, 6, "nested more than 64 levels deep"),
        (b'{"a":"' + b"x" * 10_000_000 + b'"}', 6, "not an event"),
        (b"e" * 10_000_000, 9, "the token has 10,000,000 characters"),
        (b"x." * 5_000_000, 9, "the token has 10,000,000 characters"),
        (b"e" * 17_000_000, 6, "longer than 16,777,216 bytes"),
        (bytes(range(256)) * 40, 9, "cannot be read or are not trusted"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", 9, "non-ASCII characters"),
        (b"a.b", 9, "this has 2"),
        (b"a.b.c.d.e", 9, "five parts are an encrypted token"),
        (b"eyJ.eyJ.", 9, "the token has no signature"),
        ("eyJ\u200b.e.e".encode(), 9, "non-ASCII characters"),
    ],
    ids=range(22),
)
@pytest.mark.parametrize("format_", ["table", "json", "tsv"])
@pytest.mark.sampled
def test_input_without_an_event_is_an_error(  # noqa: PLR0913, PLR0917 - one case of the table
    content: bytes, code: int, message: str, format_: str, run: Run, work: Path
) -> None:
    (work / "x").write_bytes(content)

    ended = run(f"events decode x {KEYED} -o {format_}", code=code)

    assert message in ended.err
    assert len(ended.err) < 10_000
    assert ended.out in ("", "[]\n")
    is_unreadable = not content or content.startswith((b"\x1f\x8b", b"PK", b"\xff\xfe"))
    run(f"events verify x {KEYED} -o {format_}", code=6 if is_unreadable else 9)


@pytest.mark.parametrize("content", ["\n", " \n\n", "[]", "[\n]"])
def test_a_file_without_a_token_is_not_valid(content: str, run: Run) -> None:
    assert run(f"events verify - {KEYED}", stdin=content, code=6).out == ""


def test_compressed_text_is_not_unpacked(run: Run) -> None:
    layers = json.dumps({"entityFqdn": "a.b", "slug": "c", "id": "x"})
    for _ in range(12):
        layers = json.dumps({"data": {"eventType": "a.b_c", "data": layers}})
        if len(layers) > 1_000_000:
            break

    ended = run("events decode - --json", stdin=layers)

    assert ended.json()["eventType"] == "a.b_c"
    assert len(ended.out) < 2 * len(layers)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("many_", [False, True], ids=["one", "many"])
@pytest.mark.sampled
def test_hostile_text_is_shown_safely_in_every_format(format_: str, many_: bool, run: Run) -> None:
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


def test_hostile_claim_names_are_shown_safely(run: Run, sign: Callable[..., str]) -> None:
    for text in ("\x1b[2J", "\u202egnp.exe", "[red]x[/red]", "a\nb"):
        token = rewritten(sign(), **{text: text})
        for line in (token, json.dumps({"body": {text: token}})):
            ended = run("events decode - -o table", stdin=line)
            assert not SIGNS & {*ended.out, *ended.err}


@pytest.mark.parametrize("text", ["\x1b[2J", "\u202egnp.exe", "[red]x[/red]", "a\nb\tc", "\ud800"])
def test_errors_about_hostile_text_are_shown_safely(text: str, run: Run) -> None:
    hostile = text.encode("utf-8", "replace").decode()
    sample = ["--key", "test.pem", "--type", "tier_updated"]
    lines = [
        (2, ["events", "decode", "x", "--type", hostile]),
        (2, ["events", "decode", hostile]),
        (3, ["events", "explain", hostile]),
        (2, ["events", "sign", *sample, "--set", f"entity.{hostile}=1"]),
        (2, ["events", "sign", *sample, "--set", f"entity.requiredPoints={hostile}"]),
        (2, ["events", "send", *sample, "--to", hostile]),
        (2 if "/" in hostile else 1, ["events", "keygen", "--out", f"no/{hostile}"]),
    ]
    for code, line in lines:
        ended = run(line, code=code)
        assert not SIGNS & {*ended.err, *ended.out}, line
        assert not SIGNS & {*run([*line, "--json"], code=code).err}
