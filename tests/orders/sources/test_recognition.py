"""Recognition of exports by their header: each by exactly one source, and plain files by none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loyaltyctl.orders.sources.descriptions import PLAIN, read_catalog
from loyaltyctl.orders.sources.recognition import recognize
from tests.orders.sources.exports import SAMPLES, column_names, source_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def fitting(names: Sequence[str]) -> list[str]:
    """Return the names of all sources that fit a header, each tried alone."""
    return [name for name, source in read_catalog().items() if recognize(names, {name: source})]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_each_export_fits_its_source_alone_in_any_order_and_case(sample: Path) -> None:
    names = column_names(sample)

    assert fitting(names) == [source_name(sample)]
    assert fitting([name.upper() for name in reversed(names)]) == [source_name(sample)]


def test_each_source_but_plain_has_a_sample() -> None:
    assert {source_name(sample) for sample in SAMPLES} == read_catalog().keys() - {PLAIN}


@pytest.mark.parametrize(
    ("source", "header"),
    [
        (
            "wix-stores",
            "Order #,Date,Time,Billing Customer,Shipping Customer,Buyer's Email,Item's Name,Total",
        ),
        ("wix-stores", "Order number,Date created,Contact email,Payment status,Total,Currency"),
        ("wix-stores", "Order number,Date created,Payment status,Total,Refunded amount,Net amount"),
        ("shopify", "Name,Financial Status,Paid at,Currency,Total,Created at"),
        ("shopify", "Name,Email,Created at,Total,Lineitem quantity,Lineitem name"),
        ("squarespace", "Order ID,Email,Financial Status,Paid at,Currency,Total"),
        ("shopify-api", "id,createdAt,displayFinancialStatus,totalPriceSet.shopMoney.amount"),
        ("woocommerce-analytics", "Date,Order #,N. Revenue,Status,Customer,Customer type,Product(s)"),
        ("woocommerce-advanced", "Order Number,Order Status,Order Date,Email (Billing),Order Total Amount"),
        (
            "woocommerce-skyverge",
            "order_id,order_number,date,status,shipping_total,order_total,payment_method",
        ),
        ("woocommerce-webtoffee", "order_id,order_date,status,order_total,order_subtotal,order_currency"),
        (
            "square-transactions",
            "Date,Time,Time Zone,Gross Sales,Discounts,Net Sales,Tax,Tip,Total Collected,Transaction ID",
        ),
        ("square-items", "Date,Item,Qty,Net Sales,Tax,Transaction ID,Event Type"),
        ("stripe-payments", "id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency"),
        ("stripe-payments", "id,Created date (UTC),Amount,Currency,Status"),
        ("stripe-api", "id,object,amount,amount_refunded,currency,created,customer,status"),
        (
            "paypal",
            "Date,Time,Time Zone,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Invoice Number",
        ),
        (
            "paypal",
            "Date,Name,Type,Status,Currency,Gross,Fee,Net,Transaction ID,Reference Txn ID,Balance,Balance Impact",
        ),
        ("paypal-statement", "Datum,Beschreibung,Währung,Brutto,Entgelt,Netto,Guthaben,Transaktionscode"),
        ("etsy-items", "Order ID,Item Total,Currency"),
        ("etsy-orders", "Sale Date,Order ID,Currency,Order Value,Order Total,Status"),
        ("etsy-statement", "Datum,Art,Titel,Info,Währung,Betrag,Gebühren & Steuern,Netto"),
        ("etsy-statement", "Date,Type,Title,Info,Currency,Amount,Fees & Taxes,Net,Tax Details,Status"),
        ("magento", "ID,Purchase Date,Grand Total (Base),Status"),
        (
            "bigcommerce",
            "Order ID,Order Status,Order Date,Order Time,Subtotal (inc tax),Order Total (inc tax)",
        ),
        ("prestashop", "ID,Reference,New client,Delivery,Customer,Total,Payment,Status,Date,Company"),
        ("ebay-de", "Bestellnummer,Gesamtbetrag,Verkauft am"),
    ],
)
def test_older_headers_and_those_without_some_columns_fit_one_source(source: str, header: str) -> None:
    assert fitting(header.split(",")) == [source]


@pytest.mark.parametrize(
    "header",
    [
        "order_number,date,total",
        "id,date,amount,currency,status",
        "order_number,created_at,member_id,tier_id,trigger,amount,currency,status",
        "order_id,order_date,order_total,status,customer_id",
        "order_id,order_date,amount,payment_method,payment_status,fulfillment_status",
        "order_number,date_created,payment_status,total,currency",
        "id,number,status,currency,date_created,total",
        # Without a mark of Stripe's, the unit may as well be the major one.
        "id,amount,amount_refunded,currency,created,status",
        "order_id,subtotal,discount,shipping,tax,total,financial_status",
        "id,reference,date,customer,total,payment,status",
        "Order ID,Item Total,Order Total",
        "order_id,item_total,amount",
        "Bestellnummer,Datum,Gesamtbetrag,Währung",
        "Datum,Kunde,Brutto,Netto,Status",
        "注文番号,注文日,合計",
        "",
    ],
)
def test_a_plain_file_fits_no_source(header: str) -> None:
    assert fitting(header.split(",")) == []


def test_the_source_that_more_columns_identify_is_preferred_and_equal_ones_are_all_returned() -> None:
    one = read_catalog()[PLAIN]._replace(name="one", recognized_by=[["Ref", "Paid"], ["Ref"]])
    two = one._replace(name="two", recognized_by=[["ref", "sum"]])
    three = one._replace(name="three", recognized_by=[["REF"]], not_with=["Sum"])
    known = {"one": one, "two": two, "three": three}

    assert recognize(["ref", "sum"], known) == [two]
    assert recognize(["ref", "paid", "sum"], known) == [one, two]
    assert recognize(["ref"], known) == [one, three]
    assert recognize(["sum"], known) == []
