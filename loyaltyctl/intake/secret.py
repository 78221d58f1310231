"""Secret: a key or token that is kept out of messages, traces, tracebacks and listings of local variables."""

from __future__ import annotations

from loyaltyctl.errors import InvalidData

_SHOWN = 4
_MIN_LENGTH_TO_SHOW = 20
"""Shorter secrets show no characters: four would be a large part of them."""
_QUOTES = {'"', "'"}


class Secret:
    """API key, app secret or token whose repr hides its text; only `reveal` returns the whole text."""

    __slots__ = ("_text",)

    def __init__(self, text: str, what: str) -> None:
        """Validate the text of a secret; `what` is its name in errors, such as "API key". Raises InvalidData.

        The line end that files and pipes add is removed. A pair of quotes around the text is removed too:
        `docker run --env-file` passes quotes on as part of the value.
        """
        stripped = text.removesuffix("\n").removesuffix("\r")
        if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in _QUOTES:
            stripped = stripped[1:-1]
        if {*stripped[:1], *stripped[-1:]} & _QUOTES:
            raise InvalidData(
                f"the {what} has a quotation mark at one of its ends", hint="Copy it again, without quotes."
            )
        if not stripped:
            raise InvalidData(f"the {what} is empty")
        if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
            raise InvalidData(
                f"the {what} has characters that no key has (spaces, line ends, letters beyond ASCII)",
                hint="Copy it again, without quotes and without anything before or after it.",
            )
        self._text = stripped

    def reveal(self) -> str:
        """Return the text of the secret, for a request or the credentials file only."""
        return self._text

    def masked(self) -> str:
        """Return the secret for messages: `…` and its last four characters, or only `…` if it is short."""
        return f"…{self._text[-_SHOWN:]}" if len(self._text) >= _MIN_LENGTH_TO_SHOW else "…"

    def __repr__(self) -> str:
        """Return the same text for every secret."""
        return "Secret(…)"
