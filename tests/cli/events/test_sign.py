"""`events sign`: samples, events from files, and events about rules of the site."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.model.events.catalog import EVENT_TYPES, EventType
from tests.cli.events.endpoints import Correct, endpoint
from tests.cli.events.tokens import KEYED, Pair, decoded
from tests.conftest import NO_RULE, PURCHASE
from tests.model.events.formats import SHAPES
from tests.model.examples import GOLDEN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run


def test_sign_prints_only_the_token(run: Run) -> None:
    ended = run("events sign --type tier_created --key test.pem")

    assert ended.err == ""
    assert ended.out.count(".") == 2
    assert ended.out.endswith("\n")
    assert ended.out.count("\n") == 1
    header, payload, _ = ended.out.split(".")
    assert {*json.loads(decoded(header))} == {"alg", "kid"}
    claims = json.loads(decoded(payload))
    assert isinstance(claims["data"], str)
    assert isinstance(json.loads(claims["data"])["data"], str)
    assert isinstance(json.loads(claims["data"])["identity"], str)


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
@pytest.mark.sampled
def test_an_event_from_a_file_is_signed_in_every_format(kind: EventType, run: Run, work: Path) -> None:
    example = json.loads(run(f"events explain {kind.name} --query example").out)
    first = run("events sign --key test.pem -f -", stdin=json.dumps(example)).out
    document = run(f"events decode - {KEYED} --json", stdin=first).json()

    tokens = []
    for build in SHAPES.values():
        (work / "event.json").write_text(json.dumps(build(document)))
        tokens.append(run("events sign --key test.pem -f event.json").out)
    for signed in run(f"events decode - {KEYED} --json", stdin="".join(tokens)).json():
        assert signed["signature"] == "verified"
        assert (signed["eventType"], signed["event"]) == (kind.name, example)


def test_a_field_of_an_event_from_a_file_is_set(run: Run) -> None:
    path = f"{GOLDEN}/events/rest_earning_rule_updated.json"

    token = run(["events", "sign", "--key", "test.pem", "-f", path, "--set", "entity.title=Gift", "--set", "event.id=e"]).out  # fmt: skip

    document = run(f"events decode - {KEYED} --json", stdin=token).json()
    assert (document["entity"]["title"], document["event"]["id"]) == ("Gift", "e")
    assert document["entity"]["conversionRate"]["configs"] == [{"moneyAmount": 1, "points": 20}]


def test_a_file_with_several_events_is_rejected(run: Run, many: str) -> None:
    assert "has 6 events; only one can be signed" in run(f"events sign --key test.pem -f {many}", code=6).err
    assert "has 0 events" in run("events sign --key test.pem -f -", stdin="[]", code=6).err
    assert run("events sign --key test.pem -f -", stdin="garbage", code=9).out == ""


def test_an_event_about_a_rule_has_the_rule_of_the_site(run: Run) -> None:
    rule = run(f"-p sandbox rules get {PURCHASE} --json").json()

    for type_ in ("", "--type loyalty_earning_rule_created"):
        token = run(f"-p sandbox events sign --key test.pem --from-rule {PURCHASE} {type_}").out
        document = run(f"events decode - {KEYED} --json", stdin=token).json()
        assert document["entity"] == rule
        assert document["event"]["entityId"] == PURCHASE
        assert document["eventType"].endswith("_created" if type_ else "_updated")
    assert run(f"-p sandbox events sign --key test.pem --from-rule {NO_RULE}", code=3).out == ""
    assert run(f"events sign --key test.pem --from-rule {PURCHASE}", code=4).out == ""


def test_an_unknown_type_can_be_signed_and_changed(run: Run) -> None:
    event = '{"entityFqdn":"wix.new.v9.thing","slug":"went","wentEvent":{"far":1}}'

    token = run("events sign --key test.pem -f - --set event.wentEvent.far=2", stdin=event).out

    document = run(f"events decode - {KEYED} --json", stdin=token).json()
    assert (document["eventType"], document["known"]) == ("wix.new.v9.thing_went", False)
    assert document["event"]["wentEvent"] == {"far": 2}


NAMELESS = {
    "a deletion of Velo's": '{"metadata":{"id":"1","entityId":"t"}}',
    "a domain event of an empty type": '{"entityFqdn":"","slug":""}',
    "an event that decode wrote": '{"eventType":null,"event":{"id":"1"}}',
}
BODILESS = {
    "a type and nothing": '{"eventType":"wix.new.v9.thing_went","data":null}',
    "a type and an empty body": '{"eventType":"wix.new.v9.thing_went","data":{}}',
    "claims with a type alone": '{"data":{"eventType":"wix.new.v9.thing_went"}}',
    "a known type and words": '{"eventType":"wix.loyalty.v1.tier_deleted","data":"words"}',
}


@pytest.mark.parametrize(
    ("event", "message"),
    [
        *((event, "has no type") for event in NAMELESS.values()),
        *((event, "has no body") for event in BODILESS.values()),
    ],
)
def test_an_event_without_a_type_or_a_body_is_neither_signed_nor_sent(
    event: str, message: str, run: Run, pairs: dict[str, Pair]
) -> None:
    signed = run("events sign --key test.pem -f -", stdin=event, code=6)
    with endpoint(Correct(pairs["test"].public)) as server:
        for line in ("send -f -", "replay - --resign"):
            ended = run(f"events {line} --key test.pem --to {server.url} --json", stdin=event, code=6)
            assert message in ended.error()["message"]

    assert signed.out == ""
    assert message in signed.err
    assert server.requests == []


def test_a_missing_type_can_be_set(run: Run) -> None:
    event = NAMELESS["a deletion of Velo's"]

    token = run(
        "events sign --key test.pem -f - --set eventType=wix.loyalty.v1.tier_deleted", stdin=event
    ).out

    document = run(f"events decode - {KEYED} --json", stdin=token).json()
    assert (document["eventType"], document["event"]["id"]) == ("wix.loyalty.v1.tier_deleted", "1")
    for change in ("eventType=", "eventType=null", "event=null"):
        assert run(["events", "sign", "--key", "test.pem", "--type", "tier_deleted", "--set", change], code=6).out == ""  # fmt: skip


def test_a_parsed_payload_is_signed_as_its_event(run: Run) -> None:
    event = '{"eventType":"wix.loyalty.v1.tier_deleted","instanceId":"i","data":"{\\"id\\":\\"1\\",\\"deletedEvent\\":{}}"}'

    token = run("events sign --key test.pem -f -", stdin=event).out

    document = run(f"events decode - {KEYED} --json", stdin=token).json()
    assert (document["eventType"], document["instanceId"]) == ("wix.loyalty.v1.tier_deleted", "i")
    assert document["event"] == {"id": "1", "deletedEvent": {}}


def test_a_field_that_would_not_be_sent_is_rejected(run: Run) -> None:
    event = '{"entityFqdn":"wix.new.v9.thing","slug":"went"}'

    assert run("events sign --key test.pem -f - --set entity.title=x", stdin=event, code=2).out == ""
