"""Names for files that are found by what they belong to, such as a server and a site."""

from __future__ import annotations

import json
from hashlib import sha256


def hash_name(*parts: str) -> str:
    """Return 16 hex digits for `parts`: the same for equal parts, and safe as a file name everywhere.

    The parts may hold what a file name cannot, and may be long; 64 bits of a hash do not collide here.
    """
    return sha256(json.dumps(parts).encode()).hexdigest()[:16]
