"""Many arrivals, read one after the other: those that are wanted, and a count of the rest."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import Detail, InvalidData, InvalidToken, LoyaltyError
from loyaltyctl.model.events import ordering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from loyaltyctl.model.events.event import Event
    from loyaltyctl.webhooks.event_files import InputItem
    from loyaltyctl.webhooks.reader import DecodedEvent, EventReader, SignatureState

MAX_DETAILS = 50
MAX_TYPES = 1000


class SkipReason(StrEnum):
    """Why an arrival is not among the events that are wanted."""

    UNREADABLE = "unreadable"
    OTHER_TYPE = "of other types"
    EARLIER = "from before --since"
    DUPLICATE = "duplicate"
    OLDER = "older than the latest"


class FilterOptions(NamedTuple):
    """Which events are wanted: of these types (all, if none are named), since then, once each, the latest.

    `others` are types, or ends of types, that are not known here.
    """

    types: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    since: datetime | None = None
    once: bool = False
    latest: bool = False

    @property
    def one_by_one(self) -> bool:
        """Whether an event is wanted or not whatever the others are."""
        return not (self.once or self.latest)

    def reason_against(self, event: Event) -> SkipReason | None:
        """Why an event is not wanted, as far as it depends on no other."""
        if (self.types or self.others) and not self._names(event.type):
            return SkipReason.OTHER_TYPE
        if self.since is not None and event.moment is not None and event.moment < self.since:
            return SkipReason.EARLIER
        return None

    def _names(self, type_: str) -> bool:
        """Whether a type is one of those that are wanted."""
        return type_ in self.types or any(
            type_ == other or type_.endswith(f".{other}") for other in self.others
        )


class Tally:
    """What became of arrivals: how many there were, and which of them failed."""

    def __init__(self) -> None:
        self.count = 0
        self.failed = 0
        self.without_time = 0
        self.states: Counter[SignatureState] = Counter()
        self.left: Counter[SkipReason] = Counter()
        self.other_types: Counter[str] = Counter()
        self.found_in: Counter[str] = Counter()
        self._failures: list[tuple[str, LoyaltyError]] = []

    def fail(self, where: str, error: LoyaltyError) -> None:
        """Note one that cannot be read, or is not to be trusted; of very many, not all are kept."""
        self.failed += 1
        self._keep(where, error)

    def add(self, other: Tally) -> None:
        """Count in those of another, which came after."""
        self.count += other.count
        self.failed += other.failed
        self.without_time += other.without_time
        self.states += other.states
        self.left += other.left
        self.other_types += other.other_types
        self.found_in += other.found_in
        for where, error in other._failures:
            self._keep(where, error)

    @property
    def shown(self) -> int:
        """The number of events that passed the filter."""
        return self.count - sum(self.left.values())

    def verdict(self) -> LoyaltyError | None:
        """The error that all failures together are, after everything was read."""
        if not self._failures:
            return None
        first = self._failures[0][1]
        if self.count == 1:
            return first
        trusted = not any(isinstance(error, InvalidToken) for _, error in self._failures)
        kind = InvalidData if trusted else InvalidToken
        what = "cannot be read" if trusted else "cannot be read, or are not to be trusted"
        return kind(
            f"{self.failed:,} of {self.count:,} {what}",
            hint=first.hint,
            details=[
                Detail(error.message.removeprefix(where).lstrip(": "), where=where, rule=error.reason)
                for where, error in self._failures
            ],
        )

    def _keep(self, where: str, error: LoyaltyError) -> None:
        kept = self._failures
        weightier = isinstance(error, InvalidToken) and kept and not isinstance(kept[-1][1], InvalidToken)
        if len(kept) < MAX_DETAILS or weightier:
            kept.append((where, error))


class EventFilter:
    """Reads arrivals. One that fails its checks is passed on as what it is, and outdates no other."""

    def __init__(self, reader: EventReader, wanted: FilterOptions) -> None:
        self._reader = reader
        self._wanted = wanted
        self._seen: set[tuple[str, str]] = set()
        self.tally = Tally()

    def events(self, read_items: Iterable[InputItem]) -> Iterator[DecodedEvent]:
        """The events that are wanted, in the order in which they came."""
        looked = (reading for arrival in read_items if (reading := self._look(arrival, self.tally)))
        wanted = filter(self._is_new, looked) if self._wanted.once else looked
        return iter(self._latest(wanted)) if self._wanted.latest else wanted

    def texts(
        self,
        read_items: Callable[[], Iterable[InputItem]],
        text_of: Callable[[list[DecodedEvent]], str],
        number: int,
    ) -> Iterator[str]:
        """The same as text, by a number of processes; only for what is wanted one by one."""
        from loyaltyctl.webhooks.parallel import map_chunks

        def work(some: list[InputItem]) -> tuple[Tally, str]:
            tally = Tally()
            return tally, text_of([reading for arrival in some if (reading := self._look(arrival, tally))])

        for tally, text in map_chunks(read_items, work, number):
            self.tally.add(tally)
            yield text

    def _look(self, arrival: InputItem, tally: Tally) -> DecodedEvent | None:
        """The event, where it can be read and is wanted, whatever the others are."""
        tally.count += 1
        try:
            reading = self._reader.read(arrival)
        except LoyaltyError as error:
            tally.fail(arrival.where, error)
            tally.left[SkipReason.UNREADABLE] += 1
            return None
        tally.states[reading.state] += 1
        if reading.found_in and (reading.found_in in tally.found_in or len(tally.found_in) < MAX_DETAILS):
            tally.found_in[reading.found_in] += 1
        if reading.error is not None:
            tally.fail(arrival.where, reading.error)
        left = self._wanted.reason_against(reading.event)
        if left is not None:
            tally.left[left] += 1
            type_ = reading.event.type
            if left is SkipReason.OTHER_TYPE and (
                type_ in tally.other_types or len(tally.other_types) < MAX_TYPES
            ):
                tally.other_types[type_] += 1
        elif self._wanted.since is not None and reading.event.moment is None:
            tally.without_time += 1
        return reading if left is None else None

    def _is_new(self, reading: DecodedEvent) -> bool:
        key = reading.identity if reading.error is None else None
        if key is None or key not in self._seen:
            self._seen |= {key} if key else set()
            return True
        self.tally.left[SkipReason.DUPLICATE] += 1
        return False

    def _latest(self, readings: Iterable[DecodedEvent]) -> list[DecodedEvent]:
        latest: dict[object, tuple[int, DecodedEvent]] = {}
        for place, reading in enumerate(readings):
            entity = ordering.entity_key(reading.event) if reading.error is None else None
            key = entity or place
            before = latest.get(key)
            if before is not None:
                self.tally.left[SkipReason.OLDER] += 1
            if before is None or ordering.is_later(reading.event, before[1].event):
                latest[key] = (place, reading)
        return [reading for _, reading in sorted(latest.values(), key=lambda found: found[0])]
