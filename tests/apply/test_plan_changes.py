"""Plans in examples: how rules are matched, which changes are possible, their order, and warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.apply.plan import plan
from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.model import desired_rules, rule_forms
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import AUTOMATIONS_APP, BY_ACTIVITY
from tests.apply.strategies import CUSTOM, SILVER, STORES, actions, everything, rule
from tests.conftest import GOLD, PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject


class TestMatching:
    """Matching of desired rules to current rules."""

    def test_an_id_counts_before_a_key(self) -> None:
        current = [rule("A", id=PURCHASE), rule("B", id=RSVP)]
        desired = [rule("B", id=PURCHASE.upper()), rule("A", id=RSVP)]

        result = plan(current, desired)
        assert [(change.id, change.document) for change in result.changes] == [
            (PURCHASE, {"title": "B"}),
            (RSVP, {"title": "A"}),
        ]

    def test_an_id_that_the_site_lacks_is_ignored(self) -> None:
        result = plan([rule("A", id=PURCHASE)], [rule("A", 2, id=RSVP), rule("C", id=SESSION)])

        assert actions(result) == [("create", ""), ("update", PURCHASE)]
        assert "id" not in result.changes[0].document

    @pytest.mark.parametrize("app", [*STORES, STORES[1].upper()])
    def test_an_app_with_two_ids_is_one(self, app: str) -> None:
        current = rule("A", activity="stores/OrderPaid", id=PURCHASE, triggerAppId=STORES[0])

        result = plan([current], [rule("A", activity="stores/OrderPaid", triggerAppId=app)])
        assert actions(result) == [("unchanged", PURCHASE)]

    def test_of_several_with_one_key_the_one_that_needs_no_change_is_matched(self) -> None:
        current = [rule("A", 1, id=PURCHASE), rule("A", 2, id=RSVP), rule("A", 3, id=SESSION)]

        assert actions(plan(current, [rule("A", 2)], everything)) == [
            ("delete", PURCHASE),
            ("delete", SESSION),
            ("unchanged", RSVP),
        ]

    def test_of_several_rules_with_one_key_none_is_changed_otherwise(self) -> None:
        current = [rule("A", 1, id=PURCHASE), rule("A", 2, id=RSVP), rule("B", id=SESSION)]

        result = plan(current, [rule("A", 3)], everything)
        assert actions(result) == [
            ("create", ""),
            ("delete", SESSION),
            ("unmanaged", PURCHASE),
            ("unmanaged", RSVP),
        ]
        assert [change.problem for change in result.problems] == [
            "several rules have this trigger and title: give the id of one of them"
        ]
        assert [change.action for change in result.writes] == [Action.DELETE]

    def test_an_id_selects_one_of_several_rules_with_one_key(self) -> None:
        current = [rule("A", 1, id=PURCHASE), rule("A", 2, id=RSVP)]

        assert actions(plan(current, [rule("A", 3, id=RSVP), rule("A", 4, id=PURCHASE)])) == [
            ("update", RSVP),
            ("update", PURCHASE),
        ]


class TestKinds:
    """Rules that cannot be created or deleted."""

    @pytest.mark.parametrize(("activity", "problem"), [
        ("wix_members-uou_signs_up", "cannot be created here"),
        (CUSTOM, "rules can be created for stores/OrderPaid"),
    ])  # fmt: skip
    def test_an_automated_rule_that_the_site_lacks_is_a_problem(self, activity: str, problem: str) -> None:
        result = plan([], [rule("A", activity=activity)])

        assert result.writes == []
        [change] = result.problems
        assert change.action is Action.CREATE
        assert problem in change.problem

    def test_a_problem_names_the_reason_that_a_rule_cannot_be_created(self) -> None:
        checked = desired_rules.validate_desired(
            {"title": "A", "trigger": "wix_members-uou_signs_up", "earn": "5 points"}
        )
        assert checked.draft is not None

        [change] = plan([], [EarningRule(checked.draft.document)]).problems
        assert change.problem.endswith("its rule is pre-installed and can be updated and paused, not created")

    @pytest.mark.parametrize("revision", [None, "3"])
    def test_a_pre_installed_rule_is_paused_instead_of_deleted(self, revision: str | None) -> None:
        current = [rule("A", activity="wix_members-uou_signs_up", id=SIGN_UP, revision=revision)]

        result = plan(current, [rule("B")], everything)
        assert actions(result) == [("create", ""), ("pause", SIGN_UP)]
        assert result.changes[1].document == {"status": "PAUSED"}
        assert result.changes[1].revision == revision
        assert [field._asdict() for field in result.changes[1].fields] == [
            {"path": "status", "old": "ACTIVE", "new": "PAUSED"}
        ]

    def test_a_paused_pre_installed_rule_stays_as_it_is(self) -> None:
        current = [rule("A", activity="wix_members-uou_signs_up", id=SIGN_UP, status="PAUSED")]

        assert actions(plan(current, [], everything)) == [("unmanaged", SIGN_UP)]

    def test_a_rule_without_an_award_cannot_be_created(self) -> None:
        desired = EarningRule({"title": "A", "triggerActivityType": "events/Rsvp", "status": "ACTIVE"})

        [change] = plan([], [desired]).problems
        assert (
            change.problem
            == "awards nothing: give points (with per, for a rate), earn, fixedAmount or conversionRate"
        )

    def test_whole_numbers_that_a_site_returns_as_decimals_can_be_created(self) -> None:
        answered = rule("A", id=RSVP, fixedAmount={"configs": [{"points": 2.0}]})

        result = plan([], [EarningRule(rule_forms.for_other_site(answered, {}))])
        assert result.problems == []

    def test_what_a_trigger_does_not_permit_is_a_problem(self) -> None:
        desired = EarningRule({
            "title": "A", "triggerActivityType": "events/Rsvp", "status": "ACTIVE",
            "triggerAppId": BY_ACTIVITY["events/Rsvp"].app_id,
            "conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}]},
        })  # fmt: skip

        for current in ([], [rule("A", id=RSVP)]):
            [change] = plan(current, [desired]).problems
            assert change.problem.endswith("can only award a fixed amount")


def test_the_order_is_create_resume_update_pause_delete() -> None:
    current = [
        rule("deleted", id=PURCHASE),
        rule("paused", id=RSVP),
        rule("updated", id=SESSION),
        rule("resumed", id=GOLD, status="PAUSED"),
        rule("swept", activity="wix_members-uou_signs_up", id=SIGN_UP),
        rule("same", id=SILVER),
    ]
    desired = [
        rule("same"),
        rule("paused", 3, status="PAUSED"),
        rule("updated", 2),
        rule("resumed", 4),
        rule("new"),
    ]

    assert [change.rule.title for change in plan(current, desired, everything).changes] == [
        "new", "resumed", "updated", "paused", "swept", "deleted", "same",
    ]  # fmt: skip


class TestWarnings:
    """Effects that may not be intended."""

    def test_a_plan_after_which_no_rule_is_active_has_a_warning(self) -> None:
        result = plan([rule("A", id=RSVP)], [rule("A", status="PAUSED")])

        assert result.warnings() == ["no rule stays ACTIVE after this; a program without one pauses itself"]

    def test_a_plan_without_changes_has_no_warnings(self) -> None:
        assert plan([rule("A", id=RSVP, status="PAUSED")], []).warnings() == []

    def test_a_rule_that_cannot_be_changed_stays_active(self) -> None:
        rate: JsonObject = {
            "conversionRate": {"configs": [{"points": 1, "moneyAmount": 1}]},
            "fixedAmount": None,
        }
        broken = EarningRule({k: v for k, v in (rule("A").document | rate).items() if v is not None})

        result = plan([rule("A", id=RSVP)], [broken, rule("B", activity="stores/OrderPaid", status="PAUSED")])
        assert [change.rule.title for change in result.problems] == ["A"]
        assert [change.rule.title for change in result.writes] == ["B"]
        assert result.warnings() == []

    def test_a_second_rule_for_a_trigger_has_a_warning(self) -> None:
        result = plan([rule("A", id=RSVP)], [rule("B")])

        assert result.warnings() == [
            f'"B" is created beside "A", which has the same trigger: activities earn points by both. To replace that rule, give its id in the file: {RSVP}'
        ]
        assert plan([rule("A", id=RSVP)], [rule("B")], everything).warnings() == []
        assert plan([rule("A", id=RSVP, status="PAUSED")], [rule("B")]).warnings() == []
        assert plan([rule("A", id=RSVP)], [rule("B", status="PAUSED")]).warnings() == []
        assert plan([rule("A", id=RSVP)], [rule("B", activity="stores/OrderPaid")]).warnings() == []

    def test_the_deletion_of_a_custom_rule_has_a_warning(self) -> None:
        current = [
            rule("A", activity=CUSTOM, id=GOLD, sourceAppId=AUTOMATIONS_APP, metadata={"canBeDeleted": True}),
            rule("B", id=RSVP),
        ]

        assert plan(current, [rule("B")], everything).warnings() == [
            '"A" is a custom rule of Wix Automations: it cannot be created again here'
        ]
