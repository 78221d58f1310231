"""JSON Schema of rules files, made from the table that rules are validated against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.model import earnings
from loyaltyctl.model.json_schema import input_properties
from loyaltyctl.model.rule_table import RULE
from loyaltyctl.model.triggers import TRIGGERS
from loyaltyctl.model.validation import GUID

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Json, JsonObject

_GUID: JsonObject = {"type": "string", "pattern": GUID}
_NAMED: JsonObject = {"type": "string", "description": "This schema, for editors."}


def rules_file() -> JsonObject:
    """The schema of a file of rules."""
    rule: JsonObject = {
        "type": "object",
        "description": "An earning rule: known by its trigger and title, or by an id.",
        "properties": input_properties(RULE) | _short(),
        "additionalProperties": False,
    }
    many: JsonObject = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    names: JsonObject = {
        "type": "object",
        "description": "Names for tiers: an id each, or an id for each profile or site.",
        "additionalProperties": {"anyOf": [_GUID, {"type": "object", "additionalProperties": _GUID}]},
    }
    whole: JsonObject = {
        "type": "object",
        "properties": {"$schema": _NAMED, "tiers": names, "rules": many},
        "required": ["rules"],
        "additionalProperties": False,
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",  # the newest that all editors know
        "anyOf": [whole, many, {"$ref": "#/$defs/rule"}, *_requests(many)],
        "$defs": {"rule": rule},
    }


def _requests(many: JsonObject) -> list[Json]:
    """What the API is sent: a rule or many, by its own names for them."""
    one: JsonObject = {"$ref": "#/$defs/rule"}
    return [
        {"type": "object", "properties": {name: what}, "required": [name], "additionalProperties": False}
        for name, what in (("earningRules", many), ("earningRule", one))
    ]


def _short() -> JsonObject:
    """The members of the short form."""
    earns: JsonObject = {
        "type": "string",
        "pattern": f"^({earnings.PATTERN})$",
        "examples": ["50 points", "2 per 1"],
    }
    least, most = RULE["triggerActivityType"].limits or (1, None)
    known: list[Json] = [{"const": one.activity_type, "description": one.title} for one in TRIGGERS]
    trigger: JsonObject = {
        "description": "What sets it off. See: loyaltyctl rules triggers.",
        "anyOf": [*known, {"type": "string", "minLength": least, "maxLength": most}],
    }
    one_tier: JsonObject = {"type": "string", "pattern": "^[^= ]+=[^/ ]+(/[^ ]+)?$"}
    tiers: JsonObject = {
        "description": "What each tier earns instead, by its id or its name; or texts such as TIER=3/2. "
        "Left out, the tiers on the site stay; empty, they are removed.",
        "anyOf": [
            {"type": "object", "additionalProperties": earns},
            {"type": "array", "items": one_tier},
        ],
    }
    return {
        "$schema": _NAMED,
        "trigger": trigger,
        "earn": {
            **earns,
            "description": 'What it earns: "50 points", or "2 per 1" for 2 points per 1 spent.',
        },
        "tiers": tiers,
        "points": {"type": "integer", "minimum": 0, "description": "Points each time, or for each per."},
        "field": {"type": "string", "description": "Where an automation's trigger states the amount spent."},
        "per": {"type": "integer", "minimum": 1, "description": "The spend that earns the points once."},
    }
