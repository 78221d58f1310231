"""Forms of amounts and dates over whole files: cases that random tables found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from loyaltyctl.orders.files import HEAD
from loyaltyctl.orders.quoting import literal
from tests.orders.samples import groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.conftest import Home, Run

BACKTEST = "points backtest {} -f rules.json"


@pytest.fixture(autouse=True)
def _rules(home: Home) -> None:
    """Write a rule of 1 point per 1 into the working folder."""
    (home.work / "rules.json").write_text('{"trigger": "stores/OrderPaid", "points": 1, "per": 1}')


def write(path: str, header: str, *rows: Sequence[str]) -> None:
    """Write rows of texts to a Parquet file."""
    values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    duckdb.sql(f"COPY (FROM (VALUES {values}) AS rows({header})) TO '{path}'")


def result_of(run: Run, files: str, options: str = "") -> Any:
    """Run a backtest, and return its result."""
    return run(f"{BACKTEST.format(files)} {options} --json").json()


def test_dates_in_texts_of_a_parquet_file_are_decided_by_all_of_them(run: Run) -> None:
    write("orders.parquet", "id, amount, date", ("1", "5", "1681281816123"), ("2", "7", "1683873816123"))

    assert groups(run, f"{BACKTEST.format('orders.parquet')} --by month") == {"2023-04": 5, "2023-05": 7}
    notes = result_of(run, "orders.parquet", "--by month")["notes"]
    assert [note for note in notes if note.startswith('"date"') and '"1681281816123"' in note]


def test_a_total_line_in_a_form_that_only_it_has_is_left_out(run: Run) -> None:
    write("orders.parquet", "id, amount", ("1", "700.50"), ("2", "600.00"), ("Total", "1'300.50"))

    assert result_of(run, "orders.parquet")["points"] == 1300


def test_columns_whose_names_differ_in_case_have_one_form(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text('id,Total\n1,"1,234"\n')
    (home.work / "b.csv").write_text('id,TOTAL\n2,"1,5"\n')

    assert result_of(run, "a.csv b.csv")["points"] == 2


def test_a_json_file_may_leave_out_a_member_that_another_file_has(run: Run, home: Home) -> None:
    (home.work / "a.jsonl").write_text(json.dumps({"id": 1, "amount": 5, "member": "ann"}))
    (home.work / "b.jsonl").write_text(json.dumps({"id": 2, "amount": 7}))

    assert groups(run, f"{BACKTEST.format('a.jsonl b.jsonl')} --by member") == {"ann": 5, "None": 7}


def test_minor_units_are_told(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount\n1,1990\n")

    result = result_of(run, "orders.csv", "--amount-unit minor")

    assert result["points"] == 19
    assert '"amount": decimal point, minor units' in result["notes"]


def test_line_ends_may_differ_above_the_header(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_bytes(b"My shop\r\nid,amount\n1,5\r\n2,7\n")

    assert result_of(run, "orders.csv")["points"] == 12


def test_forms_are_examined_again_in_the_copy_of_a_file_that_had_to_be_repaired(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_bytes(b'id,amount\r\n1,"1,234"\n2,"5,678"\r\n')

    assert "--decimal comma" in run(BACKTEST.format("orders.csv"), code=6).err


def test_lines_without_an_id_belong_to_their_order_under_a_filter_too(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount,status\n1,5,paid\n,7,\n2,11,open\n,13,\n")

    assert result_of(run, "orders.csv", "--lines items --status paid")["points"] == 12


def test_an_item_has_the_minor_unit_of_its_order(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount,currency\n1,500,JPY\n1,700,\n")

    assert result_of(run, "orders.csv", "--lines items --amount-unit minor")["points"] == 1200


def test_a_json_text_that_is_no_amount_is_located(run: Run, home: Home) -> None:
    (home.work / "orders.jsonl").write_text('{"id": 1, "amount": "10.00"}\n{"id": 2, "amount": "1x"}\n')

    assert 'orders.jsonl line 2: amount: must be an amount of money, got "1x"' in (
        run(BACKTEST.format("orders.jsonl"), code=6).err
    )


def test_a_total_of_nothing_is_left_out_if_a_word_labels_it(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount\n1,0.00\nTotal,0.00\n")

    assert result_of(run, "orders.csv")["orders"] == 1


def test_a_line_without_an_id_does_not_continue_an_order_of_another_file(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("id,amount\n1,5.50\n,7.00\n")
    (home.work / "b.csv").write_text("id,amount\n,3.50\n2,4.00\n")

    result = result_of(run, "a.csv b.csv", "--lines items")

    assert (result["orders"], result["points"]) == (3, 12 + 3 + 4)


def test_the_zeros_of_a_long_decimal_of_a_parquet_file_are_no_float_noise(run: Run) -> None:
    duckdb.sql("COPY (SELECT 1234567890123.5::DECIMAL(30, 9) AS amount) TO 'orders.parquet'")

    result = result_of(run, "orders.parquet", "--trigger stores/OrderPaid")

    assert (result["amount"], result["notes"]) == ("1234567890123.5", [])


def test_a_number_of_a_parquet_file_that_is_no_amount_is_not_called_json(run: Run) -> None:
    duckdb.sql("COPY (SELECT 12345678901234.5::DECIMAL(30, 1) AS amount) TO 'orders.parquet'")

    error = run(f"{BACKTEST.format('orders.parquet')} --trigger stores/OrderPaid", code=6).err

    assert 'orders.parquet row 1: amount: must be an amount of money, got "12345678901234.5"\n' in error


@pytest.mark.parametrize("options", ["", "--lines items", "--lines orders"])
@pytest.mark.parametrize("dash", ["", "-", "--", " "])
def test_a_dash_is_no_refund(dash: str, options: str, run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(f"id,amount,refund\n1,10,{dash}\n2,7,2\n")

    assert result_of(run, "orders.csv", f"--refunds deduct {options}")["points"] == 10 + 7 - 2


def test_a_last_order_of_nothing_without_an_id_is_no_total(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount,date\n1,0,2025-01-01\n,0,2025-01-02\n")

    assert result_of(run, "orders.csv")["orders"] == 2


@pytest.mark.parametrize(
    ("text", "options", "faults"),
    [
        ("id,amount,refund\n1,10,x\n", "", ['line 2 refund must be an amount of money, got "x"']),
        ("id,amount,refund,date\n1,10,,soon\n", "--by month", ["line 2 date must be a date"]),
        ("id,amount\n1,10\n1,10\n1,-5\n", "", ["line 3 id repeats the id"]),
        ("id,amount,currency\n1,1,USD\n2,1,USD\n2,1,EUR\n", "--lines items", ['line 4 currency is "EUR", but "USD"']),
        ("id,amount,date\n1,5,2025-01-02\n1,3,soon\n", "--lines items --by month", ["line 2 date must be a date"]),
        ("id,amount,date\n1,5,2025-01-02\n1,3,(soon)\n", "--lines items --by month", ["line 2 date must be a date"]),
        ("id,amount,note\n1,10\n2,20\n", "", ["line 2  2 cells", "line 3  2 cells"]),
    ],
)  # fmt: skip
def test_exactly_the_faults_of_orders_are_located(
    text: str, options: str, faults: list[str], run: Run, home: Home
) -> None:
    (home.work / "orders.csv").write_text(text)

    error = run(f"{BACKTEST.format('orders.csv')} {options} --json", code=6).error()

    found = [f"{one['where']} {one.get('field', '')} {one['message']}" for one in error["details"]]
    assert [line.startswith(f"orders.csv {fault}") for line, fault in zip(found, faults, strict=True)] == [
        True
    ] * len(faults), found


def test_the_total_of_orders_that_repeat_their_amount_is_left_out(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount\n1,10\n1,10\n2,5\nTotal,15\n")

    result = result_of(run, "orders.csv", "--lines orders")

    assert (result["orders"], result["points"]) == (2, 15)


@pytest.mark.parametrize("options", ["", "--lines items", "--lines orders"])
@pytest.mark.parametrize("refund", ["4", "-4"])
def test_a_refund_in_a_column_may_be_negative(refund: str, options: str, run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(f"id,amount,refund\n1,10,{refund}\n")

    assert result_of(run, "orders.csv", f"--refunds deduct {options}")["points"] == 6


def test_a_header_below_many_lines_is_found(run: Run, home: Home) -> None:
    titles = "".join(f"Line {number} of the report\n" for number in range(50))
    (home.work / "orders.csv").write_text(f"{titles}id,amount\n1,5\n")

    assert result_of(run, "orders.csv")["points"] == 5


def test_a_quote_that_is_never_closed_is_told_before_unknown_columns(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text('a,b\n1,"2\n')

    assert "error: orders.csv line 2: " in run(BACKTEST.format("orders.csv"), code=6).err


def test_quoted_headings_without_a_known_name_have_the_separator_between_them(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text('"Deal - ID","Deal - Value"\n"1","5"\n"2","7"\n')

    assert result_of(run, "orders.csv", "--amount-column 'Deal - Value'")["points"] == 12


def test_exponents_are_read_to_the_sixth_decimal(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount\n1,19.990000000000002\n2,1e-06\n3,1e-07\n4,1.5E+02\n")

    assert result_of(run, "orders.csv")["amount"] == "169.990001"


def test_an_order_whose_lines_are_in_files_with_other_columns_is_located(run: Run, home: Home) -> None:
    (home.work / "a.csv").write_text("id,amount,date\n1,5,2025-01-02\n2,1,2025-01-03\n")
    (home.work / "b.csv").write_text("amount,id,date\n3,2,2025-01-03\n")

    error = run(f"{BACKTEST.format('a.csv b.csv')} --lines items --by month", code=6).err

    assert 'b.csv line 2: id: continues the order "2" at a.csv line 3, which has other columns' in error
    assert "Put all lines of an order into one file" in error


def test_an_order_of_items_in_another_currency_is_located(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(
        "id,amount,date,currency\n1,5,2025-01-02,EUR\n2,1,2025-01-03,USD\n2,1,2025-01-03,\n"
    )

    error = run(f"{BACKTEST.format('orders.csv')} --lines items --by month", code=6).err

    assert 'orders.csv line 3: currency: is "USD", but the first order has "EUR"' in error
    assert "must be a date" not in error


def test_the_error_about_files_in_different_forms_names_those_that_contradict_each_other(
    run: Run, home: Home
) -> None:
    amounts = {"a": ["10.00"], "b": ['"1,000.50"'], "c": ["19.990000000000002"], "d": ['"1.234,56"']}
    for name, texts in amounts.items():
        (home.work / f"{name}.csv").write_text("\n".join(["total", *texts, ""]))

    assert result_of(run, "a.csv b.csv c.csv", "--trigger stores/OrderPaid")["orders"] == 3
    line = f"{BACKTEST.format('a.csv b.csv c.csv d.csv')} --trigger stores/OrderPaid --json"
    error = run(line, code=6).error()
    assert error["message"] == (
        'a.csv and d.csv write the amounts in "total" in different ways, such as "10.00" and "1.234,56"'
    )


def test_lines_without_an_id_belong_to_their_order_where_only_paid_ones_count(run: Run, home: Home) -> None:
    source = {
        "name": "till",
        "title": "export of the till",
        "lines": "items",
        "perLine": ["amount"],
        "columns": {"orderId": ["id"], "status": ["status"]},
        "amounts": {"total": [{"add": ["amount"]}]},
        "counted": [{"column": "status", "oneOf": ["paid"]}],
    }
    (home.work / "till.json").write_text(json.dumps(source))
    (home.work / "orders.csv").write_text("id,amount,status\n1,5,paid\n,7,\n2,11,open\n,13,\n")

    assert result_of(run, "orders.csv", "--source till.json")["points"] == 12
    # A line that does not count by its own status continues no order.
    (home.work / "orders.csv").write_text("id,amount,status\n1,5,paid\n,7,\n,-3,fee\n,-4,fee\n2,13,paid\n")
    result = result_of(run, "orders.csv", "--source till.json")
    assert (result["orders"], result["points"]) == (2, 25)


@pytest.mark.parametrize(
    ("amounts", "points", "refunded"),
    [
        (("+10.00", "-3.00"), 10, "3"),
        (("10,-", "7,50", "1.234,--"), 1251, "0"),
        (("CHF 10.\u2013", "CHF -2.-", "CHF 1'234.00"), 1244, "2"),
    ],
)
def test_amounts_may_have_a_plus_or_a_dash_for_no_cents(
    amounts: tuple[str, ...], points: int, refunded: str, run: Run, home: Home
) -> None:
    lines = (f"{number};{amount}" for number, amount in enumerate(amounts))
    (home.work / "orders.csv").write_text("\n".join(["id;amount", *lines, ""]))

    result = result_of(run, "orders.csv")

    assert (result["points"], result["refunds"]["amount"]) == (points, refunded)


def test_the_mark_before_a_dash_for_no_cents_is_a_decimal_mark(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id;amount\n1;1.234\n2;10,-\n")
    (home.work / "point.csv").write_text("id;amount\n1;1.234\n2;10.-\n")

    assert result_of(run, "orders.csv")["amount"] == "1244"
    assert result_of(run, "point.csv")["amount"] == "11.234"


def test_dates_may_have_the_japanese_words_for_year_month_and_day(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount,date\n1,5,2025年1月31日\n2,7,2025年12月31日 10時30分\n")

    assert groups(run, f"{BACKTEST.format('orders.csv')} --by month") == {"2025-01": 5, "2025-12": 7}
    assert (
        '"date": year first, such as "2025年12月31日"' in result_of(run, "orders.csv", "--by month")["notes"]
    )


@pytest.mark.parametrize(
    ("rows", "points"),
    [
        (["1,700", "2,597", 'Total,"1,297"'], 1297),
        (['1,"1,234"', "2,5", 'Total,"1,239"'], 1239),
        (['1,"1,500"', "2,2", 'Total,"3,500"'], 3),
    ],
)
def test_a_total_line_that_is_the_sum_in_one_reading_decides_it(
    rows: list[str], points: int, run: Run, home: Home
) -> None:
    (home.work / "orders.csv").write_text("\n".join(["id,amount", *rows]))

    result = result_of(run, "orders.csv")

    assert (result["orders"], result["points"]) == (2, points)


def test_a_total_line_decides_the_decimal_mark_of_refunds(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text('id,amount,refund\n1,700,30\n2,1597,1200\nTotal,2297,"1,230"\n')

    assert result_of(run, "orders.csv", "--refunds deduct")["points"] == 2297 - 1230


@pytest.mark.parametrize(
    "rows",
    [
        ['1,"1,234"', 'Total,"1,234"'],
        ['1,"1,234"', "2,5", 'Total,"9,999"'],
    ],
)
def test_a_total_line_that_is_the_sum_in_both_readings_or_in_none_decides_nothing(
    rows: list[str], run: Run, home: Home
) -> None:
    (home.work / "orders.csv").write_text("\n".join(["id,amount", *rows]))

    assert "--decimal comma or --decimal point" in run(BACKTEST.format("orders.csv"), code=6).err


@pytest.mark.parametrize("label", ["Total 2025", "Total: 2 orders", "Summe 01/2025", "Total(2)"])
def test_the_label_of_a_total_line_may_have_numbers(label: str, run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text(f"id,amount\n1,5\n2,7\n{label},12\n")

    assert result_of(run, "orders.csv")["amount"] == "12"


def test_ids_that_begin_with_a_word_for_a_total_are_ids(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount\nSum 1001,5\nSum 1002,7\nSum 1003,12\n")

    assert result_of(run, "orders.csv")["orders"] == 3


def test_an_order_that_is_cut_off_where_the_first_orders_end_decides_no_form(run: Run, home: Home) -> None:
    text = "id,note,amount\n" + "".join(f'{number},{"é" * 600},"1,234"\n' for number in range(200))
    last = "200," + "x" * (HEAD - len(text.encode()) - len('200,,"1,2'))
    (home.work / "orders.csv").write_text(f'{text}{last},"1,234"\n')

    assert 'nothing in "amount" tells the decimal mark' in run(BACKTEST.format("orders.csv"), code=6).err


def test_the_first_json_order_has_a_maximum_length(run: Run, home: Home) -> None:
    order = {"id": 1, "note": "x" * HEAD, "amount": 5}
    (home.work / "orders.jsonl").write_text(f"{json.dumps(order)}\n")

    assert "order 1 is longer than 256 KiB" in run(BACKTEST.format("orders.jsonl"), code=6).err


def test_dates_may_have_blanks_behind_points(run: Run, home: Home) -> None:
    (home.work / "orders.csv").write_text("id,amount,date\n1,5,30. 12. 2025\n2,7,1. 2. 2025 10:00\n")

    assert groups(run, f"{BACKTEST.format('orders.csv')} --by month") == {"2025-02": 7, "2025-12": 5}


@pytest.mark.parametrize(
    "dates",
    [
        ("01/31/2025", "02/01/2025", "12/31/2024"),
        ("31.01.2025", "1. 2. 2025", "30. 12. 2024"),
        ("Jan 31, 2025", "Feb 1, 2025", "Dec 31, 2024"),
        ("2025-01-31", "2025-02-01", "2024-12-31"),
    ],
)
def test_an_order_of_items_with_several_dates_has_the_latest_one(
    run: Run, home: Home, dates: Sequence[str]
) -> None:
    lines = [f'A,5,"{date}"' for date in dates]
    (home.work / "items.csv").write_text("\n".join(["id,amount,date", *lines, ""]))

    assert groups(run, f"{BACKTEST.format('items.csv')} --lines items --by month") == {"2025-02": 15}
