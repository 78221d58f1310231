"""One run of many creations: each rule exactly once, and what was refused is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.apply.bulk_create import BulkCreate
from loyaltyctl.apply.journal import Journal, State
from loyaltyctl.errors import Incomplete, LoyaltyError
from loyaltyctl.model.bulk import ItemStatus
from loyaltyctl.model.problems import RuleDraft
from tests.apply.bulk_runs import COUNT, DRAFTS, EXACTLY_ONCE, Site

if TYPE_CHECKING:
    from pathlib import Path


def test_every_rule_is_there_once(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        site.run(journal)

        assert journal.finished
        assert {result.status for result in journal.results([""] * COUNT)} == {ItemStatus.CREATED}
    assert site.titles() == EXACTLY_ONCE


@pytest.mark.parametrize(
    "fault",
    [
        "lost",
        "500-after",
        "502-after",
        "cut",
        "missing-item",
        "repeated-item",
        "reordered",
        "500*1",
        "503*1",
        "429=1*1",
    ],
)
def test_a_run_survives_what_can_be_found_out(fault: str, tmp_path: Path) -> None:
    kind, star, times = fault.partition("*")
    one = Site(f"{kind}@bulk-create{star}{times}")
    with Journal(tmp_path / "j") as journal:
        one.run(journal)

    assert one.titles() == EXACTLY_ONCE
    one.close()


def test_a_server_that_always_fails_ends_the_run_and_doubles_nothing(tmp_path: Path) -> None:
    one = Site("500@bulk-create")
    with Journal(tmp_path / "j") as journal, pytest.raises(Incomplete):
        one.run(journal)

    assert one.titles() == []
    one.close()


def test_a_chunk_that_is_refused_as_a_whole_stays_planned(tmp_path: Path) -> None:
    one = Site("403@bulk-create*1")
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(LoyaltyError, match="403"):
            one.run(journal)
        assert len(journal.numbers(State.PLANNED)) == COUNT
        one.run(journal)

    assert one.titles() == EXACTLY_ONCE
    one.close()


@pytest.mark.parametrize(("stop", "created"), [(True, 99), (False, 249)])
def test_a_failed_item_ends_the_run_or_not_as_told(
    stop: bool, created: int, site: Site, tmp_path: Path
) -> None:
    drafts = {**DRAFTS, 7: RuleDraft({"title": "refused by the API"})}
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(site.rules, journal, drafts, site.clock, stop=stop)
        run.begin({})
        list(run.run())
        results = journal.results([""] * COUNT)

        assert [result.index for result in results if result.status is ItemStatus.FAILED] == [7]
        assert results[7].problem.startswith("INVALID_ARGUMENT: earningRule.")
        assert sum(result.status is ItemStatus.CREATED for result in results) == created
        assert results[-1].status is (ItemStatus.UNSENT if stop else ItemStatus.CREATED)


def test_items_refused_before_sending_are_not_sent(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(site.rules, journal, {i: DRAFTS[i] for i in range(1, COUNT)}, site.clock, stop=False)
        run.begin({0: "title: must not be empty"})
        list(run.run())

        assert journal.results([""] * COUNT)[0].problem == "INVALID_DATA: title: must not be empty"
    assert len(site.titles()) == COUNT - 1
