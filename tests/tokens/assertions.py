"""What is said of a token: why it is refused, or what is in it."""

from __future__ import annotations

from loyaltyctl.errors import InvalidToken
from loyaltyctl.tokens.verification import DecodedToken, Policy, decode, verify
from tests.tokens.keys import NOW, public

ANY = Policy()


def rejection(text: str, policy: Policy = ANY, now: float = NOW) -> InvalidToken:
    """Why a token is refused, which two ways of asking must agree on."""
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
    """What is in a token, which must be one to trust."""
    token_opened = decode(text, public(), policy, now)
    checks, error = verify(text, public(), policy, now)
    assert (token_opened.error, error) == (None, None)
    assert token_opened.verified
    assert all(check.ok for check in checks)
    return token_opened


def shares(text: str, secret: str, size: int = 12) -> bool:
    """Whether so many characters of `text` stand in `secret` as well."""
    return any(text[i : i + size] in secret for i in range(len(text) - size + 1))
