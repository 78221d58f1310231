"""Run an action such as `rules pause` on each of several rules, and show the results."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.contract.json_values import OMITTED
from loyaltyctl.contract.outputs import rules as outputs
from loyaltyctl.contract.outputs.errors import Failure
from loyaltyctl.errors import Detail, Incomplete, LoyaltyError, NotFound
from loyaltyctl.render.views import GREEN, RED, Column, View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.model.rules import EarningRule


class RuleResult(NamedTuple):
    """Result of a command such as `rules pause` for one of its rule ids: the action done, or the error."""

    id: str
    title: str
    done: str
    error: LoyaltyError | None = None
    changed: bool = True
    """False if the rule already was as requested, and nothing was sent."""

    @property
    def result(self) -> str:
        """The cell RESULT in the view of results by rule: the action done, or the error."""
        return self.error.message if self.error else self.done

    @property
    def output(self) -> outputs.Outcome:
        """The JSON output for this rule in the view of results: id, success, error."""
        unchanged = not self.error and not self.changed
        return outputs.Outcome(
            self.id,
            success=self.error is None,
            error=Failure.of(self.error) if self.error else OMITTED,
            changed=False if unchanged else OMITTED,
        )


RULE_RESULT = View[RuleResult](
    columns=(
        Column("ID", lambda result: result.id, whole=True),
        Column("RESULT", lambda result: result.result, lambda result: RED if result.error else GREEN),
        Column("TITLE", lambda result: result.title, rank=1),
    ),
    output=lambda result: result.output,
    id=lambda result: result.id,
    output_type=outputs.Outcome,
    row=lambda result: {"id": result.id, "success": result.error is None, "result": result.result},
    whole=lambda _, results: outputs.Outcomes(results),
)


def rule_not_found(rule_id: str) -> NotFound:
    """Return the error for an id that no rule of the site has; the results show it for that id."""
    return NotFound(f"there is no rule {rule_id}", hint="See: loyaltyctl rules list")


def for_each(
    ctx: Context,
    ids: Sequence[str],
    rules: Mapping[str, EarningRule],
    done: str,
    act: Callable[[EarningRule], str | None],
) -> None:
    """Call `act` for the rule of each id, and show the results: `done` for a success, such as "paused".

    If a rule needs no change, `act` returns the result to show instead, such as "already paused". An id
    given twice, in any letter case, counts once. If there is only one id, and it fails, raises its error.
    If there are several, shows all results, and raises Incomplete if any failed.
    """
    unique = {rule_id.lower(): rule_id for rule_id in ids}
    results = [_act_on_rule(rule_id, rules.get(rule_id), done, act) for rule_id in unique.values()]
    failed = [result for result in results if result.error]
    if failed and len(results) == 1 and failed[0].error:
        raise failed[0].error
    ctx.output.show_all(results, RULE_RESULT)
    if failed:
        raise Incomplete(
            f"{len(failed)} of {len(results)} rules could not be {done}",
            details=[Detail(str(result.error), where=result.id) for result in failed],
        )


def _act_on_rule(
    rule_id: str, rule: EarningRule | None, done: str, act: Callable[[EarningRule], str | None]
) -> RuleResult:
    """Call `act` for the rule of one id, and return the result: success or error."""
    try:
        if rule is None:
            raise rule_not_found(rule_id)
        unchanged = act(rule)
    except LoyaltyError as error:
        return RuleResult(rule_id, rule.title if rule else "", done, error)
    return RuleResult(rule.id, rule.title, unchanged or done, changed=not unchanged)
