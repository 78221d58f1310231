"""A text that must not be seen: not in a message, a trace, a traceback or a listing of locals."""

from __future__ import annotations

from loyaltyctl.errors import InvalidData

_SHOWN = 4
_LONG_ENOUGH = 20


class Secret:
    """Holds a key or token; only `reveal` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str, what: str) -> None:
        """Take `text` without the one line end that files and pipes add, and without quotes around it.

        `what` names it in the error.
        """
        stripped = _unquoted(text.removesuffix("\n").removesuffix("\r"))
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


def _unquoted(text: str) -> str:
    """`text` without a pair of quotes around it: env files and pasted lines often keep theirs."""
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text
