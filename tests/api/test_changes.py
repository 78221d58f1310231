"""Writes against a sandbox with faults: they take effect once, or their outcome is reported as unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.hooks import Reconciling
from loyaltyctl.api.reconcile import SETTLE
from loyaltyctl.errors import Conflict, Incomplete, InvalidData, NotAllowed, NotFound, TryLater
from loyaltyctl.model.validation_results import RuleDraft
from loyaltyctl.sandbox.app import DEFAULT_SITE
from tests.api.clients import DRAFT, SandboxClient
from tests.conftest import NO_RULE, PURCHASE, RSVP, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Callable

    from loyaltyctl.model.rules import EarningRule


class TestCreating:
    """A create takes effect once, or not at all, or its outcome is reported as unknown."""

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
    def test_a_rule_whose_response_was_lost_is_found(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@create")

        assert client.rules.create(DRAFT).title == "New"
        assert client.titles().count("New") == 1
        assert client.sent("POST") == 1
        assert any(isinstance(notification, Reconciling) for notification in client.notifications)

    @pytest.mark.parametrize("fault", ["429=1", "503-later"])
    def test_a_throttled_create_is_sent_again(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@create*2")

        client.rules.create(DRAFT)
        assert client.titles().count("New") == 1

    @pytest.mark.parametrize("fault", ["500", "503"])
    def test_after_a_server_error_a_create_is_sent_again_if_the_site_lacks_the_rule(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@create*1")

        client.rules.create(DRAFT)
        assert client.titles().count("New") == 1
        assert client.sent("GET") == 2

    @pytest.mark.parametrize("fault", ["refused", "502", "504"])
    def test_a_create_that_may_be_in_progress_is_not_sent_again(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@create*1")

        with pytest.raises(Incomplete, match="not known whether") as unknown:
            client.rules.create(DRAFT)
        assert unknown.value.reason == "OUTCOME_UNKNOWN"
        assert "rules list" in unknown.value.hint
        assert client.sent("POST") == 1

    @pytest.mark.parametrize("fault", ["refused", "502", "504"])
    def test_a_rule_that_appears_at_the_second_read_is_found(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@create*1")
        late: list[EarningRule] = []
        client.clock.when_slept(SETTLE, lambda: late.append(client.rules.create(DRAFT)))

        assert client.rules.create(DRAFT).id == late[0].id
        assert client.titles().count("New") == 1
        assert client.clock.slept == [SETTLE]

    def test_without_reading_the_site_the_outcome_is_unknown(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        with pytest.raises(Incomplete):
            make_client("lost@create", "500@list").rules.create(DRAFT)

    def test_two_rules_that_are_alike_leave_the_outcome_unknown(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client("lost@create")
        with client.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "createdDate": "2999-01-01T00:00:00Z", "points": 3})

        with pytest.raises(Incomplete):
            client.rules.create(DRAFT)

    def test_an_older_rule_that_is_alike_is_ignored(self, make_client: Callable[..., SandboxClient]) -> None:
        client = make_client("lost@create")
        with client.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "createdDate": "2020-01-01T00:00:00Z"})

        assert client.rules.create(DRAFT).id != NO_RULE

    def test_a_rule_without_a_creation_date_leaves_the_outcome_unknown(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client("refused@create")
        with client.store.site(DEFAULT_SITE, writes=True) as site:
            site.insert({**DRAFT.document, "id": NO_RULE, "status": "PAUSED"})

        with pytest.raises(Incomplete):
            client.rules.create(DRAFT)

    def test_a_custom_rule_is_found_too(self, make_client: Callable[..., SandboxClient]) -> None:
        client = make_client("lost@create-custom")

        assert client.rules.create_custom("SOCIAL_MEDIA", RuleDraft({"title": "Mine"})).title == "Mine"
        assert client.titles().count("Mine") == 1

    def test_violations_of_the_api_are_reported(self, make_client: Callable[..., SandboxClient]) -> None:
        with pytest.raises(InvalidData) as refused:
            make_client().rules.create(RuleDraft({"title": "x" * 99}))

        assert "earningRule.title" in {detail.field for detail in refused.value.details}

    def test_the_outcome_of_a_lost_bulk_create_is_unknown(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        for fault in ("lost", "500", "html"):
            with pytest.raises(Incomplete):
                make_client(f"{fault}@bulk-create").rules.bulk_create([DRAFT])


class TestUpdating:
    """An update takes effect once, at its revision."""

    @pytest.mark.parametrize("fault", ["lost", "cut", "500-after", "502-after", "html"])
    def test_an_update_whose_response_was_lost_is_found(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@update")

        assert client.rules.update(PURCHASE, {"title": "New"}, "1").revision == "2"
        assert client.sent("PUT") == 1

    @pytest.mark.parametrize("fault", ["refused", "500", "502", "503", "504"])
    def test_an_update_that_did_not_take_effect_is_sent_again(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@update*2")

        assert client.rules.update(PURCHASE, {"title": "New"}, "1").revision == "2"
        assert client.sent("PUT") == 3

    def test_an_automated_rule_without_a_revision_is_updated_too(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client("lost@update*1")

        assert client.rules.update(SIGN_UP, {"status": "PAUSED"}, None).status == "PAUSED"

    def test_a_stale_revision_is_a_conflict(self, make_client: Callable[..., SandboxClient]) -> None:
        with pytest.raises(Conflict, match="INVALID_REVISION"):
            make_client().rules.update(RSVP, {"title": "New"}, "1")

    def test_a_concurrent_change_is_a_conflict_and_is_kept(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client("refused@update*1")
        with client.store.site(DEFAULT_SITE, writes=True) as site:
            site.replace({**(site.rule(PURCHASE) or {}), "revision": "5", "title": "Theirs"})

        with pytest.raises(Conflict, match="revision 5 now, the change was for 1"):
            client.rules.update(PURCHASE, {"title": "New"}, "1")
        assert "Theirs" in client.titles()

    def test_a_change_of_the_award_is_recognized(self, make_client: Callable[..., SandboxClient]) -> None:
        client = make_client("lost@update", "legacy")

        assert (
            client.rules.update(PURCHASE, {"fixedAmount": {"configs": [{"points": 3}]}}, "1").method
            == "fixed"
        )

    def test_a_deleted_rule_is_not_found(self, make_client: Callable[..., SandboxClient]) -> None:
        with pytest.raises(NotFound):
            make_client().rules.update(NO_RULE, {"title": "New"}, "1")

    def test_the_last_failure_is_raised_after_all_tries(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        with pytest.raises(TryLater):
            make_client("500@update").rules.update(PURCHASE, {"title": "New"}, "1")


class TestDeleting:
    """A delete has succeeded when the rule is gone."""

    @pytest.mark.parametrize("fault", ["lost", "500-after", "502-after", "html", "cut"])
    def test_a_404_on_a_later_try_is_success(
        self, fault: str, make_client: Callable[..., SandboxClient]
    ) -> None:
        client = make_client(f"{fault}@delete*1")

        client.rules.delete(PURCHASE, "1")
        assert "Purchase a product" not in client.titles()
        assert client.sent("DELETE") == 2

    def test_a_404_on_the_first_try_is_not_found(self, make_client: Callable[..., SandboxClient]) -> None:
        with pytest.raises(NotFound):
            make_client().rules.delete(NO_RULE, "1")
        with pytest.raises(NotFound):
            make_client("429@delete*1").rules.delete(NO_RULE, "1")

    def test_a_stale_revision_is_a_conflict(self, make_client: Callable[..., SandboxClient]) -> None:
        for revision in ("7", None):
            with pytest.raises(Conflict):
                make_client().rules.delete(PURCHASE, revision)

    def test_a_lost_delete_is_unknown_and_a_refused_one_is_not(
        self, make_client: Callable[..., SandboxClient]
    ) -> None:
        with pytest.raises(Incomplete):
            make_client("lost@delete").rules.delete(PURCHASE, "1")
        with pytest.raises(Incomplete):  # a broken server may have deleted it
            make_client("500@delete").rules.delete(PURCHASE, "1")
        with pytest.raises(NotAllowed):
            make_client("403@delete").rules.delete(PURCHASE, "1")
