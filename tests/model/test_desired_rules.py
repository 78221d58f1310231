"""Desired rules: the short and the long form, and the problems in them with their locations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from loyaltyctl.errors import InvalidData
from loyaltyctl.intake import documents
from loyaltyctl.model import desired_rules, rule_forms
from loyaltyctl.model.rule_content import has_same_content
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import BY_ACTIVITY, LOYALTY_APP
from tests.conftest import GOLD, PURCHASE
from tests.model.examples import drafts, responses
from tests.model.parsing import parse_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

SILVER = "9d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
APP = BY_ACTIVITY["stores/OrderPaid"].app_id
HEAD = "- title: A\n  trigger: stores/OrderPaid\n"


def accepted(text: str, name: str = "r.yaml", site: Sequence[str] = ()) -> Any:
    """Return the document of the only rule in a text."""
    stated = parse_rules(text, name, site)
    assert not stated.problems, [*map(str, stated.problems)]
    assert not stated.warnings
    [rule] = stated.rules
    return rule.document


def refused(text: str, name: str = "r.yaml", *, new: bool = False) -> list[str]:
    """Return the problems in a text, with their locations."""
    return [*map(str, parse_rules(text, name, new=new).problems)]


def fixed(*configs: dict[str, Any]) -> dict[str, Any]:
    return {"fixedAmount": {"configs": [*configs]}}


def rate(*configs: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"conversionRate": {"configs": [*configs], **more}}


@pytest.mark.parametrize(
    ("stated", "award"),
    [
        ("earn: 50 points", fixed({"points": 50})),
        ("earn: 1 point", fixed({"points": 1})),
        ("earn: 1 points", fixed({"points": 1})),
        ("earn: 0 points", fixed({"points": 0})),
        ("earn: 9007199254740991 points", fixed({"points": 2**53 - 1})),
        ("earn: 2 per 1", rate({"points": 2, "moneyAmount": 1})),
        ("earn: 2 points per 1", rate({"points": 2, "moneyAmount": 1})),
        ("earn: 1 point per 100", rate({"points": 1, "moneyAmount": 100})),
        ("points: 5", fixed({"points": 5})),
        ("points: 5\n  per: 2", rate({"points": 5, "moneyAmount": 2})),
        ("points: 5\n  money_amount: 2", rate({"points": 5, "moneyAmount": 2})),
        ("earn: 2 per 1\n  field: price.amount", rate({"points": 2, "moneyAmount": 1}, field="price.amount")),
        (f"earn: 2 per 1\n  tiers:\n    {GOLD}: 3 per 1\n    {SILVER}: 5 per 2", rate({"points": 2, "moneyAmount": 1}, {"tierId": GOLD, "points": 3, "moneyAmount": 1}, {"tierId": SILVER, "points": 5, "moneyAmount": 2})),
        (f"earn: 2 points\n  tiers: {{{GOLD}: 1 point}}", fixed({"points": 2}, {"tierId": GOLD, "points": 1})),
        (f"tiers: {{{GOLD}: 3 per 1}}", rate({"tierId": GOLD, "points": 3, "moneyAmount": 1})),
        (f"tiers: {{{GOLD}: 3 points}}", fixed({"tierId": GOLD, "points": 3})),
        (f"points: 2\n  tiers: {GOLD}=3 {SILVER}=4", fixed({"points": 2}, {"tierId": GOLD, "points": 3}, {"tierId": SILVER, "points": 4})),
        (f"earn: 2 per 3\n  tiers: [{GOLD}=3, {SILVER}=4/2]", rate({"points": 2, "moneyAmount": 3}, {"tierId": GOLD, "points": 3, "moneyAmount": 3}, {"tierId": SILVER, "points": 4, "moneyAmount": 2})),
        ("earn: 2 points\n  tiers: {}", fixed({"points": 2})),
        ("fixedAmount: {configs: [{points: 1}]}", fixed({"points": 1})),
        ("fixed_amount: {configs: [{points: 1, tier_id: ''}]}", fixed({"points": 1, "tierId": ""})),
        ("fixedAmount: {points: 5}", fixed({"points": 5})),
        ("conversionRate: {points: 5, money_amount: 2, field: x}", rate({"points": 5, "moneyAmount": 2}, field="x")),
        ("earn: null", {}),
        ("status: ACTIVE", {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["r.yaml", "r.json"])
def test_an_award_can_be_a_phrase_or_numbers_or_the_form_of_the_api(
    stated: str, award: dict[str, Any], name: str
) -> None:
    text = f"{HEAD}  {stated}\n"
    if name == "r.json":
        text = json.dumps(documents.parse(text.encode(), "r.yaml").value, indent=1)

    assert accepted(text, name) == {
        "title": "A",
        "triggerActivityType": "stores/OrderPaid",
        "triggerAppId": APP,
        "status": "ACTIVE",
        **award,
    }


@given(drafts())
def test_the_short_form_reads_back_as_the_same_rule(draft: dict[str, Any]) -> None:
    rule = EarningRule(draft)

    for stated in (
        rule_forms.to_short_form(rule, {}, with_id=False),
        rule_forms.to_long_form(rule, with_id=False),
    ):
        checked = desired_rules.validate_new_desired(json.loads(json.dumps(stated)))
        assert checked.draft is not None, checked.problems
        assert not checked.warnings
        assert has_same_content(EarningRule(checked.draft.document), rule)


@given(responses())
def test_fields_set_by_the_server_are_left_out_of_a_response(response: dict[str, Any]) -> None:
    checked = desired_rules.validate_desired(response)

    assert checked.draft is not None
    assert checked.draft.document.keys() <= {
        "id", "title", "triggerActivityType", "triggerAppId", "status", "fixedAmount", "conversionRate",
    }  # fmt: skip
    assert checked.warnings == ("newerField is unknown and is left out",)


def test_fields_left_out_are_not_stated_except_the_status() -> None:
    assert accepted(f"- id: {PURCHASE}\n") == {"id": PURCHASE, "status": "ACTIVE"}
    assert accepted(
        f"- {{_id: {PURCHASE}, revision: 4, source_app_id: {LOYALTY_APP}, metadata: {{}}}}\n"
    ) == {
        "id": PURCHASE,
        "status": "ACTIVE",
    }
    assert accepted(f"{HEAD}  status: PAUSED\n")["status"] == "PAUSED"
    assert accepted(f"{HEAD}  status: UNKNOWN\n")["status"] == "UNKNOWN"


class TestTierNames:
    """The `tiers` of a file: names for ids, shared by all sites or for each of them."""

    SHORT = "rules:\n  - title: A\n    trigger: stores/OrderPaid\n    earn: 2 per 1\n    tiers:\n      Gold: 3 per 1\n"
    LONG = "rules:\n  - title: A\n    trigger: stores/OrderPaid\n    conversionRate:\n      configs:\n        - {points: 2, moneyAmount: 1}\n        - {tierId: Gold, points: 3, moneyAmount: 1}\n"
    BOTH = f"tiers:\n  Gold: {{shop: {GOLD}, other: {SILVER}}}\n"

    @pytest.mark.parametrize("rules", [SHORT, LONG])
    @pytest.mark.parametrize(("names", "site", "tier"), [
        (f"tiers: {{Gold: {GOLD}}}\n", (), GOLD),
        (f"tiers: {{Gold: {GOLD.upper()}}}\n", ("shop",), GOLD),
        (BOTH, ("shop", "0001"), GOLD),
        (BOTH, ("0001", "other"), SILVER),
        (BOTH, (), GOLD),
    ])  # fmt: skip
    def test_names_of_tiers_are_replaced_by_ids(
        self, names: str, site: Sequence[str], tier: str, rules: str
    ) -> None:
        configs = accepted(f"{names}{rules}", site=site)["conversionRate"]["configs"]

        assert [config.get("tierId") for config in configs] == [None, tier]

    def test_json_files_can_have_names_of_tiers(self) -> None:
        value = documents.parse(f"tiers: {{Gold: {GOLD}}}\n{self.SHORT}".encode(), "r.yaml").value

        assert accepted(json.dumps(value), "r.json")["conversionRate"]["configs"][1]["tierId"] == GOLD

    @pytest.mark.parametrize(("text", "message"), [
        (SHORT, "r.yaml line 6 column 13: tiers.Gold: is not a tier id; to use it as a name, add to the file tiers: {Gold: ID}"),
        (f"tiers: {{Silver: {SILVER}}}\n{SHORT}", "r.yaml line 7 column 13: tiers.Gold: is not a tier id; to use it as a name, add to the file tiers: {Gold: ID}"),
        (LONG, 'r.yaml line 7 column 20: conversionRate.configs.1.tierId: must be a GUID, got "Gold"'),
    ])  # fmt: skip
    def test_an_unknown_name_is_reported_once(self, text: str, message: str) -> None:
        assert refused(text) == [message]

    def test_a_name_without_an_id_for_the_site_is_an_error(self) -> None:
        with pytest.raises(
            InvalidData, match=r'r\.yaml line 2 column 9: the tier "Gold" has no id for third'
        ):
            parse_rules(self.BOTH + self.SHORT, site=("third",))

    def test_a_name_without_any_id_is_an_error_without_a_site_too(self) -> None:
        with pytest.raises(InvalidData, match=r'r\.yaml line 2 column 9: the tier "Gold" has no id$'):
            parse_rules("tiers:\n  Gold: {}\n" + self.SHORT)

    @pytest.mark.parametrize(("name", "text", "message"), [
        ("r.yaml", "tiers: [5]\nrules: []\n", "r.yaml line 1 column 8: tiers must map names to ids, got [5]"),
        ("r.yaml", "tiers:\n  Gold: x\nrules: []\n", 'r.yaml line 2 column 9: the tier "Gold" must have a GUID, got "x"'),
        ("r.yaml", "tiers:\n  Gold:\n    shop: 5\nrules: []\n", 'r.yaml line 3 column 11: the tier "Gold" must have a GUID, got 5'),
        ("r.yaml", f"tiers:\n  Gold: {GOLD}\n  Or: {GOLD.upper()}\nrules: []\n", f"r.yaml line 2 column 9: two names have the id {GOLD}"),
        ("r.json", '{"tiers": {"Gold": "x"}, "rules": []}', 'r.json line 1 column 20: the tier "Gold" must have a GUID, got "x"'),
        ("r.json", '{"tiers": {},\n "rulez": 1, "rules": []}', 'r.json line 2 column 11: rules can only be combined with $schema and tiers, not "rulez"'),
        ("r.yaml", "rules: 5\n", "r.yaml line 1 column 8: rules must be a list, got 5"),
    ])  # fmt: skip
    def test_problems_around_the_rules_have_their_location(self, name: str, text: str, message: str) -> None:
        with pytest.raises(InvalidData) as error:
            parse_rules(text, name)

        assert error.value.message == message

    @pytest.mark.parametrize("tier", [GOLD, GOLD.upper()])
    def test_a_tier_by_name_and_by_id_is_a_duplicate(self, tier: str) -> None:
        text = f"tiers: {{Gold: {GOLD}}}\n{self.SHORT}      {tier}: 4 per 1\n"

        [problem] = parse_rules(text).problems

        assert problem.rule == "DUPLICATE_TIER", str(problem)


@pytest.mark.parametrize(
    ("stated", "problems"),
    [
        ("earn: 50", ['3 9: earn: must be "50 points" or "2 per 1", got 50']),
        ("earn: 50 points!", ['3 9: earn: must be "50 points" or "2 per 1", got "50 points!"']),
        ("earn: 2 per", ['3 9: earn: must be "50 points" or "2 per 1", got "2 per"']),
        ("earn: [1]", ['3 9: earn: must be "50 points" or "2 per 1", got [1]']),
        ("earn: 2 per 0", ["3 9: earn: must be at least 1, got 0"]),
        ("earn: -1 points", ["3 9: earn: must be at least 0, got -1"]),
        ("earn: 1.5 points", ['3 9: earn: must be a whole number, got "1.5"']),
        ("earn: many points", ['3 9: earn: must be a whole number, got "many"']),
        ("earn: 9007199254740992 points", ["3 9: earn: must be at most 9007199254740991, got 9007199254740992"]),
        ("earn: 2 points\n  points: 3", ["3 9: earn: is mutually exclusive with points"]),
        ("earn: 2 per 1\n  per: 3", ["3 9: earn: is mutually exclusive with per"]),
        ("points: 5\n  fixedAmount: {configs: [{points: 1}]}", ["3 11: points: is mutually exclusive with fixedAmount"]),
        ("earn: 2 points\n  fixedAmount: {configs: [{points: 1}]}", ["3 9: earn: is mutually exclusive with fixedAmount"]),
        ("points: 5\n  per: 2\n  moneyAmount: 3", ["4 8: per: is mutually exclusive with moneyAmount"]),
        ("triggerActivityType: events/Rsvp", ["2 12: trigger: is mutually exclusive with triggerActivityType"]),
        ("fixedAmount: {configs: [{points: 1}]}\n  conversionRate: {configs: [{points: 1, moneyAmount: 1}]}", ["4 19: conversionRate: is mutually exclusive with fixedAmount"]),
        (f"earn: 2 per 1\n  tiers:\n    {GOLD}: 3 points", [f"5 43: tiers.{GOLD}: earns 3 points for any amount, but other tiers earn by the money spent"]),
        (f"earn: 2 points\n  tiers:\n    {GOLD}: 3 per 1", [f"5 43: tiers.{GOLD}: earns 3 per 1, but the base tier earns a fixed amount"]),
        (f"earn: 2 points\n  tiers:\n    {GOLD}: 3", [f'5 43: tiers.{GOLD}: must be "50 points" or "2 per 1", got 3']),
        (f"earn: 2 points\n  tiers:\n    {GOLD}: -3 points", [f"5 43: tiers.{GOLD}: must be at least 0, got -3"]),
        (f"earn: 2 points\n  tiers:\n    {GOLD}: 3 points\n    {GOLD.upper()}: 4 points", [f"5 5: tiers: the tier {GOLD} is listed 2 times"]),
        ("earn: 2 points\n  tiers: 5", ["4 10: tiers: must be TIER=POINTS or TIER=POINTS/MONEY, got 5"]),
        ("conversionRate: {configs: [{points: 1, moneyAmount: 0}]}", ["3 55: conversionRate.configs.0.moneyAmount: must be at least 1, got 0"]),
        ("fixedAmount: {configs: []}", ["3 26: fixedAmount.configs: must have at least one entry"]),
        ("fixedAmount: {configs: [{points: 1}, {points: 2, tierId: ''}]}", ["3 26: fixedAmount.configs: the base tier (no tierId) is listed 2 times"]),
        ("status: ON", ["3 11: status: must be 'ACTIVE', 'PAUSED' or 'UNKNOWN', got \"ON\""]),
        ("id: x", ['3 7: id: must be a GUID, got "x"']),
        ("revision: x", ['3 13: revision: must be a whole number, got "x"']),
        ("titel: x", ["3 10: titel: is not a field of a rule; did you mean title?"]),
        ("earn: many points\n  status: ON", ['3 9: earn: must be a whole number, got "many"', "4 11: status: must be 'ACTIVE', 'PAUSED' or 'UNKNOWN', got \"ON\""]),
    ],
)  # fmt: skip
def test_every_problem_has_its_line_and_column(stated: str, problems: list[str]) -> None:
    found = refused(f"{HEAD}  {stated}\n")

    assert found == [
        f"r.yaml line {problem.split(' ', 1)[0]} column {problem.split(' ', 1)[1]}" for problem in problems
    ]


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ('{"title": "A", "trigger": "events/Rsvp", "earn": "five"}', '2 column 50: earn: must be "50 points" or "2 per 1", got "five"'),
        ('{"title": "A", "trigger": "events/Rsvp",\n"status": 5}', "3 column 11: status: must be 'ACTIVE', 'PAUSED' or 'UNKNOWN', got 5"),
        ('{"title": "", "trigger": "events/Rsvp"}', "2 column 11: title: must not be empty"),
        ('{"title": 5, "trigger": "events/Rsvp"}', "2 column 11: title: must be text, got 5"),
        ('{"title": "A", "trigger": 5}', "2 column 27: trigger: must be text, got 5"),
        (f'{{"title": "{"x" * 51}", "trigger": "events/Rsvp"}}', f'2 column 11: title: has 51 characters, the limit is 50: "{"x" * 51}"'),
        ('{"title": "A\\ud800", "trigger": "events/Rsvp"}', "2 column 11: title: has characters that are not Unicode text"),
        ('{"title": "A"}', "2 column 1: trigger: is missing; a rule is identified by its title and trigger, or by an id"),
        ('{"trigger": "events/Rsvp"}', "2 column 1: title: is missing; a rule is identified by its title and trigger, or by an id"),
        ('{"title": "A", "trigger": "mine"}', '2 column 27: trigger: "mine" is not a known trigger; give its triggerAppId too'),
        ('{"title": "A", "trigger": "mine", "triggerAppId": ""}', "2 column 51: triggerAppId: must not be empty"),
        (f'{{"title": "A", "trigger": "events/Rsvp", "earn": "2 points", "tiers": {{\n"{GOLD}": 7}}}}', f'3 column 41: tiers.{GOLD}: must be "50 points" or "2 per 1", got 7'),
        ("5", "2 column 1: must be an object, got 5"),
    ],
)  # fmt: skip
def test_problems_in_json_have_their_line_and_column(item: str, problem: str) -> None:
    assert refused(f"[\n{item}\n]", "r.json") == [f"r.json line {problem}"]


@pytest.mark.parametrize(
    ("stated", "new", "problem"),
    [
        ("trigger: events/Rsvp, earn: 5 per 1", True, "column 42: earn: RSVP to an event (events/Rsvp) can only award a fixed amount"),
        ("trigger: events/Rsvp, conversionRate: {configs: [{points: 1, moneyAmount: 1}]}", True, "column 52: conversionRate: RSVP to an event (events/Rsvp) can only award a fixed amount"),
        ("trigger: events/Rsvp, triggerAppId: xyz", True, f'column 50: triggerAppId: does not belong to events/Rsvp, whose app is {BY_ACTIVITY["events/Rsvp"].app_id}; got "xyz"'),
        ("trigger: events/Rsvp, earn: 5 per 1", False, ""),
        ("trigger: events/Rsvp, triggerAppId: xyz", False, ""),
        ("trigger: wix_members-uou_signs_up, earn: 5 points", True, ""),
        ("trigger: mine, triggerAppId: xyz, earn: 5 per 1", True, ""),
    ],
)  # fmt: skip
def test_limits_of_a_trigger_apply_to_rules_that_may_be_created(stated: str, new: bool, problem: str) -> None:
    found = refused(f"- {{title: A, {stated}}}\n", new=new)

    assert found == ([f"r.yaml line 1 {problem}"] if problem else [])
