"""Assertions that `verify` and `decode` agree about a token."""

from __future__ import annotations

from loyaltyctl.errors import InvalidToken
from loyaltyctl.tokens.verification import DecodedToken, Policy, decode, verify
from tests.tokens.keys import NOW, public

ANY = Policy()


def rejection(text: str, policy: Policy = ANY, now: float = NOW) -> InvalidToken:
    """Return the error of a token that must be rejected."""
    _, error = verify(text, public(), policy, now)
    assert type(error) is InvalidToken
    try:
        shown = decode(text, public(), policy, now).error
    except InvalidToken as raised:
        shown = raised
    assert type(shown) is InvalidToken
    assert (shown.reason, shown.message, shown.hint) == (error.reason, error.message, error.hint)
    return shown


def accepted(text: str, policy: Policy = ANY, now: float = NOW) -> DecodedToken:
    """Return the content of a token that must be accepted."""
    token_opened = decode(text, public(), policy, now)
    checks, error = verify(text, public(), policy, now)
    assert (token_opened.error, error) == (None, None)
    assert token_opened.verified
    assert all(check.ok for check in checks)
    return token_opened


def shares(text: str, secret: str, size: int = 12) -> bool:
    """Return whether `text` and `secret` share a substring of that size."""
    return any(text[i : i + size] in secret for i in range(len(text) - size + 1))
