"""Retry policy: the table of next steps, delays and Retry-After."""

from __future__ import annotations

import random
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.api import retry_policy
from loyaltyctl.api.methods import Effect
from loyaltyctl.api.retry_policy import (
    NEXT_STEP,
    FailureKind,
    NextStep,
    backoff,
    classify_status,
    parse_retry_after,
)


def test_the_table_in_the_docstring_is_the_table_in_the_code() -> None:
    lines = [
        line.split()
        for line in (retry_policy.__doc__ or "").splitlines()
        if line.split()[:1] and line.split()[0] in Effect.__members__
    ]
    drawn = {cells[0]: " ".join(cells[1:]).replace(",", " ").split()[:5] for cells in lines}

    assert drawn == {
        effect.name: [NEXT_STEP[effect][kind].value for kind in FailureKind] for effect in Effect
    }


def test_a_create_is_sent_again_only_if_it_cannot_have_taken_effect() -> None:
    assert {kind for kind in FailureKind if NEXT_STEP[Effect.CREATE][kind] is NextStep.RETRY} == {
        FailureKind.UNSENT,
        FailureKind.THROTTLED,
    }


@pytest.mark.parametrize(
    ("status", "header", "kind"),
    [(429, False, FailureKind.THROTTLED), (408, False, FailureKind.THROTTLED), (425, False, FailureKind.THROTTLED), (425, True, FailureKind.THROTTLED), (503, True, FailureKind.THROTTLED), (503, False, FailureKind.BROKEN), (500, True, FailureKind.BROKEN), (502, True, FailureKind.LOST), (504, False, FailureKind.LOST), (507, False, FailureKind.REFUSED), (507, True, FailureKind.REFUSED), (400, False, FailureKind.REFUSED), (404, True, FailureKind.REFUSED), (302, False, FailureKind.REFUSED)],
)  # fmt: skip
def test_a_status_has_a_kind_of_failure(status: int, header: bool, kind: FailureKind) -> None:
    assert classify_status(status, retry_after=header) is kind


@given(st.integers(1, 50))
def test_delays_are_at_most_twenty_seconds(attempt: int) -> None:
    assert 0 <= backoff(attempt) <= min(20, 0.5 * 2**attempt)


def test_the_maximum_delay_doubles_up_to_twenty_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _, longest: longest)

    assert [backoff(attempt) for attempt in range(1, 8)] == [1, 2, 4, 8, 16, 20, 20]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("0", 0), ("5", 5), (" 7 ", 7), ("60", 60), ("61", 60), ("86400", 60), ("9" * 400, 60), (None, None), ("", None), ("-1", None), ("1.5", None), ("soon", None), ("inf", None), ("nan", None), ("٣", None), ("0x5", None)],
)  # fmt: skip
def test_retry_after_is_seconds_within_a_minute(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, time.time()) == seconds


@pytest.mark.parametrize(("ahead", "seconds"), [(10, 10), (-500, 0), (3600, 60)])
def test_retry_after_may_be_a_date(ahead: float, seconds: float) -> None:
    now = 1_800_000_000.0

    assert parse_retry_after(formatdate(now + ahead, usegmt=True), now) == seconds
    assert parse_retry_after("Wed, 99 Foo 2026 99:99:99 GMT", now) is None


def test_a_date_without_a_zone_is_in_gmt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert parse_retry_after("Thu, 01 Jan 1970 00:01:10", 60.0) == 10
    finally:
        monkeypatch.undo()
        time.tzset()
