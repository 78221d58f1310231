"""Why a token is refused: one exception, and reasons that stay what they are.

No message quotes the token, a key, or what is in the payload, but for numbers and the
times of claims.
"""

from __future__ import annotations

from enum import StrEnum

from loyaltyctl.errors import InvalidToken


class Reason(StrEnum):
    """What is wrong with a token; meant for scripts."""

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


def refused(reason: Reason, message: str, hint: str = "") -> InvalidToken:
    """The error for a token that is refused."""
    return InvalidToken(message, code=reason, hint=hint)
