"""Currencies that the names of columns tell: `Total (USD)`, `Amount [€]`, `Betrag in EUR`, `Total €`."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.orders.forms.amount_texts import sign
from loyaltyctl.orders.forms.currencies import CODES, SIGNS, sign_code
from loyaltyctl.orders.sources.names import normalized

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Not codes in lower case: `Total (all)` is not in Albanian lek.
_USED = [one for one in SIGNS if one.upper() not in CODES or one.isupper()]
_SIGN = "|".join(map(re.escape, _USED))
_WORDS = ("ALL", "CUP", "TOP", "TRY")
"""Codes of currencies that are English words: without a mark, they are no currency."""
_BARE = "|".join(re.escape(one) for one in _USED if one not in _WORDS)
_NAMED = re.compile(
    rf"(.*?\S)\s*(?:[(]\s*({_SIGN})\s*[)]|\[\s*({_SIGN})\s*\]|\s(?:in|en|em)\s+({_SIGN})|\s({_BARE}))\s*"
)


class NamedCurrency(NamedTuple):
    """Name of a column without the currency, and the currency; it is blank if the name tells none.

    It is a code, or a sign that several currencies share.
    """

    rest: str
    currency: str = ""


def split_name(name: str) -> NamedCurrency:
    """Split the name of a column into the currency that it tells, and the rest."""
    found = _NAMED.fullmatch(name)
    if found is None:
        return NamedCurrency(name)
    rest, *signs = found.groups()
    return NamedCurrency(rest, sign_code(sign(next(filter(None, signs)))))


def without_currency(names: Sequence[str]) -> list[str]:
    """Return the names of the columns of a file without the currency that they tell.

    They are unchanged if they tell several currencies, or if two would then be the same.
    """
    split = [split_name(name) for name in names]
    if len({one.currency for one in split} - {""}) != 1:
        return [*names]
    number = Counter(normalized(one.rest) for one in split)
    return [
        one.rest if number[normalized(one.rest)] == 1 else name
        for name, one in zip(names, split, strict=True)
    ]


def named_currency(names: Iterable[str]) -> str:
    """Return the currency that names of columns tell; blank if they tell none, or several."""
    found = {split_name(name).currency for name in names} - {""}
    return found.pop() if len(found) == 1 else ""
