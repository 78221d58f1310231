"""Escaping of hostile text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.render.visible import HOSTILE, json_escaped, visible
from tests.render.hostile import HOSTILE_TEXTS


@given(st.text(st.characters()))
def test_no_hostile_character_survives(text: str) -> None:
    assert not HOSTILE.search(visible(text))
    visible(text).encode()


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], max_codepoint=0x2FF)))
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert HOSTILE.search(text) or visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a\\x1b[2Jb"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\u202eabc", "\\u202eabc"),
        ("\U000e0041", "\\U000e0041"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
        ("\ufeffx\ufffd", "\\ufeffx\ufffd"),
        ("👩‍🚀", "👩‍🚀"),
        ("Käse 奶酪", "Käse 奶酪"),
    ],
)
def test_hidden_characters_are_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_combining_marks_are_limited() -> None:
    assert visible("a" + "\u0301" * 50) == "a" + "\u0301" * 8


@given(st.text(st.characters()))
def test_escaped_json_is_the_same_value(text: str) -> None:
    written = json_escaped(json.dumps(text, ensure_ascii=False))

    assert json.loads(written) == text
    assert not HOSTILE.search(written)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_every_hostile_text_is_escaped(text: str) -> None:
    assert "\x1b" not in visible(text)
    assert len(visible(text).splitlines()) <= 1
