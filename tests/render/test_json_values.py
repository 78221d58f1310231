"""Values of Python's data types have the same JSON form in every format."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from loyaltyctl.config.formats import Format
from loyaltyctl.contract.json_values import to_json_value
from loyaltyctl.contract.types import ObjectOf
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.secret import Secret
from loyaltyctl.render import json_yaml
from loyaltyctl.render.selection import Fields, Query, sort_values
from loyaltyctl.render.terminal import UNLIMITED_WIDTH, Terminal
from loyaltyctl.render.views import Column, View
from loyaltyctl.render.visible import HOSTILE
from loyaltyctl.render.writer import Writer

PIPE = Terminal(interactive=False, width=UNLIMITED_WIDTH, color=False, now=0)
SCREEN = Terminal(interactive=True, width=80, color=False, now=0)


class Word(StrEnum):
    WORD = "word"


class Number(IntEnum):
    ONE = 1


class Other(Enum):
    PAIR = (1, Word.WORD)


class Pair(NamedTuple):
    left: Any
    right: Any


class Text(str):
    __slots__ = ()


NAIVE = datetime(2024, 2, 29)  # noqa: DTZ001 - a time without a zone is tried too
END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=23)))
VALUES = [
    (Word.WORD, "word"), (Number.ONE, 1), (Other.PAIR, [1, "word"]), (Pair(1, Word.WORD), {"left": 1, "right": "word"}), ((), []), (True, True),
    (Text("a"), "a"), (Decimal("1.10"), "1.10"), (Decimal("NaN"), "NaN"), (Fraction(1, 3), "1/3"), (float("nan"), None), (float("-inf"), None),
    (date(2024, 2, 29), "2024-02-29"), (datetime(2024, 2, 29, 1, tzinfo=UTC), "2024-02-29T01:00:00.000Z"), (NAIVE, "2024-02-29T00:00:00"),
    (END, "9999-12-31T23:59:59-23:00"), (10**400, 10**400), ("\ud800", "\ud800"), ({Word.WORD: (Word.WORD,)}, {"word": ["word"]}),
]  # fmt: skip


def view(value: Any) -> View[Any]:
    """Return a view with this value in each part."""
    return View[Any](
        (Column("VALUE", lambda _: value),),
        lambda _: {"value": value},
        lambda _: str(value),
        ObjectOf("Shown", "A value.", lambda: {"value": Any}),
        record=(Column("VALUE", lambda _: value),),
        row=lambda _: {"value": value},
        whole=lambda _, plains: {"values": (value, *plains)},
    )


@pytest.mark.parametrize(("value", "plain"), VALUES, ids=repr)
def test_a_value_is_the_same_in_every_format(value: Any, plain: Any) -> None:
    shown = view(value)

    assert to_json_value(value) == plain
    assert type(to_json_value(value)) is type(plain)
    for terminal in (PIPE, SCREEN):
        for fields in (None, Fields("value"), Fields("value,value")):
            for format_ in [*Format, None]:
                for writer in [Writer(terminal, format_, fields)]:
                    assert not HOSTILE.search(writer.one(0, shown).replace("\n", "").replace("\t", ""))
                    assert not HOSTILE.search(writer.many([0, 0], shown).replace("\n", "").replace("\t", ""))
    found = json.loads(Writer(PIPE, Format.JSON).many([0], shown))
    assert found == {"values": [plain, {"value": plain}]}
    assert _yaml(Writer(PIPE, Format.YAML).many([0], shown)) == found
    for format_ in (Format.JSONL, Format.YAML, None):
        Writer(PIPE, format_, None, Query("values[0]")).many([0], shown)


@pytest.mark.parametrize(
    "value", [object(), {1: 2}, {(): 1}, b"x", {1, 2}, Secret("a-made-up-secret", "key")]
)
def test_a_value_without_a_json_form_is_rejected_by_every_format(value: Any) -> None:
    for format_ in (Format.JSON, Format.JSONL, Format.YAML, Format.CSV):
        with pytest.raises(TypeError, match=r"^[a-z]+$|^Secret$"):
            Writer(PIPE, format_).many([0], view(value))


TEXTS = st.text(st.characters(codec=None, exclude_categories=()), max_size=8) | st.sampled_from(
    ["no", "Y", "1_0", "0o7", "1:30", "~", "...", "---", "- a", "a: b", "#x", "=", "<<", "", "!x", "&a", "*a", "%a", "`", "{", "'", '"', "0x1f", "1e5", ".5", "null", "a" * 200, "a\nb", " a ", "\t", "? a", ":", "|", ">"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@given(JSON)
def test_yaml_and_json_parse_back_to_the_value(value: Any) -> None:
    text = json_yaml.to_yaml(value)

    assert json.dumps(_yaml(text)) == json.dumps(value)
    assert not HOSTILE.search(text.replace("\n", ""))
    assert json.loads(json_yaml.to_json(value, indented=False)) == value


@pytest.mark.parametrize("text", ["no", "Yes", "ON", "y", "1:30", "-12:30:45", "1_0", "010", "2024-01-01"])
def test_a_yaml_1_1_parser_reads_text_as_text(text: str) -> None:
    assert json_yaml.to_yaml({text: [text]}) == f"'{text}':\n- '{text}'\n"
    assert json_yaml.to_yaml([1e22, 1e-7]) == "- 1.0e+22\n- 1.0e-07\n"


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("to_number('nan')", "null\n"),
        ("to_number('1e999')", "null\n"),
        ("`NaN`", "null\n"),
        ("[0]", '"word"\n'),
    ],
)
def test_the_result_of_a_query_is_json(expression: str, found: str) -> None:
    writer = Writer(PIPE, Format.JSON, None, Query(expression))

    assert writer.many([0], view(Word.WORD)._replace(whole=lambda _, __: [Word.WORD])) == found


@pytest.mark.parametrize("expression", ["&id", "[&id]", "{a: &id}", "not_null(@, &id) && &id"])
def test_an_expression_as_result_of_a_query_is_an_error(expression: str) -> None:
    with pytest.raises(UsageError, match="--query"):
        Query(expression).find({"id": 1})


def test_two_columns_of_the_same_name_are_both_shown() -> None:
    table = Writer(SCREEN, Format.TABLE, Fields("a,a,b")).many(
        [0], view(1)._replace(output=lambda _: {"a": 1, "b": 2})
    )

    assert [line.split() for line in table.splitlines()] == [["A", "A", "B"], ["1", "1", "2"]]


def test_booleans_are_sorted_as_text() -> None:
    plains: list[Any] = [True, 3, "b", False, None]
    shown = view(0)._replace(output=lambda value: {"value": value})

    assert sort_values("value", plains, shown) == [3, "b", False, True, None]


def _yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)
