"""Which rule of a site a wanted one is, what becomes of it, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.apply.plan import Action, plan
from loyaltyctl.model import desired_rules
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import AUTOMATIONS_APP, BY_ACTIVITY
from tests.apply.programs import CUSTOM, SILVER, STORES, actions, everything, rule
from tests.conftest import GOLD, PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject


class TestMatching:
    """Which rule is which."""

    def test_an_id_counts_before_a_key(self) -> None:
        there = [rule("A", id=PURCHASE), rule("B", id=RSVP)]
        wanted = [rule("B", id=PURCHASE.upper()), rule("A", id=RSVP)]

        made = plan(there, wanted)
        assert [(change.id, change.document) for change in made.changes] == [
            (PURCHASE, {"title": "B"}),
            (RSVP, {"title": "A"}),
        ]

    def test_an_id_that_is_not_there_is_of_another_site(self) -> None:
        made = plan([rule("A", id=PURCHASE)], [rule("A", 2, id=RSVP), rule("C", id=SESSION)])

        assert actions(made) == [("create", ""), ("update", PURCHASE)]
        assert "id" not in made.changes[0].document

    @pytest.mark.parametrize("app", [*STORES, STORES[1].upper()])
    def test_an_app_with_two_ids_is_one(self, app: str) -> None:
        there = rule("A", activity="stores/OrderPaid", id=PURCHASE, triggerAppId=STORES[0])

        made = plan([there], [rule("A", activity="stores/OrderPaid", triggerAppId=app)])
        assert actions(made) == [("unchanged", PURCHASE)]

    def test_of_several_with_one_key_the_one_that_is_as_wanted_is_meant(self) -> None:
        there = [rule("A", 1, id=PURCHASE), rule("A", 2, id=RSVP), rule("A", 3, id=SESSION)]

        assert actions(plan(there, [rule("A", 2)], everything)) == [
            ("delete", PURCHASE),
            ("delete", SESSION),
            ("unchanged", RSVP),
        ]

    def test_otherwise_none_of_them_is_touched(self) -> None:
        there = [rule("A", 1, id=PURCHASE), rule("A", 2, id=RSVP), rule("B", id=SESSION)]

        made = plan(there, [rule("A", 3)], everything)
        assert actions(made) == [
            ("create", ""),
            ("delete", SESSION),
            ("unmanaged", PURCHASE),
            ("unmanaged", RSVP),
        ]
        assert [change.problem for change in made.problems] == [
            "several rules have this trigger and title: give the id of one of them"
        ]
        assert [change.action for change in made.writes] == [Action.DELETE]

    def test_an_id_resolves_it(self) -> None:
        there = [rule("A", 1, id=PURCHASE), rule("A", 2, id=RSVP)]

        assert actions(plan(there, [rule("A", 3, id=RSVP), rule("A", 4, id=PURCHASE)])) == [
            ("update", RSVP),
            ("update", PURCHASE),
        ]


class TestKinds:
    """What cannot be created or deleted."""

    @pytest.mark.parametrize(("activity", "problem"), [
        ("wix_members-uou_signs_up", "cannot be created here"),
        (CUSTOM, "rules can be created for stores/OrderPaid"),
    ])  # fmt: skip
    def test_an_automated_one_that_is_not_there_is_a_problem(self, activity: str, problem: str) -> None:
        made = plan([], [rule("A", activity=activity)])

        assert made.writes == []
        [change] = made.problems
        assert change.action is Action.CREATE
        assert problem in change.problem

    def test_a_statement_of_one_says_why_it_cannot_be_created(self) -> None:
        checked = desired_rules.validate(
            {"title": "A", "trigger": "wix_members-uou_signs_up", "earn": "5 points"}
        )
        assert checked.draft is not None

        [change] = plan([], [EarningRule(checked.draft.document)]).problems
        assert change.problem.endswith("its rule is pre-installed and can be updated and paused, not created")

    @pytest.mark.parametrize("revision", [None, "3"])
    def test_a_pre_installed_one_is_paused_instead_of_deleted(self, revision: str | None) -> None:
        there = [rule("A", activity="wix_members-uou_signs_up", id=SIGN_UP, revision=revision)]

        made = plan(there, [rule("B")], everything)
        assert actions(made) == [("create", ""), ("pause", SIGN_UP)]
        assert made.changes[1].document == {"status": "PAUSED"}
        assert made.changes[1].revision == revision
        assert [field.document() for field in made.changes[1].fields] == [
            {"path": "status", "old": "ACTIVE", "new": "PAUSED"}
        ]

    def test_one_that_is_paused_stays_so(self) -> None:
        there = [rule("A", activity="wix_members-uou_signs_up", id=SIGN_UP, status="PAUSED")]

        assert actions(plan(there, [], everything)) == [("unmanaged", SIGN_UP)]

    def test_without_an_award_nothing_can_be_created(self) -> None:
        wanted = EarningRule({"title": "A", "triggerActivityType": "events/Rsvp", "status": "ACTIVE"})

        [change] = plan([], [wanted]).problems
        assert (
            change.problem
            == "awards nothing: give points (with per, for a rate), earn, fixedAmount or conversionRate"
        )

    def test_whole_numbers_that_a_site_answers_as_decimals_can_be_created(self) -> None:
        answered = rule("A", id=RSVP, fixedAmount={"configs": [{"points": 2.0}]})

        made = plan([], [EarningRule(desired_rules.for_other_site(answered, {}))])
        assert made.problems == []

    def test_what_a_trigger_does_not_permit_is_a_problem(self) -> None:
        wanted = EarningRule({
            "title": "A", "triggerActivityType": "events/Rsvp", "status": "ACTIVE",
            "triggerAppId": BY_ACTIVITY["events/Rsvp"].app_id,
            "conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}]},
        })  # fmt: skip

        for there in ([], [rule("A", id=RSVP)]):
            [change] = plan(there, [wanted]).problems
            assert change.problem.endswith("can only award a fixed amount")


def test_the_order_is_create_resume_update_pause_delete() -> None:
    there = [
        rule("deleted", id=PURCHASE),
        rule("paused", id=RSVP),
        rule("updated", id=SESSION),
        rule("resumed", id=GOLD, status="PAUSED"),
        rule("swept", activity="wix_members-uou_signs_up", id=SIGN_UP),
        rule("same", id=SILVER),
    ]
    wanted = [
        rule("same"),
        rule("paused", 3, status="PAUSED"),
        rule("updated", 2),
        rule("resumed", 4),
        rule("new"),
    ]

    assert [change.rule.title for change in plan(there, wanted, everything).changes] == [
        "new", "resumed", "updated", "paused", "swept", "deleted", "same",
    ]  # fmt: skip


class TestWarnings:
    """What may not be wanted."""

    def test_no_active_rule(self) -> None:
        made = plan([rule("A", id=RSVP)], [rule("A", status="PAUSED")])

        assert made.warnings() == ["no rule stays ACTIVE after this; a program without one pauses itself"]

    def test_nothing_is_said_where_nothing_changes(self) -> None:
        assert plan([rule("A", id=RSVP, status="PAUSED")], []).warnings() == []

    def test_a_rule_that_cannot_be_changed_stays_active(self) -> None:
        rate: JsonObject = {
            "conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}]},
            "fixedAmount": None,
        }
        broken = EarningRule({k: v for k, v in (rule("A").document | rate).items() if v is not None})

        made = plan([rule("A", id=RSVP)], [broken, rule("B", activity="stores/OrderPaid", status="PAUSED")])
        assert [change.rule.title for change in made.problems] == ["A"]
        assert [change.rule.title for change in made.writes] == ["B"]
        assert made.warnings() == []

    def test_a_second_rule_for_a_trigger(self) -> None:
        made = plan([rule("A", id=RSVP)], [rule("B")])

        assert made.warnings() == [
            f'"B" is created beside "A", which has the same trigger: activities earn points by both. To replace that rule, give its id in the file: {RSVP}'
        ]
        assert plan([rule("A", id=RSVP)], [rule("B")], everything).warnings() == []
        assert plan([rule("A", id=RSVP, status="PAUSED")], [rule("B")]).warnings() == []
        assert plan([rule("A", id=RSVP)], [rule("B", status="PAUSED")]).warnings() == []
        assert plan([rule("A", id=RSVP)], [rule("B", activity="stores/OrderPaid")]).warnings() == []

    def test_a_custom_rule_that_goes(self) -> None:
        there = [
            rule("A", activity=CUSTOM, id=GOLD, sourceAppId=AUTOMATIONS_APP, metadata={"canBeDeleted": True}),
            rule("B", id=RSVP),
        ]

        assert plan(there, [rule("B")], everything).warnings() == [
            '"A" is a custom rule of Wix Automations: it cannot be created again here'
        ]
