"""Commands that take any number of rules: pause, resume, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Argument

from loyaltyctl.cli.commands.rules.results import each
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.views import OUTCOME
from loyaltyctl.errors import Conflict, InvalidData
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.rules import Status, any_active
from loyaltyctl.model.triggers import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loyaltyctl.api.rules import Rules
    from loyaltyctl.model.rules import EarningRule

Ids = Annotated[list[str], Argument(metavar="ID...", help="Ids of rules.", show_default=False)]


def pause(ctx: Context, ids: Ids) -> None:
    """Stop rules from awarding points.

    Nothing else about them changes. For a rule that is already paused nothing is sent.

    Examples:
      loyaltyctl -p sandbox rules pause b690f925-8527-4d5e-b358-4b0adcb275b5
      loyaltyctl -p sandbox rules pause 61f971c4-b33b-4f39-8ebe-2677bce55789 --dry-run
    """
    _switch(ctx, ids, Status.PAUSED, "paused")


def resume(ctx: Context, ids: Ids) -> None:
    """Let paused rules award points again.

    For a rule that is already active nothing is sent.

    Examples:
      loyaltyctl -p sandbox rules resume 8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44
      loyaltyctl -p sandbox rules resume 8c2a7e64-7b0b-4e0f-8a7e-1b9a3f6d2c44 --json
    """
    _switch(ctx, ids, Status.ACTIVE, "resumed")


def delete(ctx: Context, ids: Ids, revision: flags.Revision = None) -> None:
    """Delete rules for good.

    Asks first, unless -y is given. A pre-installed rule cannot be deleted; pause it
    instead. With --revision, a rule that somebody changed since is not deleted.

    Examples:
      loyaltyctl -p sandbox rules delete 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10 --yes
      loyaltyctl -p sandbox rules delete 3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10 --dry-run
    """
    ctx.output.check(OUTCOME)
    number = flags.revision_number(revision)
    rules, chosen = ctx.rules.pick(ids)
    by_id = {rule.id: rule for rule in chosen.values()}
    titles = ", ".join(quoted(rule.title) for rule in by_id.values())
    warn_if_none_active(ctx, rules, dict.fromkeys((rule.id for rule in chosen.values()), None))
    if ctx.dry_run:
        ctx.messages.note(
            "shown as for rules that are not automated; a custom one goes to automation-earning-rules"
        )
    if any(rule.deletable for rule in chosen.values()):
        ctx.prompts.confirm(f"Delete {titles} from {ctx.connection.site}?")
    each(ctx, ids, chosen, "deleted", lambda rule: _delete(ctx.rules, rule, number))


def check_revision(current: EarningRule, meant: str | None) -> None:
    """Refuse a change that is meant for another revision than the current one."""
    if meant is not None and current.revision is None:
        raise Conflict(
            f"the rule {current.id} has no revision, so it cannot be at {meant}",
            code="INVALID_REVISION",
            hint="Leave the revision out: nothing guards such a rule against other changes.",
        )
    if meant not in (None, current.revision):
        raise Conflict(
            f"the rule {current.id} is at revision {current.revision}, not {meant}: somebody else changed it",
            code="INVALID_REVISION",
            hint=f"See what it says: loyaltyctl rules get {current.id}\nOr overwrite it: --revision latest",
        )


def warn_if_none_active(
    ctx: Context, rules: Iterable[EarningRule], changed: Mapping[str, Status | None]
) -> None:
    """Warn where a change leaves no rule that awards points."""
    if not ctx.dry_run and not any_active(rules, changed):
        ctx.messages.warn("no rule stays ACTIVE after this; a program without one pauses itself")


def _switch(ctx: Context, ids: list[str], status: Status, done: str) -> None:
    ctx.output.check(OUTCOME)
    rules, chosen = ctx.rules.pick(ids)
    if status is Status.PAUSED:
        warn_if_none_active(ctx, rules, dict.fromkeys((rule.id for rule in chosen.values()), status))

    def switch(rule: EarningRule) -> str | None:
        if rule.status is status:
            return f"already {status.lower()}"
        ctx.rules.update(rule.id, {"status": status.value}, rule.revision)
        return None

    each(ctx, ids, chosen, done, switch)


def _delete(rules: Rules, rule: EarningRule, revision: str | None) -> None:
    """Delete a rule by the method for its kind."""
    if not rule.deletable:
        raise InvalidData(
            f"{quoted(rule.title)} ({rule.id}) is {rule.kind} and cannot be deleted",
            code="CANNOT_BE_DELETED",
            hint=f"Pause it instead: loyaltyctl rules pause {rule.id}",
        )
    if rule.kind is Kind.CUSTOM:
        check_revision(rule, revision)  # the method for these takes none
        rules.delete_automation(rule.id)
    else:
        rules.delete(rule.id, revision or rule.revision)
