"""`points backtest --max-increase`: the gate passes only on orders that it judged; warnings name the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.conftest import GOLD, NO_RULE

if TYPE_CHECKING:
    from tests.conftest import Home, Run

HEADER = "id,amount,trigger,tier,status,paymentStatus,currency,date"
ORDERS = f"""\
{HEADER}
1,10,stores/OrderPaid,,APPROVED,PAID,USD,2025-01-01
2,20,stores/OrderPaid,{GOLD},APPROVED,PAID,USD,2025-01-02
3,30,other/Trigger,,completed,PENDING,EUR,2025-02-01
4,40,stores/OrderPaid,{NO_RULE},,PENDING,EUR,2025-02-02
"""
PURCHASE = {"title": "Purchase", "trigger": "stores/OrderPaid", "points": 1, "per": 1}
GATE = "--against now.json --max-increase 5%"


@pytest.fixture(autouse=True)
def _folder(home: Home) -> None:
    """Write orders, rules, and a candidate that awards a hundred times as much."""
    (home.work / "orders.csv").write_text(ORDERS)
    save(home, "now.json", PURCHASE | {"tiers": [f"{GOLD}=2/1"]})
    save(home, "next.json", PURCHASE | {"points": 100, "tiers": [f"{GOLD}=200/1"]})


def save(home: Home, name: str, *rules: object) -> None:
    (home.work / name).write_text(json.dumps(rules))


def backtest(run: Run, orders: str, code: int = 0) -> Any:
    return run(f"points backtest {orders} -f next.json {GATE}", code=code)


STATUSES = "the column has APPROVED (2), completed (1), none (1)"
SUGGESTED = "did you mean stores/OrderPaid, which the rules have?"
EMPTY = {
    "a header alone": (HEADER, "", "the files have no orders"),
    "a refund alone": (f"{HEADER}\n1,-10,stores/OrderPaid,,,,,\n", "", "the files have no orders"),
    "a refund alone that is deducted": (
        f"{HEADER}\n1,-10,stores/OrderPaid,,,,,\n",
        "--refunds deduct",
        "the files have no orders",
    ),
    "a status that none has": (
        ORDERS,
        "--currency USD --status complete",
        f"no order has the status complete in `status`; {STATUSES}",
    ),
    "a status of another column": (
        ORDERS,
        "--currency USD --status PAID",
        f"no order has the status PAID in `status`; {STATUSES}; `paymentStatus` has PAID (2)",
    ),
    "a currency that none has": (
        ORDERS,
        "--currency EURO",
        "no order has the currency EURO in `currency`; the column has EUR (2), USD (2)",
    ),
    "two filters that exclude each other": (
        ORDERS,
        "--currency EUR --status approved",
        "no order matches both --status and --currency",
    ),
    "rows that are all left out": (
        f"{HEADER}\n1,x,stores/OrderPaid,,,,,\n2,,stores/OrderPaid,,,,,\n3,5\n",
        "--skip-bad-rows",
        "orders left out for the amount: 2 (orders.csv line 2, 3)",
    ),
    "triggers in another case": (
        ORDERS.replace("OrderPaid", "orderpaid"),
        "--currency USD",
        f"orders with the trigger stores/orderpaid, which earn nothing: 2; {SUGGESTED}",
    ),
    "triggers that no rule has": (
        ORDERS.replace("stores/OrderPaid", "events/Rsvp"),
        "--currency USD",
        "orders whose trigger no rule has, which earn nothing: 2 (events/Rsvp (2))",
    ),
    "no trigger at all": (
        ORDERS.replace("stores/OrderPaid", ""),
        "--currency USD",
        "orders whose trigger no rule has, which earn nothing: 2 (none (2))",
    ),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_gate_without_an_order_to_judge_fails_with_the_reason(name: str, run: Run, home: Home) -> None:
    text, options, why = EMPTY[name]
    (home.work / "orders.csv").write_text(text)

    refused = backtest(run, f"orders.csv {options}", code=6)

    assert "error: there are no orders to judge\n" in refused.err
    assert f"  {why}\n" in refused.err
    error = backtest(run, f"orders.csv {options} --json -q", code=6).error()
    assert (error["code"], error["message"]) == ("NOTHING_TO_JUDGE", "there are no orders to judge")
    assert why in [one["message"] for one in error["details"]]
    assert run(f"points backtest orders.csv -f next.json --against now.json {options}").code == 0


def test_a_filter_may_match_nothing_if_the_first_file_lacks_its_column(run: Run, home: Home) -> None:
    (home.work / "a.jsonl").write_text('{"amount": 5}')
    (home.work / "b.jsonl").write_text('{"amount": 5, "status": "x"}')

    ended = backtest(run, "a.jsonl b.jsonl --status PAID", code=6)

    assert "no order has the status PAID in `status`; the column has x (1), none (1)" in ended.err


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_a_gate_without_an_order_to_judge_fails_for_other_layouts(suffix: str, run: Run, home: Home) -> None:
    if suffix == "parquet":
        duckdb.sql("COPY (SELECT 5 AS amount, 'x' AS status WHERE false) TO 'orders.parquet'")
        backtest(run, "orders.parquet", code=6)
        duckdb.sql("COPY (SELECT 5 AS amount, 'x' AS status, 'PAID' AS state) TO 'orders.parquet'")
    else:
        order = {"amount": 5, "status": "x", "state": "PAID"}
        (home.work / "orders.jsonl").write_text(json.dumps(order))

    ended = backtest(run, f"orders.{suffix} --status PAID", code=6)

    assert "no order has the status PAID in `status`; the column has x (1); `state` has PAID (1)" in ended.err


def test_another_column_with_the_value_is_found_in_nested_objects(run: Run, home: Home) -> None:
    order = {"amount": 5, "status": "x", "payment": {"status": "PAID"}, "odd": {"a": 1}, "odd.a": 2}
    (home.work / "orders.jsonl").write_text(json.dumps(order))

    ended = run("points backtest orders.jsonl -f next.json --status PAID")

    assert "the column has x (1); `payment.status` has PAID (1)" in ended.err


def test_orders_of_paused_rules_and_of_the_baseline_are_judged(run: Run, home: Home) -> None:
    paused = PURCHASE | {"status": "PAUSED"}
    other = PURCHASE | {"trigger": "events/OrderConfirmed"}
    line = "points backtest orders.csv --currency USD --json --max-increase 5%"
    save(home, "paused.json", paused)
    save(home, "other.json", other)

    for candidate, baseline in (("paused", "paused"), ("paused", "now"), ("other", "now")):
        ended = run(f"{line} -f {candidate}.json --against {baseline}.json")
        assert ended.json()["judged"] == 2, candidate
    assert run(f"{line} -f other.json --against other.json", code=6).error()["code"] == "NOTHING_TO_JUDGE"
    assert run(f"{line} -f now.json --against other.json", code=10).json()["judged"] == 2


def test_an_order_of_a_tier_that_no_rule_names_is_judged(run: Run) -> None:
    ended = run("points backtest orders.csv -f now.json --currency EUR --against now.json --max-increase 5%")

    assert "orders whose tier no rule names, which earn as the base tier: 1" in ended.err
    document = run("points backtest orders.csv -f now.json --currency EUR --json").json()
    found = {name: document[name] for name in ("orders", "judged", "withoutRule", "unknownTier", "points")}
    assert found == {"orders": 2, "judged": 1, "withoutRule": 1, "unknownTier": 1, "points": 40}


def test_a_tier_is_unknown_in_any_spelling_and_also_where_rules_have_no_tiers(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(ORDERS.replace(GOLD, GOLD.upper()))
    line = "points backtest orders.csv --currency USD --query unknownTier -f"
    save(home, "plain.json", PURCHASE)

    assert run(f"{line} now.json").out == "0\n"
    assert run(f"{line} plain.json").out == "1\n"
    assert run(f"{line} plain.json --tier-column none").out == "0\n"


def test_one_of_several_candidates_without_an_order_fails_the_gate(run: Run, home: Home) -> None:
    for name in ("now", "other"):
        save(home, f"{name}.json", PURCHASE | {"trigger": "events/Rsvp", "per": None})
    (home.work / "orders.csv").write_text(ORDERS.replace("other/Trigger", "events/Rsvp"))
    line = "points backtest orders.csv --currency USD -f next.json -f other.json --against now.json"

    ended = run(f"{line} --max-increase 5%", code=6)

    assert "error: other.json: there are no orders to judge" in ended.err


@pytest.mark.parametrize(
    ("amount", "options"),
    [("0", ""), ("0.00", ""), ("0.99", ""), ("0", "--refunds deduct"), ("0.5\n-0.5", "--refunds deduct")],
)
def test_a_gate_fails_if_all_orders_earn_nothing_under_both_sets(
    amount: str, options: str, run: Run, home: Home
) -> None:
    (home.work / "orders.csv").write_text(f"amount\n{amount}\n")

    ended = backtest(run, f"orders.csv {options}", code=6)

    assert "error: next.json: the orders earn 0 points under it and under now.json" in ended.err


def test_any_points_exceed_every_increase_over_zero(run: Run, home: Home) -> None:
    save(home, "now.json", PURCHASE | {"status": "PAUSED"})
    ended = run(
        "points backtest orders.csv --currency USD -f next.json --against now.json --max-increase 1000000%",
        code=10,
    )

    assert "The baseline gives 0 points, so 0 are allowed." in ended.err


def test_each_status_without_orders_is_a_warning(run: Run) -> None:
    line = "points backtest orders.csv -f now.json --currency USD --status approved"

    assert "no order has" not in run(f"{line} --status APPROVED").err
    assert (
        "warning: no order has the status nope or gone in `status`; the column has APPROVED (2)"
        in run(f"{line} --status nope --status gone").err
    )
    assert run(f"{line} --status nope -q").err == ""
    assert run(f"{line} --status nope --query orders").out == "2\n"


def test_hostile_values_are_escaped_and_limited_in_number(run: Run, home: Home) -> None:
    values = ["\x1b[31mred", "\u202eabc", "[bold]x", "a (9), b", "x" * 5000, '"q""\n"'] * 2
    values += [f"v{i}" for i in range(2000)]
    rows = "".join(f'5,"{value.replace(chr(34), chr(34) * 2)}"\n' for value in values)
    (home.work / "orders.csv").write_text(f"amount,status\n{rows}")

    ended = run("points backtest orders.csv -f now.json --status none-of-them")

    [line] = [line for line in ended.err.splitlines() if "no order has" in line]
    assert "\x1b" not in ended.err
    assert "\u202e" not in ended.err
    assert '"a (9), b" (2)' in line
    assert "and 2,001 more" in line
    assert len(line) < 500


@pytest.mark.parametrize(
    ("trigger", "suggests"),
    [
        ("stores/orderpaid", True),
        ("STORES/ORDERPAID", True),
        (" stores/OrderPaid", True),
        ("stores/Order_Paid", True),
        ("stores/OrdersPaid", True),
        ("stores-OrderPaid", True),
        ("store/OrderPaid", True),
        ("events/OrderConfirmed", False),
        ("bookings/BookingConfirmed", False),
        ("events/OrderPaid", False),
        ("", False),
    ],
)
def test_a_misspelled_trigger_is_a_warning(trigger: str, suggests: bool, run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(f"amount,trigger\n5,{trigger}\n5,stores/OrderPaid\n")

    ended = run("points backtest orders.csv -f now.json")

    assert ("did you mean stores/OrderPaid, which the rules have?" in ended.err) is suggests
    assert "which earn nothing: 1 (" in ended.err


def test_a_misspelled_trigger_option_is_an_error_with_a_suggestion(run: Run) -> None:
    ended = run("points backtest orders.csv -f now.json --trigger stores/orderpaid", code=2)

    assert "did you mean stores/OrderPaid?" in ended.err


def change(run: Run, home: Home, before: object, after: object, orders: str = ORDERS) -> str:
    """Return the warnings of a backtest of one rule against another."""
    save(home, "before.json", *(before if isinstance(before, list) else [before]))
    save(home, "after.json", *(after if isinstance(after, list) else [after]))
    (home.work / "orders.csv").write_text(orders)
    err = run("points backtest orders.csv --currency USD -f after.json --against before.json").err
    return "\n".join(line for line in err.splitlines() if line.startswith("warning: "))


def test_a_changed_tier_without_orders_is_a_warning(run: Run, home: Home) -> None:
    silver, ticket = NO_RULE, {"trigger": "events/Rsvp", "points": 5}
    with_silver = PURCHASE | {"tiers": [f"{GOLD}=2/1", f"{silver}=2/1"]}
    nowhere = f"warning: no order is of the tier {silver}, so these points do not include what after.json changes for it"

    assert (
        change(run, home, with_silver, with_silver | {"tiers": [f"{GOLD}=2/1", f"{silver}=9/1"]}) == nowhere
    )
    assert change(run, home, with_silver, PURCHASE | {"tiers": [f"{GOLD}=2/1"]}) == nowhere
    assert change(run, home, with_silver, with_silver | {"tiers": [f"{GOLD}=3/1", f"{silver}=2/1"]}) == ""
    assert change(run, home, with_silver, with_silver | {"points": 3}) == ""
    paused = with_silver | {"status": "PAUSED"}
    assert change(run, home, paused, paused | {"points": 9}) == ""
    assert (
        change(run, home, [PURCHASE, ticket], [PURCHASE, ticket | {"points": 9}])
        == "warning: no order has the trigger events/Rsvp, so these points do not include what after.json changes for it"
    )
    orders = f"{ORDERS}9,1,events/Rsvp,,,,USD,\n"
    raised = ticket | {"tiers": [f"{GOLD}=50"]}
    assert (
        change(run, home, [with_silver, ticket], [with_silver, raised], orders)
        == f"warning: no order with the trigger events/Rsvp is of the tier {GOLD}, so these points do not include what after.json changes for it"
    )


def test_without_a_baseline_each_tier_without_orders_is_a_warning(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("amount\n5\n")

    ended = run("points backtest orders.csv -f now.json")

    assert f"warning: no order is of the tier {GOLD} (there is no column for the tier" in ended.err
    assert "warning: " not in run("points backtest orders.csv -f now.json -q").err
    (home.work / "orders.csv").write_text("amount,tier\n5,\n")
    assert f"no order is of the tier {GOLD}, so" in run("points backtest orders.csv -f now.json").err


def test_warnings_of_tiers_are_limited_in_number(run: Run, home: Home) -> None:
    tiers = [f"{i:08}-0000-4000-8000-000000000000=5/1" for i in range(20)]

    found = change(run, home, PURCHASE, PURCHASE | {"tiers": tiers}).splitlines()

    assert len(found) == 6
    assert found[-1] == "warning: 15 more tiers or triggers of the rules are in none of the orders"
