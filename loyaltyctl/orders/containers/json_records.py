"""Find the list of orders in a JSON file, and write its orders to a JSONL copy, one a line.

Forms of JSON that are recognized:

[{…}, {…}]                          a list of orders
{"orders": [{…}]}                   an envelope: an object with one list of objects in it
{"data": {"orders": [{…}]}}         up to three levels deep
{"orders": […]} {"orders": […]}     pages of an API, one after another, or in a list
{"id": 1, "line_items": [{…}]}      one order, or several one after another

A list of objects inside an order, such as its items, is no list of orders: members such as an id tell.
"""

from __future__ import annotations

import io
import re
import shlex
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from loyaltyctl.errors import InvalidData, UsageError
from loyaltyctl.intake.values import quoted
from loyaltyctl.orders.containers.copies import new_copy, shown
from loyaltyctl.orders.containers.json_reader import JsonReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import BinaryIO

Steps = tuple[str, ...]
"""Way to the orders in a JSON document: names of members, and `[]` for each element of a list."""

EACH = "[]"
_MAX_LEVELS = 3
"""Number of levels of an envelope in which a list of orders is looked for: `data.orders.edges` of GraphQL."""
_SKIPPED_LEVELS = 6
"""Number of levels to which a part that is not needed may exceed the limit of one value."""
_CERTAIN = frozenset({"orders", "content", "results", "records", "value"})
"""Names of lists in envelopes that may also have an id or a number, such as the number of the page."""
_ORDER_MEMBERS = frozenset(
    {"id", "orderid", "ordernumber", "orderno", "number", "currency", "created", "createdat", "createddate",
     "datecreated"}
)  # fmt: skip
"""Members of an order, lower-case letters only: a list beside them is part of an order, such as its items."""
_ORDER_PARTS = frozenset(
    {"lineitems", "orderitems", "orderlines", "lines", "taxlines", "shippinglines", "feelines", "refunds",
     "fulfillments"}
)  # fmt: skip
"""Names of lists that are parts of an order, lower-case letters only."""
_MORE_PAGES = frozenset({"hasmore", "hasnext", "hasnextpage"})
"""Members by which an API tells that there are more pages, lower-case letters only."""


class Converted(NamedTuple):
    """JSONL copy of the orders in a JSON file, and notes for the user."""

    path: Path
    notes: tuple[str, ...]


class _Envelope(NamedTuple):
    """Lists of objects in a JSON document with their numbers of elements; whether it names more pages."""

    lists: dict[Steps, int]
    more: bool = False


def is_lines(head: bytes, *, whole: bool) -> bool:
    """Return whether a JSON file is JSONL with an order a line, by its first bytes.

    The first line must be a complete object that is not an envelope. `whole` tells that the file ends there.
    """
    line, end, rest = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not line.startswith(b"{") or not (end or whole):
        return False
    reader = JsonReader(io.BytesIO(line), "")
    try:
        found = _envelope(reader)
        return not found.lists and not reader.peek()
    except InvalidData:
        # The next line tells if the first one is malformed: no JSON text has an object right after a value.
        return line.rstrip()[-1:] not in b"{[,:" and rest.lstrip().startswith(b"{")


def convert(opened: Callable[[], BinaryIO], source: str, folder: Path, records: str | None) -> Converted:
    """Write the orders of a JSON file to a JSONL copy. `records` is the path of the list, None to find it.

    Raises InvalidData, with the place, for malformed JSON, for several lists, and if there are no orders.
    """
    if records is not None:
        steps, more = _parsed(records), False
    else:
        with opened() as file:
            found, more = _find(JsonReader(file, source), source)
        steps = tuple(step for name in found for step in name.split("."))
    with opened() as file, new_copy(folder) as (path, copy):
        if not _write(JsonReader(file, source), steps, copy):
            where = f" at {quoted(_path(steps))}" if steps else ""
            hint = "Check the filters of the export, and export the orders again."
            if records is not None:
                hint = _records_hint(opened, source)
            raise InvalidData(f"{source} is empty: there are no orders{where}", hint=hint)
    notes = (f'orders from the member "{shown(_path(steps))}"',) if steps else ()
    pages = ("the file says that there are more pages",) if more else ()
    return Converted(path, notes + pages)


def _write(reader: JsonReader, steps: Steps, copy: BinaryIO) -> int:
    """Write each order at `steps` in a JSON file as a line, and return the number of orders."""
    while reader.peek():
        for text in _orders(reader, steps):
            # Line breaks stand only between the parts of a value: inside a string they are escaped.
            copy.write(text.replace("\n", " ").replace("\r", " ").encode() + b"\n")
            reader.orders += 1
    return reader.orders


def _orders(reader: JsonReader, steps: Steps) -> Iterator[str]:
    """Read a JSON value, and yield the text of each order at `steps` in it."""
    start = reader.peek()
    if not steps:
        if start == "[":
            for _ in reader.elements():
                yield _order(reader)
        else:
            yield _order(reader)
    elif start != ("[" if steps[0] == EACH else "{"):
        reader.skip(_SKIPPED_LEVELS)
    elif steps[0] == EACH:
        for _ in reader.elements():
            yield from _orders(reader, steps[1:])
    else:
        for name in reader.members():
            # A name with a dot is as two steps: --records does not tell them apart.
            length = name.count(".") + 1
            if tuple(name.split(".")) == steps[:length]:
                yield from _orders(reader, steps[length:])
            else:
                reader.skip(_SKIPPED_LEVELS)


def _order(reader: JsonReader) -> str:
    """Read one order, and return its JSON text. Raises InvalidData if it is not an object."""
    if (start := reader.peek()) != "{":
        kind = {"[": "a list", '"': "a text", "": "missing"}.get(start, "a single value")
        reader.fail(f"an order is {kind}, not a JSON object", "Give the path of the orders: --records PATH")
    return reader.value()[0]


def _find(reader: JsonReader, source: str) -> tuple[Steps, bool]:
    """Return the steps to the orders of a JSON file, and whether its last page says that there are more.

    Raises InvalidData if there are several lists of objects, or if a page has not the list of the others.
    """
    start = _start(reader)
    lists: Counter[Steps] = Counter()
    pages: Counter[Steps] = Counter()
    documents, more = 0, False
    for found in _envelopes(reader):
        if start and not documents and not found.lists:
            return (), False  # a list of orders, which is told by the first one
        lists.update({(*start, *steps): count for steps, count in found.lists.items()})
        pages.update((*start, *steps) for steps in found.lists)
        documents, more = documents + 1, found.more
    steps = _only_list(lists, source)
    if steps and pages[steps] < documents:
        name = quoted(_path(steps[len(start) :]))
        having = f"only {pages[steps]} of {documents} JSON objects have a list {name}"
        raise InvalidData(f"{source}: {having}", hint=f"If the others hold no orders: {_option(steps)}")
    return steps, more


def _start(reader: JsonReader) -> Steps:
    """Return the steps to the documents of a JSON file: they are its elements if it is a list."""
    return (EACH,) if reader.peek() == "[" else ()


def _envelopes(reader: JsonReader) -> Iterator[_Envelope]:
    """Read the documents of a JSON file, or the elements of its list, and yield the lists in each."""
    if reader.peek() == "[":
        for _ in reader.elements():
            yield _envelope(reader)
    else:
        while reader.peek():
            yield _envelope(reader)


def _only_list(lists: Mapping[Steps, int], source: str) -> Steps:
    """Return the steps to the one list with elements; () if there is no list at all."""
    filled = [steps for steps, count in lists.items() if count] or [*lists][:1]
    if len(filled) > 1:
        named = ", ".join(shown(_path(steps)) for steps in filled[:10])
        raise InvalidData(
            f"{source} has several lists: {named}",
            hint=f"Give the path of the orders: {_option(filled[0])}",
        )
    return filled[0] if filled else ()


def _envelope(reader: JsonReader, steps: Steps = ()) -> _Envelope:
    """Read a JSON value, and return the lists of objects in it, unless they are parts of an order."""
    if reader.peek() != "{":
        reader.skip(_SKIPPED_LEVELS)
        return _Envelope({})
    lists: dict[Steps, int] = {}
    more = is_order = False
    for name in reader.members():
        plain = re.sub("[^a-z]", "", name.lower())
        start = reader.peek()
        if start == "[" and plain not in _ORDER_PARTS:
            lists |= _list_of_objects(reader, (*steps, name))
        elif start == "{" and len(steps) + 1 < _MAX_LEVELS:
            inner = _envelope(reader, (*steps, name))
            lists |= inner.lists
            more = more or inner.more
        elif start in "[{":
            reader.skip(_SKIPPED_LEVELS)
        else:
            value = reader.value()[1]
            is_order = is_order or (plain in _ORDER_MEMBERS and value is not None)
            more = more or (plain in _MORE_PAGES and value is True)
    if is_order:
        lists = {found: count for found, count in lists.items() if found[len(steps)] in _CERTAIN}
    return _Envelope(lists, more)


def _list_of_objects(reader: JsonReader, steps: Steps) -> dict[Steps, int]:
    """Read a JSON list; return its steps and number of elements if all of these are objects, else nothing."""
    count = 0
    only_objects = True
    for _ in reader.elements():
        only_objects = only_objects and reader.peek() == "{"
        reader.value()
        count += 1
    if steps[-1] == "edges":  # GraphQL: {"edges": [{"node": {…}, "cursor": "…"}]}
        steps = (*steps, EACH, "node")
    return {steps: count} if only_objects else {}


def _parsed(records: str) -> Steps:
    """Parse the path of the list of orders, such as `data.orders` or `edges[].node`. Raises UsageError."""
    steps: list[str] = []
    for part in records.removeprefix("$.").split("."):
        name = part.rstrip("[]")
        each = part[len(name) :]
        if each.replace(EACH, "") or not part:
            message = f"--records {quoted(records)} is not a path of members"
            raise UsageError(message, hint="Examples: orders, data.orders, pages[].orders.")
        steps += [*filter(None, [name]), *[EACH] * (len(each) // len(EACH))]
    return tuple(steps[:-1] if steps[-1] == EACH else steps)


def _path(steps: Steps) -> str:
    """Return the path for steps to the orders, as --records takes it: `edges[].node`."""
    return ".".join(steps).replace(f".{EACH}", EACH)


def _option(steps: Steps) -> str:
    """Return the option that gives steps to the orders, for a shell."""
    return f"--records {shlex.quote(_path(steps))}"


def _records_hint(opened: Callable[[], BinaryIO], source: str) -> str:
    """Return the hint for a path without orders: the lists in the first document of the JSON file."""
    with opened() as file:
        reader = JsonReader(file, source)
        start = _start(reader)
        lists = next((found.lists for found in _envelopes(reader)), {})
    if start and not lists:
        return "Leave out --records: the file is a list."
    named = ", ".join(shown(_path((*start, *steps))) for steps in lists)
    return f"Lists of orders in it: {named or 'none'}."
