"""`points backtest`: options, outputs in every format, charts, and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import GOLD, NO_RULE, PURCHASE
from tests.orders.samples import BASE, NEXT, NOW, ORDERS, groups

if TYPE_CHECKING:
    from tests.conftest import Home, Run


@pytest.fixture(autouse=True)
def _folder(home: Home) -> None:
    """Write orders and two rule sets into the working folder."""
    (home.work / "orders.csv").write_text(ORDERS)
    (home.work / "now.json").write_text(json.dumps(NOW))
    (home.work / "next.json").write_text(json.dumps(NEXT))


def test_the_json_has_the_documented_shape(run: Run) -> None:
    document = run(f"{BASE} --against now.json --by month --point-value 0.01 --json").json()

    assert document == {
        "rules": "next.json",
        "orders": 5,
        "judged": 4,
        "skipped": 0,
        "leftOut": [],
        "withoutRule": 1,
        "unknownTier": 0,
        "currency": "USD",
        "amount": "160.49",
        "points": 69,
        "exact": "81247/1100",
        "columns": {
            "amount": "amount",
            "currency": "currency",
            "date": "created_at",
            "member": "member_id",
            "tier": "tier_id",
            "trigger": "trigger",
            "order-id": "order_number",
            "status": "status",
        },
        "refunds": {"count": 1, "amount": "4.99"},
        "notCounted": [],
        "sources": ["plain"],
        "notes": [],
        "groups": [
            {"month": "2025-01", "orders": 2, "amount": "30.5", "points": 69, "cost": "0.69", "baseline": 50, "change": 19, "percent": 38.0},
            {"month": "2025-02", "orders": 3, "amount": "129.99", "points": 0, "cost": "0", "baseline": 50, "change": -50, "percent": -100.0},
        ],
        "cost": "0.69",
        "baseline": {"rules": "now.json", "points": 100, "exact": "102.98", "cost": "1"},
        "change": {"points": -31, "percent": -31.0, "cost": "-0.31", "lostAll": 1, "gainedFirst": 0},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("by", "points"),
    [
        ("month", {"2025-01": 69, "2025-02": 0}),
        ("tier", {"None": 9, GOLD: 60, NO_RULE: 0}),
        ("trigger", {"events/OrderConfirmed": 0, "other/Trigger": 0, "stores/OrderPaid": 69}),
        ("rule", {"Purchase": 69, "Ticket": 0}),
        ("member", {"ann": 9, "bob": 60, "cat": 0, "None": 0}),
        ("month,tier", {"2025-01 None": 9, f"2025-01 {GOLD}": 60, "2025-02 None": 0, f"2025-02 {NO_RULE}": 0, f"2025-02 {GOLD}": 0}),
        ("rule,month", {"2025-01 Purchase": 69, "2025-02 Purchase": 0, "2025-02 Ticket": 0}),
    ],
)  # fmt: skip
def test_orders_are_grouped_by_each_key(by: str, points: dict[str, int], run: Run) -> None:
    assert groups(run, f"{BASE} --by {by}") == points


def test_a_rules_file_may_be_named_like_a_column_of_the_table(run: Run, home: Home) -> None:
    (home.work / "AMOUNT").write_text(json.dumps(NEXT))

    header, row, *_ = run(f"{BASE} -f AMOUNT -o table").out.splitlines()

    assert header.split() == ["ORDERS", "AMOUNT", "next.json", "AMOUNT"]
    assert len(row.split()) == 4


def test_a_column_name_cannot_look_like_a_message(run: Run, home: Home) -> None:
    (home.work / "names.csv").write_text('"amount","order id\nerror: no",Kunde\n10,1,2\n')
    line = ["points", "backtest", "names.csv", "-f", "next.json", "--trigger", "stores/OrderPaid"]

    error = run([*line, "--order-id-column", "order id\nerror: no", "--member-column", "Kunde"]).err

    assert error.splitlines()[:2] == [
        "1 order",
        'columns: amount (amount), Kunde (member), "order id\\nerror: no" (order-id)',
    ]


@pytest.mark.parametrize(
    ("option", "amount"),
    [
        ("total", "Total"),
        ("subtotal", "Subtotal + Discount Amount"),
        ("items", "Subtotal"),
    ],
)
def test_all_columns_of_the_amount_and_of_refunds_are_named(
    option: str, amount: str, run: Run, home: Home
) -> None:
    (home.work / "export.csv").write_text(
        "Name,Total,Subtotal,Discount Amount,Refunded Amount\n#1,10.00,8.00,1.00,0.00\n"
    )
    line = "points backtest export.csv -f next.json --trigger stores/OrderPaid --source shopify"

    error = run(f"{line} --amount-base {option}").err

    assert f"columns: {amount} (amount), Name (order-id), Refunded Amount (refund)\n" in error


def test_a_currency_that_no_order_has_is_reported_with_those_of_the_file(run: Run, home: Home) -> None:
    (home.work / "items.csv").write_text("order_id,total,currency\n1,2.00,EUR\n1,3.00,\n2,4.00,USD\n")

    line = "points backtest items.csv -f next.json --trigger stores/OrderPaid --lines items --currency GBP"

    assert "no order has the currency GBP in `currency`; the column has EUR (1), USD (1)" in run(line).err


def test_a_terminal_gets_a_table_with_a_total_and_a_bar_chart(run: Run) -> None:
    ended = run(f"{BASE} --against now.json --by month --point-value 0.01 -o table", env={"COLUMNS": "60"})

    assert ended.out == (
        "MONTH    ORDERS  BASELINE  POINTS  CHANGE         %  COST\n"
        "2025-01       2        50      69     +19   +38.0 %  0.69\n"
        "2025-02       3        50       0     -50  -100.0 %  0.00\n"
        "TOTAL         5       100      69     -31   -31.0 %  0.69\n"
        "\n"
        "Points by month\n"
        "██ now.json   ██ next.json\n"
        "2025-01  ██████████████████████████████████               50\n"
        "         ███████████████████████████████████████████████  69\n"
        "2025-02  ██████████████████████████████████               50\n"
        "                                                           0\n"
    )
    assert "5 orders in USD; refunds: 1 of 4.99, ignored without --refunds deduct\n" in ended.err
    assert "\ncolumns: amount (amount), currency (currency), " in ended.err
    assert "orders whose trigger no rule has, which earn nothing: 1" in ended.err
    assert (
        "next.json against now.json: -31 points (-31.0 %), which are worth -0.31; orders that lose all their points: 1, that earn their first: 0"
        in ended.err
    )


def test_a_pipe_gets_a_line_for_each_group_in_any_format(run: Run) -> None:
    assert run(f"{BASE} --by month").out == "2025-01\t2\t30.5\t69\n2025-02\t3\t129.99\t0\n"
    assert run(f"{BASE} --against now.json").out == "5\t160.49\t69\t100\t-31\n"
    assert (
        run(f"{BASE} --by month -o csv --fields month,points").out == "month,points\n2025-01,69\n2025-02,0\n"
    )
    assert run(f"{BASE} --by month --query groups[].points").out == "[69,0]\n"
    assert run(f"{BASE} --by month --json --fields points").json()["groups"] == [
        {"points": 69},
        {"points": 0},
    ]
    assert run(f"{BASE} --by month -o id").out == "2025-01\n2025-02\n"
    assert run(f"{BASE} -q").err == ""


def test_several_candidates_are_shown_side_by_side(run: Run) -> None:
    line = "points backtest orders.csv -f next.json -f now.json --against now.json --by month"

    documents = run(f"{line} --json").json()
    assert [(one["rules"], one["points"], one["change"]["points"]) for one in documents] == [
        ("next.json", 69, -31),
        ("now.json", 100, 0),
    ]
    header, *rows = run(f"{line} -o table").out.split("\n\n")[0].splitlines()
    assert header.split() == ["MONTH", "ORDERS", "AMOUNT", "BASELINE", "next.json", "now.json"]
    assert rows[-1].split() == ["TOTAL", "5", "160.49", "100", "69", "(-31.0", "%)", "100", "(0.0", "%)"]
    assert run(line).out.splitlines()[0] == "next.json\t2025-01\t2\t30.5\t69\t50\t19"


def test_max_increase_fails_over_the_limit(run: Run) -> None:
    line = "points backtest orders.csv -f now.json --against next.json"

    over = run(f"{line} --max-increase 44.9%", code=10)
    assert over.out == "5\t160.49\t100\t69\t31\n"
    assert "error: now.json: gives out more than --max-increase 449/10% allows" not in over.err
    assert "error: now.json: gives out more than --max-increase 44.9% allows" in over.err
    assert run(f"{line} --max-increase 44.93%").code == 0
    assert run(f"{BASE} --against now.json --max-increase 0").code == 0
    assert run(f"{line} --max-increase 5 --json", code=10).error()["exitCode"] == 10


def test_refunds_are_ignored_or_deducted(run: Run) -> None:
    line = "points backtest orders.csv -f now.json --by tier --refunds"

    assert groups(run, f"{line} ignore") == {"None": 60, GOLD: 40, NO_RULE: 0}
    assert groups(run, f"{line} deduct") == {"None": 60, GOLD: 40, NO_RULE: -4}


@pytest.mark.parametrize("refunds", ["ignore", "deduct"])
def test_refunds_are_no_orders(refunds: str, run: Run) -> None:
    document = run(f"{BASE} --refunds {refunds} --by tier --json").json()

    assert [document[name] for name in ("orders", "judged", "withoutRule", "amount")] == [5, 4, 1, "160.49"]
    assert document["refunds"] == {"count": 1, "amount": "4.99"}
    assert {one["tier"]: (one["orders"], one["amount"]) for one in document["groups"]} == {
        None: (3, "139"),
        GOLD: (2, "21.49"),
        NO_RULE: (0, "0"),
    }


def test_points_are_rounded_as_asked(run: Run) -> None:
    line = f"{BASE} --query [points,exact] --rounding"

    assert run(f"{line} wix").out == '[69,"81247/1100"]\n'
    assert run(f"{line} floor").out == '[72,"81247/1100"]\n'
    assert run(f"{line} exact").out == '[73.86090909090909,"81247/1100"]\n'
    assert groups(run, f"{BASE} --rounding exact --by rule,month --top 2") == {
        "2025-01 Purchase": 70.5909090909091,
        "2025-02 Purchase": 2.97 - 0.0,
    }


def test_orders_are_filtered_by_status_and_currency(run: Run) -> None:
    assert run(f"{BASE} --status paid --query orders").out == "4\n"
    assert run(f"{BASE} --status paid --status canceled --query orders").out == "5\n"
    assert run(f"{BASE} --currency usd --query [orders,currency]").out == '[5,"USD"]\n'
    assert run(f"{BASE} --currency EUR --query orders").out == "0\n"
    assert run(f"{BASE} --status paid --status-column none", code=6).err.startswith(
        "error: orders.csv has no column for the status"
    )


def test_rules_of_the_site_are_candidates_or_the_baseline(run: Run) -> None:
    ended = run("-p sandbox points backtest orders.csv --live --against now.json --json").json()

    assert (ended["rules"], ended["points"], ended["baseline"]["points"]) == ("live", 600, 100)
    assert (
        run("-p sandbox points backtest orders.csv -f now.json --against live --json").json()["baseline"][
            "points"
        ]
        == 600
    )


def test_top_limits_the_groups_to_those_that_matter_most(run: Run) -> None:
    line = f"{BASE} --against now.json --by member"

    assert run(f"{line} --top 2 -o id").out == "ann\nbob\n"
    assert "showing the 2 of 4 groups that change most" in run(f"{line} --top 2").err
    assert run(f"{line} --top 0 -o id").out.split() == ["next.json", "ann", "bob", "cat"]
    assert run(f"{BASE} --by member --top 1 -o id").out == "bob\n"


def test_chart_writes_an_svg_file(run: Run, home: Home) -> None:
    run(f"{BASE} --against now.json --by month --chart chart.svg")

    picture = (home.work / "chart.svg").read_text()
    assert picture.startswith("<svg ")
    assert "prefers-color-scheme: dark" in picture
    assert "2025-02" in picture


def test_the_example_runs_and_overwrites_nothing(run: Run, home: Home) -> None:
    line = run("points backtest --example demo").out.strip()

    document = run([*line.split()[1:], "--json"]).json()
    assert document["orders"] > 1000
    assert len(document["groups"]) == 12
    assert sorted(path.name for path in (home.work / "demo").iterdir()) == [
        "next.yaml",
        "now.yaml",
        "orders.csv",
    ]
    assert "already exists" in run("points backtest --example demo", code=2).err
    assert run("points backtest --example 'a b/c'").out.count("'a b/c/") == 3


def test_a_change_in_the_sandbox_is_tested_on_the_orders_of_the_example(run: Run) -> None:
    run("points backtest --example demo")
    run("-p sandbox rules export --out now.yaml")
    run(f"-p sandbox rules update {PURCHASE} --per 1 --points 20 --tier {GOLD}=40/1")

    ended = run("-p sandbox points backtest demo/orders.csv --live --against now.yaml --by tier --json")

    changes = {one["tier"]: one["change"] for one in ended.json()["groups"]}
    assert changes.pop(GOLD) > 0
    assert set(changes.values()) == {0}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "no orders were given"),
        ("orders.csv", "no rules were given"),
        ("orders.csv -f now.json --live", "mutually exclusive"),
        ("orders.csv -f now.json --by week", "--by takes month,tier"),
        ("orders.csv -f now.json --by month,month", "each once"),
        ("orders.csv -f now.json --max-increase 5%", "--max-increase requires --against"),
        ("orders.csv -f now.json --against now.json --max-increase x", "--max-increase must be a percentage"),
        ("orders.csv -f now.json --point-value -1", "--point-value must be a number"),
        ("orders.csv -f now.json --chart picture.png", "must end in .svg"),
        ("orders.csv -f now.json --top -1", "--top"),
        ("orders.csv -f now.json --status ''", "--status must not be empty"),
        ("orders.csv -f now.json --currency ''", "--currency must not be empty"),
        ("orders.csv -f none.json", "cannot read"),
        ("orders.csv -f now.json --against none.json", "cannot read"),
    ],
)
def test_invalid_options_are_usage_errors(line: str, message: str, run: Run) -> None:
    ended = run(f"points backtest {line}", code=2)

    assert message in ended.err
    assert ended.out == ""


def test_without_duckdb_the_error_has_the_command_to_install_it(environ: dict[str, str]) -> None:
    script = "import sys; sys.modules['duckdb'] = None; sys.argv[0] = 'loyaltyctl'; from loyaltyctl.__main__ import main; sys.exit(main())"

    ended = subprocess.run(
        [sys.executable, "-c", script, *BASE.split()],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert (
        ended.stderr
        == "error: backtests need DuckDB, which is not installed\nhint: Install it with: python3 -m pip install 'loyaltyctl[backtest]'\n"
    )
