"""Columns of a file for the roles, amounts and conditions of its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.contract.inputs.order_source import AmountBase
from loyaltyctl.errors import InvalidData
from loyaltyctl.orders.sources.descriptions import PLAIN, read_catalog
from loyaltyctl.orders.sources.resolution import Resolved, Role, amount_candidates, resolve
from tests.orders.sources.exports import SAMPLES, column_names, source_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def resolved(source: str, header: str) -> Resolved:
    """Return the columns of a header for a source of the catalog."""
    catalog = read_catalog()
    return resolve(catalog[source], [*enumerate(header.split(","))], catalog[PLAIN])


def names(found: Resolved) -> dict[str, list[str]]:
    """Return the names of the columns of each role."""
    return {role: [column.name for column in columns] for role, columns in found.columns.items()}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_each_export_has_an_amount_and_no_ambiguous_column(sample: Path) -> None:
    catalog = read_catalog()
    found = resolve(catalog[source_name(sample)], [*enumerate(column_names(sample))], catalog[PLAIN])

    assert found.amounts
    assert found.ambiguous == ()
    assert Role.DATE in found.columns
    assert len(found.counted) >= min(1, len(catalog[source_name(sample)].counted or ()))


def test_columns_are_found_by_any_spelling_and_returned_as_in_the_file() -> None:
    found = resolved("shopify", "name,TOTAL,financial_status,Paid at,created_at,,loyalty tier")

    assert names(found) == {
        "order_id": ["name"],
        "date": ["created_at", "Paid at"],
        "status": ["financial_status"],
        "tier": ["loyalty tier"],
    }
    assert found.amounts[AmountBase.TOTAL].add[0][:2] == (1, "TOTAL")
    assert [(one.column.position, one.condition.one_of) for one in found.counted] == [
        (2, ["paid", "partially_refunded", "refunded"])
    ]


def test_an_amount_takes_the_first_alternative_whose_columns_are_all_there() -> None:
    header = "Order number,Date created,Total,Shipping rate,Total tax"

    def items(header: str) -> Iterable[str] | None:
        """Return the columns that are subtracted from the total for the amount of the items."""
        amount = resolved("wix-stores", header).amounts.get(AmountBase.ITEMS)
        return amount and [column.name for column in amount.subtract]

    assert items(f"{header},Additional fees") == ["Shipping rate", "Total tax", "Additional fees"]
    assert items(header) == ["Shipping rate", "Total tax"]
    assert items("Order number,Total,Shipping rate") is None


def test_columns_with_amounts_of_an_item_are_marked() -> None:
    found = resolved("etsy-items", "Order ID,Item Total,Currency")

    assert [column.is_per_line for column in found.amounts[AmountBase.SUBTOTAL].add] == [True]
    assert not found.columns[Role.ORDER_ID][0].is_per_line


@pytest.mark.parametrize(
    ("source", "header", "parts", "error", "hint"),
    [
        (
            PLAIN,
            "id,date,Date,total",
            [Role.DATE],
            'a.csv: the date may be in "date" (column 2) or "Date" (column 3)',
            "Name the column: --date-column NAME",
        ),
        (
            PLAIN,
            "order_id,Order ID,total",
            [Role.ORDER_ID],
            'a.csv: the order id may be in "order_id" (column 1) or "Order ID" (column 2)',
            "Name the column: --order-id-column NAME",
        ),
        (
            PLAIN,
            "id,total,total",
            [AmountBase.TOTAL],
            'a.csv: the amount (total) may be in "total" (column 2) or "total" (column 3)',
            "Rename or remove one of them in the file.",
        ),
        (
            "shopify",
            "Name,Total,Cancelled at,cancelled_at",
            [],
            'a.csv: the column of a condition to count orders may be in "Cancelled at" (column 3) or "cancelled_at" (column 4)',
            "Rename or remove one of them in the file.",
        ),
    ],
)
def test_columns_whose_names_are_equal_are_an_error_only_if_one_is_needed(
    source: str, header: str, parts: list[Role | AmountBase], error: str, hint: str
) -> None:
    found = resolved(source, header)
    with pytest.raises(InvalidData) as caught:
        found.check_unambiguous("a.csv", parts)

    assert (caught.value.message, caught.value.hint) == (error, hint)
    if parts:
        found.check_unambiguous("a.csv", [Role.STATUS])


def test_repeated_columns_that_no_part_wants_are_ignored() -> None:
    assert resolved(PLAIN, "id,Note,note,total,,").ambiguous == ()


def test_all_columns_that_may_be_the_total_are_candidates() -> None:
    plain = read_catalog()[PLAIN]
    header = [*enumerate(["Gesamtbetrag", "id", "Total", "amount", "tax"])]

    assert [column.name for column in amount_candidates(plain, header)] == ["amount", "Total", "Gesamtbetrag"]


@pytest.mark.parametrize(
    "header",
    [
        "Bestellnummer,Datum,Gesamtbetrag,Währung,Kunde,Status",
        "Numéro de commande,Date,Montant total,Devise,Client,Statut",
        "Número de pedido,Fecha,Importe total,Moneda,Cliente,Estado",
        "Numero ordine,Data,Totale,Valuta,Cliente,Stato",
        "Número do pedido,Data,Valor total,Moeda,Cliente,Situação",
        "Bestelnummer,Datum,Totaalbedrag,Valuta,Klant,Status",
        "Numer zamówienia,Data,Kwota,Waluta,Klient,Status",
        "Ordernummer,Datum,Belopp,Valuta,Kund,Status",
        "注文番号,注文日,合計,通貨,顧客,ステータス",
    ],
)
def test_headings_in_other_languages_are_known(header: str) -> None:
    order_id, date, total, currency, member, status = header.split(",")
    found = resolved(PLAIN, header)

    assert names(found) == {
        "order_id": [order_id],
        "date": [date],
        "currency": [currency],
        "status": [status],
        "member": [member],
    }
    assert [column.name for column in found.amounts[AmountBase.TOTAL].add] == [total]
