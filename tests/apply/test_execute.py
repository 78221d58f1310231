"""Applying a plan: carried out, stopped by what somebody else did, and with rules of one name."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.apply.execute import Result
from loyaltyctl.apply.history import read_history
from loyaltyctl.errors import Conflict
from loyaltyctl.model.problems import RuleDraft
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.sample_tiers import GOLD
from loyaltyctl.sandbox.app import DEFAULT_SITE
from tests.apply.shops import CUSTOM, OFFER, PLAN, Shop, assert_healed, saved, told
from tests.apply.wanted import WRITES, made, rule, wanted
from tests.conftest import PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.intake.values import JsonObject


# A run without trouble


def test_a_plan_of_every_kind_of_change_is_carried_out(shop: Shop, path: Path) -> None:
    todo = shop.planned(wanted())

    outcomes = shop.apply(path, todo)

    assert [str(change.action) for change in todo.writes] == WRITES
    assert {outcome.result for outcome in outcomes} == {Result.DONE, Result.NOTHING}
    assert_healed(shop)
    [run] = read_history(path).runs
    assert run.ended is not None
    assert run.missing == []
    assert all(step.requests for step in run.steps)
    assert shop.clock.slept == []


def test_a_run_with_nothing_to_do_leaves_no_trace(shop: Shop, path: Path) -> None:
    shop.apply(path, shop.planned(wanted()))
    asked = shop.asked.copy()

    outcomes = shop.apply(path, shop.planned(wanted()))

    assert {outcome.result for outcome in outcomes} == {Result.NOTHING}
    assert shop.asked - asked == Counter(list=2)
    assert len(read_history(path).runs) == 1


def test_an_update_of_the_field_of_the_amount_is_not_done_before_it_is(path: Path) -> None:
    shop = Shop()
    other = rule("Order a plan", "wix_pricing_plans-plan_purchased", "5 per 1", field="price.total")
    todo = shop.planned([other], prune=False)
    shop.spoil("502@update")
    [outcome] = [one for one in shop.apply(path, todo) if one.change.is_write]

    arm: Any = shop.documents()[PLAN]["conversionRate"]
    assert arm["field"] == "price.amount"
    assert outcome.result is not Result.DONE
    shop.heal()
    shop.apply(path, shop.planned([other], prune=False))
    arm = shop.documents()[PLAN]["conversionRate"]
    assert arm["field"] == "price.total"
    shop.close()


# Somebody else


def test_a_rule_that_somebody_else_changed_on_the_way_is_told_and_left_alone(shop: Shop, path: Path) -> None:
    theirs: JsonObject = {"configs": [{"moneyAmount": 1, "points": 5}]}
    shop.before("update", lambda: shop.edit(PURCHASE, conversionRate=theirs))
    todo = shop.planned([rule("Purchase a product", "stores/OrderPaid", "3 per 1")], prune=False)

    [outcome] = [one for one in shop.apply(path, todo) if one.change.is_write]

    assert outcome.result is Result.FAILED
    assert isinstance(outcome.error, Conflict)
    assert (
        outcome.error.message == '"Purchase a product" was changed by somebody else: earn 20 per 1 → 5 per 1'
    )
    assert outcome.error.reason == "INVALID_REVISION"
    assert outcome.error.http_status == 409
    assert outcome.error.request_id
    assert shop.documents()[PURCHASE]["conversionRate"] == theirs
    [step] = read_history(path).runs[0].missing
    assert step.problem == outcome.error.message
    shop.apply(path, shop.planned([rule("Purchase a product", "stores/OrderPaid", "3 per 1")], prune=False))
    assert told(shop.documents()[PURCHASE])[3] == ((None, 3, 1),)


CONFLICTS: list[tuple[str, str, str, str]] = [
    ("update", RSVP, "title", '"RSVP to an event" was changed by somebody else: title RSVP to an event → Theirs'),
    ("update", PURCHASE, "title", '"Purchase a product" was changed by somebody else: title Purchase a product → Theirs'),
    ("update", SESSION, "title", '"Book a session" was changed by somebody else: title Book a session → Theirs'),
    ("update", PLAN, "title", '"Order a plan" was changed by somebody else: title Order a plan → Theirs'),
    ("delete", OFFER, "title", '"Old offer" was changed by somebody else: title Old offer → Theirs'),
    ("update", RSVP, "nothing", '"RSVP to an event" was changed by somebody else'),
    ("delete", OFFER, "nothing", '"Old offer" was changed by somebody else'),
    ("update", PURCHASE, "gone", '"Purchase a product" is no longer on the site'),
    ("update", SESSION, "gone", '"Book a session" is no longer on the site'),
    ("delete", OFFER, "gone", '"Old offer" is no longer on the site'),
    ("delete-automation", CUSTOM, "gone", '"Follow us" is no longer on the site'),
]  # fmt: skip


@pytest.mark.parametrize("stop", [True, False])
@pytest.mark.parametrize(("operation", "rule_id", "what", "message"), CONFLICTS)
def test_a_conflict_ends_the_run_or_not_as_told(  # noqa: PLR0913, PLR0917 - the case, and what it is tried with
    operation: str, rule_id: str, what: str, message: str, stop: bool, shop: Shop, path: Path
) -> None:
    todo = shop.planned(wanted())

    def theirs() -> None:
        if what == "gone":
            shop.remove(rule_id)
        else:
            shop.edit(rule_id, **({"title": "Theirs"} if what == "title" else {}))

    shop.before("bulk-create", theirs)
    outcomes = [one for one in shop.apply(path, todo, stop=stop) if one.change.is_write]

    [failed] = [one for one in outcomes if one.result is Result.FAILED]
    assert failed.id == rule_id
    assert isinstance(failed.error, Conflict)
    assert failed.error.message == message
    after = outcomes[outcomes.index(failed) + 1 :]
    assert {one.result for one in after} <= {Result.SKIPPED if stop else Result.DONE}
    assert read_history(path).runs[0].missing[0].id == rule_id
    document = shop.documents().get(rule_id)
    if what == "gone":
        assert document is None
        shop.apply(path, shop.planned(wanted()))
        assert shop.told() == made()
        return
    assert document is not None
    assert document["title"] == ("Theirs" if what == "title" else failed.change.rule.title)
    assert operation == ("delete" if rule_id == OFFER else "update")
    if what == "title" and rule_id == PLAN:
        shop.edit(PLAN, title="Order a plan")  # nobody wants it back under its name but the test
    shop.apply(path, shop.planned(wanted()))
    assert shop.told() == made()


def test_a_rule_without_a_revision_that_was_changed_since_makes_the_plan_stale(
    shop: Shop, path: Path
) -> None:
    todo = shop.planned(wanted())
    shop.edit(SIGN_UP, fixedAmount={"configs": [{"points": 70}]})

    with pytest.raises(
        Conflict, match='the plan is stale: "Sign up to the site" was changed: earn 50 points → 70 points'
    ):
        shop.apply(path, todo)

    assert shop.effects == []
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)


def test_all_that_makes_a_plan_stale_is_told_at_once(shop: Shop, path: Path) -> None:
    todo = saved(shop.planned(wanted()))
    shop.edit(PURCHASE, conversionRate={"configs": [{"moneyAmount": 1, "points": 5}]})
    shop.remove(SESSION)
    with shop.store.site(DEFAULT_SITE, writes=True) as site:
        site.insert(
            wanted()[4].document
            | {"id": GOLD, "revision": "1", "title": "New 0", "fixedAmount": {"configs": [{"points": 9}]}}
        )

    with pytest.raises(Conflict) as stale:
        shop.apply(path, todo)

    texts = [stale.value.message, *(detail.message for detail in stale.value.details)]
    assert stale.value.reason == "STALE_PLAN"
    assert texts == [
        'the plan is stale: "New 0" is on the site now, and differs: earn 9 points → 0 points',
        '"Purchase a product" is at revision 2, the plan was made for 1 (earn 20 per 1 → 5 per 1)',
        '"Book a session" is no longer on the site',
    ]
    assert shop.effects == []


# Rules with the same name


def _twins(shop: Shop, points: int) -> tuple[str, str]:
    """Two rules with one trigger and title, as they may be on a site; the second one earns this."""
    first, second = (
        rule("Twin", "events/OrderConfirmed", f"{n} points").document | {"revision": "1"} for n in (5, points)
    )
    with shop.store.site(DEFAULT_SITE, writes=True) as site:
        site.insert(first | {"id": GOLD, "metadata": {"canBeDeleted": True}})
        site.insert(second | {"id": TARGET_TWIN, "metadata": {"canBeDeleted": True}})
    return GOLD, TARGET_TWIN


TARGET_TWIN = "2b1f0e9d-4d9c-4b7a-8f5e-4d3c2b1a7d4c"


@pytest.mark.parametrize("points", [5, 6])
def test_a_twin_that_was_deleted_comes_back(points: int, shop: Shop, path: Path) -> None:
    _, gone = _twins(shop, points)
    before = shop.rules.list()
    then = shop.told()
    shop.apply(path, shop.planned([one for one in before if one.id != gone]))
    assert len(shop.told()) == len(then) - 1

    back = shop.planned(read_history(path).snapshots[read_history(path).runs[0].id])  # what a rollback plans
    assert [str(change.action) for change in back.writes] == ["create"]
    shop.apply(path, back)

    assert shop.told() == then


@pytest.mark.parametrize("points", [5, 6])
def test_twins_of_which_one_is_there_are_both_there_after_another_run(
    points: int, shop: Shop, path: Path
) -> None:
    both = [
        EarningRule(rule("Twin", "events/OrderConfirmed", f"{n} points").document | {"id": id_})
        for n, id_ in ((5, GOLD), (points, TARGET_TWIN))
    ]
    todo = saved(shop.planned(both, prune=False))
    first = RuleDraft(todo.writes[0].document)
    shop.rules.bulk_create([first])  # as a run that came to the first one alone

    for one in (todo, shop.planned(both, prune=False)):
        with contextlib.suppress(Conflict):
            shop.apply(path, one)

    assert Counter(str(one["title"]) for one in shop.documents().values())["Twin"] == 2
