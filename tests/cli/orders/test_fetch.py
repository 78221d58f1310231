"""`orders fetch`: the file, periods, and files that exist or cannot be written."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from loyaltyctl.api.rate_limiter import TIMES
from loyaltyctl.model.order_search import OrderSearch
from loyaltyctl.orders.fetching.partial_file import FetchRequest, PartialFile
from loyaltyctl.sandbox.order_seeds import seed_orders
from tests.cli.orders.fetched_files import FILE, LINE, PART, PLACED, SANDBOX, STATE, fetched
from tests.cli.test_storage import small_disk
from tests.conftest import KEY, SITE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from tests.cli.orders.conftest import FailingServer
    from tests.conftest import FakeClock, Home, Run, Served


def numbers(path: Path = FILE) -> list[str]:
    return [order["number"] for order in fetched(path)]


def date_of(order: Any) -> str:
    return str(order["purchasedDate"] or order["createdDate"])


@pytest.fixture(autouse=True)
def _folder(home: object) -> None:
    """Work in a folder of this test."""
    assert home


class TestTheFile:
    def test_it_has_each_order_once_with_the_fields_that_count(self, run: Run) -> None:
        run(SANDBOX)

        orders, first = fetched(), PLACED[0]
        assert [order["id"] for order in orders] == [order["id"] for order in PLACED]
        assert orders[0] == {
            **{name: first[name] for name in ("id", "number", "createdDate", "purchasedDate", "updatedDate", "status", "paymentStatus", "fulfillmentStatus", "currency")},
            "priceSummary": {name: {"amount": price["amount"]} for name, price in first["priceSummary"].items()},
            "balanceSummary": {name: {"amount": first["balanceSummary"][name]["amount"]} for name in ("paid", "refunded")},
            "buyerInfo": {name: value for name, value in first["buyerInfo"].items() if name != "email"},
            "channelInfo": first["channelInfo"],
            "imported": first["imported"],
            "archived": first["archived"],
            "lineItems": [{"catalogReference": {"appId": line["catalogReference"]["appId"]}} for line in first["lineItems"]],
        }  # fmt: skip

    def test_it_has_no_personal_data_and_only_its_owner_reads_it(self, run: Run) -> None:
        run(SANDBOX)

        text = FILE.read_text()
        assert [
            word for word in ("@", "Buyer", "Street", "email", "formattedAmount", "Mug") if word in text
        ] == []
        assert FILE.stat().st_mode & 0o777 == 0o600
        assert not PART.exists()
        assert not STATE.exists()

    def test_a_trace_has_no_personal_data(self, run: Run, server: FailingServer) -> None:
        server.fail("cut", after=2)
        traced = run(f"{LINE} --retries 0 --debug", env=server.environ, code=7).err

        assert traced.count("bytes, not shown: orders contain personal data") >= 2
        assert [word for word in ("@example.com", "Buyer", "Street", KEY) if word in traced] == []
        assert '"createdDate"' in traced  # the request is shown

    def test_the_messages_tell_what_it_has_and_what_to_run_next(self, run: Run) -> None:
        ended = run(f"{SANDBOX} --since 2025-01-01")

        assert ended.out == ""
        assert "wrote orders.jsonl: 1,868 orders, 2025-01 to 2025-12\n" in ended.err
        assert "by trigger: stores/OrderPaid 953, " in ended.err
        assert (
            "without a clear trigger: 49 with lines of several apps, 26 of other apps; to count them, give --trigger\n"
            in ended.err
        )
        assert ended.err.endswith("run: loyaltyctl -p sandbox points backtest orders.jsonl --live\n")

    def test_the_json_has_the_same_counts(self, run: Run) -> None:
        document = run(f"{SANDBOX} --since 2025-01-01 --json").json()

        triggers = document.pop("triggers")
        assert document == {
            "file": "orders.jsonl",
            "orders": 1868,
            "firstMonth": "2025-01",
            "lastMonth": "2025-12",
            "severalApps": 49,
            "unknownApps": 26,
            "continued": False,
        }
        assert sum(one["orders"] for one in triggers) == 1868 - 49 - 26
        assert triggers[0] == {"trigger": "stores/OrderPaid", "orders": 953}

    def test_no_orders_are_an_empty_file(self, run: Run) -> None:
        ended = run(f"{SANDBOX} --until 2020-01-01 --json")

        assert FILE.read_bytes() == b""
        assert "wrote orders.jsonl, which is empty: the site has no such orders" in ended.err
        assert ended.json()["firstMonth"] is None

    def test_calls_are_counted_for_the_rate_limit_of_the_site(
        self, run: Run, server: FailingServer, home: Home
    ) -> None:
        run(LINE, env=server.environ)

        [counter] = (home.data / "calls").iterdir()
        assert server.searches == sum(map(bool, TIMES.unpack(counter.read_bytes()))) == 20


class TestPeriods:
    @pytest.mark.parametrize(("options", "since", "until"), [
        ("--since 2025-03-01", "2025-03-01", "9"), ("--until 2025-03-01", "", "2025-03-01"), ("--since 2025-03-01 --until 2025-04-01", "2025-03-01", "2025-04-01"),
        ("--since 2025-03-01T00:00:00+02:00 --until 2025-03-02", "2025-02-28T22:", "2025-03-02"), ("--since 1740787200", "2025-03-01", "9"), ("--since 9999d", "", "9"),
    ])  # fmt: skip
    def test_the_purchase_or_else_the_creation_is_in_the_period(
        self, options: str, since: str, until: str, run: Run
    ) -> None:
        run(f"{SANDBOX} {options}")

        assert numbers() == [order["number"] for order in PLACED if since <= date_of(order) < until]

    def test_orders_are_fetched_by_status(self, run: Run) -> None:
        run(f"{SANDBOX} --status pending --status CANCELED")

        assert numbers() == [
            order["number"] for order in seed_orders() if order["status"] in {"PENDING", "CANCELED"}
        ]

    @pytest.mark.parametrize(("options", "message"), [
        ("--since 2025-02-01 --until 2025-01-01", "the period is empty: --since 2025-02-01 is not before --until 2025-01-01"), ("--since 2025-02-01 --until 2025-02-01", "the period is empty"),
        ("--since 2025-02-30", '--since takes a date that exists, got "2025-02-30"'), ("--until soon", '--until takes a time, got "soon"'), ("--since 2025-01", "Or give a plain date, such as 2025-01-31."),
        ("--status PAID", "'PAID' is not one of"), ("--status INITIALIZED", "is not one of"), ("--status ''", "is not one of"),
    ])  # fmt: skip
    def test_invalid_periods_and_statuses_are_refused(self, options: str, message: str, run: Run) -> None:
        ended = run(f"{SANDBOX} {options}", code=2)

        assert message in ended.err
        assert ended.sent == []
        assert [*Path().iterdir()] == []


class TestFiles:
    def test_two_runs_do_not_write_to_one_file(self, run: Run) -> None:
        search = FetchRequest("http://127.0.0.1:8787", "sandbox", "", OrderSearch())
        with closing(PartialFile(FILE.absolute(), search, restart=False)):
            refused = run(f"{SANDBOX} --json", code=5)
            also_refused = run(f"{SANDBOX} --restart", code=5)

        assert refused.error()["code"] == "FILE_IN_USE"
        assert "another run is writing to " in also_refused.err
        assert run(SANDBOX).code == 0

    def test_an_existing_file_is_replaced_only_after_a_yes(self, run: Run) -> None:
        FILE.write_text("mine")

        ended = run(SANDBOX, code=2)

        assert "confirmation required: orders.jsonl exists. Replace it?" in ended.err
        assert FILE.read_text() == "mine"
        assert ended.sent == []
        assert run(f"{SANDBOX} --yes").code == 0
        assert len(fetched()) == len(PLACED)

    def test_a_file_that_another_program_created_is_kept(
        self, run: Run, server: FailingServer, clock: FakeClock
    ) -> None:
        server.fail("429=7", after=3)
        clock.when_slept(7, lambda: FILE.write_text("mine"))
        clock.when_slept(7, server.heal)

        ended = run(LINE, env=server.environ, code=5)

        assert "orders.jsonl was created by another program; the orders are in " in ended.err
        assert FILE.read_text() == "mine"
        assert len(fetched(PART)) == len(PLACED)

    def test_a_link_leads_to_the_file(self, run: Run) -> None:
        Path("folder").mkdir()
        FILE.symlink_to("folder/target.jsonl")

        run(SANDBOX)

        assert FILE.is_symlink()
        assert len(fetched(Path("folder/target.jsonl"))) == len(PLACED)
        assert [*Path("folder").iterdir()] == [Path("folder/target.jsonl")]

    @pytest.mark.parametrize(("out", "code", "message"), [
        ("orders.csv", 2, "a file of orders is JSONL: orders.csv does not end in .jsonl"), ("orders.jsonl.gz", 2, "does not end in .jsonl"), ("-", 2, "does not end in .jsonl"), ("orders", 2, "does not end in .jsonl"),
        ("missing/orders.jsonl", 1, "cannot write to missing/orders.jsonl"), (".jsonl", 2, "does not end in .jsonl"), ("[orders.jsonl", 2, "hint: Give the name of the file to write."), (KEY, 2, "does not end in .jsonl"),
        pytest.param("/proc/orders.jsonl", 1, "cannot write to /proc/orders.jsonl", marks=pytest.mark.linux),
    ])  # fmt: skip
    def test_files_that_cannot_be_written_are_refused_before_a_request(
        self, out: str, code: int, message: str, run: Run
    ) -> None:
        ended = run(f"-p sandbox orders fetch --out {out}", code=code)

        assert message in ended.err
        assert ended.sent == []

    def test_a_name_that_is_too_long_leaves_no_files(self, run: Run) -> None:
        ended = run(f"-p sandbox orders fetch --out {'x' * 240}.jsonl", code=1)

        assert "File name too long" in ended.err
        assert ended.sent == []
        assert [*Path().iterdir()] == []

    @pytest.mark.linux
    def test_a_full_disk_keeps_the_orders(
        self, run: Run, program: Callable[..., subprocess.CompletedProcess[bytes]], server: FailingServer
    ) -> None:
        ended = program(LINE, env=server.environ, preexec_fn=small_disk(200_000))

        assert ended.returncode == 1, ended.stderr
        assert f"cannot write to {PART.absolute()}: File too large" in ended.stderr.decode()
        assert run(f"{LINE} --json", env=server.environ).json()["continued"] is True
        assert [order["id"] for order in fetched()] == [order["id"] for order in PLACED]


def test_a_dry_run_shows_the_first_request_and_writes_nothing(run: Run, served: Served) -> None:
    FILE.write_text("mine")
    [request] = run(f"{LINE} --since 2025-01-01 --dry-run --json", env=served.environ).json()

    assert request["method"] == "POST"
    assert request["url"] == f"{served.url}/ecom/v1/orders/search"
    assert request["body"]["search"]["cursorPaging"] == {"limit": 100}
    assert [*Path().iterdir()] == [FILE]
    assert FILE.read_text() == "mine"


def test_a_search_does_not_announce_a_change_of_the_site(run: Run, served: Served) -> None:
    assert SITE not in run(LINE, env=served.environ).err
