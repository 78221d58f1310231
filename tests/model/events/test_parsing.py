"""Every type is the same event in every format, and published examples are parsed as expected."""

from __future__ import annotations

from typing import Any

import pytest

from loyaltyctl.model.events import ordering, parsing
from loyaltyctl.model.events.catalog import BY_NAME, EVENT_TYPES, Body, EventType
from loyaltyctl.model.events.event import Event
from loyaltyctl.model.events.names import find_event_type
from loyaltyctl.model.events.samples import create_sample
from tests.model.events.formats import (
    BARE,
    KINDS,
    NOW,
    SHAPES,
    as_json,
    domain_event,
    make_event,
    sdk_envelope,
    text,
    velo_event,
)
from tests.model.events.published import PUBLISHED, published
from tests.model.examples import GOLDEN

# Every type in every shape


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_type_is_the_same_event_in_every_format(kind: EventType, shape: str) -> None:
    document = make_event(kind)
    expected = Event(document["event"])

    event = parsing.parse_event(SHAPES[shape](document))

    assert (event.type, event.kind, event.guess) == (kind.name, kind, "")
    assert event.body() == document["event"]
    assert (event.entity, event.action) == (expected.entity, expected.action)
    around = (
        [None, None, None]
        if shape in BARE
        else [*map(document.get, ("instanceId", "identity", "accountInfo"))]
    )
    assert [*event.envelope[1:]] == around


@pytest.mark.parametrize("kind", KINDS)
def test_a_velo_event_with_a_given_type_is_the_same_event(kind: EventType) -> None:
    document = make_event(kind)

    event = parsing.parse_event(velo_event(document), kind)

    expected = {
        name: item
        for name, item in document["event"].items()
        if name not in ("originatedFrom", "entityEventSequence")
    }
    assert (event.type, event.guess, [*event.envelope]) == (kind.name, "", ["", None, None, None])
    assert event.body() == expected
    assert event.entity == Event(document["event"]).entity


REASONS = {
    "wix.loyalty.v1.loyalty_earning_rule_created": "it has entity.triggerActivityType, and createdDate equals updatedDate",
    "wix.loyalty.v1.loyalty_earning_rule_updated": "it has entity.triggerActivityType, and createdDate differs from updatedDate",
    "wix.loyalty.v1.program_updated": "it has entity.pointDefinition",
    "wix.loyalty.v1.account_created": "it has entity.contactId, and createdDate equals updatedDate",
    "wix.loyalty.v1.account_updated": "it has entity.contactId, and createdDate differs from updatedDate",
    "wix.loyalty.v1.account_points_updated": "it has data.account",
    "wix.loyalty.v1.account_reward_availability_updated": "it has data.rewardAvailable",
    "wix.loyalty.v1.coupon_created": "it has entity.couponReference",
    "wix.loyalty.v1.reward_created": "it has entity.couponReward, and createdDate equals updatedDate",
    "wix.loyalty.v1.reward_updated": "it has entity.couponReward, and createdDate differs from updatedDate",
    "wix.loyalty.v1.tier_created": "it has entity.tierDefinition, and createdDate equals updatedDate",
    "wix.loyalty.v1.tier_updated": "it has entity.tierDefinition, and createdDate differs from updatedDate",
    "wix.loyalty.imports.v1.loyalty_import_created": "it has entity.asyncImportJobId",
    "wix.loyalty.socialmedia.v1.followed_channel_created": "it has entity.channel",
    "wix.ecommerce.coupons.v2.coupon_created": "it has entity.code, and no dates",
    "wix.ecommerce.coupons.v2.coupon_applied": "it has data.coupon",
}


@pytest.mark.parametrize("name", REASONS)
def test_the_type_of_a_velo_event_is_recognized_by_its_fields(name: str) -> None:
    document = make_event(BY_NAME[name])
    value = velo_event(document)
    if name.endswith("created") and "_updatedDate" in value["entity"]:
        value["entity"]["_updatedDate"] = value["entity"]["_createdDate"]

    event = parsing.parse_event(value)

    assert (event.type, event.guess) == (name, REASONS[name])


@pytest.mark.parametrize(
    ("name", "type_", "guess"),
    [
        *(
            (kind.name, "", "it has only metadata, as every deletion does")
            for kind in EVENT_TYPES
            if kind.body is Body.DELETED
        ),
        (
            "wix.ecommerce.coupons.v2.coupon_updated",
            "wix.ecommerce.coupons.v2.coupon_created",
            "it has entity.code, and no dates",
        ),
    ],
)
def test_an_unrecognizable_velo_event_has_no_type(name: str, type_: str, guess: str) -> None:
    event = parsing.parse_event(velo_event(make_event(BY_NAME[name])))

    assert (event.type, event.guess) == (type_, guess)


@pytest.mark.parametrize(
    ("value", "type_", "guess"),
    [
        ({"entity": {"name": "x"}}, "wix.loyalty.v1.program_updated", "its entityId is settings"),
        ({"entity": {}}, "wix.loyalty.v1.program_updated", "its entityId is settings"),
        ({"entity": {"startTime": "x"}}, "wix.ecommerce.coupons.v2.coupon_created", "it has entity.startTime, and no dates"),
        ({"entity": {"percentOffRate": 5}}, "wix.ecommerce.coupons.v2.coupon_created", "it has entity.percentOffRate, and no dates"),
        ({"entity": {"rewardName": "x"}}, "wix.loyalty.v1.coupon_created", "it has entity.rewardName"),
        ({"data": {"other": 1}}, "", "it has only metadata, as every deletion does"),
        ({"entity": "x"}, "", "it has only metadata, as every deletion does"),
    ],
)  # fmt: skip
def test_fields_are_checked_before_the_entity_id(value: dict[str, Any], type_: str, guess: str) -> None:
    event = parsing.parse_event({"metadata": {"id": "a", "entityId": "settings"}, **value})

    assert (event.type, event.guess) == (type_, guess)


def test_an_event_with_unknown_fields_has_no_type() -> None:
    event = parsing.parse_event({"metadata": {"id": "a", "entityId": "b"}, "entity": {"newer": 1}})

    assert (event.type, event.guess) == ("", "nothing in it identifies its type")
    assert event.body() == {"id": "a", "entityId": "b", "entity": {"newer": 1}}
    assert event.sentence() == "Event of an unknown type"


@pytest.mark.parametrize(
    "kind", [kind for kind in EVENT_TYPES if kind.body is Body.DELETED], ids=lambda kind: kind.name
)
def test_a_deletion_may_include_the_entity(kind: EventType) -> None:
    document = make_event(kind)
    document["event"]["deletedEvent"] = {
        "deletedEntity": Event(create_sample(_sibling(kind), NOW)["event"]).entity
    }

    for shape in (domain_event, as_json, sdk_envelope):
        event = parsing.parse_event(shape(document))
        assert event.body() == document["event"]
        assert event.entity == document["event"]["deletedEvent"]["deletedEntity"]


def _sibling(kind: EventType) -> EventType:
    return next(one for one in EVENT_TYPES if one.entity is kind.entity and one.body is Body.CREATED)


def test_a_published_event_inside_published_claims_is_parsed() -> None:
    for slug in ("created", "updated", "deleted"):
        around = published(f"claims_earning_rule_{slug}")
        inside = published(f"rest_earning_rule_{slug}")
        around["data"]["data"] = text(inside)

        event = parsing.parse_event(around)

        assert event.body() == inside
        assert event.type == f"wix.loyalty.v1.loyalty_earning_rule_{slug}"
        assert event.envelope.instance_id == "<app-instance-id>"


# Published examples


NAMED = {"velo_marketing_coupon_deleted": "wixMarketing_onCouponDeleted"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_example_is_parsed_as_expected(name: str) -> None:
    event = parsing.parse_event(published(name), find_event_type(NAMED[name]) if name in NAMED else None)

    assert published(f"expected/{name}") == {
        "eventType": event.type,
        "sentence": event.sentence(),
        "guess": event.guess,
        "time": event.time,
        "entityId": event.entity_id,
        "sequence": event.sequence,
        "instanceId": event.envelope.instance_id,
        "identity": event.envelope.identity,
        "event": event.body(),
        "entity": event.entity,
    }


def test_every_expected_output_has_an_example() -> None:
    assert [path.stem for path in sorted((GOLDEN / "events" / "expected").iterdir())] == PUBLISHED


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name.startswith("velo")])
def test_a_published_velo_example_is_the_same_with_given_or_guessed_type(name: str) -> None:
    guessed = parsing.parse_event(published(name))
    named = parsing.parse_event(
        published(name), find_event_type(NAMED[name]) if name in NAMED else guessed.kind
    )

    assert named.guess == ""
    assert bool(guessed.guess)
    assert guessed.kind is None or named.body() == guessed.body()


def test_published_rule_events_differ_though_they_share_an_id() -> None:
    events = [
        parsing.parse_event(published(f"rest_earning_rule_{slug}"))
        for slug in ("created", "updated", "deleted")
    ]

    assert len({event.id for event in events}) == 1
    assert len({ordering.dedupe_key(event.type, event.id, "") for event in events}) == 3
