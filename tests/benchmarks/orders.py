"""Generated orders for benchmarks: three tiers, two years, consecutive order numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

GOLD = "7d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
SILVER = "5b0c7d1e-9a2f-4c38-8d64-1e7f2a3b4c5d"
_OPTIONS = {".csv": "FORMAT csv, HEADER", ".jsonl": "FORMAT json", ".parquet": "FORMAT parquet"}
COLUMNS = ("order_number", "created_at", "member_id", "tier_id", "amount", "currency")


def write(path: Path, count: int, *, ids: str = "10001 + i") -> Path:
    """Write `count` orders to a file in the format of its suffix; `ids` is the SQL for their ids."""
    query = f"""
        SELECT {ids} AS order_number,
          strftime(TIMESTAMP '2024-01-01' + to_seconds(i * 63072000 // {count}), '%Y-%m-%dT%H:%M:%SZ') AS created_at,
          printf('m%06d', hash(i) % 200000) AS member_id,
          CASE hash(i * 7 + 1) % 3 WHEN 0 THEN '' WHEN 1 THEN '{GOLD}' ELSE '{SILVER}' END AS tier_id,
          printf('%d.%02d', hash(i * 3 + 2) % 500, hash(i * 5 + 3) % 100) AS amount,
          'USD' AS currency
        FROM range({count}) t(i)"""
    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        connection.execute(f"COPY ({query}) TO '{path}' ({_OPTIONS[path.suffix]})")
    return path


def rules(base: str, silver: str, gold: str) -> str:
    """Return a rules file with one rule; the awards of the three tiers are given as POINTS/MONEY."""
    points, per = base.split("/")
    return (
        f'{{"title": "Purchase", "trigger": "stores/OrderPaid", "points": {points}, "per": {per},'
        f' "tiers": ["{SILVER}={silver}", "{GOLD}={gold}"]}}'
    )
