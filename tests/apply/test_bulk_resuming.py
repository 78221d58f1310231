"""Many creations whose run ended early: resumed, they are each there exactly once, wherever it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyaltyctl.apply.bulk_create import QUIET, BulkCreate
from loyaltyctl.apply.journal import Journal, State
from loyaltyctl.errors import Incomplete, LoyaltyError
from loyaltyctl.model.bulk import ItemStatus
from loyaltyctl.model.problems import RuleDraft
from loyaltyctl.model.rules import fingerprint
from tests.apply.bulk_runs import COUNT, DRAFTS, EXACTLY_ONCE, RULE, Site, finish
from tests.apply.crashing import Crash, CrashingJournal
from tests.scale import scaled

if TYPE_CHECKING:
    from pathlib import Path


def test_a_process_that_dies_at_any_step_leaves_a_run_that_can_be_finished(tmp_path: Path) -> None:
    step = 0
    died = True
    while died:
        step += 1
        one = Site()
        path = tmp_path / f"journal-{step}"
        died = False
        try:
            with CrashingJournal(path, step) as journal:
                one.run(journal)
        except Crash:
            died = True
        with Journal(path) as journal:
            one.run(journal)
        assert one.titles() == EXACTLY_ONCE, f"died at step {step}"
        one.close()

    assert step > 10


@settings(max_examples=scaled(25, least=5), deadline=None)
@given(
    st.lists(st.sampled_from(["lost", "500", "500-after", "502", "502-after", "cut", "html", "missing-item", "repeated-item", "reordered", "429=1", "refused", "503"]), max_size=5),
    st.lists(st.integers(1, 12), max_size=4),
)  # fmt: skip
def test_faults_and_deaths_together_lose_nothing_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, faults: list[str], deaths: list[int]
) -> None:
    one = Site(*(f"{fault}@bulk-create*1" for fault in faults))
    path = tmp_path_factory.mktemp("journals") / "journal"
    for crash_at in [*deaths, *[0] * 10]:
        try:
            with CrashingJournal(path, crash_at) as journal:
                one.run(journal)
        except (Crash, LoyaltyError):
            continue
        with Journal(path) as journal:
            if journal.finished:
                break

    assert one.titles() == EXACTLY_ONCE
    one.close()


@pytest.mark.parametrize("fault", ["refused*1", "502*1", "504*1"])
def test_what_may_still_be_under_way_ends_the_run_until_it_is_resumed(fault: str, tmp_path: Path) -> None:
    kind, _, times = fault.partition("*")
    one = Site(f"{kind}@bulk-create*{times}")
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(Incomplete) as unknown:
            one.run(journal)
        assert "--resume" in unknown.value.hint
        assert len(journal.numbers(State.SENDING)) == 100
        one.run(journal)

    assert sum(one.clock.slept) >= QUIET - 1
    assert one.titles() == EXACTLY_ONCE
    one.close()


def test_a_failed_item_is_tried_again_by_a_resumed_run(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(
            site.rules, journal, {**DRAFTS, 7: RuleDraft({"title": "x"})}, site.clock, stop=False
        )
        run.begin({})
        list(run.run())
        site.run(journal)

        assert journal.finished
    assert site.titles() == EXACTLY_ONCE


def test_a_site_that_cannot_be_read_is_sent_nothing_again(tmp_path: Path) -> None:
    one = Site("500@bulk-create")
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(one.rules, journal, DRAFTS, one.clock, stop=True)
        run.begin({})
        one.spoil("500@list", "500-after@bulk-create*1")
        with pytest.raises(Incomplete) as lost:
            finish(run)

        assert "--resume" in lost.value.hint
        assert len(journal.numbers(State.SENDING)) == 100
    one.close()


def test_what_an_answer_leaves_out_stays_unknown_while_the_site_cannot_be_read(tmp_path: Path) -> None:
    one = Site()
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(one.rules, journal, DRAFTS, one.clock, stop=True)
        run.begin({})
        one.spoil("500@list", "missing-item@bulk-create")
        list(run.run())

        assert [
            result.index for result in journal.results([""] * COUNT) if result.status is ItemStatus.UNKNOWN
        ] == [99]
        one.spoil()
        one.run(journal)
    assert one.titles() == EXACTLY_ONCE
    one.close()


def test_a_request_that_comes_through_late_is_waited_for(tmp_path: Path) -> None:
    one = Site("refused@bulk-create*1")
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(Incomplete):
            one.run(journal)
        one.clock.when_slept(QUIET / 2, lambda: one.rules.bulk_create([DRAFTS[i] for i in range(100)]))
        one.run(journal)

    assert one.titles() == EXACTLY_ONCE
    one.close()


def test_a_file_that_was_corrected_finds_what_is_done(site: Site, tmp_path: Path) -> None:
    some = {i: DRAFTS[i] for i in range(1, 5)} | {5: RuleDraft(RULE | {"title": "Rule later"})}
    with Journal(tmp_path / "j") as journal:
        first = BulkCreate(site.rules, journal, some, site.clock, stop=False)
        first.begin({0: "title: must not be empty"})
        finish(first)
        site.run(journal)

        assert journal.finished
        assert len(journal.results([""] * COUNT)) == COUNT

        again = BulkCreate(site.rules, journal, some, site.clock, stop=False)
        again.resume({0: "title: must not be empty"}, QUIET)
        finish(again)
    assert site.titles() == sorted([*EXACTLY_ONCE, "Rule later"])


def test_what_may_be_there_is_kept_in_mind_while_the_file_lacks_it(tmp_path: Path) -> None:
    one = Site("504-after@bulk-create*1")
    fewer = {i: DRAFTS[i] for i in range(50)}
    with Journal(tmp_path / "j") as journal:
        one.spoil("504-after@bulk-create*1", "500@list")
        run = BulkCreate(
            one.rules, journal, fewer | {50: RuleDraft(RULE | {"title": "Rule x"})}, one.clock, stop=True
        )
        journal.begin([fingerprint(draft.document) for draft in run._drafts.values()], [], {})  # noqa: SLF001 - what begin does, but for the list
        with pytest.raises(Incomplete):
            finish(run)
        one.spoil()
        for drafts in (fewer, fewer | {50: RuleDraft(RULE | {"title": "Rule x"})}):
            run = BulkCreate(one.rules, journal, drafts, one.clock, stop=True)
            run.resume({}, QUIET)
            finish(run)

    assert one.titles().count("Rule x") == 1
    assert len(one.titles()) == 51
    one.close()
