"""Names for files that are found by what they belong to, such as a server and a site."""

from __future__ import annotations

import json
from hashlib import sha256


def hash_name(*parts: str) -> str:
    """Return 16 hex digits for `parts`: the same for equal parts, and safe as a file name everywhere.

    The parts may be long, and hold what a file name cannot; 64 bits of a hash do not collide here.
    Ledgers are found by these names: another formula would lose those that exist.
    """
    return sha256(json.dumps(parts).encode()).hexdigest()[:16]
