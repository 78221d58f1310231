"""One call from beginning to end, against the sandbox with faults, on a clock that nobody waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.api.auth import ApiKey, App, Nobody
from loyaltyctl.api.calls import Call, Effect
from loyaltyctl.api.client import Client
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.facts import Doubting, Sending, Waiting
from loyaltyctl.api.session import Session
from loyaltyctl.errors import Conflict, Incomplete, InvalidData, NotAllowed, NotFound, TryLater, UsageError
from loyaltyctl.intake.secret import Secret
from loyaltyctl.model.problems import RuleDraft
from loyaltyctl.sandbox.app import DEFAULT_SITE, application
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.store import Store
from tests.conftest import KEY, NO_RULE, PURCHASE, RSVP, SIGN_UP, SITE, ImpatientClock
from tests.model.examples import golden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loyaltyctl.api.auth import Authorizer
    from loyaltyctl.api.facts import Fact

DRAFT = RuleDraft(golden("create_request")["earningRule"] | {"title": "New"})


class World:
    """A client, the sandbox behind it, and everything that was told on the way."""

    def __init__(
        self,
        *faults: str,
        authorizer: Authorizer | None = None,
        api_key: str | None = None,
        retries: int = 2,
        seconds: float = 60,
    ) -> None:
        self.store = Store()
        self.clock = ImpatientClock()
        self.facts: list[Fact] = []
        app = Faults(application(self.store, api_key=api_key), [Fault.parse(spec) for spec in faults])
        self.session = Session(
            Exchange("http://127.0.0.1", self.facts.append, app),
            authorizer=authorizer or Nobody(),
            limiter=None,
            clock=self.clock,
            listener=self.facts.append,
            seconds=seconds,
            retries=retries,
        )
        self.client = Client(self.session, self.clock)
        self.rules = self.client.rules

    def titles(self, site: str = DEFAULT_SITE) -> list[Any]:
        with self.store.site(site) as rules:
            return [rule["title"] for rule in rules.rules()]

    def sent(self, method: str) -> int:
        return sum(isinstance(fact, Sending) and fact.method == method for fact in self.facts)


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """Makes worlds, and ends them."""
    made: list[World] = []

    def make(*faults: str, **more: Any) -> World:
        made.append(World(*faults, **more))
        return made[-1]

    yield make
    for one in made:
        one.client.close()
        one.store.close()


def test_the_eight_methods_do_what_they_are_called(world: Callable[..., World]) -> None:
    rules = world().rules

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


def test_get_finds_non_automated_rules_and_find_finds_all(world: Callable[..., World]) -> None:
    rules = world().rules

    assert rules.find(PURCHASE.upper()).id == PURCHASE
    assert rules.find(SIGN_UP).title == "Sign up to the site"
    with pytest.raises(NotFound):
        rules.get(SIGN_UP)
    with pytest.raises(NotFound, match=NO_RULE):
        rules.find(NO_RULE)


def test_an_app_with_two_ids_is_asked_for_by_both(world: Callable[..., World]) -> None:
    one = world()

    assert [rule.id for rule in one.rules.list(trigger_app="215238eb-22a5-4c36-9e7b-e7c08025e04e")] == [
        PURCHASE
    ]
    assert one.sent("GET") == 2
    assert [rule.id for rule in one.rules.list(trigger="events/Rsvp")] == [RSVP]


@pytest.mark.parametrize("rule_id", ["", "x", "../../accounts/1", f"{PURCHASE}/..", f"{PURCHASE}?x=1", "rules", "custom", "%2e%2e", PURCHASE + "\n", " " + PURCHASE])  # fmt: skip
def test_only_a_guid_becomes_part_of_a_path(rule_id: str, world: Callable[..., World]) -> None:
    one = world()

    for act in (
        one.rules.get,
        one.rules.find,
        one.rules.delete_automation,
        lambda i: one.rules.delete(i, "1"),
        lambda i: one.rules.update(i, {}, "1"),
        lambda i: one.rules.pick([i]),
    ):
        with pytest.raises(UsageError):
            act(rule_id)
    assert one.facts == []


class TestReading:
    """A read is tried again, whatever happened."""

    @pytest.mark.parametrize(
        "fault", ["lost", "500", "502", "503", "429", "html", "empty", "cut", 'body={"a":NaN}']
    )
    def test_it_succeeds_when_a_later_try_does(self, fault: str, world: Callable[..., World]) -> None:
        one = world(f"{fault}@get*2")

        assert one.rules.get(PURCHASE).id == PURCHASE
        assert one.sent("GET") == 3

    def test_it_ends_with_the_last_error(self, world: Callable[..., World]) -> None:
        with pytest.raises(TryLater, match="Bad Gateway") as failed:
            world("502@list").rules.list()

        assert failed.value.http_status == 502

    @pytest.mark.parametrize("fault", ["401", "403", "redirect"])
    def test_what_is_refused_is_not_tried_again(self, fault: str, world: Callable[..., World]) -> None:
        one = world(f"{fault}@list")

        with pytest.raises(Exception, match="could not list the rules"):
            one.rules.list()
        assert one.sent("GET") == 1

    def test_retries_can_be_turned_off(self, world: Callable[..., World]) -> None:
        one = world("500@list*1", retries=0)

        with pytest.raises(TryLater):
            one.rules.list()

    @pytest.mark.parametrize(
        "listing", ['{"earningRules": 5}', '{"earningRules": [5]}', '{"earning_rules": []}', "[]", "null", ""]
    )
    def test_a_list_without_rules_in_it_is_no_answer(self, listing: str, world: Callable[..., World]) -> None:
        with pytest.raises(TryLater, match="no list of rules"):
            world(f"body={listing}@list").rules.list()

    def test_a_list_that_is_left_out_is_empty(self, world: Callable[..., World]) -> None:
        assert world("body={}@list").rules.list() == []

    @pytest.mark.parametrize(
        "body", ["{}", "[]", '{"earningRule": []}', '{"earningRule": {"title": "New"}}', ""]
    )
    def test_a_rule_without_an_id_is_no_answer_to_a_write(
        self, body: str, world: Callable[..., World]
    ) -> None:
        one = world(f"body={body}@create", f"body={body}@update")

        assert one.rules.create(DRAFT).title == "New"
        assert one.rules.update(RSVP, {"title": "Other"}, "3").title == "Other"
        assert one.titles().count("New") == 1


class TestWaiting:
    """Waits are those that the server asks for, within the time that there is."""

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
    def test_it_is_as_long_as_the_server_says_up_to_a_minute(
        self, fault: str, least: float, most: float, world: Callable[..., World]
    ) -> None:
        one = world(f"{fault}@list*1")
        if least >= 60:
            with pytest.raises(TryLater):
                one.rules.list()
            assert one.clock.slept == []
        else:
            one.rules.list()
            [waiting] = [fact for fact in one.facts if isinstance(fact, Waiting)]
            assert least <= waiting.seconds <= most
            assert one.clock.slept == [waiting.seconds]

    def test_a_wait_of_its_own_leaves_time_for_the_next_try(self, world: Callable[..., World]) -> None:
        one = world("500@list", retries=7, seconds=10)
        with pytest.raises(TryLater):
            one.rules.list()
        assert one.sent("GET") == 8

    def test_all_tries_end_at_the_deadline(self, world: Callable[..., World]) -> None:
        one = world("429=25@list", retries=10)

        with pytest.raises(TryLater):
            one.rules.list()
        assert one.clock.slept == [25, 25]


class TestCreating:
    """A create is there once, or not at all, or nobody can tell and that is said."""

    @pytest.mark.parametrize(
        "fault",
        [
            "lost",
            "cut",
            "html",
            "empty",
            "500-after",
            "502-after",
            "504-after",
            'body={"a":NaN}',
            "huge",
            "bomb",
        ],
    )
    def test_a_rule_whose_answer_was_lost_is_found(self, fault: str, world: Callable[..., World]) -> None:
        one = world(f"{fault}@create")

        assert one.rules.create(DRAFT).title == "New"
        assert one.titles().count("New") == 1
        assert one.sent("POST") == 1
        assert any(isinstance(fact, Doubting) for fact in one.facts)

    @pytest.mark.parametrize("fault", ["429=1", "503-later"])
    def test_what_was_not_taken_is_sent_again(self, fault: str, world: Callable[..., World]) -> None:
        one = world(f"{fault}@create*2")

        one.rules.create(DRAFT)
        assert one.titles().count("New") == 1

    @pytest.mark.parametrize("fault", ["500", "503"])
    def test_what_the_server_gave_up_on_is_sent_again_once_the_site_lacks_it(
        self, fault: str, world: Callable[..., World]
    ) -> None:
        one = world(f"{fault}@create*1")

        one.rules.create(DRAFT)
        assert one.titles().count("New") == 1
        assert one.sent("GET") == 2

    @pytest.mark.parametrize("fault", ["refused", "502", "504"])
    def test_what_may_still_be_under_way_is_not(self, fault: str, world: Callable[..., World]) -> None:
        one = world(f"{fault}@create*1")

        with pytest.raises(Incomplete, match="not known whether") as unknown:
            one.rules.create(DRAFT)
        assert unknown.value.reason == "OUTCOME_UNKNOWN"
        assert "rules list" in unknown.value.hint
        assert one.sent("POST") == 1

    def test_without_a_look_at_the_site_nobody_can_tell(self, world: Callable[..., World]) -> None:
        with pytest.raises(Incomplete):
            world("lost@create", "500@list").rules.create(DRAFT)

    def test_two_that_look_alike_are_not_told_apart(self, world: Callable[..., World]) -> None:
        one = world("lost@create")
        with one.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "createdDate": "2999-01-01T00:00:00Z", "points": 3})

        with pytest.raises(Incomplete):
            one.rules.create(DRAFT)

    def test_an_older_one_that_looks_alike_does_not_count(self, world: Callable[..., World]) -> None:
        one = world("lost@create")
        with one.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "createdDate": "2020-01-01T00:00:00Z"})

        assert one.rules.create(DRAFT).id != NO_RULE

    def test_one_without_a_date_could_be_it_or_not(self, world: Callable[..., World]) -> None:
        one = world("refused@create")
        with one.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "status": "PAUSED"})

        with pytest.raises(Incomplete):
            one.rules.create(DRAFT)

    def test_a_custom_rule_is_found_too(self, world: Callable[..., World]) -> None:
        one = world("lost@create-custom")

        assert one.rules.create_custom("SOCIAL_MEDIA", RuleDraft({"title": "Mine"})).title == "Mine"
        assert one.titles().count("Mine") == 1

    def test_what_the_api_refuses_is_refused(self, world: Callable[..., World]) -> None:
        with pytest.raises(InvalidData) as refused:
            world().rules.create(RuleDraft({"title": "x" * 99}))

        assert "earningRule.title" in {detail.field for detail in refused.value.details}

    def test_a_bulk_that_is_lost_is_left_to_the_journal(self, world: Callable[..., World]) -> None:
        for fault in ("lost", "500", "html"):
            with pytest.raises(Incomplete):
                world(f"{fault}@bulk-create").rules.bulk_create([DRAFT])


class TestUpdating:
    """An update takes effect once, against the revision that it was meant for."""

    @pytest.mark.parametrize("fault", ["lost", "cut", "500-after", "502-after", "html"])
    def test_one_whose_answer_was_lost_is_found_done(self, fault: str, world: Callable[..., World]) -> None:
        one = world(f"{fault}@update")

        assert one.rules.update(PURCHASE, {"title": "New"}, "1").revision == "2"
        assert one.sent("PUT") == 1

    @pytest.mark.parametrize("fault", ["refused", "500", "502", "503", "504"])
    def test_one_that_did_not_take_effect_is_sent_again(
        self, fault: str, world: Callable[..., World]
    ) -> None:
        one = world(f"{fault}@update*2")

        assert one.rules.update(PURCHASE, {"title": "New"}, "1").revision == "2"
        assert one.sent("PUT") == 3

    def test_an_automated_rule_without_a_revision_is_updated_too(self, world: Callable[..., World]) -> None:
        one = world("lost@update*1")

        assert one.rules.update(SIGN_UP, {"status": "PAUSED"}, None).status == "PAUSED"

    def test_a_stale_revision_is_a_conflict(self, world: Callable[..., World]) -> None:
        with pytest.raises(Conflict, match="INVALID_REVISION"):
            world().rules.update(RSVP, {"title": "New"}, "1")

    def test_what_somebody_else_did_meanwhile_is_a_conflict_and_stays(
        self, world: Callable[..., World]
    ) -> None:
        one = world("refused@update*1")
        with one.store.site(DEFAULT_SITE, writes=True) as site:
            site.replace({**(site.rule(PURCHASE) or {}), "revision": "5", "title": "Theirs"})

        with pytest.raises(Conflict, match="revision 5 now, the change was for 1"):
            one.rules.update(PURCHASE, {"title": "New"}, "1")
        assert "Theirs" in one.titles()

    def test_another_award_counts_as_done_when_it_is_there(self, world: Callable[..., World]) -> None:
        one = world("lost@update", "legacy")

        assert (
            one.rules.update(PURCHASE, {"fixedAmount": {"configs": [{"points": 3}]}}, "1").method == "fixed"
        )

    def test_a_rule_that_went_away_is_not_found(self, world: Callable[..., World]) -> None:
        with pytest.raises(NotFound):
            world().rules.update(NO_RULE, {"title": "New"}, "1")

    def test_it_ends_when_the_tries_do(self, world: Callable[..., World]) -> None:
        with pytest.raises(TryLater):
            world("500@update").rules.update(PURCHASE, {"title": "New"}, "1")


class TestDeleting:
    """A delete is done once the rule is gone."""

    @pytest.mark.parametrize("fault", ["lost", "500-after", "502-after", "html", "cut"])
    def test_gone_on_a_later_try_is_done(self, fault: str, world: Callable[..., World]) -> None:
        one = world(f"{fault}@delete*1")

        one.rules.delete(PURCHASE, "1")
        assert "Purchase a product" not in one.titles()
        assert one.sent("DELETE") == 2

    def test_gone_on_the_first_try_is_not_found(self, world: Callable[..., World]) -> None:
        with pytest.raises(NotFound):
            world().rules.delete(NO_RULE, "1")
        with pytest.raises(NotFound):
            world("429@delete*1").rules.delete(NO_RULE, "1")

    def test_a_stale_revision_is_a_conflict(self, world: Callable[..., World]) -> None:
        for revision in ("7", None):
            with pytest.raises(Conflict):
                world().rules.delete(PURCHASE, revision)

    def test_not_answered_is_unknown_and_refused_is_not(self, world: Callable[..., World]) -> None:
        with pytest.raises(Incomplete):
            world("lost@delete").rules.delete(PURCHASE, "1")
        with pytest.raises(Incomplete):  # a broken server may have done it all the same
            world("500@delete").rules.delete(PURCHASE, "1")
        with pytest.raises(NotAllowed):
            world("403@delete").rules.delete(PURCHASE, "1")


class Tokens:
    """A place for one token."""

    def __init__(self, kept: tuple[Secret, float] | None = None) -> None:
        self.kept = kept

    def load(self) -> tuple[Secret, float] | None:
        return self.kept

    def save(self, token: Secret, expires: float) -> None:
        self.kept = (token, expires)


class TestAuthorization:
    """Keys, and the tokens that an app trades its secret for."""

    def app(self, tokens: Tokens, secret: str = KEY) -> App:
        return App("app", Secret(secret, "secret"), SITE, tokens, ImpatientClock())

    def test_a_key_goes_with_its_site(self, world: Callable[..., World]) -> None:
        one = world(authorizer=ApiKey(Secret(KEY, "key"), SITE), api_key=KEY)

        one.rules.create(DRAFT)
        assert "New" in one.titles(SITE)

    @pytest.mark.parametrize(
        ("key", "site", "why"), [("wrong", SITE, "401 UNAUTHENTICATED"), (KEY, None, "403 PERMISSION_DENIED")]
    )
    def test_a_wrong_key_or_no_site_is_not_allowed(
        self, key: str, site: str | None, why: str, world: Callable[..., World]
    ) -> None:
        with pytest.raises(NotAllowed, match=why):
            world(authorizer=ApiKey(Secret(key, "key"), site), api_key=KEY).rules.list()

    def test_an_app_asks_for_a_token_once_and_keeps_it(self, world: Callable[..., World]) -> None:
        tokens = Tokens()
        one = world(authorizer=self.app(tokens), api_key=KEY)

        one.rules.list()
        one.rules.create(DRAFT)

        assert one.sent("POST") == 2
        assert "New" in one.titles(SITE)
        assert tokens.kept is not None

    @pytest.mark.parametrize("expires", [0.0, 4e9])
    def test_a_token_that_expired_or_is_refused_is_renewed_once(
        self, expires: float, world: Callable[..., World]
    ) -> None:
        tokens = Tokens((Secret("stale", "token"), expires))
        one = world(authorizer=self.app(tokens), api_key=KEY)

        assert one.rules.list()
        assert one.sent("POST") == 1

    def test_a_token_that_is_refused_again_is_not_allowed(self, world: Callable[..., World]) -> None:
        one = world("401@list", authorizer=self.app(Tokens()), api_key=KEY)

        with pytest.raises(NotAllowed):
            one.rules.list()
        assert (one.sent("GET"), one.sent("POST")) == (2, 2)

    def test_a_wrong_secret_is_not_allowed(self, world: Callable[..., World]) -> None:
        with pytest.raises(NotAllowed, match="could not get an access token"):
            world(authorizer=self.app(Tokens(), "wrong"), api_key=KEY).rules.list()

    def test_a_lost_token_is_asked_for_again_and_leaves_no_doubt(self, world: Callable[..., World]) -> None:
        one = world("lost@token*1", authorizer=self.app(Tokens()), api_key=KEY)

        one.rules.create(DRAFT)
        assert not any(isinstance(fact, Doubting) for fact in one.facts)

    def test_an_answer_without_a_token_is_not_allowed(self, world: Callable[..., World]) -> None:
        with pytest.raises((NotAllowed, TryLater)):
            world("html@token", authorizer=self.app(Tokens()), api_key=KEY).rules.list()
        with pytest.raises(NotAllowed, match="no access token"):
            world("body={}@token", authorizer=self.app(Tokens()), api_key=KEY).rules.list()


def test_no_time_left_is_said_before_anything_is_sent(world: Callable[..., World]) -> None:
    one = world()
    one.session._seconds = 0  # noqa: SLF001 - a deadline that is over

    with pytest.raises(TryLater, match="no time is left"):
        one.session.perform(Call("do it", Effect.READ, "GET", "/x"))
    assert one.facts == []
