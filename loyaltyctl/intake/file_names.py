"""File names derived from a hash of the things that a file belongs to, such as a server and a site."""

from __future__ import annotations

import json
from hashlib import sha256


def hash_name(*parts: str) -> str:
    """Return a file name of 16 hex digits: a hash of `parts`, equal for equal parts.

    The parts may be long and have any characters.
    """
    # Never change this formula: existing ledgers are found by these names.
    return sha256(json.dumps(parts).encode()).hexdigest()[:16]
