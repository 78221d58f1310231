"""Rate limit: at most 200 calls in any minute for one site, in all runs together."""

from __future__ import annotations

import errno
import fcntl
import multiprocessing
import os
import time
from typing import TYPE_CHECKING

import pytest

from loyaltyctl.api.rate_limiter import CALLS, SECONDS, TIMES, RateLimiter

if TYPE_CHECKING:
    from pathlib import Path

    from loyaltyctl.api.hooks import Notification


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


def ignore(_: Notification) -> None:
    """Ignore a notification."""


@pytest.mark.parametrize("shared", [False, True])
def test_no_minute_has_more_calls_than_the_limit(shared: bool, tmp_path: Path) -> None:
    clock = Clock()
    notifications: list[Notification] = []
    limiter = RateLimiter(clock, notifications.append, tmp_path / "calls" / "site" if shared else None)
    sent: list[float] = []
    for i in range(700):
        waited = limiter.acquire()
        assert waited == 0 or notifications
        sent.append(clock.now)
        clock.now += 0.01 * (i % 7)

    for i, time_ in enumerate(sent[CALLS:]):
        assert time_ - sent[i] >= 60
    assert sent[-1] - sent[0] <= 3 * SECONDS + 700 * 0.06


def test_successive_runs_share_the_count(tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(CALLS):
        assert RateLimiter(clock, ignore, tmp_path / "site").acquire() == 0

    assert RateLimiter(clock, ignore, tmp_path / "site").acquire() == pytest.approx(SECONDS)
    assert RateLimiter(clock, ignore, tmp_path / "other").acquire() == 0


def test_concurrent_runs_share_the_count(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=_acquire, args=(tmp_path / "site", 40)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert sum(map(bool, TIMES.unpack((tmp_path / "site").read_bytes()))) == 160


def _acquire(path: Path, count: int) -> None:
    limiter = RateLimiter(time, ignore, path)
    for _ in range(count):
        limiter.acquire()


@pytest.mark.parametrize(
    "content", [b"garbage", b"\0\xff", b"", b"\xff" * TIMES.size, b"\x7f" * TIMES.size, b"\0" * 2000]
)
def test_a_damaged_count_starts_again(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "site").write_bytes(content)

    assert RateLimiter(Clock(), ignore, tmp_path / "site").acquire() == 0


def test_without_a_file_each_run_has_its_own_count(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    clock = Clock()
    limiter = RateLimiter(clock, ignore, tmp_path / "file" / "site")

    assert sum(limiter.acquire() == 0 for _ in range(CALLS)) == CALLS
    assert limiter.acquire() > 0


@pytest.mark.parametrize("call", ["pwrite", "pread"])
def test_a_disk_that_fails_costs_the_shared_count_and_not_the_limit(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    limiter = RateLimiter(clock, ignore, tmp_path / "site")
    assert limiter.acquire() == 0
    monkeypatch.setattr(os, call, _fail)
    for _ in range(CALLS - 1):
        assert limiter.acquire() == 0

    assert limiter.acquire() > 0


def test_a_disk_without_locks_has_no_shared_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RateLimiter(Clock(), ignore, tmp_path / "site")
    monkeypatch.setattr(fcntl, "flock", _fail)
    for _ in range(CALLS):
        assert limiter.acquire() == 0

    assert limiter.acquire() > 0


def _fail(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")
