"""Edits of YAML and JSON files change only what is requested."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

import pytest

from loyaltyctl.errors import LoyaltyError
from loyaltyctl.intake import documents
from loyaltyctl.render.file_edits import FileEdits
from tests.render.yaml_changes import Op, after, random_ops, to_be_kept, to_be_untouched
from tests.render.yaml_files import File, random_file
from tests.scale import scaled

FILES = scaled(300, least=60)
PARTS = 6


def edit(data: bytes, ops: list[Op], name: str = "rules.yaml") -> str:
    """Return the text of a file after changes."""
    edited = FileEdits(data, documents.parse(data, name))
    for op in ops:
        if op.kind == "set":
            edited.set(op.path, op.value)
        elif op.kind == "add":
            edited.add(op.path, op.value)
        else:
            edited.remove(op.path)
    return edited.text


@pytest.mark.parametrize("part", range(PARTS))
def test_edits_of_random_files_keep_all_other_bytes(part: int) -> None:
    tried = 0
    for seed in range(part, FILES, PARTS):
        rng = random.Random(seed)  # noqa: S311 - for cases, not for secrets
        file = random_file(rng)
        ops = random_ops(rng, file.value)
        if documents.parse(file.data, "rules.yaml").value != file.value:
            continue  # the parser reads the comment as a line of the text above it
        tried += 1
        try:
            _check(file, ops)
        except (AssertionError, LoyaltyError) as error:
            error.add_note(f"seed {seed}\n{file.data.decode()}\n{ops}")
            raise
    assert tried > FILES // PARTS * 0.9


def _check(file: File, ops: list[Op]) -> None:
    text = edit(file.data, ops)
    assert documents.parse(text.encode(), "rules.yaml").value == after(file.value, ops)
    lines = text.replace("\r\n", "\n")
    kept = Counter(to_be_kept(file, ops))
    assert kept - Counter(comment for comment in kept.elements() if comment in lines) == Counter()
    assert [part for part in to_be_untouched(file, ops) if part not in lines] == []
    old = file.data.decode()
    assert text.startswith("\ufeff") == old.startswith("\ufeff")
    assert text.endswith("\n") == old.endswith("\n")
    assert text.count("\r\n") == (text.count("\n") if "\r\n" in old else 0)


def test_removing_the_last_members_in_brackets_removes_the_comma() -> None:
    assert edit(b"[1, 2, 3]", [Op("remove", (1,)), Op("remove", (2,))]) == "[1]"
    assert edit(b"{a: 1, b: 2}", [Op("remove", ("b",)), Op("set", ("c",), 3)]) == "{a: 1, c: 3}"
    text = b"{\n  a: 1,\n  b: 2 }\n"
    assert edit(text, [Op("remove", ("b",)), Op("set", ("c",), 3)]) == "{\n  a: 1,\n  c: 3\n   }\n"


PAUSED = Op("set", (0, "status"), "PAUSED")


@pytest.mark.parametrize(("before", "op", "then"), [
    # new members follow everything that belongs to the last one
    ("- tiers:\n    Gold: 1\n    Silver: 2 # s\n", PAUSED, "- tiers:\n    Gold: 1\n    Silver: 2 # s\n  status: PAUSED\n"),
    ("- a: |\n    x\n\n", PAUSED, "- a: |\n    x\n  status: PAUSED\n\n"),
    ("- a: |+\n    x\n\n", PAUSED, "- a: |+\n    x\n\n  status: PAUSED\n"),
    ("- ? a\n  : b\n", PAUSED, "- ? a\n  : b\n  status: PAUSED\n"),
    ("- {a: 😀} # c\n", PAUSED, "- {a: 😀, status: PAUSED} # c\n"),
    ("- {a: b:}\n", PAUSED, "- {a: b:, status: PAUSED}\n"),
    ("- {a}\n", PAUSED, "- {a, status: PAUSED}\n"),
    ("- {a: }\n", PAUSED, "- {a: , status: PAUSED }\n"),
    ("- {\n    a: 1, # one\n    b: 2 # two\n  }\n", PAUSED, "- {\n    a: 1, # one\n    b: 2, # two\n    status: PAUSED\n  }\n"),
    ("- {}\n", PAUSED, "-\n  status: PAUSED\n"),
    ("[]", Op("add", (), [{"a": 1}]), "- a: 1"),
    # values that are empty, quoted, over several lines
    ("- status:\n", PAUSED, "- status: PAUSED\n"),
    ("- status: # why\n", PAUSED, "- status: PAUSED # why\n"),
    ("- {status: , a: 1}\n", PAUSED, "- {status: PAUSED , a: 1}\n"),
    ("- {status, a: 1}\n", PAUSED, "- {status: PAUSED, a: 1}\n"),
    ("- status: # why\n    'x' # so\n", PAUSED, "- status: # why\n    'PAUSED' # so\n"),
    ("- status: >- # why\n    x\n    y\n  a: 1\n", PAUSED, "- status: PAUSED  # why\n  a: 1\n"),
    ("- !!map\n  status: !!str x # c\n", PAUSED, "- !!map\n  status: PAUSED # c\n"),
    # an object replaces text, and text an object
    ("- a: 1 # c\n", Op("set", (0, "a"), {"b": 2}), "- a: # c\n    b: 2\n"),
    ("- a: # c\n    # d\n    b: 2 # e\n  f: 1\n", Op("set", (0, "a"), 1), "- a: 1 # c\n    # d\n  f: 1\n"),
    # the first key after a dash
    ("- a: 1\n  b: 2\n", Op("remove", (0, "a")), "- b: 2\n"),
    ("- a: 1 # c\n  # d\n  b: 2\n", Op("remove", (0, "a")), "- # c\n  # d\n  b: 2\n"),
    ("- a: 1\n  # d\n  b: 2\n", Op("remove", (0, "a")), "-\n  # d\n  b: 2\n"),
    ("- a: # c\n    x: 1 # gone\n  b: 2\n", Op("remove", (0, "a")), "- # c\n  b: 2\n"),
    ("- a: # c\n    # d\n    x: 1 # gone\n  b: 2\n", Op("remove", (0, "a")), "- # c\n    # d\n  b: 2\n"),
    ("- a:\n    # d\n    - 1\n  b: 2\n", Op("remove", (0, "a")), "-\n    # d\n  b: 2\n"),
    ("- a: 1\n", Op("remove", (0, "a")), "- {}\n"),
    # lists without items
    ("rules:\n# all: of them\n- a: 1\n# end\n", Op("remove", ("rules", 0)), "rules: []\n# all: of them\n# end\n"),
    ("rules: # c\n  - a: 1\n", Op("remove", ("rules", 0)), "rules: [] # c\n"),
    ("---\n- a: 1\n...\n", Op("remove", (0,)), "---\n[]\n...\n"),
    ("- - a: 1\n- b\n", Op("remove", (0, 0)), "- []\n- b\n"),
    ("[ # c\n  1, # d\n]\n", Op("remove", (0,)), "[ # c\n]\n"),
    ("[1, 2]\n", Op("remove", (1,)), "[1]\n"),
    ("[1, 2]\n", Op("remove", (0,)), "[2]\n"),
    ("[1 # c\n , 2\n ]\n", Op("remove", (1,)), "[1 # c\n , \n ]\n"),
    ("[1\n , 2\n ]\n", Op("remove", (1,)), "[1\n ]\n"),
    ("[1\n , 2 # c\n ]\n", Op("add", (), [3]), "[1\n , 2, 3 # c\n ]\n"),
])  # fmt: skip
def test_one_change_gives_the_expected_text(before: str, op: Op, then: str) -> None:
    assert edit(before.encode(), [op]) == then


@pytest.mark.parametrize(("before", "op"), [
    ("- a: b # c\r  d: e # f\r", Op("remove", (0, "d"))),
    ("- a: |\n    b", PAUSED),
])  # fmt: skip
def test_a_change_that_would_not_parse_back_is_rejected(before: str, op: Op) -> None:
    with pytest.raises(LoyaltyError, match=r"rules\.yaml cannot be edited") as refused:
        edit(before.encode(), [op])

    assert refused.value.reason == "CANNOT_EDIT"


@pytest.mark.parametrize(("before", "then"), [
    ('[{"a": 1}]', '[{"a": 1, "status": "PAUSED"}]'),
    ('[{"a":"\\ud83d\\ude00"}]\n', '[{"a":"\\ud83d\\ude00","status":"PAUSED"}]\n'),
    ('[\n    {\n        "a": 1\n    }\n]', '[\n    {\n        "a": 1,\n        "status": "PAUSED"\n    }\n]'),
    ('[\r\n\t{\r\n\t\t"a": "ü"\r\n\t}\r\n]\r\n', '[\r\n\t{\r\n\t\t"a": "ü",\r\n\t\t"status": "PAUSED"\r\n\t}\r\n]\r\n'),
    ("\ufeff[{}]\n", '\ufeff[{"status": "PAUSED"}]\n'),
])  # fmt: skip
def test_json_keeps_its_indentation_line_ends_and_escapes(before: str, then: str) -> None:
    assert edit(before.encode(), [PAUSED], "rules.json") == then


@pytest.mark.parametrize("value", ["", "😀", "a: b", "# c", "'", '"', "\\", "- x", "true", "10", "1e3", "~", "a\nb", "\x85", "\u2028", " x ", "[", "{", "&a", "*a", "!a", "%a", "@a", "`a", "a #b", "a:", ":a", "?", "-", ",", "a, b", "\ufeff", "\u202e", "=", "<<", "2026-11-29", "0x10", "1_000"])  # fmt: skip
@pytest.mark.parametrize("before", ["- a: x # c\n", "- a: 'x' # c\n", '- a: "x" # c\n', "- {a: x} # c\n", "- {a: 'x', b: [a: 1]} # c\n", "- a:\n", "- b: 1\n", "- {b: 1}\n"])  # fmt: skip
def test_every_text_can_replace_a_value_of_every_style(before: str, value: str) -> None:
    old: Any = documents.parse(before.encode(), "rules.yaml").value
    text = edit(before.encode(), [Op("set", (0, "a"), value)])

    assert documents.parse(text.encode(), "rules.yaml").value == [old[0] | {"a": value}]
    assert ("# c" in text.replace(json.dumps(value), "")) >= ("# c" in before)
