"""The catalog of event types: names, fields, samples and sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from loyaltyctl.errors import UsageError
from loyaltyctl.model.events import catalog, dates
from loyaltyctl.model.events.catalog import BY_NAME, ENTITIES, EVENT_TYPES, Body, EventType
from loyaltyctl.model.events.event import Event
from loyaltyctl.model.events.names import find_event_type, matching_event_types
from loyaltyctl.model.events.paths import event_fields
from loyaltyctl.model.events.samples import create_sample
from loyaltyctl.model.fields import FieldKind
from tests.model.events.formats import KINDS, NOW
from tests.model.events.leaves import document_leaves, without_indexes

DATA = Path(catalog.__file__).with_name("data")
TYPES = """\
wix.loyalty.v1.loyalty_earning_rule_created         createdEvent
wix.loyalty.v1.loyalty_earning_rule_updated         updatedEvent
wix.loyalty.v1.loyalty_earning_rule_deleted         deletedEvent
wix.loyalty.v1.program_updated                      updatedEvent  wixLoyalty_onProgramUpdated
wix.loyalty.v1.account_created                      createdEvent
wix.loyalty.v1.account_updated                      updatedEvent  wixLoyalty_onAccountUpdated
wix.loyalty.v1.account_points_updated               actionEvent   wixLoyalty_onAccountPointsUpdated
wix.loyalty.v1.account_reward_availability_updated  actionEvent
wix.loyalty.v1.coupon_created                       createdEvent  wixLoyalty_onCouponCreated
wix.loyalty.v1.coupon_deleted                       deletedEvent  wixLoyalty_onCouponDeleted
wix.loyalty.v1.reward_created                       createdEvent  wixLoyalty_onRewardCreated
wix.loyalty.v1.reward_updated                       updatedEvent  wixLoyalty_onRewardUpdated
wix.loyalty.v1.reward_deleted                       deletedEvent  wixLoyalty_onRewardDeleted
wix.loyalty.v1.tier_created                         createdEvent  wixLoyalty_onTierCreated
wix.loyalty.v1.tier_updated                         updatedEvent  wixLoyalty_onTierUpdated
wix.loyalty.v1.tier_deleted                         deletedEvent  wixLoyalty_onTierDeleted
wix.loyalty.imports.v1.loyalty_import_created       createdEvent  wixLoyaltyImportsV1_onLoyaltyImportCreated
wix.loyalty.socialmedia.v1.followed_channel_created createdEvent
wix.ecommerce.coupons.v2.coupon_created             createdEvent  wixMarketing_onCouponCreated
wix.ecommerce.coupons.v2.coupon_updated             updatedEvent  wixMarketing_onCouponUpdated
wix.ecommerce.coupons.v2.coupon_deleted             deletedEvent  wixMarketing_onCouponDeleted
wix.ecommerce.coupons.v2.coupon_applied             actionEvent   wixMarketing_onCouponApplied
"""

ENTITY_ATTRIBUTES = {"name", "fqdn", "title", "summary", "flattened", "marks", "entityId", "fields", "sample", "quirks", "events"}  # fmt: skip
EVENT_ATTRIBUTES = {"fires", "happened", "quirks", "velo", "sdk", "fields", "sample", "summary", "entity_member"}  # fmt: skip

SENTENCES = {
    "wix.loyalty.v1.loyalty_earning_rule_created": "Earning rule “Purchase a product” was created, revision 2",
    "wix.loyalty.v1.loyalty_earning_rule_updated": "Earning rule “Purchase a product” was updated, revision 2",
    "wix.loyalty.v1.loyalty_earning_rule_deleted": "Earning rule b690f925-8527-4d5e-b358-4b0adcb275b5 was deleted",
    "wix.loyalty.v1.program_updated": "Loyalty program “Frequent Flower Program” was updated, status ACTIVE",
    "wix.loyalty.v1.account_created": "Loyalty account “Ada Fern” was created, balance 95",
    "wix.loyalty.v1.account_updated": "Loyalty account “Ada Fern” was updated, balance 95",
    "wix.loyalty.v1.account_points_updated": "Loyalty account “Ada Fern” had its points changed, balance 95",
    "wix.loyalty.v1.account_reward_availability_updated": "Loyalty account 1ab8f49c-a329-4ddc-a31d-814afbb3b565 had its access to rewards changed, rewardAvailable true, updateTrigger BALANCE_UPDATED",
    "wix.loyalty.v1.coupon_created": "Loyalty coupon “Ten percent off” was created, code FERN-9K2M4Q, status ACTIVE",
    "wix.loyalty.v1.coupon_deleted": "Loyalty coupon 5d0f3b9e-2c0a-4f0e-9a0b-6f6b8f1d7c21 was deleted",
    "wix.loyalty.v1.reward_created": "Reward “Ten percent off” was created, type COUPON_REWARD, active true",
    "wix.loyalty.v1.reward_updated": "Reward “Ten percent off” was updated, type COUPON_REWARD, active true",
    "wix.loyalty.v1.reward_deleted": "Reward 2f9c6d18-7b45-4e93-a1c8-5d3e0f7a9b64 was deleted",
    "wix.loyalty.v1.tier_created": "Tier “Silver” was created, requiredPoints 80",
    "wix.loyalty.v1.tier_updated": "Tier “Silver” was updated, requiredPoints 80",
    "wix.loyalty.v1.tier_deleted": "Tier a8a2bc2b-6957-40a6-9f20-a1bfe52d14de was deleted",
    "wix.loyalty.imports.v1.loyalty_import_created": "Points import 7c3a1e5f-8d24-4b69-9f07-2e6b4c8d0a13 was created, status INITIATED",
    "wix.loyalty.socialmedia.v1.followed_channel_created": "Followed channel “INSTAGRAM” was added, accountId f0411f1a-ad5a-4b80-94c2-34350cbf1af7",
    "wix.ecommerce.coupons.v2.coupon_created": "Marketing coupon “Spring days” was created, code SPRING15",
    "wix.ecommerce.coupons.v2.coupon_updated": "Marketing coupon “Spring days” was updated, code SPRING15",
    "wix.ecommerce.coupons.v2.coupon_deleted": "Marketing coupon 03a35393-7835-44b0-af53-6019a484b48b was deleted",
    "wix.ecommerce.coupons.v2.coupon_applied": "Marketing coupon “Spring days” was applied, code SPRING15, wixAppOrderId 6758b1bc-539f-430c-a0ea-889130ef3351",
}


def test_the_types_are_those_of_wix() -> None:
    actual = [[kind.name, kind.body, *([kind.velo] if kind.velo else [])] for kind in EVENT_TYPES]

    assert actual == [line.split() for line in TYPES.splitlines()]
    assert len(BY_NAME) == len(EVENT_TYPES)


def test_the_data_files_have_only_attributes_that_are_read() -> None:
    files = {path.stem: json.loads(path.read_bytes()) for path in DATA.glob("*.json")}
    entities = {name: document for name, document in files.items() if name != "groups"}

    assert {document["fqdn"] for document in entities.values()} == {*ENTITIES}
    for document in entities.values():
        assert {*document} <= ENTITY_ATTRIBUTES
        assert all({*event} <= EVENT_ATTRIBUTES for event in document["events"].values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_is_found_by_each_of_its_names(kind: EventType) -> None:
    names = [kind.name, *([kind.velo] if kind.velo else [])]

    assert [find_event_type(name) for name in names] == [kind] * len(names)
    assert kind in matching_event_types(kind.short)
    assert kind in matching_event_types(kind.handler)
    assert kind in matching_event_types(kind.sdk)
    assert kind.title
    assert kind.fires.endswith(".")
    assert all(quirk.endswith(".") for quirk in kind.quirks)


def test_no_two_types_share_a_velo_handler() -> None:
    handlers = [kind.velo for kind in EVENT_TYPES if kind.velo]

    assert len(handlers) == len(set(handlers))


@pytest.mark.parametrize("text_", ["coupon_created", "coupon_deleted", "onCouponCreated", "coupons.onCouponDeleted"])  # fmt: skip
def test_an_ambiguous_name_is_rejected(text_: str) -> None:
    with pytest.raises(UsageError, match=r"can be wix\.loyalty\.v1\.coupon_\w+ or wix\.ecommerce"):
        find_event_type(text_)


@pytest.mark.parametrize(
    ("text_", "message"),
    [
        ("progam_updated", "did you mean program_updated?"),
        ("wixLoyalty_onTierDelete", "did you mean wixLoyalty_onTierDeleted?"),
        ("xyzzy", 'unknown event type "xyzzy"'),
        ("", 'unknown event type ""'),
        ("updated", 'unknown event type "updated"'),
    ],
)
def test_an_unknown_name_is_rejected(text_: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_event_type(text_)

    assert message in caught.value.message


FITS: dict[FieldKind, Any] = {
    FieldKind.TEXT: str,
    FieldKind.ID: str,
    FieldKind.DATE: str,
    FieldKind.COUNT: str,
    FieldKind.WHOLE: int,
    FieldKind.NUMBER: (int, float),
    FieldKind.FLAG: bool,
    FieldKind.LIST: str,
    FieldKind.OBJECT: type(None),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_of_a_sample_is_a_known_field_of_its_kind(kind: EventType) -> None:
    known = event_fields(kind)
    value: Any

    for path, value in document_leaves(create_sample(kind, NOW)):
        field = known[without_indexes(path)]
        assert isinstance(value, FITS[field.kind]), path
        assert isinstance(value, bool) is (field.kind is FieldKind.FLAG), path
        assert not field.values or value in field.values, path
        if field.kind is FieldKind.DATE:
            assert dates.is_utc(value), path
        if field.kind is FieldKind.COUNT:
            assert value.isdecimal(), path


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_has_a_description(kind: EventType) -> None:
    for path, field in event_fields(kind).items():
        assert path.endswith(field.path)
        assert field.about.endswith(".")
        assert len(field.values) == len(set(field.values))


def test_every_event_is_described_by_a_sentence() -> None:
    actual = {kind.name: Event(create_sample(kind, NOW)["event"]).sentence() for kind in EVENT_TYPES}

    assert actual == SENTENCES


@pytest.mark.parametrize("kind", KINDS)
def test_a_sentence_begins_with_the_entity(kind: EventType) -> None:
    assert SENTENCES[kind.name].startswith(kind.title.partition(" ")[0])
    assert (
        kind.body is not Body.ACTION or kind.entity_member or kind.summary
    )  # identifies an action without a type
