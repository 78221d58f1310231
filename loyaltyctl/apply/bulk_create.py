"""Bulk creation: any number of rules, sent in chunks. Each chunk is recorded before and after its request.

If a response is lost or leaves items out, the rules of the site are listed. A rule counts as created by this
run if it was not on the site before, and has the content that was sent. Items that are certainly not on the
site are sent again. If a request may still be in progress, the run ends, and `--resume` looks for its items
later.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from loyaltyctl.api.methods import MAX_BULK
from loyaltyctl.api.reconcile import LOOKS, SETTLE
from loyaltyctl.api.retry_policy import FailureKind, classify_status
from loyaltyctl.apply.creations_in_doubt import identity, step_identity
from loyaltyctl.apply.database import damaged_ledger_error
from loyaltyctl.apply.history import IN_DOUBT
from loyaltyctl.apply.ledger import StepResult, planned_step
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.errors import Incomplete, InvalidData, LoyaltyError, TryLater
from loyaltyctl.model.bulk import ItemResult, ItemStatus
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.validation_results import RuleDraft

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from loyaltyctl.apply.history import Step
    from loyaltyctl.apply.plan import Change
    from loyaltyctl.apply.site import Site
    from loyaltyctl.intake.values import JsonObject

MAX_TRIES = 3
"""Maximum number of times that an item is sent, so that a run ends even if the server always loses it."""
_INVALID_RULE: JsonObject = {"code": "INVALID_DATA"}
_OUTCOME_UNKNOWN: JsonObject = {"code": "OUTCOME_UNKNOWN", "description": "sent, but never answered"}
_NOT_SENT: JsonObject = {"code": "NOT_SENT", "description": "the run ended before it was sent"}


class BulkCreate:
    """Bulk creation: the rules of one run, called items. An item has the number of its step in the ledger.

    Items with a problem are not sent. `ended_by` is the error that ended the run early, if any.
    """

    def __init__(
        self, site: Site, changes: Mapping[int, Change], known: Iterable[str], *, stop: bool
    ) -> None:
        """Prepare a bulk creation; nothing is sent yet.

        `known` are the ids of the rules that were on the site before the run. With `stop`, the run ends after
        the first chunk with a failed item.
        """
        self.ended_by: LoyaltyError | None = None
        self._site = site
        self._changes = changes
        self._known_ids = {*known}
        self._stop = stop
        self._unsent = [number for number, change in changes.items() if not change.problem]
        self._in_doubt: dict[int, float] = {}
        """Items that may have been created, with the time when each was sent."""
        self._results: dict[int, ItemResult] = {}
        for number, change in changes.items():
            if change.problem:
                self._set_result(number, ItemStatus.FAILED, _INVALID_RULE | {"description": change.problem})
            else:
                self._set_result(number, ItemStatus.UNSENT, _NOT_SENT)
        self._tries_by_item: Counter[int] = Counter()
        self._requests: list[str] = []

    @classmethod
    def begin(
        cls, site: Site, changes: Sequence[Change], command: str, source: str, *, stop: bool
    ) -> BulkCreate:
        """List the rules of the site, and begin a bulk creation as a new run of the ledger."""
        # Without these ids, a rule from before the run could be taken for a created one.
        known = [rule.id for rule in site.rules.list()]
        site.ledger.begin(site.target, command, source, site.clock.time(), changes, known=known)
        return cls(site, dict(enumerate(changes)), known, stop=stop)

    @classmethod
    def resume(cls, site: Site, changes: Sequence[Change], *, stop: bool) -> BulkCreate:
        """Resume the bulk creation that is the ledger's current run.

        The rules file may have changed since the run began. So each step that created a rule, or may have
        created it, is matched with one of the `changes` by the content of the rule. A step without a match
        stays in the ledger with a negative number, since the file may contain its rule again later.
        """
        ledger, numbered = site.ledger, dict(enumerate(changes))
        equal: defaultdict[str, deque[Step]] = defaultdict(deque)
        try:
            for step in ledger.steps():
                if step.state is StepState.DONE or step.state in IN_DOUBT:
                    equal[step_identity(step)].append(step)
            found = {n: same.popleft() for n, one in numbered.items() if (same := equal[identity(one.rule)])}
            creation = cls(site, numbered, ledger.known_ids(), stop=stop)
            creation._take_over_steps(found)
        except (ValueError, TypeError, KeyError, InvalidData):
            raise damaged_ledger_error(ledger.path) from None
        left = enumerate(chain.from_iterable(equal.values()), start=1)
        steps = {n: found.get(n) or planned_step(one) for n, one in numbered.items()}
        ledger.replan(steps | {-n: step for n, step in left})
        creation._settle_items_in_doubt()
        return creation

    def _take_over_steps(self, found: Mapping[int, Step]) -> None:
        """Set the results of the items that were sent before the bulk creation was resumed.

        `found` has the step of each of these items, by the number of the item.
        """
        self._unsent = [number for number in self._unsent if number not in found]
        for number, step in found.items():
            if step.state is StepState.DONE:
                self._set_result(number, ItemStatus.CREATED, item=EarningRule.read(step.created))
            else:
                self._set_result(number, ItemStatus.UNKNOWN, _OUTCOME_UNKNOWN)
                self._in_doubt[number] = step.sent or 0.0

    def _settle_items_in_doubt(self) -> None:
        """Find out which items of a resumed bulk creation exist, and plan to send the missing ones again."""
        missing = self._record_items_on_site(sorted(self._in_doubt))
        if missing:  # a request that is still in progress may create them yet
            self._site.wait_for_requests(max(self._in_doubt[number] for number in missing))
            self._plan_items_again(self._record_items_on_site(missing))

    @property
    def requests(self) -> list[str]:
        """Ids of the requests of the bulk creation, from the request for the last chunk on."""
        self._requests += self._site.requests.take()
        return self._requests

    def run(self) -> Iterator[int]:
        """Send the items of the bulk creation; yield the size of each chunk when its results are recorded."""
        while self._unsent and not self._in_doubt:
            chunk, self._unsent = self._unsent[:MAX_BULK], self._unsent[MAX_BULK:]
            # The items are in doubt before the request is sent: after Ctrl-C during the request, none of them
            # must be reported as unsent.
            self._in_doubt |= dict.fromkeys(chunk, self._site.clock.time())
            for number in chunk:
                self._set_result(number, ItemStatus.UNKNOWN, _OUTCOME_UNKNOWN)
            self._tries_by_item.update(chunk)
            self._requests = []
            self._site.sending(chunk)
            self._send_chunk(chunk)
            yield len(chunk)
            failed = any(self._results[number].status is ItemStatus.FAILED for number in chunk)
            if self.ended_by or (self._stop and failed):
                return

    def results(self) -> list[ItemResult]:
        """Return the result of each item of the bulk creation so far."""
        return [*self._results.values()]

    def end(self) -> None:
        """Record in the ledger that the bulk creation ended without being interrupted."""
        ledger = self._site.ledger
        ledger.record(
            StepResult(number, StepState.UNKNOWN, "", self.requests, self._results[number].problem)
            for number in self._in_doubt
        )
        ledger.end(self._site.clock.time())

    def _set_result(
        self,
        number: int,
        status: ItemStatus,
        error: JsonObject | None = None,
        item: EarningRule | None = None,
    ) -> None:
        """Set the result of an item of the bulk creation."""
        title = self._changes[number].rule.title
        self._results[number] = ItemResult(number, status, title, item, error)

    def _send_chunk(self, chunk: list[int]) -> None:
        """Send a chunk of the bulk creation in one request, and record its results."""
        drafts = [RuleDraft(self._changes[number].document) for number in chunk]
        try:
            results = self._site.rules.bulk_create(drafts)
        except Incomplete as lost:
            self._recover_chunk(chunk, lost)
        except LoyaltyError as error:
            self._plan_items_again(chunk)  # the whole chunk was refused or never sent, so no rule was created
            self.ended_by = error
        else:
            self._record_results(replace(result, index=chunk[result.index]) for result in results)
            # A success may leave items out: the API counts them in bulkActionMetadata.undetailedFailures.
            self._plan_items_again(self._items_not_on_site(sorted(self._in_doubt)))

    def _recover_chunk(self, chunk: list[int], lost: Incomplete) -> None:
        """Find out which items of a chunk were created, after the response to its bulk request was lost.

        If the API has certainly ended the request, the items that it did not create are planned again. If
        items stay in doubt, the bulk creation ends.
        """
        absent = self._items_not_on_site(chunk)
        if lost.http_status and classify_status(lost.http_status, retry_after=False) is FailureKind.BROKEN:
            # A 500 comes from the service itself, which is done with the request. After a broken connection
            # or a gateway's 502, the request may still create rules: sending it again could create them
            # twice.
            self._plan_items_again(absent)
        if self._in_doubt:
            lost.hint = "Repeat the command with --resume: it looks at the site, and sends what is missing."
            self.ended_by = lost

    def _plan_items_again(self, absent: list[int]) -> None:
        """Plan to send items of the bulk creation again, except those that were sent MAX_TRIES times.

        The caller makes sure that none of the items is on the site.
        """
        again = [number for number in absent if self._tries_by_item[number] < MAX_TRIES]
        if again:
            for number in again:
                del self._in_doubt[number]
                self._set_result(number, ItemStatus.UNSENT, _NOT_SENT)
            self._unsent = sorted([*again, *self._unsent])
            self._site.ledger.record(StepResult(number, StepState.PLANNED) for number in again)

    def _items_not_on_site(self, numbers: list[int]) -> list[int]:
        """Return the items of a chunk that are certainly not on the site; none if listing the rules fails."""
        try:
            # The server may not have committed a creation yet when it responds: list again a little later.
            for _ in range(LOOKS - 1):
                numbers = self._record_items_on_site(numbers)
                if numbers:
                    self._site.clock.sleep(SETTLE)
            return self._record_items_on_site(numbers)
        except TryLater:
            # They may be on the site, and the API has no idempotency keys: sending them again could create
            # duplicates.
            return []

    def _record_items_on_site(self, numbers: list[int]) -> list[int]:
        """Record each item of a chunk as created if the site has a new rule with its content.

        Return the numbers of the other items.
        """
        if not numbers:
            return []
        new: defaultdict[str, list[EarningRule]] = defaultdict(list)
        for rule in self._site.rules.list():
            if rule.id not in self._known_ids:
                new[identity(rule)].append(rule)
        found, missing = [], []
        for number in numbers:
            same = new[identity(self._changes[number].rule)]
            if same:
                # Equal items of a file are different rules, so each takes a different rule of the site.
                found.append(ItemResult(number, ItemStatus.CREATED, item=same.pop(0)))
            else:
                missing.append(number)
        self._record_results(found)
        return missing

    def _record_results(self, results: Iterable[ItemResult]) -> None:
        """Record the items of a chunk that were created or refused; the remaining items stay in doubt."""
        known = [result for result in results if result.status in _STEP_STATES]
        for result in known:
            self._set_result(result.index, result.status, result.error, result.item)
            self._known_ids.add(result.id)
            del self._in_doubt[result.index]
        self._site.ledger.record(
            [
                StepResult(
                    result.index,
                    _STEP_STATES[result.status],
                    result.id,
                    self.requests,
                    result.problem,
                    result.item.document if result.item else None,
                )
                for result in known
            ]
        )


_STEP_STATES = {ItemStatus.CREATED: StepState.DONE, ItemStatus.FAILED: StepState.FAILED}
