"""`loyaltyctl rules list`: list earning rules, with filters."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from loyaltyctl.cli.runtime import views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.rules import Status
from loyaltyctl.model.triggers import BY_ACTIVITY, Kind, Method
from loyaltyctl.render.selection import sort_values

StatusFilter = Annotated[
    Status | None,
    Option("--status", case_sensitive=False, metavar="STATUS", help="Only ACTIVE or PAUSED ones."),
]
AppFilter = Annotated[
    str | None, Option("--trigger-app", metavar="APP", help="Only with triggers of this app.")
]
TriggerFilter = Annotated[str | None, Option("--trigger", metavar="TRIGGER", help="Only with this trigger.")]
KindFilter = Annotated[Kind | None, Option("--kind", metavar="KIND", help=f"One of: {' '.join(Kind)}.")]
MethodFilter = Annotated[
    Method | None, Option("--method", metavar="METHOD", help="Only a fixed amount, or only a rate.")
]
Sort = Annotated[str | None, Option("--sort", metavar="A.B[:desc]", help="Sort by a field of the JSON.")]
Limit = Annotated[int | None, Option("--limit", min=0, metavar="N", help="At most this many.")]


def list_(  # noqa: PLR0913, PLR0917 - a filter each
    ctx: Context,
    status: StatusFilter = None,
    trigger_app: AppFilter = None,
    trigger: TriggerFilter = None,
    kind: KindFilter = None,
    method: MethodFilter = None,
    sort: Sort = None,
    limit: Limit = None,
) -> None:
    """List earning rules.

    Lists rules of all kinds: those created with this tool, and those that come from
    Wix Automations.

    Examples:
      loyaltyctl -p sandbox rules list
      loyaltyctl -p sandbox rules list --status active --kind non-automated
      loyaltyctl -p sandbox rules list --json --fields id,title,revision
      loyaltyctl -p sandbox rules list --query "[?status=='PAUSED'].title"
    """
    filters = {"status": status, "kind": kind, "method": method}
    # An unlisted trigger may exist: the vendor does not list those of all apps. But if it is similar to a
    # listed one, it is probably a typo.
    if trigger and trigger not in BY_ACTIVITY and (near := did_you_mean(trigger, BY_ACTIVITY, cutoff=0.75)):
        ctx.messages.warn(f"unknown trigger {quoted(trigger)}{near}")
    # The API filters by app and trigger only, and has no pages: the other filters are applied here.
    rules = [
        rule
        for rule in ctx.rules.list(trigger_app=trigger_app, trigger=trigger)
        if all(value in (None, getattr(rule, name)) for name, value in filters.items())
    ]
    if sort is not None:
        rules = sort_values(sort, rules, views.RULE)
    if limit is not None and limit < len(rules):
        ctx.messages.note(f"showing {limit} of {len(rules)}")
    ctx.output.show_all(rules[:limit], views.RULE)
