"""Times in options: unambiguous times are parsed, others are errors."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import UsageError
from loyaltyctl.intake import timestamps

NOW = 1_790_000_000.0
IN_UTC = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - bounds have no zone


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21T08:00:00Z", "2026-11-21T08:00:00.000Z"),
        ("2026-11-21t08:00:00z", "2026-11-21T08:00:00.000Z"),
        ("2026-11-21 08:00Z", "2026-11-21T08:00:00.000Z"),
        ("2026-11-21T08:00:00.5+02:00", "2026-11-21T06:00:00.500Z"),
        ("2026-11-21T08:00:00+0200", "2026-11-21T06:00:00.000Z"),
        ("2026-11-21 08:00:00.123456+02", "2026-11-21T06:00:00.123Z"),
        ("2026-11-21T08:00-03", "2026-11-21T11:00:00.000Z"),
        ("20261121T080000Z", "2026-11-21T08:00:00.000Z"),
        ("20261121T0800-0100", "2026-11-21T09:00:00.000Z"),
        ("1700000000", "2023-11-14T22:13:20.000Z"),
        ("100000000", "1973-03-03T09:46:40.000Z"),
        ("99999999999", "5138-11-16T09:46:39.000Z"),
        ("0s", "2026-09-21T14:13:20.000Z"),
        ("2h", "2026-09-21T12:13:20.000Z"),
        ("20000d", "1971-12-19T14:13:20.000Z"),
    ],
)  # fmt: skip
def test_a_time_is_parsed(text: str, expected: str) -> None:
    assert timestamps.format_utc(timestamps.parse_option(text, "--at", NOW)) == expected


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_timestamp_that_utc_cannot_express_is_invalid(text: str) -> None:
    assert timestamps.parse(text) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("20500101", "the zone"), ("2050", "the zone"), ("205001", "the zone"), ("2050-01-01", "the zone"), ("2050-01", "the zone"),
        ("2026-11-21T08:00:00", "the zone"), ("20261121T080000", "the zone"), ("20501", "Such as"), ("0", "Such as"), ("-1", "Such as"), ("99999999", "the zone"),
        ("2030010112", "2034-04-30T11:41:52Z"), ("1999123123", "2033-05-07T23:58:43Z"), ("1726488399000", "milliseconds"), ("20500101120000", "the zone"), ("205001011200", "the zone"),
        ("999999999d", "Such as"), ("9999-12-31T23:59:59-23:59", "Such as"), ("0001-01-01T00:00:00+14:00", "Such as"), ("2026-02-30T00:00:00Z", "Such as"),
        ("2026-W01-1T00:00:00Z", "Such as"), ("2026-11-21T25:00:00Z", "Such as"), ("2026-11-21X08:00:00Z", "Such as"), ("205001011120000Z", "Such as"),
        ("", "Such as"), (" ", "Such as"), ("now", "Such as"), ("1e9", "Such as"), ("1_700_000_000", "Such as"), ("１７０００００００００", "Such as"), ("1700000000.5", "Such as"),
        ("1700000000 ", "Such as"), ("2h ago", "Such as"), ("\u0662h", "Such as"), ("2026-11-21T08:00:00Z\n", "Such as"), ("9" * 5000, "Such as"),
    ],
)  # fmt: skip
def test_an_ambiguous_or_invalid_time_is_refused(text: str, hint: str) -> None:
    with pytest.raises(UsageError, match="--since takes a time") as refused:
        timestamps.parse_option(text, "--since", NOW)

    assert hint in refused.value.hint


@given(IN_UTC)
def test_a_formatted_time_is_parsed_again(moment: datetime) -> None:
    assert timestamps.parse_option(timestamps.format_utc(moment, "microseconds"), "--at", NOW) == moment


@given(st.integers(0, 10**12))
def test_a_number_is_seconds_since_1970_or_refused(number: int) -> None:
    try:
        moment = timestamps.parse_option(str(number), "--at", NOW)
    except UsageError:
        return
    assert 9 <= len(str(number)) <= 11
    assert moment == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number)


@given(st.from_regex(re.compile(r"[0-9TtZz:+\- .smhd]{0,30}"), fullmatch=True))
def test_every_text_is_parsed_or_refused(text: str) -> None:
    try:
        assert timestamps.parse_option(text, "--at", NOW).tzinfo is UTC
    except UsageError as error:
        assert error.hint  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    "date", ["Thu, 01 Jan 1970 00:01:00 GMT", "Thu, 01 Jan 1970 00:01:00 -0000", "Thu, 01 Jan 1970 00:01:00"]
)
def test_an_http_date_is_in_gmt_also_without_a_zone(date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert timestamps.parse_http_date(date) == 60
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("text", "expected"), [
    ("2025-01-31", "2025-01-31T00:00:00.000Z"), ("2024-02-29", "2024-02-29T00:00:00.000Z"), ("2025-01-31T02:00:00+02:00", "2025-01-31T00:00:00.000Z"), ("1738281600", "2025-01-31T00:00:00.000Z"),
])  # fmt: skip
def test_a_plain_date_is_the_start_of_its_day_in_utc(text: str, expected: str) -> None:
    assert timestamps.format_utc(timestamps.parse_day_option(text, "--since", NOW)) == expected


@pytest.mark.parametrize(("text", "message"), [
    ("2025-02-29", "takes a date that exists"), ("2025-13-01", "takes a date that exists"), ("0000-01-01", "takes a date that exists"), ("2025-1-31", "takes a time"), ("2025-01-31T00:00", "takes a time"), ("20250131", "takes a time"),
])  # fmt: skip
def test_a_date_that_does_not_exist_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"--since {message}, got "):
        timestamps.parse_day_option(text, "--since", NOW)
