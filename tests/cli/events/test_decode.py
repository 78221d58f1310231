"""`events decode`: every type in every format, and filters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.cli.commands.events.decode import PARALLEL_BYTES, _process_count
from loyaltyctl.model.events.catalog import EVENT_TYPES, EventType
from loyaltyctl.webhooks.parallel import process_count
from tests.cli.events.tokens import DAY, KEYED
from tests.conftest import PURCHASE
from tests.model.events.formats import SHAPES, VELO_HEAD, velo_event
from tests.model.events.published import PUBLISHED
from tests.model.examples import GOLDEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import FakeClock, Run


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
@pytest.mark.sampled
def test_every_type_decodes_to_the_same_event_from_every_format(
    kind: EventType, run: Run, work: Path, sign: Callable[..., str]
) -> None:
    (work / "token.jwt").write_text(sign(kind.name))
    document = run(f"events decode token.jwt {KEYED} --json").json()
    values = [build(document) for build in SHAPES.values()]
    (work / "all.jsonl").write_text("".join(f"{json.dumps(value)}\n" for value in values))

    read = run("events decode all.jsonl --json").json()
    velo = run(f"events decode - --type {kind.name} --json", stdin=json.dumps(velo_event(document))).json()

    assert (document["signature"], document["eventType"], document["known"]) == ("verified", kind.name, True)
    assert {one["signature"] for one in [*read, velo]} == {"unchecked"}
    for one in read:
        assert {name: one[name] for name in ("eventType", "known", "event", "entity", "action")} == {
            name: document[name] for name in ("eventType", "known", "event", "entity", "action")
        }
    head = {name: document["event"][name] for name in (*VELO_HEAD, "entityFqdn", "slug", kind.body)}
    assert (velo["event"], velo["entity"], velo["action"]) == (head, document["entity"], document["action"])
    assert "guess" not in velo


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_examples_are_decoded(name: str, run: Run) -> None:
    expected = json.loads((GOLDEN / "events" / "expected" / f"{name}.json").read_text())
    handler = "--handler wixMarketing_onCouponDeleted" if name.endswith("coupon_deleted") else ""

    document = run(f"events decode {GOLDEN}/events/{name}.json {handler} --json").json()
    row = run(f"events decode {GOLDEN}/events/{name}.json {handler} -o csv").out.splitlines()[1]

    names = ("eventType", "instanceId", "identity", "event", "entity")
    assert {key: document[key] for key in names} == {key: expected[key] for key in names}
    assert document.get("guess", "") == expected["guess"]
    assert row.startswith(f"{expected['time']},{expected['eventType']},")
    assert row.endswith((f",{expected['sentence']}", f',"{expected["sentence"]}"'))


def test_a_velo_deletion_has_no_type(run: Run) -> None:
    path = f"{GOLDEN}/events/velo_marketing_coupon_deleted.json"

    ended = run(f"events decode {path} -o table")

    assert "Event of an unknown type" in ended.out
    assert "every deletion does; set it with --type" in ended.out
    assert run(f"events decode {path} --json").json()["eventType"] is None


def test_the_json_has_the_documented_members(
    run: Run, work: Path, sign: Callable[..., str], clock: FakeClock
) -> None:
    (work / "token.jwt").write_text(sign("account_reward_availability_updated", "event.id=e", "event.eventTime=2026-01-02T03:04:05.678Z", "event.entityEventSequence=7"))  # fmt: skip

    document = run(f"events decode token.jwt {KEYED} --json").json()

    issued = document["claims"]["iat"]
    assert abs(clock.time() - issued) < DAY
    assert document == {
        "signature": "verified",
        "eventType": "wix.loyalty.v1.account_reward_availability_updated",
        "known": True,
        "instanceId": "d6b8e8a2-5c0f-4d49-9b3e-7f1a2c4e6d80",
        "identity": {"identityType": "WIX_USER", "wixUserId": "0b7d9c4e-1f2a-4c63-8e5d-6a9b3f7c2d10"},
        "accountInfo": {
            "accountId": "a94c7e21-6b3d-4f58-8d10-2e9f5b7c4a63",
            "siteId": "4e1f6a83-92d7-4b05-a6c8-3d5e7f901b2c",
        },
        "claims": {"iat": issued, "exp": issued + 300_000},
        "event": {
            "id": "e",
            "entityFqdn": "wix.loyalty.v1.account",
            "slug": "reward_availability_updated",
            "entityId": "1ab8f49c-a329-4ddc-a31d-814afbb3b565",
            "eventTime": "2026-01-02T03:04:05.678Z",
            "triggeredByAnonymizeRequest": False,
            "originatedFrom": "",
            "entityEventSequence": "7",
            "actionEvent": {"body": {"rewardAvailable": True, "updateTrigger": "BALANCE_UPDATED"}},
        },
        "entity": None,
        "action": {"rewardAvailable": True, "updateTrigger": "BALANCE_UPDATED"},
    }


def test_a_rule_is_shown_as_in_rules_get(run: Run, work: Path, sign: Callable[..., str]) -> None:
    (work / "token.jwt").write_text(sign("loyalty_earning_rule_updated", "event.entityId=e-1"))

    lines = run(f"events decode token.jwt {KEYED} -o table").out.splitlines()
    shown = {line[:16].strip(): line[16:].strip() for line in lines}

    assert shown["EVENT"] == "Earning rule “Purchase a product” was updated, revision 2"
    assert (shown["SIGNATURE"], shown["TYPE"]) == ("verified", "wix.loyalty.v1.loyalty_earning_rule_updated")
    assert (shown["ENTITY ID"], shown["EARNING RULE"]) == ("e-1", "")
    rule = run(f"-p sandbox rules get {PURCHASE} -o table").out
    names = [line.split("  ")[0] for line in rule.splitlines()]
    assert names == [line.split("  ")[0] for line in lines][-len(names) :]


def saved(token: str) -> dict[str, str | bytes]:
    """Write a token as files, logs and tools do."""
    quoted = json.dumps(token)
    return {
        "as it is": token,
        "a line": f"{token}\n",
        "a line of Windows": f"{token}\r\n",
        "blank lines": f"\n\n  {token}  \n\n",
        "double quotes": f"{quoted}\n",
        "single quotes": f"'{token}'",
        "Bearer": f"Bearer {token}",
        "bearer in quotes": f'"bearer   {token}"\n',
        "byte order mark": b"\xef\xbb\xbf" + token.encode(),
        "an array": f"[{quoted}]",
        "an array on lines": f"[\n  {quoted}\n]\n",
        "saved by listen": f'{{"receivedAt":"x","token":{quoted}}}\n',
        "Bearer in an array": f'["Bearer {token}"]',
    }


@pytest.mark.parametrize("form", saved(""))
def test_a_token_is_read_with_quotes_bearer_or_blanks(
    form: str, run: Run, work: Path, sign: Callable[..., str]
) -> None:
    given = saved(sign())[form]
    (work / "saved").write_bytes(given if isinstance(given, bytes) else given.encode())

    for ended in (
        run(f"events decode saved {KEYED} --json"),
        run(f"events decode - {KEYED} --json", stdin=given),
    ):
        assert ended.json()["signature"] == "verified"
        assert ended.err == ""
    assert run(f"events verify - {KEYED} --json", stdin=given).json()["valid"] is True


def test_files_and_lines_are_read_in_order(run: Run, work: Path, sign: Callable[..., str]) -> None:
    tokens = [sign("tier_updated", f"event.id=e{number}") for number in range(5)]
    (work / "one.jwt").write_text(f"{tokens[0]}\n{tokens[1]}\n")
    (work / "two.json").write_text(json.dumps([tokens[2], json.loads('{"metadata":{"id":"e9"}}')], indent=1))

    ended = run(f"events decode one.jwt two.json - {KEYED} -o id", stdin=f"{tokens[3]}\n\n{tokens[4]}")

    assert ended.out.split() == ["e0", "e1", "e2", "e9", "e3", "e4"]
    assert "6 read: 5 verified, 1 unchecked\n" in ended.err
    assert "1 of 6 NOT CHECKED: bare JSON has no signature" in ended.err


def test_an_array_may_have_its_commas_at_the_beginning_of_lines(run: Run) -> None:
    first, second = ({"metadata": {"id": name, "entityId": name}, "entity": {}} for name in "ab")

    ended = run("events decode - --json", stdin=f"[{json.dumps(first)}\n,{json.dumps(second)}\n]")

    assert [one["event"]["id"] for one in ended.json()] == ["a", "b"]


def test_one_process_reads_standard_input_beside_a_file_of_its_name(work: Path) -> None:
    for name in ("-", "events"):
        (work / name).write_bytes(bytes(PARALLEL_BYTES))

    assert _process_count(["events"]) == process_count()
    assert _process_count(["-"]) == 1


def test_jsonl_is_written_while_it_is_read(run: Run, sign: Callable[..., str]) -> None:
    token = sign()

    ended = run(f"events decode - {KEYED} -o jsonl", stdin=f"{token}\n" * 450)

    documents = [json.loads(line) for line in ended.out.splitlines()]
    assert len(documents) == 450
    assert all(document == documents[0] for document in documents)
    assert documents[0] == run(f"events decode - {KEYED} --json", stdin=token).json()
    assert ended.err == "450 read: 450 verified\n"


def test_the_output_of_decode_can_be_decoded(run: Run, sign: Callable[..., str]) -> None:
    token = sign("account_points_updated")
    first = run(f"events decode - {KEYED} --json", stdin=token).json()

    for form in ("json", "jsonl"):
        written = run(
            f"events decode - - {KEYED} -o {form}".replace("- - ", "- "), stdin=f"{token}\n{token}\n"
        ).out
        for again in run("events decode - --json", stdin=written).json():
            assert again == first | {"signature": "unchecked", "claims": None}


@pytest.mark.parametrize(
    ("options", "ids", "left"),
    [
        ("", "a a b a c d", ""),
        ("--dedupe", "a a b c d", "1 duplicate"),
        ("--latest", "b a c", "3 older than the latest"),
        ("--dedupe --latest", "a b c", "1 duplicate, 2 older than the latest"),
        ("--type tier_updated", "a b a", "3 of other types"),
        ("--type tier_updated --type reward_updated", "a b a c", "2 of other types"),
        ("--handler wixLoyalty_onTierDeleted", "d", "5 of other types"),
        ("--type wix.loyalty.v1.tier_updated --latest", "b a", "3 of other types, 1 older than the latest"),
        ("--type coupon_applied", "", "6 of other types"),
        ("--since 2026-01-01T00:00:02Z", "b c d", "3 from before --since"),
        ("--since 2026-01-01T02:00:02+02:00", "b c d", "3 from before --since"),
        ("--since 1767225602", "b c d", "3 from before --since"),
        ("--since 2026-01-01T00:00:02Z --type tier_updated --dedupe", "b", "3 of other types, 2 from before --since"),
    ],
)  # fmt: skip
def test_events_are_filtered(options: str, ids: str, left: str, many: str, run: Run) -> None:
    ended = run(f"events decode {many} {options} -o id")

    assert ended.out.split() == ids.split()
    *moment, read = ended.err.splitlines()[: 1 + ("--since" in options)]
    assert moment == ["events since 2026-01-01T00:00:02.000Z"][: len(moment)]
    summary, _, why = read.partition("; left out: ")
    assert summary == "6 read: 6 unchecked"
    assert {*why.split(", ")} == {*left.split(", ")}


def test_since_may_be_relative(run: Run, sign: Callable[..., str]) -> None:
    tokens = f"{sign()}\n{sign('program_updated', 'event.eventTime=2020-01-01T00:00:00Z')}\n"

    assert run("events decode - --since 2h -o id", stdin=tokens).out.count("\n") == 1
    assert run("events decode - --since 9999d -o id", stdin=tokens).out.count("\n") == 2


def test_one_remaining_event_is_still_an_array(run: Run, many: str) -> None:
    assert [one["event"]["id"] for one in run(f"events decode {many} --type tier_deleted --json").json()] == [
        "d"
    ]
    assert run(f"events decode {many} --type coupon_applied --json").json() == []


def test_type_names_events_that_do_not_state_theirs(run: Run) -> None:
    velo = '{"metadata":{"id":"a","entityId":"t"}}\n{"metadata":{"id":"b","entityId":"t"}}'

    read = run("events decode - --type tier_deleted --json", stdin=velo).json()

    assert [one["eventType"] for one in read] == ["wix.loyalty.v1.tier_deleted"] * 2
    assert "guess" not in read[0]


def test_an_untrusted_event_makes_no_other_older(run: Run, sign: Callable[..., str]) -> None:
    good = sign("tier_updated", "event.id=e", "event.entityEventSequence=5")
    forged = sign("tier_updated", "event.id=e", "event.entityEventSequence=6", key="other")

    for order in ([good, forged], [forged, good]):
        ended = run(f"events decode - {KEYED} --dedupe --latest --json", stdin="\n".join(order), code=9)
        assert sorted(one["signature"] for one in ended.json()) == ["invalid", "verified"]


def test_without_an_id_equal_content_is_one_event(run: Run, sign: Callable[..., str]) -> None:
    one, other = (sign("tier_updated", "event.id=null", f"entity.requiredPoints={n}") for n in (1, 2))
    plain = [json.dumps({"entityFqdn": "wix.new.v9.thing", "slug": "went", "far": n}) for n in (1, 2)]
    around = [
        json.dumps({"data": {"eventType": "AppInstalled", "data": {"appId": "a"}, "extra": n}})
        for n in (1, 2)
    ]

    lines = [one, other, f"Bearer {one}", *plain, plain[0], *around, around[1], other]
    ended = run(f"events decode - {KEYED} --dedupe --json", stdin="\n".join(lines))

    assert len(ended.json()) == 6
    assert "left out: 4 duplicate" in ended.err


FOREIGN = {
    "AppInstalled": {"appId": "d6b8e8a2", "originInstanceId": "", "tags": ["a", "b"]},
    "wix.ecommerce.v1.order_approved": {
        "id": "1", "entityFqdn": "wix.ecommerce.v1.order", "slug": "approved", "actionEvent": {"body": {"order": {"number": "10001"}}},
    },
    "wix.new.v9.thing_went": "words",
}  # fmt: skip


def foreign(type_: str) -> str:
    return json.dumps({"data": {"eventType": type_, "instanceId": "i", "data": FOREIGN[type_]}})


@pytest.mark.parametrize(
    ("type_", "shown"),
    [("AppInstalled", ["appId", "d6b8e8a2"]), ("wix.ecommerce.v1.order_approved", ["10001"]), ("wix.new.v9.thing_went", ["PAYLOAD", "words"])],
)  # fmt: skip
def test_an_event_of_another_app_shows_its_payload(type_: str, shown: list[str], run: Run) -> None:
    alone = run("events decode - -o table", stdin=foreign(type_)).out
    many = run(["events", "decode", "-", "-o", "table"], stdin="\n".join(map(foreign, FOREIGN)), env={"COLUMNS": "400"}).out  # fmt: skip

    for text in shown:
        assert text in alone
    assert type_ in alone
    assert shown[-1] in many


@pytest.mark.parametrize(
    ("options", "types"),
    [
        ("--type AppInstalled", ["AppInstalled"]),
        ("--type wix.ecommerce.v1.order_approved", ["wix.ecommerce.v1.order_approved"]),
        ("--type order_approved", ["wix.ecommerce.v1.order_approved"]),
        ("--type AppInstalled --type thing_went", ["AppInstalled", "wix.new.v9.thing_went"]),
        ("--type AppInstalled --type tier_deleted", ["AppInstalled", "wix.loyalty.v1.tier_deleted"]),
        ("--type approved", []),
        ("--type Installed", []),
    ],
)
def test_any_type_is_a_filter(options: str, types: list[str], run: Run) -> None:
    tier = '{"entityFqdn":"wix.loyalty.v1.tier","slug":"deleted","deletedEvent":{}}'
    lines = "\n".join([*map(foreign, FOREIGN), tier])

    ended = run(f"events decode - {options} --json", stdin=lines)

    assert [one["eventType"] for one in ended.json()] == types
    if not types:
        word = options.partition(" ")[2]
        assert f'warning: no event has the type "{word}"' in ended.err
        assert "there are AppInstalled (1), wix.ecommerce.v1.order_approved (1)" in ended.err


def test_a_misspelled_type_gets_a_suggestion(run: Run, many: str) -> None:
    ended = run(f"events decode {many} --type tier_updatd --json")

    assert ended.json() == []
    assert 'no event has the type "tier_updatd"; did you mean' in ended.err


@pytest.mark.parametrize("type_", ["AppInstalled", "wix.ecommerce.v1.order_approved", "PaidPlanPurchased"])
def test_a_type_of_another_app_is_not_explained(type_: str, run: Run) -> None:
    ended = run(f"events explain {type_} --json", code=3)

    assert "is an event of another app" in ended.error()["message"]
    assert f"--type {type_}" in ended.error()["hint"]
    for command in ("sign", "send --to http://127.0.0.1:1"):
        refused = run(f"events {command} --key test.pem --type {type_} --json", code=2)
        assert "as a file (-f)" in refused.error()["hint"]
    signed = run(
        "events sign --key test.pem -f -", stdin=json.dumps({"eventType": type_, "data": {"a": 1}})
    ).out
    assert run(f"events decode - {KEYED} --type {type_} --json", stdin=signed).json()["eventType"] == type_


def test_events_without_a_time_are_kept_by_since_with_a_warning(run: Run) -> None:
    event = {"entityFqdn": "wix.loyalty.v1.tier", "slug": "deleted", "entityId": "t", "deletedEvent": {}}
    lines = f"{json.dumps(event)}\n{json.dumps(event | {'eventTime': '2020-01-01T00:00:00Z'})}\n"

    ended = run("events decode - --since 2h --json", stdin=lines)

    assert len(ended.json()) == 1
    assert "warning: 1 of 2 have no time, so --since does not leave them out" in ended.err
    assert "have no time" not in run("events decode - --json", stdin=lines).err
