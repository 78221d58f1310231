"""Events: every type in every shape is one and the same event, and what is made here comes back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise, permutations, product
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.model.events import dates, order, shapes
from loyaltyctl.model.events.catalogue import BY_NAME, EVENT_TYPES, Body, EventType
from loyaltyctl.model.events.event import WHERE_ENTITY, Event
from loyaltyctl.model.events.making import another, claims, fields, of_event, sample, set_field
from loyaltyctl.model.events.names import find, matching
from loyaltyctl.model.fields import FieldKind
from tests.model.examples import GOLDEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = 1_790_000_000
KINDS = [pytest.param(kind, id=kind.name) for kind in EVENT_TYPES]
VELO_HEAD = ("id", "entityId", "eventTime", "triggeredByAnonymizeRequest")
"""What Velo tells of an event, besides what it is about."""

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

SENTENCES = """\
Earning rule “Purchase a product” was created, revision 2
Earning rule “Purchase a product” was updated, revision 2
Earning rule b690f925-8527-4d5e-b358-4b0adcb275b5 was deleted
Loyalty programme “Frequent Flower Program” was updated, status ACTIVE
Loyalty account “Ada Fern” was created, balance 95
Loyalty account “Ada Fern” was updated, balance 95
Loyalty account “Ada Fern” had its points changed, balance 95
Loyalty account 1ab8f49c-a329-4ddc-a31d-814afbb3b565 had its access to rewards changed, rewardAvailable true, updateTrigger BALANCE_UPDATED
Loyalty coupon “Ten percent off” was created, code FERN-9K2M4Q, status ACTIVE
Loyalty coupon 5d0f3b9e-2c0a-4f0e-9a0b-6f6b8f1d7c21 was deleted
Reward “Ten percent off” was created, type COUPON_REWARD, active true
Reward “Ten percent off” was updated, type COUPON_REWARD, active true
Reward 2f9c6d18-7b45-4e93-a1c8-5d3e0f7a9b64 was deleted
Tier “Silver” was created, requiredPoints 80
Tier “Silver” was updated, requiredPoints 80
Tier a8a2bc2b-6957-40a6-9f20-a1bfe52d14de was deleted
Points import 7c3a1e5f-8d24-4b69-9f07-2e6b4c8d0a13 was created, status INITIATED
Followed channel “INSTAGRAM” was added, accountId f0411f1a-ad5a-4b80-94c2-34350cbf1af7
Marketing coupon “Spring days” was created, code SPRING15
Marketing coupon “Spring days” was updated, code SPRING15
Marketing coupon 03a35393-7835-44b0-af53-6019a484b48b was deleted
Marketing coupon “Spring days” was applied, code SPRING15, wixAppOrderId 6758b1bc-539f-430c-a0ea-889130ef3351
"""


# The shapes, each built from the document that `events decode` writes


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def underscored(value: Any, names: tuple[str, ...] = ("id", "createdDate", "updatedDate")) -> Any:
    """`value` with these members as the SDK spells them, at every depth."""
    if isinstance(value, list):
        return [underscored(item, names) for item in value]
    if isinstance(value, dict):
        return {f"_{key}" if key in names else key: underscored(item, names) for key, item in value.items()}
    return value


def kind_of(document: dict[str, Any]) -> EventType:
    return BY_NAME[document["eventType"]]


def domain_event(document: dict[str, Any]) -> Any:
    return document["event"]


def as_json(document: dict[str, Any]) -> Any:
    """The domain event with what it is about as a text."""
    kind = kind_of(document)
    name = WHERE_ENTITY.get(kind.body, "body")
    part = dict(document["event"][kind.body])
    if name in part:
        part[f"{name}AsJson"] = text(part.pop(name))
    return document["event"] | {kind.body: part}


def nested(document: dict[str, Any], layers: tuple[bool, ...], body: Any = None) -> dict[str, Any]:
    """Claims: of data, data.data, and identity with accountInfo, those are texts for which `layers` is true."""
    outer, inner, around = layers
    data = {
        "eventType": document["eventType"],
        "instanceId": document["instanceId"],
        "data": text(body or document["event"]) if inner else body or document["event"],
        "identity": text(document["identity"]) if around else document["identity"],
        "accountInfo": text(document["accountInfo"]) if around else document["accountInfo"],
    }
    return {"data": text(data) if outer else data, **document["claims"]}


def _about(document: dict[str, Any], *, given: Callable[[Any], Any]) -> dict[str, Any]:
    """What a handler is given of what the event is about: `given` spells it."""
    kind = kind_of(document)
    part = dict(document["event"][kind.body])
    name = "data" if kind.body is Body.ACTION else "entity"
    about = part.pop(WHERE_ENTITY.get(kind.body, "body"), None)
    return part if about is None else part | {name: given(about)}


def sdk_envelope(document: dict[str, Any]) -> Any:
    head = {name: value for name, value in document["event"].items() if name != kind_of(document).body}
    around = {name: document[name] for name in ("instanceId", "identity", "accountInfo")}
    return {"metadata": underscored(head | around), **_about(document, given=underscored)}


def velo_event(document: dict[str, Any]) -> Any:
    """As a Velo handler is given it: the metadata has an id, a marketing coupon is flat, its dates are texts."""
    kind = kind_of(document)

    def flat(entity: dict[str, Any]) -> dict[str, Any]:
        entity = dict(entity)
        specification = entity.pop(kind.entity.lifted, {}) if kind.entity.lifted else {}
        return entity | {
            name: _script_date(item) if name.endswith("Time") else item
            for name, item in specification.items()
        }

    def given(about: dict[str, Any]) -> Any:
        held = {name: flat(item) if name == kind.holds else item for name, item in about.items()}
        spelled = underscored(held if kind.body is Body.ACTION else flat(about))
        if not kind.entity.lifted:
            return spelled
        return _with_script_dates(underscored(spelled, ("dateCreated",)))

    head = {name: document["event"][name] for name in VELO_HEAD}
    return {"metadata": head, **_about(document, given=given)}


def _with_script_dates(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {
        name: _script_date(item) if name == "_dateCreated" else _with_script_dates(item)
        for name, item in value.items()
    }


def _script_date(written: str) -> str:
    moment = datetime.fromisoformat(written).astimezone(timezone(timedelta(hours=2)))
    return moment.strftime("%a %b %d %Y %H:%M:%S GMT%z (Eastern European Standard Time)")


CLAIMS = {
    "claims of " + " ".join("text" if one else "object" for one in layers): layers
    for layers in product((True, False), repeat=3)
}
SHAPES: dict[str, Callable[[dict[str, Any]], Any]] = {
    "domain event": domain_event,
    "domain event with texts": as_json,
    "SDK": sdk_envelope,
    "decoded": lambda document: document,
    "claims with texts in the event": lambda document: nested(
        document, (True, True, True), as_json(document)
    ),
    **{
        name: lambda document, layers=layers: nested(document, layers)  # type: ignore[misc]
        for name, layers in CLAIMS.items()
    },
}
"""Each shape that says its type, by its name; see `velo_event` for the one that does not."""
BARE = {"domain event", "domain event with texts"}


def made(kind: EventType) -> dict[str, Any]:
    """A sample, with something in each part that may be there."""
    document: dict[str, Any] = sample(kind, NOW)
    if kind.body is Body.UPDATED:
        document["event"]["updatedEvent"]["modifiedFields"] = {"name": "the old name"}
    return document


# The registry


def test_there_are_the_vendors_twenty_two_types() -> None:
    told = [[kind.name, kind.body, *([kind.velo] if kind.velo else [])] for kind in EVENT_TYPES]

    assert told == [line.split() for line in TYPES.splitlines()]
    assert len(BY_NAME) == len(EVENT_TYPES) == 22


@pytest.mark.parametrize("kind", KINDS)
def test_a_type_is_found_by_each_of_its_names(kind: EventType) -> None:
    names = [kind.name, *([kind.velo] if kind.velo else [])]

    assert [find(name) for name in names] == [kind] * len(names)
    assert kind in matching(kind.short)
    assert kind in matching(kind.handler)
    assert kind in matching(kind.sdk)
    assert kind.title
    assert kind.fires.endswith(".")
    assert all(quirk.endswith(".") for quirk in kind.quirks)


def test_no_two_types_share_a_velo_handler() -> None:
    handlers = [kind.velo for kind in EVENT_TYPES if kind.velo]

    assert len(handlers) == len(set(handlers))


@pytest.mark.parametrize("text_", ["coupon_created", "coupon_deleted", "onCouponCreated", "coupons.onCouponDeleted"])  # fmt: skip
def test_a_name_that_two_types_have_is_no_name(text_: str) -> None:
    with pytest.raises(UsageError, match=r"can be wix\.loyalty\.v1\.coupon_\w+ or wix\.ecommerce"):
        find(text_)


@pytest.mark.parametrize(
    ("text_", "says"),
    [
        ("progam_updated", "did you mean program_updated?"),
        ("wixLoyalty_onTierDelete", "did you mean wixLoyalty_onTierDeleted?"),
        ("xyzzy", 'there is no event type "xyzzy"'),
        ("", 'there is no event type ""'),
        ("updated", 'there is no event type "updated"'),
    ],
)
def test_a_name_that_no_type_has_is_no_name(text_: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        find(text_)

    assert says in caught.value.message


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """What stands at the ends of an object, each with its path; lists count from 0."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in steps:
        if isinstance(item, dict | list) and item:
            yield from leaves(item, f"{path}{step}.")
        else:
            yield f"{path}{step}", item


def plain(path: str) -> str:
    """A path as fields have it: without the places in lists."""
    return ".".join(step for step in path.split(".") if not step.isdecimal())


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


def told(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The leaves of a document by the paths that fields have: what it is about stands outside of the event."""
    event = Event(document["event"])
    assert event.kind
    about = {"entity": event.entity, "action": {} if event.kind.holds else event.action}
    if event.kind.holds and event.action:
        about["action"] = {name: item for name, item in event.action.items() if name != event.kind.holds}
    head = {name: item for name, item in document["event"].items() if name != event.kind.body}
    around = {
        name: document[name] for name in ("eventType", "instanceId", "identity", "accountInfo", "claims")
    }
    yield from leaves(
        around
        | {"event": head}
        | {name: item for name, item in about.items() if isinstance(item, dict) and item}
    )


@pytest.mark.parametrize("kind", KINDS)
def test_everything_in_a_sample_is_a_field_that_is_known_and_fits_it(kind: EventType) -> None:
    known = fields(kind)
    value: Any

    for path, value in told(sample(kind, NOW)):
        field = known[plain(path)]
        assert isinstance(value, FITS[field.kind]), path
        assert isinstance(value, bool) is (field.kind is FieldKind.FLAG), path
        assert not field.values or value in field.values, path
        if field.kind is FieldKind.DATE:
            assert dates.is_plain(value), path
        if field.kind is FieldKind.COUNT:
            assert value.isdecimal(), path


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_says_what_it_is(kind: EventType) -> None:
    for path, field in fields(kind).items():
        assert path.endswith(field.path)
        assert field.about.endswith(".")
        assert len(field.values) == len(set(field.values))


@pytest.mark.parametrize(("kind", "sentence"), [*zip(EVENT_TYPES, SENTENCES.splitlines(), strict=True)], ids=[kind.name for kind in EVENT_TYPES])  # fmt: skip
def test_what_happened_is_a_sentence(kind: EventType, sentence: str) -> None:
    event = Event(sample(kind, NOW)["event"])

    assert event.sentence() == sentence
    assert sentence.startswith(kind.title.partition(" ")[0])


# Every type in every shape


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_type_in_every_shape_is_the_same_event(kind: EventType, shape: str) -> None:
    document = made(kind)
    expected = Event(document["event"])

    event = shapes.read(SHAPES[shape](document))

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
def test_a_velo_event_is_the_same_once_its_type_is_named(kind: EventType) -> None:
    document = made(kind)

    event = shapes.read(velo_event(document), kind)

    expected = {
        name: item
        for name, item in document["event"].items()
        if name not in ("originatedFrom", "entityEventSequence")
    }
    assert (event.type, event.guess, [*event.envelope]) == (kind.name, "", ["", None, None, None])
    assert event.body() == expected
    assert event.entity == Event(document["event"]).entity


REASONS = {
    "wix.loyalty.v1.loyalty_earning_rule_created": "it has entity.triggerActivityType, and the dates of its creation and its last change agree",
    "wix.loyalty.v1.loyalty_earning_rule_updated": "it has entity.triggerActivityType, and the dates of its creation and its last change differ",
    "wix.loyalty.v1.program_updated": "it has entity.pointDefinition",
    "wix.loyalty.v1.account_created": "it has entity.contactId, and the dates of its creation and its last change agree",
    "wix.loyalty.v1.account_updated": "it has entity.contactId, and the dates of its creation and its last change differ",
    "wix.loyalty.v1.account_points_updated": "it has data.account",
    "wix.loyalty.v1.account_reward_availability_updated": "it has data.rewardAvailable",
    "wix.loyalty.v1.coupon_created": "it has entity.couponReference",
    "wix.loyalty.v1.reward_created": "it has entity.couponReward, and the dates of its creation and its last change agree",
    "wix.loyalty.v1.reward_updated": "it has entity.couponReward, and the dates of its creation and its last change differ",
    "wix.loyalty.v1.tier_created": "it has entity.tierDefinition, and the dates of its creation and its last change agree",
    "wix.loyalty.v1.tier_updated": "it has entity.tierDefinition, and the dates of its creation and its last change differ",
    "wix.loyalty.imports.v1.loyalty_import_created": "it has entity.asyncImportJobId",
    "wix.loyalty.socialmedia.v1.followed_channel_created": "it has entity.channel",
    "wix.ecommerce.coupons.v2.coupon_created": "it has entity.code, and nothing of a change",
    "wix.ecommerce.coupons.v2.coupon_applied": "it has data.coupon",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_velo_event_is_recognised_by_what_is_in_it(name: str) -> None:
    document = made(BY_NAME[name])
    value = velo_event(document)
    if name.endswith("created") and "_updatedDate" in value["entity"]:
        value["entity"]["_updatedDate"] = value["entity"]["_createdDate"]

    event = shapes.read(value)

    assert (event.type, event.guess) == (name, REASONS[name])


@pytest.mark.parametrize(
    ("name", "type_", "guess"),
    [
        *(
            (kind.name, "", "it has metadata alone, as deletions have, and these do not say of what")
            for kind in EVENT_TYPES
            if kind.body is Body.DELETED
        ),
        (
            "wix.ecommerce.coupons.v2.coupon_updated",
            "wix.ecommerce.coupons.v2.coupon_created",
            "it has entity.code, and nothing of a change",
        ),
    ],
)
def test_what_cannot_be_told_of_a_velo_event_is_not_made_up(name: str, type_: str, guess: str) -> None:
    event = shapes.read(velo_event(made(BY_NAME[name])))

    assert (event.type, event.guess) == (type_, guess)


@pytest.mark.parametrize(
    ("value", "type_", "guess"),
    [
        ({"entity": {"name": "x"}}, "wix.loyalty.v1.program_updated", "its entityId is settings"),
        ({"entity": {}}, "wix.loyalty.v1.program_updated", "its entityId is settings"),
        ({"entity": {"startTime": "x"}}, "wix.ecommerce.coupons.v2.coupon_created", "it has entity.startTime, and nothing of a change"),
        ({"entity": {"percentOffRate": 5}}, "wix.ecommerce.coupons.v2.coupon_created", "it has entity.percentOffRate, and nothing of a change"),
        ({"entity": {"rewardName": "x"}}, "wix.loyalty.v1.coupon_created", "it has entity.rewardName"),
        ({"data": {"other": 1}}, "", "it has metadata alone, as deletions have, and these do not say of what"),
        ({"entity": "x"}, "", "it has metadata alone, as deletions have, and these do not say of what"),
    ],
)  # fmt: skip
def test_what_is_in_it_is_looked_at_in_order(value: dict[str, Any], type_: str, guess: str) -> None:
    event = shapes.read({"metadata": {"id": "a", "entityId": "settings"}, **value})

    assert (event.type, event.guess) == (type_, guess)


def test_nothing_that_tells_is_said_to_be_nothing() -> None:
    event = shapes.read({"metadata": {"id": "a", "entityId": "b"}, "entity": {"newer": 1}})

    assert (event.type, event.guess) == ("", "nothing in it tells of which type it is")
    assert event.body() == {"id": "a", "entityId": "b", "entity": {"newer": 1}}
    assert event.sentence() == "Event of an unknown type"


@pytest.mark.parametrize(
    "kind", [kind for kind in EVENT_TYPES if kind.body is Body.DELETED], ids=lambda kind: kind.name
)
def test_a_deletion_may_have_the_entity_all_the_same(kind: EventType) -> None:
    document = made(kind)
    document["event"]["deletedEvent"] = {"deletedEntity": Event(sample(_sibling(kind), NOW)["event"]).entity}

    for shape in (domain_event, as_json, sdk_envelope):
        event = shapes.read(shape(document))
        assert event.body() == document["event"]
        assert event.entity == document["event"]["deletedEvent"]["deletedEntity"]


def _sibling(kind: EventType) -> EventType:
    return next(one for one in EVENT_TYPES if one.entity is kind.entity and one.body is Body.CREATED)


def test_the_pages_published_event_inside_the_pages_published_claims() -> None:
    for slug in ("created", "updated", "deleted"):
        around = _golden(f"claims_earning_rule_{slug}")
        inside = _golden(f"rest_earning_rule_{slug}")
        around["data"]["data"] = text(inside)

        event = shapes.read(around)

        assert event.body() == inside
        assert event.type == f"wix.loyalty.v1.loyalty_earning_rule_{slug}"
        assert event.envelope.instance_id == "<app-instance-id>"


# What the vendor published

NAMED = {"velo_marketing_coupon_deleted": "wixMarketing_onCouponDeleted"}
PUBLISHED = sorted(path.stem for path in (GOLDEN / "events").glob("*.json"))


def _golden(name: str) -> Any:
    return json.loads((GOLDEN / "events" / f"{name}.json").read_text())


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_example_is_read_as_expected(name: str) -> None:
    event = shapes.read(_golden(name), find(NAMED[name]) if name in NAMED else None)

    assert _golden(f"expected/{name}") == {
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


def test_every_expectation_is_of_an_example() -> None:
    assert len(PUBLISHED) == 12
    assert [path.stem for path in sorted((GOLDEN / "events" / "expected").iterdir())] == PUBLISHED


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name.startswith("velo")])
def test_a_published_velo_example_is_the_same_whether_named_or_guessed(name: str) -> None:
    guessed = shapes.read(_golden(name))
    named = shapes.read(_golden(name), find(NAMED[name]) if name in NAMED else guessed.kind)

    assert named.guess == ""
    assert bool(guessed.guess)
    assert guessed.kind is None or named.body() == guessed.body()


def test_the_published_examples_of_rules_are_three_events_though_their_ids_agree() -> None:
    events = [shapes.read(_golden(f"rest_earning_rule_{slug}")) for slug in ("created", "updated", "deleted")]

    assert len({event.id for event in events}) == 1
    assert len({order.key(event) for event in events}) == 3


# What is not known passes through


@pytest.mark.parametrize(
    "body",
    [
        {"id": "a", "entityFqdn": "wix.new.v9.thing", "slug": "went", "entityId": "b", "wentEvent": {"_id": 1, "when": 1625086800000}},
        {"entityFqdn": "wix.new.v9.thing", "slug": "created", "createdEvent": {"entity": {"_id": "x", "created_date": "Wed Jun 30 2021 21:00:00 GMT+0000"}}},
        {"entityFqdn": "", "slug": ""},
        {"entityFqdn": "wix.loyalty.v1.program", "slug": "exploded", "eventTime": 5},
    ],
)  # fmt: skip
def test_an_event_of_an_unknown_type_passes_through_untouched(body: dict[str, Any]) -> None:
    event = shapes.read(body)

    assert (event.kind, event.body()) == (None, body)
    assert event.sentence().startswith("Event of an unknown type")


@pytest.mark.parametrize("data", ["<stringified-JSON>", "plain words", 5, None, True, ["a"], "", "[1, 2]"])
def test_whatever_an_unknown_type_has_in_the_place_of_its_event_passes_through(data: Any) -> None:
    event = shapes.read({"data": {"eventType": "wix.new.v9.thing_went", "data": data}})

    assert (event.type, event.kind) == ("wix.new.v9.thing_went", None)
    assert event.body() == ([1, 2] if data == "[1, 2]" else data)
    assert (event.id, event.entity_id, event.time, event.entity, event.action) == ("", "", "", None, None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_unknown_fields_and_values_pass_through(kind: EventType, shape: str) -> None:
    document = made(kind)
    document["event"]["newer"] = {"a": [1, None, {"b": "x"}], "status": "UNHEARD_OF"}
    document["event"][kind.body] = {
        name: item | {"newer": {"snake_case": [{"deep": True}]}, "status": "NEWER"}
        for name, item in document["event"][kind.body].items()
        if isinstance(item, dict)
    } | {"newer": 5}
    document["identity"]["identityType"] = "ROBOT"
    document["accountInfo"]["planet"] = "Mars"

    event = shapes.read(SHAPES[shape](document))

    assert event.body() == document["event"]
    if shape not in BARE:
        assert event.envelope[1:] == tuple(map(document.get, ("instanceId", "identity", "accountInfo")))


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"metadata": {}}, {"metadata": {"id": 5}}, {"data": 5}, {"data": {}}, {"entityFqdn": "a"}, {"eventType": "a"}, {"event": {}}, {"entity": {}}])  # fmt: skip
def test_what_is_no_event_is_said_to_be_none(value: Any) -> None:
    with pytest.raises(InvalidData, match="this is no event"):
        shapes.read(value)


@pytest.mark.parametrize(
    ("claims_", "says"),
    [
        ({"data": "{broken"}, "data is a text that is not JSON"),
        ({"data": {"eventType": "a", "data": '{"a": NaN}'}}, "data.data is a text that is not JSON"),
        ({"data": {"eventType": "a", "identity": '{"a":1,"a":2}'}}, "data.identity is a text that is not JSON"),
        ({"data": {"eventType": "a", "accountInfo": "[" * 99}}, "data.accountInfo is a text that is not JSON"),
        ({"data": {"eventType": "a", "data": {"entityFqdn": "a", "slug": "b", "createdEvent": {"entityAsJson": "{"}}}}, "createdEvent.entityAsJson is a text"),
        ({"data": "words"}, "the payload has no data"),
        ({"data": "[1]"}, "the payload has no data"),
    ],
)  # fmt: skip
def test_a_layer_that_is_broken_is_named_and_not_quoted(claims_: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidData) as caught:
        shapes.claimed(claims_)

    assert says in caught.value.message


@pytest.mark.parametrize(
    "id_", ["79e98s2a-d8j4-4a3b-a62f-7393757bab84", "settings", "", "x" * 300, "\u202e", "'; drop"]
)
def test_ids_are_never_checked(id_: str) -> None:
    body: Any = {"entityFqdn": "wix.loyalty.v1.program", "slug": "updated", "id": id_, "entityId": id_}

    event = shapes.read(body)

    assert (event.id, event.entity_id, event.body()) == (id_, id_, body)


@pytest.mark.parametrize("odd", [None, 5, True, [], {}, "x"])
@pytest.mark.parametrize("kind", KINDS)
def test_members_of_another_kind_do_no_harm(kind: EventType, odd: Any) -> None:
    body = {"entityFqdn": kind.entity.fqdn, "slug": kind.slug, kind.body: odd, "entityId": odd, "id": odd, "entityEventSequence": odd}  # fmt: skip

    event = shapes.read(body)

    assert event.kind is kind
    assert event.body() == body
    assert (event.entity, event.action) == (None, None)
    assert (event.sequence, event.revision, event.moment) == (
        5 if odd == 5 and odd is not True else None,
        -1,
        None,
    )
    assert event.sentence()


# Dates

MOMENTS = st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - its zone comes beside
ZONES = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
NAMES = st.sampled_from(["", " (Coordinated Universal Time)", " (GMT+02:00)", " (Mitteleuropäische Zeit)"])


def _cut(moment: datetime, step: int) -> datetime:
    return moment.replace(microsecond=moment.microsecond // step * step)


@given(MOMENTS, ZONES, NAMES)
def test_a_moment_is_the_same_in_every_spelling(moment: datetime, zone: timezone, name: str) -> None:
    to_second, to_millisecond = _cut(moment, 1_000_000), _cut(moment, 1000)
    milliseconds = int(to_second.timestamp()) * 1000 + moment.microsecond // 1000
    spelled = [
        (to_second, f"{to_second.astimezone(zone):%a %b %d %Y %H:%M:%S GMT%z}{name}"),
        (to_second, to_second.isoformat()),
        (to_millisecond, f"{to_millisecond:%Y-%m-%dT%H:%M:%S}.{to_millisecond.microsecond // 1000:03}Z"),
        (to_millisecond, milliseconds),
        (to_millisecond, str(milliseconds)),
        (moment, f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"),
        (moment, moment.astimezone(zone).isoformat()),
    ]

    for expected, text_ in spelled:
        written = dates.utc(text_)  # type: ignore[arg-type]
        assert dates.is_plain(written), text_
        assert datetime.fromisoformat(str(written)) == expected, text_
        assert dates.utc(written) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Wed Jun 30 2021 21:00:00 GMT+0000 (Coordinated Universal Time)", "2021-06-30T21:00:00.000Z"),
        ("Thu Jul 01 2021 00:00:00 GMT+0300 (Israel Daylight Time)", "2021-06-30T21:00:00.000Z"),
        ("Wed Jun 30 2021 16:30:00 GMT-0430", "2021-06-30T21:00:00.000Z"),
        ("1625086800000", "2021-06-30T21:00:00.000Z"),
        (1625086800000, "2021-06-30T21:00:00.000Z"),
        ("2021-06-30T23:00:00+02:00", "2021-06-30T21:00:00.000Z"),
        ("2021-06-30 21:00:00.5Z", "2021-06-30T21:00:00.500Z"),
        ("2023-09-11T16:58:22.481838+02:00", "2023-09-11T14:58:22.481838Z"),
        ("2023-09-11T14:58:22.481838Z", "2023-09-11T14:58:22.481838Z"),
        ("2023-09-11T14:58:22Z", "2023-09-11T14:58:22Z"),
    ],
)
def test_each_spelling_becomes_rfc_3339_in_utc(value: Any, written: str) -> None:
    assert dates.utc(value) == written


@pytest.mark.parametrize(
    "value",
    ["", "now", "Invalid Date", "2021-06-30", "2021-06-30T21:00:00", "Wed Foo 30 2021 21:00:00 GMT+0000", "Wed Jun 31 2021 21:00:00 GMT+0000", "Wed Jun 30 2021 25:00:00 GMT+0000", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "1625086800", 1625086800, 0, -1, 10**16, 1.5, True, None, [], {}, "٢٠٢١", "Wed Jun 30 2021 21:00:00 GMT+0000 (a)\n"],
)  # fmt: skip
def test_what_is_no_moment_stays_as_it_is(value: Any) -> None:
    assert dates.utc(value) is value


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans())
def test_no_date_does_harm(value: Any) -> None:
    written = dates.utc(value)

    assert written is value or dates.is_plain(written)


@pytest.mark.parametrize("time", ["yesterday", "2021-06-30T21:00:00", 5, None, [], {"a": 1}, ""])
def test_a_time_that_cannot_be_read_is_kept(time: Any) -> None:
    body = {"entityFqdn": "wix.loyalty.v1.program", "slug": "updated", "eventTime": time}

    event = shapes.read(body)

    assert event.moment is None
    assert event.body() == body


# Dedupe and order


def _event(**members: Any) -> Event:
    body = {"entityFqdn": "wix.loyalty.v1.tier", "slug": "updated", "entityId": "t", "id": "a"}
    return Event(body | members)


def test_deliveries_of_one_event_share_their_type_and_their_id() -> None:
    assert order.key(_event()) == order.key(_event(eventTime="later")) == ("wix.loyalty.v1.tier_updated", "a")
    assert order.key(_event()) != order.key(_event(slug="created"))
    assert order.key(_event()) != order.key(_event(id="b"))
    assert order.key(_event(id="")) is None
    assert order.key(_event(id=None)) is None


def test_an_entity_is_told_by_its_kind_and_its_id() -> None:
    assert (
        order.about(_event()) == order.about(_event(slug="created", id="b")) == ("wix.loyalty.v1.tier", "t")
    )
    assert order.about(_event()) != order.about(_event(entityFqdn="wix.loyalty.v1.reward"))
    assert order.about(_event(entityId="")) is None


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
def test_the_later_of_two_events_of_an_entity(earlier: dict[str, Any], later: dict[str, Any]) -> None:
    assert order.is_later(_event(**later), _event(**earlier))
    assert not order.is_later(_event(**earlier), _event(**later))


def test_of_equals_the_one_that_came_last_is_the_later_one() -> None:
    first, second = _event(entityEventSequence="5", id="a"), _event(entityEventSequence="5", id="b")

    assert order.is_later(second, first)
    assert order.is_later(first, second)


def test_sequences_are_ordered_as_numbers_however_they_come() -> None:
    events = [_event(entityEventSequence=str(number)) for number in (1, 2, 9, 10, 11, 100)]

    for one, other in permutations(range(6), 2):
        assert order.is_later(events[one], events[other]) is (one > other)
    assert all(order.is_later(after, before) for before, after in pairwise(events))


# Making


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
    kind = find(type_)
    document: Any = sample(kind, NOW)

    set_field(document, kind, path, written)

    for step in way:
        document = document[step]
    assert document == value
    assert type(document) is type(value)


@pytest.mark.parametrize(
    ("type_", "path", "value", "says"),
    [
        (RULE, "entity.titel", "x", "did you mean entity.title?"),
        (RULE, "title", "x", 'has no field "title"'),
        (RULE, "entity.points.balance", "5", "has no field"),
        (RULE, "", "5", "has no field"),
        (RULE, "entity.conversionRate.configs.points", "5", "is no place in a list of 1"),
        (RULE, "entity.conversionRate.configs.2.points", "5", '"2" is no place in a list of 1'),
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
def test_what_cannot_be_set_is_said(type_: str, path: str, value: str, says: str) -> None:
    kind = find(type_)
    document = sample(kind, NOW)
    before = text(document)

    with pytest.raises(UsageError) as caught:
        set_field(document, kind, path, value)

    assert says in f"{caught.value.message} {caught.value.hint}"
    assert text(document) == before


def test_of_an_unknown_type_any_path_can_be_set() -> None:
    document: Any = of_event(shapes.read({"entityFqdn": "a.b", "slug": "c", "cEvent": {"list": [1]}}), NOW)

    set_field(document, None, "event.cEvent.list.0", "{}")
    set_field(document, None, "event.newer.deep", "words")

    assert document["event"]["cEvent"] == {"list": [{}]}
    assert document["event"]["newer"] == {"deep": "words"}


@pytest.mark.parametrize("kind", KINDS)
def test_claims_nest_texts_in_texts_as_the_vendor_does(kind: EventType) -> None:
    document = made(kind)

    written = claims(document)

    assert {*written} == {"data", "iat", "exp"}
    assert (written["iat"], written["exp"]) == (NOW, NOW + 300_000)
    data = json.loads(str(written["data"]))
    assert {*data} == {"eventType", "instanceId", "identity", "accountInfo", "data"}
    assert (type(data["data"]), type(data["identity"]), type(data["accountInfo"])) == (str, str, dict)
    assert json.loads(data["data"]) == document["event"]
    assert json.loads(data["identity"]) == document["identity"]
    assert data["eventType"] == kind.name


@pytest.mark.parametrize("kind", KINDS)
def test_a_sample_has_an_id_of_its_own_and_the_time_that_it_is_made_at(kind: EventType) -> None:
    one, two = Event(sample(kind, NOW)["event"]), Event(sample(kind, NOW)["event"])

    assert one.id != two.id
    assert one.time == "2026-09-21T14:13:20.000Z"
    assert one.sequence == NOW
    assert one.entity_id == ("settings" if "program" in kind.name else kind.entity.sample["id"])


def test_a_sample_is_a_copy() -> None:
    kind = find(ACCOUNT)
    document: Any = sample(kind, NOW)

    document["event"]["updatedEvent"]["currentEntity"]["points"]["balance"] = -1

    assert Event(sample(kind, NOW)["event"]).sentence().endswith("balance 95")


def test_another_event_is_a_later_one_with_an_id_of_its_own() -> None:
    document: Any = sample(find(ACCOUNT), NOW)

    after: Any = another(document, 3)

    assert after["event"]["id"] != document["event"]["id"]
    assert after["event"]["entityEventSequence"] == str(NOW + 3)
    assert {**after["event"], "id": 0, "entityEventSequence": 0} == {**document["event"], "id": 0, "entityEventSequence": 0}  # fmt: skip


def test_half_of_a_character_pair_cannot_be_sent() -> None:
    document = sample(find(ACCOUNT), NOW)
    set_field(document, find(ACCOUNT), "entity.contact.name", "\ud800")

    with pytest.raises(InvalidData, match="half of a character pair"):
        claims(document)


WORDS = st.text(st.characters(codec="utf-8"), max_size=20).filter(lambda word: word != "null")
OBJECTS = st.dictionaries(
    WORDS.map(lambda word: f"x{word}"), st.integers(0, 9) | WORDS | st.none(), max_size=3
)
SPELLED = {
    FieldKind.TEXT: WORDS,
    FieldKind.ID: WORDS,
    FieldKind.COUNT: st.integers(0, 2**64 - 1).map(str),
    FieldKind.DATE: MOMENTS.map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"),
    FieldKind.WHOLE: st.integers(-(10**15), 10**15).map(str),
    FieldKind.NUMBER: st.floats(allow_nan=False, allow_infinity=False).map(text),
    FieldKind.FLAG: st.sampled_from(["true", "false"]),
    FieldKind.OBJECT: OBJECTS.map(text),
    FieldKind.LIST: st.lists(WORDS, max_size=3).map(text),
}
"""Texts that spell a value of each kind."""


@given(st.data())
def test_whatever_is_signed_comes_back(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(EVENT_TYPES))
    document = made(kind)
    known = fields(kind)
    settable = {
        path: known[plain(path)].kind
        for path, _ in told(document)
        if plain(path) in known and known[plain(path)].kind is not FieldKind.LIST and path != "eventType"
    }
    for path in data.draw(st.lists(st.sampled_from(sorted(settable)), max_size=8, unique=True)):
        set_field(document, kind, path, data.draw(SPELLED[settable[path]]))

    written = claims(document)
    event = shapes.claimed(written)

    assert event.body() == document["event"]
    assert (event.envelope.event_type, *event.envelope[1:]) == tuple(
        map(document.get, ("eventType", "instanceId", "identity", "accountInfo"))
    )
    assert {name: item for name, item in written.items() if name != "data"} == document["claims"]
    assert shapes.claimed(claims(of_event(event, NOW))).body() == event.body()
