"""The table of the earning rule: everything else that lists its fields is derived from it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

import loyaltyctl
from loyaltyctl.model.draft_validation import validate_draft
from loyaltyctl.model.fields import Access, Field, FieldKind
from loyaltyctl.model.resource_schemas import input_properties, response_properties
from loyaltyctl.model.resource_validation import violations
from loyaltyctl.model.resources import Resource
from loyaltyctl.model.rule_forms import csv_row
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.spelling import snake
from tests.conftest import GOLD, unmeasured
from tests.model.examples import golden

if TYPE_CHECKING:
    from tests.conftest import Home

CONTAINERS = (FieldKind.OBJECT, FieldKind.OBJECTS)
DOCUMENT: dict[str, Any] = golden("create_request")["earningRule"]
ADDED = """
    Field(
        "nickname", FieldKind.TEXT, "Its other name.", limits=(1, 8), access=Access.WRITE,
        heading=Heading("NICKNAME", 12), option=OptionText("nickname", "TEXT", "Other name.", ("create", "update")),
    ),
    Field("caps", FieldKind.OBJECT, "Upper limits.", access=Access.WRITE),
    Field(
        "caps.daily", FieldKind.WHOLE, "The most points in a day.", limits=(1, 900), access=Access.WRITE,
        option=OptionText("daily-cap", "N", "The most points in a day.", ("create",)),
    ),
    Field("caps.hard", FieldKind.FLAG, "Whether nobody may exceed it.", access=Access.WRITE),
"""
"""Fields that the API does not have, as a contributor would add them."""


class Edited:
    """A copy of the program with another table, run in a process of its own."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self._folder = folder
        self._environ = unmeasured(environ) | {"PYTHONPATH": str(folder)}

    def __call__(self, line: str, code: int = 0, stdin: str = "") -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "loyaltyctl", *line.split()],
            env=self._environ,
            cwd=self._folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == code, ended.stderr
        return ended.stdout if code == 0 else ended.stdout + ended.stderr


@pytest.fixture
def edited(tmp_path: Path, environ: dict[str, str], home: Home) -> Edited:
    """Return a copy of the program in which entries are added at the end of the table."""
    del home
    package = shutil.copytree(
        Path(loyaltyctl.__file__).parent,
        tmp_path / "loyaltyctl",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    table = package / "model" / "rule_table.py"
    text = table.read_text()
    end = "\n), special="
    assert text.count(end) == 1
    table.write_text(text.replace(end, ADDED.rstrip() + end))
    return Edited(tmp_path, environ)


def error(text: str) -> Any:
    """Return the error that a command prints last under --json."""
    return json.loads(text.splitlines()[-1])["error"]


def test_a_field_added_to_the_table_reaches_every_command_file_and_schema(edited: Edited) -> None:
    create = "-p sandbox rules create --title A --trigger events/Rsvp --points 5 --json"
    rule = json.loads(edited(f"{create} --nickname Fern --daily-cap 50"))
    assert (rule["nickname"], rule["caps"]) == ("Fern", {"daily": 50})
    rule_id = rule["id"]

    assert "nickname: has 9 characters, the limit is 8" in edited(
        "rules validate -f -", 6, '- {title: A, trigger: events/Rsvp, nickname: "123456789"}\n'
    )
    assert "is not a field of a rule; did you mean nickname?" in edited(
        "rules validate -f -", 6, "- {title: A, trigger: events/Rsvp, nickname_: Fern}\n"
    )
    [problem] = error(edited(f"{create} --nickname 123456789", 2))["details"]
    assert problem["field"] == "--nickname"

    [problem] = error(edited(f"{create} --daily-cap 0", 2))["details"]
    assert (problem["field"], problem["message"]) == ("--daily-cap", "must be at least 1, got 0")

    updated = json.loads(edited(f"-p sandbox rules update {rule_id} --nickname Moss --json"))
    assert updated["nickname"] == "Moss"
    assert "nickname: Moss" in edited("-p sandbox rules export -o yaml")
    desired = f"- {{id: {rule_id}, title: A, trigger: events/Rsvp, nickname: Reed}}\n"
    assert "nickname" in edited("-p sandbox rules diff -f -", stdin=desired)
    capped = f"- {{id: {rule_id}, title: A, trigger: events/Rsvp, caps: {{hard: true}}}}\n"
    [change, *_] = json.loads(edited("-p sandbox rules diff -f - --json", stdin=capped))["changes"]
    assert change["fields"] == [{"path": "caps.hard", "old": None, "new": True}]
    edited("-p sandbox rules apply -y -f -", stdin=capped)
    assert json.loads(edited(f"-p sandbox rules get {rule_id} --json"))["caps"] == {"daily": 50, "hard": True}

    header, *rows = edited("-p sandbox rules list -o csv").splitlines()
    assert header.endswith(",nickname,caps.daily,caps.hard")
    [row] = [row for row in rows if row.endswith(",Moss,50,true")]
    same = json.loads(edited("-p sandbox rules diff -f - --json", stdin=f"{header}\n{row}\n"))
    assert {change["action"] for change in same["changes"]} == {"unchanged", "unmanaged"}
    assert "Moss" in edited(f"-p sandbox rules get {rule_id} --fields nickname -o tsv")
    assert "NICKNAME" in edited(f"-p sandbox rules get {rule_id} -o table")
    assert "nickname" in edited("events explain loyalty_earning_rule_created --json")

    printed = json.loads(edited("schema rules-get"))
    assert "nickname" in printed["$defs"]["EarningRule"]["properties"]
    read = json.loads(edited("schema rules-file"))["$defs"]["rule"]["properties"]["nickname"]
    assert read["anyOf"][0] == {"type": "string", "minLength": 1, "maxLength": 8}


def at(properties: Any, path: str) -> Any:
    """Return the schema of the field at a path; None if there is none."""
    name, _, rest = path.partition(".")
    schema = properties.get(name)
    if schema is None or not rest:
        return schema
    schema = next((one for one in schema.get("anyOf", []) if one.get("type") != "null"), schema)
    return at(schema.get("items", schema)["properties"], rest)


@pytest.mark.parametrize("field", RULE.fields, ids=lambda field: field.path)
def test_a_field_is_in_everything_that_is_derived_from_the_table(field: Field) -> None:
    parent = field.path.rpartition(".")[0]
    public = field.access is not Access.INTERNAL
    is_leaf = field.kind not in CONTAINERS

    assert not parent or RULE[parent].kind in CONTAINERS
    assert RULE.respell({snake(field.name): 1}) == {field.name: 1}
    assert (at(response_properties(RULE), field.path) is not None) == public
    assert (field.path in RULE.paths) == (public and is_leaf)
    if not parent:
        assert (field.name in RULE.writable) != (field.name in RULE.read_only)
        assert (field.name in csv_row(EarningRule(DOCUMENT))) == (is_leaf and field.csv)
        stated = field.is_writable or field.access is Access.KEY
        assert (at(input_properties(RULE), field.path) is not None) == stated
    elif field.is_writable:
        assert at(input_properties(RULE), field.path) is not None
    if field.is_needed and not parent:
        without = {name: value for name, value in DOCUMENT.items() if name != field.name}
        assert [problem.rule for problem in violations(RULE, without)] == ["MISSING"]
    if field.default:
        without = {name: value for name, value in DOCUMENT.items() if name != field.name}
        draft = validate_draft(without).draft
        assert draft is not None
        assert draft.document[field.name] == field.default


KINDS = Resource(
    "sample",
    (
        Field("number", FieldKind.NUMBER, "A number.", limits=(0, 10), access=Access.WRITE),
        Field("flag", FieldKind.FLAG, "A flag.", access=Access.WRITE),
        Field("list", FieldKind.LIST, "A list.", access=Access.WRITE),
        Field("date", FieldKind.DATE, "A date.", access=Access.WRITE),
        Field("size", FieldKind.TEXT, "A size.", ("UNKNOWN", "SMALL"), access=Access.WRITE),
        Field("pairs", FieldKind.OBJECTS, "Two or three pairs.", limits=(2, 3), access=Access.WRITE),
        Field("pairs.key", FieldKind.TEXT, "A key.", limits=(1, 5), access=Access.REQUIRED),
        Field("pairs.id", FieldKind.ID, "An id or nothing.", access=Access.WRITE, blank=True),
        Field("fixed", FieldKind.TEXT, "Set by the server."),
    ),
)
PAIR: dict[str, Any] = {"key": "a"}


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        ({"number": 1.5, "flag": True, "list": [], "date": "2026-01-01", "size": "SMALL"}, []),
        ({"number": None, "flag": None, "size": None, "fixed": 5, "other": 5}, []),
        ({"number": "1"}, ['number: must be a number, got "1"']),
        ({"number": True}, ["number: must be a number, got true"]),
        ({"number": -0.5}, ["number: must be at least 0, got -0.5"]),
        ({"number": 0}, []),
        ({"number": 10}, []),
        ({"number": 11}, ["number: must be at most 10, got 11"]),
        ({"flag": 1}, ["flag: must be true or false, got 1"]),
        ({"list": {}}, ["list: must be a list, got {}"]),
        ({"date": 5}, ["date: must be text, got 5"]),
        ({"size": "UNKNOWN"}, []),
        ({"size": "LARGE"}, ["size: must be 'SMALL' or 'UNKNOWN', got \"LARGE\""]),
        ({"size": []}, ["size: must be 'SMALL' or 'UNKNOWN', got []"]),
        ({"pairs": {}}, ["pairs: must be a list, got {}"]),
        ({"pairs": [PAIR]}, ["pairs: must have at least 2 entries"]),
        ({"pairs": [PAIR] * 2}, []),
        ({"pairs": [PAIR] * 4}, ["pairs: has 4 entries, the limit is 3"]),
        ({"pairs": [PAIR, 5]}, ["pairs.1: must be an object, got 5"]),
        ({"pairs": [PAIR, {}]}, ["pairs.1.key: is missing"]),
        ({"pairs": [PAIR, {"key": None}]}, ["pairs.1.key: must be text, got null"]),
        ({"pairs": [PAIR, {"key": ""}]}, ["pairs.1.key: must not be empty"]),
        ({"pairs": [PAIR, {"key": "abcde", "id": ""}]}, []),
        ({"pairs": [PAIR, {"key": "a", "id": GOLD}]}, []),
        ({"pairs": [PAIR, {"key": "a", "id": "x"}]}, ['pairs.1.id: must be a GUID, got "x"']),
    ],
)  # fmt: skip
def test_every_kind_of_field_is_validated_like_its_schema(
    document: dict[str, Any], problems: list[str]
) -> None:
    found = violations(KINDS, document, partial=True)
    schema = Draft202012Validator({"properties": input_properties(KINDS)})

    assert [f"{problem.field}: {problem.message}" for problem in found] == problems
    assert schema.is_valid(document) == (not problems)


def test_a_value_for_not_set_is_never_sent() -> None:
    [problem] = violations(KINDS, {"size": "UNKNOWN"})

    assert (problem.rule, problem.message) == ("LITERAL_ERROR", "must be 'SMALL', got \"UNKNOWN\"")


def test_a_line_break_after_a_guid_is_not_part_of_it() -> None:
    [problem] = violations(KINDS, {"pairs": [PAIR, {"key": "a", "id": f"{GOLD}\n"}]})

    assert problem.rule == "STRING_PATTERN_MISMATCH"


def test_the_length_of_a_text_is_part_of_its_description() -> None:
    assert RULE["title"].description == "Its name, 1 to 50 characters."
    assert Field("a", FieldKind.TEXT, "A note.", limits=(0, 70)).description == "A note, up to 70 characters."
    assert RULE["fixedAmount.configs.points"].description.endswith("in that tier.")
