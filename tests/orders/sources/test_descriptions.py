"""Descriptions of order sources: the built-in ones are sound, and a mistake in one's own is located."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from loyaltyctl.contract.json_values import json_object
from loyaltyctl.contract.schemas import SCHEMAS
from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake import documents
from loyaltyctl.orders import sources
from loyaltyctl.orders.sources.descriptions import PLAIN, parse_source, read_catalog, source_in
from loyaltyctl.orders.sources.names import normalized

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = sorted(Path(sources.__file__).parent.glob("catalog/*.json"))
OWN = """\
name: till
title: Export of our till
recognizedBy: [[Receipt, Gross]]
lines: items
perLine: [Gross]
columns:
  orderId: [Receipt]
amounts:
  total:
    - add: [Gross]
      subtract: [Deposit]
counted:
  - {column: State, oneOf: ["", paid]}
forms: {decimal: comma, dateOrder: dmy, amountUnit: minor}
"""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_description_is_read_completely_and_conforms_to_the_published_schema(file: Path) -> None:
    document = json.loads(file.read_text("utf-8"))

    assert json_object(read_catalog()[file.stem]) == document
    Draft202012Validator(SCHEMAS["order-source"].document()).validate(document)


def name_lists(value: Any) -> Iterator[list[str]]:
    """Yield all lists of text in a description."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        yield value
    elif isinstance(value, list | dict):
        for one in value.values() if isinstance(value, dict) else value:
            yield from name_lists(one)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_description_has_the_same_name_twice_for_one_part(file: Path) -> None:
    for names in name_lists({**json.loads(file.read_text("utf-8")), "counted": []}):
        assert len({normalized(name) for name in names}) == len(names), names


def test_plain_has_each_name_of_an_amount_once() -> None:
    names = [normalized(name) for amount in read_catalog()[PLAIN].amounts.total or () for name in amount.add]

    assert sorted(names) == sorted({*names})


def test_plain_prefers_the_names_that_it_always_had() -> None:
    plain = read_catalog()[PLAIN]

    assert [amount.add for amount in plain.amounts.total or ()][:10] == [
        *(["amount"], ["total"], ["order_total"], ["total_amount"], ["order_amount"], ["total_price"]),
        *(["grand_total"], ["amount_paid"], ["priceSummary.total.amount"], ["priceSummary.total"]),
    ]
    assert (plain.columns.currency or [])[:2] == ["currency", "currency_code"]
    assert (plain.columns.date or [])[:8] == [
        *("date", "created_at", "created_date", "order_date", "date_created"),
        *("ordered_at", "paid_at", "timestamp"),
    ]
    assert (plain.columns.member or [])[:7] == [
        *("member", "member_id", "buyerInfo.memberId", "contact_id", "buyerInfo.contactId"),
        *("customer_id", "customer"),
    ]
    assert plain.columns.tier == ["tier", "tier_id", "loyalty_tier"]
    assert plain.columns.trigger == ["trigger", "trigger_activity_type", "activity_type"]
    assert (plain.columns.order_id or [])[:4] == ["order_id", "id", "order_number", "number"]
    assert (plain.columns.status or [])[:3] == ["status", "payment_status", "order_status"]


def test_ones_own_description_is_read_from_yaml_and_from_standard_input(tmp_path: Path) -> None:
    (tmp_path / "till.yaml").write_text(OWN)
    own = source_in(documents.load(str(tmp_path / "till.yaml"), io.BytesIO()))

    assert json_object(own)["columns"] == {"orderId": ["Receipt"]}
    assert json_object(own)["forms"] == {"decimal": "comma", "dateOrder": "dmy", "amountUnit": "minor"}
    assert source_in(documents.load("-", io.BytesIO(json.dumps(json_object(own)).encode()))) == own
    with pytest.raises(UsageError, match="no such file"):
        documents.load(str(tmp_path / "none.yaml"), io.BytesIO())


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("name: till\n", "", "till.yaml line 1 column 1: name: is missing"),
        ("name: till", "name: ' '", "till.yaml line 1 column 7: name: must not be blank"),
        ("name: till", "name: 7", "till.yaml line 1 column 7: name: must be text, got 7"),
        ("lines: items", "line: items", "line 4 column 7: line: is not known; did you mean lines?"),
        ("lines: items", "lines: rows", 'line 4 column 8: lines: must be one of orders, items, got "rows"'),
        ("lines: items", "lines: orders", "line 5 column 10: perLine: needs lines: items"),
        ("perLine: [Gross]", "perLine: [Nett]", 'perLine[0]: "Nett" is no column of an amount or refund'),
        (
            "orderId: [Receipt]",
            "orderId: Receipt",
            'columns.orderId: must be a list of one or more values, got "',
        ),
        (
            "orderId: [Receipt]",
            "orderId: []",
            "columns.orderId: must be a list of one or more values, got []",
        ),
        ("orderId: [Receipt]", "orderID: [Receipt]", "columns.orderID: is not known; did you mean orderId?"),
        ("add: [Gross]", "plus: [Gross]", "amounts.total[0].plus: is not known; known are add, subtract"),
        ("add: [Gross]\n      ", "", "line 10 column 7: amounts.total[0].add: is missing"),
        ("add: [Gross]", "add: [true]", "amounts.total[0].add[0]: must be text, got true"),
        (', oneOf: ["", paid]', "", "counted[0]: needs oneOf or noneOf"),
        ("lines: items", "lines: items\nrefundLines: [{column: A}]", "refundLines[0]: needs oneOf or noneOf"),
        ("decimal: comma", "decimal: ','", 'forms.decimal: must be one of point, comma, got ","'),
        ("forms: {", "forms: [", "forms: must be an object, got ["),
    ],
)
def test_a_mistake_in_ones_own_description_is_located(old: str, new: str, error: str, tmp_path: Path) -> None:
    text = OWN.replace(old, new)
    if new.endswith("["):
        text = text.replace("minor}", "minor]")
    assert text != OWN
    (tmp_path / "till.yaml").write_text(text)

    with pytest.raises(InvalidData) as caught:
        source_in(documents.load(str(tmp_path / "till.yaml"), io.BytesIO()))

    assert error in caught.value.message
    assert caught.value.hint == "See the members of a description: loyaltyctl schema order-source"


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ([], "own: an order source must be an object, got []"),
        (
            {"name": "a", "title": "A", "columns": {}, "amounts": {}},
            "own: amounts: needs one of total, subtotal, items",
        ),
    ],
)
def test_a_description_without_content_is_refused(document: Any, error: str) -> None:
    with pytest.raises(InvalidData) as caught:
        parse_source(document, "own")

    assert caught.value.message == error
