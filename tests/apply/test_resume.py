"""Bulk creations that ended early: resumed, they create each rule exactly once, wherever they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyaltyctl.apply.history import read_history
from loyaltyctl.apply.site import QUIET_SECONDS
from loyaltyctl.contract.outputs.plans import StepState
from loyaltyctl.errors import Incomplete, LoyaltyError
from loyaltyctl.model.bulk import ItemStatus
from loyaltyctl.model.validation_results import RuleDraft
from tests.apply.bulk_server import (
    CHANGES,
    COUNT,
    EXACTLY_ONCE,
    REFUSED_BY_THE_API,
    REFUSED_HERE,
    BulkServer,
    creation,
    finish,
)
from tests.apply.crashing import Crash
from tests.scale import scaled

if TYPE_CHECKING:
    from pathlib import Path


def count(path: Path, state: StepState) -> int:
    """Return the number of steps of the last run in a state."""
    return sum(step.state is state for step in read_history(path).runs[0].steps)


def test_a_process_that_dies_at_any_step_leaves_a_run_that_can_be_finished(tmp_path: Path) -> None:
    step = 0
    died = True
    while died:
        step += 1
        server = BulkServer()
        path = tmp_path / f"{step}.sqlite3"
        died = False
        try:
            server.run(path, crash_at=step)
        except Crash:
            died = True
        server.run(path)
        assert server.titles() == EXACTLY_ONCE, f"died at step {step}"
        [run] = read_history(path).runs
        assert run.finished
        server.close()

    assert step > 10


@settings(max_examples=scaled(25, least=5), deadline=None)
@given(
    st.lists(st.sampled_from(["lost", "500", "500-after", "502", "502-after", "cut", "html", "missing-item", "repeated-item", "reordered", "429=1", "refused", "503"]), max_size=5),
    st.lists(st.integers(1, 12), max_size=4),
)  # fmt: skip
def test_faults_and_crashes_together_lose_nothing_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, faults: list[str], crashes: list[int]
) -> None:
    server = BulkServer(*(f"{fault}@bulk-create*1" for fault in faults))
    path = tmp_path_factory.mktemp("ledgers") / "site.sqlite3"
    for crash_at in [*crashes, *[0] * 10]:
        try:
            server.run(path, crash_at=crash_at)
        except (Crash, LoyaltyError):
            continue
        break

    assert server.titles() == EXACTLY_ONCE
    server.close()


@pytest.mark.parametrize("fault", ["refused*1", "502*1", "504*1"])
def test_what_may_still_be_under_way_ends_the_run_until_it_is_resumed(fault: str, path: Path) -> None:
    kind, _, times = fault.partition("*")
    server = BulkServer(f"{kind}@bulk-create*{times}")
    with pytest.raises(Incomplete) as unknown:
        server.run(path)
    assert "--resume" in unknown.value.hint
    assert count(path, StepState.UNKNOWN) == 100
    server.run(path)

    assert sum(server.clock.slept) >= QUIET_SECONDS - 1
    assert server.titles() == EXACTLY_ONCE
    server.close()


def test_a_failed_item_is_sent_again_by_a_resumed_run(bulk_server: BulkServer, path: Path) -> None:
    bulk_server.run(path, [*CHANGES[:7], REFUSED_BY_THE_API, *CHANGES[8:]], stop=False)
    assert count(path, StepState.FAILED) == 1
    bulk_server.run(path)

    assert read_history(path).runs[0].finished
    assert bulk_server.titles() == EXACTLY_ONCE


def test_nothing_is_sent_again_to_a_site_that_cannot_be_read(path: Path) -> None:
    server = BulkServer("500@bulk-create")
    with server.open(path) as ledger:
        run = server.start(ledger)
        server.set_faults("500@list", "500-after@bulk-create*1")
        with pytest.raises(Incomplete) as lost:
            finish(run)

    assert "--resume" in lost.value.hint
    assert count(path, StepState.UNKNOWN) == 100
    server.close()


def test_what_a_response_leaves_out_stays_unknown_while_the_site_cannot_be_read(path: Path) -> None:
    server = BulkServer()
    with server.open(path) as ledger:
        run = server.start(ledger)
        server.set_faults("500@list", "missing-item@bulk-create")
        finish(run)

    assert [result.index for result in run.results() if result.status is ItemStatus.UNKNOWN] == [99]
    assert count(path, StepState.UNKNOWN) == 1
    server.set_faults()
    server.run(path)
    assert server.titles() == EXACTLY_ONCE
    server.close()


def test_a_request_that_arrives_late_is_waited_for(path: Path) -> None:
    server = BulkServer("refused@bulk-create*1")
    with pytest.raises(Incomplete):
        server.run(path)
    late = [RuleDraft(change.document) for change in CHANGES[:100]]
    server.clock.when_slept(QUIET_SECONDS / 2, lambda: server.rules.bulk_create(late))
    server.run(path)

    assert server.titles() == EXACTLY_ONCE
    server.close()


def test_rules_that_are_done_are_found_again_in_a_corrected_file(bulk_server: BulkServer, path: Path) -> None:
    some = [REFUSED_HERE, *CHANGES[1:5], creation(title="Rule later")]
    bulk_server.run(path, some, stop=False)
    run = bulk_server.run(path)
    assert {result.status for result in run.results()} == {ItemStatus.CREATED}
    assert len(run.results()) == COUNT

    bulk_server.run(path, some, stop=False)
    assert bulk_server.titles() == sorted([*EXACTLY_ONCE, "Rule later"])


def test_what_may_be_there_is_kept_while_the_file_lacks_it(path: Path) -> None:
    server = BulkServer()
    fewer, all_ = CHANGES[:50], [*CHANGES[:50], creation(title="Rule x")]
    with server.open(path) as ledger:
        run = server.start(ledger, all_)
        server.set_faults("504-after@bulk-create*1", "500@list")
        with pytest.raises(Incomplete):
            finish(run)
    server.set_faults()
    server.run(path, fewer)
    server.run(path, all_)

    assert server.titles().count("Rule x") == 1
    assert len(server.titles()) == 51
    server.close()
