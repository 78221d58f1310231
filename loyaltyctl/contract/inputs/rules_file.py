"""Input of rules files: their JSON Schema, generated from the table that rules are validated against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.intake.values import GUID_PATTERN
from loyaltyctl.model import award_phrases
from loyaltyctl.model.resource_schemas import input_properties
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.triggers import TRIGGERS

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

_GUID: JsonObject = {"type": "string", "pattern": GUID_PATTERN}
_SCHEMA_REFERENCE: JsonObject = {"type": "string", "description": "This schema, for editors."}


def rules_file_schema() -> JsonObject:
    """Return the JSON Schema of a rules file, an input of `rules apply`."""
    rule: JsonObject = {
        "type": "object",
        "description": "An earning rule, identified by its trigger and title, or by its id.",
        "properties": input_properties(RULE) | _short_form_properties(),
        "additionalProperties": False,
    }
    many: JsonObject = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    names: JsonObject = {
        "type": "object",
        "description": "Names of tiers: an id for each name, or an id for each profile or site.",
        "additionalProperties": {"anyOf": [_GUID, {"type": "object", "additionalProperties": _GUID}]},
    }
    whole: JsonObject = {
        "type": "object",
        "properties": {"$schema": _SCHEMA_REFERENCE, "tiers": names, "rules": many},
        "required": ["rules"],
        "additionalProperties": False,
    }
    return {
        # Not 2020-12: many versions of VS Code support it only in part (microsoft/vscode#165219).
        "$schema": "http://json-schema.org/draft-07/schema#",
        "anyOf": [whole, many, {"$ref": "#/$defs/rule"}, *_request_body_schemas(many)],
        "$defs": {"rule": rule},
    }


def _request_body_schemas(many: JsonObject) -> list[Json]:
    """Return the JSON Schemas of rules files that are request bodies of the API: one rule, or many."""
    one: JsonObject = {"$ref": "#/$defs/rule"}
    return [
        {"type": "object", "properties": {name: schema}, "required": [name], "additionalProperties": False}
        for name, schema in (("earningRules", many), ("earningRule", one))
    ]


def _short_form_properties() -> JsonObject:
    """Return the JSON Schema `properties` of rules files that the API does not have, such as `earn`."""
    # The pattern is loose: the numbers in the text are validated when the rules file is read.
    earns: JsonObject = {
        "type": "string",
        "pattern": f"^({award_phrases.PATTERN})$",
        "examples": ["50 points", "2 per 1"],
    }
    least, most = RULE["triggerActivityType"].limits or (1, None)
    known: list[Json] = [{"const": one.activity_type, "description": one.title} for one in TRIGGERS]
    # Editors complete the known triggers. Any other is valid too: a custom automation may have it.
    trigger: JsonObject = {
        "description": "The trigger. See: loyaltyctl rules triggers.",
        "anyOf": [*known, {"type": "string", "minLength": least, "maxLength": most}],
    }
    one_tier: JsonObject = {"type": "string", "pattern": "^[^= ]+=[^/ ]+(/[^ ]+)?$"}
    tiers: JsonObject = {
        "description": "The awards of tiers, by their ids or names; or strings such as TIER=3/2. "
        "If left out, the tiers on the site are kept; if empty, they are removed.",
        "anyOf": [
            {"type": "object", "additionalProperties": earns},
            {"type": "array", "items": one_tier},
        ],
    }
    return {
        "$schema": _SCHEMA_REFERENCE,
        "trigger": trigger,
        "earn": {
            **earns,
            "description": 'The award: "50 points", or "2 per 1" for 2 points per 1 spent.',
        },
        "tiers": tiers,
        "points": {
            "type": "integer",
            "minimum": 0,
            "description": "Points for each activity, or each per.",
        },
        "field": {
            "type": "string",
            "description": "The field of the automation with the amount spent.",
        },
        "per": {"type": "integer", "minimum": 1, "description": "The amount that earns the points once."},
    }
