"""Rules files: their shapes, and the locations of problems."""

from __future__ import annotations

import json

import pytest

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import documents
from loyaltyctl.model import rule_files
from loyaltyctl.model.draft_validation import validate_draft

RULE = '{"title": "A", "trigger": "events/Rsvp", "points": 1}'


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (RULE, 1),
        (f"[{RULE}, {RULE}]", 2),
        (f'{{"earningRules": [{RULE}]}}', 1),
        (f'{{"earning_rules": [{RULE}, {RULE}]}}', 2),
        (f'{{"earningRule": {RULE}}}', 1),
        (f"{RULE}\n{RULE}\n{RULE}\n", 3),
        (f'{{"earningRule": {RULE}}}\n{{"earningRule": {RULE}}}\n', 2),
        ("[]", 0),
        ("title,trigger,points\nA,events/Rsvp,1\n", 1),
        ("- title: A\n  trigger: events/Rsvp\n  points: 1\n", 1),
        ("earningRules:\n  - title: A\n    trigger: events/Rsvp\n    points: 1\n", 1),
    ],
)
def test_every_shape_of_file_is_read(text: str, count: int) -> None:
    entries = rule_files.entries(documents.parse(text.encode(), "standard input"))

    assert len(entries) == count
    assert all(validate_draft(entry.value).draft for entry in entries)


@pytest.mark.parametrize("text", ["5", '"x"', "true"])
def test_another_value_is_one_invalid_entry(text: str) -> None:
    [entry] = rule_files.entries(documents.parse(text.encode(), "x.json"))

    assert [*map(str, entry.details(validate_draft(entry.value).problems))] == [
        f"x.json line 1 column 1: must be an object, got {text}"
    ]


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("x.csv", f"title,trigger,points\nA,events/Rsvp,1\n{'A' * 51},events/Rsvp,1\n", "x.csv line 3"),
        ("x.jsonl", f'{RULE}\n\n{{"title": "", "trigger": "events/Rsvp", "points": 1}}\n', "x.jsonl line 3"),
        ("x.yaml", "- title: A\n  trigger: events/Rsvp\n  points: 1\n- trigger: events/Rsvp\n  points: 1\n  title: ''\n", "x.yaml line 6 column 10"),
        ("x.json", f'[{RULE}, {{"title": "", "trigger": "events/Rsvp", "points": 1}}]', "x.json item 2"),
        ("x.json", '{"title": "", "trigger": "events/Rsvp", "points": 1}', "x.json line 1 column 11"),
        ("x.json", '{\n  "title": "",\n  "trigger": "events/Rsvp",\n  "points": 1\n}', "x.json line 2 column 12"),
        ("x.json", '{"earningRules": [{"title": "", "trigger": "events/Rsvp", "points": 1}]}', "x.json item 1"),
        ("x.jsonl", f'{RULE}\n{{"earningRule": {{"title": "", "trigger": "events/Rsvp", "points": 1}}}}', "x.jsonl line 2"),
        ("x.yaml", "earning_rule:\n  trigger_activity_type: events/Rsvp\n  fixed_amount: {configs: [{points: 1}]}\n  title: ''\n", "x.yaml line 4 column 10"),
    ],
)  # fmt: skip
def test_a_problem_has_its_line_or_its_item(name: str, text: str, where: str) -> None:
    entries = rule_files.entries(documents.parse(text.encode(), name))

    details = [detail for entry in entries for detail in entry.details(validate_draft(entry.value).problems)]

    assert [(str(detail.where), detail.field) for detail in details] == [(where, "title")]


@pytest.mark.parametrize("count", [0, 2])
def test_a_single_rule_is_required(count: int) -> None:
    document = documents.parse(json.dumps([json.loads(RULE)] * count).encode(), "x.json")

    with pytest.raises(InvalidData, match=f"x.json has {count} rules; exactly one"):
        rule_files.single_entry(document)


def test_all_problems_of_a_file_are_found() -> None:
    text = f'{RULE}\n{{"earningRule": 5}}\n{{\n[]\n{{"title": "", "trigger": "events/Rsvp", "points": 1}}\n'
    entries = rule_files.entries(documents.parse(text.encode(), "x.jsonl"))

    assert [
        str(detail) for entry in entries for detail in entry.details(entry.validate(validate_draft).problems)
    ] == [
        "x.jsonl line 2: must be an object, got 5",
        "x.jsonl line 3: column 2: expecting property name enclosed in double quotes",
        "x.jsonl line 4: must be an object, got []",
        "x.jsonl line 5: title: must not be empty",
    ]


def test_a_wrapper_of_rules_requires_a_list() -> None:
    with pytest.raises(InvalidData, match=r"x\.json line 1 column 18: earningRules must be a list, got {}"):
        rule_files.entries(documents.parse(b'{"earningRules": {}}', "x.json"))
