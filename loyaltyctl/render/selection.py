"""Select from JSON output: --fields (paths), --query (JMESPath) and --sort."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from loyaltyctl.contract.json_values import to_json_value
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import Json, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from loyaltyctl.render.views import View

T = TypeVar("T")
_Tree: TypeAlias = "dict[str, _Tree]"

_MAX_REASON = 200
"""Maximum length of a jmespath error in a message: it may repeat the whole expression."""
_MAX_INDEX_DIGITS = 9
"""Maximum length of an index in a path; a longer step of digits is a name."""
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", re.ASCII)
"""Text that --sort compares as a number, such as a revision."""
_QUERY_HINT = "See https://jmespath.org"


class Fields:
    """Selection of fields by `--fields a,b.c`: the paths of the fields, in the given order."""

    def __init__(self, text: str) -> None:
        """Parse the value of --fields. Raises UsageError for an empty path."""
        self.paths = [path.strip() for path in text.split(",")]
        if not all(self.paths):
            raise UsageError(f"--fields takes names separated by commas, got {quoted(text)}")

    def check_paths(self, known: Sequence[str], values: Sequence[Json]) -> None:
        """Raise UsageError if a path of --fields is neither in `known` nor in any of the values."""
        for path in self.paths:
            _check_path(path, known, values)

    def project(self, value: Json) -> Json:
        """Reduce a JSON value to the fields that --fields selects; a missing field is null."""
        tree: _Tree = {}
        for path in self.paths:
            if any(path.startswith(f"{outer}.") for outer in self.paths):
                continue  # the outer field is selected as a whole
            subtree = tree
            for step in path.split("."):
                subtree = subtree.setdefault(step, {})
        return _project(value, tree)

    def row(self, value: Json) -> list[Json]:
        """Return the values of the fields that --fields selects, as a row of a table or CSV."""
        return [_value_at_steps(value, path.split(".")) for path in self.paths]


class Query:
    """Selection by --query: a JMESPath expression."""

    def __init__(self, text: str) -> None:
        """Compile the expression of --query. Raises UsageError if it is invalid or a function is unknown."""
        import jmespath
        from jmespath.functions import Functions

        self._text = text
        with self._convert_query_errors():
            self._compiled = jmespath.compile(text)
        for name in _query_functions(self._compiled.parsed):
            if name not in Functions.FUNCTION_TABLE:
                raise UsageError(f"--query {quoted(text)}: there is no function {name}()", hint=_QUERY_HINT)

    def find(self, value: Json) -> Json:
        """Evaluate the expression of --query on a JSON value. Raises UsageError if it fails."""
        with self._convert_query_errors():
            found = self._compiled.search(value)
        try:
            return to_json_value(found)
        except TypeError:  # the result of an expression reference, such as &id, is an object of jmespath
            raise UsageError(
                f"--query {quoted(self._text)}: the result is an expression, not a value", hint=_QUERY_HINT
            ) from None

    @contextmanager
    def _convert_query_errors(self) -> Iterator[None]:
        """Convert the errors of jmespath in a `with` block to a UsageError about --query."""
        from jmespath.exceptions import JMESPathError

        try:
            yield
        # jmespath lets some of Python's own errors through, such as RecursionError for deep nesting.
        except (JMESPathError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
            reason = (
                str(error).splitlines()[0][:_MAX_REASON].rstrip(": ") if str(error) else "cannot be evaluated"
            )
            raise UsageError(f"--query {quoted(self._text)}: {reason}", hint=_QUERY_HINT) from None


def _query_functions(node: Any) -> Iterator[str]:
    """Yield the names of the functions that a parsed expression of --query calls.

    jmespath reports an unknown function only when it evaluates the expression. By then, the command may have
    changed the site.
    """
    if isinstance(node, dict):
        if node["type"] == "function_expression":
            yield str(node["value"])
        for child in node["children"]:
            yield from _query_functions(child)


def sort_values(order: str, values: Sequence[T], view: View[T]) -> list[T]:
    """Sort values by the field that --sort selects: `FIELD` or `FIELD:desc`.

    Values without the field come last. Raises UsageError if no value can have the field.
    """
    path, _, direction = order.partition(":")
    if not path or direction not in ("", "asc", "desc"):
        raise UsageError(f"--sort takes FIELD or FIELD:desc, got {quoted(order)}")
    plains = [to_json_value(view.output(value)) for value in values]
    _check_path(path, view.fields, plains)
    keys = [_value_at_steps(plain, path.split(".")) for plain in plains]
    present = [i for i, key in enumerate(keys) if key is not None]
    ordered = sorted(present, key=lambda i: _sort_key(keys[i]), reverse=direction == "desc")
    return [values[i] for i in (*ordered, *(i for i, key in enumerate(keys) if key is None))]


def cell_text(value: Json) -> str:
    """Return a selected value as the text of a cell: strings unquoted, null empty, other values as JSON."""
    plain = to_json_value(value)
    if isinstance(plain, str):
        return plain
    return "" if plain is None else json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _sort_key(value: Json) -> tuple[int, Decimal, str]:
    """Return the key by which --sort orders a value: a number comes before text.

    Text that consists of a number, such as a revision, is compared as a number.
    """
    from decimal import Decimal  # few commands sort

    text = cell_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return 0, Decimal(value), ""
    if _NUMBER.fullmatch(text):
        return 0, Decimal(text), ""
    return 1, Decimal(0), text.casefold()


def _check_path(path: str, known: Sequence[str], values: Sequence[Json]) -> None:
    """Raise UsageError if the path of a field, for --fields or --sort, is neither known nor in any value.

    Values may have fields that this version does not know: the API may add fields at any time.
    """
    steps = path.split(".")
    plain = ".".join(step for step in steps if _list_index(step) is None)
    if plain not in known and not any(_has_path(value, steps) for value in values):
        outer = [one for one in known if "." not in one] or known
        advice = did_you_mean(path, known, f"known are {', '.join(outer)}")
        raise UsageError(f"there is no field {quoted(path)}{advice}", code="UNKNOWN_FIELD")


def _list_index(step: str) -> int | None:
    """Return the list index that a step of a --fields path selects; None if the step is a name."""
    return int(step) if step.isascii() and step.isdigit() and len(step) <= _MAX_INDEX_DIGITS else None


def _project(value: Json, tree: _Tree) -> Json:
    """Return a JSON value with only the fields that --fields selects.

    `tree` has the steps of the paths: "a.b,a.c" -> {"a": {"b": {}, "c": {}}}. In a list, the fields
    of every item are selected. If all steps are indexes, as in "a.0,a.2", only these items are kept.
    """
    if not tree:
        return value
    if isinstance(value, list):
        indexes = {_list_index(step): subtree for step, subtree in tree.items()}
        if None not in indexes:
            return [
                _project(value[i], subtree)
                for i, subtree in indexes.items()
                if i is not None and i < len(value)
            ]
        return [_project(item, tree) for item in value]
    if isinstance(value, dict):
        return {step: _project(value.get(step), subtree) for step, subtree in tree.items()}
    return None


def _value_at_steps(value: Json, steps: list[str]) -> Json:
    """Return the value at a --fields path; None if there is none.

    At a list, the next step of the path may be an index. If it is not, the values of all items are returned.
    """
    if not steps:
        return value
    if isinstance(value, list):
        if (i := _list_index(steps[0])) is not None:
            return _value_at_steps(value[i], steps[1:]) if i < len(value) else None
        return [_value_at_steps(item, steps) for item in value]
    return _value_at_steps(value.get(steps[0]), steps[1:]) if isinstance(value, dict) else None


def _has_path(value: Json, steps: list[str]) -> bool:
    """Return whether a JSON value has a --fields path; a list has it if one of its items has it."""
    if not steps:
        return True
    if isinstance(value, list):
        if (i := _list_index(steps[0])) is not None:
            return i < len(value) and _has_path(value[i], steps[1:])
        return any(_has_path(item, steps) for item in value)
    return isinstance(value, dict) and steps[0] in value and _has_path(value[steps[0]], steps[1:])
