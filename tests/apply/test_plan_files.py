"""Saved plans: read exactly as they were written, or refused, and refreshed before they are executed."""

from __future__ import annotations

import hashlib
import json
import string
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.apply.plan import Plan, plan
from loyaltyctl.apply.plan_files import SavedPlan, hash_of
from loyaltyctl.apply.refresh import refresh
from loyaltyctl.apply.targets import Source, Target
from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.errors import Conflict, InvalidData
from loyaltyctl.model.rules import EarningRule
from tests import schemas
from tests.apply.strategies import applied, everything, pairs, rule
from tests.conftest import PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Sequence

TARGET = Target("server", "https://www.wixapis.com", "0d3c1f0e-9d3b-4c61-8a55-4a5f7c1d2e3f")
SOURCE = Source("rules.yaml", hash_of(b"rules"))
MADE = "2026-01-02T03:04:05.000Z"
CODES = {"PLAN_EDITED", "PLAN_TRUNCATED", "NOT_A_PLAN", "PLAN_VERSION"}


def saved(planned: Plan) -> SavedPlan:
    return SavedPlan(planned, TARGET, SOURCE, MADE)


def kept(planned: Plan) -> list[Any]:
    """Return the changes without the indexes of the desired rules, which a file does not keep."""
    return [change._replace(desired=None) for change in planned.changes]


def summary(planned: Plan) -> Counter[Action]:
    """Return the number of rules for each action."""
    return Counter(change.action for change in planned.changes)


def refusal(text: str) -> InvalidData | None:
    """Return the error for a text; None for a plan."""
    try:
        SavedPlan.read(text, "plan.json")
    except InvalidData as error:
        return error
    return None


SMALL = saved(
    plan([rule("Ä", id=RSVP, revision="3")], [rule("Ä", 2), rule("B", activity="stores/OrderPaid")])
)
TEXT = SMALL.text()


@given(pairs())
def test_a_plan_is_read_as_it_was_written(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    planned = plan(*case, everything)
    text = saved(planned).text()

    schemas.check("plan-file", [json.loads(text)])
    read = SavedPlan.read(text, "plan.json")
    assert kept(read.plan) == kept(planned)
    assert read[1:] == (TARGET, SOURCE, MADE)
    assert read.text() == text
    assert summary(read.plan) == summary(planned)
    assert read.plan.warnings() == planned.warnings()
    assert [change.fields for change in read.plan.changes] == [change.fields for change in planned.changes]


def test_the_file_is_json_in_ascii_with_the_changes() -> None:
    document = json.loads(TEXT)

    assert TEXT.isascii()
    assert document | {"checksum": "", "changes": []} == {
        "plan": 1, "made": MADE, "profile": "server", "origin": TARGET.origin, "site": TARGET.site,
        "source": "rules.yaml", "sourceHash": SOURCE.hash, "changes": [], "checksum": "",
    }  # fmt: skip
    assert [(one["action"], one["title"], one["revision"]) for one in document["changes"]] == [
        ("create", "B", None),
        ("update", "Ä", "3"),
    ]
    assert document["changes"][1]["fields"] == [
        {"path": "fixedAmount.configs[base].points", "old": 1, "new": 2}
    ]


@pytest.mark.parametrize("edit", ["removed", "changed", "added"])
def test_every_edit_of_a_character_is_detected(edit: str) -> None:
    plain = kept(SMALL.plan)
    for i, character in enumerate(TEXT):
        for other in ("",) if edit == "removed" else ('"', "0", "x", "}", " ", "\n", ",", "\\", "é"):
            if other == character:
                continue
            text = TEXT[:i] + other + (character if edit == "added" else "") + TEXT[i + 1 :]
            error = refusal(text)
            if error is None:
                assert kept(SavedPlan.read(text, "x").plan) == plain, text
                assert SavedPlan.read(text, "x")[1:] == SMALL[1:]
                assert json.loads(text) == json.loads(TEXT)
            else:
                assert error.reason in CODES, text
                assert error.hint
                assert error.problem.startswith("plan.json ")


@given(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)), st.text(string.printable, max_size=20))
def test_every_edit_of_several_characters_is_detected(first: int, last: int, text: str) -> None:
    edited = TEXT[: min(first, last)] + text + TEXT[max(first, last) :]

    error = refusal(edited)
    assert (error is None) == (_value(edited) == json.loads(TEXT))
    assert error is None or error.reason in CODES


def _value(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else None)  # fmt: skip
    except ValueError:
        return None


def test_a_truncated_plan_is_reported_as_such() -> None:
    for end in range(1, len(TEXT.rstrip())):
        error = refusal(TEXT[:end])
        assert error is not None
        assert (end, error.reason) == (end, "PLAN_TRUNCATED")
        assert error.problem == "plan.json is truncated: the end of the plan is missing"


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (TEXT.replace('"points": 2', '"points": 20'), "PLAN_EDITED", "plan.json was edited after it was created: its checksum does not match"),
        (TEXT.replace("sha256:", "sha512:"), "PLAN_EDITED", "plan.json was edited after it was created: its checksum does not match"),
        (TEXT.replace('"checksum"', '"checksun"'), "PLAN_EDITED", "plan.json was edited after it was created: its checksum does not match"),
        (TEXT.replace('"plan": 1', '"plan": 2'), "PLAN_VERSION", "plan.json is a plan of version 2, this program reads version 1"),
        (TEXT.replace('"plan": 1', '"plan": true'), "PLAN_EDITED", "plan.json was edited after it was created: its checksum does not match"),
        (TEXT[:-20], "PLAN_TRUNCATED", "plan.json is truncated: the end of the plan is missing"),
        ("{", "PLAN_TRUNCATED", "plan.json is truncated: the end of the plan is missing"),
        ("", "NOT_A_PLAN", "plan.json is not a plan: expecting value"),
        ("[]", "NOT_A_PLAN", "plan.json is not a plan"),
        ("{}", "NOT_A_PLAN", "plan.json is not a plan"),
        ('{"rules": []}', "NOT_A_PLAN", "plan.json is not a plan"),
        ("rules:\n- title: A\n", "NOT_A_PLAN", "plan.json is not a plan: expecting value"),
        (TEXT + TEXT, "NOT_A_PLAN", "plan.json is not a plan: extra data"),
        (TEXT.replace('"made"', '"plan": 1, "made"', 1), "NOT_A_PLAN", 'plan.json is not a plan: the member "plan" appears twice in one object'),
    ],
)  # fmt: skip
def test_each_kind_of_damage_has_its_own_message(text: str, code: str, message: str) -> None:
    error = refusal(text)

    assert error is not None
    assert (error.reason, error.problem) == (code, message)
    assert error.hint


def _signed(document: dict[str, Any]) -> str:
    plain = {name: item for name, item in document.items() if name != "checksum"}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return json.dumps(plain | {"checksum": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"})


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.pop("changes"),
        lambda document: document.pop("site"),
        lambda document: document.update(changes={}),
        lambda document: document.update(changes=None),
        lambda document: document.update(changes=[5]),
        lambda document: document["changes"][0].pop("send"),
        lambda document: document["changes"][0].pop("problem"),
        lambda document: document["changes"][0].update(action="explode"),
        lambda document: document["changes"][0].update(action=None),
        lambda document: document["changes"][0].update(send=[]),
        lambda document: document["changes"][1].update(rule=5),
    ],
)
def test_an_invalid_plan_with_a_valid_checksum_is_refused(change: Any) -> None:
    document = json.loads(TEXT)
    assert refusal(_signed(document)) is None
    change(document)

    error = refusal(_signed(document))
    assert error is not None
    assert error.reason == "NOT_A_PLAN"


# Refreshing

CURRENT = [
    rule("A", 1, id=RSVP, revision="3"),
    rule("B", 1, id=SESSION, revision="7"),
    rule("C", 1, id=PURCHASE, revision="1"),
    rule("D", activity="wix_members-uou_signs_up", id=SIGN_UP, revision=None),
]
DESIRED = [rule("A", 2), rule("C", 1), rule("New", 5, "stores/OrderPaid")]
"""A is changed, B deleted, C stays as it is, D is paused, and New is created."""
PLANNED = SavedPlan.read(saved(plan(CURRENT, DESIRED, everything)).text(), "x").plan


def site(**changes: Any) -> list[EarningRule]:
    """Return the rules of the site now, with changes by title; None removes a rule."""
    found = []
    for one in CURRENT:
        change = changes.get(one.title, {})
        if change is not None:
            found.append(EarningRule(one.document | change))
    return found


def stale(now: Sequence[EarningRule], planned: Plan = PLANNED) -> list[str]:
    """Return the messages of the Conflict for a stale plan."""
    with pytest.raises(Conflict) as error:
        refresh(planned, now)
    assert error.value.reason == "STALE_PLAN"
    assert error.value.hint
    return [error.value.problem, *(detail.message for detail in error.value.details)]


POINTS_2 = {"fixedAmount": {"configs": [{"points": 2}]}, "revision": "4"}


class TestRefresh:
    """Refreshing a plan on the site as it is now."""

    def test_a_plan_is_unchanged_on_an_unchanged_site(self) -> None:
        assert refresh(PLANNED, CURRENT) == PLANNED
        assert refresh(PLANNED, CURRENT[::-1]) == PLANNED

    @given(pairs())
    def test_a_plan_keeps_its_summary_on_any_unchanged_site(
        self, case: tuple[list[EarningRule], list[EarningRule]]
    ) -> None:
        current, desired = case
        planned = plan(current, desired, everything)

        assert summary(refresh(planned, current)) == summary(planned)

    @given(pairs())
    def test_nothing_is_left_of_an_executed_plan(
        self, case: tuple[list[EarningRule], list[EarningRule]]
    ) -> None:
        current, desired = case
        planned = plan(current, desired, everything)

        left = refresh(planned, [_touched(one, current) for one in applied(current, planned.writes)])
        assert left.writes == []

    @given(pairs(), st.integers(0, 12))
    def test_the_rest_is_left_of_a_partly_executed_plan(
        self, case: tuple[list[EarningRule], list[EarningRule]], count: int
    ) -> None:
        current, desired = case
        planned = plan(current, desired, everything)

        half = [_touched(one, current) for one in applied(current, planned.writes[:count])]
        assert refresh(planned, half).writes == planned.writes[count:]

    def test_a_changed_rule_makes_it_stale(self) -> None:
        now = site(A={"fixedAmount": {"configs": [{"points": 9}]}, "revision": "5"})

        assert stale(now) == [
            'the plan is stale: "A" is at revision 5, the plan was made for 3 (earn 1 point → 9 points)'
        ]

    def test_a_new_revision_alone_makes_it_stale(self) -> None:
        assert stale(site(A={"revision": "4"})) == [
            'the plan is stale: "A" is at revision 4, the plan was made for 3'
        ]

    def test_a_change_of_a_rule_that_stays_makes_it_stale(self) -> None:
        now = site(C={"fixedAmount": {"configs": [{"points": 9}]}, "revision": "2"})

        assert stale(now) == [
            'the plan is stale: "C" is at revision 2, the plan was made for 1 (earn 1 point → 9 points)'
        ]

    def test_a_change_of_a_rule_to_be_deleted_makes_it_stale(self) -> None:
        assert stale(site(B={"revision": "8", "status": "PAUSED"})) == [
            'the plan is stale: "B" is at revision 8, the plan was made for 7 (status ACTIVE → PAUSED)'
        ]

    def test_a_rule_without_a_revision_is_compared_by_its_values(self) -> None:
        assert summary(refresh(PLANNED, site(D={"updatedDate": "now"}))) == summary(PLANNED)
        assert stale(site(D={"title": "Other"})) == ['the plan is stale: "D" was changed: title D → Other']

    def test_all_changed_rules_are_reported(self) -> None:
        messages = stale(site(A={"revision": "4"}, B={"revision": "9"}, C=None))

        assert len(messages) == 3
        assert all(
            any(text in one for one in messages) for text in ('"A" is at', '"B" is at', '"C" is no longer')
        )

    @pytest.mark.parametrize("title", ["A", "C", "D"])
    def test_a_missing_rule_makes_it_stale(self, title: str) -> None:
        assert stale(site(**{title: None})) == [f'the plan is stale: "{title}" is no longer on the site']

    def test_a_missing_rule_that_was_to_be_deleted_does_not(self) -> None:
        left = refresh(PLANNED, site(B=None))

        assert [(change.action, change.rule.title) for change in left.writes] == [
            (Action.CREATE, "New"), (Action.UPDATE, "A"), (Action.PAUSE, "D"),
        ]  # fmt: skip

    def test_a_change_that_is_made_already_is_dropped(self) -> None:
        left = refresh(PLANNED, site(A=POINTS_2, D={"status": "PAUSED"}))

        assert [change.rule.title for change in left.writes] == ["New", "B"]
        assert summary(left)[Action.UNCHANGED] == 3

    def test_a_rule_that_was_created_meanwhile_is_not_created_again(self) -> None:
        new = rule("New", 5, "stores/OrderPaid", id=PURCHASE.replace("b", "c"), revision="1")

        left = refresh(PLANNED, [*CURRENT, new])
        assert [change.rule.title for change in left.writes] == ["A", "D", "B"]

    def test_a_new_rule_that_differs_makes_it_stale(self) -> None:
        new = rule("New", 6, "stores/OrderPaid", id=PURCHASE.replace("b", "c"), revision="1")

        assert stale([*CURRENT, new]) == [
            'the plan is stale: "New" is on the site now, and differs: earn 6 points → 5 points'
        ]

    def test_other_new_rules_do_not_matter(self) -> None:
        new = rule("Other", 6, "stores/OrderPaid", id=PURCHASE.replace("b", "c"), revision="1")

        assert refresh(PLANNED, [*CURRENT, new]) == PLANNED

    def test_changes_of_unmanaged_rules_do_not_matter(self) -> None:
        planned = plan(CURRENT, DESIRED)

        left = refresh(planned, site(B={"revision": "9"}))
        assert left.writes == planned.writes
        assert [change.revision for change in left.changes if change.rule.title == "B"] == ["9"]
        assert refresh(planned, site(B=None)).writes == planned.writes

    @pytest.mark.parametrize("points", [1, 5])
    def test_a_title_that_another_rule_had_may_be_given_to_a_new_one(self, points: int) -> None:
        current = [rule("A", 1, id=RSVP, revision="3")]
        planned = plan(current, [rule("Old A", 1, id=RSVP), rule("A", points)])

        assert [change.action for change in planned.writes] == [Action.CREATE, Action.UPDATE]
        assert refresh(planned, current) == planned

    def test_two_equal_new_rules_are_two(self) -> None:
        planned = plan([], [rule("A"), rule("A")])
        one = rule("A", id=RSVP, revision="1")

        assert len(planned.writes) == 2
        assert len(refresh(planned, [one]).writes) == 1

    def test_ids_are_compared_without_regard_to_case(self) -> None:
        assert summary(refresh(PLANNED, site(A={"id": RSVP.upper()}))) == summary(PLANNED)


def _touched(now: EarningRule, before: Sequence[EarningRule]) -> EarningRule:
    """Return a rule with its next revision if it was changed."""
    old = next((one for one in before if one.id == now.id), None)
    if old is None or old.document == now.document or old.revision is None:
        return now
    return EarningRule(now.document | {"revision": str(int(old.revision) + 1)})
