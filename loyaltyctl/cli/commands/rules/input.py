"""What the person wrote, in options or in a file, as a checked draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.rules.field_options import OPTIONS
from loyaltyctl.errors import Detail, UsageError
from loyaltyctl.intake.documents import Document, Syntax
from loyaltyctl.model import rule_files
from loyaltyctl.model.rule_files import Entry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.model.problems import RuleDraft, Validation
    from loyaltyctl.model.rules import EarningRule

COMMAND_LINE = "the command line"
_OPTIONS = OPTIONS | {"points": "--points", "per": "--per", "tiers": "--tier", "noTiers": "--no-tier"}


def value(ctx: Context, said: Mapping[str, Json], file: str | None) -> Entry:
    """The rule that the options say, or the one in the file; never both, never neither."""
    options: JsonObject = {name: item for name, item in said.items() if item is not None}
    if file is not None:
        if options:
            names = ", ".join(map(_option, options))
            raise UsageError(f"the rule comes from a file (-f), so it cannot come from {names} too")
        return rule_files.single(ctx.inputs.document(file))
    if not options:
        raise UsageError(
            "nothing says what the rule should be", hint="Give options such as --points, or -f FILE."
        )
    return _typed(options)


def draft(ctx: Context, said: Mapping[str, Json], file: str | None) -> RuleDraft:
    """A rule to be created."""
    from loyaltyctl.model import drafts

    entry = value(ctx, said, file)
    return accepted(ctx, entry, entry.validate(drafts.validate))


def custom_draft(ctx: Context, said: Mapping[str, Json]) -> RuleDraft:
    """The rule part of a custom rule, which may be empty."""
    from loyaltyctl.model import drafts

    entry = _typed({name: item for name, item in said.items() if item is not None})
    return accepted(ctx, entry, entry.validate(drafts.validate_custom))


def changes(
    ctx: Context, entry: Entry, current: EarningRule | None, without: Collection[str] = ()
) -> JsonObject:
    """What `entry` changes in `current`, or all that it says where that was not read.

    The tiers in `without` are removed. In a dry run, what it changes in the award stands under
    a word for that award.
    """
    from loyaltyctl.model import drafts

    def check(value: Json) -> Validation:
        if ctx.dry_run and current is not None:
            return drafts.validate_unread_changes(value, current, without)
        return drafts.validate_changes(value, current, without)

    return accepted(ctx, entry, entry.validate(check)).document


def accepted(ctx: Context, entry: Entry, checked: Validation) -> RuleDraft:
    """The draft, once its oddities are told; everything that is wrong with it is one error."""
    if checked.draft is None:
        if entry.document.name == COMMAND_LINE:
            details = [Detail(problem.message, _option(problem.field)) for problem in checked.problems]
            raise UsageError("the options do not make a rule; nothing was sent", details=details)
        raise rule_files.invalid(entry.document.name, entry.details(checked.problems))
    for note in checked.warnings:
        ctx.messages.warn(note)
    return checked.draft


def _typed(options: JsonObject) -> Entry:
    return Entry(Document(COMMAND_LINE, Syntax.JSON, options), (), options)


def _option(name: str) -> str:
    """The option behind a field of the short form; other fields keep their names."""
    return _OPTIONS.get(name, name)
