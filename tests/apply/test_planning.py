"""Plans: whatever is there and whatever is wanted, the changes lead from the one to the other, safely."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.apply.planning import WRITES, Action, Change, Plan, creations, plan
from loyaltyctl.model import comparison, statements
from loyaltyctl.model.drafts import broken_rule
from loyaltyctl.model.rules import ARMS, EarningRule, Status
from loyaltyctl.model.statements import Key
from loyaltyctl.model.triggers import AUTOMATIONS_APP, BY_ACTIVITY, LOYALTY_APP, TRIGGERS, Kind, Method
from tests.conftest import GOLD, PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from loyaltyctl.intake.values import Json, JsonObject

SILVER = "9d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
STORES = ("1380b703-ce81-ff05-f115-39571d94dfcd", "215238eb-22a5-4c36-9e7b-e7c08025e04e")
CUSTOM = "birthday"

_titles = st.sampled_from(["A", "B", "Ä", "👩‍👩‍👧"]) | st.text(
    st.characters(codec="utf-8"), min_size=1, max_size=50
)
_tier_ids = st.lists(
    st.sampled_from([GOLD, GOLD.upper(), SILVER]), max_size=2, unique_by=lambda tier: tier.lower()
)
_points = st.integers(0, 3) | st.just(2**53 - 1)


@st.composite
def awards(draw: st.DrawFn, methods: Sequence[Method], *, automated: bool) -> JsonObject:
    """Any award that a trigger permits, in one of the spellings of an answer."""
    method = draw(st.sampled_from(methods))
    configs: list[Json] = []
    bases: list[list[str | None]] = [[None], [""], ["-"], []]
    for tier in [*draw(st.sampled_from(bases)), *draw(_tier_ids)]:
        config: JsonObject = {} if tier == "-" else {"tierId": tier}
        config["points"] = draw(_points)
        if method is Method.RATE:
            config["moneyAmount"] = draw(st.integers(1, 3))
        configs.append(config)
    if not configs:
        only: JsonObject = {"points": 1}
        configs.append(only | ({"moneyAmount": 1} if method is Method.RATE else {}))
    arm: JsonObject = {"configs": draw(st.permutations(configs))}
    if method is Method.RATE and automated and draw(st.booleans()):
        arm["field"] = draw(st.sampled_from(["price.amount", "order.subtotal"]))
    return {ARMS[method]: arm}


@st.composite
def rules(draw: st.DrawFn) -> EarningRule:
    """Any rule as a site may answer it."""
    trigger = draw(st.sampled_from([*TRIGGERS, None]))
    automated = trigger is None or trigger.kind is not Kind.NON_AUTOMATED
    app = trigger.app_id if trigger else AUTOMATIONS_APP
    if app in STORES:
        app = draw(st.sampled_from([*STORES, STORES[0].upper()]))
    revisions = st.integers(1, 9).map(str)
    return EarningRule({
        "id": str(draw(st.uuids(version=4))),
        "sourceAppId": AUTOMATIONS_APP if automated else LOYALTY_APP,
        "triggerAppId": app,
        "triggerActivityType": trigger.activity_type if trigger else CUSTOM,
        "title": draw(_titles),
        "status": draw(st.sampled_from(["ACTIVE", "ACTIVE", "PAUSED", "UNKNOWN"])),
        "revision": draw(st.none() | revisions if automated else revisions),
        "metadata": {"canBeDeleted": trigger is None or not automated},
        "newerField": 1,
        **draw(awards(trigger.methods if trigger else tuple(Method), automated=automated)),
    })  # fmt: skip


def _distinct(found: list[EarningRule]) -> bool:
    return len({rule.id for rule in found}) == len(found)


sites = st.lists(rules(), max_size=5).filter(_distinct)


@st.composite
def twins(draw: st.DrawFn, rule: EarningRule) -> EarningRule:
    """A rule that has something in common with `rule`: its key, its id, its award, or all of them."""
    other = draw(rules())
    document = dict(rule.document)
    if draw(st.booleans()):
        document["id"] = other.id
    if draw(st.booleans()):
        document["status"] = other.document["status"]
    if draw(st.booleans()):
        trigger = BY_ACTIVITY.get(rule.trigger_activity_type)
        methods = trigger.methods if trigger else tuple(Method)
        automated = trigger is None or trigger.kind is not Kind.NON_AUTOMATED
        document = {name: item for name, item in document.items() if name not in ARMS.values()}
        document |= draw(awards(methods, automated=automated))
    if draw(st.integers(0, 3)) == 0:
        document["title"] = other.title
    return EarningRule(document)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[list[EarningRule], list[EarningRule]]:
    """What is there, and what is wanted: with ids or without, as a file states it or as a site answers it."""
    there = draw(sites)
    if draw(st.booleans()) and there:
        copy = draw(twins(draw(st.sampled_from(there))))
        there = [*there, EarningRule(copy.document | {"id": str(draw(st.uuids(version=4)))})]
    like = st.sampled_from(there).flatmap(twins) if there else rules()
    wanted = draw(st.lists(like | rules(), max_size=5).filter(_distinct))
    return there, [_worded(rule, draw(st.integers(0, 3))) for rule in wanted]


def _worded(rule: EarningRule, form: int) -> EarningRule:
    """What is wanted, as an answer of a site, or as a file says it."""
    if form == 0:
        return rule
    say = statements.full(rule, with_id=False) if form == 1 else statements.short(rule, {}, with_id=form == 2)
    said: Json = say
    checked = statements.check(json.loads(json.dumps(said)))
    assert checked.draft is not None, checked.problems
    return EarningRule(checked.draft.document)


def applied(there: Iterable[EarningRule], changes: Iterable[Change]) -> list[EarningRule]:
    """What a server makes of a site: a document is replaced by name, an award takes the place of another."""
    documents = {rule.id: rule.document for rule in there}
    for change in changes:
        match change.action:
            case Action.CREATE:
                new_id = str(uuid.uuid4())
                documents[new_id] = change.document | {
                    "id": new_id, "revision": "1", "metadata": {"canBeDeleted": True},
                }  # fmt: skip
            case Action.UPDATE | Action.PAUSE:
                before = documents[change.id]
                dropped = ARMS.values() if {*ARMS.values()} & change.document.keys() else ()
                kept = {name: item for name, item in before.items() if name not in dropped}
                documents[change.id] = kept | change.document
            case Action.DELETE:
                del documents[change.id]
            case Action.UNCHANGED | Action.UNMANAGED:
                assert not change.document
    return [*map(EarningRule, documents.values())]


def canonical(rule: EarningRule) -> str:
    return json.dumps(comparison.facts(rule), sort_keys=True)


def stated_in(wanted: EarningRule, rule: EarningRule) -> bool:
    """Whether `rule` is as it is wanted: in all that is stated, and in all that it awards."""
    now, then = comparison.facts(rule), comparison.facts(wanted)
    if wanted.method is not None:
        now = {path: value for path, value in now.items() if path in then or ".configs[" not in path} | {
            path: value for path, value in now.items() if ".configs[" in path
        }
    same = all(now.get(path) == value for path, value in then.items())
    awards_now = {path for path in now if ".configs[" in path}
    return same and (wanted.method is None or awards_now == {path for path in then if ".configs[" in path})


def everything(_: EarningRule) -> bool:
    return True


@given(sites)
def test_what_is_there_already_takes_no_changes(there: list[EarningRule]) -> None:
    made = plan(there, there, everything)

    assert made.writes == made.problems == []
    assert made.warnings() == []
    assert {change.action for change in made.changes} <= {Action.UNCHANGED}


@given(sites, st.randoms(use_true_random=False))
def test_nor_does_it_without_ids_and_in_another_order(there: list[EarningRule], random: Any) -> None:
    wanted = [
        EarningRule({name: item for name, item in rule.document.items() if name not in {"id", "revision"}})
        for rule in there
    ]
    random.shuffle(wanted)

    made = plan(there, wanted, everything)
    assert made.writes == made.problems == []


@given(pairs())
def test_what_is_wanted_is_what_becomes_of_it(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)
    after = {rule.id: rule for rule in applied(there, made.writes)}
    left = dict(after)

    for change in made.changes:
        if change.wanted is None or change.problem:
            continue
        goal = wanted[change.wanted]
        if change.action is Action.CREATE:
            [match, *_] = [one for one in left.values() if stated_in(goal, one) and one.id not in {rule.id for rule in there}]  # fmt: skip
        else:
            match = after[change.id]
            assert stated_in(goal, match)
        del left[match.id]

    spared = {Key.of(wanted[change.wanted]) for change in made.problems if change.wanted is not None}
    stuck = {change.id for change in made.problems}
    before = {rule.id: rule for rule in there}
    for rule in left.values():
        if rule.id in stuck or (Key.of(rule) in spared and rule.document == before[rule.id].document):
            assert rule.document == before[rule.id].document
        else:
            assert rule.kind is Kind.PRE_INSTALLED
            assert rule.status is Status.PAUSED


@given(sites, sites)
def test_without_automated_rules_one_set_becomes_exactly_the_other(
    there: list[EarningRule], wanted: list[EarningRule]
) -> None:
    there, wanted = (
        [rule for rule in side if rule.kind is Kind.NON_AUTOMATED and rule.status is not Status.UNKNOWN]
        for side in (there, wanted)
    )
    made = plan(there, wanted, everything)

    if not made.problems:
        assert sorted(map(canonical, applied(there, made.writes))) == sorted(map(canonical, wanted))
    else:
        keys = Counter(map(Key.of, there))
        assert all(keys[Key.of(wanted[change.wanted or 0])] > 1 for change in made.problems)


@given(pairs())
def test_once_it_is_done_there_is_nothing_left_to_do(
    case: tuple[list[EarningRule], list[EarningRule]],
) -> None:
    there, wanted = case
    first = plan(there, wanted, everything)

    second = plan(applied(there, first.writes), wanted, everything)
    assert second.writes == []
    assert len(second.problems) == len(first.problems)


@given(pairs())
def test_half_of_it_can_be_finished_by_planning_again(
    case: tuple[list[EarningRule], list[EarningRule]],
) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)
    goal = sorted(map(canonical, applied(there, made.writes)))

    for count in range(len(made.writes)):
        half = applied(there, made.writes[:count])
        again = plan(half, wanted, everything)
        if not made.problems and not again.problems:
            assert sorted(map(canonical, applied(half, again.writes))) == goal


@given(pairs(), st.booleans())
def test_a_programme_that_is_active_stays_so_at_every_step(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    there, wanted = case
    made = plan(there, wanted, lambda _: prunes)

    def active(count: int) -> bool:
        return any(rule.status is Status.ACTIVE for rule in applied(there, made.writes[:count]))

    if active(0) and active(len(made.writes)):
        assert all(active(count) for count in range(len(made.writes)))


@given(pairs(), st.booleans())
def test_every_rule_stands_in_the_plan_once(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    there, wanted = case
    made = plan(there, wanted, lambda _: prunes)

    assert sorted(change.id for change in made.changes if change.current) == sorted(rule.id for rule in there)
    assert sorted(change.wanted for change in made.changes if change.wanted is not None) == [
        *range(len(wanted))
    ]
    summary = made.summary()
    assert sum(summary.values()) == len(made.changes)
    assert summary == {
        action.value: sum(change.action is action for change in made.changes) for action in Action
    }
    assert sum(summary[action.value] for action in WRITES) == len(made.writes) + len(
        [change for change in made.problems if change.is_write]
    )


@given(pairs())
def test_without_prune_nothing_goes(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted)

    assert {change.action for change in made.changes}.isdisjoint({Action.DELETE, Action.PAUSE})
    assert {rule.id for rule in applied(there, made.writes)} >= {rule.id for rule in there}


@given(pairs())
def test_what_cannot_be_is_not_tried(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)

    for change in made.writes:
        if change.action is Action.CREATE:
            assert not [*broken_rule(change.document)]
            assert EarningRule(change.document).kind is Kind.NON_AUTOMATED
        if change.action is Action.DELETE:
            assert change.rule.kind is not Kind.PRE_INSTALLED
        if change.action is Action.PAUSE:
            assert change.rule.kind is Kind.PRE_INSTALLED
    assert [*creations(made.changes)] == [
        *range(sum(change.action is Action.CREATE for change in made.changes))
    ]


@given(pairs())
def test_no_more_is_sent_than_what_differs(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)

    for change in made.writes:
        if change.action is Action.UPDATE and change.current and change.wanted is not None:
            differ = {field.path for field in comparison.differences(change.current, wanted[change.wanted])}
            assert change.document
            assert change.document.keys() <= {path.split(".")[0] for path in differ}
            assert {field.path for field in change.fields} == differ


@given(pairs())
def test_a_key_of_several_rules_is_never_guessed(case: tuple[list[EarningRule], list[EarningRule]]) -> None:
    there, wanted = case
    made = plan(there, wanted, everything)

    unclear = [change for change in made.problems if change.problem.startswith("several rules")]
    for change in unclear:
        assert change.current is None
        key = Key.of(wanted[change.wanted or 0])
        kept = [rule for rule in there if Key.of(rule) == key]
        by_id = {rule.id.lower() for rule in wanted}
        open_ = [rule for rule in kept if rule.id.lower() not in by_id]
        assert len(open_) > 1
        actions = {one.id: one.action for one in made.changes if one.current}
        assert {actions[rule.id] for rule in open_} <= {Action.UNCHANGED, Action.UNMANAGED}


@given(pairs(), st.booleans())
def test_it_warns_where_no_rule_stays_active_and_only_there(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    there, wanted = case
    made = plan(there, wanted, lambda _: prunes)
    after = applied(there, made.writes)

    warned = any("no rule stays ACTIVE" in text for text in made.warnings())
    assert warned == (bool(made.writes) and not any(rule.status is Status.ACTIVE for rule in after))


@given(pairs(), st.booleans())
def test_the_same_lists_give_the_same_plan(
    case: tuple[list[EarningRule], list[EarningRule]], prunes: bool
) -> None:
    there, wanted = case
    before = json.dumps([rule.document for rule in (*there, *wanted)])

    assert plan(there, wanted, lambda _: prunes) == plan(there, wanted, lambda _: prunes)
    assert json.dumps([rule.document for rule in (*there, *wanted)]) == before


def rule(title: str, points: int = 1, activity: str = "events/Rsvp", **more: Any) -> EarningRule:
    """A rule that earns `points` each time; without an id it is wanted, with one it is there."""
    trigger = BY_ACTIVITY.get(activity)
    return EarningRule({
        "title": title,
        "triggerActivityType": activity,
        "triggerAppId": trigger.app_id if trigger else AUTOMATIONS_APP,
        "status": "ACTIVE",
        "fixedAmount": {"configs": [{"points": points}]},
        **({"sourceAppId": LOYALTY_APP} if not trigger or trigger.kind is Kind.NON_AUTOMATED else {"sourceAppId": AUTOMATIONS_APP, "metadata": {"canBeDeleted": False}}),
        **more,
    })  # fmt: skip


def actions(made: Plan) -> list[tuple[str, str]]:
    return [(change.action.value, change.id) for change in made.changes]


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
            "several rules have this trigger and title: give the id of the one that is meant"
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
        checked = statements.check({"title": "A", "trigger": "wix_members-uou_signs_up", "earn": "5 points"})
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
        assert change.problem == "awards nothing: give fixedAmount or conversionRate"

    def test_whole_numbers_that_a_site_answers_as_decimals_can_be_created(self) -> None:
        answered = rule("A", id=RSVP, fixedAmount={"configs": [{"points": 2.0}]})

        made = plan([], [EarningRule(statements.for_another_site(answered, {}))])
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

        assert made.warnings() == ["no rule stays ACTIVE after this; a programme without one pauses itself"]

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
            f'"B" is created beside "A", which has the same trigger: activities earn points by both. If it is to take its place, give it its id: {RSVP}'
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
            '"A" is a custom rule of Wix Automations: it cannot be made again here'
        ]
