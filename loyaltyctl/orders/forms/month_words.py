"""Words for months in dates: names and abbreviations in seven languages, in any case."""

from __future__ import annotations

_WORDS = (
    # English, German, French, Spanish, Italian, Portuguese, Dutch
    "january jan januar jän jänner janvier janv enero ene gennaio gen janeiro januari",
    "february feb februar februari février févr fév fevrier fevr fev febrero febbraio fevereiro",
    "march mar märz mär maerz mrz mars marzo março marco maart mrt",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag maio mei",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août aout agosto ago augustus",
    "september sept sep septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
)
MONTHS = {word: number for number, words in enumerate(_WORDS, start=1) for word in words.split()}
"""The number of a month by its word in lower case."""


def any_case(word: str) -> str:
    """Return the pattern of a word in upper or lower case.

    The flag for this differs: RE2 also takes the Kelvin sign for a K, Python does not.
    """
    return "".join(f"[{letter}{letter.upper()}]" for letter in word)


MONTH_WORD = "|".join(map(any_case, MONTHS))
"""Pattern of a word for a month."""
