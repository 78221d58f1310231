"""Names of columns, compared without case, blanks and punctuation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.orders.sources.names import normalized


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Order ID", "orderid"),
        ("order_id", "orderid"),
        ("orderId", "orderid"),
        (" Order\N{NO-BREAK SPACE}ID ", "orderid"),
        ("\N{ZERO WIDTH NO-BREAK SPACE}Order ID", "orderid"),
        ("priceSummary.total.amount", "pricesummarytotalamount"),
        ("lineItems[].catalogReference.appId", "lineitemscatalogreferenceappid"),
        ("Buyer's Phone #", "buyersphone"),
        ("Buyer’s Phone #", "buyersphone"),
        ("WÄHRUNG", "währung"),
        ("Wa\N{COMBINING DIAERESIS}hrung", "währung"),
        ("Straße", "strasse"),
        ("Ｔｏｔａｌ", "total"),
        ("注文番号", "注文番号"),
        ("Line 1", "line1"),
        ("#", ""),
        ("", ""),
    ],
)
def test_a_name_is_reduced_to_its_letters_and_digits(name: str, expected: str) -> None:
    assert normalized(name) == expected


@given(st.text(st.characters(codec="latin-1")))
def test_case_does_not_matter(name: str) -> None:
    assert normalized(name.upper()) == normalized(name) == normalized(normalized(name))
