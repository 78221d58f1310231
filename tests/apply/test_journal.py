"""The journal of many creations: for one run at a time, and an error where it cannot be kept or read."""

from __future__ import annotations

import multiprocessing
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.apply.bulk_create import BulkCreate
from loyaltyctl.apply.journal import Journal, path_for
from loyaltyctl.errors import Conflict, InvalidData, LoyaltyError
from tests.apply.bulk_runs import COUNT, DRAFTS, EXACTLY_ONCE, Site

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_run_on_the_same_journal_is_refused(tmp_path: Path) -> None:
    with Journal(tmp_path / "j"):
        context = multiprocessing.get_context("spawn")
        refused = context.Queue()
        second = context.Process(target=_open, args=(tmp_path / "j", refused))
        second.start()
        second.join()

        assert refused.get() == "JOURNAL_IN_USE"
        with pytest.raises(Conflict):
            Journal(tmp_path / "j")
    Journal(tmp_path / "j").__exit__()


def _open(path: Path, refused: Any) -> None:
    try:
        Journal(path)
    except Conflict as conflict:
        refused.put(conflict.reason)


def test_a_full_disk_stops_the_run_before_anything_is_sent(site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        run = BulkCreate(site.rules, journal, DRAFTS, site.clock, stop=True)
        run.begin({})
        steps = run.run()
        next(steps)
        pages = journal._db.execute("pragma page_count").fetchone()[0]  # noqa: SLF001 - the disk is full from here on
        journal._db.execute(f"pragma max_page_count = {pages}")  # noqa: SLF001 - see above
        with pytest.raises(LoyaltyError, match="cannot write the journal") as full:
            list(steps)
        assert "--resume" in full.value.hint
        journal._db.execute("pragma max_page_count = 1000000")  # noqa: SLF001 - there is room again
        site.run(journal)

    assert site.titles() == EXACTLY_ONCE


@pytest.mark.parametrize(
    "content", [b"no database, no database, no database", b"\0" * 4096, b"SQLite format 3\0" + b"\xff" * 100]
)
def test_a_damaged_journal_is_an_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(content)

    with pytest.raises(InvalidData, match=r"the journal .* is damaged"):
        Journal(tmp_path / "j")


@pytest.mark.parametrize("change", ["state = 'lost'", "result = '{'"])
def test_a_journal_with_nonsense_in_it_is_an_error(change: str, site: Site, tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        site.run(journal)
    with sqlite3.connect(tmp_path / "j") as db:
        db.execute(f"update items set {change}")  # noqa: S608 - the text of a parameter above
    db.close()

    with Journal(tmp_path / "j") as journal, pytest.raises(InvalidData, match="is damaged"):
        journal.results([""] * COUNT)


def test_a_journal_belongs_to_its_input_its_server_and_its_site(tmp_path: Path) -> None:
    targets = [("a", "b"), ("a", "c"), ("d", "b")]
    paths = {path_for(tmp_path, target, source) for target in targets for source in ("/a.csv", "/b.csv", "-")}

    assert len(paths) == 9
    assert path_for(tmp_path, ("a", "b"), "-") in paths


def test_the_journal_survives_in_a_file_of_sqlite(tmp_path: Path, site: Site) -> None:
    with Journal(tmp_path / "j") as journal:
        site.run(journal)

    with sqlite3.connect(tmp_path / "j") as db:
        assert db.execute(
            "select count(*), count(distinct id) from items where state = 'created'"
        ).fetchall() == [(COUNT, COUNT)]
    db.close()
