"""Parse and format timestamps (RFC 3339), and parse options that take a time or a duration."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted

_DURATION = re.compile(r"(\d{1,9})(s|m|h|d)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?([Zz]|[+-]\d\d(:?\d\d)?)"
    r"|\d{8}[Tt]\d{4}(\d\d)?([Zz]|[+-]\d{4})",
    re.ASCII,
)
_EPOCH = re.compile(r"\d{9,11}", re.ASCII)
"""Seconds since 1970, from March 1973 on: fewer digits are a date (20260101), a year or a mistake."""
_COMPACT = re.compile(r"(19[7-9]\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])", re.ASCII)
"""A date and an hour, such as 2030010112, which could also be seconds since 1970: rejected as ambiguous."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EXAMPLES = "Such as 2026-11-21T08:00:00Z, or 2h for two hours ago."
_MILLISECONDS = re.compile(r"\d{13}", re.ASCII)
_WITHOUT_ZONE = re.compile(r"\d{4}(-?\d\d(-?\d\d([Tt ]?[\d:.,]*)?)?)?", re.ASCII)


def parse(text: str) -> datetime | None:
    """Parse a timestamp in ISO 8601; None if it is invalid, has no time zone, or cannot be in UTC."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return None
        moment.astimezone(UTC)  # fails for times that are in the year 0 or 10000 there
    except (ValueError, OverflowError):
        return None
    return moment


def parse_duration(text: str, option: str) -> float:
    """Parse a duration in an option: "2h" -> 7200 seconds. Raises UsageError."""
    found = _DURATION.fullmatch(text)
    if found is None:
        raise UsageError(f"{option} takes a duration such as 90s, 5m, 2h or 7d, got {quoted(text)}")
    return int(found[1]) * _SECONDS[found[2]]


def parse_option(text: str, option: str, now: float) -> datetime:
    """Parse a timestamp or a duration in an option such as --since, and return the time in UTC.

    The value is an RFC 3339 timestamp, seconds since 1970, or a duration before `now`, such as 2h. Raises
    UsageError for an invalid or ambiguous value.
    """
    try:
        moment = _parse_time_option(text, option, now)
        if moment is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise UsageError(f"{option} takes a time, got {quoted(text)}", hint=_invalid_time_hint(text))


def parse_day_option(text: str, option: str, now: float) -> datetime:
    """Parse an option that takes a plain date too, such as 2025-01-31: the start of that day in UTC.

    Any other value is parsed as `parse_option` does. Raises UsageError.
    """
    if _DAY.fullmatch(text):
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            raise UsageError(f"{option} takes a date that exists, got {quoted(text)}") from None
    try:
        return parse_option(text, option, now)
    except UsageError as error:
        error.hint = f"{error.hint} Or give a plain date, such as 2025-01-31."
        raise


def _parse_time_option(text: str, option: str, now: float) -> datetime | None:
    """Parse a timestamp or a duration in an option; None if the text is neither.

    Raises ValueError or OverflowError for a time that does not exist, such as the 32nd of a month.
    """
    if _DURATION.fullmatch(text):
        return datetime.fromtimestamp(now, UTC) - timedelta(seconds=parse_duration(text, option))
    if _EPOCH.fullmatch(text) and not _COMPACT.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC)
    # RFC 3339 allows lower-case t and z.
    return datetime.fromisoformat(text.upper()) if _RFC_3339.fullmatch(text) else None


def _invalid_time_hint(text: str) -> str:
    """Return the hint for an invalid timestamp, which may be ambiguous, in milliseconds or without a zone."""
    if _COMPACT.fullmatch(text):
        seconds = format_epoch(int(text), "seconds")
        return f"It can be a date and an hour, or seconds since 1970 ({seconds}): write it as RFC 3339."
    if _MILLISECONDS.fullmatch(text):
        return "This looks like milliseconds since 1970: leave out the last three digits."
    if _WITHOUT_ZONE.fullmatch(text):
        return f"Give the date, the time and the zone. {_EXAMPLES}"
    return _EXAMPLES


def format_utc(moment: datetime, precision: str = "milliseconds") -> str:
    """Format a time as an RFC 3339 timestamp in UTC, with a Z at the end.

    Raises OverflowError if the time in UTC is beyond the year 9999.
    """
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def format_epoch(seconds: float, precision: str = "milliseconds") -> str:
    """Format seconds since 1970 as an RFC 3339 timestamp in UTC."""
    return format_utc(datetime.fromtimestamp(seconds, UTC), precision)


def parse_http_date(date: str | None) -> float | None:
    """Parse the timestamp in an HTTP header to seconds since 1970; None if it is missing or invalid."""
    if not date:
        return None
    from email.utils import parsedate_to_datetime  # takes 5 ms; a sandbox in this process sends no dates

    try:
        moment = parsedate_to_datetime(date)
        # HTTP dates are in GMT (RFC 9110, 5.6.7); without a zone, Python would assume the local zone.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
