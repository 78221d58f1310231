"""Filters and sort orders of the sandbox's Search Orders, in the vendor's query language.

A filter is compiled to a function that tests one order:

    {"status": "APPROVED"}                                  a field equals a value
    {"createdDate": {"$gte": "2025-01-01T00:00:00Z"}}       one operator for a field, never two
    {"$and": [filter, …]}  {"$or": [filter, …]}  {"$not": filter}

The list of fields is closed, as the vendor's: another field, or an operator that a field does not have, is a
400. The table follows the vendor's SDK (OrderSearchSpec) and its page on finding orders.
"""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from loyaltyctl.intake import timestamps
from loyaltyctl.intake.values import list_or_empty, quoted
from loyaltyctl.sandbox.responses import application_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.sandbox.responses import ErrorResponse

    Test: TypeAlias = Callable[[JsonObject], bool]
    """Compiled filter: tells whether an order matches."""

MAX_SORT = 4
"""Maximum number of fields to sort by, as the vendor documents."""
MAX_DEPTH = 20
"""Maximum depth of `$and`, `$or` and `$not` in each other; the vendor's is unknown."""


class Kind(Enum):
    """Kind of a field of orders: how its values are compared in filters."""

    TEXT = "text"
    CASELESS = "text without case"
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"


_EQUALITY = frozenset({"$eq", "$ne", "$in", "$nin"})
_LISTS = frozenset({"$hasSome", "$hasAll"})
_ORDERED = _EQUALITY | {"$lt", "$lte", "$gt", "$gte", "$exists"}
_TEXTS = _ORDERED | {"$startsWith"}


class SearchField(NamedTuple):
    """Field of orders that filters of Search Orders may name: its kind, its operators, and if it sorts."""

    kind: Kind
    operators: frozenset[str]
    sorts: bool


def _fields(kind: Kind, operators: frozenset[str], *paths: str, sorts: bool) -> dict[str, SearchField]:
    """Return entries of the table of fields in filters, for fields that are alike."""
    return {path: SearchField(kind, operators, sorts) for path in paths}


_ORDER_FIELDS = {
    **_fields(Kind.DATE, _ORDERED, "createdDate", "updatedDate", "purchasedDate", sorts=True),
    **_fields(
        Kind.NUMBER,
        _ORDERED,
        "number",
        "priceSummary.total.amount",
        "balanceSummary.authorized.amount",
        "balanceSummary.pending.amount",
        "balanceSummary.pendingRefund.amount",
        "taxInfo.totalTax.amount",
        sorts=True,
    ),
    **_fields(Kind.CASELESS, _TEXTS, "buyerInfo.email", sorts=True),
    **_fields(
        Kind.TEXT,
        _TEXTS,
        "businessLocation.id",
        "businessLocation.name",
        "billingInfo.contactDetails.firstName",
        "billingInfo.contactDetails.lastName",
        sorts=True,
    ),
    **_fields(
        Kind.TEXT,
        _EQUALITY,
        "status",
        "paymentStatus",
        "fulfillmentStatus",
        "channelInfo.type",
        "shippingInfo.title",
        "shippingInfo.region.name",
        sorts=True,
    ),
    **_fields(
        Kind.BOOLEAN, _EQUALITY | {"$exists"}, "archived", "imported", "seenByAHuman", "demo", sorts=False
    ),
    **_fields(
        Kind.TEXT,
        _EQUALITY,
        "id",
        "buyerInfo.contactId",
        "buyerInfo.memberId",
        "channelInfo.externalOrderId",
        "checkoutId",
        "createdBy.userId",
        "lineItems.subscriptionInfo.id",
        sorts=False,
    ),
    **_fields(
        Kind.TEXT,
        _LISTS,
        "lineItems.catalogReference.appId",
        "lineItems.catalogReference.catalogItemId",
        "lineItems.locations.id",
        sorts=False,
    ),
    **_fields(Kind.CASELESS, _LISTS, "lineItems.productName.original", sorts=True),
    **_fields(Kind.TEXT, _LISTS, "fulfillmentStatusesAggregate.statuses", sorts=True),
}

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "$eq": lambda value, sought: value == sought,
    "$lt": lambda value, sought: value < sought,
    "$lte": lambda value, sought: value <= sought,
    "$gt": lambda value, sought: value > sought,
    "$gte": lambda value, sought: value >= sought,
    "$startsWith": lambda value, sought: value.startswith(sought),
}
"""Operators that compare a value of an order with one value of the filter."""


class Filter(NamedTuple):
    """Compiled filter of a search for orders, and the fields that it names."""

    matches: Test
    fields: frozenset[str]


def compile_filter(document: Json, depth: int = 0) -> Filter:
    """Compile the filter of a search for orders. Raises ErrorResponse (400) if it is invalid."""
    if not isinstance(document, dict):
        raise invalid("a filter must be an object")
    if depth > MAX_DEPTH:
        raise invalid(f"the filter is nested more than {MAX_DEPTH} levels deep (sandbox)")
    return _all_of([_compile_member(name, value, depth) for name, value in document.items()])


def sort_orders(orders: Sequence[JsonObject], sort: Json) -> list[JsonObject]:
    """Sort orders by the `sort` of a search; by default, the newest first. Raises ErrorResponse (400)."""
    by_default: Json = [{"fieldName": "createdDate", "order": "DESC"}]
    keys = by_default if sort in (None, []) else sort
    if not isinstance(keys, list) or len(keys) > MAX_SORT:
        raise invalid(f"sort must be a list of at most {MAX_SORT} fields")
    ordered = [*orders]
    for key in reversed(keys):  # the sort is stable, so the first field is applied last
        name, direction = _sort_key(key)
        field = _ORDER_FIELDS[name]
        ordered.sort(
            key=lambda order: _sort_value(field, name, order),
            reverse=direction == "DESC",
        )
    return ordered


def invalid(message: str) -> ErrorResponse:
    """Return the error response of Search Orders for an invalid request, a 400."""
    return application_error(400, "INVALID_ARGUMENT", message)


def _compile_member(name: str, value: Json, depth: int) -> Filter:
    """Compile one member of a filter object for orders: a logical operator, or a field."""
    if name in {"$and", "$or"}:
        if not isinstance(value, list) or not value:
            raise invalid(f"{name} takes a list of filters")
        parts = [compile_filter(part, depth + 1) for part in value]
        return _all_of(parts) if name == "$and" else _any_of(parts)
    if name == "$not":
        inner = compile_filter(value, depth + 1)
        return Filter(lambda order: not inner.matches(order), inner.fields)
    field = _ORDER_FIELDS.get(name)
    if field is None:
        raise invalid(f"the field {quoted(name)} cannot be filtered")
    operator, sought = _operator(name, value)
    if operator not in field.operators:
        raise invalid(f"the field {quoted(name)} does not support the operator {quoted(operator)}")
    test = _compile_operator(field.kind, operator, sought, name)
    return Filter(lambda order: test([*_values(order, name)]), frozenset({name}))


def _all_of(parts: Sequence[Filter]) -> Filter:
    """Combine filters for orders that must all match."""
    return Filter(lambda order: all(part.matches(order) for part in parts), _named_fields(parts))


def _any_of(parts: Sequence[Filter]) -> Filter:
    """Combine filters for orders of which one must match."""
    return Filter(lambda order: any(part.matches(order) for part in parts), _named_fields(parts))


def _named_fields(parts: Sequence[Filter]) -> frozenset[str]:
    """Return the fields of orders that several filters name."""
    return frozenset[str]().union(*(part.fields for part in parts))


def _operator(name: str, value: Json) -> tuple[str, Json]:
    """Return the operator and the value that a filter gives for a field of orders; a bare value is `$eq`."""
    if not isinstance(value, dict):
        return "$eq", value
    if len(value) != 1:  # the vendor refuses a period in one object
        raise invalid(f"the field {quoted(name)} must have exactly one operator; combine several with $and")
    [(operator, sought)] = value.items()
    return operator, sought


def _compile_operator(kind: Kind, operator: str, sought: Json, name: str) -> Callable[[list[Json]], bool]:
    """Compile an operator of a filter to a test of a field's values in an order: none, one or several."""
    if operator == "$exists":
        if not isinstance(sought, bool):
            raise invalid("$exists takes true or false")
        return lambda values: bool(values) is sought
    if operator in {"$in", "$nin", "$hasSome", "$hasAll"}:
        if not isinstance(sought, list) or not sought:
            raise invalid(f"{operator} takes a list of values")
        wanted = {_comparable(kind, item, name) for item in sought}
        if operator == "$hasAll":
            return lambda values: wanted <= _comparables(kind, values, name)
        return lambda values: bool(wanted & _comparables(kind, values, name)) is (operator != "$nin")
    if operator == "$ne":
        equals = _compile_operator(kind, "$eq", sought, name)
        return lambda values: not equals(values)
    if sought is None and operator == "$eq":
        return lambda values: not values
    compare, one = _COMPARISONS[operator], _comparable(kind, sought, name)
    return lambda values: any(compare(value, one) for value in _comparables(kind, values, name))


def _comparables(kind: Kind, values: Sequence[Json], name: str) -> set[Any]:
    """Return the values of a field of an order in the form in which filters compare them."""
    return {_comparable(kind, value, name) for value in values}


def _comparable(kind: Kind, value: Json, name: str) -> Any:
    """Return a value of a filter or of an order in the form in which values of its kind are compared.

    Raises ErrorResponse (400) for a value of another kind.
    """
    if kind is Kind.BOOLEAN and isinstance(value, bool):
        return value
    if kind is Kind.NUMBER and not isinstance(value, bool) and isinstance(value, str | int | float):
        # The number of an order and amounts are texts in an order, and are compared as numbers.
        with suppress(InvalidOperation):
            number = Decimal(str(value))
            if number.is_finite():  # Decimal also parses "NaN", which cannot be compared
                return number
    if isinstance(value, str):
        date = timestamps.parse(value) if kind is Kind.DATE else None
        if date is not None:
            return date
        if kind in {Kind.TEXT, Kind.CASELESS}:
            return value.casefold() if kind is Kind.CASELESS else value
    raise invalid(f"{quoted(value)} is not a {kind.value}, which the field {quoted(name)} takes")


def _values(value: Json, path: str) -> Iterator[Json]:
    """Yield the values at a dotted path of a filter in an order: several in lists, none if it is missing."""
    if isinstance(value, list):
        for item in value:
            yield from _values(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        name, _, rest = path.partition(".")
        member = value.get(name)
        for item in list_or_empty(member) or [member]:
            yield from _values(item, rest)


def _sort_key(key: Json) -> tuple[str, str]:
    """Return the field and the direction of one entry in the sort of a search for orders.

    Raises ErrorResponse (400) if it is invalid.
    """
    entry = key if isinstance(key, dict) else {}
    name, direction = entry.get("fieldName"), entry.get("order", "ASC")
    if not isinstance(name, str) or name not in _ORDER_FIELDS or not _ORDER_FIELDS[name].sorts:
        raise invalid(f"orders cannot be sorted by {quoted(name)}")
    if direction not in ("ASC", "DESC"):
        raise invalid(f"the order of a sort must be ASC or DESC, got {quoted(direction)}")
    return name, str(direction)


def _sort_value(field: SearchField, name: str, order: JsonObject) -> tuple[bool, Any]:
    """Return the value by which an order is sorted; orders without the field come first."""
    values = sorted(_comparables(field.kind, [*_values(order, name)], name))
    return (True, values[0]) if values else (False, 0)
