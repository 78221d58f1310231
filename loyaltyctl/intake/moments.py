"""Moments as texts: RFC 3339, written in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def read(text: str) -> datetime | None:
    """The moment that `text` spells; None where it is none, or does not say its zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def written(moment: datetime, precision: str = "milliseconds") -> str:
    """A moment with a zone, in UTC with a Z. Raises OverflowError where UTC has no such year."""
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def at(seconds: float) -> str:
    """The moment so many seconds after the beginning of 1970."""
    return written(datetime.fromtimestamp(seconds, UTC))
