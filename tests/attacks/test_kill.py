"""kill -9 at random moments of a bulk run of 1,000 rules, resumed until it is done: each rule exactly once."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

from loyaltyctl.sandbox.app import DEFAULT_SITE
from loyaltyctl.sandbox.store import Store
from tests.scale import scaled

if TYPE_CHECKING:
    from tests.conftest import Home

KILLS = scaled(50, least=3)
RULES = 1000
ARGV = [sys.executable, "-m", "loyaltyctl", "-p", "sandbox", "rules", "bulk-create", "-f", "rules.csv", "--resume", "-q", "-o", "id"]  # fmt: skip


def test_kills_lose_nothing_and_double_nothing(home: Home, environ: dict[str, str]) -> None:
    rows = (f"Rule {i},events/Rsvp,{i % 90}\n" for i in range(RULES))
    (home.work / "rules.csv").write_text("title,trigger,points\n" + "".join(rows))
    chance = random.Random(20261121)  # noqa: S311 - moments, not secrets
    whole = _undisturbed(home, environ)

    kills = rounds = 0
    while kills < KILLS:
        _reset(home)
        rounds += 1
        code = -9
        while code != 0:
            moment = chance.uniform(0.1, whole) if kills < KILLS else None
            code = _run(environ, moment)
            kills += code == -9
            assert code in (0, -9)
        assert _titles(home) == {f"Rule {i}": 1 for i in range(RULES)}

    assert kills >= KILLS
    assert rounds >= 1


def _run(environ: dict[str, str], moment: float | None) -> int:
    """Run the command, and kill it after `moment` seconds; return its exit code."""
    run = subprocess.Popen(ARGV, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return run.wait(moment)
    except subprocess.TimeoutExpired:
        run.kill()
        return run.wait()


def _undisturbed(home: Home, environ: dict[str, str]) -> float:
    """Return the seconds that a complete run takes."""
    began = time.monotonic()
    assert _run(environ, None) == 0
    assert len(_titles(home)) == RULES
    return time.monotonic() - began


def _reset(home: Home) -> None:
    for path in [*home.data.glob("journals/*"), *home.data.glob("sandbox*")]:
        path.unlink()


def _titles(home: Home) -> Counter[str]:
    store = Store(home.data / "sandbox.sqlite3")
    with store.site(DEFAULT_SITE) as site:
        titles = Counter(
            str(rule["title"]) for rule in site.rules() if str(rule["title"]).startswith("Rule ")
        )
    store.close()
    return titles
