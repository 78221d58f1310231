"""`loyaltyctl rules create`: create an earning rule, from options or from a file."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from loyaltyctl.cli.commands.rules import rule_input
from loyaltyctl.cli.commands.rules.field_options import FieldOptions
from loyaltyctl.cli.commands.rules.options import Per, Points, TierAwards
from loyaltyctl.cli.runtime import flags, views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.intake.values import JsonObject, quoted
from loyaltyctl.model.rules import Status

Paused = Annotated[bool | None, Option("--paused", help="Do not award points yet.")]


def create(  # noqa: PLR0913, PLR0917 - an option for each part of a rule
    ctx: Context,
    fields: Annotated[JsonObject, FieldOptions("create")],
    points: Points = None,
    per: Per = None,
    tier: TierAwards = None,
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
    ctx.output.check_view(views.RULE)
    status = Status.PAUSED.value if paused else None
    options = {**fields, "points": points, "per": per, "tiers": tier or None, "status": status}
    draft = rule_input.draft(ctx, options, file)  # before ctx.rules, which requires credentials
    rule = ctx.rules.create(draft)
    ctx.messages.success(f"created {quoted(rule.title)}")
    ctx.output.show(rule, views.RULE)
