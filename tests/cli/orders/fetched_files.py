"""Files that `orders fetch` writes in the tests, and the orders that they should have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from loyaltyctl.sandbox.order_seeds import seed_orders

LINE = "orders fetch --out orders.jsonl"
SANDBOX = f"-p sandbox {LINE}"
FILE, PART, STATE = Path("orders.jsonl"), Path("orders.jsonl.part"), Path("orders.jsonl.part.state")
PLACED: list[Any] = [order for order in seed_orders() if order["status"] in {"APPROVED", "CANCELED"}]


def fetched(path: Path = FILE) -> list[Any]:
    """Return the orders in a file, by number."""
    orders = [json.loads(line) for line in path.read_text().splitlines()]
    return sorted(orders, key=lambda order: int(order["number"]))
