"""Parse and validate the rule that `rules create` or `rules update` is given, by options or in a file."""

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
    from loyaltyctl.model.rules import EarningRule
    from loyaltyctl.model.validation_results import RuleDraft, Validation

COMMAND_LINE = "the command line"
"""Document name of a rule given by options, in place of a file name."""
_OPTIONS = OPTIONS | {"points": "--points", "per": "--per", "tiers": "--tier", "noTiers": "--no-tier"}


def read_entry(ctx: Context, options: Mapping[str, object], file: str | None) -> Entry:
    """Return the rule input of a command, from options or from a file.

    Raises UsageError if both are given, or neither.
    """
    given = _input_from_options(options)
    if file is not None:
        if given:
            names = ", ".join(map(_option_for_field, given))
            raise UsageError(f"-f and {names} are mutually exclusive")
        return rule_files.single_entry(ctx.inputs.document(file))
    if not given:
        raise UsageError("no fields of a rule are given", hint="Give options such as --points, or -f FILE.")
    return _entry_of_options(given)


def draft(ctx: Context, options: Mapping[str, object], file: str | None) -> RuleDraft:
    """Parse and validate the rule input of `rules create`, given by options or in a file."""
    from loyaltyctl.model import draft_validation

    entry = read_entry(ctx, options, file)
    return _accept_draft(ctx, entry, entry.validate(draft_validation.validate_draft))


def custom_draft(ctx: Context, options: Mapping[str, object]) -> RuleDraft:
    """Parse and validate the rule input of `rules create-custom`, given by options. No option is required."""
    from loyaltyctl.model import draft_validation

    entry = _entry_of_options(_input_from_options(options))
    return _accept_draft(ctx, entry, entry.validate(draft_validation.validate_custom_draft))


def changes(
    ctx: Context, entry: Entry, current: EarningRule | None, removed_tiers: Collection[str] = ()
) -> JsonObject:
    """Validate `entry`, the rule input of `rules update`; return its fields that differ from `current`.

    If `current` is None, all fields are returned. A dry run does not know the current award, so it returns
    the new award as given, in the member AWARD.
    """
    from loyaltyctl.model import draft_validation

    def validate(value: Json) -> Validation:
        if ctx.dry_run and current is not None:
            return draft_validation.validate_unread_changes(value, current, removed_tiers)
        return draft_validation.validate_changes(value, current, removed_tiers)

    return _accept_draft(ctx, entry, entry.validate(validate)).document


def _accept_draft(ctx: Context, entry: Entry, validation: Validation) -> RuleDraft:
    """Return the draft of a validated rule input, and write the warnings.

    Raises one error with all problems if the input is invalid.
    """
    if validation.draft is None:
        if entry.document.name == COMMAND_LINE:
            details = [
                Detail(problem.message, _option_for_field(problem.field)) for problem in validation.problems
            ]
            raise UsageError("the options do not make a rule; nothing was sent", details=details)
        raise rule_files.invalid_file(entry.document.name, entry.details(validation.problems))
    for warning in validation.warnings:
        ctx.messages.warn(warning)
    return validation.draft


def _input_from_options(options: Mapping[str, object]) -> JsonObject:
    """Parse the options that were given to `rules create` or `rules update` to a rule input, by field name.

    Each value is a text, or a list of texts.
    """
    values: JsonObject = {}
    for name, value in options.items():
        if value is not None:
            values[name] = [*map(str, value)] if isinstance(value, list) else str(value)
    return values


def _entry_of_options(options: JsonObject) -> Entry:
    """Return the rule input of a command, given by options, as an Entry: like the only rule of a file."""
    return Entry(Document(COMMAND_LINE, Syntax.JSON, options), (), options)


def _option_for_field(name: str) -> str:
    """Return the option for a field of the rule input, such as `--points`; else the field's own name."""
    return _OPTIONS.get(name, name)
