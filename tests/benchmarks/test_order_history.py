"""Backtests of orders as they come, compared with the same orders in a clean CSV file, and their memory.

python -m pytest tests/benchmarks/test_order_history.py -s          about five minutes, and 5 GB on disk
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import pytest

from tests.benchmarks.orders import COLUMNS, rules, write
from tests.benchmarks.test_backtest import MILLIONS, command, ratio
from tests.measured import program
from tests.orders.containers.workbook_files import xlsx

if TYPE_CHECKING:
    from pathlib import Path

ITEMS = 2.5
"""Mean number of items of an order."""
SHEET_ROWS = 200_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two rule sets."""
    folder = tmp_path_factory.mktemp("orders")
    (folder / "now.json").write_text(rules("1/1", "2/3", "3/7"))
    (folder / "next.json").write_text(rules("1/1", "1/1", "3/7"))
    return folder


def rewrite(clean: Path, file: Path, query: str, options: str = "FORMAT csv, HEADER") -> Path:
    """Write the result of a query over the clean orders, `{clean}`, to another file."""
    kinds = ", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)
    source = f"read_csv('{clean}', header=true, columns={{{kinds}}}, auto_detect=false)"
    with duckdb.connect(config={"memory_limit": "2GB"}) as connection:
        connection.execute(f"COPY ({query.format(clean=source)}) TO '{file}' ({options})")
    return file


def test_european_orders_compared_with_clean_ones(folder: Path, environ: dict[str, str]) -> None:
    clean = write(folder / "orders.csv", MILLIONS * 10**6)
    marks = "translate(format('{{:,.2f}}', 7 * amount::DOUBLE), ',.', '.,')"
    day = "strftime(left(created_at, 10)::DATE, '%d.%m.%Y')"
    query = f"SELECT * REPLACE ({day} AS created_at, {marks} AS amount) FROM {{clean}}"
    file = rewrite(clean, folder / "european.csv", query, "FORMAT csv, HEADER, DELIMITER ';'")

    found = ratio(
        lambda: program(command(folder, file), environ), lambda: program(command(folder, clean), environ)
    )

    print(f"\n{MILLIONS} M orders, European CSV / clean   {found}   goal 1.6 x")  # noqa: T201 - the result


def test_items_compared_with_their_lines(folder: Path, environ: dict[str, str]) -> None:
    clean = write(folder / "orders.csv", MILLIONS * 10**6)
    query = (
        "SELECT order_number, created_at, member_id, tier_id, amount, currency, 'SKU-' || item AS sku FROM "
        "(SELECT *, unnest(range((1 + hash(order_number) % 4)::BIGINT)) AS item FROM {clean})"
    )
    file = rewrite(clean, folder / "items.csv", query)
    # Exports of items have no column for the tier.
    line = [one.replace("month,tier", "month") for one in command(folder, file)]
    items = [*line, "--lines=items", "--tier-column=none"]
    lines = [*line, "--order-id-column=none", "--tier-column=none"]

    found = ratio(lambda: program(items, environ), lambda: program(lines, environ))

    print(f"\n{MILLIONS * ITEMS} M items of {MILLIONS} M orders / as many orders   {found}   goal 2 x")  # noqa: T201 - the result


def test_a_workbook_compared_with_a_clean_file(folder: Path, environ: dict[str, str]) -> None:
    clean = write(folder / "orders.csv", SHEET_ROWS)
    rows = [line.split(",") for line in clean.read_text().splitlines()]
    file = folder / "orders.xlsx"
    file.write_bytes(xlsx(rows))

    found = ratio(
        lambda: program(command(folder, file), environ), lambda: program(command(folder, clean), environ)
    )

    print(f"\n{SHEET_ROWS} rows, .xlsx / CSV   {found}")  # noqa: T201 - the result
