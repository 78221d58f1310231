"""Check file names in options and arguments: a pasted key, token or JSON is not the name of a file."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from loyaltyctl.cli.runtime.inputs import STDIN_ONCE
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.documents import STDIN

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE_HINT = "Give the name of a file, or - to read standard input."
NEW_FILE_HINT = "Give the name of the file to write."
_CONTENT = re.compile(
    r"-----BEGIN |LS0tLS1CRUdJTi|(?:^|/)\s*[\"']?(?:MII[A-Za-z0-9+/\s]{100}|[{\[])"
    r"|ZXlK[A-Za-z0-9+/_-]{100}|[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{40,}"
)
"""Matches the content of a file, given in place of the file name: PEM, JSON, a token, or these in base64.

LS0tLS1CRUdJTi is base64 of `-----BEGIN`, MII begins a DER key, and ZXlK is base64 of a token's `eyJ`.
"""


def check_file_name(text: str, option: str, hint: str) -> str:
    """Check that an option gives the name of a file, not a pasted key or token; return the name.

    Raises UsageError otherwise, without quoting the text: it may be a private key.
    """
    if _CONTENT.search(text) and not os.path.exists(text):  # noqa: PTH110 - Path raises for a long one
        raise UsageError(f"{option} takes the name of a file, not its content", hint=hint)
    return text


def check_file_names(paths: Sequence[str], option: str, hint: str) -> None:
    """Check the names of several files that an option or an argument gives.

    Raises UsageError if one of them is not a name but a pasted key or token, or if `-` (standard input) is
    given twice.
    """
    if paths.count(STDIN) > 1:
        raise UsageError(STDIN_ONCE)
    for path in paths:
        check_file_name(path, option, hint)
