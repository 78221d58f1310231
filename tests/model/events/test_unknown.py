"""Unknown types and fields are unchanged; input that is not an event is rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.errors import InvalidData
from loyaltyctl.model.events import parsing
from tests.model.events.formats import BARE, KINDS, SHAPES, make_event

if TYPE_CHECKING:
    from loyaltyctl.model.events.catalog import EventType


@pytest.mark.parametrize(
    "body",
    [
        {"id": "a", "entityFqdn": "wix.new.v9.thing", "slug": "went", "entityId": "b", "wentEvent": {"_id": 1, "when": 1625086800000}},
        {"entityFqdn": "wix.new.v9.thing", "slug": "created", "createdEvent": {"entity": {"_id": "x", "created_date": "Wed Jun 30 2021 21:00:00 GMT+0000"}}},
        {"entityFqdn": "", "slug": ""},
        {"entityFqdn": "wix.loyalty.v1.program", "slug": "exploded", "eventTime": 5},
    ],
)  # fmt: skip
def test_an_event_of_an_unknown_type_is_unchanged(body: dict[str, Any]) -> None:
    event = parsing.parse_event(body)

    assert (event.kind, event.body()) == (None, body)
    assert event.sentence().startswith("Event of an unknown type")


@pytest.mark.parametrize(
    "member", ["createdEvent.entity", "updatedEvent.currentEntity", "deletedEvent.deletedEntity"]
)
def test_the_entity_of_an_unknown_type_is_found_in_every_kind_of_body(member: str) -> None:
    body, name = member.split(".")

    event = parsing.parse_event(
        {"entityFqdn": "wix.new.v9.thing", "slug": "went", body: {name: {"_id": "x"}}}
    )

    assert event.entity == {"_id": "x"}


@pytest.mark.parametrize("data", ["<stringified-JSON>", "plain words", 5, None, True, ["a"], "", "[1, 2]"])
def test_any_body_of_an_unknown_type_is_unchanged(data: Any) -> None:
    event = parsing.parse_event({"data": {"eventType": "wix.new.v9.thing_went", "data": data}})

    assert (event.type, event.kind) == ("wix.new.v9.thing_went", None)
    assert event.body() == ([1, 2] if data == "[1, 2]" else data)
    assert (event.id, event.entity_id, event.time, event.entity, event.action) == ("", "", "", None, None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_unknown_fields_and_values_are_unchanged(kind: EventType, shape: str) -> None:
    document = make_event(kind)
    document["event"]["newer"] = {"a": [1, None, {"b": "x"}], "status": "UNHEARD_OF"}
    document["event"][kind.body] = {
        name: item | {"newer": {"snake_case": [{"deep": True}]}, "status": "NEWER"}
        for name, item in document["event"][kind.body].items()
        if isinstance(item, dict)
    } | {"newer": 5}
    document["identity"]["identityType"] = "ROBOT"
    document["accountInfo"]["planet"] = "Mars"

    event = parsing.parse_event(SHAPES[shape](document))

    assert event.body() == document["event"]
    if shape not in BARE:
        assert event.envelope[1:] == tuple(map(document.get, ("instanceId", "identity", "accountInfo")))


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"metadata": {}}, {"metadata": {"id": 5}}, {"data": 5}, {"data": {}}, {"entityFqdn": "a"}, {"eventType": "a"}, {"event": {}}, {"entity": {}}])  # fmt: skip
def test_json_that_is_not_an_event_is_rejected(value: Any) -> None:
    with pytest.raises(InvalidData, match="not an event"):
        parsing.parse_event(value)


@pytest.mark.parametrize(
    ("claims_", "message"),
    [
        ({"data": "{broken"}, "data is not valid JSON"),
        ({"data": {"eventType": "a", "data": '{"a": NaN}'}}, "data.data is not valid JSON"),
        ({"data": {"eventType": "a", "identity": '{"a":1,"a":2}'}}, "data.identity is not valid JSON"),
        ({"data": {"eventType": "a", "accountInfo": "[" * 99}}, "data.accountInfo is not valid JSON"),
        ({"data": {"eventType": "a", "data": {"entityFqdn": "a", "slug": "b", "createdEvent": {"entityAsJson": "{"}}}}, "createdEvent.entityAsJson is not valid JSON"),
        ({"data": '{"SHA256":"3q2+7w=="}'}, "neither eventType nor instanceId"),
        ({"data": {"eventType": " ", "data": {"id": "1"}}}, "neither eventType nor instanceId"),
        ({"data": {"instanceId": "a"}}, "data.data is not a JSON object"),
        ({"data": "words"}, "no data in the payload"),
        ({"data": "[1]"}, "no data in the payload"),
    ],
)  # fmt: skip
def test_an_invalid_layer_is_named_and_not_quoted(claims_: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidData) as caught:
        parsing.parse_claims(claims_)

    assert message in caught.value.message


@pytest.mark.parametrize(
    "id_", ["79e98s2a-d8j4-4a3b-a62f-7393757bab84", "settings", "", "x" * 300, "\u202e", "'; drop"]
)
def test_ids_are_never_checked(id_: str) -> None:
    body: Any = {"entityFqdn": "wix.loyalty.v1.program", "slug": "updated", "id": id_, "entityId": id_}

    event = parsing.parse_event(body)

    assert (event.id, event.entity_id, event.body()) == (id_, id_, body)


@pytest.mark.parametrize("odd", [None, 5, True, [], {}, "x"])
@pytest.mark.parametrize("kind", KINDS)
def test_members_of_unexpected_types_are_ignored(kind: EventType, odd: Any) -> None:
    body = {"entityFqdn": kind.entity.fqdn, "slug": kind.slug, kind.body: odd, "entityId": odd, "id": odd, "entityEventSequence": odd}  # fmt: skip

    event = parsing.parse_event(body)

    assert event.kind is kind
    assert event.body() == body
    assert (event.entity, event.action) == (None, None)
    assert (event.sequence, event.revision, event.timestamp) == (
        5 if odd == 5 and odd is not True else None,
        -1,
        None,
    )
    assert event.sentence()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"eventType": "a", "data": "{broken"}, "data is not valid JSON"),
        ({"eventType": "a", "data": {}, "identity": "{"}, "identity is not valid JSON"),
        ({"eventType": None, "event": None}, "event is not a JSON object"),
        ({"eventType": "", "event": "words"}, "event is not a JSON object"),
    ],
)
def test_an_incomplete_envelope_is_rejected(value: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        parsing.parse_event(value)
