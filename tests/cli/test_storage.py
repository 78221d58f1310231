"""Full disks and damaged databases: each has its own error and hint, and no data is lost."""

from __future__ import annotations

import json
import resource
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import PURCHASE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Home, Run, Started

PAGE = 4096
WRONG_STEPS = ("emove it", "egin anew", "in a minute", "ry again")
CREATE = "-p sandbox rules create --title T --trigger events/Rsvp --points 1"
BULK = "-p sandbox rules bulk-create -f rules.json"
RULES = json.dumps([{"title": f"R{number}", "trigger": "events/Rsvp", "points": 1} for number in range(40)])


def database(folder: Path, pattern: str) -> Path:
    """Return the only database of this name in a folder."""
    [path] = folder.rglob(pattern)
    return path


def damage(path: Path, *, first: int = PAGE) -> None:
    """Overwrite all pages after the first, with the write-ahead log merged before."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma journal_mode = delete")
    size = path.stat().st_size
    assert size > first
    with path.open("r+b") as file:
        file.seek(first)
        file.write(b"\x5a\xff" * ((size - first) // 2))


def assert_step(error: str, *steps: str) -> None:
    for step in steps:
        assert step in error
    for wrong in WRONG_STEPS:
        assert wrong not in error
    assert "Traceback" not in error
    assert "defect" not in error


def small_disk(size: int) -> Callable[[], None]:
    """Limit the size of the files of a process."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


class TestTheSandbox:
    @pytest.mark.parametrize(
        "line",
        [
            "rules list",
            f"rules get {PURCHASE}",
            "rules create --title T --trigger events/Rsvp --points 1",
            f"rules delete {PURCHASE} --yes --revision 1",
            f"rules pause {PURCHASE}",
            "rules export",
            "api GET /loyalty-earning-rules/v1/earning-rules/rules",
        ],
    )
    def test_a_damaged_database_can_be_moved_away(self, line: str, run: Run, home: Home) -> None:
        run("-p sandbox rules list")
        path = database(home.data, "sandbox*.sqlite3")
        damage(path)
        ended = run(f"-p sandbox {line}", code=1)

        assert_step(ended.err, "damaged", f"mv {path} {path}.damaged")
        assert len(ended.sent) == 1  # it is not asked again
        path.rename(f"{path}.damaged")
        assert PURCHASE in run("-p sandbox rules list").out

    def test_a_full_disk_is_an_error_and_changes_nothing(self, run: Run, program: Any, home: Home) -> None:
        run("-p sandbox rules list")
        path = database(home.data, "sandbox*.sqlite3")
        with closing(sqlite3.connect(path)) as db:
            pages = db.execute("pragma page_count").fetchone()[0]
        before = run("-p sandbox rules list -o id").out
        ended = program(f"{CREATE} --json", preexec_fn=small_disk(pages * PAGE // 2))
        error = json.loads(ended.stderr.splitlines()[-1])["error"]

        assert ended.returncode == 1
        assert_step(error["message"] + error["hint"], "disk", "LOYALTYCTL_DATA_DIR")
        assert run("-p sandbox rules list -o id").out == before
        run(CREATE)

    @pytest.mark.linux
    def test_a_served_sandbox_reports_the_same_error(
        self, start: Callable[[str], Started], run: Run, home: Home
    ) -> None:
        started = start("loyaltyctl sandbox serve")
        environ = {"LOYALTYCTL_API_KEY": "any-key", "LOYALTYCTL_BASE_URL": started.url}
        environ["LOYALTYCTL_SITE_ID"] = PURCHASE
        run("rules list", env=environ)
        path = database(home.data, "sandbox*.sqlite3")
        resource.prlimit(started.process.pid, resource.RLIMIT_FSIZE, (PAGE, resource.RLIM_INFINITY))
        full = run("rules create --title T --trigger events/Rsvp --points 1", env=environ, code=1)

        assert_step(full.err, str(path), "disk", "Nothing was stored")
        resource.prlimit(
            started.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        )
        run("rules create --title T --trigger events/Rsvp --points 1", env=environ)


class TestJournals:
    def test_a_damaged_ledger_can_be_moved_away(self, run: Run, home: Home) -> None:
        (home.work / "rules.yaml").write_text(run("-p sandbox rules export").out)
        run(f"-p sandbox rules pause {PURCHASE}")
        path = database(home.data, "site-*.sqlite3")
        damage(path)

        for line, code in (("history", 0), ("apply -f rules.yaml --yes", 6), ("rollback --yes", 6)):
            ended = run(f"-p sandbox rules {line}", code=code)
            assert_step(ended.err, "is damaged", f"mv {path} {path}.damaged")
        changed = run(f"-p sandbox rules resume {PURCHASE}")
        assert (
            f"warning: rules history will not show this change: the ledger {path} is damaged" in changed.err
        )

    def test_a_damaged_journal_of_a_bulk_run_warns_of_doubles(self, run: Run, home: Home) -> None:
        (home.work / "rules.json").write_text(RULES)
        run(BULK)
        path = database(home.data, "site-*.sqlite3")
        damage(path)
        ended = run(f"{BULK} --resume", code=6)

        assert_step(ended.err, "is damaged", f"mv {path} {path}.damaged", "before you create any again")

    def test_a_full_disk_under_a_journal_is_reported_as_full(self, program: Any, home: Home) -> None:
        (home.work / "rules.json").write_text(RULES)
        ended = program(BULK, preexec_fn=small_disk(PAGE))

        assert ended.returncode == 1
        assert_step(ended.stderr.decode(), "disk")
