"""`loyaltyctl schema`: JSON Schemas of what people write."""

from __future__ import annotations

from typing import Annotated

import typer
from typer import Argument, Context

from loyaltyctl.cli.command import CONTEXT, Command
from loyaltyctl.cli.desk import Desk
from loyaltyctl.errors import UsageError
from loyaltyctl.intake.values import quoted

app = typer.Typer(context_settings=CONTEXT, add_completion=False, rich_markup_mode=None)

Name = Annotated[str, Argument(metavar="NAME", help="Which one: rules-file.", show_default=False)]


@app.command("schema", cls=Command)
def schema(ctx: Context, name: Name) -> None:
    """Print the JSON Schema of an input.

    By the one called rules-file, editors complete and check files of rules. `rules export
    --out` puts it beside the file, and the line $schema there names it.

    Examples:
      loyaltyctl schema rules-file
      loyaltyctl schema rules-file --query title
    """
    from loyaltyctl.model.schemas import SCHEMAS

    if name not in SCHEMAS:
        raise UsageError(f"there is no schema {quoted(name)}; known are {', '.join(SCHEMAS)}")
    Desk.of(ctx).show_document(SCHEMAS[name]())
