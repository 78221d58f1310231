"""The ledger: one run at a time, history and snapshots, and errors for a ledger that cannot be used."""

from __future__ import annotations

import contextlib
import multiprocessing
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.apply.database import ledger_path
from loyaltyctl.apply.execute import apply
from loyaltyctl.apply.history import read_histories, read_history
from loyaltyctl.apply.ledger import Ledger
from loyaltyctl.apply.locks import site_lock
from loyaltyctl.apply.plan import plan
from loyaltyctl.contract.outputs.plans import Result, StepState
from loyaltyctl.errors import Conflict, LoyaltyError
from tests.apply.crashing import Crash, CrashingLedger
from tests.apply.desired import MANY, WRITES, desired, rule
from tests.apply.server import TARGET, Server, assert_as_desired

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.apply.history import History
    from loyaltyctl.apply.plan import Plan


# Two runs


def test_a_second_run_is_refused_while_the_first_one_works(server: Server, path: Path) -> None:
    todo = server.plan(desired())
    with Ledger(path, site_lock(path)) as ledger:
        steps = apply(server.site(ledger), todo, "apply", "rules.yaml", stop=True)
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
    results = server.apply(path, todo)
    assert {result.result for result in results} == {Result.NOTHING}
    assert_as_desired(server)


def _opened_elsewhere(path: Path) -> Any:
    context = multiprocessing.get_context("spawn")
    reasons: Any = context.Queue()
    second = context.Process(target=_open, args=(path, reasons))
    second.start()
    reason = reasons.get(timeout=30)
    second.join()
    return reason


def _open(path: Path, reasons: Any) -> None:
    try:
        with Ledger(path, site_lock(path)):
            reasons.put("")
    except Conflict as conflict:
        reasons.put(conflict.reason)


def test_a_plan_is_stale_after_another_run_changed_its_rules_otherwise(server: Server, path: Path) -> None:
    todo = server.plan(desired())
    others = [
        rule("Purchase a product", "stores/OrderPaid", "9 per 1"),
        rule("New 3", "events/OrderConfirmed", "333 points"),
    ]
    server.apply(path, server.plan(others, prune=False))
    before = server.summaries()

    with pytest.raises(Conflict, match="the plan is stale") as stale:
        server.apply(path, todo)

    assert stale.value.reason == "STALE_PLAN"
    assert server.summaries() == before
    server.apply(path, server.plan(desired()))
    assert_as_desired(server)


# The ledger


def test_the_history_has_the_latest_run_first_and_the_rules_from_before_each(
    server: Server, path: Path
) -> None:
    first = server.documents()
    server.apply(path, server.plan(desired()))
    second = server.documents()
    server.apply(path, server.plan(desired(2)))

    before = read_history(path)
    latest, earliest = before.runs
    assert [one.document for one in before.snapshots[earliest.id]] == [*first.values()]
    assert [one.document for one in before.snapshots[latest.id]] == [*second.values()]
    assert (latest.command, latest.source, latest.target) == ("apply", "rules.yaml", TARGET)
    assert latest.began >= (earliest.ended or 0)
    assert read_histories(path.parent) == (before.runs, [])
    assert [step.action for step in latest.steps] == ["delete"] * 5


def test_the_rules_that_were_created_since_a_run_are_known(server: Server, path: Path) -> None:
    there = server.documents().keys()
    server.apply(path, server.plan(desired(3)))
    middle = server.documents().keys()
    server.apply(path, server.plan(desired(5)))
    last = server.documents().keys()

    before = read_history(path)
    assert before.created_since(before.runs[0].id) == last - middle
    assert before.created_since(before.runs[1].id) == last - there


def test_a_rule_whose_creation_was_not_recorded_is_known_after_another_run(tmp_path: Path) -> None:
    step, died = 0, True
    while died:
        step += 1
        server = Server()
        path = tmp_path / f"{step}.sqlite3"
        there = server.documents().keys()
        died = False
        try:
            server.apply(path, server.plan(desired()), crash_at=step)
        except Crash:
            died = True
        server.apply(path, server.plan(desired()))
        before = read_history(path)
        first = before.runs[-1].id
        made_ = server.documents().keys() - there
        server.apply(path, _rollback(server, before, first))

        assert not server.documents().keys() & made_, f"died at {step}, and rolled back"
        server.close()


def _rollback(server: Server, before: History, run_id: str) -> Plan:
    """Plan as the command does."""
    known = before.created_since(run_id)
    return plan(server.rules.list(), before.snapshots[run_id], lambda one: one.id.lower() in known)


def test_the_ledger_can_be_read_while_a_run_writes_it(server: Server, path: Path) -> None:
    states = []
    with Ledger(path, site_lock(path)) as ledger:
        for _ in apply(server.site(ledger), server.plan(desired()), "apply", "rules.yaml", stop=True):
            states.append([step.state for run in read_history(path).runs for step in run.steps])  # noqa: PERF401 - one after the other

    done = [[*one].count(StepState.DONE) for one in states]
    assert done == sorted(done)
    assert done[-1] == len(WRITES)


def test_the_history_is_empty_without_a_ledger(tmp_path: Path) -> None:
    assert read_history(tmp_path / "none") == ([], {})
    assert read_histories(tmp_path / "nowhere") == ([], [])
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
        assert damaged.value.reason == "DAMAGED"
        assert damaged.value.hint
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "damage",
    [
        "update steps set state = 'lost'", "update steps set fields = '{'", "update steps set requests = 'x'",
        "update runs set snapshot = '['", "update runs set snapshot = '5'", "drop table steps", "alter table runs rename column source to origin",
    ],
)  # fmt: skip
def test_a_ledger_with_nonsense_in_it_is_one_clear_error(damage: str, server: Server, path: Path) -> None:
    server.apply(path, server.plan(desired()))
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


def test_a_ledger_that_cannot_be_created_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken.sqlite3").mkdir()

    for path in (tmp_path / "file" / "site.sqlite3", tmp_path / "taken.sqlite3"):
        with pytest.raises(LoyaltyError, match="cannot use the ledger") as refused:
            Ledger(path, site_lock(path))
        assert refused.value.reason == "CANNOT_WRITE"
        assert "LOYALTYCTL_DATA_DIR" in refused.value.hint


def test_a_full_disk_ends_the_run_before_the_next_request(server: Server, path: Path) -> None:
    todo = server.plan(desired(MANY))
    with server.checked(path), CrashingLedger(path, 0, site_lock(path)) as ledger:
        steps = apply(server.site(ledger), todo, "apply", "rules.yaml", stop=True)
        next(one for one in steps if one.change.is_write)
        pages = ledger._db.execute("pragma page_count").fetchone()[0]  # noqa: SLF001 - the disk is full from here on
        ledger._db.execute(f"pragma max_page_count = {pages}")  # noqa: SLF001 - see above
        with pytest.raises(LoyaltyError, match="cannot use the ledger") as full:
            list(steps)
    assert full.value.reason == "CANNOT_WRITE"
    server.apply(path, server.plan(desired(MANY)))
    assert_as_desired(server, MANY)


def test_a_closed_ledger_can_be_opened_again_at_once(path: Path) -> None:
    for _ in range(3):
        with Ledger(path, site_lock(path)) as ledger:
            assert ledger.in_doubt_since() is None
