"""`orders fetch` after an interruption: the same command continues, another one does not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.dry_run import DryRun
from loyaltyctl.api.orders import Orders
from loyaltyctl.model.order_search import OrderSearch
from loyaltyctl.orders.fetching.download import Download
from loyaltyctl.orders.fetching.partial_file import FetchRequest, PartialFile
from tests.cli.orders.fetched_files import FILE, LINE, PART, PLACED, SANDBOX, STATE, fetched
from tests.conftest import SITE

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.orders.conftest import FailingServer
    from tests.conftest import FakeClock, Run


def fetched_ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


@pytest.fixture(autouse=True)
def _folder(home: object) -> None:
    """Work in a folder of this test."""
    assert home


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("500", 7),
        ("429", 7),
        ("cut", 7),
        ("lost", 7),
        ("html", 7),
        ("401", 4),
        ("403", 4),
        ("delay=5", 7),
    ],
)
def test_the_same_command_continues_and_asks_only_for_the_missing_pages(
    fault: str, code: int, run: Run, server: FailingServer
) -> None:
    server.fail(fault, after=5)
    failed = run(f"{LINE} --timeout 2 --retries 1", env=server.environ, code=code)
    server.heal()
    searches = server.searches
    ended = run(LINE, env=server.environ)

    assert "500 orders kept: the same command continues." in failed.err
    assert f"continuing {PART.absolute()}, which has 500 orders" in ended.err
    assert server.searches - searches == 15
    assert [order["id"] for order in fetched()] == [order["id"] for order in PLACED]
    assert not PART.exists()
    assert not STATE.exists()


def test_pages_that_repeat_end_the_fetch_and_keep_the_orders(run: Run, server: FailingServer) -> None:
    server.fail('body={"orders":[{"id":"a"}],"metadata":{"cursors":{"next":"W3t9LFtdLDBd"}}}')
    ended = run(LINE, env=server.environ, code=7)

    assert "could not search the orders: the pages do not advance" in ended.err
    assert "hint: 1 order kept: the same command continues." in ended.err
    assert fetched_ids(PART) == ["a"]


def test_an_inexact_amount_is_not_promised_to_be_continued(run: Run, server: FailingServer) -> None:
    server.fail('body={"orders":[{"id":"a","priceSummary":{"total":{"amount":0.5}}}]}', after=2)
    ended = run(LINE, env=server.environ, code=6)

    assert "order.priceSummary.total.amount must be a text, got the number 0.5" in ended.err
    assert "the same command" not in ended.err


@pytest.mark.parametrize(
    ("date", "month"), [("0001-01-01T00:00:00+05:00", None), ("0900-01-01T00:00:00Z", "0900-01")]
)
def test_unusual_dates_do_not_end_the_fetch(
    date: str, month: str | None, run: Run, server: FailingServer
) -> None:
    server.fail(f'body={{"orders":[{{"id":"a","createdDate":"{date}"}}]}}')

    assert run(f"{LINE} --json", env=server.environ).json()["firstMonth"] == month


def test_ctrl_c_keeps_the_orders(run: Run, server: FailingServer, clock: FakeClock) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    server.fail("429=7", after=3)
    clock.when_slept(7, interrupt)
    stopped = run(LINE, env=server.environ, code=130)
    server.heal()

    assert "interrupted. To continue the fetch, run the same command again" in stopped.err
    assert run(f"{LINE} --json", env=server.environ).json()["continued"] is True
    assert len(fetched()) == len(PLACED)


def test_a_killed_run_is_continued(run: Run, server: FailingServer, environ: dict[str, str]) -> None:
    server.fail("delay=0.1")
    process = subprocess.Popen(
        [sys.executable, "-m", "loyaltyctl", *LINE.split()],
        env={**environ, **server.environ},
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while not PART.exists() or not PART.stat().st_size:
        assert time.monotonic() < end
        time.sleep(0.02)
    process.kill()
    process.wait()
    server.heal()
    with PART.open("a") as file:
        file.write('{"id":"half of a pa')
    run(LINE, env=server.environ)

    assert [order["id"] for order in fetched()] == [order["id"] for order in PLACED]


def test_a_fetch_that_failed_at_once_leaves_no_files(run: Run, server: FailingServer) -> None:
    server.fail("403")
    ended = run(LINE, env=server.environ, code=4)

    assert "lacks the permission Read Orders (ECOM.READ_ORDERS)" in ended.err
    assert "kept" not in ended.err
    assert [*Path().iterdir()] == []


def test_a_period_before_now_is_that_of_the_first_run(
    run: Run, server: FailingServer, clock: FakeClock
) -> None:
    days = (datetime.fromtimestamp(clock.time(), UTC) - datetime(2025, 7, 1, tzinfo=UTC)).days
    line = f"{LINE} --until {days}d"
    server.fail("500", after=2)
    run(line, env=server.environ, code=7)
    until = json.loads(STATE.read_text())["until"]
    server.heal()
    clock.sleep(100 * 86400)
    ended = run(line, env=server.environ)

    assert f"; the period is that of the first run: --until {until[:19]}Z\n" in ended.err
    assert [order["id"] for order in fetched()] == [
        order["id"] for order in PLACED if (order["purchasedDate"] or order["createdDate"]) < until
    ]


@pytest.mark.parametrize(("first", "second", "named"), [
    ("", "--since 2025-01-01", ("all orders (site", "this one is for --since 2025-01-01 (site")),
    ("--status APPROVED", "--status CANCELED", ("another fetch: --status APPROVED (site", "for --status CANCELED (site")),
    ("", f"--site-id {'1' * 8}-{'2' * 4}-4{'3' * 3}-8{'4' * 3}-{'5' * 12}", (f"(site {SITE} on", "(site 11111111-2222-4333-8444-555555555555 on")),
])  # fmt: skip
def test_another_fetch_does_not_continue_it(
    first: str, second: str, named: tuple[str, ...], run: Run, server: FailingServer
) -> None:
    server.fail("500", after=2)
    run(f"{LINE} {first}", env=server.environ, code=7)
    server.heal()
    before = PART.read_bytes()
    refused = run(f"{LINE} {second}", env=server.environ, code=2)

    assert [text for text in named if text not in refused.err] == []
    assert "--restart" in refused.err
    assert PART.read_bytes() == before
    assert run(f"{LINE} {second} --restart --json", env=server.environ).json()["continued"] is False


def test_a_cursor_that_the_server_does_not_know_leads_to_restart(run: Run, server: FailingServer) -> None:
    server.fail("500", after=2)
    run(LINE, env=server.environ, code=7)
    STATE.write_text(json.dumps({**json.loads(STATE.read_text()), "cursor": "expired"}))
    server.heal()

    assert "hint: To fetch all orders anew: --restart" in run(LINE, env=server.environ, code=6).err
    assert run(f"{LINE} --restart", env=server.environ).code == 0


@pytest.mark.parametrize(("damage", "message"), [
    (STATE.unlink, "orders.jsonl.part.state is missing"), (lambda: PART.write_bytes(PART.read_bytes()[:99]), "it is shorter than when it was written"),
    (lambda: STATE.write_text("{"), "is not the state of a fetch by this version"), (lambda: STATE.write_text("{}"), "is not the state of a fetch by this version"),
    (lambda: STATE.write_text(STATE.read_text().replace('"version": 1', '"version": 2')), "is not the state of a fetch by this version"),
    (lambda: STATE.write_text(STATE.read_text().replace('"statuses": []', '"statuses": ["PAID"]')), "is not the state of a fetch by this version"),
    (lambda: STATE.write_text(STATE.read_text().replace('"until": ""', '"until": "soon"')), "is not the state of a fetch by this version"),
    (lambda: PART.write_text("x" * PART.stat().st_size), "orders.jsonl.part line 1 is not an order"),
    (lambda: PART.write_text("5\n" * PART.stat().st_size), "orders.jsonl.part line 1 is not an order"),
])  # fmt: skip
def test_a_damaged_fetch_is_not_continued(
    damage: Callable[[], object], message: str, run: Run, server: FailingServer
) -> None:
    server.fail("500", after=2)
    run(LINE, env=server.environ, code=7)
    server.heal()
    damage()

    ended = run(LINE, env=server.environ, code=6)

    assert message in ended.err
    assert "--restart" in ended.err
    assert run(f"{LINE} --restart", env=server.environ).code == 0
    assert len(fetched()) == len(PLACED)


def test_a_fetch_that_was_complete_is_only_renamed(run: Run) -> None:
    run(SANDBOX)
    FILE.rename("whole")
    search = FetchRequest("http://127.0.0.1:8787", "sandbox", "", OrderSearch())
    with closing(PartialFile(FILE.absolute(), search, restart=False)) as part:
        part.append([{"id": "a", "number": "1"}], "")

    ended = run(SANDBOX)

    assert ended.sent == []
    assert fetched() == [{"id": "a", "number": "1"}]


def test_orders_so_far_are_read_in_steps_for_the_progress_bar() -> None:
    search = FetchRequest("http://127.0.0.1", SITE, "", OrderSearch())
    with closing(PartialFile(FILE.absolute(), search, restart=False)) as part:
        part.append([{"id": str(number)} for number in range(2500)], "next")
    with closing(PartialFile(FILE.absolute(), search, restart=False)) as part:
        download = Download(Orders(DryRun("http://127.0.0.1", Anonymous())), part)

        assert [*download.read_kept()] == [1000, 1000]
        assert download.counts.orders == 2500
