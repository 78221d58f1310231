"""At most 200 calls in any minute for one site, however many runs there are."""

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
    """A time that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float, /) -> None:
        self.now += seconds


def silent(_: Notification) -> None:
    """Hear nothing."""


@pytest.mark.parametrize("shared", [False, True])
def test_no_minute_sees_more_than_the_limit(shared: bool, tmp_path: Path) -> None:
    clock = Clock()
    facts: list[Notification] = []
    limiter = RateLimiter(clock, facts.append, tmp_path / "calls" / "site" if shared else None)
    sent: list[float] = []
    for i in range(700):
        waited = limiter.acquire()
        assert waited == 0 or facts
        sent.append(clock.now)
        clock.now += 0.01 * (i % 7)

    for i, moment in enumerate(sent[CALLS:]):
        assert moment - sent[i] >= 60
    assert sent[-1] - sent[0] <= 3 * SECONDS + 700 * 0.06


def test_runs_that_follow_each_other_share_the_count(tmp_path: Path) -> None:
    clock = Clock()
    for _ in range(CALLS):
        assert RateLimiter(clock, silent, tmp_path / "site").acquire() == 0

    assert RateLimiter(clock, silent, tmp_path / "site").acquire() == pytest.approx(SECONDS)
    assert RateLimiter(clock, silent, tmp_path / "other").acquire() == 0


def test_runs_side_by_side_share_the_count(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=_take, args=(tmp_path / "site", 40)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert sum(map(bool, TIMES.unpack((tmp_path / "site").read_bytes()))) == 160


def _take(path: Path, count: int) -> None:
    limiter = RateLimiter(time, silent, path)
    for _ in range(count):
        limiter.acquire()


@pytest.mark.parametrize(
    "content", [b"garbage", b"\0\xff", b"", b"\xff" * TIMES.size, b"\x7f" * TIMES.size, b"\0" * 2000]
)
def test_a_damaged_count_is_begun_anew(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "site").write_bytes(content)

    assert RateLimiter(Clock(), silent, tmp_path / "site").acquire() == 0


def test_without_a_place_to_write_each_run_counts_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    clock = Clock()
    limiter = RateLimiter(clock, silent, tmp_path / "file" / "site")

    assert sum(limiter.acquire() == 0 for _ in range(CALLS)) == CALLS
    assert limiter.acquire() > 0


@pytest.mark.parametrize("call", ["pwrite", "pread"])
def test_a_disk_that_fails_costs_the_shared_count_and_not_the_limit(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    limiter = RateLimiter(clock, silent, tmp_path / "site")
    assert limiter.acquire() == 0
    monkeypatch.setattr(os, call, _fail)
    for _ in range(CALLS - 1):
        assert limiter.acquire() == 0

    assert limiter.acquire() > 0


def test_a_disk_without_locks_has_no_shared_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = RateLimiter(Clock(), silent, tmp_path / "site")
    monkeypatch.setattr(fcntl, "flock", _fail)
    for _ in range(CALLS):
        assert limiter.acquire() == 0

    assert limiter.acquire() > 0


def _fail(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")
