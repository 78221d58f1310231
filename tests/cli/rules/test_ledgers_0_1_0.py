"""Ledgers and journals that version 0.1.0 wrote: read by history, rollback, apply and bulk-create --resume."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.sandbox.app import DEFAULT_SITE
from loyaltyctl.sandbox.store import Store
from tests.cli.rules.plans import results, site
from tests.conftest import PURCHASE

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject
    from tests.conftest import Home, Run

GOLDEN = Path(__file__).parent / "ledgers_0_1_0"
RESUME = "-p sandbox rules bulk-create -f - --resume"
FILE = "title,trigger,points\nCoffee,events/Rsvp,1\nTea,events/Rsvp,2\nCake,events/Rsvp,3\n"
COFFEE = "4f21608e-2c2b-493e-9a1c-83ed97636a98"
TEA = "0a2e4a0c-7d57-4a3b-9a55-5a7f1d9f1c11"
TICKETS = "0cb61c64-e784-48f5-a91b-0aa1320149df"
LATER = "2d932389-0ef4-47ea-b912-19bb52a5e16d"


@pytest.fixture
def ledger(home: Home) -> Path:
    """The ledger of the sandbox; the sandbox has the rules that the ledger records."""
    path = home.data / "journals" / "site-f739864cf9bb3cc2.sqlite3"
    load("site", path)
    created = [(TICKETS, "Tickets", "events/OrderConfirmed", 5), (LATER, "Later", "events/Rsvp", 7)]
    insert(home, *(rule(*one) for one in created))
    return path


@pytest.fixture
def journal(home: Home) -> Path:
    """The journal of a bulk creation. The sandbox has two of its rules: one that was recorded as done."""
    path = home.data / "journals" / "bulk-5f10a02688c23de0.sqlite3"
    load("bulk", path)
    insert(home, rule(COFFEE, "Coffee", "events/Rsvp", 1), rule(TEA, "Tea", "events/Rsvp", 2))
    return path


def load(name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db:
        db.executescript((GOLDEN / f"{name}.sql").read_text(encoding="utf-8"))


def update(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement)


def rule(rule_id: str, title: str, trigger: str, points: int) -> JsonObject:
    return {
        "id": rule_id,
        "title": title,
        "status": "ACTIVE",
        "triggerActivityType": trigger,
        "triggerAppId": "140603ad-af8d-84a5-2c80-a0f60cb47351",
        "sourceAppId": "553c79f3-5625-4f38-b14b-ef7c0d1e87df",
        "fixedAmount": {"configs": [{"points": points}]},
        "revision": "1",
        "createdDate": "2026-11-30T02:47:37.445Z",
        "updatedDate": "2026-11-30T02:47:37.445Z",
        "metadata": {"canBeDeleted": True},
        "triggerFilters": [],
    }


def insert(home: Home, *rules: JsonObject) -> None:
    """Add rules to the sandbox."""
    with (
        closing(Store(home.data / "sandbox.sqlite3")) as store,
        store.site(DEFAULT_SITE, writes=True) as rows,
    ):
        for document in rules:
            rows.insert(document)


@pytest.mark.usefixtures("ledger")
def test_its_runs_are_listed(run: Run) -> None:
    history = run("rules history --json").json()

    assert [(one["command"], [step["state"] for step in one["changes"]]) for one in history] == [
        ("rules apply", ["done", "sending"]),
        ("rules bulk-create", ["done"]),
        ("rules pause", ["done"]),
        ("rules apply", ["done"]),
    ]
    assert history[0]["ended"] is None
    assert history[3]["changes"][0]["id"] == TICKETS


@pytest.mark.usefixtures("ledger")
def test_its_first_run_is_undone_by_a_rollback(run: Run) -> None:
    run(f"-p sandbox rules update {PURCHASE} --points 30")
    undone = results(run("-p sandbox rules rollback 9e7f3459 -y --json"))

    assert ("update", "Purchase a product", "done") in undone
    assert {title for action, title, _ in undone if action == "delete"} == {"Tickets", "Later"}


@pytest.mark.usefixtures("ledger")
def test_its_unfinished_run_is_undone_by_a_rollback(run: Run) -> None:
    assert ("delete", "Later", "done") in results(run("-p sandbox rules rollback -y --json"))
    assert "Tickets" in site(run)


@pytest.mark.usefixtures("ledger")
def test_its_unfinished_run_is_finished_by_another_one(run: Run) -> None:
    rules = "- {title: Purchase a product, trigger: stores/OrderPaid, earn: 30 per 1, tiers: {}}\n- {title: Later, trigger: events/Rsvp, earn: 7 points}\n"
    assert results(run("-p sandbox rules apply -f - -y --json", stdin=rules))[0] == (
        "update", "Purchase a product", "done",
    )  # fmt: skip
    run("-p sandbox rules rollback -y")  # both parts

    assert site(run)["Purchase a product"]["conversionRate"]["configs"] == [{"moneyAmount": 1, "points": 20}]
    assert "Later" not in site(run)


def test_a_single_change_is_recorded_in_it(run: Run, ledger: Path) -> None:
    run(f"-p sandbox rules pause {PURCHASE}")

    assert len(run("rules history --json").json()) == 5
    with closing(sqlite3.connect(ledger)) as db:
        assert db.execute("select count(*) from steps where created is null").fetchone() == (6,)


def test_its_bulk_creation_is_finished_by_resume(run: Run, journal: Path) -> None:
    created = run(f"{RESUME} --json", stdin=FILE).json()["results"]

    ids = [one["itemMetadata"]["id"] for one in created]
    assert ids[:2] == [COFFEE, TEA]
    assert [one["item"]["title"] for one in created] == ["Coffee", "Tea", "Cake"]
    assert sorted(site(run)).count("Cake") == 1
    assert not journal.exists()
    assert run(f"{RESUME} --json", stdin=FILE).json()["results"] == created
    [shown] = run("rules history --json").json()
    assert [(step["title"], step["id"], step["state"]) for step in shown["changes"]] == [
        (title, rule_id, "done") for title, rule_id in zip(("Coffee", "Tea", "Cake"), ids, strict=True)
    ]


@pytest.mark.usefixtures("journal")
def test_a_rule_that_the_file_lacked_meanwhile_is_not_created_again(run: Run) -> None:
    run(RESUME, stdin="title,trigger,points\nCake,events/Rsvp,3\n")
    run(RESUME, stdin=FILE)

    titles = [one["title"] for one in run("-p sandbox rules list --trigger events/Rsvp --json").json()]
    assert sorted(titles) == ["Cake", "Coffee", "RSVP to an event", "Tea"]


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("finished", [True, False])
def test_its_bulk_creation_is_listed_once_after_resume(finished: bool, run: Run, journal: Path) -> None:
    [recorded] = [one for one in run("rules history --json").json() if one["command"] == "rules bulk-create"]
    if finished:
        update(journal, "delete from items where state != 'created'")
    created = run(f"{RESUME} --json", stdin="\n".join(FILE.splitlines()[: 2 if finished else 4])).json()

    [shown] = [one for one in run("rules history --json").json() if one["command"] == "rules bulk-create"]
    assert [step["id"] for step in shown["changes"]] == [
        one["itemMetadata"]["id"] for one in created["results"]
    ]
    assert shown["changes"][0]["requestIds"] == recorded["changes"][0]["requestIds"]
    assert [one["command"] for one in run("rules history --json").json()].index("rules bulk-create") == 1


@pytest.mark.usefixtures("journal")
@pytest.mark.parametrize("sent", ["sent - 1", "sent + 61"])
def test_a_bulk_creation_of_another_file_stays_in_history(sent: str, run: Run, ledger: Path) -> None:
    update(ledger, f"update steps set sent = {sent} where run = 3")  # noqa: S608 - ours
    run(RESUME, stdin=FILE)

    assert [one["command"] for one in run("rules history --json").json()].count("rules bulk-create") == 2


@pytest.mark.usefixtures("ledger")
def test_a_request_without_a_response_is_not_the_next_one_in_history(run: Run, journal: Path) -> None:
    update(journal, "update items set state = 'planned'")
    run(RESUME, stdin=FILE)

    assert [one["command"] for one in run("rules history --json").json()].count("rules bulk-create") == 2


def test_a_rule_that_was_removed_from_the_file_does_not_keep_its_bulk_creation_open(
    run: Run, journal: Path
) -> None:
    update(journal, "update items set number = null where state = 'sending'")
    run("-p sandbox rules bulk-create -f -", stdin="title,trigger,points\nCoffee,events/Rsvp,1\n")

    assert len(run("rules history --json").json()) == 2


def test_its_unfinished_bulk_creation_is_not_started_again(run: Run, journal: Path) -> None:
    assert "--resume" in run("-p sandbox rules bulk-create -f -", stdin=FILE, code=5).err
    assert "--resume" in run("-p sandbox rules bulk-create -f -", stdin=FILE, code=5).err
    assert not journal.exists()


def test_a_journal_that_a_process_of_that_version_holds_is_left_alone(run: Run, journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as db:
        db.execute("begin exclusive")
        refused = run(f"{RESUME} --json", stdin=FILE, code=5).error()

    assert refused["code"] == "JOURNAL_IN_USE"
    run(RESUME, stdin=FILE)


@pytest.mark.parametrize("damage", ["items set content = '['", "items set state = 'lost'", "run set value = '5'", "items set result = '{'"])  # fmt: skip
def test_a_journal_with_nonsense_in_it_is_one_clear_error(damage: str, run: Run, journal: Path) -> None:
    update(journal, f"update {damage}")

    refused = json.loads(run(f"{RESUME} --json", stdin=FILE, code=6).err.splitlines()[-1])["error"]
    assert refused["code"] == "DAMAGED"
    assert str(journal) in refused["message"]
    assert journal.exists()
    assert run("rules history --json").json() == []
