"""A part of the JSON: the fields of `--fields`, or what `--query` finds."""

from __future__ import annotations

import json
from contextlib import contextmanager
from difflib import get_close_matches
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import Json, quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from loyaltyctl.render.views import View

T = TypeVar("T")
_Tree: TypeAlias = "dict[str, _Tree]"


class Fields:
    """The paths of `--fields a,b.c`, in their order."""

    def __init__(self, text: str) -> None:
        self.paths = [path.strip() for path in text.split(",")]
        if not all(self.paths):
            raise UsageError(f"--fields takes names separated by commas, got {quoted(text)}")

    def check(self, known: Sequence[str], values: Iterable[Json]) -> None:
        """Raise UsageError for a path that is neither known nor in any of the values."""
        listed = list(values)
        prefixes = {path[: i or None] for path in known for i in (*_dots(path), 0)}
        for path in self.paths:
            plain = ".".join(step for step in path.split(".") if not step.isdigit())
            if plain not in prefixes and not any(_has(value, path.split(".")) for value in listed):
                near = get_close_matches(path, prefixes, n=1)
                advice = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                raise UsageError(f"there is no field {quoted(path)}; {advice}", code="UNKNOWN_FIELD")

    def project(self, value: Json) -> Json:
        """`value` with these fields alone; one that it lacks is null."""
        tree: _Tree = {}
        for path in self.paths:
            branch = tree
            for step in path.split("."):
                branch = branch.setdefault(step, {})
        return _project(value, tree)

    def row(self, value: Json) -> list[Json]:
        """What stands at each path, for a row of a table."""
        return [_at(value, path.split(".")) for path in self.paths]


class Query:
    """The JMESPath expression of `--query`."""

    def __init__(self, text: str) -> None:
        import jmespath

        self._text = text
        with self._trouble():
            self._compiled = jmespath.compile(text)

    def find(self, value: Json) -> Json:
        """What it finds in `value`."""
        with self._trouble():
            found: Json = self._compiled.search(value)
        return found

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        from jmespath.exceptions import JMESPathError

        try:
            yield
        except (JMESPathError, ValueError, TypeError, RecursionError) as error:
            reason = str(error).splitlines()[0] if str(error) else "it cannot be evaluated"
            raise UsageError(
                f"--query {quoted(self._text)}: {reason}", hint="See https://jmespath.org"
            ) from None


def sorted_by(order: str, values: Sequence[T], view: View[T]) -> list[T]:
    """`values` ordered by `FIELD` or `FIELD:desc` of their JSON; those without it come last."""
    path, _, direction = order.partition(":")
    if direction not in ("", "asc", "desc"):
        raise UsageError(f"--sort takes FIELD or FIELD:desc, got {quoted(order)}")
    plains = [view.plain(value) for value in values]
    Fields(path).check(view.fields, plains)
    keys = [_at(plain, path.split(".")) for plain in plains]
    present = [i for i, key in enumerate(keys) if key is not None]
    ordered = sorted(present, key=lambda i: _sort_key(keys[i]), reverse=direction == "desc")
    return [values[i] for i in (*ordered, *(i for i, key in enumerate(keys) if key is None))]


def cell_text(value: Json) -> str:
    """A JSON value as the text of one cell: strings bare, null empty, the rest as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sort_key(value: Json) -> tuple[int, float, str]:
    """Numbers, and text that spells one, come in the order of numbers; then text."""
    text = cell_text(value)
    if isinstance(value, int | float) or (text.isascii() and text.isdigit()):
        return 0, float(text), ""
    return 1, 0.0, text.casefold()


def _dots(path: str) -> list[int]:
    return [i for i, character in enumerate(path) if character == "."]


def _project(value: Json, tree: _Tree) -> Json:
    if not tree:
        return value
    if isinstance(value, list):
        if all(step.isdigit() for step in tree):
            return [
                _project(value[int(step)], branch) for step, branch in tree.items() if int(step) < len(value)
            ]
        return [_project(item, tree) for item in value]
    if isinstance(value, dict):
        return {step: _project(value.get(step), branch) for step, branch in tree.items()}
    return None


def _at(value: Json, steps: list[str]) -> Json:
    if not steps:
        return value
    if isinstance(value, list):
        if steps[0].isdigit():
            return _at(value[int(steps[0])], steps[1:]) if int(steps[0]) < len(value) else None
        return [_at(item, steps) for item in value]
    return _at(value.get(steps[0]), steps[1:]) if isinstance(value, dict) else None


def _has(value: Json, steps: list[str]) -> bool:
    if not steps:
        return True
    if isinstance(value, list):
        if steps[0].isdigit():
            return int(steps[0]) < len(value) and _has(value[int(steps[0])], steps[1:])
        return any(_has(item, steps) for item in value)
    return isinstance(value, dict) and steps[0] in value and _has(value[steps[0]], steps[1:])
