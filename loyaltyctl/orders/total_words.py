"""Words that label a line of an order file as a total, in the place of an order id or a date."""

from __future__ import annotations

import re

from loyaltyctl.orders.quoting import literal

TOTAL_WORDS = (
    *("total", "totals", "grand total", "sum", "sub total", "subtotal", "overall"),
    *("gesamt", "gesamtsumme", "summe", "zwischensumme", "insgesamt"),
    *("somme", "total général", "total general", "suma", "totale", "somma", "totaal", "som", "razem"),
    *("summa", "toplam", "合計", "総計", "итого", "всего"),
)
"""Words in the place of an order id, or of a date, that label a line as a total, in lower case."""
_BLANK = ("", "-", "--")
_LABEL = rf"({'|'.join(map(re.escape, TOTAL_WORDS))})([ :][^0-9(]*)?([(].*[)])?"
"""Pattern of a label that begins with such a word: `Total EUR`, `Total (2 orders)`; ids may be `Sum 1001`."""


def is_total_label(text: str) -> bool:
    """Return whether the text in the place of an order id may label a total line: blank, or words for it."""
    return _normalized_label(text) in _BLANK or is_total_word(text)


def is_total_word(text: str) -> bool:
    """Return whether the text in the place of an order id says that a line is a total, such as `Total:`."""
    return re.fullmatch(_LABEL, _normalized_label(text)) is not None


def total_label_sql(text: str) -> str:
    """Return the SQL for the label of a line that may be a total line: `''` if it is blank; else null.

    `text` is the SQL of the text in the place of an order id.
    """
    label = f"lower(trim(coalesce({text}, ''), ' :'))"
    # One pattern decides for nearly all lines; it is faster than a comparison with each blank, too.
    return (
        f"CASE WHEN regexp_full_match({label}, {literal(f'-{{0,2}}|{_LABEL}')}) THEN ltrim({label}, '-') END"
    )


def _normalized_label(text: str) -> str:
    """Return the text in the place of an order id without case, blanks around it, and a colon."""
    return text.strip(" :").lower()
