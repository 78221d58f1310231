"""Blocking calls with a hard timeout."""

from __future__ import annotations

import threading
import time

import pytest

from loyaltyctl.transport.deadline import Deadline, Worker
from tests.conftest import FakeClock


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_a_call_returns_its_result_or_raises_its_error(worker: Worker) -> None:
    def fail() -> None:
        raise KeyError("x")

    assert worker.run(lambda: 7, timeout=5) == 7
    with pytest.raises(KeyError):
        worker.run(fail, timeout=5)


def test_a_call_that_takes_too_long_is_abandoned_and_the_next_one_runs(worker: Worker) -> None:
    release = threading.Event()
    began = time.monotonic()

    with pytest.raises(TimeoutError):
        worker.run(release.wait, timeout=0.05)

    assert time.monotonic() - began < 5
    assert worker.run(lambda: 7, timeout=5) == 7
    release.set()


def test_calls_share_one_thread_which_ends_with_the_worker(worker: Worker) -> None:
    first, second = (worker.run(threading.current_thread, timeout=5) for _ in range(2))
    worker.close()
    first.join(5)

    assert first is second
    assert not first.is_alive()


def test_a_deadline_passes_and_can_be_extended() -> None:
    clock = FakeClock()
    deadline = Deadline(clock, 10)
    clock.sleep(4)
    assert deadline.remaining() == pytest.approx(6, abs=1)

    deadline.extend(2)
    assert deadline.remaining() == pytest.approx(8, abs=1)
    clock.sleep(20)
    assert deadline.remaining() == 0
