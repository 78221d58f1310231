"""Filter events by type and time, leave out duplicates or outdated events, and count all input items."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail, InvalidData, InvalidToken, LoyaltyError
from loyaltyctl.model.events import ordering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from loyaltyctl.contract.outputs.events import SignatureState
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.webhooks.event_files import InputItem
    from loyaltyctl.webhooks.reader import DecodedEvent, EventReader

MAX_DETAILS = 50
"""Maximum number of errors that the filter keeps, and of places in which tokens were found."""
MAX_TYPES = 1000
"""Maximum number of types that are counted one by one."""


class SkipReason(StrEnum):
    """Reason for which the event filter leaves out an input item, in the words of messages."""

    UNREADABLE = "unreadable"
    OTHER_TYPE = "of other types"
    EARLIER = "from before --since"
    DUPLICATE = "duplicate"
    OLDER = "older than the latest"


class FilterCriteria(NamedTuple):
    """Criteria of the event filter. If `types` and `other_types` are empty, events of all types match.

    `types` are names of the catalog. `other_types` are other names, or their ends: `paid` for `shop.paid`.
    `once` leaves out duplicates. `latest` leaves out all events of an entity except the latest.
    """

    types: frozenset[str] = frozenset()
    other_types: frozenset[str] = frozenset()
    since: datetime | None = None
    once: bool = False
    latest: bool = False

    @property
    def is_stateless(self) -> bool:
        """Return whether the filter looks at each event alone, so that parallel processes can run it."""
        return not (self.once or self.latest)

    def skip_reason(self, event: Event) -> SkipReason | None:
        """Return the reason for which the filter leaves out an event by type or time; None if it matches."""
        if (self.types or self.other_types) and not self._matches_type(event.type):
            return SkipReason.OTHER_TYPE
        if self.since is not None and event.timestamp is not None and event.timestamp < self.since:
            return SkipReason.EARLIER
        return None

    def _matches_type(self, type_: str) -> bool:
        """Return whether the event filter lets an event of this type through."""
        return type_ in self.types or any(
            type_ == other or type_.endswith(f".{other}") for other in self.other_types
        )


class FilterStatistics:
    """Counts of filtered input items by result, and the errors of the items that failed."""

    def __init__(self) -> None:
        """Create filter statistics without any item."""
        self.count = 0
        self.failed = 0
        self.without_time = 0
        self.states: Counter[SignatureState] = Counter()
        self.skipped: Counter[SkipReason] = Counter()
        self.other_types: Counter[str] = Counter()
        self.found_in: Counter[str] = Counter()
        self._failures: list[tuple[str, LoyaltyError]] = []

    def add_failure(self, where: str, error: LoyaltyError) -> None:
        """Count a filtered input item that is unreadable or not trusted, and keep its error."""
        self.failed += 1
        self._keep_failure(where, error)

    def add(self, other: FilterStatistics) -> None:
        """Add the filter statistics of another process, which has filtered later input items."""
        self.count += other.count
        self.failed += other.failed
        self.without_time += other.without_time
        self.states += other.states
        self.skipped += other.skipped
        self.other_types += other.other_types
        self.found_in += other.found_in
        for where, error in other._failures:
            self._keep_failure(where, error)

    @property
    def shown(self) -> int:
        """Return the number of events that passed the filter."""
        return self.count - sum(self.skipped.values())

    def error(self) -> LoyaltyError | None:
        """Return one error for all filtered input items that failed; None if no item failed.

        It is InvalidToken if any of them is not trusted, otherwise InvalidData.
        """
        if not self._failures:
            return None
        first = self._failures[0][1]
        if self.count == 1:
            return first
        all_trusted = not any(isinstance(error, InvalidToken) for _, error in self._failures)
        kind = InvalidData if all_trusted else InvalidToken
        problem = "cannot be read" if all_trusted else "cannot be read or are not trusted"
        return kind(
            f"{self.failed:,} of {self.count:,} {problem}",
            hint=first.hint,
            details=[
                Detail(error.message.removeprefix(where).lstrip(": "), where=where, rule=error.reason)
                for where, error in self._failures
            ],
        )

    def _keep_failure(self, where: str, error: LoyaltyError) -> None:
        """Keep the error of a filtered input item for the details of the final error, up to a limit."""
        # An untrusted token decides the exit code, so the first one is kept even beyond the limit.
        kept = self._failures
        decides = isinstance(error, InvalidToken) and kept and not isinstance(kept[-1][1], InvalidToken)
        if len(kept) < MAX_DETAILS or decides:
            kept.append((where, error))


class EventFilter:
    """Filter that reads events, and yields those that match its criteria.

    An event that fails a check, such as of its signature, is yielded too, but never compared with others.
    So a forged event cannot make the filter leave out a genuine one as a duplicate or as outdated.
    """

    def __init__(self, reader: EventReader, criteria: FilterCriteria) -> None:
        """Create an event filter with empty statistics."""
        self._reader = reader
        self._criteria = criteria
        self._seen: set[ordering.Key] = set()
        self.statistics = FilterStatistics()

    def events(self, items: Iterable[InputItem]) -> Iterator[DecodedEvent]:
        """Yield the events that match the filter, in input order."""
        matching = (event for item in items if (event := self._read_matching(item, self.statistics)))
        unique = filter(self._is_not_duplicate, matching) if self._criteria.once else matching
        return iter(self._latest_per_entity(unique)) if self._criteria.latest else unique

    def texts(
        self,
        read_items: Callable[[], Iterable[InputItem]],
        format_events: Callable[[list[DecodedEvent]], str],
        processes: int,
    ) -> Iterator[str]:
        """Yield the formatted events that match the filter. Several processes filter and format them.

        The criteria must be stateless: no process sees all events, so none could compare them.
        """
        from loyaltyctl.webhooks.parallel import map_chunks

        def work(chunk: list[InputItem]) -> tuple[FilterStatistics, str]:
            """Filter a chunk of items in one process; return its statistics and the formatted events."""
            statistics = FilterStatistics()
            events = [event for item in chunk if (event := self._read_matching(item, statistics))]
            return statistics, format_events(events)

        for statistics, text in map_chunks(read_items, work, processes):
            self.statistics.add(statistics)
            yield text

    def _read_matching(self, item: InputItem, statistics: FilterStatistics) -> DecodedEvent | None:
        """Read and count one input item; return its event, or None if the filter leaves it out."""
        statistics.count += 1
        try:
            decoded = self._reader.read(item)
        except LoyaltyError as error:
            statistics.add_failure(item.where, error)
            statistics.skipped[SkipReason.UNREADABLE] += 1
            return None
        statistics.states[decoded.state] += 1
        if decoded.found_in:
            _count_limited(statistics.found_in, decoded.found_in, MAX_DETAILS)
        if decoded.error is not None:
            statistics.add_failure(item.where, decoded.error)
        reason = self._criteria.skip_reason(decoded.event)
        if reason is not None:
            statistics.skipped[reason] += 1
            if reason is SkipReason.OTHER_TYPE:
                _count_limited(statistics.other_types, decoded.event.type, MAX_TYPES)
            return None
        if self._criteria.since is not None and decoded.event.timestamp is None:
            statistics.without_time += 1
        return decoded

    def _is_not_duplicate(self, decoded: DecodedEvent) -> bool:
        """Return whether the filter has seen no event with the same key; count a duplicate as skipped."""
        key = decoded.dedupe_key if decoded.error is None else None
        if key is None or key not in self._seen:
            self._seen |= {key} if key else set()
            return True
        self.statistics.skipped[SkipReason.DUPLICATE] += 1
        return False

    def _latest_per_entity(self, events: Iterable[DecodedEvent]) -> list[DecodedEvent]:
        """Filter out all events of an entity, such as a tier, except the latest.

        Events without an entity are kept, and so are events that failed a check.
        """
        latest: dict[object, tuple[int, DecodedEvent]] = {}
        for i, decoded in enumerate(events):
            entity = ordering.entity_key(decoded.event) if decoded.error is None else None
            key = entity or i
            before = latest.get(key)
            if before is not None:
                self.statistics.skipped[SkipReason.OLDER] += 1
            if before is None or ordering.is_later(decoded.event, before[1].event):
                latest[key] = (i, decoded)
        # In input order: an entity's latest event keeps its own position, not that of the first.
        return [decoded for _, decoded in sorted(latest.values(), key=lambda one: one[0])]


def _count_limited(counter: Counter[str], key: str, limit: int) -> None:
    """Count a key for the filter's statistics. At most `limit` keys are counted, as input is untrusted."""
    if key in counter or len(counter) < limit:
        counter[key] += 1
