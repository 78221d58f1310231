"""Rule sets: duplicates, and advice about likely mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.errors import Location
from loyaltyctl.intake import documents
from loyaltyctl.model import advice, desired_rules, rule_files
from loyaltyctl.model.rule_sets import rule_set
from tests.conftest import GOLD, PURCHASE
from tests.model.parsing import parse_rules

if TYPE_CHECKING:
    from loyaltyctl.errors import Detail

STORES = ("1380b703-ce81-ff05-f115-39571d94dfcd", "215238eb-22a5-4c36-9e7b-e7c08025e04e")


def advised(text: str, name: str = "r.yaml") -> list[Detail]:
    """Return the advice about a text."""
    stated = parse_rules(text, name, new=True)
    assert not stated.problems, [*map(str, stated.problems)]
    return [*advice.advice(stated.located)]


class TestSets:
    """Duplicates in rule sets."""

    FIRST = "- title: A\n  trigger: stores/OrderPaid\n  earn: 1 point\n"

    @pytest.mark.parametrize("second", [
        "- title: A\n  trigger: stores/OrderPaid\n  earn: 2 points\n",
        f"- title: A\n  trigger: stores/OrderPaid\n  triggerAppId: {STORES[0].upper()}\n",
        f"- title: A\n  trigger: stores/OrderPaid\n  triggerAppId: {STORES[1]}\n",
    ])  # fmt: skip
    def test_a_duplicate_is_reported_with_the_location_of_the_first(self, second: str) -> None:
        text = f"{self.FIRST}- title: B\n  trigger: events/Rsvp\n{second}"

        assert [*map(str, parse_rules(text).problems)] == [
            "r.yaml line 6 column 3: title: has the trigger and the title of the rule at r.yaml line 1 column 3: change the title, or give each rule its id"
        ]
        assert parse_rules(text).problems[0].rule == "DUPLICATE_RULE"

    def test_each_further_duplicate_is_reported(self) -> None:
        found = parse_rules(self.FIRST * 3).problems

        assert [detail.where for detail in found] == [Location("r.yaml", 4, 3), Location("r.yaml", 7, 3)]

    def test_duplicates_in_compact_json_are_located_by_item(self) -> None:
        item = '{"title": "A", "trigger": "events/Rsvp"}'

        assert [str(detail.where) for detail in parse_rules(f"[{item}, {item}]", "r.json").problems] == [
            "r.json item 2"
        ]

    def test_two_files_are_one_set(self) -> None:
        entries = [
            entry
            for name in ("a.yaml", "b.yaml")
            for entry in rule_files.entries(documents.parse(self.FIRST.encode(), name))
        ]

        [problem] = rule_set(entries, desired_rules.validate_desired).problems
        assert problem.where == Location("b.yaml", 1, 3)
        assert "of the rule at a.yaml line 1 column 3" in problem.message

    def test_rules_are_distinguished_by_ids_which_must_be_unique(self) -> None:
        named = f"{self.FIRST}  id: {PURCHASE}\n"

        assert parse_rules(self.FIRST + named).problems == []
        again = self.FIRST.replace("title: A", "title: B") + f"  id: {PURCHASE.upper()}\n"
        [problem] = parse_rules(named + again).problems
        assert (problem.field, problem.where) == ("id", Location("r.yaml", 5, 3))
        assert problem.message.startswith("has the id of the rule at r.yaml line 1 column 3")

    def test_a_duplicate_id_is_not_explained_by_the_title(self) -> None:
        one, other = (f"- {{title: {title}, trigger: events/Rsvp, id: {PURCHASE}}}\n" for title in "AB")

        [problem] = parse_rules(one + other).problems

        assert "title" not in problem.message

    def test_titles_and_triggers_that_differ_are_other_rules(self) -> None:
        others = [
            "- title: a\n  trigger: stores/OrderPaid\n",
            "- title: A\n  trigger: events/Rsvp\n",
            "- title: A\n  trigger: stores/OrderPaid\n  triggerAppId: another\n",
        ]

        assert parse_rules(self.FIRST + "".join(others)).problems == []

    def test_an_invalid_rule_does_not_hide_the_others(self) -> None:
        stated = parse_rules(f"{self.FIRST}- 5\n- title: B\n  trigger: events/Rsvp\n")

        assert [rule.title for rule in stated.rules] == ["A", "B"]
        assert [*map(str, stated.problems)] == ["r.yaml line 4 column 3: must be an object, got 5"]

    def test_an_unknown_field_is_a_problem_in_the_short_form_and_a_warning_in_a_response(
        self,
    ) -> None:
        assert [*map(str, parse_rules(f"{self.FIRST}  newer: 5\n").problems)] == [
            "r.yaml line 4 column 10: newer: is not a field of a rule"
        ]
        response = '[{"title": "A", "triggerActivityType": "events/Rsvp", "newer": 5}]'
        assert [*map(str, parse_rules(response, "r.json").warnings)] == [
            "r.json item 1: newer is unknown and is left out"
        ]


class TestAdvice:
    """Advice about valid rules that are probably a mistake."""

    @pytest.mark.parametrize(("text", "found"), [
        ("- {title: A, trigger: events/Rsvp, earn: 5 points}\n", []),
        ("- {title: A, trigger: events/Rsvp, earn: 5 points}\n- {title: B, trigger: events/Rsvp, earn: 6 points}\n- {title: C, trigger: events/Rsvp, earn: 1 point, status: PAUSED}\n", [("OVERLAP", 2, 3, 'has the same trigger as "A": an activity earns points by both')]),
        (f"- {{title: A, trigger: stores/OrderPaid, triggerAppId: {STORES[0]}, earn: 5 points}}\n- {{title: B, trigger: stores/OrderPaid, triggerAppId: {STORES[1]}, earn: 6 points}}\n", [("OVERLAP", 2, 3, 'has the same trigger as "A": an activity earns points by both')]),
        ("- {title: A, trigger: x, triggerAppId: a, earn: 5 points}\n- {title: B, trigger: x, triggerAppId: b, earn: 6 points}\n", []),
        ("- {title: A, trigger: events/Rsvp, earn: 5 points, status: PAUSED}\n", [("NONE_ACTIVE", 1, 3, "no rule is ACTIVE; a program without one pauses itself")]),
        ("- {title: A, trigger: events/Rsvp, earn: 0 points}\n", [("NO_POINTS", 1, 42, "the base tier earns 0 points")]),
        ("- title: A\n  trigger: events/Rsvp\n  fixedAmount:\n    configs:\n      - {points: 0}\n", [("NO_POINTS", 5, 9, "the base tier earns 0 points")]),
        (f"- title: A\n  trigger: events/Rsvp\n  earn: 5 points\n  tiers:\n    {GOLD}: 0 points\n", [("NO_POINTS", 5, 43, f"the tier {GOLD} earns 0 points"), ("TIER_RATE", 5, 43, f"the tier {GOLD} earns 0 points, less than the base tier")]),
        (f"- title: A\n  trigger: events/Rsvp\n  tiers:\n    {GOLD}: 5 points\n", [("NO_BASE_TIER", 4, 5, "has no award for the base tier: that on the site is kept; a new rule has none")]),
        (f"- title: A\n  trigger: events/Rsvp\n  fixedAmount:\n    configs: [{{tierId: {GOLD}, points: 1}}]\n", [("NO_BASE_TIER", 4, 5, "the base tier earns nothing")]),
        (f"- title: A\n  trigger: stores/OrderPaid\n  earn: 2 per 1\n  tiers:\n    {GOLD}: 3 per 2\n", [("TIER_RATE", 5, 43, f"the tier {GOLD} earns 3 per 2, less than the base tier")]),
        (f"- title: A\n  trigger: stores/OrderPaid\n  earn: 2 per 1\n  tiers:\n    {GOLD}: 39 per 2\n", []),
        (f"- title: A\n  trigger: stores/OrderPaid\n  earn: 2 per 1\n  tiers:\n    {GOLD}: 40 per 2\n", [("TIER_RATE", 5, 43, f"the tier {GOLD} earns 40 per 2, 10 times as much as the base tier")]),
        (f"- title: A\n  trigger: stores/OrderPaid\n  conversionRate:\n    configs:\n      - {{points: 2, moneyAmount: 1}}\n      - {{points: 1, moneyAmount: 1, tierId: {GOLD}}}\n", [("TIER_RATE", 6, 9, f"the tier {GOLD} earns 1 per 1, less than the base tier")]),
        (f"tiers: {{Gold: {GOLD}}}\nrules:\n- title: A\n  trigger: stores/OrderPaid\n  earn: 2 per 1\n  tiers:\n    Gold: 1 per 1\n", [("TIER_RATE", 7, 11, f"the tier {GOLD} earns 1 per 1, less than the base tier")]),
        ("- {title: A, trigger: events/Rspv, triggerAppId: x, earn: 5 points}\n", [("UNKNOWN_TRIGGER", 1, 23, '"events/Rspv" is not a known trigger; did you mean events/Rsvp?')]),
        ("- {title: A, triggerActivityType: stores/OrderPayed, triggerAppId: x, earn: 5 points}\n", [("UNKNOWN_TRIGGER", 1, 35, '"stores/OrderPayed" is not a known trigger; did you mean stores/OrderPaid?')]),
        ("- {title: A, trigger: social-media-channel_followed, triggerAppId: x, earn: 5 points}\n", []),
        ("- {title: A, trigger: events/Rsvp}\n", [("NO_AWARD", 1, 3, "has no award, so the award on the site is kept")]),
        ("[]\n", []),
    ])  # fmt: skip
    def test_advice_has_its_location(self, text: str, found: list[tuple[str, int, int, str]]) -> None:
        found_advice = [
            (one.rule, one.where.line, one.where.column, one.message)
            for one in advised(text)
            if isinstance(one.where, Location)
        ]

        assert found_advice == found

    def test_tiers_are_not_compared_with_a_base_tier_without_points(self) -> None:
        text = f"- {{title: A, trigger: events/Rsvp, earn: 0 points, tiers: {{{GOLD}: 5 points}}}}\n"

        assert [one.rule for one in advised(text)] == ["NO_POINTS"]
