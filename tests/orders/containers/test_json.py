"""Orders in JSON files: lists, envelopes, pages, and where they are malformed."""

from __future__ import annotations

import json
import os
import re
import shlex
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.orders.containers import json_reader
from loyaltyctl.orders.containers.readable import HEAD, Layout
from tests.orders.containers.opened import opened

if TYPE_CHECKING:
    from pathlib import Path

A: dict[str, Any] = {"id": 1, "total": "10.50", "line_items": [{"sku": "x"}]}
B: dict[str, Any] = {"id": 2, "total": "5", "line_items": []}
BARE = {"ref": "r1", "sum": 5, "lines": [{"sku": "x"}]}


def text(*documents: Any, end: str = "\n", indent: int | None = None) -> str:
    """Return JSON documents one after another."""
    return "".join(json.dumps(one, indent=indent) + end for one in documents)


def edges(*orders: Any) -> list[Any]:
    """Return the edges of a GraphQL connection."""
    return [{"cursor": "c", "node": one} for one in orders]


MORE = "the file says that there are more pages"
LISTS = {
    "a list": (text([A, B]), ()),
    "a list, pretty-printed": (text([A, B], indent=2), ()),
    "a list after a byte order mark": ("\ufeff" + text([A, B]), ()),
    "an envelope after a byte order mark": ("\ufeff" + text({"orders": [A, B]}), ('orders from the member "orders"',)),
    "a list after blank lines": ("\r\n\n  " + text([A, B]), ()),
    "two lists": (text([A], [B]), ()),
    "two lists on one line": (text([A], [B], end=""), ()),
    "a list of pages": (text([{"orders": [A]}, {"orders": [B]}]), ('orders from the member "[].orders"',)),
    "a list of pages, and one more": (
        text([{"data": [A], "has_more": True}, {"data": [B], "has_more": True}]),
        ('orders from the member "[].data"', MORE),
    ),
    "an envelope": (text({"orders": [A, B]}), ('orders from the member "orders"',)),
    "an envelope, pretty-printed": (text({"orders": [A, B], "count": 2}, indent=1), ('orders from the member "orders"',)),
    "an envelope with a dot": (text({"x.y": [A, B]}), ('orders from the member "x.y"',)),
    "an envelope with an id": (text({"id": 7, "orders": [A, B]}), ('orders from the member "orders"',)),
    "an inner envelope": (text({"data": {"sales": [A, B], "page": 1}}), ('orders from the member "data.sales"',)),
    "an empty list beside it": (text({"data": [A, B], "errors": []}), ('orders from the member "data"',)),
    "a list of texts beside it": (text({"data": [A, B], "fields": ["id", "total"]}), ('orders from the member "data"',)),
    "a Stripe list": (text({"object": "list", "data": [A, B], "has_more": True}), ('orders from the member "data"', MORE)),
    "a Wix page": (text({"orders": [A, B], "metadata": {"hasNext": True}}), ('orders from the member "orders"', MORE)),
    "the last page": (text({"orders": [A, B], "metadata": {"hasNext": False}}), ('orders from the member "orders"',)),
    "a page of Spring": (text({"content": [A, B], "number": 0, "pageable": {"sort": {}}}), ('orders from the member "content"',)),
    "GraphQL edges": (text({"data": {"orders": {"edges": edges(A, B)}}}), ('orders from the member "data.orders.edges[].node"',)),
    "GraphQL nodes": (text({"data": {"orders": {"nodes": [A, B]}}}), ('orders from the member "data.orders.nodes"',)),
    "pages one after another": (text({"orders": [A]}, {"orders": [B]}, indent=2), ('orders from the member "orders"',)),
    "pages on lines": (text({"orders": [A]}, {"orders": [B]}), ('orders from the member "orders"',)),
    "pages, the last without orders": (text({"orders": [A, B]}, {"orders": []}), ('orders from the member "orders"',)),
    "a page said more, the last does not": (
        text({"data": [A], "has_more": True}, {"data": [B], "has_more": False}),
        ('orders from the member "data"',),
    ),
    "orders one after another": (text(A, B, indent=2), ()),
    "a JSON text sequence": ("\x1e" + text(A, indent=1) + "\x1e" + text(B, indent=1), ()),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_the_orders_of_a_json_file_are_found(name: str, tmp_path: Path) -> None:
    content, notes = LISTS[name]
    path = tmp_path / "orders.json"
    path.write_text(content, newline="")

    readable = opened(path, tmp_path)

    assert [json.loads(line) for line in readable.path.read_text().splitlines()] == [A, B]
    assert (readable.layout, readable.unit, readable.notes) == (Layout.JSONL, "order", notes)


SINGLE = {
    "one order": text(A, indent=2),
    "one order without an id": text(BARE, indent=2),
    "one order in an object": text({"order": A}, indent=2),
}


@pytest.mark.parametrize("name", SINGLE)
def test_items_of_an_order_are_not_taken_for_orders(name: str, tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text(SINGLE[name])

    readable = opened(path, tmp_path)

    assert [json.loads(line) for line in readable.path.read_text().splitlines()] == [json.loads(SINGLE[name])]


@pytest.mark.parametrize(
    "content", [text(A, B), text(A), text(BARE, BARE), text(A)[:-1], '{"id": 1,}\n{"id": 2}\n']
)
def test_jsonl_is_read_where_it_is(content: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    path.write_text(content)

    assert opened(path, tmp_path).path == path


def test_orders_longer_than_the_first_bytes_are_read_in_jsonl(tmp_path: Path) -> None:
    orders = [{"id": number, "note": "x" * HEAD} for number in range(3)]
    path = tmp_path / "orders.jsonl"
    path.write_text(text(*orders))

    assert [json.loads(line) for line in opened(path, tmp_path).path.read_text().splitlines()] == orders


RECORDS = {
    "data.orders": text({"data": {"orders": [A, B], "customers": [{"id": 3}]}}),
    "data.orders[]": text({"data": {"orders": [A, B], "customers": [{"id": 3}]}}),
    "$.orders": text({"orders": [A, B], "refunds": [A]}),
    "pages[].orders": text({"pages": [{"orders": [A]}, {"orders": [B]}]}),
    "[].order": text([{"order": A}, {"order": B}]),
    "order": text({"order": A}, {"order": B}),
    "a.b.c.d": text({"a": {"b": {"c": {"d": [A, B]}}}}),
}


@pytest.mark.parametrize("records", RECORDS)
def test_the_path_of_the_orders_can_be_given(records: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(RECORDS[records])

    readable = opened(path, tmp_path, records=records)

    assert [json.loads(line) for line in readable.path.read_text().splitlines()] == [A, B]


@pytest.mark.parametrize("records", ["", ".", "a..b", "a[0]", "a[", "a.[]b]"])
def test_a_path_that_is_none_is_refused(records: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.json"
    path.write_text(text([A]))

    with pytest.raises(UsageError, match="is not a path of members"):
        opened(path, tmp_path, records=records)


def test_each_order_is_kept_as_it_is_written(tmp_path: Path) -> None:
    order = '{ "id" : 1.10e0,\t"big":12345678901234567890123456789,"note":"a\\n\\u00e4 \u2028","total":19.990000000000002}'
    path = tmp_path / "orders.json"
    path.write_text(f"[\n{order}\n,\r\n{order.replace(', ', ',')[:-1]}\r\n}}]", newline="")

    lines = opened(path, tmp_path).path.read_text().split("\n")

    assert lines == [order, order[:-1] + "  }", ""]


MALFORMED = {
    "cut off in a list": ('[{"id": 1},\n{"id": 2}', "line 2: the JSON text is cut off"),
    "cut off in an order": ('[{"id": 1},\n{"id": ', "line 2: the JSON text is cut off"),
    "cut off in a text": ('[{"id": 1},\n{"id": "a', "line 2: the JSON text is cut off"),
    "cut off in an envelope": ('{"orders":\n[{"id": 1}]', "line 2: the JSON text is cut off"),
    "no comma": ('[{"id": 1}\n{"id": 2}]', 'line 2: "{" where JSON has ","'),
    "a comma at the end": ('[{"id": 1},\n]', "line 2: an order is a single value, not a JSON object"),
    "a name without quotes": ('[{"id": 1},\n{id: 1}]', "line 2: malformed JSON: expecting property name"),
    "a name of the envelope without quotes": ('{"count": 1,\norders: []}', "line 2: a member has no name in quotes"),
    "text behind": ('[{"id": 1}]\nEND', "line 2: an order is a single value"),
    "NaN": ('[{"id": 1},\n{"total": NaN}]', "line 2: NaN is not a JSON number"),
    "an infinite total": ('[{"total": -Infinity}]', "item 1: -Infinity is not a JSON number"),
    "one line": ('[{"id": 1}, {"id": 2}, {"id": }]', "item 3: malformed JSON"),
    "a line break in a text": ('[{"id": "a\nb"}]', "invalid control character"),
    "many digits": ('[{"total": ' + "9" * 5000 + "}]", "item 1: a number of too many digits"),
    "lists": ('[["id", "total"], [1, 5]]', "item 1: an order is a list, not a JSON object"),
    "texts": ('["a", "b"]', "item 1: an order is a text, not a JSON object"),
    "a member twice": ('{"orders": [{"id": 1}],\n"orders": []}', 'the member "orders" appears twice'),
    "several lists": (text({"orders": [A], "refunds_of_week": [B]}), "has several lists: orders, refunds_of_week"),
    "a failed page": (text({"orders": [A]}, {"error": "slow down"}), "only 1 of 2 JSON objects have a list"),
    "a failed page in a list": (text([{"orders": [A]}, {"error": "slow down"}]), "only 1 of 2 JSON objects have a list"),
    "no orders": (text({"orders": []}), 'is empty: there are no orders at "orders"'),
    "an empty list": ("[]", "is empty: there are no orders"),
    "deep": ("[" * 100_000, "is nested too deep"),
    "deep in an order": ('[{"a":' * 100_000, "is nested too deep"),
    "a long order": ('[{"id": "' + "x" * 2_100_000 + '"}]', "a JSON value of more than 2000000 characters"),
    "a long text without end": ('[{"id": "' + "x" * 5_000_000, "a JSON value of more than 2000000 characters"),
    "a surrogate in the bytes": ("[" + " " * HEAD + "X", "is not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_json_is_refused_with_its_place(name: str, tmp_path: Path) -> None:
    content, message = MALFORMED[name]
    path = tmp_path / "orders.json"
    path.write_bytes(content.encode().replace(b"X", b"\xed\xa0\x80"))

    with pytest.raises(InvalidData) as error:
        opened(path, tmp_path)

    assert message in str(error.value)
    assert str(error.value).startswith("orders.json")
    assert error.value.hint
    assert [*(tmp_path / "copies").iterdir()] == []


WITHOUT_ORDERS = {
    "an envelope": (text({"data": {"orders": [A]}}), "sales", "Lists of orders in it: data.orders."),
    "a member of no object": (text({"orders": [A]}), "orders[].total.x", "Lists of orders in it: orders."),
    "an object for a list": (text({"orders": [A]}), "[].orders", "Lists of orders in it: orders."),
    "a list of pages": (text([{"orders": [A]}]), "orders", "Lists of orders in it: [].orders."),
    "a list of orders": (text([A, B]), "orders", "Leave out --records: the file is a list."),
    "one order": (text(A, indent=1), "orders", "Lists of orders in it: none."),
}


@pytest.mark.parametrize("name", WITHOUT_ORDERS)
def test_a_path_without_orders_is_refused_with_the_lists_that_exist(name: str, tmp_path: Path) -> None:
    content, records, hint = WITHOUT_ORDERS[name]
    path = tmp_path / "orders.json"
    path.write_text(content)

    with pytest.raises(InvalidData, match="there are no orders at") as error:
        opened(path, tmp_path, records=records)
    assert error.value.hint == hint


SEVERAL = {
    "lists": (text({"a": [A], "b": [B]}), "a, b", "--records a"),
    "lists of pages": (text([{"a": [A], "b": [B]}]), "[].a, [].b", "--records '[].a'"),
    "a name with a dot": (text({"a.b": [A], "c": [B]}), "a.b, c", "--records a.b"),
    "names with blanks": (text({"my orders": [A], "b": [B]}), "my orders, b", "--records 'my orders'"),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_the_hint_for_several_lists_is_an_option_that_reads_one_of_them(name: str, tmp_path: Path) -> None:
    content, names, option = SEVERAL[name]
    path = tmp_path / "orders.json"
    path.write_text(content)

    with pytest.raises(InvalidData, match=re.escape(f"has several lists: {names}")) as error:
        opened(path, tmp_path)
    assert error.value.hint.endswith(option)

    assert opened(path, tmp_path, records=shlex.split(option)[1]).path.read_text() == text(A)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)  # fmt: skip
ORDERS = st.lists(st.dictionaries(st.text(max_size=5), VALUES, max_size=4), min_size=1, max_size=6)


@given(
    orders=ORDERS,
    indent=st.sampled_from([None, 0, 1]),
    chunk=st.sampled_from([1, 2, 5, 17]),
    ascii_only=st.booleans(),
)
def test_every_list_is_read_however_its_text_is_cut_into_chunks(
    tmp_path_factory: pytest.TempPathFactory,
    orders: list[Any],
    indent: int | None,
    chunk: int,
    ascii_only: bool,
) -> None:
    folder = tmp_path_factory.mktemp("json")
    path = folder / "orders.json"
    path.write_text(json.dumps({"orders": orders}, indent=indent, ensure_ascii=ascii_only), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_reader, "_CHUNK", chunk)

        readable = opened(path, folder, records="orders")

    assert [json.loads(line) for line in readable.path.read_bytes().split(b"\n")[:-1]] == orders


@pytest.mark.linux
def test_a_large_list_needs_little_memory(tmp_path: Path) -> None:
    from tests.measured import measured

    path = tmp_path / "orders.json"
    order = json.dumps({**A, "note": "x" * 1000})
    path.write_text("[" + ",".join([order] * 100_000) + "]")
    script = """
from pathlib import Path
from loyaltyctl.orders.containers.opening import open_order_file
from loyaltyctl.orders.containers.readable import Options
path = Path(sys.argv[1])
open_order_file(path, path.name, path.parent, Options(), lambda *_: None)
"""

    found = measured(script, [str(path)], os.environ)

    assert path.stat().st_size > 100_000_000
    assert found.peak < 80 * 1024
