"""Evidence about the amounts of a column: numbers of its values by the classes of texts that they are in."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Self

from loyaltyctl.contract.inputs.order_source import Decimal as DecimalMark
from loyaltyctl.orders.forms import amount_texts as texts
from loyaltyctl.orders.forms import currencies
from loyaltyctl.orders.forms.texts import TextClass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loyaltyctl.orders.forms.amount_form import AmountForm

_POINT, _COMMA = DecimalMark.POINT, DecimalMark.COMMA
_REPRESENTED = {
    "1": TextClass("-?[0-9]{1,13}"),
    "1.5": TextClass("-?[0-9]{1,13}[.]([0-9]{1,2}|[0-9]{4,6})"),
    "1,5": TextClass("-?[0-9]{1,13},([0-9]{1,2}|[0-9]{4,6})"),
    "1,234.5": TextClass("-?[1-9][0-9]{0,2}(,[0-9]{3}){1,3}[.][0-9]{1,6}"),
    "1.234,5": TextClass("-?[1-9][0-9]{0,2}([.][0-9]{3}){1,3},[0-9]{1,6}"),
}
"""Classes of amounts, by one of their texts: all texts of each are in the same classes of the evidence.

Nearly all amounts are in these classes, so the slow patterns of the other classes are seldom tried.
"""


class AmountEvidence(NamedTuple):
    """Numbers of values in a column by the classes of texts that they are in, with the smallest text of some.

    A value may be in several classes. Examples are None for a class without values.
    """

    values: int = 0
    none: int = 0
    """Values that tell that there is no amount: blank, `-`, N/A."""
    other: int = 0
    """Values that are no amounts."""
    point: int = 0
    """Amounts only with a decimal point: `12.5`, `1,234.56`."""
    comma: int = 0
    """Amounts only with a decimal comma."""
    either_point: int = 0
    """Amounts with one point, which is a decimal mark or a thousands mark: `1.234`."""
    either_comma: int = 0
    """Amounts with one comma, which is a decimal mark or a thousands mark: `1,234`."""
    decorated: int = 0
    """Amounts with signs or codes of currencies, blanks, parentheses, a plus, or unusual groups."""
    fits_point: int = 0
    """Amounts if the column has decimal points, whole numbers too."""
    grouped_point: int = 0
    """Those of them that are not decorated."""
    ungrouped_point: int = 0
    """Those of them that have no thousands marks either."""
    long_point: int = 0
    """Those of them that have more than six decimals: float noise."""
    fits_comma: int = 0
    grouped_comma: int = 0
    ungrouped_comma: int = 0
    long_comma: int = 0
    point_example: str | None = None
    comma_example: str | None = None
    either_point_example: str | None = None
    either_comma_example: str | None = None
    decorated_example: str | None = None
    long_point_example: str | None = None
    long_comma_example: str | None = None
    other_example: str | None = None
    first_sign: str | None = None
    """Of the signs of currencies, the first in the order of text; a tab and an amount follow."""
    last_sign: str | None = None
    """Of the signs of currencies, the last in the order of text; a tab and an amount follow."""

    @classmethod
    def from_texts(cls, values: Iterable[str]) -> Self:
        """Count the texts of amounts by their classes."""
        counts: Counter[str] = Counter()
        found: dict[str, str] = {}
        for text in values:
            classes = _classes(text)
            counts.update(classes)
            for name, example in _examples(text, classes).items():
                found[name] = _chooser(name)([example, found.get(name, example)])
        return cls.from_row([{**cls._field_defaults, **counts, **found}[name] for name in cls._fields])

    @classmethod
    def sql(cls, text: str, is_text: str = "true") -> str:
        """Return the list of SQL aggregates that count the amounts of a column, for `from_row`.

        `text` is the SQL of the amount; `is_text` is the SQL condition that it is text. Where it is false,
        the amount is a number, in which a point is a decimal mark.
        """
        text = f"coalesce({text}, '')"
        conditions = _conditions_sql(text, is_text)
        signed = f"CASE WHEN {conditions['decorated']} THEN {_signed_sql(text)} END"
        columns = {
            "values": "count(*)",
            **{name: f"count(*) FILTER (WHERE {condition})" for name, condition in conditions.items()},
            **{f"{name}_example": f"min(CASE WHEN {conditions[name]} THEN {text} END)" for name in _EXAMPLES},
            "first_sign": f"min({signed})",
            "last_sign": f"max({signed})",
        }
        return ", ".join(columns[name] for name in cls._fields)

    @classmethod
    def from_row(cls, row: Sequence[object]) -> Self:
        """Return the evidence about amounts from the row that the aggregates of `sql` select."""
        return cls(*row)  # type: ignore[arg-type]  # the row has the types of the members

    def __add__(self, other: object) -> Self:
        """Return the evidence about the amounts of two columns, or of two files."""
        if not isinstance(other, AmountEvidence):
            return NotImplemented
        return self.from_row(
            [
                _merged(name, *pair)
                for name, pair in zip(self._fields, zip(self, other, strict=True), strict=True)
            ]
        )

    def example(self, form: AmountForm) -> str:
        """Return an amount of the column that shows its form best; blank if none does."""
        pointed = form.decimal is _POINT
        marked = self.point_example if pointed else self.comma_example
        long = self.long_point_example if pointed else self.long_comma_example
        shown = (
            long if form.noise else None,
            self.decorated_example if form.decorated else None,
            marked,
            self.either_point_example,
            self.either_comma_example,
        )
        return next((example for example in shown if example is not None), "")


_CLASSES: dict[str, tuple[tuple[TextClass, bool], ...]] = {
    "none": ((texts.NO_AMOUNT, True),),
    "other": ((texts.FITTING[_POINT], False), (texts.FITTING[_COMMA], False), (texts.NO_AMOUNT, False)),
    "point": ((texts.FITTING[_POINT], True), (texts.FITTING[_COMMA], False)),
    "comma": ((texts.FITTING[_COMMA], True), (texts.FITTING[_POINT], False)),
    "either_point": (
        (texts.HAS_POINT, True),
        (texts.FITTING[_POINT], True),
        (texts.FITTING[_COMMA], True),
    ),
    "either_comma": (
        (texts.HAS_COMMA, True),
        (texts.FITTING[_POINT], True),
        (texts.FITTING[_COMMA], True),
    ),
    "decorated": (
        (texts.GROUPED[_POINT], False),
        (texts.GROUPED[_COMMA], False),
        (texts.ANY_DECORATED, True),
    ),
    "fits_point": ((texts.FITTING[_POINT], True),),
    "grouped_point": ((texts.GROUPED[_POINT], True),),
    "ungrouped_point": ((texts.UNGROUPED[_POINT], True),),
    "long_point": ((texts.LONG[_POINT], True),),
    "fits_comma": ((texts.FITTING[_COMMA], True),),
    "grouped_comma": ((texts.GROUPED[_COMMA], True),),
    "ungrouped_comma": ((texts.UNGROUPED[_COMMA], True),),
    "long_comma": ((texts.LONG[_COMMA], True),),
}
"""Classes of amounts that are counted: the texts that are in, or not in, all of some classes."""
_EXAMPLES = (
    *("other", "point", "comma", "either_point", "either_comma"),
    *("decorated", "long_point", "long_comma"),
)
"""Classes of amounts of which the smallest text is kept."""


def _classes(text: str) -> frozenset[str]:
    """Return the names of the classes of an amount."""
    return _classes_of(next((like for like, same in _REPRESENTED.items() if same.has(text)), text))


@lru_cache(maxsize=1000)
def _classes_of(text: str) -> frozenset[str]:
    """Return the names of the classes of an amount, after a look at each class."""
    return frozenset(
        {"values"}
        | {name for name, parts in _CLASSES.items() if all(one.has(text) is member for one, member in parts)}
    )


def _examples(text: str, classes: frozenset[str]) -> dict[str, str]:
    """Return the examples that an amount of some classes gives, by the member of the evidence."""
    found = {f"{name}_example": text for name in _EXAMPLES if name in classes}
    signed = _signed(text) if "decorated" in classes else None
    return found | ({"first_sign": signed, "last_sign": signed} if signed else {})


def _conditions_sql(text: str, is_text: str) -> dict[str, str]:
    """Return the SQL conditions that an amount is in each class, by the name of the class."""
    like = {one: same.sql(text) for one, same in _REPRESENTED.items()}
    other = f"CASE WHEN NOT ({' OR '.join(like.values())}) THEN {text} END"
    conditions: dict[str, str] = {}
    for name, parts in _CLASSES.items():
        among = " AND ".join(f"{'' if member else 'NOT '}{one.sql(other)}" for one, member in parts)
        known = (condition for one, condition in like.items() if name in _classes_of(one))
        conditions[name] = " OR ".join([*known, f"({among})"])
    conditions["either_point"] = f"({conditions['either_point']}) AND {is_text}"
    return conditions


def _merged(name: str, first: int | str | None, second: int | str | None) -> int | str | None:
    """Return a member of the evidence about the amounts of two columns: a sum, or one of two examples."""
    if isinstance(first, int) and isinstance(second, int):
        return first + second
    examples = [text for text in (first, second) if isinstance(text, str)]
    return _chooser(name)(examples) if examples else None


def _chooser(name: str) -> Callable[[Iterable[str]], str]:
    """Return the function that chooses one of two examples of amounts: the text that sorts first, or last."""
    return max if name == "last_sign" else min


def _signed_sql(text: str) -> str:
    """Return the SQL of the currency of a decorated amount, its code or its sign, a tab, and the amount."""
    sign = currencies.sign_code_sql(texts.sign_sql(text))
    return f"nullif({sign}, '') || chr(9) || {text}"


def _signed(text: str) -> str | None:
    """Return the currency of a decorated amount, its code or its sign, a tab, and the amount; else None."""
    sign = currencies.sign_code(texts.sign(text))
    return f"{sign}\t{text}" if sign else None
