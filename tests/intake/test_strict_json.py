"""Strict JSON: the standard, and nothing more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\0")), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_every_json_value_is_read_back(value: object) -> None:
    assert strict_json.loads(json.dumps(value, ensure_ascii=False).encode()) == value


@given(VALUES, st.sampled_from([None, 0, 2, "\t"]))
def test_every_value_has_its_position(value: object, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=indent)

    marks = strict_json.positions(text)

    assert {**marks}.keys() == {place for place, _ in places(value, ())}
    for place, one in places(value, ()):
        line, column = marks[place]
        rest = "\n".join(text.split("\n")[line - 1 :])[column - 1 :]
        assert json.JSONDecoder().raw_decode(rest)[0] == one


def places(value: object, place: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    yield place, value
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from places(item, (*place, step))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": 1, "a": 2}', 'the member "a" appears twice'),
        ('{"a": 1, "\\u0061": 2}', 'the member "a" appears twice'),
        ("NaN", "NaN is not a JSON number"),
        ("[Infinity]", "Infinity is not a JSON number"),
        ("-Infinity", "-Infinity is not a JSON number"),
        ("1e999", 'the number "1e999" is too large'),
        ("1" * 21, "a number of 21 digits, the limit is 20"),
        ("[" * 65 + "]" * 65, "nested more than 64 levels deep"),
        ('{"a":' * 100_000, "nested more than 64 levels deep"),
        ("{", "line 1 column 2"),
        ("[1,]", "line 1 column "),  # the comma or the bracket, by the version of Python
        ("{} {}", "extra data"),
        ("", "expecting value"),
        ("'a'", "expecting value"),
        ('"a\nb"', "invalid control character"),
    ],
)
def test_json_that_pythons_parser_accepts_or_fails_on_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidData, match=r"^input") as refused:
        strict_json.loads(text, "input")

    assert why in refused.value.message


@pytest.mark.parametrize(
    ("opening", "closing", "times"), [("[", "]", 64), ('{"a":', "}", 64), ('[{"a":', "}]", 32)]
)
def test_64_levels_are_read_and_65_are_not(opening: str, closing: str, times: int) -> None:
    text = opening * times + '"[{"' + closing * times

    assert strict_json.loads(text, "input") == json.loads(text)
    with pytest.raises(InvalidData, match="nested more than 64 levels deep"):
        strict_json.loads(f"[{text}]", "input")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\xff\xfe{\0}\0", "UTF-16"),
        (b"\xfe\xff\0{\0}", "UTF-16"),
        (b'{"a": "\xe9"}', "byte 7 is not UTF-8"),
        (b'"\xc0\xaf"', "byte 1 is not UTF-8"),
        (b'"\xed\xa0\x80"', "byte 1 is not UTF-8"),
        (b'"a\0b"', "NUL character at position 2"),
    ],
)
def test_only_utf8_is_read(data: bytes, why: str) -> None:
    with pytest.raises(InvalidData) as refused:
        strict_json.loads(data)

    assert why in refused.value.message


def test_a_byte_order_mark_and_brackets_in_strings_are_accepted() -> None:
    assert strict_json.loads(b'\xef\xbb\xbf{"a": "' + b"[" * 500 + b'\\""}') == {"a": "[" * 500 + '"'}


def test_a_number_of_twenty_digits_is_a_revision() -> None:
    assert strict_json.loads("18446744073709551615") == 2**64 - 1


def test_an_unterminated_string_takes_linear_time() -> None:
    with pytest.raises(InvalidData, match="unterminated string"):
        strict_json.loads('"' + '\\"' * 2_000_000)
