"""`schema rules-file`: the JSON Schema by which editors validate rules files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from jsonschema import Draft7Validator

from tests.conftest import RSVP

if TYPE_CHECKING:
    from tests.conftest import Home, Run


class TestSchema:
    """The schema admits what export writes, and rejects invalid rules."""

    def test_the_schema_of_rules_files_is_a_json_schema(self, run: Run) -> None:
        schema = run("schema rules-file").json()

        assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
        assert schema["title"]
        rule = schema["$defs"]["rule"]
        assert {"title", "trigger", "earn", "tiers", "status", "id"} <= rule["properties"].keys()
        assert rule["additionalProperties"] is False
        references = set(re.findall(r'"\$ref":\s*"#/\$defs/([^"]+)"', json.dumps(schema)))
        assert references <= schema["$defs"].keys()

    def test_export_writes_the_schema_beside_the_file(self, run: Run, home: Home) -> None:
        run("-p sandbox rules export --out rules.yaml")

        named = (home.work / "rules.yaml").read_text().splitlines()[0].removeprefix("$schema: ")
        assert json.loads((home.work / named).read_text()) == run("schema rules-file").json()

    def test_an_export_is_valid(self, run: Run, home: Home) -> None:
        schema = run("schema rules-file").json()
        run("-p sandbox rules export --out rules.json")

        Draft7Validator.check_schema(schema)
        fits = Draft7Validator(schema)
        fits.validate(json.loads((home.work / "rules.json").read_text()))
        fits.validate(run("-p sandbox rules export --json").json())

    def test_an_invalid_rule_is_invalid(self, run: Run) -> None:
        fits = Draft7Validator(run("schema rules-file").json())
        rule = {"title": "A", "trigger": "events/Rsvp", "earn": "5 points"}
        for wrong in (
            {"earn": "five"},
            {"staus": "PAUSED"},
            {"tiers": {"Gold": 5}},
            {"status": "OFF"},
            {"title": ""},
        ):
            assert not fits.is_valid({"rules": [rule | wrong]})
        assert fits.is_valid({"$schema": "x", "tiers": {"Gold": {"live": RSVP}}, "rules": [rule]})

    def test_the_schema_has_every_member_that_export_writes(self, run: Run) -> None:
        known = run("schema rules-file").json()["$defs"]["rule"]["properties"].keys()
        exported = run("-p sandbox rules export --json").json()

        assert {name for rule in exported for name in rule} <= known
        written = set(re.findall(r"^(?:- |  )(\w+):", run("-p sandbox rules export").out, re.MULTILINE))
        assert {"title", "trigger", "earn", "tiers", "field", "status"} <= written <= known
