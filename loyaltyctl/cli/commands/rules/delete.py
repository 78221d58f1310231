"""`loyaltyctl rules delete`: delete rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.rules.checks import check_revision, warn_if_none_active
from loyaltyctl.cli.commands.rules.options import Ids
from loyaltyctl.cli.commands.rules.results import RULE_RESULT, for_each
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.triggers import Kind

if TYPE_CHECKING:
    from loyaltyctl.api.rules import Rules
    from loyaltyctl.model.rules import EarningRule


def delete(ctx: Context, ids: Ids, revision: flags.Revision = None) -> None:
    """Delete rules.

    Asks first, unless -y is given. A pre-installed rule cannot be deleted; pause it
    instead. With --revision, a rule that somebody changed since is not deleted.

    Examples:
      loyaltyctl -p sandbox rules delete 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10 --yes
      loyaltyctl -p sandbox rules delete 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10 --dry-run
    """
    ctx.output.check_view(RULE_RESULT)
    number = flags.revision_number(revision)
    rules, chosen = ctx.rules.pick(ids)
    deletable = {rule.id: rule for rule in chosen.values() if rule.deletable}
    warn_if_none_active(ctx, rules, dict.fromkeys(deletable))
    if ctx.dry_run:
        ctx.messages.note(
            "shown for rules that are not automated; a custom rule has the path automation-earning-rules"
        )
    # Without a deletable rule there is nothing to confirm: each id gets its error below.
    if deletable:
        titles = ", ".join(quoted(rule.title) for rule in deletable.values())
        ctx.prompts.confirm(f"Delete {titles} from {ctx.connection.site}?")
    for_each(ctx, ids, chosen, "deleted", lambda rule: _delete_rule(ctx.rules, rule, number))


def _delete_rule(rules: Rules, rule: EarningRule, revision: str | None) -> None:
    """Delete a rule with the API method for its kind. Raises InvalidData for a pre-installed rule."""
    if not rule.deletable:
        raise InvalidData(
            f"{quoted(rule.title)} ({rule.id}) is {rule.kind} and cannot be deleted",
            code="CANNOT_BE_DELETED",
            hint=f"Pause it instead: loyaltyctl rules pause {rule.id}",
        )
    if rule.kind is Kind.CUSTOM:
        check_revision(rule, revision)  # here, since DeleteAutomationEarningRule accepts no revision
        rules.delete_automation(rule.id)
    else:
        # Always with a revision: the API rejects a delete without it as 409 INVALID_REVISION.
        rules.delete(rule.id, revision or rule.revision)
