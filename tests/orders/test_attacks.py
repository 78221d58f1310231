"""Order files as shops and spreadsheets write them: each is read correctly, or is one clear error."""

from __future__ import annotations

import _thread
import time
from threading import Timer
from typing import TYPE_CHECKING, NamedTuple

import pytest

from loyaltyctl.orders.engine import Engine

if TYPE_CHECKING:
    from tests.conftest import Home, Run

RULES = '{"title": "Purchase", "trigger": "stores/OrderPaid", "points": 1, "per": 1}'
"""The rule gives one point per 1 spent."""
USUAL = 600
"""Number of orders that are alike: more than predict the forms of a column."""


class Case(NamedTuple):
    """An order file, and its expected points, or else a part of the error message."""

    name: str
    text: str
    points: int = 0
    message: str = ""
    hint: str = ""
    suffix: str = ".csv"
    options: tuple[str, ...] = ()


def usual(amount: str, separator: str = ",") -> str:
    """Return the lines of many orders with the same amount."""
    return "".join(f"{i}{separator}{amount}\n" for i in range(USUAL))


FORMS = [
    Case("a late thousands mark", f'id,total\n{usual("10.00")}x,"1,234"\n', 10 * USUAL + 1234),
    Case("a late thousands point", f"id;total\n{usual('10,00', ';')}x;1.234\n", 10 * USUAL + 1234),
    Case(
        "a late point",
        f"id;total\n{usual('10', ';')}x;1.234\n",
        message="tells the decimal mark",
        hint="comma",
    ),
    Case("a late point and comma", f"id;total\n{usual('10', ';')}x;1.234\ny;5,5\n", 10 * USUAL + 1234 + 5),
    Case("late float noise", f"id,total\n{usual('10.00')}x,19.990000000000002\n", 10 * USUAL + 19),
]

CURRENCIES = [
    Case("two signs", "id,total\n1,$10.00\n2,€20.00\n", message='such as "$10.00" and "€20.00"'),
    Case("a late sign", f"id,total\n{usual('$10.00')}x,€20.00\n", message='"total" has several currencies'),
    Case("a late code", f"id,total\n{usual('$10.00')}x,CA$20.00\n", message='"total" has several currencies'),
    Case("no sign at first", f"id,total\n{usual('(10.00)')}x,$20.00\n", 20),
    Case(
        "signs and a column",
        f"id,total,currency\n{usual('$10.00,USD')}x,€20.00,EUR\n",
        message='line 602: currency: is "EUR", but the first order has "USD"',
        hint="--currency USD",
    ),
    Case(
        "signs, and a filter of the column",
        f"id,total,currency\n{usual('$10.00,USD')}x,€20.00,EUR\n",
        10 * USUAL,
        options=("--currency", "USD"),
    ),
    Case(
        "signs of another currency that a filter leaves out",
        "id,total,currency\n1,€20.00,EUR\n2,$10.00,USD\n",
        10,
        options=("--currency", "USD"),
    ),
    Case("codes of a currency in both cases", "id,total,currency\n1,10,USD\n2,20,usd\n", 30),
    Case(
        "another currency of an order that repeats an id",
        "id,total,currency\n1,10,USD\n1,20,EUR\n",
        10,
        options=("--skip-bad-rows",),
    ),
]

BLANK_LINES = [
    Case("lines of separators", "id,date,total\n1,2025-01-01,10\n,,\n2,2025-01-02,20\n,,\n , ,\n", 30),
    Case("many lines of separators", "id,date,total\n1,2025-01-01,10\n" + ",,\n" * 3000, 10),
    Case("lines of semicolons", "id;date;total\n1;2025-01-01;1.234,50\n;;\n", 1234),
    Case("lines of quotes", 'id,total\n1,10\n"",""\n', 10),
    Case(
        "a blank line, a blank amount", "id,note,total\n1,a,10\n,,\n3,b,\n", message="line 4: total: is empty"
    ),
]

TOTALS = [
    *(
        Case(f"a last line {label}", f"id,date,total\n1,2025-01-01,10\n2,2025-01-02,20\n{label},,30\n", 30)
        for label in ("TOTAL EUR", "Total (2 orders)", "Total revenue", "Summe: EUR", "Total:", "--")
    ),
    Case("two last lines without an id", "id,total\n1,10\n,5\n,15\n", 15),
    Case("a total that is no sum", "id,total\n1,10\nTotal (net),9\n", message='is "Total (net)", but'),
    Case("ids that begin with a word", "id,total\nSum 1,10\nSum 2,10\ntotally,25\n-,1\n", 46),
]

LINE_ENDS = [
    Case("CRCRLF", "id,total\r\r\n1,10\r\r\n2,20\r\r\n", 30),
    Case("CRCRLF and a title", "Orders\r\r\n\r\r\nid,date,total\r\r\n1,,10\r\r\n2,,20\r\r\n", 30),
    Case("CRCRLF in one column", "total\r\r\n10\r\r\n20\r\r\n", 30),
]

DIVIDED = '{"id": %d, "total": {"amount": %d, "divisor": 100, "currency_code": "USD"}}\n'
JSON = [
    Case("an empty object", "{}", message="has no columns", suffix=".json"),
    Case("amounts with a divisor", DIVIDED % (1, 1990), message="divides", hint="minor", suffix=".jsonl"),
    Case(
        "amounts with a divisor in the minor unit",
        DIVIDED % (1, 1990) + DIVIDED % (2, 510),
        24,
        suffix=".jsonl",
        options=("--amount-unit", "minor"),
    ),
    Case("a JSON text", '{"id":1,"total":"abc"}\n', message="line 1: total: must be", suffix=".jsonl"),
    Case("a JSON truth value", '{"id":1,"total":true}\n', message='got "true"', suffix=".jsonl"),
    Case(
        "a JSON text that is left out",
        '{"id":1,"total":"abc"}\n{"id":2,"total":"10"}\n{"id":\n',
        10,
        suffix=".jsonl",
        options=("--skip-bad-rows",),
    ),
]


@pytest.mark.parametrize(
    "case", [*FORMS, *CURRENCIES, *BLANK_LINES, *TOTALS, *LINE_ENDS, *JSON], ids=lambda case: case.name
)
def test_an_unusual_order_file_is_counted_exactly_or_refused(case: Case, run: Run, home: Home) -> None:
    file = home.work / f"orders{case.suffix}"
    file.write_text(case.text, newline="")
    (home.work / "rules.json").write_text(RULES)
    line = ["points", "backtest", str(file), "-f", "rules.json", "--json", *case.options]

    ended = run(line, code=6 if case.message else 0)

    if not case.message:
        assert ended.json()["points"] == case.points
        return
    error = ended.error()
    details = [": ".join(one.values()) for one in error.get("details", ())]
    assert case.message in "\n".join([error["message"], *details])
    assert case.hint in error["hint"]


def test_files_with_signs_of_different_currencies_are_refused(run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(RULES)
    (home.work / "a.csv").write_text("id,total\n1,$10.00\n")
    (home.work / "b.csv").write_text("order_id,order_total\n2,€10.00\n")

    ended = run("points backtest a.csv b.csv -f rules.json", code=6)

    assert 'b.csv has amounts in "EUR", but a.csv in "$"' in ended.err


def test_a_header_in_an_unknown_encoding_asks_for_it(run: Run, home: Home) -> None:
    (home.work / "rules.json").write_text(RULES)
    (home.work / "a.csv").write_bytes("注文番号,合計\n1,10\n".encode("shift_jis"))
    line = "points backtest a.csv -f rules.json"

    assert "--encoding shift_jis" in run(line, code=6).err
    assert run(f"{line} --encoding shift_jis --query points").out == "10\n"


def test_ctrl_c_ends_any_query() -> None:
    engine = Engine([])
    timer = Timer(0.3, _thread.interrupt_main)
    began = time.monotonic()
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            engine.rows("SELECT sum(sqrt(a.range * b.range)) FROM range(1000000) a, range(1000000) b")
    finally:
        timer.join()
        engine.close()

    assert time.monotonic() - began < 30  # the query would take hours
    assert not engine.folder.exists()
