"""Rules given by options or by a file, parsed and validated before anything is sent."""

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
"""Name of the document that options make."""
_OPTIONS = OPTIONS | {"points": "--points", "per": "--per", "tiers": "--tier", "noTiers": "--no-tier"}


def read_entry(ctx: Context, options: Mapping[str, object], file: str | None) -> Entry:
    """Return the rule of the options, or of the file. Raises UsageError for both, and for neither."""
    given = _given(options)
    if file is not None:
        if given:
            names = ", ".join(map(_option, given))
            raise UsageError(f"-f and {names} are mutually exclusive")
        return rule_files.single(ctx.inputs.document(file))
    if not given:
        raise UsageError("no fields of a rule are given", hint="Give options such as --points, or -f FILE.")
    return _entry(given)


def draft(ctx: Context, options: Mapping[str, object], file: str | None) -> RuleDraft:
    """Return a validated rule to create."""
    from loyaltyctl.model import drafts

    entry = read_entry(ctx, options, file)
    return _accept(ctx, entry, entry.validate(drafts.validate))


def custom_draft(ctx: Context, options: Mapping[str, object]) -> RuleDraft:
    """Return the validated fields of a custom rule, which may be none."""
    from loyaltyctl.model import drafts

    entry = _entry(_given(options))
    return _accept(ctx, entry, entry.validate(drafts.validate_custom))


def changes(
    ctx: Context, entry: Entry, current: EarningRule | None, removed_tiers: Collection[str] = ()
) -> JsonObject:
    """Return the fields of `entry` that differ from `current`, or all of them if that was not read.

    In a dry run, which reads nothing, a change of the award is shown with a placeholder for the award.
    """
    from loyaltyctl.model import drafts

    def check(value: Json) -> Validation:
        if ctx.dry_run and current is not None:
            return drafts.validate_unread_changes(value, current, removed_tiers)
        return drafts.validate_changes(value, current, removed_tiers)

    return _accept(ctx, entry, entry.validate(check)).document


def _accept(ctx: Context, entry: Entry, validation: Validation) -> RuleDraft:
    """Return the draft, with its warnings written; raise all problems as one error."""
    if validation.draft is None:
        if entry.document.name == COMMAND_LINE:
            details = [Detail(problem.message, _option(problem.field)) for problem in validation.problems]
            raise UsageError("the options do not make a rule; nothing was sent", details=details)
        raise rule_files.invalid(entry.document.name, entry.details(validation.problems))
    for warning in validation.warnings:
        ctx.messages.warn(warning)
    return validation.draft


def _given(options: Mapping[str, object]) -> JsonObject:
    values: JsonObject = {}
    for name, value in options.items():
        if value is not None:
            values[name] = [*map(str, value)] if isinstance(value, list) else str(value)
    return values


def _entry(options: JsonObject) -> Entry:
    return Entry(Document(COMMAND_LINE, Syntax.JSON, options), (), options)


def _option(name: str) -> str:
    """Return the option for a field of the short form; other fields keep their names."""
    return _OPTIONS.get(name, name)
