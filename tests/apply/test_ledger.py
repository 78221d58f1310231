"""The ledger of runs: for one run at a time, true whatever ended them, and an error where it cannot be kept or read."""

from __future__ import annotations

import contextlib
import multiprocessing
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.apply.database import ledger_path, site_lock
from loyaltyctl.apply.execute import Result, apply
from loyaltyctl.apply.history import StepState, read_all, read_history
from loyaltyctl.apply.ledger import Ledger
from loyaltyctl.apply.plan import plan
from loyaltyctl.errors import Conflict, LoyaltyError
from tests.apply.crashing import Crash, CrashingLedger
from tests.apply.shops import TARGET, Shop, assert_healed
from tests.apply.wanted import MANY, WRITES, rule, wanted

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.apply.history import History
    from loyaltyctl.apply.plan import Plan


# Two runs


def test_a_second_run_is_refused_while_the_first_one_works(shop: Shop, path: Path) -> None:
    todo = shop.planned(wanted())
    with Ledger(path, site_lock(path)) as ledger:
        steps = apply(shop.site(ledger), todo, "apply", "rules.yaml", stop=True)
        for _ in range(8):
            next(steps)
        with pytest.raises(Conflict) as second:
            Ledger(path, site_lock(path))
        assert second.value.reason == "SITE_IN_USE"
        assert _opened_elsewhere(path) == "SITE_IN_USE"
        [run] = read_history(path).runs
        assert run.ended is None
        assert {step.state for step in run.steps} == {StepState.DONE, StepState.PLANNED}
        list(steps)

    assert _opened_elsewhere(path) == ""
    outcomes = shop.apply(path, todo)
    assert {outcome.result for outcome in outcomes} == {Result.NOTHING}
    assert_healed(shop)


def _opened_elsewhere(path: Path) -> Any:
    context = multiprocessing.get_context("spawn")
    told_: Any = context.Queue()
    second = context.Process(target=_open, args=(path, told_))
    second.start()
    reason = told_.get(timeout=30)
    second.join()
    return reason


def _open(path: Path, told_: Any) -> None:
    try:
        with Ledger(path, site_lock(path)):
            told_.put("")
    except Conflict as conflict:
        told_.put(conflict.reason)


def test_a_plan_made_before_another_run_is_refused_where_that_wanted_something_else(
    shop: Shop, path: Path
) -> None:
    todo = shop.planned(wanted())
    others = [
        rule("Purchase a product", "stores/OrderPaid", "9 per 1"),
        rule("New 3", "events/OrderConfirmed", "333 points"),
    ]
    shop.apply(path, shop.planned(others, prune=False))
    before = shop.told()

    with pytest.raises(Conflict, match="the plan is stale") as stale:
        shop.apply(path, todo)

    assert stale.value.reason == "STALE_PLAN"
    assert shop.told() == before
    shop.apply(path, shop.planned(wanted()))
    assert_healed(shop)


# The ledger


def test_the_ledger_keeps_the_runs_the_latest_first_and_the_rules_before_each(shop: Shop, path: Path) -> None:
    first = shop.documents()
    shop.apply(path, shop.planned(wanted()))
    second = shop.documents()
    shop.apply(path, shop.planned(wanted(2)))

    before = read_history(path)
    latest, earliest = before.runs
    assert [one.document for one in before.snapshots[earliest.id]] == [*first.values()]
    assert [one.document for one in before.snapshots[latest.id]] == [*second.values()]
    assert (latest.command, latest.source, latest.target) == ("apply", "rules.yaml", TARGET)
    assert latest.began >= (earliest.ended or 0)
    assert read_all(path.parent) == (before.runs, [])
    assert [step.action for step in latest.steps] == ["delete"] * 5


def test_what_a_run_and_those_after_it_created_is_known(shop: Shop, path: Path) -> None:
    there = shop.documents().keys()
    shop.apply(path, shop.planned(wanted(3)))
    middle = shop.documents().keys()
    shop.apply(path, shop.planned(wanted(5)))
    last = shop.documents().keys()

    before = read_history(path)
    assert before.created_since(before.runs[0].id) == last - middle
    assert before.created_since(before.runs[1].id) == last - there


def test_what_a_run_created_that_died_before_it_heard_of_it_is_known(tmp_path: Path) -> None:
    step, died = 0, True
    while died:
        step += 1
        shop = Shop()
        path = tmp_path / f"{step}.sqlite3"
        there = shop.documents().keys()
        died = False
        try:
            shop.apply(path, shop.planned(wanted()), crash_at=step)
        except Crash:
            died = True
        shop.apply(path, shop.planned(wanted()))
        before = read_history(path)
        first = before.runs[-1].id
        made_ = shop.documents().keys() - there
        shop.apply(path, _rollback(shop, before, first))

        assert not shop.documents().keys() & made_, f"died at {step}, and rolled back"
        shop.close()


def _rollback(shop: Shop, before: History, run_id: str) -> Plan:
    """The plan as the command makes it."""
    known = before.created_since(run_id)
    return plan(shop.rules.list(), before.snapshots[run_id], lambda one: one.id.lower() in known)


def test_the_ledger_can_be_read_while_a_run_writes_it(shop: Shop, path: Path) -> None:
    states = []
    with Ledger(path, site_lock(path)) as ledger:
        for _ in apply(shop.site(ledger), shop.planned(wanted()), "apply", "rules.yaml", stop=True):
            states.append([step.state for run in read_history(path).runs for step in run.steps])  # noqa: PERF401 - one after the other

    done = [[*one].count(StepState.DONE) for one in states]
    assert done == sorted(done)
    assert done[-1] == len(WRITES)


def test_there_is_no_past_where_there_is_no_ledger(tmp_path: Path) -> None:
    assert read_history(tmp_path / "none") == ([], {})
    assert read_all(tmp_path / "nowhere") == ([], [])
    assert not (tmp_path / "none").exists()


def test_a_ledger_belongs_to_a_site_on_a_server(tmp_path: Path) -> None:
    assert len({ledger_path(tmp_path, origin, site) for origin in "ab" for site in "cd"}) == 4
    assert ledger_path(tmp_path, "a", "c") == ledger_path(tmp_path, "a", "c")


@pytest.mark.parametrize(
    "content", [b"no database, no database, no database", b"\0" * 4096, b"SQLite format 3\0" + b"\xff" * 100]
)
def test_a_damaged_ledger_is_one_clear_error(content: bytes, path: Path) -> None:
    path.write_bytes(content)

    for use in (Ledger, read_history):
        with pytest.raises(LoyaltyError, match=f"the ledger {path}") as damaged:
            use(path)
        assert damaged.value.reason in ("CANNOT_WRITE", "DAMAGED")
        assert damaged.value.hint
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "damage",
    [
        "update steps set state = 'lost'", "update steps set fields = '{'", "update steps set requests = 'x'",
        "update runs set snapshot = '['", "update runs set snapshot = '5'", "drop table steps", "alter table runs rename column source to origin",
    ],
)  # fmt: skip
def test_a_ledger_with_nonsense_in_it_is_one_clear_error(damage: str, shop: Shop, path: Path) -> None:
    shop.apply(path, shop.planned(wanted()))
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(damage)

    try:
        before = read_history(path)
    except LoyaltyError as error:
        assert str(path) in error.message  # noqa: PT017 - where it is not refused, it must be of use
    else:
        assert all(isinstance(one.document, dict) for rules in before.snapshots.values() for one in rules)
        assert all(
            isinstance(field, dict) for run in before.runs for one in run.steps for field in one.fields
        )


def test_a_ledger_that_cannot_be_made_is_one_clear_error_and_nothing_is_sent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken.sqlite3").mkdir()

    for path in (tmp_path / "file" / "site.sqlite3", tmp_path / "taken.sqlite3"):
        with pytest.raises(LoyaltyError, match="cannot use the ledger") as refused:
            Ledger(path, site_lock(path))
        assert refused.value.reason == "CANNOT_WRITE"
        assert "LOYALTYCTL_DATA_DIR" in refused.value.hint


def test_a_full_disk_ends_the_run_before_anything_more_is_sent(shop: Shop, path: Path) -> None:
    todo = shop.planned(wanted(MANY))
    with shop.watched(path), CrashingLedger(path, 0, site_lock(path)) as ledger:
        steps = apply(shop.site(ledger), todo, "apply", "rules.yaml", stop=True)
        next(one for one in steps if one.change.is_write)
        pages = ledger._db.execute("pragma page_count").fetchone()[0]  # noqa: SLF001 - the disk is full from here on
        ledger._db.execute(f"pragma max_page_count = {pages}")  # noqa: SLF001 - see above
        with pytest.raises(LoyaltyError, match="cannot use the ledger") as full:
            list(steps)
    assert full.value.reason == "CANNOT_WRITE"
    shop.apply(path, shop.planned(wanted(MANY)))
    assert_healed(shop, MANY)


def test_a_ledger_that_was_let_go_of_can_be_had_again_at_once(path: Path) -> None:
    for _ in range(3):
        with Ledger(path, site_lock(path)) as ledger:
            assert ledger.in_doubt_since() is None
