"""Values and names as SQL text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def literal(text: str) -> str:
    """Return `text` as a string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """Return `text` as a quoted name of a column or a table."""
    return '"' + text.replace('"', '""') + '"'


def path_literal(path: Path) -> str:
    """Return `path` as a string literal for a reader, which would expand the wildcards in it."""
    return literal(re.sub(r"([*?[])", r"[\1]", str(path)))
