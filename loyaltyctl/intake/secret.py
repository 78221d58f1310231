"""A text that must not be seen: not in a message, a trace, a traceback or a listing of locals."""

from __future__ import annotations

from loyaltyctl.errors import InvalidData

_SHOWN = 4
_LONG_ENOUGH = 20
_QUOTES = {'"', "'"}


class Secret:
    """Holds a key or token; only `reveal` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str, what: str) -> None:
        """Take `text` without the one line end that files and pipes add; `what` names it in the error.

        A pair of quotes around it is taken off: `docker run --env-file` and a paste leave them on.
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
        """The text itself."""
        return self._text

    def masked(self) -> str:
        """What may be shown: the last four characters of a long one."""
        return f"…{self._text[-_SHOWN:]}" if len(self._text) >= _LONG_ENOUGH else "…"

    def __repr__(self) -> str:
        return "Secret(…)"
