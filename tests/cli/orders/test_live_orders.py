"""`points backtest --live-orders`: the orders of the site are fetched for one run."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.orders.conftest import FailingServer
    from tests.conftest import FakeClock, Home, Run

LINE = "points backtest --live-orders -f rules.yaml --trigger stores/OrderPaid"


@pytest.fixture(autouse=True)
def temporary(home: Home, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder for temporary files."""
    Path("rules.yaml").write_text("rules:\n- {title: A, trigger: stores/OrderPaid, earn: 1 per 1}\n")
    folder = home.work / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_the_orders_of_the_period_are_read_and_not_kept(
    run: Run, server: FailingServer, temporary: Path
) -> None:
    period = "--since 2025-02-01 --until 2025-03-01"
    run(f"orders fetch {period} --out orders.jsonl", env=server.environ)
    from_file = run(
        "points backtest orders.jsonl -f rules.yaml --trigger stores/OrderPaid --json", env=server.environ
    )
    Path("orders.jsonl").unlink()
    live = run(f"{LINE} {period} --json", env=server.environ)

    assert "fetched 149 orders of the site\n" in live.err
    assert live.json() == from_file.json()
    assert live.json()["orders"] > 0
    assert [*temporary.iterdir()] == []
    assert sorted(path.name for path in Path().iterdir()) == ["rules.yaml", "temporary"]


@pytest.mark.parametrize(("period", "hint"), [
    ("--until 2020-01-01", "Give a later --until."), ("--since 2030-01-01", "Give an earlier --since."),
    ("--since 2019-01-01 --until 2020-01-01", "Give an earlier --since. Give a later --until."),
])  # fmt: skip
def test_a_period_without_orders_is_an_error(period: str, hint: str, run: Run, temporary: Path) -> None:
    ended = run(f"-p sandbox {LINE} {period}", code=6)

    assert f"the site has no such orders: {period} (site sandbox on " in ended.err
    assert f"hint: {hint}\n" in ended.err
    assert [*temporary.iterdir()] == []


def test_an_interrupted_fetch_is_not_kept_and_promises_nothing(
    run: Run, server: FailingServer, temporary: Path, clock: FakeClock
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    server.fail("500", after=3)
    failed = run(LINE, env=server.environ, code=7)
    server.fail("429=7", after=3)
    clock.when_slept(7, interrupt)
    stopped = run(LINE, env=server.environ, code=130)

    assert "continue" not in failed.err + stopped.err
    assert [*temporary.iterdir()] == []


@pytest.mark.parametrize(("options", "message"), [
    ("orders.csv --live-orders", "--live-orders and files of orders are mutually exclusive"), ("orders.csv --since 2025-01-01", "--since requires --live-orders"), ("orders.csv --until 2025-01-01", "--until requires --live-orders"),
    ("--live-orders --since 2025-02-01 --until 2025-01-01", "the period is empty"), ("--live-orders --since 2025-13-01", "--since takes a date that exists"), ("--live-orders --chart missing/x", "--chart writes SVG"),
])  # fmt: skip
def test_options_that_do_not_fit_are_refused_before_a_request(options: str, message: str, run: Run) -> None:
    ended = run(f"-p sandbox points backtest {options} -f rules.yaml", code=2)

    assert message in ended.err
    assert ended.sent == []
