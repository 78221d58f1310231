"""Names of the columns of order files, compared without case, blanks and punctuation."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def normalized(name: str) -> str:
    """Return the name of a column as names are compared: letters and digits only, without case.

    `"Order ID"`, `order_id` and `orderId` are the same; so are the full-width and the plain letters of any
    script. The result is "" for a name of marks alone, such as `#`.
    """
    if name.isascii():
        return "".join(filter(str.isalnum, name)).lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(filter(str.isalnum, folded))
