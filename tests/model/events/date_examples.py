"""Strategies for event times, time zones and their names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

TIMES = st.datetimes(datetime(1980, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - its zone comes beside
ZONES = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
NAMES = st.sampled_from(["", " (Coordinated Universal Time)", " (GMT+02:00)", " (Mitteleuropäische Zeit)"])
