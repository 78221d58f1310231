"""One action on each of many rules: all are tried, and each has its outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.runtime.views import OUTCOME, Outcome
from loyaltyctl.errors import Detail, Incomplete, LoyaltyError, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.model.rules import EarningRule


def no_such_rule(rule_id: str) -> NotFound:
    """The error for an id that no rule of the site has."""
    return NotFound(f"there is no rule {rule_id}", hint="See: loyaltyctl rules list")


def each(
    ctx: Context,
    ids: Sequence[str],
    chosen: Mapping[str, EarningRule],
    done: str,
    act: Callable[[EarningRule], str | None],
) -> None:
    """Do `act` to the rule of every id, and show what was `done`.

    Where there is nothing to do, `act` returns what is said instead, such as "already paused". An
    id that is given twice, in whichever case, is one. Of a single id the error is raised as it is;
    where some of several fail, all are shown and the command ends as Incomplete.
    """
    once = {rule_id.lower(): rule_id for rule_id in ids}
    outcomes = [_outcome(rule_id, chosen.get(rule_id), done, act) for rule_id in once.values()]
    failed = [outcome for outcome in outcomes if outcome.error]
    if failed and len(outcomes) == 1 and failed[0].error:
        raise failed[0].error
    ctx.output.show_all(outcomes, OUTCOME)
    if failed:
        raise Incomplete(
            f"{len(failed)} of {len(outcomes)} rules could not be {done}",
            details=[Detail(str(outcome.error), where=outcome.id) for outcome in failed],
        )


def _outcome(
    rule_id: str, rule: EarningRule | None, done: str, act: Callable[[EarningRule], str | None]
) -> Outcome:
    try:
        if rule is None:
            raise no_such_rule(rule_id)
        already = act(rule)
    except LoyaltyError as error:
        return Outcome(rule_id, rule.title if rule else "", done, error)
    return Outcome(rule.id, rule.title, already or done, changed=not already)
