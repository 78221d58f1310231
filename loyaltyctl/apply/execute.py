"""Execution of a plan on one site: each step recorded in the ledger before it is sent and after its response.

    wait for requests in doubt ─► list ─► refresh the plan ─► snapshot ─► steps ─► results

To finish an interrupted run, the same plan is executed again: `refresh` drops the changes that the site
already has. Requests of the earlier run that may still be in progress are waited for first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.api.methods import MAX_BULK
from loyaltyctl.apply.bulk_create import BulkCreate
from loyaltyctl.apply.ledger import StepResult
from loyaltyctl.apply.refresh import refresh
from loyaltyctl.contract.outputs.plans import Action, Result, StepState
from loyaltyctl.errors import Conflict, Incomplete, InvalidData, LoyaltyError, NotFound
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.bulk import ItemResult, ItemStatus
from loyaltyctl.model.comparison import describe_differences
from loyaltyctl.model.triggers import Kind
from loyaltyctl.model.validation_results import RuleDraft

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from loyaltyctl.api.rules import Rules
    from loyaltyctl.apply.plan import Change, Plan
    from loyaltyctl.apply.site import Site
    from loyaltyctl.model.rules import EarningRule


class ChangeResult(NamedTuple):
    """Result of the execution of one planned change; `error` says why the change was not made."""

    change: Change
    result: Result
    id: str = ""
    error: LoyaltyError | None = None


_STEP_STATES = {
    Result.DONE: StepState.DONE,
    Result.FAILED: StepState.FAILED,
    Result.UNKNOWN: StepState.UNKNOWN,
}


def apply(site: Site, plan: Plan, command: str, source: str, *, stop: bool) -> Iterator[ChangeResult]:
    """Execute a plan on a site; yield the result of each change as soon as it is known.

    With `stop`, the changes after the first failed one are skipped. If the plan is stale, nothing is
    executed, and Conflict is raised.
    """
    current = site.settled()
    # The plan was created and confirmed some time ago: compare it with the site before the first write.
    plan = refresh(plan, current)
    for change in plan.problems:
        if change.is_write:
            error = InvalidData(f"{quoted(change.rule.title)}: {change.problem}", code="CANNOT_BE_DONE")
            yield ChangeResult(change, Result.SKIPPED, change.id, error)
    if plan.writes:
        yield from _PlanExecution(site, plan.writes, stop=stop).run(command, source, current)
    for change in plan.changes:
        if not change.is_write:
            yield ChangeResult(change, Result.NOTHING, change.id)


def dry_run(rules: Rules, changes: Sequence[Change]) -> None:
    """Execute the changes of a plan with a client that sends nothing, for --dry-run; nothing is recorded."""
    for numbers in _steps_per_call(changes):
        _send_changes(rules, [changes[number] for number in numbers])


def _steps_per_call(changes: Sequence[Change]) -> Iterator[range]:
    """Yield the step numbers that each API call executes: up to 100 creations, or one other change."""
    creations = sum(change.action is Action.CREATE for change in changes)  # plans begin with the creations
    for first in range(0, creations, MAX_BULK):
        yield range(first, min(first + MAX_BULK, creations))
    for number in range(creations, len(changes)):
        yield range(number, number + 1)


def _send_changes(rules: Rules, changes: Sequence[Change]) -> None:
    """Execute planned changes with one API call: create rules, or update, pause or delete one rule."""
    change = changes[0]
    rule = change.rule
    if change.action is Action.CREATE:
        rules.bulk_create([RuleDraft(one.document) for one in changes])
    elif change.action is not Action.DELETE:
        rules.update(rule.id, change.document, rule.revision)
    elif rule.kind is Kind.CUSTOM:
        # Custom automated rules have a delete method of their own, which takes no revision.
        rules.delete_automation(rule.id)
    else:
        rules.delete(rule.id, rule.revision)


class _PlanExecution:
    """Execution of planned changes in one run. A change has the number of its step in the ledger."""

    def __init__(self, site: Site, changes: Sequence[Change], *, stop: bool) -> None:
        self._site = site
        self._changes = changes
        self._stop = stop

    def run(self, command: str, source: str, snapshot: Sequence[EarningRule]) -> Iterator[ChangeResult]:
        """Execute all changes as a new run of the ledger; `snapshot` are the rules before it."""
        site = self._site
        site.ledger.begin(site.target, command, source, site.clock.time(), self._changes, snapshot=snapshot)
        known = {rule.id for rule in snapshot}
        ended = False
        for numbers in _steps_per_call(self._changes):
            results = [*map(self._skipped_result, numbers)] if ended else self._execute_steps(numbers, known)
            known |= {result.id for result in results}
            ended = ended or (self._stop and any(result.result is not Result.DONE for result in results))
            yield from results
        site.ledger.end(site.clock.time())

    def _skipped_result(self, number: int) -> ChangeResult:
        """Return the result of a change that is not executed, since an earlier one failed."""
        change = self._changes[number]
        return ChangeResult(change, Result.SKIPPED, change.id)

    def _execute_steps(self, numbers: Sequence[int], known: Collection[str]) -> list[ChangeResult]:
        """Execute the steps of one API call; `known` are the ids of the rules on the site."""
        if self._changes[numbers[0]].action is Action.CREATE:
            return self._create_rules(numbers, known)
        return [self._change_rule(numbers[0])]

    def _change_rule(self, number: int) -> ChangeResult:
        """Execute the update, pause or deletion of one rule, and record the step in the ledger."""
        site, change = self._site, self._changes[number]
        site.sending([number])
        try:
            _send_changes(site.rules, [change])
        except Incomplete as lost:
            result = ChangeResult(change, Result.UNKNOWN, change.id, lost)
        except (Conflict, NotFound) as error:
            result = ChangeResult(change, Result.FAILED, change.id, self._explain_conflict(change, error))
        except LoyaltyError as error:
            result = ChangeResult(change, Result.FAILED, change.id, error)
        else:
            result = ChangeResult(change, Result.DONE, change.id)
        self._record_results({number: result}, site.requests.take())
        return result

    def _explain_conflict(self, change: Change, error: LoyaltyError) -> LoyaltyError:
        """Return the error for a change that cannot be executed: somebody else changed or deleted the rule.

        The error says what they changed. Return `error` itself if the rule cannot be read.
        """
        name = quoted(change.rule.title)
        try:
            now = self._site.rules.find(change.id)
        except NotFound:
            what = f"{name} is no longer on the site"
        except LoyaltyError:
            return error
        else:
            differences = describe_differences(change.rule, now)
            what = f"{name} was changed by somebody else" + (f": {differences}" if differences else "")
        return Conflict(
            what,
            code=error.reason,
            hint="Run it again: it starts from what is there now.",
            http_status=error.http_status,
            request_id=error.request_id,
        )

    def _create_rules(self, numbers: Sequence[int], known: Collection[str]) -> list[ChangeResult]:
        """Execute creations of a plan, none of them twice; `known` are the ids of the rules on the site."""
        creation = BulkCreate(
            self._site, {number: self._changes[number] for number in numbers}, known, stop=self._stop
        )
        for _ in creation.run():
            pass
        items = creation.results()
        results = {
            item.index: _creation_result(self._changes[item.index], item, creation.ended_by) for item in items
        }
        # BulkCreate records created and refused items itself; the others get their final state here.
        left = [item.index for item in items if item.status in (ItemStatus.UNKNOWN, ItemStatus.UNSENT)]
        if left:
            self._record_results({number: results[number] for number in left}, creation.requests)
        return [*results.values()]

    def _record_results(self, results: dict[int, ChangeResult], requests: Sequence[str]) -> None:
        """Record the results of executed steps, by step number, with the ids of their requests."""
        self._site.ledger.record(
            StepResult(
                number,
                _STEP_STATES.get(result.result, StepState.PLANNED),
                result.id,
                requests,
                result.error.message if result.error else "",
            )
            for number, result in results.items()
        )


def _creation_result(change: Change, item: ItemResult, ended_by: LoyaltyError | None) -> ChangeResult:
    """Return the result of an executed creation; `ended_by` is the error that ended the bulk creation."""
    match item.status:
        case ItemStatus.CREATED:
            return ChangeResult(change, Result.DONE, item.id)
        case ItemStatus.FAILED:
            return ChangeResult(change, Result.FAILED, error=InvalidData(item.problem))
        case ItemStatus.UNKNOWN:
            why = f" ({ended_by.message})" if ended_by else ""
            lost = Incomplete(f"it is not known whether {quoted(change.rule.title)} was created{why}")
            return ChangeResult(change, Result.UNKNOWN, error=lost)
        case ItemStatus.UNSENT:
            return ChangeResult(change, Result.FAILED if ended_by else Result.SKIPPED, error=ended_by)
