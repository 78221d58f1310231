"""Split a bash command line into words for completion."""

from __future__ import annotations

import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:  # see candidates.py
    from collections.abc import Sequence


def split(line: str, part: str) -> tuple[Sequence[str], str]:
    """Return the words of a bash command line after the program's name, and the part that bash replaces.

    Bash splits words at `=` and `:` too (COMP_WORDBREAKS), and replaces only the text after the last such
    character. `part` is this text as bash passes it, COMP_WORDS[COMP_CWORD].
    """
    words: list[str] = []
    # The word at the cursor may have an open quote: try to close it with each kind.
    for closing in ("", '"', "'"):
        try:
            words = shlex.split(f"{line}.{closing}")  # the dot keeps an empty word at the end
            break
        except ValueError:
            continue
    while words and "=" in words[0]:  # assignments before the command: A=1 loyaltyctl …
        del words[0]
    *before, last = words[1:] or ["."]
    whole = last.removesuffix(".")
    part = "" if part in {"=", ":"} else part
    return [*before, whole], part if whole.endswith(part) else whole
