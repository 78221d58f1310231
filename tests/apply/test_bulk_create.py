"""One run of a bulk creation: each rule is created exactly once, and refusals are reported."""

from __future__ import annotations

import multiprocessing
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.apply.history import read_history
from loyaltyctl.apply.ledger import Ledger
from loyaltyctl.apply.locks import creation_lock, site_lock
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.errors import Conflict, Incomplete, InvalidData, LoyaltyError
from loyaltyctl.model.bulk import ItemStatus
from tests.apply.bulk_server import CHANGES, COUNT, EXACTLY_ONCE, REFUSED_BY_THE_API, REFUSED_HERE, BulkServer

if TYPE_CHECKING:
    from pathlib import Path


def test_every_rule_is_created_once(bulk_server: BulkServer, path: Path) -> None:
    results = bulk_server.run(path).results()

    assert {result.status for result in results} == {ItemStatus.CREATED}
    assert [result.title for result in results] == [change.rule.title for change in CHANGES]
    assert bulk_server.titles() == EXACTLY_ONCE


def test_the_history_shows_each_rule_with_its_id_and_its_request(bulk_server: BulkServer, path: Path) -> None:
    results = bulk_server.run(path).results()

    history = read_history(path)
    [run] = history.runs
    assert run.finished
    assert [(step.action, step.title, step.id) for step in run.steps] == [
        ("create", result.title, result.id) for result in results
    ]
    assert all(len(step.requests) == 1 for step in run.steps)
    assert len({step.requests[0] for step in run.steps}) == 3
    assert history.snapshots == {}  # a rollback does not undo it


@pytest.mark.parametrize(
    "fault",
    [
        "lost", "500-after", "502-after", "cut", "missing-item", "repeated-item", "reordered", "500*1", "503*1", "429=1*1",
    ],
)  # fmt: skip
def test_a_fault_whose_effect_the_site_shows_is_survived(fault: str, path: Path) -> None:
    kind, star, times = fault.partition("*")
    server = BulkServer(f"{kind}@bulk-create{star}{times}")

    server.run(path)

    assert server.titles() == EXACTLY_ONCE
    server.close()


def test_a_server_that_always_fails_ends_the_run_and_doubles_nothing(path: Path) -> None:
    server = BulkServer("500@bulk-create")

    with pytest.raises(Incomplete):
        server.run(path)

    assert server.titles() == []
    server.close()


def test_a_chunk_that_is_refused_as_a_whole_stays_planned(path: Path) -> None:
    server = BulkServer("403@bulk-create*1")

    with pytest.raises(LoyaltyError, match="403"):
        server.run(path)

    [run] = read_history(path).runs
    assert {step.state for step in run.steps} == {StepState.PLANNED}
    server.run(path)
    assert server.titles() == EXACTLY_ONCE
    server.close()


@pytest.mark.parametrize(("stop", "created"), [(True, 99), (False, 249)])
def test_a_failed_item_ends_the_run_with_stop_alone(
    stop: bool, created: int, bulk_server: BulkServer, path: Path
) -> None:
    results = bulk_server.run(path, [*CHANGES[:7], REFUSED_BY_THE_API, *CHANGES[8:]], stop=stop).results()

    assert [result.index for result in results if result.status is ItemStatus.FAILED] == [7]
    assert results[7].problem.startswith("INVALID_ARGUMENT: earningRule.")
    assert sum(result.status is ItemStatus.CREATED for result in results) == created
    assert results[-1].status is (ItemStatus.UNSENT if stop else ItemStatus.CREATED)


def test_items_that_have_a_problem_are_not_sent(bulk_server: BulkServer, path: Path) -> None:
    results = bulk_server.run(path, [REFUSED_HERE, *CHANGES[1:]], stop=False).results()

    assert results[0].problem == "INVALID_DATA: title: must not be empty"
    assert len(bulk_server.titles()) == COUNT - 1
    assert read_history(path).runs[0].steps[0].state is StepState.FAILED


# The ledger


def test_a_second_run_of_the_same_source_is_refused(path: Path) -> None:
    lock = creation_lock(path, "/rules.csv")
    with Ledger(path, lock):
        context = multiprocessing.get_context("spawn")
        refused = context.Queue()
        second = context.Process(target=_open, args=(path, refused))
        second.start()
        second.join()

        assert refused.get() == "JOURNAL_IN_USE"
        with pytest.raises(Conflict):
            Ledger(path, lock)
        Ledger(path, creation_lock(path, "-")).__exit__()
        Ledger(path, site_lock(path)).__exit__()
    Ledger(path, lock).__exit__()


def _open(path: Path, refused: Any) -> None:
    try:
        Ledger(path, creation_lock(path, "/rules.csv"))
    except Conflict as conflict:
        refused.put(conflict.reason)


def test_a_full_disk_stops_the_run_before_anything_is_sent(bulk_server: BulkServer, path: Path) -> None:
    with bulk_server.open(path) as ledger:
        run = bulk_server.start(ledger)
        chunks = run.run()
        next(chunks)
        pages = ledger._db.execute("pragma page_count").fetchone()[0]  # noqa: SLF001 - the disk is full from here on
        ledger._db.execute(f"pragma max_page_count = {pages}")  # noqa: SLF001 - see above
        with pytest.raises(LoyaltyError, match="cannot use the ledger") as full:
            list(chunks)
        assert "--resume" in full.value.hint
    bulk_server.run(path)

    assert bulk_server.titles() == EXACTLY_ONCE


@pytest.mark.parametrize(
    "change",
    ["steps set state = 'lost'", "steps set created = '{'", "steps set created = null", "steps set fields = '5'", "runs set known = 'x'", "runs set known = null"],
)  # fmt: skip
def test_a_ledger_with_nonsense_in_it_is_not_resumed(
    change: str, bulk_server: BulkServer, path: Path
) -> None:
    bulk_server.run(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"update {change}")

    with pytest.raises(InvalidData, match="is damaged"):
        bulk_server.run(path)
