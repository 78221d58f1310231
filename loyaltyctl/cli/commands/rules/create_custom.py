"""`loyaltyctl rules create-custom`: create a custom automated rule."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from typer import Option

from loyaltyctl.cli.commands.rules import rule_input
from loyaltyctl.cli.commands.rules.field_options import FieldOptions
from loyaltyctl.cli.commands.rules.options import Per, Points
from loyaltyctl.cli.runtime import views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.intake.values import JsonObject, quoted


class CustomType(StrEnum):
    """Values of `create-custom --type`: the custom automated rules that the API can create."""

    SOCIAL_MEDIA = "SOCIAL_MEDIA"
    BIRTHDAY = "BIRTHDAY"


Type = Annotated[
    CustomType, Option("--type", case_sensitive=False, metavar="TYPE", help="SOCIAL_MEDIA or BIRTHDAY.")
]


def create_custom(
    ctx: Context,
    custom_type: Type,
    fields: Annotated[JsonObject, FieldOptions("create-custom")],
    points: Points = None,
    per: Per = None,
) -> None:
    """Create a custom automated rule.

    The API's method for it is a preview: the vendor may change it.

    Examples:
      loyaltyctl -p sandbox rules create-custom --type SOCIAL_MEDIA --points 20
      loyaltyctl -p sandbox rules create-custom --type BIRTHDAY --title "Happy birthday" --points 100
    """
    ctx.output.check_view(views.RULE)
    if custom_type is CustomType.BIRTHDAY:
        ctx.messages.warn("the vendor documents SOCIAL_MEDIA alone; BIRTHDAY is known from its SDK")
    draft = rule_input.custom_draft(ctx, {**fields, "points": points, "per": per})
    rule = ctx.rules.create_custom(custom_type, draft)
    ctx.messages.success(f"created {quoted(rule.title)}")
    ctx.output.show(rule, views.RULE)
