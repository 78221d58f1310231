"""Option group for the fields of a rule, generated from the rule table.

`rules create`, `rules create-custom` and `rules update` use it.
"""

from __future__ import annotations

from enum import StrEnum
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from loyaltyctl.model.fields import FieldKind
from loyaltyctl.model.rule_table import RULE

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.fields import Field

OPTIONS = {field.file or field.path: f"--{field.option.name}" for field in RULE.fields if field.option}
"""The option for each field of a rule that has one, by the field's name in rules files."""


class FieldOptions:
    """Option group for the fields of a rule: the command gets their values in one parameter.

    It annotates this parameter: `fields: Annotated[JsonObject, FieldOptions("create")]`. The keys of
    `fields` are the names that the fields have in rules files.
    """

    def __init__(self, command: str) -> None:
        self._fields = {
            field.option.name.replace("-", "_"): field
            for field in RULE.fields
            if field.option and command in field.option.commands
        }

    def parameters(self) -> list[Parameter]:
        """Return an `inspect.Parameter` for the option of each rule field, as Typer expects them."""
        return [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=_field_annotation(field))
            for name, field in self._fields.items()
        ]

    def collect(self, values: dict[str, Any]) -> JsonObject:
        """Remove the rule field options from `values`; return those given, by field name in rules files."""
        given = {field: values.pop(name) for name, field in self._fields.items()}
        return {field.file or field.path: str(value) for field, value in given.items() if value is not None}


def _field_annotation(field: Field) -> Any:
    """Return the Typer annotation of a rule field's option: choices, a flag, or text."""
    option = field.option
    assert option is not None  # noqa: S101 - fields without one are filtered out above
    enum: Any = StrEnum  # mypy does not accept members that are known only at run time
    choices = enum("Choices", {value: value for value in field.writable_values})
    return Annotated[
        (choices if field.values else bool if field.kind is FieldKind.FLAG else str) | None,
        Option(f"--{option.name}", metavar=option.metavar, help=option.help, case_sensitive=not field.values),
    ]
