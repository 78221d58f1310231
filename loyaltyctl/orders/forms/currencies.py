"""Currencies of amounts: their codes, signs and the digits of their minor units."""

from __future__ import annotations

import re
from itertools import groupby

from loyaltyctl.orders.quoting import literal

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ "
    "GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP "
    "LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB "
    "PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB "
    "TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW"
)
"""Codes of the currencies in use (ISO 4217)."""
CODES = frozenset(_CODES.split())
"""The same codes, one by one."""

USUAL_DIGITS = 2
"""Digits of the minor unit of most currencies, and of an amount without a currency."""
_CODES_BY_DIGITS = {
    0: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF",
    3: "BHD JOD KWD OMR TND",
}
DIGITS = {code: digits for digits, codes in _CODES_BY_DIGITS.items() for code in codes.split()}
"""Digits of the minor unit of the other currencies, by code, as the platforms count them.

MGA has fifths, and UGX has cents that nobody uses: payment APIs take both in whole units.
"""

_SIGNS = [
    *("$", "A$", "AU$", "C$", "CA$", "HK$", "MX$", "NT$", "NZ$", "R$", "S$", "SG$", "US$"),
    *"€£¥￥₹₩₽₺₫₪฿₱₦₴₡₲₸₵₼₾円元원",
    *("Euro", "euro", "EURO", "TL"),
    "\\",  # the byte of ¥ in Shift JIS, and of ₩ in Korean encodings
    *("kr", "kr.", "Kr", "Kr.", "zł", "Kč", "Ft", "lei", "лв", "лв.", "Fr.", "Rs", "Rs.", "RM", "Rp", "S/"),
]
_SIGN_CODES = {
    **{sign: code for code, signs in {
        "EUR": "€ EURO", "GBP": "£", "INR": "₹", "KRW": "₩ 원", "RUB": "₽", "TRY": "₺ TL", "VND": "₫",
        "THB": "฿", "PHP": "₱", "NGN": "₦", "UAH": "₴", "CRC": "₡", "PYG": "₲", "KZT": "₸", "GHS": "₵",
        "AZN": "₼", "GEL": "₾", "PLN": "ZŁ", "CZK": "KČ", "HUF": "FT", "BGN": "ЛВ", "MYR": "RM", "IDR": "RP",
        "JPY": "円", "CNY": "元", "ILS": "₪",
        "AUD": "A$ AU$", "CAD": "C$ CA$", "HKD": "HK$", "MXN": "MX$", "TWD": "NT$", "NZD": "NZ$", "BRL": "R$",
        "SGD": "S$ SG$", "USD": "US$",
    }.items() for sign in signs.split()},
    **{code: code for code in _CODES.split()},
}  # fmt: skip
"""Codes of the currencies of signs in upper case without points; signs of several currencies are left out."""
SIGNS = sorted({*_SIGNS, *_CODES.split(), *_CODES.lower().split()})
"""Signs and codes of currencies; codes may be in lower case."""
_SHARED_SIGNS = {
    "$": "ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP CVE DOP FJD GYD HKD JMD KYD LRD MXN NAD NIO NZD SBD "
    "SGD SRD TTD TWD USD UYU XCD",
    "¥": "CNY JPY",
    "￥": "CNY JPY",
    "\\": "JPY KRW",
    "KR": "DKK ISK NOK SEK",
    "FR": "CHF XAF XOF XPF",
    "RS": "INR LKR MUR NPR PKR SCR",
    "LEI": "MDL RON",
    "£": "EGP FKP GBP GIP LBP SHP SYP",
}
"""Codes of the currencies that share a sign. A bare £ counts as GBP if nothing else tells the currency."""
_SIGN_CURRENCIES = {
    **{sign: (code,) for sign, code in _SIGN_CODES.items()},
    **{sign: tuple(codes.split()) for sign, codes in _SHARED_SIGNS.items()},
}
"""Codes of all currencies that a sign may stand for."""
SIGNS_WITHOUT_DECIMALS = {"\\", "₩", "₫", "₲", *(code for code, number in DIGITS.items() if number == 0)}
"""Signs and codes of currencies without a minor unit. The yen sign is not among them: China uses it too."""


def _alternatives() -> str:
    """Return the pattern of a sign or code of a currency."""
    # Grouped by the first character: Python tries the alternatives one by one.
    groups = groupby(SIGNS, key=lambda sign: sign[0])
    return "|".join(
        f"{re.escape(first)}({'|'.join(re.escape(sign[1:]) for sign in signs)})" for first, signs in groups
    )


SIGN = f"({_alternatives()})"
"""Pattern of a sign or code of a currency."""


def is_sign(text: str) -> bool:
    """Return whether a text is the sign of a currency, and no code, which may be in lower case."""
    return text in _SIGNS


def sign_code(sign: str) -> str:
    """Return the code of the currency of a sign; the sign itself if several currencies have it, such as $.

    The sign is in upper case and has no points.
    """
    return _SIGN_CODES.get(sign, sign)


def sign_code_sql(sign: str) -> str:
    """Return the SQL for the code of the currency of a sign, as `sign_code` does."""
    pairs = ", ".join(f"{literal(one)}: {literal(code)}" for one, code in _SIGN_CODES.items() if one != code)
    return f"coalesce(MAP {{{pairs}}}[{sign}], {sign})"


def code_sql(text: str) -> str:
    """Return the SQL for the code of a currency; `text` is the SQL of its code or its sign, or of a blank."""
    code = sign_code_sql(f"upper(rtrim(trim({text}), '.'))")
    return f"CASE WHEN {text} <> '' THEN {code} ELSE {text} END"


def is_sign_of(sign: str, currency: str) -> bool:
    """Return whether an amount with a sign may be in a currency; either may be blank."""
    code = currency.upper()
    return not sign or not code or code in _SIGN_CURRENCIES.get(sign, (code,))


def is_sign_of_sql(sign: str, currency: str) -> str:
    """Return the SQL condition that an amount with a sign may be in a currency, as `is_sign_of` does."""
    lists = (f"{literal(one)}: [{', '.join(map(literal, codes))}]" for one, codes in _SIGN_CURRENCIES.items())
    code = f"upper({currency})"
    fits = f"list_contains(coalesce(MAP {{{', '.join(lists)}}}[{sign}], [{code}]), {code})"
    return f"({sign} = '' OR coalesce({currency}, '') = '' OR {fits})"


def digits(code: str) -> int:
    """Return the number of digits of the minor unit of a currency: 2 for an unknown or blank code."""
    return DIGITS.get(code.upper(), USUAL_DIGITS)
