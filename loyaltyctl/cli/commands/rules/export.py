"""`loyaltyctl rules export`: write the rules of a site to a file or a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from typer import Option

from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.views import RULE
from loyaltyctl.config.formats import Format
from loyaltyctl.errors import InvalidData
from loyaltyctl.intake.documents import Syntax, is_folder
from loyaltyctl.intake.values import is_unicode
from loyaltyctl.model.rules import EarningRule

Out = Annotated[
    str | None,
    Option("--out", metavar="FILE|FOLDER", help="Write or update a file, or a folder with a file per rule."),
]


def export(ctx: Context, out: Out = None) -> None:
    """Write the rules of a site to a file, for git and for review.

    Fields that the server sets (ids, revisions, dates) are left out, except for an id that
    is needed to tell two rules apart. With --out, an existing file is updated: rules that
    have not changed stay as they were written, with their comments, and rules that are not
    on the site are removed after a prompt. A folder gets a file for each rule. The JSON
    Schema, by which editors complete and check the file, is written beside it.

    Examples:
      loyaltyctl -p sandbox rules export
      loyaltyctl -p sandbox rules export --out rules.yaml
      loyaltyctl -p sandbox rules export --out rules/
      loyaltyctl -p sandbox rules export --json
    """
    ctx.output.check_view(RULE)
    rules = ctx.rules.list()
    if ctx.dry_run:
        return
    for rule in rules:
        # JSON can escape lone surrogates, which no file in UTF-8 can hold.
        if not is_unicode(rule.document):
            raise InvalidData(f"the rule {rule.id} has characters that are not Unicode text")
    from loyaltyctl.cli.commands.rules import export_files  # after the request: it imports the YAML editor

    if out is not None:
        is_for_folder = out.endswith(("/", os.sep)) or is_folder(out)
        export_files.write(ctx, Path(out), rules, folder=is_for_folder)
    elif ctx.settings["output"].value in (None, Format.YAML) and not (ctx.flags.fields or ctx.flags.query):
        ctx.output.write(export_files.new_file(rules, Syntax.YAML))
    else:
        from loyaltyctl.model.desired_rules import Key, shared_keys
        from loyaltyctl.model.rule_forms import to_long_form

        shared = shared_keys(rules)
        ctx.output.show_all(
            [EarningRule(to_long_form(rule, with_id=Key.of(rule) in shared)) for rule in rules], RULE
        )
