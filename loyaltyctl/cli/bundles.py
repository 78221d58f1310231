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

if TYPE_CHECKING:
    from collections.abc import Callable


def unbundled(function: Callable[..., None]) -> Callable[..., None]:
    """`function` as Typer can read it: each option a parameter of its own."""
    whole = signature(function, eval_str=True)
    bundles = {
        name: parameter.annotation
        for name, parameter in whole.parameters.items()
        if isinstance(parameter.annotation, type) and hasattr(parameter.annotation, "_fields")
    }
    if not bundles:
        return function

    @wraps(function)
    def call(**given: Any) -> None:
        for name, bundle in bundles.items():
            given[name] = bundle(**{field: given.pop(field) for field in bundle._fields})
        function(**given)

    parameters: list[Parameter] = []
    for name, parameter in whole.parameters.items():
        parameters += _options(bundles[name]) if name in bundles else [parameter]
    named = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in parameters]
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
