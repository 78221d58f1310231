"""Creation of any number of rules: in chunks of 100, each recorded before it is sent and after its response.

If a response is lost, or leaves items out, the site is read: a rule that was not there before, and says
what was sent, is the one that was created. Items that are certainly not there are sent again. Items that
may still be under way end the run: a later one looks for them.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from loyaltyctl.api.methods import MAX_BULK
from loyaltyctl.api.reconcile import LOOKS, SETTLE
from loyaltyctl.api.retry_policy import FailureKind, classify_status
from loyaltyctl.apply.database import damaged
from loyaltyctl.apply.history import IN_DOUBT
from loyaltyctl.apply.ledger import StepResult, planned
from loyaltyctl.apply.matching import identity, identity_of
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.errors import Incomplete, InvalidData, LoyaltyError, TryLater
from loyaltyctl.model.bulk import ItemResult, ItemStatus
from loyaltyctl.model.problems import RuleDraft
from loyaltyctl.model.rules import EarningRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from loyaltyctl.apply.history import Step
    from loyaltyctl.apply.plan import Change
    from loyaltyctl.apply.site import Site
    from loyaltyctl.intake.values import JsonObject

MAX_TRIES = 3
_INVALID: JsonObject = {"code": "INVALID_DATA"}
_UNKNOWN: JsonObject = {"code": "OUTCOME_UNKNOWN", "description": "sent, but never answered"}
_UNSENT: JsonObject = {"code": "NOT_SENT", "description": "the run ended before it was sent"}


class BulkCreate:
    """Creations of one run, by the numbers of their steps in the ledger; one with a problem is not sent.

    `ended_by` is the error that ended the run early.
    """

    def __init__(
        self, site: Site, changes: Mapping[int, Change], known: Iterable[str], *, stop: bool
    ) -> None:
        """`known` are the ids of the rules on the site; `stop` ends the run after a failed item."""
        self.ended_by: LoyaltyError | None = None
        self._site = site
        self._changes = changes
        self._known = {*known}
        self._stop = stop
        self._planned = [number for number, change in changes.items() if not change.problem]
        self._in_doubt: dict[int, float] = {}
        """Times when items of unknown status were sent."""
        self._results: dict[int, ItemResult] = {}
        for number, change in changes.items():
            if change.problem:
                self._set(number, ItemStatus.FAILED, _INVALID | {"description": change.problem})
            else:
                self._set(number, ItemStatus.UNSENT, _UNSENT)
        self._tries: Counter[int] = Counter()
        self._requests: list[str] = []

    @classmethod
    def begin(
        cls, site: Site, changes: Sequence[Change], command: str, source: str, *, stop: bool
    ) -> BulkCreate:
        """Begin a run of its own."""
        known = [rule.id for rule in site.rules.list()]
        site.ledger.begin(site.target, command, source, site.clock.time(), changes, known=known)
        return cls(site, dict(enumerate(changes)), known, stop=stop)

    @classmethod
    def resume(cls, site: Site, changes: Sequence[Change], *, stop: bool) -> BulkCreate:
        """Continue the current run of the ledger.

        The file may have changed since: what was created, or may have been, is matched by what the rules say.
        Steps that the file lacks get negative numbers, and are kept in case it has them again.
        """
        ledger, numbered = site.ledger, dict(enumerate(changes))
        equal: defaultdict[str, deque[Step]] = defaultdict(deque)
        try:
            for step in ledger.steps():
                if step.state is StepState.DONE or step.state in IN_DOUBT:
                    equal[identity_of(step)].append(step)
            found = {n: same.popleft() for n, one in numbered.items() if (same := equal[identity(one.rule)])}
            creation = cls(site, numbered, ledger.known(), stop=stop)
            creation._take_over(found)
        except (ValueError, TypeError, KeyError, InvalidData):
            raise damaged(ledger.path) from None
        left = enumerate(chain.from_iterable(equal.values()), start=1)
        steps = {n: found.get(n) or planned(one) for n, one in numbered.items()}
        ledger.replan(steps | {-n: step for n, step in left})
        creation._settle()
        return creation

    def _take_over(self, found: Mapping[int, Step]) -> None:
        """Take over the results of steps that were sent by earlier runs."""
        self._planned = [number for number in self._planned if number not in found]
        for number, step in found.items():
            if step.state is StepState.DONE:
                self._set(number, ItemStatus.CREATED, item=EarningRule.read(step.created))
            else:
                self._set(number, ItemStatus.UNKNOWN, _UNKNOWN)
                self._in_doubt[number] = step.sent or 0.0

    def _settle(self) -> None:
        """Find out which of the items in doubt were created; plan the others again."""
        missing = self._look(sorted(self._in_doubt))
        if missing:  # they may still be created, until their requests have ended
            self._site.wait_for_requests(max(self._in_doubt[number] for number in missing))
            self._plan_again(self._look(missing))

    @property
    def requests(self) -> list[str]:
        """Ids of the requests for the last chunk, and for the reads after it."""
        self._requests += self._site.requests.take()
        return self._requests

    def run(self) -> Iterator[int]:
        """Send what is planned; yield the size of each chunk when its results are recorded."""
        while self._planned and not self._in_doubt:
            chunk, self._planned = self._planned[:MAX_BULK], self._planned[MAX_BULK:]
            self._in_doubt |= dict.fromkeys(chunk, self._site.clock.time())
            for number in chunk:
                self._set(number, ItemStatus.UNKNOWN, _UNKNOWN)
            self._tries.update(chunk)
            self._requests = []
            self._site.sending(chunk)
            self._send(chunk)
            yield len(chunk)
            failed = any(self._results[number].status is ItemStatus.FAILED for number in chunk)
            if self.ended_by or (self._stop and failed):
                return

    def results(self) -> list[ItemResult]:
        """Return the result of each item so far."""
        return [*self._results.values()]

    def end(self) -> None:
        """Record that the run ended by itself."""
        ledger = self._site.ledger
        ledger.record(
            StepResult(number, StepState.UNKNOWN, "", self.requests, self._results[number].problem)
            for number in self._in_doubt
        )
        ledger.end(self._site.clock.time())

    def _set(
        self,
        number: int,
        status: ItemStatus,
        error: JsonObject | None = None,
        item: EarningRule | None = None,
    ) -> None:
        title = self._changes[number].rule.title
        self._results[number] = ItemResult(number, status, title, item, error)

    def _send(self, chunk: list[int]) -> None:
        """Send a chunk and record its results."""
        drafts = [RuleDraft(self._changes[number].document) for number in chunk]
        try:
            results = self._site.rules.bulk_create(drafts)
        except Incomplete as lost:
            self._recover(chunk, lost)
        except LoyaltyError as error:
            self._plan_again(chunk)  # refused as a whole, or never sent
            self.ended_by = error
        else:
            self._record(replace(result, index=chunk[result.index]) for result in results)
            self._plan_again(self._absent(sorted(self._in_doubt)))

    def _recover(self, chunk: list[int], lost: Incomplete) -> None:
        """Find out what became of a chunk without a response."""
        absent = self._absent(chunk)
        if lost.http_status and classify_status(lost.http_status, retry_after=False) is FailureKind.BROKEN:
            self._plan_again(absent)  # the server responded, so it is done with the request
        if self._in_doubt:
            lost.hint = "Repeat the command with --resume: it looks at the site, and sends what is missing."
            self.ended_by = lost

    def _plan_again(self, absent: list[int]) -> None:
        """Plan items that are certainly not on the site, unless they were sent too often."""
        again = [number for number in absent if self._tries[number] < MAX_TRIES]
        if again:
            for number in again:
                del self._in_doubt[number]
                self._set(number, ItemStatus.UNSENT, _UNSENT)
            self._planned = sorted([*again, *self._planned])
            self._site.ledger.record(StepResult(number, StepState.PLANNED) for number in again)

    def _absent(self, numbers: list[int]) -> list[int]:
        """Return those of `numbers` that are certainly not on the site; none if it cannot be read."""
        try:
            for _ in range(LOOKS - 1):
                numbers = self._look(numbers)
                if numbers:
                    self._site.clock.sleep(SETTLE)
            return self._look(numbers)
        except TryLater:
            return []

    def _look(self, numbers: list[int]) -> list[int]:
        """Record those of `numbers` that are on the site; return the others."""
        if not numbers:
            return []
        new: defaultdict[str, list[EarningRule]] = defaultdict(list)
        for rule in self._site.rules.list():
            if rule.id not in self._known:
                new[identity(rule)].append(rule)
        found, missing = [], []
        for number in numbers:
            same = new[identity(self._changes[number].rule)]
            if same:
                found.append(ItemResult(number, ItemStatus.CREATED, item=same.pop(0)))
            else:
                missing.append(number)
        self._record(found)
        return missing

    def _record(self, results: Iterable[ItemResult]) -> None:
        """Record items that were created or refused; those of unknown status stay in doubt."""
        known = [result for result in results if result.status in _STATES]
        for result in known:
            self._set(result.index, result.status, result.error, result.item)
            self._known.add(result.id)
            del self._in_doubt[result.index]
        self._site.ledger.record(
            [
                StepResult(
                    result.index,
                    _STATES[result.status],
                    result.id,
                    self.requests,
                    result.problem,
                    result.item.document if result.item else None,
                )
                for result in known
            ]
        )


_STATES = {ItemStatus.CREATED: StepState.DONE, ItemStatus.FAILED: StepState.FAILED}
