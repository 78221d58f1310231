"""Table of the earning rule: every field of the API, with its type, limits, option, column and meaning.

Source: the object page of the Earning Rules reference, and the types of the vendor's SDK where the
page is silent. Limits marked "ours" are in neither. They exclude numbers that JavaScript cannot
represent exactly.
"""

from __future__ import annotations

from loyaltyctl.intake.values import MAX_WHOLE
from loyaltyctl.model.fields import Access, Field, FieldKind, Heading, OptionText
from loyaltyctl.model.resources import Resource
from loyaltyctl.model.triggers import LOYALTY_APP, Method

ARMS = {Method.FIXED: "fixedAmount", Method.RATE: "conversionRate"}
"""The field that holds the award of a rule, by method. A rule has one of the two."""

MAX_CONFIGS = 21  # the limit in the SDK's types


def _award_configs(arm: str, points: str) -> tuple[Field, ...]:
    """Return the rule table's fields for the `configs` of the award `arm`; `points` describes the points."""
    return (
        Field(
            f"{arm}.configs", FieldKind.OBJECTS, "The award of each tier.",
            limits=(1, MAX_CONFIGS), access=Access.REQUIRED,
        ),
        Field(
            # The SDK marks it as read-only, although no other field can name the tier of an award. An
            # empty text, null and a missing member all mean the base tier, which has no id.
            f"{arm}.configs.tierId", FieldKind.ID, "The tier with this award; empty for the base tier.",
            access=Access.WRITE, blank=True,
        ),
        Field(
            f"{arm}.configs.points", FieldKind.WHOLE, points,
            limits=(0, MAX_WHOLE), access=Access.REQUIRED,  # ours
        ),
    )  # fmt: skip


# The order of the entries is that of CSV columns, of the fields in a diff, and of requests. Add new ones
# at the end of their object, since scripts may read columns by position.
RULE = Resource("earning rule", (
    Field("id", FieldKind.ID, "Its id.", access=Access.KEY, heading=Heading("ID", 1, keep=True)),
    Field(
        "title", FieldKind.TEXT, "Its name.", limits=(1, 50), access=Access.REQUIRED,
        heading=Heading("TITLE", 2, keep=True),
        option=OptionText(
            "title", "TEXT", "Name of the rule, up to 50 characters.", ("create", "create-custom", "update"),
        ),
    ),
    Field(
        "triggerActivityType", FieldKind.TEXT, "The activity that it rewards.", limits=(1, 80),
        access=Access.REQUIRED, file="trigger", heading=Heading("TRIGGER", 5),
        option=OptionText("trigger", "TRIGGER", "See: loyaltyctl rules triggers.", ("create",)),
    ),
    Field(
        # Not validated as a GUID: the reference gives its length and no format.
        "triggerAppId", FieldKind.ID, "The app that reports the activity.", limits=(1, 80),
        access=Access.REQUIRED, heading=Heading("TRIGGER APP", 6, record_only=True),
    ),
    Field(
        "status", FieldKind.TEXT, "Whether it currently awards points.", ("UNKNOWN", "ACTIVE", "PAUSED"),
        access=Access.REQUIRED, default="ACTIVE", heading=Heading("STATUS", 4, keep=True),
        option=OptionText("status", "STATUS", "ACTIVE or PAUSED.", ("update",)),
    ),
    Field(
        "fixedAmount", FieldKind.OBJECT,
        "A number of points each time; a rule has this, or a conversionRate.",
        access=Access.WRITE, heading=Heading("EARNS", 3),
    ),
    *_award_configs("fixedAmount", "The points that an activity earns in that tier."),
    Field(
        "conversionRate", FieldKind.OBJECT, "Points in proportion to the money spent.", access=Access.WRITE,
    ),
    *_award_configs("conversionRate", "The points that each moneyAmount spent earns."),
    Field(
        "conversionRate.configs.moneyAmount", FieldKind.WHOLE,
        "The amount that earns the points, in the site's currency.",
        limits=(1, MAX_WHOLE), access=Access.REQUIRED,  # ours
    ),
    Field(
        "conversionRate.field", FieldKind.TEXT,
        "The field of the automation's trigger with the amount spent, such as priceSummary.totalAmount.",
        access=Access.WRITE, file="field",
    ),
    Field(
        # An unsigned 64-bit number, so text: JSON numbers above 2^53 are not exact.
        "revision", FieldKind.COUNT, "Goes up by one with each change; automated rules may have none.",
        heading=Heading("REV", 9),
    ),
    Field(
        "sourceAppId", FieldKind.ID, "The app that manages it: Wix Loyalty, or Wix Automations.",
        access=Access.CREATE, default=LOYALTY_APP, heading=Heading("KIND", 7),
    ),
    Field(
        "createdDate", FieldKind.DATE, "When it was created.",
        heading=Heading("CREATED", 10, record_only=True),
    ),
    Field("updatedDate", FieldKind.DATE, "When it was last changed.", heading=Heading("UPDATED", 11)),
    Field("metadata", FieldKind.OBJECT, "Information that the server adds."),
    Field(
        "metadata.canBeDeleted", FieldKind.FLAG, "Whether it can be deleted; if not, it can only be paused.",
        csv=False, heading=Heading("CAN BE DELETED", 8, record_only=True),
    ),
    # In the reference, which marks it as read-only; not in the SDK's types.
    Field("triggerFilters", FieldKind.OBJECTS, "Filters that limit the trigger, up to 100."),
    Field(
        "triggerFilters.fieldKey", FieldKind.TEXT,
        "The field of the trigger that is filtered, such as service_id.",
    ),
    Field("triggerFilters.values", FieldKind.LIST, "The ids that the filter matches."),
    # In internal types of the SDK only.
    Field("ruleTypeTag", FieldKind.OBJECT, "The type of a custom rule.", access=Access.INTERNAL),
), special=tuple(ARMS.values()))  # fmt: skip

CUSTOM = ("title", *ARMS.values())
"""The only fields that the API's CreateCustom accepts; all of them are optional there."""
