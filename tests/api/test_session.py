"""Reads, retries and waits of a session against a sandbox with faults."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.calls import Call
from loyaltyctl.api.hooks import Waiting
from loyaltyctl.api.methods import GET_RULE
from loyaltyctl.errors import LoyaltyError, NotFound, TryLater, UsageError
from loyaltyctl.model.validation_results import RuleDraft
from tests.api.clients import DRAFT, SandboxClient
from tests.conftest import NO_RULE, PURCHASE, RSVP, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Run, Served


def test_each_of_the_eight_methods_has_its_effect(make_client: Callable[..., SandboxClient]) -> None:
    rules = make_client().rules

    new = rules.create(DRAFT)
    assert rules.get(new.id).document == new.document
    assert rules.update(new.id, {"title": "Newer"}, new.revision).revision == "2"
    rules.delete(new.id, "2")
    custom = rules.create_custom("SOCIAL_MEDIA", RuleDraft({}))
    assert custom in rules.list()
    rules.delete_automation(custom.id)
    assert [result.title for result in rules.bulk_create([DRAFT, DRAFT])] == ["New", "New"]
    assert len(rules.list()) == 9
    with pytest.raises(NotFound):
        rules.get(new.id)


def test_get_finds_non_automated_rules_and_find_finds_all(make_client: Callable[..., SandboxClient]) -> None:
    rules = make_client().rules

    assert rules.find(PURCHASE.upper()).id == PURCHASE
    assert rules.find(SIGN_UP).title == "Sign up to the site"
    with pytest.raises(NotFound):
        rules.get(SIGN_UP)
    with pytest.raises(NotFound, match=NO_RULE):
        rules.find(NO_RULE)


def test_an_app_with_two_ids_is_requested_by_both(make_client: Callable[..., SandboxClient]) -> None:
    client = make_client()

    assert [rule.id for rule in client.rules.list(trigger_app="215238eb-22a5-4c36-9e7b-e7c08025e04e")] == [
        PURCHASE
    ]
    assert client.sent("GET") == 2
    assert [rule.id for rule in client.rules.list(trigger="events/Rsvp")] == [RSVP]


@pytest.mark.parametrize("rule_id", ["", "x", "../../accounts/1", f"{PURCHASE}/..", f"{PURCHASE}?x=1", "rules", "custom", "%2e%2e", PURCHASE + "\n", " " + PURCHASE])  # fmt: skip
def test_only_a_guid_becomes_part_of_a_path(rule_id: str, make_client: Callable[..., SandboxClient]) -> None:
    client = make_client()

    for act in (
        client.rules.get,
        client.rules.find,
        client.rules.delete_automation,
        lambda i: client.rules.delete(i, "1"),
        lambda i: client.rules.update(i, {}, "1"),
        lambda i: client.rules.pick([i]),
    ):
        with pytest.raises(UsageError):
            act(rule_id)
    assert client.notifications == []


class TestReading:
    """A read is retried after every failure but a refusal."""

    @pytest.mark.parametrize(
        "fault", ["lost", "500", "502", "503", "429", "html", "empty", "cut", 'body={"a":NaN}']
    )
    def test_a_later_try_may_succeed(self, fault: str, make_client: Callable[..., SandboxClient]) -> None:
        client = make_client(f"{fault}@get*2")

        assert client.rules.get(PURCHASE).id == PURCHASE
        assert client.sent("GET") == 3

    def test_the_last_error_is_raised(self, make_client: Callable[..., SandboxClient]) -> None:
        with pytest.raises(TryLater, match="Bad Gateway") as failed:
            make_client("502@list").rules.list()

        assert failed.value.http_status == 502

    @pytest.mark.parametrize("fault", ["401", "403", "redirect"])
    def test_a_refused_read_is_not_retried(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@list")

        with pytest.raises(LoyaltyError, match="could not list the rules"):
            client.rules.list()
        assert client.sent("GET") == 1

    def test_retries_can_be_turned_off(self, make_client: Callable[..., SandboxClient]) -> None:
        client = make_client("500@list*1", retries=0)

        with pytest.raises(TryLater):
            client.rules.list()

    @pytest.mark.parametrize(
        "listing", ['{"earningRules": 5}', '{"earningRules": [5]}', '{"earning_rules": []}', "[]", "null", ""]
    )
    def test_a_response_without_a_list_of_rules_is_malformed(
        self, listing: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        with pytest.raises(TryLater, match="no list of rules"):
            make_client(f"body={listing}@list").rules.list()

    def test_a_list_that_is_left_out_is_empty(self, make_client: Callable[..., SandboxClient]) -> None:
        assert make_client("body={}@list").rules.list() == []

    @pytest.mark.parametrize(
        "body", ["{}", "[]", '{"earningRule": []}', '{"earningRule": {"title": "New"}}', ""]
    )
    def test_a_response_to_a_write_without_the_id_of_a_rule_is_malformed(
        self, body: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"body={body}@create", f"body={body}@update")

        assert client.rules.create(DRAFT).title == "New"
        assert client.rules.update(RSVP, {"title": "Other"}, "3").title == "Other"
        assert client.titles().count("New") == 1


class TestWaiting:
    """Waits between attempts, within the deadline."""

    @pytest.mark.parametrize(
        ("fault", "least", "most"),
        [
            ("429=7", 7, 7),
            ("429=date", 0, 2),
            ("429=86400", 60, 60),
            ("503-later", 1, 1),
            ("429=soon", 0, 1),
            ("429", 0, 1),
        ],
    )
    def test_retry_after_is_respected_up_to_a_minute(
        self, fault: str, least: float, most: float, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@list*1")
        if least >= 60:
            with pytest.raises(TryLater):
                client.rules.list()
            assert client.clock.slept == []
        else:
            client.rules.list()
            [waiting] = [
                notification for notification in client.notifications if isinstance(notification, Waiting)
            ]
            assert least <= waiting.seconds <= most
            assert client.clock.slept == [waiting.seconds]

    def test_a_backoff_leaves_time_for_the_next_try(self, make_client: Callable[..., SandboxClient]) -> None:
        client = make_client("500@list", retries=7, seconds=10)
        with pytest.raises(TryLater):
            client.rules.list()
        assert client.sent("GET") == 8

    @pytest.mark.parametrize("line", ["rules list", f"rules get {PURCHASE}"])
    def test_a_timeout_names_the_time_limit_and_the_tries(
        self, line: str, serve: Callable[..., Served], run: Run
    ) -> None:
        slow = serve("delay=9").environ
        once = run(f"{line} --timeout 0.8 --retries 0", env=slow, code=7)
        again = run(f"{line} --timeout 2 --retries 2", env=slow, code=7)

        assert ": no response within 0.8 s, in 1 try\nhint: Allow more time" in once.err
        # On a busy machine the time may be up before the third try.
        assert len(again.sent) in {2, 3}
        assert f": no response within 2 s, in {len(again.sent)} tries\nhint: Allow more time" in again.err

    def test_an_unknown_outcome_names_the_time_limit_and_the_tries_too(
        self, serve: Callable[..., Served], run: Run
    ) -> None:
        create = "rules create --title A --trigger events/Rsvp --points 1 --timeout 0.8"

        assert "no response within 0.8 s, in 1 try)" in run(create, env=serve("delay=5").environ, code=8).err

    def test_backoffs_double_up_to_twenty_seconds(
        self, make_client: Callable[..., SandboxClient], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(random, "uniform", lambda _, longest: longest)
        client = make_client("503@list*7", retries=7, seconds=300)

        client.rules.list()
        assert client.clock.slept == [1, 2, 4, 8, 16, 20, 20]

    def test_all_tries_end_at_the_deadline(self, make_client: Callable[..., SandboxClient]) -> None:
        client = make_client("429=25@list", retries=10)

        with pytest.raises(TryLater):
            client.rules.list()
        assert client.clock.slept == [25, 25]


def test_without_time_left_nothing_is_sent(make_client: Callable[..., SandboxClient]) -> None:
    client = make_client()
    client.session._seconds = 0  # noqa: SLF001 - a deadline that is over

    with pytest.raises(TryLater, match="no time is left"):
        client.session.perform(Call("do it", GET_RULE, "/x"))
    assert client.notifications == []
