"""Words that label a line of an order file as a total, in the place of an order id or a date."""

from __future__ import annotations

import re

from loyaltyctl.orders.quoting import literal

TOTAL_WORDS = (
    *("total", "totals", "grand total", "grand totals", "sum", "sub total", "subtotal", "overall"),
    *("gesamt", "gesamtsumme", "summe", "zwischensumme", "insgesamt"),
    *("somme", "total général", "total general", "suma", "totale", "somma", "totaal", "som", "razem"),
    *("summa", "toplam", "合計", "総計", "小計", "итого", "всего", "sous-total", "zwischentotal"),
    *("average", "mean", "count", "durchschnitt", "mittelwert", "anzahl", "moyenne", "promedio", "média"),
    *("übertrag", "vortrag", "saldo", "carried forward", "brought forward", "opening balance", "report"),
)
"""Words in the place of an order id, or of a date, that label a line as a total, in lower case."""
_BLANK = ("", "-", "--")
_WORD = "|".join(map(re.escape, TOTAL_WORDS))
_LABEL = rf"({_WORD})([ :][^0-9(]*)?([(].*[)])?"
"""Pattern of a label that begins with such a word: `Total EUR`, `Total (2 orders)`; ids may be `Sum 1001`."""
_BEGINNING = f"({_WORD})[ :(].*"
"""Pattern of a text that begins with such a word: `Total 2025`, which may be an id too."""


def is_total_label(text: str) -> bool:
    """Return whether the text in the place of an order id may label a total line: blank, or words for it."""
    label = _normalized_label(text)
    return label in _BLANK or is_total_word(text) or begins_with_total_word(text)


def is_total_word(text: str) -> bool:
    """Return whether the text in the place of an order id says that a line is a total, such as `Total:`."""
    return re.fullmatch(_LABEL, _normalized_label(text)) is not None


def begins_with_total_word(text: str) -> bool:
    """Return whether a text begins with a word for a total, which an id may do too: `Total 2025`."""
    return re.fullmatch(_BEGINNING, _normalized_label(text)) is not None


def begins_with_total_word_sql(text: str) -> str:
    """Return the SQL condition that a text begins with a word for a total."""
    return f"regexp_full_match({_label_sql(text)}, {literal(_BEGINNING)})"


def is_alike_sql(text: str, label: str) -> str:
    """Return the SQL condition that the text in the place of an order id is like a label of a total line.

    It is the same. If the label may be an id, `Total 2025`, others that begin with such a word are like it.
    """
    if _normalized_label(label) in _BLANK or is_total_word(label):
        return f"{text} = {literal(label)}"
    return f"regexp_full_match({_label_sql(text)}, {literal(f'{_LABEL}|{_BEGINNING}')})"


def total_label_sql(text: str) -> str:
    """Return the SQL for the label of a line that may be a total line: `''` if it is blank; else null.

    `text` is the SQL of the text in the place of an order id.
    """
    label = _label_sql(text)
    # One pattern decides for nearly all lines; it is faster than a comparison with each blank, too.
    return (
        f"CASE WHEN regexp_full_match({label}, {literal(f'-{{0,2}}|{_LABEL}')}) THEN ltrim({label}, '-') END"
    )


def _label_sql(text: str) -> str:
    """Return the SQL for the text in the place of an order id as `_normalized_label` returns it."""
    return f"lower(trim(coalesce({text}, ''), ' :'))"


def _normalized_label(text: str) -> str:
    """Return the text in the place of an order id without case, blanks around it, and a colon."""
    return text.strip(" :").lower()
