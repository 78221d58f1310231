"""Plans on disk: read as they were written or not at all; and whether they still hold."""

from __future__ import annotations

import hashlib
import json
import string
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


def saved(made: Plan) -> SavedPlan:
    return SavedPlan(made, TARGET, SOURCE, MADE)


def kept(made: Plan) -> list[Any]:
    """What a file keeps of a plan: all but the places in the list of what is wanted."""
    return [change._replace(desired=None) for change in made.changes]


def refusal(text: str) -> InvalidData | None:
    """The error for a text, None where it is a plan."""
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
def test_what_is_read_is_what_was_written(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    made = plan(*case, everything)
    text = saved(made).text()

    schemas.check("plan-file", [json.loads(text)])
    read = SavedPlan.read(text, "plan.json")
    assert kept(read.plan) == kept(made)
    assert read[1:] == (TARGET, SOURCE, MADE)
    assert read.text() == text
    assert read.plan.summary() == made.summary()
    assert read.plan.warnings() == made.warnings()
    assert [change.fields for change in read.plan.changes] == [change.fields for change in made.changes]


def test_it_is_json_in_ascii_that_says_what_changes() -> None:
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
def test_no_edit_of_a_character_is_overlooked(edit: str) -> None:
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
def test_nor_is_one_of_several(first: int, last: int, text: str) -> None:
    edited = TEXT[: min(first, last)] + text + TEXT[max(first, last) :]

    error = refusal(edited)
    assert (error is None) == (_value(edited) == json.loads(TEXT))
    assert error is None or error.reason in CODES


def _value(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else None)  # fmt: skip
    except ValueError:
        return None


def test_one_that_is_cut_off_says_so_wherever_it_is_cut() -> None:
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
def test_one_that_somebody_made_up_is_none_though_its_checksum_fits(change: Any) -> None:
    document = json.loads(TEXT)
    assert refusal(_signed(document)) is None
    change(document)

    error = refusal(_signed(document))
    assert error is not None
    assert error.reason == "NOT_A_PLAN"


# Whether a plan still holds.

THERE = [
    rule("A", 1, id=RSVP, revision="3"),
    rule("B", 1, id=SESSION, revision="7"),
    rule("C", 1, id=PURCHASE, revision="1"),
    rule("D", activity="wix_members-uou_signs_up", id=SIGN_UP, revision=None),
]
WANTED = [rule("A", 2), rule("C", 1), rule("New", 5, "stores/OrderPaid")]
"""A is changed, B deleted, C stays as it is, D is paused, and New is created."""
MADE_PLAN = SavedPlan.read(saved(plan(THERE, WANTED, everything)).text(), "x").plan


def site(**changes: Any) -> list[EarningRule]:
    """What is there now: rules by title, changed, or left out for None."""
    found = []
    for one in THERE:
        change = changes.get(one.title, {})
        if change is not None:
            found.append(EarningRule(one.document | change))
    return found


def stale(now: Sequence[EarningRule], made: Plan = MADE_PLAN) -> list[str]:
    """What is said of a plan that does not hold."""
    with pytest.raises(Conflict) as error:
        refresh(made, now)
    assert error.value.reason == "STALE_PLAN"
    assert error.value.hint
    return [error.value.problem, *(detail.message for detail in error.value.details)]


POINTS_2 = {"fixedAmount": {"configs": [{"points": 2}]}, "revision": "4"}


class TestFreshness:
    """Renewed on the site as it is now."""

    def test_on_a_site_that_nobody_changed_it_is_the_same(self) -> None:
        assert refresh(MADE_PLAN, THERE) == MADE_PLAN
        assert refresh(MADE_PLAN, THERE[::-1]) == MADE_PLAN

    @given(pairs())
    def test_whatever_the_site_is(self, case: tuple[list[EarningRule], list[EarningRule]]) -> None:
        there, wanted = case
        made = plan(there, wanted, everything)

        assert refresh(made, there).summary() == made.summary()

    @given(pairs())
    def test_once_it_is_applied_there_is_nothing_to_do(
        self, case: tuple[list[EarningRule], list[EarningRule]]
    ) -> None:
        there, wanted = case
        made = plan(there, wanted, everything)

        left = refresh(made, [_touched(one, there) for one in applied(there, made.writes)])
        assert left.writes == []

    @given(pairs(), st.integers(0, 12))
    def test_half_of_it_leaves_the_other_half(
        self, case: tuple[list[EarningRule], list[EarningRule]], count: int
    ) -> None:
        there, wanted = case
        made = plan(there, wanted, everything)

        half = [_touched(one, there) for one in applied(there, made.writes[:count])]
        assert refresh(made, half).writes == made.writes[count:]

    def test_a_rule_that_was_changed_makes_it_stale(self) -> None:
        now = site(A={"fixedAmount": {"configs": [{"points": 9}]}, "revision": "5"})

        assert stale(now) == [
            'the plan is stale: "A" is at revision 5, the plan was made for 3 (earn 1 point → 9 points)'
        ]

    def test_so_does_a_revision_alone(self) -> None:
        assert stale(site(A={"revision": "4"})) == [
            'the plan is stale: "A" is at revision 4, the plan was made for 3'
        ]

    def test_and_one_of_a_rule_that_is_to_stay_as_it_is(self) -> None:
        now = site(C={"fixedAmount": {"configs": [{"points": 9}]}, "revision": "2"})

        assert stale(now) == [
            'the plan is stale: "C" is at revision 2, the plan was made for 1 (earn 1 point → 9 points)'
        ]

    def test_and_one_of_a_rule_that_is_to_be_deleted(self) -> None:
        assert stale(site(B={"revision": "8", "status": "PAUSED"})) == [
            'the plan is stale: "B" is at revision 8, the plan was made for 7 (status ACTIVE → PAUSED)'
        ]

    def test_a_rule_without_revisions_is_known_by_what_it_says(self) -> None:
        assert refresh(MADE_PLAN, site(D={"updatedDate": "now"})).summary() == MADE_PLAN.summary()
        assert stale(site(D={"title": "Other"})) == ['the plan is stale: "D" was changed: title D → Other']

    def test_every_rule_that_was_changed_is_told(self) -> None:
        told = stale(site(A={"revision": "4"}, B={"revision": "9"}, C=None))

        assert len(told) == 3
        assert all(
            any(text in one for one in told) for text in ('"A" is at', '"B" is at', '"C" is no longer')
        )

    @pytest.mark.parametrize("title", ["A", "C", "D"])
    def test_a_rule_that_is_gone_makes_it_stale(self, title: str) -> None:
        assert stale(site(**{title: None})) == [f'the plan is stale: "{title}" is no longer on the site']

    def test_unless_it_was_to_go(self) -> None:
        left = refresh(MADE_PLAN, site(B=None))

        assert [(change.action, change.rule.title) for change in left.writes] == [
            (Action.CREATE, "New"), (Action.UPDATE, "A"), (Action.PAUSE, "D"),
        ]  # fmt: skip

    def test_a_change_that_is_made_already_is_none(self) -> None:
        left = refresh(MADE_PLAN, site(A=POINTS_2, D={"status": "PAUSED"}))

        assert [change.rule.title for change in left.writes] == ["New", "B"]
        assert left.summary()["unchanged"] == 3

    def test_a_rule_that_was_created_meanwhile_is_not_created_again(self) -> None:
        new = rule("New", 5, "stores/OrderPaid", id=PURCHASE.replace("b", "c"), revision="1")

        left = refresh(MADE_PLAN, [*THERE, new])
        assert [change.rule.title for change in left.writes] == ["A", "D", "B"]

    def test_one_that_differs_makes_it_stale(self) -> None:
        new = rule("New", 6, "stores/OrderPaid", id=PURCHASE.replace("b", "c"), revision="1")

        assert stale([*THERE, new]) == [
            'the plan is stale: "New" is on the site now, and differs: earn 6 points → 5 points'
        ]

    def test_other_new_rules_do_not_matter(self) -> None:
        new = rule("Other", 6, "stores/OrderPaid", id=PURCHASE.replace("b", "c"), revision="1")

        assert refresh(MADE_PLAN, [*THERE, new]) == MADE_PLAN

    def test_nor_do_changes_of_rules_that_nobody_manages(self) -> None:
        made = plan(THERE, WANTED)

        left = refresh(made, site(B={"revision": "9"}))
        assert left.writes == made.writes
        assert [change.revision for change in left.changes if change.rule.title == "B"] == ["9"]
        assert refresh(made, site(B=None)).writes == made.writes

    @pytest.mark.parametrize("points", [1, 5])
    def test_a_title_that_another_rule_had_may_be_given_to_a_new_one(self, points: int) -> None:
        there = [rule("A", 1, id=RSVP, revision="3")]
        made = plan(there, [rule("Old A", 1, id=RSVP), rule("A", points)])

        assert [change.action for change in made.writes] == [Action.CREATE, Action.UPDATE]
        assert refresh(made, there) == made

    def test_two_equal_rules_that_are_to_be_created_are_two(self) -> None:
        made = plan([], [rule("A"), rule("A")])
        one = rule("A", id=RSVP, revision="1")

        assert len(made.writes) == 2
        assert len(refresh(made, [one]).writes) == 1

    def test_ids_are_compared_without_regard_to_case(self) -> None:
        assert refresh(MADE_PLAN, site(A={"id": RSVP.upper()})).summary() == MADE_PLAN.summary()


def _touched(now: EarningRule, before: Sequence[EarningRule]) -> EarningRule:
    """A rule after a change: one revision on, where it has one."""
    old = next((one for one in before if one.id == now.id), None)
    if old is None or old.document == now.document or old.revision is None:
        return now
    return EarningRule(now.document | {"revision": str(int(old.revision) + 1)})
