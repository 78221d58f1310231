"""The published schemas only grow: JSON that conformed to version 0.1.0 keeps its meaning."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.contract.schemas import SCHEMAS
from tests.schemas import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLISHED: dict[str, Any] = json.loads(Path(__file__).with_name("schemas_0_1_0.json").read_text())
"""The schemas of 0.1.0 without descriptions; the one of rules files is made in another shape since."""
WORDING = ("title", "description", "examples", "$schema")
GROWING = ("properties", "$defs", "enum")


def changes(old: Any, new: Any, path: str) -> Iterator[str]:
    """Yield the places at which a schema lost, changed or restricted something."""
    key = path.rpartition("/")[2]
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old:
            if name not in new:
                yield f"{path}/{name} is gone"
            else:
                yield from changes(old[name], new[name], f"{path}/{name}")
        if key not in GROWING:
            yield from (f"{path}/{name} is new" for name in new if name not in {*old, *WORDING})
    elif key == "required" and isinstance(old, list):
        yield from (f"{path} misses {name}" for name in old if name not in new)
    elif key == "enum" and isinstance(old, list):
        yield from (f"{path} misses {value}" for value in old if value not in new)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for i, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from changes(one, other, f"{path}/{i}")
    elif old != new:
        yield f"{path} was {old}, is {new}"


def test_no_schema_is_gone() -> None:
    assert PUBLISHED.keys() <= SCHEMAS.keys()


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_schema_only_grows(name: str) -> None:
    assert [*changes(PUBLISHED[name], schema(name), name)] == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({"properties": {"a": {}}}, {"properties": {"a": {}, "b": {}}}, []),
        ({"properties": {"a": {}}}, {"properties": {}}, ["x/properties/a is gone"]),
        ({"required": ["a"]}, {"required": ["b", "a"]}, []),
        ({"required": ["a"]}, {"required": []}, ["x/required misses a"]),
        ({"enum": ["a"]}, {"enum": ["b"]}, ["x/enum misses a"]),
        ({"type": "string"}, {"type": "number"}, ["x/type was string, is number"]),
        ({}, {"pattern": "a"}, ["x/pattern is new"]),
        ({}, {"description": "a"}, []),
        ({"anyOf": [{"type": "string"}]}, {"anyOf": []}, ["x/anyOf was [{'type': 'string'}], is []"]),
    ],
)
def test_a_loss_is_found(old: Any, new: Any, found: list[str]) -> None:
    assert [*changes(old, new, "x")] == found
