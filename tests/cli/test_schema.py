"""`loyaltyctl schema`: one schema, or the list of all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.contract.schemas import SCHEMAS

if TYPE_CHECKING:
    from tests.conftest import Run


def test_without_a_name_all_schemas_are_listed(run: Run) -> None:
    listed = run("schema --json").json()

    assert [one["name"] for one in listed] == [*SCHEMAS]
    assert listed[0] == {"name": "rules-file", "kind": "input", "title": SCHEMAS["rules-file"].title}
    assert run("schema").out.count("\n") == len(SCHEMAS)
    assert run("schema -o id").out.splitlines() == [*SCHEMAS]
    assert {one["kind"] for one in listed} == {"input", "output"}


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.sampled
def test_each_schema_is_printed_as_json(name: str, run: Run) -> None:
    document = run(f"schema {name}").json()

    assert document["title"] == SCHEMAS[name].title
    assert document == run(f"schema {name} --json").json()


@pytest.mark.parametrize(
    ("name", "near"), [("rules-lst", "rules-list"), ("errors", "error"), ("ruls-file", "rules-file")]
)
def test_an_unknown_name_suggests_the_closest_one(name: str, near: str, run: Run) -> None:
    error = run(f"schema {name} --json", code=2).error()

    assert error["message"] == f'there is no schema "{name}"; did you mean {near}?'
    assert error["hint"] == "List them with: loyaltyctl schema"


def test_a_name_unlike_any_suggests_none(run: Run) -> None:
    assert "did you mean" not in run("schema x", code=2).err


def test_a_schema_describes_the_output_of_its_command(run: Run) -> None:
    schema = run("schema points-simulate").json()

    award = schema["$defs"]["Award"]
    printed = run("points simulate --amount 5 --per 1 --points 2 --json").json()["results"][0]
    assert [*printed] == [*award["properties"]] == award["required"]
    assert award["properties"]["exact"]["description"] == "The points before rounding."


def test_members_that_may_be_left_out_differ_from_members_that_may_be_null(run: Run) -> None:
    change = run("schema rules-diff").json()["$defs"]["Change"]

    assert "error" not in change["required"]
    assert {"type": "null"} not in change["properties"]["error"].get("anyOf", [])
    assert "id" in change["required"]
    assert {"type": "null"} in change["properties"]["id"]["anyOf"]


def test_descriptions_are_plain_text(run: Run) -> None:
    for name in SCHEMAS:
        assert "`" not in json.dumps(run(f"schema {name}").json()), name
