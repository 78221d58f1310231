"""`loyaltyctl rules get`: show earning rules by their ids."""

from __future__ import annotations

from loyaltyctl.cli.commands.rules.options import Ids
from loyaltyctl.cli.runtime import views
from loyaltyctl.cli.runtime.context import Context


def get(ctx: Context, ids: Ids) -> None:
    """Show earning rules by their ids.

    Automated rules are found too, which the API's own Get does not do.

    Examples:
      loyaltyctl -p sandbox rules get b690f925-8527-4d5e-b358-4b0adcb275b5
      loyaltyctl -p sandbox rules get 61f971c4-b33b-4f39-8ebe-2677bce55789 -o yaml
    """
    rules = [ctx.rules.find(rule_id) for rule_id in ids]
    for rule in rules:
        for inconsistency in rule.inconsistencies():
            ctx.messages.warn(f"{rule.title}: {inconsistency}")
    if len(rules) == 1:
        ctx.output.show(rules[0], views.RULE)
    else:
        ctx.output.show_all(rules, views.RULE)
