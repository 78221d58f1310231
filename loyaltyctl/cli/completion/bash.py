"""Bash's own way of cutting a line into words."""

from __future__ import annotations

import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:  # as in offers.py
    from collections.abc import Sequence


def split(line: str, part: str) -> tuple[Sequence[str], str]:
    """The words of `line` behind the program's name, the last as far as it is typed, and the part to replace.

    Bash cuts words at `=` and `:` too, and replaces only the `part` behind the last of them.
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
