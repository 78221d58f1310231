"""Commands that read: list, get, triggers."""

from __future__ import annotations

from typing import Annotated

from typer import Argument, Option

from loyaltyctl.cli.runtime import views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.model.rules import Status
from loyaltyctl.model.triggers import BY_ACTIVITY, TRIGGERS, Kind, Method
from loyaltyctl.render.selection import sorted_by

WithStatus = Annotated[
    Status | None,
    Option("--status", case_sensitive=False, metavar="STATUS", help="Only ACTIVE or PAUSED ones."),
]
OfApp = Annotated[str | None, Option("--trigger-app", metavar="APP", help="Only of this trigger app.")]
OfTrigger = Annotated[str | None, Option("--trigger", metavar="TRIGGER", help="Only with this trigger.")]
OfKind = Annotated[Kind | None, Option("--kind", metavar="KIND", help=f"One of: {' '.join(Kind)}.")]
WithMethod = Annotated[
    Method | None, Option("--method", metavar="METHOD", help="Only a fixed amount, or only a rate.")
]
Sort = Annotated[str | None, Option("--sort", metavar="A.B[:desc]", help="Order by a field of the JSON.")]
Limit = Annotated[int | None, Option("--limit", min=0, metavar="N", help="At most this many.")]
Ids = Annotated[list[str], Argument(metavar="ID...", help="Ids of rules.", show_default=False)]


def list_(  # noqa: PLR0913, PLR0917 - a filter each
    ctx: Context,
    status: WithStatus = None,
    trigger_app: OfApp = None,
    trigger: OfTrigger = None,
    kind: OfKind = None,
    method: WithMethod = None,
    sort: Sort = None,
    limit: Limit = None,
) -> None:
    """List earning rules.

    Rules of all kinds are listed: those made with this tool, and those that come
    from Wix Automations.

    Examples:
      loyaltyctl -p sandbox rules list
      loyaltyctl -p sandbox rules list --status active --kind non-automated
      loyaltyctl -p sandbox rules list --json --fields id,title,revision
      loyaltyctl -p sandbox rules list --query "[?status=='PAUSED'].title"
    """
    filters = {"status": status, "kind": kind, "method": method}
    if trigger and trigger not in BY_ACTIVITY and (other := did_you_mean(trigger, BY_ACTIVITY, cutoff=0.75)):
        ctx.messages.warn(f"no trigger {quoted(trigger)} is known here{other}")
    rules = [
        rule
        for rule in ctx.rules.list(trigger_app=trigger_app, trigger=trigger)
        if all(wanted in (None, getattr(rule, name)) for name, wanted in filters.items())
    ]
    if sort is not None:
        rules = sorted_by(sort, rules, views.RULE)
    if limit is not None and limit < len(rules):
        ctx.messages.note(f"showing {limit} of {len(rules)}")
    ctx.output.show_all(rules[:limit], views.RULE)


def get(ctx: Context, ids: Ids) -> None:
    """Show earning rules by their ids.

    Automated rules are found too, which the API's own Get does not do.

    Examples:
      loyaltyctl -p sandbox rules get b690f925-8527-4d5e-b358-4b0adcb275b5
      loyaltyctl -p sandbox rules get 61f971c4-b33b-4f39-8ebe-2677bce55789 -o yaml
    """
    rules = [ctx.rules.find(rule_id) for rule_id in ids]
    for rule in rules:
        for doubt in rule.inconsistencies():
            ctx.messages.warn(f"{rule.title}: {doubt}")
    if len(rules) == 1:
        ctx.output.show(rules[0], views.RULE)
    else:
        ctx.output.show_all(rules, views.RULE)


def triggers(ctx: Context) -> None:
    """List what can set off a rule, and how it may award points.

    A rule can be created for a trigger of the kind non-automated. The pre-installed
    ones come with a Wix business solution; their rules can be updated and paused.

    Examples:
      loyaltyctl rules triggers
      loyaltyctl rules triggers --json
    """
    ctx.output.show_all(TRIGGERS, views.TRIGGER)
