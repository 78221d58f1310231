"""Commands that make a rule: create, create-custom."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from typer import Option

from loyaltyctl.cli.commands.rules import input as written
from loyaltyctl.cli.commands.rules.field_options import FieldOptions
from loyaltyctl.cli.runtime import flags, views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.intake.values import JsonObject, quoted
from loyaltyctl.model.rules import Status

Points = Annotated[str | None, Option("--points", metavar="N", help="Points each time, or for each --per.")]
Per = Annotated[str | None, Option("--per", metavar="MONEY", help="The spend that earns --points once.")]
Tiers = Annotated[
    list[str] | None,
    Option(
        "--tier",
        metavar="TIER=POINTS[/MONEY]",
        help="What a tier earns instead; repeatable.",
        show_default=False,
    ),
]
Paused = Annotated[bool | None, Option("--paused", help="Do not award points yet.")]


class CustomType(StrEnum):
    """Custom automated rules that the API can make."""

    SOCIAL_MEDIA = "SOCIAL_MEDIA"
    BIRTHDAY = "BIRTHDAY"


Type = Annotated[
    CustomType, Option("--type", case_sensitive=False, metavar="TYPE", help="SOCIAL_MEDIA or BIRTHDAY.")
]


def create(  # noqa: PLR0913, PLR0917 - an option for each part of a rule
    ctx: Context,
    fields: Annotated[JsonObject, FieldOptions("create")],
    points: Points = None,
    per: Per = None,
    tier: Tiers = None,
    paused: Paused = None,
    file: flags.File = None,
) -> None:
    """Create an earning rule, from options or from a file.

    Give --points alone for a fixed amount, with --per for points in proportion to the
    money spent. The ids of the apps are filled in from the trigger.

    Examples:
      loyaltyctl -p sandbox rules create --title Tickets --trigger events/OrderConfirmed --per 1 --points 2
      loyaltyctl -p sandbox rules create --title RSVP --trigger events/Rsvp --points 10 --paused
      loyaltyctl -p sandbox rules create -f rule.json --dry-run
    """
    ctx.output.check(views.RULE)
    said: JsonObject = {**fields, "points": points, "per": per}
    said |= {"tiers": [*tier] if tier else None, "status": Status.PAUSED.value if paused else None}
    draft = written.draft(ctx, said, file)
    rule = ctx.rules.create(draft)
    ctx.messages.success(f"created {quoted(rule.title)}")
    ctx.output.show(rule, views.RULE)


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
    ctx.output.check(views.RULE)
    if custom_type is CustomType.BIRTHDAY:
        ctx.messages.warn("the vendor documents SOCIAL_MEDIA alone; BIRTHDAY is known from its SDK")
    draft = written.custom_draft(ctx, {**fields, "points": points, "per": per})
    rule = ctx.rules.create_custom(custom_type, draft)
    ctx.messages.success(f"created {quoted(rule.title)}")
    ctx.output.show(rule, views.RULE)
