"""`loyaltyctl schema`: list the JSON Schemas of inputs and outputs, or print one."""

from __future__ import annotations

from typing import Annotated

from typer import Argument

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.settings import SchemaEntry
from loyaltyctl.contract.schemas import SCHEMAS, Schema
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.render.views import Column, View

Name = Annotated[
    str | None,
    Argument(metavar="[SCHEMA]", help="Name of a schema; default: list all.", show_default=False),
]

SCHEMA = View[Schema](
    columns=(
        Column("NAME", lambda schema: schema.name, whole=True),
        Column("OF", lambda schema: schema.kind),
        Column("TITLE", lambda schema: schema.title),
    ),
    output=lambda schema: SchemaEntry(schema.name, schema.kind, schema.title),
    id=lambda schema: schema.name,
    output_type=SchemaEntry,
)


def schema(ctx: Context, name: Name = None) -> None:
    """Print the JSON Schema of an input or an output.

    The schema of an output has the name of its command: rules-list describes the JSON of
    `rules list --json`. With rules-file, editors complete and check rules files; `rules
    export --out` writes it next to the file.

    Examples:
      loyaltyctl schema
      loyaltyctl schema rules-file
      loyaltyctl schema points-backtest --query title
    """
    if name is None:
        ctx.output.show_all([*SCHEMAS.values()], SCHEMA)
        return
    if name not in SCHEMAS:
        hint = "List them with: loyaltyctl schema"
        raise UsageError(f"there is no schema {quoted(name)}{did_you_mean(name, SCHEMAS)}", hint=hint)
    ctx.output.show_document(SCHEMAS[name].document())
