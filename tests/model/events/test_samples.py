"""Samples, --set, and claims that are parsed back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.model.events import parsing
from loyaltyctl.model.events.catalog import EVENT_TYPES, EventType
from loyaltyctl.model.events.event import Event
from loyaltyctl.model.events.names import find_event_type
from loyaltyctl.model.events.paths import event_fields, set_event_field
from loyaltyctl.model.events.samples import copy_with_new_id, create_sample, from_event, to_claims
from loyaltyctl.model.fields import FieldKind
from tests.model.events.date_examples import TIMES
from tests.model.events.formats import KINDS, NOW, make_event, text
from tests.model.events.leaves import document_leaves, without_indexes

RULE, ACCOUNT, POINTS = "loyalty_earning_rule_updated", "account_updated", "account_points_updated"
CHANGES: list[tuple[str, str, str, tuple[str | int, ...], Any]] = [
    (RULE, "entity.title", "Gift", ("event", "updatedEvent", "currentEntity", "title"), "Gift"),
    (RULE, "entity.title", "5", ("event", "updatedEvent", "currentEntity", "title"), "5"),
    (RULE, "entity.title", "a=b", ("event", "updatedEvent", "currentEntity", "title"), "a=b"),
    (RULE, "entity.title", "", ("event", "updatedEvent", "currentEntity", "title"), ""),
    (RULE, "entity.title", "null", ("event", "updatedEvent", "currentEntity", "title"), None),
    (RULE, "entity.revision", "7", ("event", "updatedEvent", "currentEntity", "revision"), "7"),
    (RULE, "entity.conversionRate.configs.0.points", "30", ("event", "updatedEvent", "currentEntity", "conversionRate", "configs", 0, "points"), 30),
    (RULE, "entity.conversionRate.configs.1.points", "5", ("event", "updatedEvent", "currentEntity", "conversionRate", "configs", 1), {"points": 5}),
    (RULE, "entity.metadata.canBeDeleted", "false", ("event", "updatedEvent", "currentEntity", "metadata", "canBeDeleted"), False),
    (RULE, "entity.createdDate", "2024-01-01T00:00:00Z", ("event", "updatedEvent", "currentEntity", "createdDate"), "2024-01-01T00:00:00Z"),
    (ACCOUNT, "entity.points.balance", "95", ("event", "updatedEvent", "currentEntity", "points", "balance"), 95),
    (ACCOUNT, "entity.points.adjusted", "-5", ("event", "updatedEvent", "currentEntity", "points", "adjusted"), -5),
    (ACCOUNT, "entity.contact.picture", '{"url":"x"}', ("event", "updatedEvent", "currentEntity", "contact", "picture"), {"url": "x"}),
    (ACCOUNT, "entity.contact.picture", "x.svg", ("event", "updatedEvent", "currentEntity", "contact", "picture"), "x.svg"),
    (ACCOUNT, "entity.contact.picture.url", "x", ("event", "updatedEvent", "currentEntity", "contact", "picture"), {"url": "x"}),
    (ACCOUNT, "entity.tier", '{"points":1}', ("event", "updatedEvent", "currentEntity", "tier"), {"points": 1}),
    (ACCOUNT, "event.updatedEvent.modifiedFields", '{"a":1}', ("event", "updatedEvent", "modifiedFields"), {"a": 1}),
    (ACCOUNT, "event.updatedEvent.modifiedFields.points.balance", "4", ("event", "updatedEvent", "modifiedFields"), {"points": {"balance": 4}}),
    (ACCOUNT, "event.entityId", "settings", ("event", "entityId"), "settings"),
    (ACCOUNT, "event.entityEventSequence", "18446744073709551615", ("event", "entityEventSequence"), "18446744073709551615"),
    (ACCOUNT, "event.triggeredByAnonymizeRequest", "true", ("event", "triggeredByAnonymizeRequest"), True),
    (ACCOUNT, "identity.memberId", "m", ("identity", "memberId"), "m"),
    (ACCOUNT, "identity", '{"identityType":"APP"}', ("identity",), {"identityType": "APP"}),
    (ACCOUNT, "accountInfo.siteId", "s", ("accountInfo", "siteId"), "s"),
    (ACCOUNT, "claims.exp", "5", ("claims", "exp"), 5),
    (ACCOUNT, "claims.aud", "me", ("claims", "aud"), "me"),
    (POINTS, "entity.points.balance", "1", ("event", "actionEvent", "body", "account", "points", "balance"), 1),
    (POINTS, "action.account.points.balance", "1", ("event", "actionEvent", "body", "account", "points", "balance"), 1),
    ("account_reward_availability_updated", "action.rewardAvailable", "false", ("event", "actionEvent", "body", "rewardAvailable"), False),
    ("wixMarketing_onCouponApplied", "action.wixAppOrderId", "o", ("event", "actionEvent", "body", "wixAppOrderId"), "o"),
    ("wixMarketing_onCouponApplied", "entity.specification.code", "C", ("event", "actionEvent", "body", "coupon", "specification", "code"), "C"),
    ("wixMarketing_onCouponCreated", "entity.specification.percentOffRate", "12.5", ("event", "createdEvent", "entity", "specification", "percentOffRate"), 12.5),
    ("tier_deleted", "entity.requiredPoints", "5", ("event", "deletedEvent", "deletedEntity", "requiredPoints"), 5),
    ("tier_created", "event.createdEvent.restoreInfo", '{"deletedDate":"x"}', ("event", "createdEvent", "restoreInfo"), {"deletedDate": "x"}),
    ("loyalty_import_created", "entity.fileMetadata.header.values", '["A","B"]', ("event", "createdEvent", "entity", "fileMetadata", "header", "values"), ["A", "B"]),
    ("loyalty_import_created", "entity.fileMetadata.header.values.0", "A", ("event", "createdEvent", "entity", "fileMetadata", "header", "values", 0), "A"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "path", "written", "way", "value"), CHANGES, ids=[f"{one[1]}={one[2]}" for one in CHANGES]
)
def test_a_field_is_set(type_: str, path: str, written: str, way: tuple[str | int, ...], value: Any) -> None:
    kind = find_event_type(type_)
    document: Any = create_sample(kind, NOW)

    set_event_field(document, kind, path, written)

    for step in way:
        document = document[step]
    assert document == value
    assert type(document) is type(value)


@pytest.mark.parametrize(
    ("type_", "path", "value", "message"),
    [
        (RULE, "entity.titel", "x", "did you mean entity.title?"),
        (RULE, "title", "x", 'has no field "title"'),
        (RULE, "entity.points.balance", "5", "has no field"),
        (RULE, "", "5", "has no field"),
        (RULE, "entity.conversionRate.configs.points", "5", "is not an index of a list of 1"),
        (RULE, "entity.conversionRate.configs.2.points", "5", '"2" is not an index of a list of 1'),
        (RULE, "entity.conversionRate.configs.0.points", "many", 'takes a whole number, got "many"'),
        (RULE, "entity.conversionRate.configs.0.points", "1.5", "takes a whole number"),
        (RULE, "entity.conversionRate.configs.0.points", "true", "takes a whole number"),
        (RULE, "entity.conversionRate.configs.0.points", "1e3", "takes a whole number"),
        (RULE, "entity.metadata.canBeDeleted", "yes", "takes true or false"),
        (RULE, "entity.metadata.canBeDeleted", "1", "takes true or false"),
        (ACCOUNT, "entity.points.balanse", "5", "did you mean entity.points.balance?"),
        (ACCOUNT, "claims.exp", "tomorrow", "takes a whole number"),
        (ACCOUNT, "claims.data", "x", "has no field"),
        (ACCOUNT, "action.account.points.balance", "5", "has no field"),
        ("wixMarketing_onCouponCreated", "entity.specification.percentOffRate", "ten", "takes a number"),
        ("loyalty_import_created", "entity.fileMetadata.header.values", "A,B", "takes a list in JSON"),
        ("account_reward_availability_updated", "entity.points.balance", "5", "has no field"),
        ("program_updated", "entity.xyzzy.plugh", "5", "loyaltyctl events explain program_updated"),
    ],
)
def test_invalid_settings_are_rejected(type_: str, path: str, value: str, message: str) -> None:
    kind = find_event_type(type_)
    document = create_sample(kind, NOW)
    before = text(document)

    with pytest.raises(UsageError) as caught:
        set_event_field(document, kind, path, value)

    assert message in f"{caught.value.message} {caught.value.hint}"
    assert text(document) == before


def test_any_path_of_an_unknown_type_can_be_set() -> None:
    document: Any = from_event(
        parsing.parse_event({"entityFqdn": "a.b", "slug": "c", "cEvent": {"list": [1]}}), NOW
    )

    set_event_field(document, None, "event.cEvent.list.0", "{}")
    set_event_field(document, None, "event.newer.deep", "words")

    assert document["event"]["cEvent"] == {"list": [{}]}
    assert document["event"]["newer"] == {"deep": "words"}


@pytest.mark.parametrize("kind", KINDS)
def test_claims_are_nested_as_by_wix(kind: EventType) -> None:
    document = make_event(kind)

    written = to_claims(document)

    assert {*written} == {"data", "iat", "exp"}
    assert (written["iat"], written["exp"]) == (NOW, NOW + 300_000)
    data = json.loads(str(written["data"]))
    assert {*data} == {"eventType", "instanceId", "identity", "accountInfo", "data"}
    assert (type(data["data"]), type(data["identity"]), type(data["accountInfo"])) == (str, str, dict)
    assert json.loads(data["data"]) == document["event"]
    assert json.loads(data["identity"]) == document["identity"]
    assert data["eventType"] == kind.name


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_has_a_new_id_and_the_current_time(kind: EventType) -> None:
    one, two = Event(create_sample(kind, NOW)["event"]), Event(create_sample(kind, NOW)["event"])

    assert one.id != two.id
    assert one.time == "2026-09-21T14:13:20.000Z"
    assert one.sequence == NOW
    assert one.entity_id == ("settings" if "program" in kind.name else kind.entity.sample["id"])


def test_a_sample_is_a_copy() -> None:
    kind = find_event_type(ACCOUNT)
    document: Any = create_sample(kind, NOW)

    document["event"]["updatedEvent"]["currentEntity"]["points"]["balance"] = -1

    assert Event(create_sample(kind, NOW)["event"]).sentence().endswith("balance 95")


def test_a_copy_has_a_new_id_and_a_later_sequence() -> None:
    document: Any = create_sample(find_event_type(ACCOUNT), NOW)

    after: Any = copy_with_new_id(document, 3)

    assert after["event"]["id"] != document["event"]["id"]
    assert after["event"]["entityEventSequence"] == str(NOW + 3)
    assert {**after["event"], "id": 0, "entityEventSequence": 0} == {**document["event"], "id": 0, "entityEventSequence": 0}  # fmt: skip


def test_a_lone_surrogate_cannot_be_sent() -> None:
    document = create_sample(find_event_type(ACCOUNT), NOW)
    set_event_field(document, find_event_type(ACCOUNT), "entity.contact.name", "\ud800")

    with pytest.raises(InvalidData, match="lone surrogate"):
        to_claims(document)


WORDS = st.text(st.characters(codec="utf-8"), max_size=20).filter(lambda word: word != "null")
OBJECTS = st.dictionaries(
    WORDS.map(lambda word: f"x{word}"), st.integers(0, 9) | WORDS | st.none(), max_size=3
)
SPELLED = {
    FieldKind.TEXT: WORDS,
    FieldKind.ID: WORDS,
    FieldKind.COUNT: st.integers(0, 2**64 - 1).map(str),
    FieldKind.DATE: TIMES.map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"),
    FieldKind.WHOLE: st.integers(-(10**15), 10**15).map(str),
    FieldKind.NUMBER: st.floats(allow_nan=False, allow_infinity=False).map(text),
    FieldKind.FLAG: st.sampled_from(["true", "false"]),
    FieldKind.OBJECT: OBJECTS.map(text),
    FieldKind.LIST: st.lists(WORDS, max_size=3).map(text),
}
"""Strategies for the text of a value of each kind."""


@given(st.data())
def test_signed_events_are_parsed_unchanged(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(EVENT_TYPES))
    document = make_event(kind)
    known = event_fields(kind)
    settable = {
        path: known[without_indexes(path)].kind
        for path, _ in document_leaves(document)
        if without_indexes(path) in known
        and known[without_indexes(path)].kind is not FieldKind.LIST
        and path != "eventType"
    }
    for path in data.draw(st.lists(st.sampled_from(sorted(settable)), max_size=8, unique=True)):
        set_event_field(document, kind, path, data.draw(SPELLED[settable[path]]))

    written = to_claims(document)
    event = parsing.parse_claims(written)

    assert event.body() == document["event"]
    assert (event.envelope.event_type, *event.envelope[1:]) == tuple(
        map(document.get, ("eventType", "instanceId", "identity", "accountInfo"))
    )
    assert {name: item for name, item in written.items() if name != "data"} == document["claims"]
    assert parsing.parse_claims(to_claims(from_event(event, NOW))).body() == event.body()
