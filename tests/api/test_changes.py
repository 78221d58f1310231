"""Calls that change a site, against the sandbox with faults: done once, or said to be in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.hooks import Reconciling
from loyaltyctl.api.reconcile import SETTLE
from loyaltyctl.errors import Conflict, Incomplete, InvalidData, NotAllowed, NotFound, TryLater
from loyaltyctl.model.problems import RuleDraft
from loyaltyctl.sandbox.app import DEFAULT_SITE
from tests.api.clients import DRAFT, SandboxClient
from tests.conftest import NO_RULE, PURCHASE, RSVP, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.model.rules import EarningRule


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
    def test_a_rule_whose_answer_was_lost_is_found(
        self, fault: str, world: Callable[..., SandboxClient]
    ) -> None:
        one = world(f"{fault}@create")

        assert one.rules.create(DRAFT).title == "New"
        assert one.titles().count("New") == 1
        assert one.sent("POST") == 1
        assert any(isinstance(fact, Reconciling) for fact in one.facts)

    @pytest.mark.parametrize("fault", ["429=1", "503-later"])
    def test_what_was_not_taken_is_sent_again(self, fault: str, world: Callable[..., SandboxClient]) -> None:
        one = world(f"{fault}@create*2")

        one.rules.create(DRAFT)
        assert one.titles().count("New") == 1

    @pytest.mark.parametrize("fault", ["500", "503"])
    def test_what_the_server_gave_up_on_is_sent_again_once_the_site_lacks_it(
        self, fault: str, world: Callable[..., SandboxClient]
    ) -> None:
        one = world(f"{fault}@create*1")

        one.rules.create(DRAFT)
        assert one.titles().count("New") == 1
        assert one.sent("GET") == 2

    @pytest.mark.parametrize("fault", ["refused", "502", "504"])
    def test_what_may_still_be_under_way_is_not(
        self, fault: str, world: Callable[..., SandboxClient]
    ) -> None:
        one = world(f"{fault}@create*1")

        with pytest.raises(Incomplete, match="not known whether") as unknown:
            one.rules.create(DRAFT)
        assert unknown.value.reason == "OUTCOME_UNKNOWN"
        assert "rules list" in unknown.value.hint
        assert one.sent("POST") == 1

    @pytest.mark.parametrize("fault", ["refused", "502", "504"])
    def test_one_that_is_there_only_after_a_while_is_found(
        self, fault: str, world: Callable[..., SandboxClient]
    ) -> None:
        one = world(f"{fault}@create*1")
        late: list[EarningRule] = []
        one.clock.when_slept(SETTLE, lambda: late.append(one.rules.create(DRAFT)))

        assert one.rules.create(DRAFT).id == late[0].id
        assert one.titles().count("New") == 1
        assert one.clock.slept == [SETTLE]

    def test_without_a_look_at_the_site_nobody_can_tell(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises(Incomplete):
            world("lost@create", "500@list").rules.create(DRAFT)

    def test_two_that_look_alike_are_not_told_apart(self, world: Callable[..., SandboxClient]) -> None:
        one = world("lost@create")
        with one.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "createdDate": "2999-01-01T00:00:00Z", "points": 3})

        with pytest.raises(Incomplete):
            one.rules.create(DRAFT)

    def test_an_older_one_that_looks_alike_does_not_count(self, world: Callable[..., SandboxClient]) -> None:
        one = world("lost@create")
        with one.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "createdDate": "2020-01-01T00:00:00Z"})

        assert one.rules.create(DRAFT).id != NO_RULE

    def test_one_without_a_date_could_be_it_or_not(self, world: Callable[..., SandboxClient]) -> None:
        one = world("refused@create")
        with one.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "status": "PAUSED"})

        with pytest.raises(Incomplete):
            one.rules.create(DRAFT)

    def test_a_custom_rule_is_found_too(self, world: Callable[..., SandboxClient]) -> None:
        one = world("lost@create-custom")

        assert one.rules.create_custom("SOCIAL_MEDIA", RuleDraft({"title": "Mine"})).title == "Mine"
        assert one.titles().count("Mine") == 1

    def test_what_the_api_refuses_is_refused(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises(InvalidData) as refused:
            world().rules.create(RuleDraft({"title": "x" * 99}))

        assert "earningRule.title" in {detail.field for detail in refused.value.details}

    def test_a_bulk_that_is_lost_is_left_to_the_journal(self, world: Callable[..., SandboxClient]) -> None:
        for fault in ("lost", "500", "html"):
            with pytest.raises(Incomplete):
                world(f"{fault}@bulk-create").rules.bulk_create([DRAFT])


class TestUpdating:
    """An update takes effect once, against the revision that it was meant for."""

    @pytest.mark.parametrize("fault", ["lost", "cut", "500-after", "502-after", "html"])
    def test_one_whose_answer_was_lost_is_found_done(
        self, fault: str, world: Callable[..., SandboxClient]
    ) -> None:
        one = world(f"{fault}@update")

        assert one.rules.update(PURCHASE, {"title": "New"}, "1").revision == "2"
        assert one.sent("PUT") == 1

    @pytest.mark.parametrize("fault", ["refused", "500", "502", "503", "504"])
    def test_one_that_did_not_take_effect_is_sent_again(
        self, fault: str, world: Callable[..., SandboxClient]
    ) -> None:
        one = world(f"{fault}@update*2")

        assert one.rules.update(PURCHASE, {"title": "New"}, "1").revision == "2"
        assert one.sent("PUT") == 3

    def test_an_automated_rule_without_a_revision_is_updated_too(
        self, world: Callable[..., SandboxClient]
    ) -> None:
        one = world("lost@update*1")

        assert one.rules.update(SIGN_UP, {"status": "PAUSED"}, None).status == "PAUSED"

    def test_a_stale_revision_is_a_conflict(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises(Conflict, match="INVALID_REVISION"):
            world().rules.update(RSVP, {"title": "New"}, "1")

    def test_what_somebody_else_did_meanwhile_is_a_conflict_and_stays(
        self, world: Callable[..., SandboxClient]
    ) -> None:
        one = world("refused@update*1")
        with one.store.site(DEFAULT_SITE, writes=True) as site:
            site.replace({**(site.rule(PURCHASE) or {}), "revision": "5", "title": "Theirs"})

        with pytest.raises(Conflict, match="revision 5 now, the change was for 1"):
            one.rules.update(PURCHASE, {"title": "New"}, "1")
        assert "Theirs" in one.titles()

    def test_another_award_counts_as_done_when_it_is_there(self, world: Callable[..., SandboxClient]) -> None:
        one = world("lost@update", "legacy")

        assert (
            one.rules.update(PURCHASE, {"fixedAmount": {"configs": [{"points": 3}]}}, "1").method == "fixed"
        )

    def test_a_rule_that_went_away_is_not_found(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises(NotFound):
            world().rules.update(NO_RULE, {"title": "New"}, "1")

    def test_it_ends_when_the_tries_do(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises(TryLater):
            world("500@update").rules.update(PURCHASE, {"title": "New"}, "1")


class TestDeleting:
    """A delete is done once the rule is gone."""

    @pytest.mark.parametrize("fault", ["lost", "500-after", "502-after", "html", "cut"])
    def test_gone_on_a_later_try_is_done(self, fault: str, world: Callable[..., SandboxClient]) -> None:
        one = world(f"{fault}@delete*1")

        one.rules.delete(PURCHASE, "1")
        assert "Purchase a product" not in one.titles()
        assert one.sent("DELETE") == 2

    def test_gone_on_the_first_try_is_not_found(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises(NotFound):
            world().rules.delete(NO_RULE, "1")
        with pytest.raises(NotFound):
            world("429@delete*1").rules.delete(NO_RULE, "1")

    def test_a_stale_revision_is_a_conflict(self, world: Callable[..., SandboxClient]) -> None:
        for revision in ("7", None):
            with pytest.raises(Conflict):
                world().rules.delete(PURCHASE, revision)

    def test_not_answered_is_unknown_and_refused_is_not(self, world: Callable[..., SandboxClient]) -> None:
        with pytest.raises(Incomplete):
            world("lost@delete").rules.delete(PURCHASE, "1")
        with pytest.raises(Incomplete):  # a broken server may have done it all the same
            world("500@delete").rules.delete(PURCHASE, "1")
        with pytest.raises(NotAllowed):
            world("403@delete").rules.delete(PURCHASE, "1")
