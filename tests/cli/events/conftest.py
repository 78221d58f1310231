"""Fixtures: keys in the current directory, and events signed with them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.tokens.keys import PrivateKey
from tests.cli.events.tokens import Pair

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Home, Run


@pytest.fixture(scope="session")
def pairs() -> dict[str, Pair]:
    """Generate two key pairs by name."""
    return {name: Pair(*PrivateKey.generate().to_pem()) for name in ("test", "other")}


@pytest.fixture(autouse=True)
def work(home: Home, pairs: dict[str, Pair]) -> Path:
    """Return the current directory, with the keys in it."""
    for name, pair in pairs.items():
        (home.work / f"{name}.pem").write_text(pair.private)
        (home.work / f"{name}.pub.pem").write_text(pair.public)
    return home.work


@pytest.fixture
def sign(run: Run) -> Callable[..., str]:
    """Return a function that signs a sample, with fields set, with the key of a name."""

    def signed(type_: str = "program_updated", *changes: str, key: str = "test") -> str:
        words = [word for change in changes for word in ("--set", change)]
        return run(["events", "sign", "--type", type_, "--key", f"{key}.pem", *words]).out.strip()

    return signed


SEQUENCE = [
    ("tier_created", "a", "t1", "9", "2026-01-01T00:00:00Z"),
    ("tier_updated", "a", "t1", "10", "2026-01-01T00:00:01Z"),
    ("tier_updated", "b", "t2", "1", "2026-01-01T00:00:02Z"),
    ("tier_updated", "a", "t1", "10", "2026-01-01T00:00:01Z"),
    ("reward_updated", "c", "t1", "3", "2026-01-01T00:00:03Z"),
    ("tier_deleted", "d", "t1", "8", "2026-01-02T00:00:00Z"),
]
"""Type, ID, entity, sequence, time: a tier and a reward share the entity ID t1."""


@pytest.fixture
def many(work: Path) -> str:
    names = ("slug", "id", "entityId", "entityEventSequence", "eventTime")
    lines = []
    for type_, *rest in SEQUENCE:
        entity, _, slug = type_.partition("_")
        lines.append(
            {"entityFqdn": f"wix.loyalty.v1.{entity}"} | dict(zip(names, (slug, *rest), strict=True))
        )
    (work / "many.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return "many.jsonl"
