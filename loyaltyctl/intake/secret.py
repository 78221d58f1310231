"""Secret text that appears in no message, trace, traceback or listing of local variables."""

from __future__ import annotations

from loyaltyctl.errors import InvalidData

_SHOWN = 4
_LONG_ENOUGH = 20
_QUOTES = {'"', "'"}


class Secret:
    """A key or token. Only `reveal` returns its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str, what: str) -> None:
        """Take `text` without the line end that files and pipes add; `what` names the secret in errors.

        A pair of quotes around it is removed: `docker run --env-file` and copying leave them on.
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
        """Return the text."""
        return self._text

    def masked(self) -> str:
        """Return the last four characters, for messages; of a short secret none."""
        return f"…{self._text[-_SHOWN:]}" if len(self._text) >= _LONG_ENOUGH else "…"

    def __repr__(self) -> str:
        return "Secret(…)"
