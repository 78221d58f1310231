"""Execution of plans: undisturbed, with concurrent changes, and for rules of the same name."""

from __future__ import annotations

import contextlib
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.apply.history import read_history
from loyaltyctl.contract.outputs.plans import Result
from loyaltyctl.errors import Conflict
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.sample_tiers import GOLD
from loyaltyctl.model.validation_results import RuleDraft
from loyaltyctl.sandbox.app import DEFAULT_SITE
from tests.apply.desired import WRITES, after_apply, desired, rule
from tests.apply.server import CUSTOM, OFFER, PLAN, Server, assert_as_desired, saved, summarize
from tests.conftest import PURCHASE, RSVP, SESSION, SIGN_UP

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.intake.values import JsonObject


# Undisturbed runs


def test_every_kind_of_change_is_made(server: Server, path: Path) -> None:
    todo = server.plan(desired())

    results = server.apply(path, todo)

    assert [str(change.action) for change in todo.writes] == WRITES
    assert {result.result for result in results} == {Result.DONE, Result.NOTHING}
    assert_as_desired(server)
    [run] = read_history(path).runs
    assert run.ended is not None
    assert run.missing == []
    assert all(step.requests for step in run.steps)
    assert server.clock.slept == []


def test_a_run_with_nothing_to_do_is_not_recorded(server: Server, path: Path) -> None:
    server.apply(path, server.plan(desired()))
    operations = server.operations.copy()

    results = server.apply(path, server.plan(desired()))

    assert {result.result for result in results} == {Result.NOTHING}
    assert server.operations - operations == Counter(list=2)
    assert len(read_history(path).runs) == 1


def test_a_failed_update_of_the_amount_field_is_not_taken_for_done(path: Path) -> None:
    server = Server()
    other = rule("Order a plan", "wix_pricing_plans-plan_purchased", "5 per 1", field="price.total")
    todo = server.plan([other], prune=False)
    server.set_faults("502@update")
    [result] = [one for one in server.apply(path, todo) if one.change.is_write]

    arm: Any = server.documents()[PLAN]["conversionRate"]
    assert arm["field"] == "price.amount"
    assert result.result is not Result.DONE
    server.clear_faults()
    server.apply(path, server.plan([other], prune=False))
    arm = server.documents()[PLAN]["conversionRate"]
    assert arm["field"] == "price.total"
    server.close()


# Concurrent changes


def test_a_rule_that_somebody_else_changed_during_the_run_is_reported_and_kept(
    server: Server, path: Path
) -> None:
    theirs: JsonObject = {"configs": [{"moneyAmount": 1, "points": 5}]}
    server.on_next("update", lambda: server.edit(PURCHASE, conversionRate=theirs))
    todo = server.plan([rule("Purchase a product", "stores/OrderPaid", "3 per 1")], prune=False)

    [result] = [one for one in server.apply(path, todo) if one.change.is_write]

    assert result.result is Result.FAILED
    assert isinstance(result.error, Conflict)
    assert (
        result.error.message == '"Purchase a product" was changed by somebody else: earn 20 per 1 → 5 per 1'
    )
    assert result.error.reason == "INVALID_REVISION"
    assert result.error.http_status == 409
    assert result.error.request_id
    assert server.documents()[PURCHASE]["conversionRate"] == theirs
    [step] = read_history(path).runs[0].missing
    assert step.problem == result.error.message
    server.apply(path, server.plan([rule("Purchase a product", "stores/OrderPaid", "3 per 1")], prune=False))
    assert summarize(server.documents()[PURCHASE])[3] == ((None, 3, 1),)


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
def test_a_conflict_ends_the_run_with_stop_alone(  # noqa: PLR0913, PLR0917 - the case, and what it is tried with
    operation: str, rule_id: str, what: str, message: str, stop: bool, server: Server, path: Path
) -> None:
    todo = server.plan(desired())

    def theirs() -> None:
        if what == "gone":
            server.remove(rule_id)
        else:
            server.edit(rule_id, **({"title": "Theirs"} if what == "title" else {}))

    server.on_next("bulk-create", theirs)
    results = [one for one in server.apply(path, todo, stop=stop) if one.change.is_write]

    [failed] = [one for one in results if one.result is Result.FAILED]
    assert failed.id == rule_id
    assert isinstance(failed.error, Conflict)
    assert failed.error.message == message
    after = results[results.index(failed) + 1 :]
    assert {one.result for one in after} <= {Result.SKIPPED if stop else Result.DONE}
    assert read_history(path).runs[0].missing[0].id == rule_id
    document = server.documents().get(rule_id)
    if what == "gone":
        assert document is None
        server.apply(path, server.plan(desired()))
        assert server.summaries() == after_apply()
        return
    assert document is not None
    assert document["title"] == ("Theirs" if what == "title" else failed.change.rule.title)
    assert operation == ("delete" if rule_id == OFFER else "update")
    if what == "title" and rule_id == PLAN:
        server.edit(PLAN, title="Order a plan")  # so that the file matches it again
    server.apply(path, server.plan(desired()))
    assert server.summaries() == after_apply()


def test_a_rule_without_a_revision_that_was_changed_since_makes_the_plan_stale(
    server: Server, path: Path
) -> None:
    todo = server.plan(desired())
    server.edit(SIGN_UP, fixedAmount={"configs": [{"points": 70}]})

    with pytest.raises(
        Conflict, match='the plan is stale: "Sign up to the site" was changed: earn 50 points → 70 points'
    ):
        server.apply(path, todo)

    assert server.effects == []
    server.apply(path, server.plan(desired()))
    assert_as_desired(server)


def test_all_reasons_for_a_stale_plan_are_reported_together(server: Server, path: Path) -> None:
    todo = saved(server.plan(desired()))
    server.edit(PURCHASE, conversionRate={"configs": [{"moneyAmount": 1, "points": 5}]})
    server.remove(SESSION)
    with server.store.site(DEFAULT_SITE, writes=True) as site:
        site.insert(
            desired()[4].document
            | {"id": GOLD, "revision": "1", "title": "New 0", "fixedAmount": {"configs": [{"points": 9}]}}
        )

    with pytest.raises(Conflict) as stale:
        server.apply(path, todo)

    texts = [stale.value.message, *(detail.message for detail in stale.value.details)]
    assert stale.value.reason == "STALE_PLAN"
    assert texts == [
        'the plan is stale: "New 0" is on the site now, and differs: earn 9 points → 0 points',
        '"Purchase a product" is at revision 2, the plan was made for 1 (earn 20 per 1 → 5 per 1)',
        '"Book a session" is no longer on the site',
    ]
    assert server.effects == []


# Rules with the same name


def _twins(server: Server, points: int) -> tuple[str, str]:
    """Insert two rules with one trigger and title; the second one earns `points`."""
    first, second = (
        rule("Twin", "events/OrderConfirmed", f"{n} points").document | {"revision": "1"} for n in (5, points)
    )
    with server.store.site(DEFAULT_SITE, writes=True) as site:
        site.insert(first | {"id": GOLD, "metadata": {"canBeDeleted": True}})
        site.insert(second | {"id": TARGET_TWIN, "metadata": {"canBeDeleted": True}})
    return GOLD, TARGET_TWIN


TARGET_TWIN = "2b1f0e9d-4d9c-4b7a-8f5e-4d3c2b1a7d4c"


@pytest.mark.parametrize("points", [5, 6])
def test_a_deleted_twin_is_created_again(points: int, server: Server, path: Path) -> None:
    _, gone = _twins(server, points)
    before = server.rules.list()
    then = server.summaries()
    server.apply(path, server.plan([one for one in before if one.id != gone]))
    assert len(server.summaries()) == len(then) - 1

    back = server.plan(read_history(path).snapshots[read_history(path).runs[0].id])  # what a rollback plans
    assert [str(change.action) for change in back.writes] == ["create"]
    server.apply(path, back)

    assert server.summaries() == then


@pytest.mark.parametrize("points", [5, 6])
def test_a_run_that_created_one_of_two_twins_is_finished_by_another_one(
    points: int, server: Server, path: Path
) -> None:
    both = [
        EarningRule(rule("Twin", "events/OrderConfirmed", f"{n} points").document | {"id": id_})
        for n, id_ in ((5, GOLD), (points, TARGET_TWIN))
    ]
    todo = saved(server.plan(both, prune=False))
    first = RuleDraft(todo.writes[0].document)
    server.rules.bulk_create([first])  # as a run that died after the first one

    for one in (todo, server.plan(both, prune=False)):
        with contextlib.suppress(Conflict):
            server.apply(path, one)

    assert Counter(str(one["title"]) for one in server.documents().values())["Twin"] == 2
