"""Backtests compared with a plain DuckDB query, and their memory.

python -m pytest tests/benchmarks/test_backtest.py -s          about five minutes, and 14 GB on disk
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.orders import COLUMNS, GOLD, SILVER, rules, write
from tests.measured import Measured, measured, program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MILLIONS = 10
ROUNDS = 5

PLAIN_QUERY = f"""
import duckdb
path = sys.argv[1]
kinds = {{{", ".join(f"'{name}': 'VARCHAR'" for name in COLUMNS)}}} | {{"amount": "DECIMAL(18, 6)"}}
columns = ", ".join(f"'{{name}}': '{{kind}}'" for name, kind in kinds.items())
source = {{
    "csv": f"read_csv('{{path}}', header=true, delim=',', quote='\\"', columns={{{{{{columns}}}}}}, auto_detect=false)",
    "jsonl": f"read_json('{{path}}', format='newline_delimited', columns={{{{{{columns}}}}}})",
    "parquet": f"(SELECT * REPLACE (amount::DECIMAL(18, 6) AS amount) FROM read_parquet('{{path}}'))",
}}[path.rpartition(".")[2]]
whole = "trunc(amount)::BIGINT"
points = ", ".join(
    f"sum(CASE tier_id WHEN '{GOLD}' THEN {{whole}} * {{gold}} WHEN '{SILVER}' THEN {{whole}} * {{silver}} ELSE {{whole}} END)"
    for gold, silver in (("3 // 7", "2 // 3"), ("3 // 7", "1"))
)
query = f"SELECT substr(created_at, 1, 7), tier_id, count(*), sum(amount), {{points}} FROM {{source}} GROUP BY ALL"
with duckdb.connect() as connection:
    connection.execute("SET preserve_insertion_order = false")
    print(len(connection.execute(query).fetchall()))
"""
"""One scan that calculates the same sums as the command, without any checks."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two rule sets and fifty candidates."""
    folder = tmp_path_factory.mktemp("orders")
    (folder / "now.json").write_text(rules("1/1", "2/3", "3/7"))
    (folder / "next.json").write_text(rules("1/1", "1/1", "3/7"))
    for i in range(50):
        (folder / f"candidate{i}.json").write_text(rules(f"{i + 1}/7", f"{i + 2}/9", f"{i + 3}/11"))
    return folder


def command(folder: Path, file: Path, *more: str) -> list[str]:
    """Return the command that is measured: two rule sets, by month and tier."""
    sets = [f"--file={folder}/next.json", f"--against={folder}/now.json"]
    return ["points", "backtest", str(file), *(more or sets), "--by=month,tier", "--json", "-q"]


def ratio(one: Callable[[], Measured], other: Callable[[], Measured]) -> str:
    """Return the median ratio of alternating runs, both medians, and the peak memory of the first."""
    one(), other()  # warm
    pairs = [(one(), other()) for _ in range(ROUNDS)]
    median = statistics.median(a.seconds / b.seconds for a, b in pairs)
    ours, theirs = (statistics.median(run.seconds for run in side) for side in zip(*pairs, strict=True))
    peak = max(a.peak for a, _ in pairs) / 1024
    return f"{median:5.2f} x   {ours:5.2f} s : {theirs:5.2f} s   peak {peak:.0f} MiB"


@pytest.mark.parametrize(
    ("kind", "ids"), [("csv", "10001 + i"), ("csv", "none"), ("csv", "uuid()"), ("jsonl", "10001 + i"), ("jsonl", "none"), ("parquet", "10001 + i")]
)  # fmt: skip
def test_a_backtest_compared_with_a_plain_query(
    kind: str, ids: str, folder: Path, environ: dict[str, str]
) -> None:
    file = write(folder / f"orders.{kind}", MILLIONS * 10**6, ids="10001 + i" if ids == "none" else ids)
    line = command(folder, file) + (["--order-id-column=none"] if ids == "none" else [])

    found = ratio(lambda: program(line, environ), lambda: measured(PLAIN_QUERY, [str(file)], environ))

    print(f"\n{MILLIONS} M orders, {kind:8} ids {ids:10} / plain query   {found}   goal 1.5 x, 350 MiB")  # noqa: T201 - the result
    file.unlink()


def test_fifty_candidates_compared_with_one(folder: Path, environ: dict[str, str]) -> None:
    file = write(folder / "orders.csv", MILLIONS * 10**6)
    fifty = command(folder, file, *(f"--file={folder}/candidate{i}.json" for i in range(50)))
    one = command(folder, file, f"--file={folder}/candidate0.json")

    found = ratio(lambda: program(fifty, environ), lambda: program(one, environ))

    print(f"\n{MILLIONS} M orders, fifty candidates / one   {found}   goal 2.5 x")  # noqa: T201 - the result
    file.unlink()


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_memory_does_not_grow_with_the_orders(kind: str, folder: Path, environ: dict[str, str]) -> None:
    peaks = []
    for factor in (1, 5):
        file = write(folder / f"orders.{kind}", factor * MILLIONS * 10**6)
        runs = [program(command(folder, file), environ) for _ in range(3 if factor == 1 else 1)]
        peaks.append(max(run.peak for run in runs) / 1024)
        file.unlink()

    ten, fifty = peaks
    found = (
        f"{ten:.0f} MiB for {MILLIONS} M orders, {fifty:.0f} MiB for {5 * MILLIONS} M   {fifty / ten:.2f} x"
    )
    print(f"\n{kind}: {found}   goal 350 MiB, 1.1 x")  # noqa: T201 - the result
