"""Forms of amounts: what each form reads, in Python and in SQL, and which form a column has."""

from __future__ import annotations

from loyaltyctl.orders.forms.amounts import PLAIN


def test_the_plain_form_reads_amounts_as_they_are() -> None:
    assert PLAIN.plain("-1234.56") == "-1234.56"
    assert PLAIN.plain("1,234.56") is None
