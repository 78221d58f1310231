r"""Escape hostile characters in untrusted text: terminals must show escape sequences, not execute them.

Control characters, bidirectional overrides and invisible characters are written as `\x1b` or `\u202e`; a
letter keeps at most eight combining marks, since more would cover neighboring lines.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MARKS = 8
"""Maximum number of combining marks on one letter."""

_HOSTILE_RANGES = (
    "\x00-\x1f\x7f-\x9f"  # control characters; the second range begins with DEL
    "\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\ufffe\uffff"
    "\ud800-\udfff\ufdd0-\ufdef"
    "\U000e0000-\U000e007f"
)
HOSTILE = re.compile(f"[{_HOSTILE_RANGES}]")
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """Make untrusted text safe for a terminal: on one line, with hostile characters as visible escapes."""
    if text.isascii() and text.isprintable():
        return text
    return HOSTILE.sub(
        lambda match: _SHORT_ESCAPES.get(match[0]) or _visible_escape(match[0]), _limit_combining_marks(text)
    )


def json_escaped(text: str) -> str:
    r"""Make hostile characters in JSON text visible as `\u` escapes; the value of the JSON stays the same."""
    return _escape_hostile(text, _json_escape)


def yaml_escaped(text: str) -> str:
    """Make hostile characters in YAML text visible as escapes.

    Strings that contain them must be in double quotes: only there, YAML has escapes.
    """
    return _escape_hostile(text, _yaml_escape)


def _escape_hostile(text: str, escape: Callable[[str], str]) -> str:
    """Make hostile characters in untrusted text visible, by escapes for JSON or YAML; line feeds stay."""
    if text.isascii() and text.isprintable():
        return text
    return HOSTILE.sub(lambda match: match[0] if match[0] == "\n" else escape(match[0]), text)


def _yaml_escape(character: str) -> str:
    """Make a hostile character visible: return its escape for YAML."""
    return f"\\U{ord(character):08x}" if ord(character) > 0xFFFF else _json_escape(character)  # noqa: PLR2004 - four digits


def _visible_escape(character: str) -> str:
    """Return the visible escape of a hostile character on a terminal, as Python would write it."""
    code = ord(character)
    if code <= 0xFF:  # noqa: PLR2004 - two digits
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def _json_escape(character: str) -> str:
    """Make a hostile character visible: return its escape for JSON, one or two UTF-16 units."""
    units = character.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _limit_combining_marks(text: str) -> str:
    """Remove all combining marks of a letter in untrusted text after the first eight."""
    if not any(map(unicodedata.combining, text)):
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MAX_MARKS:
            kept.append(character)
    return "".join(kept)
