"""JSON Schemas of what people write, made from the limits that it is checked against."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.model import earnings, limits
from loyaltyctl.model.triggers import TRIGGERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from loyaltyctl.intake.values import Json, JsonObject

_GUID: JsonObject = {"type": "string", "pattern": limits.GUID}


def rules_file() -> JsonObject:
    """The schema of a file of rules."""
    definitions = limits.StatedRule.model_json_schema(ref_template="#/$defs/{model}")
    defs = definitions.pop("$defs")
    rule = _closed(definitions | {"properties": {**definitions["properties"], **_short()}})
    rule["description"] = "An earning rule: known by its trigger and title, or by an id."
    many: JsonObject = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    names: JsonObject = {
        "type": "object",
        "description": "Names for tiers: an id each, or an id for each profile or site.",
        "additionalProperties": {"anyOf": [_GUID, {"type": "object", "additionalProperties": _GUID}]},
    }
    whole: JsonObject = {
        "type": "object",
        "properties": {"$schema": {"type": "string"}, "tiers": names, "rules": many},
        "required": ["rules"],
        "additionalProperties": False,
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Earning rules of a Wix Loyalty programme, for loyaltyctl",
        "anyOf": [whole, many, {"$ref": "#/$defs/rule"}],
        "$defs": {"rule": rule, **{name: _closed(one) for name, one in defs.items()}},
    }


def _closed(definition: JsonObject) -> JsonObject:
    """An object without other members: an editor is to mark them."""
    return {name: value for name, value in definition.items() if name != "title"} | {
        "additionalProperties": False
    }


def _short() -> JsonObject:
    """The members of the short form."""
    earns: JsonObject = {
        "type": "string",
        "pattern": f"^({earnings.PATTERN})$",
        "examples": ["50 points", "2 per 1"],
    }
    known: list[Json] = [{"const": one.activity_type, "description": one.title} for one in TRIGGERS]
    trigger: JsonObject = {
        "description": "What sets it off. See: loyaltyctl rules triggers.",
        "anyOf": [*known, {"type": "string", "minLength": 1, "maxLength": limits.MAX_TRIGGER}],
    }
    tiers: JsonObject = {
        "type": "object",
        "description": "What each tier earns instead, by its id or its name.",
        "additionalProperties": earns,
    }
    return {
        "$schema": {"type": "string"},
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


SCHEMAS: Mapping[str, Callable[[], JsonObject]] = {"rules-file": rules_file}
"""Every schema by its name."""
