"""The earning rule, field by field: the one place that lists the fields of the API.

Source: the object page of the Earning Rules reference. Limits marked "ours" are not in it:
they keep numbers in the range that every JSON reader represents exactly.
"""

from __future__ import annotations

from loyaltyctl.intake.values import MAX_WHOLE
from loyaltyctl.model.fields import Access, Field, FieldKind, Heading, OptionText
from loyaltyctl.model.resources import Resource
from loyaltyctl.model.triggers import LOYALTY_APP, Method

ARMS = {Method.FIXED: "fixedAmount", Method.RATE: "conversionRate"}
"""The two ways to award points; a rule has one of them."""

MAX_CONFIGS = 21  # 20 tiers and the base tier

# The order of the entries is that of CSV columns, of files and of requests: add new ones at the end
# of their object, since scripts may read columns by position.
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
        "status", FieldKind.TEXT, "Whether it awards points at present.", ("UNKNOWN", "ACTIVE", "PAUSED"),
        access=Access.REQUIRED, default="ACTIVE", heading=Heading("STATUS", 4, keep=True),
        option=OptionText("status", "STATUS", "ACTIVE or PAUSED.", ("update",)),
    ),
    Field(
        "triggerActivityType", FieldKind.TEXT, "The activity that it rewards.", limits=(1, 80),
        access=Access.REQUIRED, file="trigger", heading=Heading("TRIGGER", 5),
        option=OptionText("trigger", "TRIGGER", "See: loyaltyctl rules triggers.", ("create",)),
    ),
    Field(
        "triggerAppId", FieldKind.ID, "The app that reports the activity.", limits=(1, 80),
        access=Access.REQUIRED, heading=Heading("TRIGGER APP", 6, record_only=True),
    ),
    Field(
        "sourceAppId", FieldKind.ID, "The app that manages it: Wix Loyalty, or Wix Automations.",
        access=Access.CREATE, default=LOYALTY_APP, heading=Heading("KIND", 7),
    ),
    Field(
        "fixedAmount", FieldKind.OBJECT,
        "A number of points each time; a rule has this, or a conversionRate.",
        access=Access.WRITE, heading=Heading("EARNS", 3),
    ),
    Field(
        "fixedAmount.configs", FieldKind.OBJECTS, "What each tier earns.",
        limits=(1, MAX_CONFIGS), access=Access.REQUIRED,
    ),
    Field(
        "fixedAmount.configs.tierId", FieldKind.ID, "The tier that earns them; none is the base tier.",
        access=Access.WRITE, blank=True,
    ),
    Field(
        "fixedAmount.configs.points", FieldKind.WHOLE, "How many points an activity earns in that tier.",
        limits=(0, MAX_WHOLE), access=Access.REQUIRED,  # ours
    ),
    Field(
        "conversionRate", FieldKind.OBJECT, "Points in proportion to the money spent.", access=Access.WRITE,
    ),
    Field(
        "conversionRate.configs", FieldKind.OBJECTS, "What each tier earns.",
        limits=(1, MAX_CONFIGS), access=Access.REQUIRED,
    ),
    Field(
        "conversionRate.configs.tierId", FieldKind.ID, "The tier that has this rate; none is the base tier.",
        access=Access.WRITE, blank=True,
    ),
    Field(
        "conversionRate.configs.points", FieldKind.WHOLE, "How many points each moneyAmount spent earns.",
        limits=(0, MAX_WHOLE), access=Access.REQUIRED,  # ours
    ),
    Field(
        "conversionRate.configs.moneyAmount", FieldKind.WHOLE,
        "The amount that earns the points, in the site's currency.",
        limits=(1, MAX_WHOLE), access=Access.REQUIRED,  # ours
    ),
    Field(
        "conversionRate.field", FieldKind.TEXT,
        "Where the automation's trigger states the amount spent, such as priceSummary.totalAmount.",
        access=Access.WRITE, file="field",
    ),
    Field(
        "revision", FieldKind.COUNT, "Goes up by one with each change; automated rules may have none.",
        heading=Heading("REV", 9),
    ),
    Field(
        "createdDate", FieldKind.DATE, "When it was created.",
        heading=Heading("CREATED", 10, record_only=True),
    ),
    Field("updatedDate", FieldKind.DATE, "When it was last changed.", heading=Heading("UPDATED", 11)),
    Field("metadata", FieldKind.OBJECT, "What the server knows of it."),
    Field(
        "metadata.canBeDeleted", FieldKind.FLAG, "Whether it can be deleted, or no more than paused.",
        csv=False, heading=Heading("CAN BE DELETED", 8, record_only=True),
    ),
    Field("triggerFilters", FieldKind.OBJECTS, "What the trigger is narrowed to; up to 100 filters."),
    Field(
        "triggerFilters.fieldKey", FieldKind.TEXT,
        "The field of the trigger that is filtered, such as service_id.",
    ),
    Field("triggerFilters.values", FieldKind.LIST, "The ids that the filter lets through."),
    Field("ruleTypeTag", FieldKind.OBJECT, "The type of a custom rule.", access=Access.INTERNAL),
), special=tuple(ARMS.values()))  # fmt: skip

CUSTOM = ("title", *ARMS.values())
"""The only fields that CreateCustom takes; all of them are optional there."""
