"""Carrying out a plan on one site: step by step, each in the ledger before it is sent and after its answer.

    wait for what is in doubt ─► list ─► does the plan still hold? ─► snapshot ─► steps ─► outcomes

A run that ended in the middle needs nothing but another one: what is done is seen on the
site. Only what may still be under way is waited for first.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.api.hooks import RequestStarted, ResponseReceived, Waiting
from loyaltyctl.api.methods import MAX_BULK
from loyaltyctl.apply.bulk_create import QUIET, BulkCreate
from loyaltyctl.apply.history import StepState
from loyaltyctl.apply.journal import Journal
from loyaltyctl.apply.ledger import Answered
from loyaltyctl.apply.plan import Action, Change, creations
from loyaltyctl.apply.refresh import refresh, told
from loyaltyctl.errors import Conflict, Incomplete, InvalidData, LoyaltyError, NotFound
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.bulk import ItemResult, ItemStatus
from loyaltyctl.model.triggers import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from loyaltyctl.api.hooks import Hook, Notification
    from loyaltyctl.api.rules import Rules
    from loyaltyctl.apply.ledger import Ledger
    from loyaltyctl.apply.plan import Plan
    from loyaltyctl.apply.targets import Target
    from loyaltyctl.model.rules import EarningRule
    from loyaltyctl.transport.deadline import Clock


class Result(StrEnum):
    """What became of a change."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    """Not tried: it cannot be done, or the run ended before its turn."""
    NOTHING = ""
    """There was nothing to do."""


class ChangeResult(NamedTuple):
    """A change, what became of it, and why it was not done."""

    change: Change
    result: Result
    id: str = ""
    error: LoyaltyError | None = None


_STATES = {Result.DONE: StepState.DONE, Result.FAILED: StepState.FAILED, Result.UNKNOWN: StepState.UNKNOWN}
"""Where a step stands after a result; otherwise it is planned as before."""


class Requests:
    """A hook that keeps the ids of the requests, and can act before a change is sent once more."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._sent = 0
        self.before_resending: Callable[[], None] = lambda: None
        """What is done before a change is sent once more, which may be long after the first time."""

    def hear(self, fact: Notification) -> None:
        if isinstance(fact, RequestStarted) and fact.method != "GET":
            if self._sent:
                self.before_resending()
            self._sent += 1
        if isinstance(fact, ResponseReceived) and fact.request_id:
            self._ids.append(fact.request_id)

    def taken(self) -> list[str]:
        """The ids since this was last called."""
        ids, self._ids, self._sent = self._ids, [], 0
        return ids


class Site(NamedTuple):
    """A site that is changed: the way to it, its ledger, and the requests that go there."""

    rules: Rules
    target: Target
    ledger: Ledger
    requests: Requests
    clock: Clock
    local: bool
    """In this process, so that nothing is under way that nobody waits for."""
    notify: Hook
    """The hook for what happens between calls."""

    def settled(self) -> list[EarningRule]:
        """The rules of the site, once all that an earlier run sent has arrived or never will."""
        since = None if self.local else self.ledger.in_doubt_since()
        rest = 0.0 if since is None else min(since + QUIET - self.clock.time(), QUIET)
        if rest > 0:
            self.notify(Waiting(rest, "a request of an earlier run may still be under way"))
            self.clock.sleep(rest)
        rules = self.rules.list()
        self.ledger.settle(rules)
        return rules

    def record_as_done(self, command: str, source: str) -> None:
        """Record a run that found nothing left to do: the one that it was to finish counts as finished."""
        self.ledger.begin(self.target, command, source, self.clock.time(), self.settled(), [])
        self.ledger.end(self.clock.time())


def apply(site: Site, plan: Plan, command: str, source: str, *, stop: bool) -> Iterator[ChangeResult]:
    """Make the changes of `plan`, and yield what became of each of them as soon as it is known.

    With `stop`, nothing is tried after the first change that failed. Raises Conflict before
    anything is changed where the plan does not hold any more.
    """
    current = site.settled()
    plan = refresh(plan, current)
    for change in plan.problems:
        if change.is_write:
            yield ChangeResult(change, Result.SKIPPED, change.id, _impossible(change))
    if plan.writes:
        yield from _Run(site, plan.writes, stop=stop).run(command, source, current)
    yield from (
        ChangeResult(change, Result.NOTHING, change.id) for change in plan.changes if not change.is_write
    )


def _impossible(change: Change) -> LoyaltyError:
    return InvalidData(f"{quoted(change.rule.title)}: {change.problem}", code="CANNOT_BE_DONE")


def dry_run(rules: Rules, plan: Plan) -> None:
    """Make the calls of a plan, as a dry run: nothing is read, and nothing is kept."""
    drafts = [*creations(plan.writes).values()]
    for first in range(0, len(drafts), MAX_BULK):
        rules.bulk_create(drafts[first : first + MAX_BULK])
    for change in plan.writes[len(drafts) :]:
        _send(rules, change)


def _send(rules: Rules, change: Change) -> None:
    """Update, pause or delete one rule."""
    rule = change.rule
    if change.action is not Action.DELETE:
        rules.update(rule.id, change.document, rule.revision)
    elif rule.kind is Kind.CUSTOM:
        rules.delete_automation(rule.id)
    else:
        rules.delete(rule.id, rule.revision)


class _Run:
    """The steps of one run; they count from 0 in the ledger, in the order of the plan."""

    def __init__(self, site: Site, changes: Sequence[Change], *, stop: bool) -> None:
        self._site = site
        self._changes = changes
        self._stop = stop

    def run(self, command: str, source: str, snapshot: Sequence[EarningRule]) -> Iterator[ChangeResult]:
        site = self._site
        site.ledger.begin(site.target, command, source, site.clock.time(), snapshot, self._changes)
        site.requests.taken()
        known = {rule.id for rule in snapshot}
        ended = False
        for numbers in self._portions():
            outcomes = [*map(self._skipped, numbers)] if ended else self._done(numbers, known)
            known |= {outcome.id for outcome in outcomes}
            ended = ended or (self._stop and any(outcome.result is not Result.DONE for outcome in outcomes))
            yield from outcomes
        site.ledger.end(site.clock.time())

    def _portions(self) -> Iterator[list[int]]:
        """What is done by one call: up to 100 creations, or one other change."""
        creations = [i for i, change in enumerate(self._changes) if change.action is Action.CREATE]
        for first in range(0, len(creations), MAX_BULK):
            yield creations[first : first + MAX_BULK]
        yield from ([i] for i in range(len(creations), len(self._changes)))

    def _done(self, numbers: Sequence[int], known: Collection[str]) -> list[ChangeResult]:
        creates = self._changes[numbers[0]].action is Action.CREATE
        return self._create(numbers, known) if creates else [self._step(numbers[0])]

    def _skipped(self, number: int) -> ChangeResult:
        change = self._changes[number]
        return ChangeResult(change, Result.SKIPPED, change.id)

    def _step(self, number: int) -> ChangeResult:
        """Update, pause or delete one rule."""
        site, change = self._site, self._changes[number]
        self._sending([number])
        try:
            _send(site.rules, change)
        except Incomplete as lost:
            outcome = ChangeResult(change, Result.UNKNOWN, change.id, lost)
        except (Conflict, NotFound) as error:
            outcome = ChangeResult(change, Result.FAILED, change.id, self._explained(change, error))
        except LoyaltyError as error:
            outcome = ChangeResult(change, Result.FAILED, change.id, error)
        else:
            outcome = ChangeResult(change, Result.DONE, change.id)
        self._record([(number, outcome)], site.requests.taken())
        return outcome

    def _sending(self, numbers: Sequence[int]) -> None:
        """Note that these are sent now, and again whenever they are."""
        ledger, clock = self._site.ledger, self._site.clock
        self._site.requests.before_resending = lambda: ledger.sending(numbers, clock.time())
        ledger.sending(numbers, clock.time())

    def _explained(self, change: Change, error: LoyaltyError) -> LoyaltyError:
        """`error`, with what somebody else changed; a rule that is gone is a conflict too."""
        name = quoted(change.rule.title)
        try:
            now = self._site.rules.find(change.id)
        except NotFound:
            what = f"{name} is not there any more"
        except LoyaltyError:
            return error
        else:
            what = f"{name} was changed by somebody else: {told(change.rule, now)}"
        return Conflict(
            what.removesuffix(": "),
            code=error.reason,
            hint="Run it again: it starts from what is there now.",
            http_status=error.http_status,
            request_id=error.request_id,
        )

    def _create(self, numbers: Sequence[int], known: Collection[str]) -> list[ChangeResult]:
        """Create rules, each exactly once; `known` are the ids of those that are there."""
        site = self._site
        drafts = creations(self._changes[number] for number in numbers)
        self._sending(numbers)
        with Journal(None) as journal:
            run = BulkCreate(site.rules, journal, drafts, site.clock, stop=self._stop)
            run.begin({}, known)
            for _ in run.run():
                pass
            results = journal.results([self._changes[number].rule.title for number in numbers])
        requests = site.requests.taken()
        outcomes = [
            self._created(self._changes[number], result, run.ended_by)
            for number, result in zip(numbers, results, strict=True)
        ]
        self._record(zip(numbers, outcomes, strict=True), requests)
        return outcomes

    def _created(self, change: Change, result: ItemResult, ended_by: LoyaltyError | None) -> ChangeResult:
        match result.status:
            case ItemStatus.CREATED:
                return ChangeResult(change, Result.DONE, result.id)
            case ItemStatus.FAILED:
                return ChangeResult(change, Result.FAILED, error=InvalidData(result.problem))
            case ItemStatus.UNKNOWN:
                why = f" ({ended_by.message})" if ended_by else ""
                lost = Incomplete(f"it is not known whether {quoted(change.rule.title)} was created{why}")
                return ChangeResult(change, Result.UNKNOWN, error=lost)
            case ItemStatus.UNSENT:
                return ChangeResult(change, Result.FAILED if ended_by else Result.SKIPPED, error=ended_by)

    def _record(self, outcomes: Iterable[tuple[int, ChangeResult]], requests: Sequence[str]) -> None:
        self._site.ledger.record(
            Answered(
                number,
                _STATES.get(outcome.result, StepState.PLANNED),
                outcome.id,
                requests,
                outcome.error.message if outcome.error else "",
            )
            for number, outcome in outcomes
        )
