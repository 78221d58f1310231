"""Options that several commands take together, as one value.

A command whose parameter is a NamedTuple takes an option for each of its fields, in the
place of that parameter:

    class Trust(NamedTuple):
        public_key: PublicKeyFile = None
        issuer: Issuer = None

    def verify(ctx: Context, inputs: Inputs, trust: Trust) -> None:  # FILE... --public-key --issuer
"""

from __future__ import annotations

from functools import wraps
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, get_type_hints

import typer

if TYPE_CHECKING:
    from collections.abc import Callable


def unbundled(function: Callable[..., None]) -> Callable[..., None]:
    """`function` as Typer can read it: each option a parameter of its own."""
    whole = signature(function, eval_str=True)
    first, *others = whole.parameters.values()
    bundles = {
        parameter.name: parameter.annotation
        for parameter in others
        if isinstance(parameter.annotation, type) and hasattr(parameter.annotation, "_fields")
    }

    @wraps(function)
    def call(ctx: typer.Context, **given: Any) -> None:
        for name, bundle in bundles.items():
            given[name] = bundle(**{field: given.pop(field) for field in bundle._fields})
        function(ctx.obj, **given)

    parameters = [first.replace(name="ctx", annotation=typer.Context)]
    for parameter in others:
        parameters += _options(bundles[parameter.name]) if parameter.name in bundles else [parameter]
    named = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in parameters]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in named}
    call.__signature__ = whole.replace(parameters=named)  # type: ignore[attr-defined]  # what Typer asks for
    return call


def _options(bundle: Any) -> list[Parameter]:
    hints = get_type_hints(bundle, include_extras=True)
    return [
        Parameter(
            field,
            Parameter.KEYWORD_ONLY,
            default=bundle._field_defaults.get(field, Parameter.empty),
            annotation=hints[field],
        )
        for field in bundle._fields
    ]
