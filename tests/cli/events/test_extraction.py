"""Wrapped tokens: extracted by decode, rejected with their place by verify and listen."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyaltyctl.contract.outputs.events import SignatureState
from loyaltyctl.errors import InvalidData, InvalidToken
from loyaltyctl.intake import javascript, strict_json
from loyaltyctl.tokens import extraction
from loyaltyctl.webhooks.event_files import InputItem
from loyaltyctl.webhooks.reader import EventReader
from tests.cli.events.tokens import KEYED, rewritten, segment
from tests.cli.events.wrapped_tokens import PREFIXES, WRAPPED, characters, lines, packed
from tests.scale import scaled
from tests.tokens.keys import NOW, public, token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from loyaltyctl.intake.values import Json
    from tests.conftest import Run

EVENT = '{"metadata":{"id":"1","entityId":"t"},"entity":{"_id":"a8","requiredPoints":5}}'


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.sampled
def test_a_wrapped_token_decodes_to_the_same_event(
    wrapped: str, run: Run, work: Path, sign: Callable[..., str]
) -> None:
    plain = sign("account_points_updated")
    wrap, where = WRAPPED[wrapped]
    (work / "wrapped").write_text(wrap(plain))
    expected = run(f"events decode - {KEYED} --json", stdin=plain).json()

    ended = run(f"events decode wrapped {KEYED} --json")

    assert ended.json() == expected | {"foundIn": where}
    assert ended.err == f"found in {where}\n"
    forged = wrap(rewritten(plain, iat=1))
    assert run(f"events decode - {KEYED} --json", stdin=forged, code=9).json()["signature"] == "invalid"


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.sampled
def test_verify_rejects_a_wrapped_token_and_names_its_place(
    wrapped: str, run: Run, sign: Callable[..., str]
) -> None:
    plain = sign()
    wrap, where = WRAPPED[wrapped]

    ended = run(f"events verify - {KEYED} --json", stdin=wrap(plain), code=9)

    assert (ended.json()["valid"], ended.json()["reason"]) == (False, "MALFORMED")
    assert ended.json()["checks"][-1]["detail"] == f"not a token by itself: there is a token in {where}"
    assert ended.error()["hint"]
    assert plain not in ended.out + ended.err
    # One line without JSON is an invalid token; JSON and several lines are an invalid file.
    text = wrap(plain).strip()
    code = 6 if text.startswith(("{", "[")) or "\n" in text else 9
    for line in ("sign -f - --key test.pem", "replay - --to http://127.0.0.1:1"):
        refused = run(f"events {line}", stdin=wrap(plain), code=code)
        assert f"a token in {where}" in refused.err


def test_a_byte_order_mark_does_not_hide_a_token_in_lines(
    run: Run, work: Path, sign: Callable[..., str]
) -> None:
    plain = sign()
    (work / "wrapped").write_text(lines(plain, 80), encoding="utf-8-sig")

    ended = run(f"events decode wrapped {KEYED} --json")

    assert ended.json()["foundIn"] == "lines of 80 characters"
    assert ended.json()["signature"] == "verified"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(PREFIXES),
    st.sampled_from([name for name in WRAPPED if "comment" not in name and "lines of" not in name]),
    st.sampled_from(["", "\n", " ", " \r\n"]),
)
def test_any_wrapper_after_any_prefix_decodes_to_the_same_event(prefix: str, name: str, after: str) -> None:
    reader = EventReader(public(), NOW, extracts=True)
    plain = reader.read(InputItem("it", token()))

    text = f"{prefix}{WRAPPED[name][0](token())}{after}"
    read = reader.read(InputItem("it", problem=InvalidData("it"), text=text))

    assert read.output._replace(found_in="") == plain.output._replace(found_in="")
    assert read.state is SignatureState.VERIFIED
    assert read.found_in


@given(st.sampled_from([*WRAPPED]), st.sampled_from([*WRAPPED]), st.sampled_from(PREFIXES))
@settings(max_examples=scaled(50, least=10))
def test_two_different_tokens_are_ambiguous(one: str, other: str, prefix: str) -> None:
    second = token(b'{"alg":"RS256","kid":"other"}')
    text = f"{prefix}{WRAPPED[one][0](token())} {WRAPPED[other][0](second)}"

    found = extraction.find_in_text(text)

    assert not isinstance(found, extraction.FoundToken) or found.token is None


HOLED = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from([*'{}[]".:,\\eyJ= \n', "eyJhbGciOiJSUzI1NiJ9", *token().split("."), "{", '{"', '"}', "ZXlK", "Bearer "]),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(HOLED)
def test_corrupted_text_is_never_verified(text: str) -> None:
    reader = EventReader(public(), NOW, extracts=True)
    for arrival in (InputItem("it", text), InputItem("it", value={"body": text, text: ""})):
        try:
            read = reader.read(arrival)
        except (InvalidData, InvalidToken):
            continue
        assert read.state is not SignatureState.VERIFIED or token() in text


@pytest.mark.parametrize(
    "around",
    [
        "{}=", "{}+", "{}/x", "{}.", "{}.AAAA", ".{}", "v{}", "-{}", "+{}", "%20{}", "{}%0A", "é{}", "{}é", "{}\u200b", "\ufeffx{}", "{}~", "{}_", "\0{}",
    ],
)  # fmt: skip
def test_part_of_a_longer_token_is_not_extracted(around: str) -> None:
    assert extraction.find_in_text(around.format(token())) is None


def test_two_tokens_are_rejected_and_the_same_twice_is_one(run: Run, sign: Callable[..., str]) -> None:
    one, other = sign("tier_updated"), sign("tier_deleted")

    ended = run(f"events decode - {KEYED} --json", stdin=json.dumps({"a": one, "b": {other: ""}}), code=6)
    assert "2 different tokens" in ended.error()["message"]
    assert ended.out == "[]\n"
    assert one not in ended.err
    same = run(f"events decode - {KEYED} --json", stdin=json.dumps({"a": one, "b": f"JWT={one}"})).json()
    assert same["eventType"] == "wix.loyalty.v1.tier_updated"


def test_a_token_of_another_algorithm_counts_as_another_token(run: Run, sign: Callable[..., str]) -> None:
    other = ".".join((segment(b'{"alg":"HS256"}'), segment(b"{}"), "AAAA"))
    line = f"curl -H 'Authorization: Bearer {other}' -d '{sign()}' http://localhost"

    assert "2 different tokens" in run(f"events decode - {KEYED}", stdin=line, code=9).err
    alone = run(f"events decode - {KEYED} --json", stdin=f"Authorization: Bearer {other}", code=9)
    assert alone.error()["code"] == "ALGORITHM_NOT_ALLOWED"


@pytest.mark.parametrize(
    "text",
    [
        "{ metadata: { id: '1', entityId: 't' }, entity: { _id: 'a8', requiredPoints: 5 } }",
        "{\n  metadata: { id: '1', entityId: 't' },\n  entity: { _id: 'a8', requiredPoints: 5, },\n}\n",
        "event: {\n  metadata: { id: \"1\", entityId: 't' },\n  entity: [Object: null prototype] { _id: 'a8', requiredPoints: 5 }\n}",
        f"2026-11-21 INFO {EVENT}",
        '/* Full event object:\n * {\n * "metadata": {\n * "id":"1",\n * "entityId":"t"\n * },\n * "entity": {"_id":"a8",\n * "requiredPoints":5}\n * }\n */',
        '* {\n* "metadata": {"id":"1","entityId":"t"},\n* "entity": {"_id":"a8","requiredPoints":5}\n* }',
        "// {\n//   metadata: { id: '1', entityId: 't' },\n//   entity: Tier { _id: 'a8', requiredPoints: 5 }\n// }",
    ],
)  # fmt: skip
def test_a_printed_event_is_read(text: str, run: Run) -> None:
    expected = run("events decode - --json", stdin=EVENT).json()

    ended = run("events decode - --json", stdin=text)

    found = ended.json()
    is_comment = text.startswith(("/*", "*", "//"))
    assert found.pop("foundIn") == ("an object in a comment" if is_comment else "a printed object")
    assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "{ metadata: [Object], entity: {} }", "{ metadata: { id: '1' }, more: [ 1, ... 5 more items ] }", "{ metadata: { id: '1', id: '2' } }", "{ metadata: { id: NaN } }",
        "{ metadata: { id: '1' } } }", "{ metadata: { id: '1' ", "{ metadata: { id: '\\ud800' } }", "<Buffer 65 79 4a ... 900 more bytes>", "{ metadata: process.exit() }", "{ body: 'eyJ' + }",
        "{" * 1000 + "}" * 1000, "{ a: " * 100 + "1" + " }" * 100,
    ],
)  # fmt: skip
def test_an_incomplete_printed_object_is_rejected(text: str, run: Run) -> None:
    ended = run("events decode - --json", stdin=text, code=9 if text.startswith("<") else 6)

    assert not any("foundIn" in one for one in ended.json())


@pytest.mark.parametrize("cut", [(0, 0), (300, 300), (300, 200)])
def test_lines_of_possibly_two_tokens_are_not_joined(
    cut: tuple[int, int], run: Run, sign: Callable[..., str]
) -> None:
    one, other = sign("tier_updated"), sign("tier_deleted")
    first, last = cut
    text = f"{one[:first] or lines(one, 80)}\n{other[-last:] if first else lines(other, 80)}"

    ended = run(f"events decode - {KEYED} --json", stdin=text, code=9)

    assert ended.json() == []
    assert "unreadable" in ended.err


def test_a_file_of_base64_is_read_line_by_line(run: Run, sign: Callable[..., str]) -> None:
    tokens = [sign("tier_updated", f"event.id=e{number}") for number in (1, 2, 2)]

    ended = run(f"events decode - {KEYED} -o id", stdin="".join(f"{packed(one)}\n" for one in tokens))

    assert ended.out.split() == ["e1", "e2", "e2"]


def test_lines_between_tokens_are_read_line_by_line(run: Run, sign: Callable[..., str]) -> None:
    """Lines that are tokens are read one by one, whatever the first line is."""
    for first in ("POST /events {", "/* the log", "curl \\", "// x", "* ("):
        ended = run(f"events decode - {KEYED} -o jsonl", stdin=f"{first}\n{sign()}\n\n{sign()}\n", code=9)
        assert ended.out.count('"signature":"verified"') == 2
        assert "foundIn" not in ended.out
        verified = run(f"events verify - {KEYED} --json", stdin=f"{first}\n{sign()}\n", code=9).json()
        assert [one["valid"] for one in verified] == [False, True]


def test_a_log_of_many_lines_is_read_line_by_line(run: Run, sign: Callable[..., str]) -> None:
    tokens = [sign("tier_updated", f"event.id=e{number}") for number in range(3)]
    lines = [f"INFO body={tokens[0]}", tokens[1], json.dumps(characters(tokens[2]))]

    ended = run(f"events decode - {KEYED} -o id", stdin="\n".join(lines))

    assert ended.out.split() == ["e0", "e1", "e2"]
    assert "found in the value behind body=: 1 of 3" in ended.err


HUGE = {
    "dots": "." * 1_000_000,
    "braces": "{" * 1_000_000,
    "brackets and braces": "[{" * 400_000 + "}]" * 400_000,
    "lists": "[" + "[]," * 200_000 + "1]",
    "parts": "a.b.c " * 170_000,
    "comments": "/*" * 500_000 + "{",
    "texts that go on": "['a'" + "+'a'" * 200_000 + "]",
    "what begins like base64": "ZXlK" * 250_000,
    "what begins like a token": ("eyJ" + "a" * 20 + ".b.c ") * 30_000,
    "quotes": "\"'" * 500_000,
    "members": '{"a":1,' * 150_000,
    "lines of one length": ("eyJ" + "a" * 77 + "\n") * 12_000,
    "lines of base64": ("ZXlK" * 19 + "\n") * 12_000,
    "bytes of Go": ("[" + "101 " * 50) * 5_000,
    "escapes": "\x1b]8;;" * 200_000,
}


@pytest.mark.parametrize("what", HUGE)
@pytest.mark.sampled
def test_no_text_takes_long_to_search(what: str) -> None:
    began = time.process_time()

    assert not isinstance(extraction.find_in_text(HUGE[what]), extraction.AmbiguousTokens)

    assert time.process_time() - began < 15


def test_nested_json_is_searched_to_a_limit() -> None:
    text = json.dumps(characters(token()))
    found = []
    for _ in range(4):
        one = extraction.find_in_text(text)
        found.append(isinstance(one, extraction.FoundToken) and one.token == token())
        text = json.dumps({"body": text})

    assert found == [True, True, True, False]


def test_the_number_of_searched_values_is_limited() -> None:
    many: list[Json] = [{"a": 1}] * extraction.MAX_PARTS

    assert extraction.find_in_value([*many, {"body": token()}]) is None
    assert extraction.find_in_value([*many[:100], {"body": token()}]) is not None


@given(st.text(max_size=60))
def test_no_text_crashes_the_object_parser(text: str) -> None:
    for spelled in (text, f"{{ a: '{text}' }}", f"[{text}]"):
        try:
            javascript.loads(spelled)
        except InvalidData:
            continue


@pytest.mark.parametrize("text", ["-1.2345678901234567e-7", "-0.12345678901234568", "18446744073709551615"])
def test_the_object_parser_reads_every_number_that_javascript_prints(text: str) -> None:
    assert javascript.loads(f"{{ rate: {text} }}") == {"rate": json.loads(text)}


@pytest.mark.parametrize("text", ["1e999", "-1e999", "1" * 21])
def test_the_object_parser_refuses_numbers_beyond_the_limits_of_json(text: str) -> None:
    with pytest.raises(InvalidData):
        javascript.loads(f"[ {text} ]")


@given(st.recursive(st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_the_object_parser_reads_json_as_json(value: object) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError:
        return
    assert javascript.loads(json.dumps(value)) == strict_json.loads(json.dumps(value))
