"""Creating any number of rules: chunks of 100, each journaled before it is sent and after its answer.

Where an answer was lost, or leaves items out, the site is asked: rules that were not
there before and have the content of what was sent are what became of it. What is surely
not there is sent again; what nobody can tell ends the run, and `resume` asks again.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from loyaltyctl.api.methods import MAX_BULK
from loyaltyctl.api.reconcile import LOOKS, SETTLE
from loyaltyctl.api.retry_policy import FailureKind, classify_status
from loyaltyctl.apply.journal import State
from loyaltyctl.errors import Incomplete, LoyaltyError, TryLater
from loyaltyctl.model.bulk import ItemResult, ItemStatus
from loyaltyctl.model.rules import fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from loyaltyctl.api.rules import Rules
    from loyaltyctl.apply.journal import Journal
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.problems import RuleDraft
    from loyaltyctl.model.rules import EarningRule
    from loyaltyctl.transport.deadline import Clock

MAX_TRIES = 3
QUIET = 30.0
"""Seconds after which a request that nobody waits for any more has ended: as long as one try may take."""


class BulkCreate:
    """One run over `drafts`, by their number in the input."""

    def __init__(
        self, rules: Rules, journal: Journal, drafts: Mapping[int, RuleDraft], clock: Clock, *, stop: bool
    ) -> None:
        """With `stop`, the run ends after the first chunk in which an item failed.

        An error that ends it is kept in `ended_by`: what was done before is there to be shown.
        """
        self.ended_by: LoyaltyError | None = None
        self._rules = rules
        self._journal = journal
        self._drafts = drafts
        self._clock = clock
        self._stop = stop

    def begin(self, refused: Mapping[int, str], known: Collection[str] | None = None) -> None:
        """Write a new run into the journal; `refused` are problems of those that will not be sent.

        `known` are the ids of the rules that are there; they are asked for where they are not given.
        """
        if known is None:
            known = [rule.id for rule in self._rules.list()]
        self._journal.begin(self._contents(refused), known, _errors(refused))

    def resume(self, refused: Mapping[int, str], quiet: float) -> None:
        """Go on with an earlier run: find out what became of items that were being sent when it ended.

        Those that are not there yet may still come, until `quiet` seconds have passed: by
        that time a request that nobody waits for has ended too.
        """
        last_sent = self._journal.last_sent()
        self._journal.go_on(self._contents(refused), _errors(refused))
        missing = self._look_for(self._journal.numbers(State.SENDING), looks=1)
        if missing:
            rest = last_sent + quiet - self._clock.time()
            self._clock.sleep(min(max(rest, 0.0), quiet))
            self._journal.plan_again(self._look_for(missing, looks=1))

    def run(self) -> Iterator[int]:
        """Send what is planned; yields the number of items of each chunk when its outcome is on disk."""
        while chunk := self._journal.numbers(State.PLANNED, MAX_BULK):
            self._journal.sending(chunk, self._clock.time())
            failed = self._send(chunk)
            yield len(chunk)
            if self.ended_by or (failed and self._stop) or self._journal.numbers(State.SENDING, 1):
                return

    def _contents(self, refused: Mapping[int, str]) -> list[str]:
        count = len(self._drafts) + len(refused)
        return ["" if i in refused else fingerprint(self._drafts[i].document) for i in range(count)]

    def _send(self, chunk: list[int]) -> bool:
        """Send a chunk and record its outcome; whether an item failed."""
        try:
            results = self._rules.bulk_create([self._drafts[number] for number in chunk])
        except Incomplete as lost:
            self._recover(chunk, lost)
            return False
        except LoyaltyError as error:
            self._journal.plan_again(chunk)  # refused as a whole, or never sent
            self.ended_by = error
            return False
        self._journal.record(replace(result, index=chunk[result.index]) for result in results)
        self._plan_again(
            self._absent([chunk[result.index] for result in results if result.status is ItemStatus.UNKNOWN])
        )
        return any(result.status is ItemStatus.FAILED for result in results)

    def _recover(self, chunk: list[int], lost: Incomplete) -> None:
        """Find out what became of a chunk without an answer; the run ends where nobody can tell."""
        absent = self._absent(chunk)
        if lost.http_status and classify_status(lost.http_status, retry_after=False) is FailureKind.BROKEN:
            self._plan_again(absent)  # the server answered, so it is done with the request
        if self._journal.numbers(State.SENDING, 1):
            lost.hint = "Repeat the command with --resume: it looks at the site, and sends what is missing."
            self.ended_by = lost

    def _plan_again(self, absent: list[int]) -> None:
        """Plan items that are surely not there, unless they were sent too often."""
        self._journal.plan_again(number for number in absent if self._journal.tries(number) < MAX_TRIES)

    def _absent(self, numbers: list[int]) -> list[int]:
        """Those of `numbers` that the site surely has not: none, where it cannot be read."""
        try:
            return self._look_for(numbers)
        except TryLater:
            return []

    def _look_for(self, numbers: list[int], looks: int = LOOKS) -> list[int]:
        """Record those of `numbers` that the site has; returns those that it has not."""
        for left in reversed(range(looks)):
            if not numbers:
                break
            numbers = self._look_once(numbers)
            if numbers and left:
                self._clock.sleep(SETTLE)
        return numbers

    def _look_once(self, numbers: list[int]) -> list[int]:
        known = self._journal.known_rules()
        new: defaultdict[str, list[EarningRule]] = defaultdict(list)
        for rule in self._rules.list():
            if rule.id not in known:
                new[fingerprint(rule.document)].append(rule)
        found, missing = [], []
        for number in numbers:
            twins = new[fingerprint(self._drafts[number].document)]
            if twins:
                found.append(ItemResult(number, ItemStatus.CREATED, item=twins.pop(0)))
            else:
                missing.append(number)
        self._journal.record(found)
        return missing


def _errors(refused: Mapping[int, str]) -> dict[int, JsonObject]:
    return {number: {"code": "INVALID_DATA", "description": text} for number, text in refused.items()}
