"""Filter events by type and time, drop duplicates, keep the latest per entity; count what is left out."""

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
MAX_TYPES = 1000


class SkipReason(StrEnum):
    """Reason that an input item was left out by the filter, as messages show it."""

    UNREADABLE = "unreadable"
    OTHER_TYPE = "of other types"
    EARLIER = "from before --since"
    DUPLICATE = "duplicate"
    OLDER = "older than the latest"


class FilterOptions(NamedTuple):
    """Criteria of the event filter; without types, all types match.

    `types` are names in the catalog; `other_types` are names of other apps' types, or ends of them.
    """

    types: frozenset[str] = frozenset()
    other_types: frozenset[str] = frozenset()
    since: datetime | None = None
    once: bool = False
    latest: bool = False

    @property
    def is_stateless(self) -> bool:
        """Return whether the filter treats each event independently of the others, so in parallel too."""
        return not (self.once or self.latest)

    def skip_reason(self, event: Event) -> SkipReason | None:
        """Return why an event does not match by type or time; None if it does."""
        if (self.types or self.other_types) and not self._matches_type(event.type):
            return SkipReason.OTHER_TYPE
        if self.since is not None and event.timestamp is not None and event.timestamp < self.since:
            return SkipReason.EARLIER
        return None

    def _matches_type(self, type_: str) -> bool:
        return type_ in self.types or any(
            type_ == other or type_.endswith(f".{other}") for other in self.other_types
        )


class FilterStatistics:
    """Counts of filtered input items by result, and the errors of those that failed."""

    def __init__(self) -> None:
        self.count = 0
        self.failed = 0
        self.without_time = 0
        self.states: Counter[SignatureState] = Counter()
        self.skipped: Counter[SkipReason] = Counter()
        self.other_types: Counter[str] = Counter()
        self.found_in: Counter[str] = Counter()
        self._failures: list[tuple[str, LoyaltyError]] = []

    def add_failure(self, where: str, error: LoyaltyError) -> None:
        """Count an input item that is unreadable or not trusted; only the first errors are kept."""
        self.failed += 1
        self._keep_failure(where, error)

    def add(self, other: FilterStatistics) -> None:
        """Add the counts from another process, which filtered later input items."""
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
        """Return one error for all failed input items, with the exit code of the worst."""
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
        # An untrusted token decides the exit code, so the first one is kept even beyond the limit.
        kept = self._failures
        decides = isinstance(error, InvalidToken) and kept and not isinstance(kept[-1][1], InvalidToken)
        if len(kept) < MAX_DETAILS or decides:
            kept.append((where, error))


class EventFilter:
    """Reads and filters events.

    An event that fails its checks is shown, but is not compared with others: a forged event must not
    make a genuine one a duplicate or outdated.
    """

    def __init__(self, reader: EventReader, options: FilterOptions) -> None:
        self._reader = reader
        self._options = options
        self._seen: set[ordering.Key] = set()
        self.statistics = FilterStatistics()

    def events(self, items: Iterable[InputItem]) -> Iterator[DecodedEvent]:
        """Yield the events that match, in input order."""
        matching = (event for item in items if (event := self._read_matching(item, self.statistics)))
        unique = filter(self._is_not_duplicate, matching) if self._options.once else matching
        return iter(self._latest_per_entity(unique)) if self._options.latest else unique

    def texts(
        self,
        read_items: Callable[[], Iterable[InputItem]],
        format_events: Callable[[list[DecodedEvent]], str],
        processes: int,
    ) -> Iterator[str]:
        """Yield the matching events as text, filtered by several processes.

        The options must be stateless: no process sees all events, to compare them.
        """
        from loyaltyctl.webhooks.parallel import map_chunks

        def work(chunk: list[InputItem]) -> tuple[FilterStatistics, str]:
            statistics = FilterStatistics()
            events = [event for item in chunk if (event := self._read_matching(item, statistics))]
            return statistics, format_events(events)

        for statistics, text in map_chunks(read_items, work, processes):
            self.statistics.add(statistics)
            yield text

    def _read_matching(self, item: InputItem, statistics: FilterStatistics) -> DecodedEvent | None:
        """Read and count one input item; return its event if it matches by type and time."""
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
        reason = self._options.skip_reason(decoded.event)
        if reason is not None:
            statistics.skipped[reason] += 1
            if reason is SkipReason.OTHER_TYPE:
                _count_limited(statistics.other_types, decoded.event.type, MAX_TYPES)
            return None
        if self._options.since is not None and decoded.event.timestamp is None:
            statistics.without_time += 1
        return decoded

    def _is_not_duplicate(self, decoded: DecodedEvent) -> bool:
        """Return whether no earlier event has the same dedupe key; count it as skipped if one has."""
        key = decoded.dedupe_key if decoded.error is None else None
        if key is None or key not in self._seen:
            self._seen |= {key} if key else set()
            return True
        self.statistics.skipped[SkipReason.DUPLICATE] += 1
        return False

    def _latest_per_entity(self, events: Iterable[DecodedEvent]) -> list[DecodedEvent]:
        """Return the latest event of each entity; events without an entity are all kept."""
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
    """Count a key from untrusted input; new keys only up to a limit, to bound memory."""
    if key in counter or len(counter) < limit:
        counter[key] += 1
