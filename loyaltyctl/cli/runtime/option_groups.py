"""Options that several commands take together, as one value.

A command whose parameter is a NamedTuple takes an option for each of its fields, in the
place of that parameter:

    class Trust(NamedTuple):
        public_key: PublicKeyFile = None
        issuer: Issuer = None

    def verify(ctx: Context, inputs: Inputs, trust: Trust) -> None:  # FILE... --public-key --issuer

So does a parameter that is annotated with another `OptionGroup`.
"""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Protocol,
    get_args,
    get_origin,
    get_type_hints,
    runtime_checkable,
)

import typer

if TYPE_CHECKING:
    from collections.abc import Callable


@runtime_checkable
class OptionGroup(Protocol):
    """Options that are parsed one by one, and passed to a command as one value."""

    def parameters(self) -> list[Parameter]:
        """Return a parameter for each option, as Typer reads them."""

    def collect(self, values: dict[str, Any]) -> Any:
        """Take the values of the options out of `values`, and return them as one."""


def flatten_options(function: Callable[..., None]) -> Callable[..., None]:
    """Return `function` as Typer can read it: each option a parameter of its own."""
    whole = signature(function, eval_str=True)
    first, *others = whole.parameters.values()
    groups = {
        parameter.name: group for parameter in others if (group := _group(parameter.annotation)) is not None
    }

    @wraps(function)
    def call(ctx: typer.Context, **values: Any) -> None:
        for name, group in groups.items():
            values[name] = group.collect(values)
        function(ctx.obj, **values)

    parameters = [first.replace(name="ctx", annotation=typer.Context)]
    for parameter in others:
        group = groups.get(parameter.name)
        parameters += [parameter] if group is None else group.parameters()
    named = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in parameters]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in named}
    call.__signature__ = whole.replace(parameters=named)  # type: ignore[attr-defined]  # what Typer asks for
    return call


def _group(annotation: Any) -> OptionGroup | None:
    if isinstance(annotation, type) and hasattr(annotation, "_fields"):
        return _TupleOptions(annotation)
    metadata = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((one for one in metadata if isinstance(one, OptionGroup)), None)


class _TupleOptions:
    """The options of a NamedTuple: one for each of its fields."""

    def __init__(self, bundle: Any) -> None:
        self._bundle = bundle

    def parameters(self) -> list[Parameter]:
        hints = get_type_hints(self._bundle, include_extras=True)
        return [
            Parameter(
                field,
                Parameter.KEYWORD_ONLY,
                default=self._bundle._field_defaults.get(field, Parameter.empty),
                annotation=hints[field],
            )
            for field in self._bundle._fields
        ]

    def collect(self, values: dict[str, Any]) -> Any:
        return self._bundle(**{field: values.pop(field) for field in self._bundle._fields})
