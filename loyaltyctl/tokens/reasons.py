"""Reason codes of rejected tokens, and the error that contains such a code.

Error messages never quote the token, a key or the payload, except for numbers and the times of claims.
"""

from __future__ import annotations

from enum import StrEnum

from loyaltyctl.errors import InvalidToken


class Reason(StrEnum):
    """Reason for which a token is rejected; it is printed as the error code."""

    TOO_LARGE = "TOO_LARGE"
    MALFORMED = "MALFORMED"
    BAD_HEADER = "BAD_HEADER"
    ALGORITHM_NOT_ALLOWED = "ALGORITHM_NOT_ALLOWED"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    BAD_PAYLOAD = "BAD_PAYLOAD"
    BAD_CLAIM = "BAD_CLAIM"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    NO_EXPIRY = "NO_EXPIRY"
    WRONG_ISSUER = "WRONG_ISSUER"
    WRONG_AUDIENCE = "WRONG_AUDIENCE"
    TOO_OLD = "TOO_OLD"


def invalid_token(reason: Reason, message: str, hint: str = "") -> InvalidToken:
    """Return the error for a token that is rejected for this reason."""
    return InvalidToken(message, code=reason, hint=hint)
