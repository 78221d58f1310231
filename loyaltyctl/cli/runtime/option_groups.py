"""Option groups: options that several commands share, passed to a command as one value.

A command parameter that is a NamedTuple is replaced by one option for each field:

    class Trust(NamedTuple):
        public_key: PublicKeyFile = None
        issuer: Issuer = None

    def verify(ctx: Context, inputs: Inputs, trust: Trust) -> None:  # FILE... --public-key --issuer

A parameter annotated with another `OptionGroup` is replaced by the options of that group.
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
    """Group of options that Typer parses one by one, and a command receives as one value."""

    def parameters(self) -> list[Parameter]:
        """Return an `inspect.Parameter` for each option of the group, as Typer expects them."""

    def collect(self, values: dict[str, Any]) -> Any:
        """Remove the values of the group's options from `values`, and return them as one value."""


def flatten_options(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command function with its option groups replaced by their options, as Typer requires.

    The first parameter becomes the Typer context; `function` is called with this program's Context.
    """
    whole = signature(function, eval_str=True)
    first, *others = whole.parameters.values()
    groups = {
        parameter.name: group
        for parameter in others
        if (group := _option_group(parameter.annotation)) is not None
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
    # Typer reads the signature with inspect, and the types with get_type_hints: both must be replaced.
    call.__signature__ = whole.replace(parameters=named)  # type: ignore[attr-defined]  # what Typer reads
    return call


def _option_group(annotation: Any) -> OptionGroup | None:
    """Return the option group of a parameter's annotation; None for an ordinary option."""
    if isinstance(annotation, type) and hasattr(annotation, "_fields"):
        return _TupleOptions(annotation)
    metadata = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    return next((one for one in metadata if isinstance(one, OptionGroup)), None)


class _TupleOptions:
    """Option group made from a NamedTuple: one option for each field."""

    def __init__(self, tuple_type: Any) -> None:
        self._tuple_type = tuple_type

    def parameters(self) -> list[Parameter]:
        """Return an `inspect.Parameter` for each field of the option group."""
        hints = get_type_hints(self._tuple_type, include_extras=True)
        return [
            Parameter(
                field,
                Parameter.KEYWORD_ONLY,
                default=self._tuple_type._field_defaults.get(field, Parameter.empty),
                annotation=hints[field],
            )
            for field in self._tuple_type._fields
        ]

    def collect(self, values: dict[str, Any]) -> Any:
        """Remove the values of the option group's fields from `values`, and return them as a tuple."""
        return self._tuple_type(**{field: values.pop(field) for field in self._tuple_type._fields})
