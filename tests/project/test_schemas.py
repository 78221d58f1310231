"""Every input and output has a complete schema, and the examples of Wix conform to them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, get_args

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from loyaltyctl.backtest import example
from loyaltyctl.cli.commands.root import command_tree
from loyaltyctl.contract.outputs import events
from loyaltyctl.contract.schema_kinds import SchemaKind
from loyaltyctl.contract.schemas import DIALECT, SCHEMAS
from loyaltyctl.intake import documents
from tests import schemas
from tests.model.examples import GOLDEN, golden
from tests.project.test_examples import event_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Home, Run

WITHOUT_JSON = {
    "events sign": "prints a token, not data",
    "sandbox serve": "prints nothing",
    "api": "prints the response of the API",
    "completion": "prints a script for a shell",
    "help": "prints help",
}
"""Commands without a schema, with the reason."""
EVERYWHERE = {"error", "requests"}
"""Outputs that any command may print."""
INPUTS = {"rules-file", "plan-file", "orders", "order-source", "event"}
VENDORS = {
    "EarningRule", "BulkError", "Identity", "AccountInfo", "Claims", "DomainEvent", "Order", "RestEvent", "HandlerMetadata", "HandlerEvent", "TokenData", "TokenClaims",
    "DecodedEvent", "Envelope", "SavedEvent", "JsonSchema",
}  # fmt: skip
"""Objects with unknown members: those of Wix, order files, and schemas."""
NAMES = [pytest.param(name, id=name) for name in SCHEMAS]


def objects(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the objects with members in a schema, with the name of their definition."""
    document = schemas.schema(name)
    shapes = document.get("$defs", {}) | {SCHEMAS[name].source.rpartition(":")[2]: {**document, "$defs": {}}}
    for shape, definition in shapes.items():
        yield from ((shape, one) for one in _objects(definition))


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema and "type" in schema:
            yield schema
        for inner in schema.values():
            yield from _objects(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _objects(inner)


def test_every_command_that_prints_data_has_a_schema_and_every_schema_a_command() -> None:
    commands = {" ".join(node.words[1:]) for node in command_tree().walk() if not node.is_group}
    outputs = {name for name, schema in SCHEMAS.items() if schema.kind is SchemaKind.OUTPUT}

    assert commands >= WITHOUT_JSON.keys()
    assert outputs == {command.replace(" ", "-") for command in commands - WITHOUT_JSON.keys()} | EVERYWHERE
    assert SCHEMAS.keys() - outputs == INPUTS


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_and_has_a_title_and_a_description(name: str) -> None:
    document = schemas.schema(name)

    validator = Draft202012Validator if document["$schema"] == DIALECT else Draft7Validator
    validator.check_schema(document)
    assert document["title"] == SCHEMAS[name].title
    assert document["description"].endswith(".")
    references = set(re.findall(r'"\$ref": "#/\$defs/([^"]+)"', json.dumps(document)))
    assert references <= document.get("$defs", {}).keys()
    assert {*SCHEMAS[name].lines} <= references


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_describes_every_member_and_admits_no_others(name: str) -> None:
    defs = schemas.schema(name).get("$defs", {})
    for shape, one in objects(name):
        assert one["additionalProperties"] is (shape in VENDORS), (shape, one)
        for member, schema in one["properties"].items():
            assert _is_explained(schema, defs), (shape, member, schema)


def _is_explained(schema: Any, defs: dict[str, Any]) -> bool:
    if "$ref" in schema and defs[schema["$ref"].removeprefix("#/$defs/")].get("description"):
        return True
    choices = [*schema.get("anyOf", []), schema.get("items", {})]
    return "description" in schema or any(_is_explained(one, defs) for one in choices)


def test_the_names_of_the_checks_are_those_in_the_schema(run: Run, home: Home) -> None:
    for name, text in event_files().items():
        (home.work / name).write_text(text)
    verdict = run("events verify token.jwt --public-key test.pub.pem --json").json()

    assert [*get_args(events.CheckName)] == [check["name"] for check in verdict["checks"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", {"version": "1", "python": "3", "platform": "x", "newer": 1}), ("version", {"version": "1", "python": "3"}), ("config-get", {"key": "a", "value": 1, "origin": ""}),
        ("error", {"error": {"code": "X", "message": "", "hint": None, "exitCode": 1, "more": 1}}), ("rules-pause", {"results": [{"id": "", "success": True, "error": None}]}),
    ],
)  # fmt: skip
def test_a_value_that_does_not_conform_fails(name: str, value: Any) -> None:
    with pytest.raises(AssertionError, match=f"the schema {name} does not admit"):
        schemas.check(name, [value])


def test_lines_are_validated_against_the_schema_of_a_line() -> None:
    outcome = {"id": "a", "success": True}

    schemas.check("rules-pause", [outcome], lines=True)
    schemas.check("rules-pause", [{"results": [outcome]}])
    with pytest.raises(AssertionError, match="the schema rules-pause does not admit"):
        schemas.check("rules-pause", [{"results": [outcome]}], lines=True)


@pytest.mark.parametrize("path", sorted((GOLDEN / "events").glob("*.json")), ids=lambda path: path.stem)
def test_the_examples_of_events_conform(path: Any) -> None:
    event = json.loads(path.read_text())
    expected = json.loads((path.parent / "expected" / path.name).read_text())

    schemas.check("event", [event, [event, "token"], {"token": "a.b.c", "receivedAt": "now"}])
    schemas.check("event", [expected])


def test_the_examples_of_rules_conform() -> None:
    schemas.check("rules-file", [golden("create_request"), golden("bulk_create_request")])
    schemas.check("rules-create", [golden("create_answer")["earningRule"]])
    schemas.check("rules-list", [golden("list_answer")["earningRules"]])
    schemas.check("rules-bulk-create", [golden("bulk_create_answer")])


def test_the_rules_of_the_backtest_example_conform() -> None:
    for name in ("now.yaml", "next.yaml"):
        schemas.check("rules-file", [documents.parse(example.files()[name].encode(), name).value])
