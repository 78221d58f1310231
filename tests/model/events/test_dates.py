"""Conversion of dates to UTC: every format, and values that are not dates."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.model.events import dates, parsing
from tests.model.events.date_examples import NAMES, TIMES, ZONES


def _cut(timestamp: datetime, step: int) -> datetime:
    return timestamp.replace(microsecond=timestamp.microsecond // step * step)


@given(TIMES, ZONES, NAMES)
def test_a_date_is_the_same_in_every_format(timestamp: datetime, zone: timezone, name: str) -> None:
    to_second, to_millisecond = _cut(timestamp, 1_000_000), _cut(timestamp, 1000)
    milliseconds = int(to_second.timestamp()) * 1000 + timestamp.microsecond // 1000
    spelled = [
        (to_second, f"{to_second.astimezone(zone):%a %b %d %Y %H:%M:%S GMT%z}{name}"),
        (to_second, to_second.isoformat()),
        (to_millisecond, f"{to_millisecond:%Y-%m-%dT%H:%M:%S}.{to_millisecond.microsecond // 1000:03}Z"),
        (to_millisecond, milliseconds),
        (to_millisecond, str(milliseconds)),
        (timestamp, f"{timestamp:%Y-%m-%dT%H:%M:%S.%fZ}"),
        (timestamp, timestamp.astimezone(zone).isoformat()),
    ]

    for expected, text_ in spelled:
        written = dates.to_utc(text_)  # type: ignore[arg-type]
        assert dates.is_utc(written), text_
        assert datetime.fromisoformat(str(written)) == expected, text_
        assert dates.to_utc(written) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Wed Jun 30 2021 21:00:00 GMT+0000 (Coordinated Universal Time)", "2021-06-30T21:00:00.000Z"),
        ("Thu Jul 01 2021 00:00:00 GMT+0300 (Israel Daylight Time)", "2021-06-30T21:00:00.000Z"),
        ("Wed Jun 30 2021 16:30:00 GMT-0430", "2021-06-30T21:00:00.000Z"),
        ("1625086800000", "2021-06-30T21:00:00.000Z"),
        (1625086800000, "2021-06-30T21:00:00.000Z"),
        ("2021-06-30T23:00:00+02:00", "2021-06-30T21:00:00.000Z"),
        ("2021-06-30 21:00:00.5Z", "2021-06-30T21:00:00.500Z"),
        ("2023-09-11T16:58:22.481838+02:00", "2023-09-11T14:58:22.481838Z"),
        ("2023-09-11T14:58:22.481838Z", "2023-09-11T14:58:22.481838Z"),
        ("2023-09-11T14:58:22Z", "2023-09-11T14:58:22Z"),
    ],
)
def test_each_format_is_converted_to_utc(value: Any, written: str) -> None:
    assert dates.to_utc(value) == written


@pytest.mark.parametrize(
    "value",
    ["", "now", "Invalid Date", "2021-06-30", "2021-06-30T21:00:00", "Wed Foo 30 2021 21:00:00 GMT+0000", "Wed Jun 31 2021 21:00:00 GMT+0000", "Wed Jun 30 2021 25:00:00 GMT+0000", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00", "1625086800", 1625086800, 0, -1, 10**16, 1.5, True, None, [], {}, "٢٠٢١", "Wed Jun 30 2021 21:00:00 GMT+0000 (a)\n"],
)  # fmt: skip
def test_other_values_are_unchanged(value: Any) -> None:
    assert dates.to_utc(value) is value


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans())
def test_no_date_crashes_the_conversion(value: Any) -> None:
    written = dates.to_utc(value)

    assert written is value or dates.is_utc(written)


@pytest.mark.parametrize("time", ["yesterday", "2021-06-30T21:00:00", 5, None, [], {"a": 1}, ""])
def test_an_invalid_event_time_is_kept(time: Any) -> None:
    body = {"entityFqdn": "wix.loyalty.v1.program", "slug": "updated", "eventTime": time}

    event = parsing.parse_event(body)

    assert event.timestamp is None
    assert event.body() == body
