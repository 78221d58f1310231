"""Identity and order of events."""

from __future__ import annotations

from itertools import pairwise, permutations
from typing import Any

import pytest

from loyaltyctl.model.events import ordering
from loyaltyctl.model.events.event import Event


def _event(**members: Any) -> Event:
    body = {"entityFqdn": "wix.loyalty.v1.tier", "slug": "updated", "entityId": "t", "id": "a"}
    return Event(body | members)


def _key(content: str = "token", **members: Any) -> ordering.Key:
    event = _event(**members)
    return ordering.dedupe_key(event.type, event.id, content)


def test_deliveries_of_one_event_share_their_type_and_their_id() -> None:
    assert _key() == _key("other", eventTime="later") == ("wix.loyalty.v1.tier_updated", "a")
    assert _key() != _key(slug="created")
    assert _key() != _key(id="b")


@pytest.mark.parametrize("no_id", ["", None])
def test_deliveries_of_an_event_without_an_id_share_their_type_and_content(no_id: str | None) -> None:
    assert _key(id=no_id) == _key(id=no_id, eventTime="later")
    assert _key(id=no_id) != _key("other", id=no_id)
    assert _key(id=no_id) != _key(id=no_id, slug="created")


def test_an_entity_is_identified_by_kind_and_id() -> None:
    assert (
        ordering.entity_key(_event())
        == ordering.entity_key(_event(slug="created", id="b"))
        == ("wix.loyalty.v1.tier", "t")
    )
    assert ordering.entity_key(_event()) != ordering.entity_key(_event(entityFqdn="wix.loyalty.v1.reward"))
    assert ordering.entity_key(_event(entityId="")) is None


EARLY, LATE = "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00.001Z"


def _revised(revision: object) -> dict[str, Any]:
    return {"updatedEvent": {"currentEntity": {"revision": revision}}}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"entityEventSequence": "9"}, {"entityEventSequence": "10"}),
        ({"entityEventSequence": "9", "eventTime": LATE}, {"entityEventSequence": "10", "eventTime": EARLY}),
        ({"entityEventSequence": 9}, {"entityEventSequence": "10"}),
        ({"entityEventSequence": "18446744073709551614"}, {"entityEventSequence": "18446744073709551615"}),
        ({"entityEventSequence": "5", "eventTime": EARLY}, {"entityEventSequence": "5", "eventTime": LATE}),
        ({"eventTime": EARLY}, {"eventTime": LATE}),
        ({"entityEventSequence": "5", "eventTime": EARLY}, {"eventTime": LATE}),
        (
            {"entityEventSequence": "five", "eventTime": EARLY},
            {"entityEventSequence": "4", "eventTime": LATE},
        ),
        ({"eventTime": "2024-01-01T01:00:00+02:00"}, {"eventTime": EARLY}),
        (_revised("9"), _revised("10")),
        (_revised(None), _revised("0")),
        ({"eventTime": EARLY} | _revised("9"), {"eventTime": EARLY} | _revised("10")),
        ({"eventTime": "?"} | _revised("9"), {"eventTime": LATE} | _revised("10")),
    ],
)
def test_the_later_of_two_events_is_found_by_sequence_time_or_revision(
    earlier: dict[str, Any], later: dict[str, Any]
) -> None:
    assert ordering.is_later(_event(**later), _event(**earlier))
    assert not ordering.is_later(_event(**earlier), _event(**later))


def test_of_equal_events_the_last_one_is_later() -> None:
    first, second = _event(entityEventSequence="5", id="a"), _event(entityEventSequence="5", id="b")

    assert ordering.is_later(second, first)
    assert ordering.is_later(first, second)


def test_sequences_are_compared_as_numbers() -> None:
    events = [_event(entityEventSequence=str(number)) for number in (1, 2, 9, 10, 11, 100)]

    for one, other in permutations(range(6), 2):
        assert ordering.is_later(events[one], events[other]) is (one > other)
    assert all(ordering.is_later(after, before) for before, after in pairwise(events))
