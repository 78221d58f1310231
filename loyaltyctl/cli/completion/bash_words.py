"""Bash's splitting of a command line into words."""

from __future__ import annotations

import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:  # see candidates.py
    from collections.abc import Sequence


def split(line: str, part: str) -> tuple[Sequence[str], str]:
    """Return the words after the program's name, and the part of the last one that bash replaces.

    Bash splits words at `=` and `:` too (COMP_WORDBREAKS), and replaces only the `part` after the last one.
    """
    words: list[str] = []
    for closing in ("", '"', "'"):
        try:
            words = shlex.split(f"{line}.{closing}")  # the dot keeps an empty word at the end
            break
        except ValueError:
            continue
    while words and "=" in words[0]:
        del words[0]
    *before, last = words[1:] or ["."]
    whole = last.removesuffix(".")
    part = "" if part in {"=", ":"} else part
    return [*before, whole], part if whole.endswith(part) else whole
