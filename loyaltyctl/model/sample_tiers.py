"""Tier ids of the sample data, shared by the sandbox and the example of `points backtest`.

The ids must be the same in both, so that a sandbox rule changed for the tier Gold can be backtested
with the orders of the example.
"""

from __future__ import annotations

SILVER = "5b0c7d1e-9a2f-4c38-8d64-1e7f2a3b4c5d"
GOLD = "7d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a"
