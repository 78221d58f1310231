"""The limits of the reference as pydantic models, and what they say when one is broken.

    Rule ─ title, trigger, status
     ├── fixedAmount.configs[]      tierId, points
     └── conversionRate.configs[]   tierId, points, moneyAmount

The JSON Schema of a rule is made from the same models. Sources: the object page of
the reference; where a limit is ours, the comment beside it says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from loyaltyctl.intake.values import MAX_WHOLE, Json, JsonObject, quoted
from loyaltyctl.model.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

MAX_TITLE = 50
MAX_TRIGGER = 80
MAX_CONFIGS = 21  # 20 tiers and the base tier

GUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

Points = Annotated[int, Field(ge=0, le=MAX_WHOLE, description="Points awarded.")]  # the lower bound is ours
Money = Annotated[int, Field(ge=1, le=MAX_WHOLE, description="The spend that earns the points once.")]
Title = Annotated[str, Field(min_length=1, max_length=MAX_TITLE, description="Name of the rule.")]
TierId = Annotated[str, Field(pattern=f"^({GUID})?$", description="Tier; empty or null is the base tier.")]
Trigger = Annotated[str, Field(min_length=1, max_length=MAX_TRIGGER)]
AppId = Annotated[str, Field(pattern=f"^{GUID}$")]


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, strict=True, extra="allow", hide_input_in_errors=True)


class FixedTier(_Part):
    """What one tier earns each time."""

    tier_id: TierId | None = None
    points: Points


class RateTier(FixedTier):
    """What one tier earns for every moneyAmount spent."""

    money_amount: Money


class FixedAmount(_Part):
    """A number of points each time."""

    configs: Annotated[list[FixedTier], Field(min_length=1, max_length=MAX_CONFIGS)]


class ConversionRate(_Part):
    """Points in proportion to the money spent."""

    configs: Annotated[list[RateTier], Field(min_length=1, max_length=MAX_CONFIGS)]
    field: Annotated[str | None, Field(description="Where an automation's payload has the amount.")] = None


class CustomRule(_Part):
    """The part of a rule that CreateCustom takes."""

    title: Title | None = None
    fixed_amount: FixedAmount | None = None
    conversion_rate: ConversionRate | None = None


class Rule(CustomRule):
    """A rule as Create and Update take it."""

    title: Title
    trigger_activity_type: Trigger
    trigger_app_id: Trigger
    source_app_id: AppId
    status: Literal["ACTIVE", "PAUSED"]


class DesiredRule(CustomRule):
    """What a file may say of a rule that is there, or is to be there."""

    id: Annotated[str | None, Field(pattern=f"^{GUID}$", description="The rule's id on the site.")] = None
    trigger_activity_type: Annotated[Trigger | None, Field(description="The activity that it rewards.")] = (
        None
    )
    trigger_app_id: Annotated[Trigger | None, Field(description="The app that reports the activity.")] = None
    source_app_id: Annotated[AppId | None, Field(description="The app that manages the rule.")] = None
    status: Annotated[
        Literal["ACTIVE", "PAUSED", "UNKNOWN"] | None, Field(description="ACTIVE, if nothing is said.")
    ] = None


def broken(document: JsonObject, model: type[CustomRule]) -> Iterator[Problem]:
    """Every limit of `model` that `document` breaks."""
    try:
        model.model_validate(document)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            yield Problem(one["loc"], _sentence(one), one["type"].upper())


_SENTENCES = {
    "missing": "is missing",
    "string_too_short": "must not be empty",
    "string_too_long": "has {length} characters, the limit is {max_length}: {value}",
    "string_type": "must be text, got {value}",
    "string_unicode": "has characters that are not Unicode text",
    "string_pattern_mismatch": "must be a GUID, got {value}",
    "int_type": "must be a whole number, got {value}",
    "int_from_float": "must be a whole number, got {value}",
    "greater_than_equal": "must be at least {ge}, got {value}",
    "less_than_equal": "must be at most {le}, got {value}",
    "too_short": "must have at least one entry",
    "too_long": "has {actual_length} entries, the limit is {max_length}",
    "literal_error": "must be {expected}, got {value}",
    "list_type": "must be a list, got {value}",
    "model_type": "must be an object, got {value}",
}


def _sentence(error: ErrorDetails) -> str:
    value: Json = error["input"]
    facts = {
        **error.get("ctx", {}),
        "value": quoted(value),
        "length": len(value) if isinstance(value, str) else 0,
    }
    return _SENTENCES[error["type"]].format(**facts)
