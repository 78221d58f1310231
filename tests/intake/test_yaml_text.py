"""YAML parser for JSON values."""

from __future__ import annotations

from typing import Any

import pytest

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import yaml_text


def read(text: str) -> tuple[Any, dict[Any, Any]]:
    marks: dict[Any, Any] = {}
    return yaml_text.loads(text, "rules.yaml", marks), marks


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("off", "off"), ("010", "010"), ("1:30", "1:30"), ("2024-01-01", "2024-01-01"),
        ("1_000", "1_000"), (".nan", ".nan"), (".inf", ".inf"), ("1e3", "1e3"), ("0x10", "0x10"), ("<<", "<<"),
        ("0", 0), ("-7", -7), ("18446744073709551615", 2**64 - 1), ("1.50", 1.5), ("-0.25", -0.25),
        ("true", True), ("FALSE", False), ("~", None), ("null", None), ("", None), ("''", ""), ('"3"', "3"), ("!!str 3", "3"),
        ("|\n  one\n  two\n", "one\ntwo\n"), ("[1, {a: b}]", [1, {"a": "b"}]), ("{}", {}),
    ],
)  # fmt: skip
def test_only_jsons_numbers_and_words_are_converted(text: str, value: object) -> None:
    assert read(text)[0] == value


def test_every_value_of_yaml_has_its_position() -> None:
    _, marks = read("# rules\n- title: A\n  configs:\n    - points: 1\n- title: B\n")

    assert marks[0,] == (2, 3)
    assert marks[0, "configs", 0, "points"] == (4, 15)
    assert marks[1, "title"] == (5, 10)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: &x 1", "line 1 column 4: the anchor &x"),
        ("a: &x [1]\nb: *x", "the anchor &x"),
        ("a: *x", "undefined alias"),
        ("&a [&b [&c [x, x], *c], *b]", "the anchor &a"),
        ("a: !!python/object:os.system x", "the tag"),
        ("a: !mine b", "the tag !mine is not supported"),
        ("a: !!int '3'", "the tag tag:yaml.org,2002:int is not supported"),
        ("a: !!binary aGk=", "the tag"),
        ("!!set {a, b}", "the tag"),
        ("a: 1\nb: 2\na: 3", 'line 3 column 1: the key "a" appears twice'),
        ("? [a]\n: b", "a key must be plain text"),
        ("a: 1\n---\nb: 2", "line 2 column 1"),
        ("[" * 3000, "nested more than 64 levels deep"),
        ("[" * 70 + "]" * 70, "nested more than 64 levels deep"),
        ("a: [1, 2", "expected ',' or ']'"),
        ("a: 'x", "line 1"),
        ("a:\n\t- b", "line 2"),
        ("\x07", "special characters are not allowed"),
        ("- a\nb: c", "line 2 column 1"),
        ("%YAML 9.9\n---\na", "found incompatible YAML document"),
    ],
)
def test_other_yaml_is_refused_with_its_position(text: str, why: str) -> None:
    with pytest.raises(InvalidData, match=r"^rules\.yaml") as refused:
        read(text)

    assert why in refused.value.message
