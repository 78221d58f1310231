"""`loyaltyctl rules bulk-create`: create any number of rules from a file, each exactly once."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from loyaltyctl.apply import execute
from loyaltyctl.apply.bulk_create import BulkCreate
from loyaltyctl.apply.journal_0_1 import import_journal
from loyaltyctl.apply.plan import Change
from loyaltyctl.cli.commands.rules.open_site import open_site
from loyaltyctl.cli.commands.rules.options import OnError
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs import rules as outputs
from loyaltyctl.contract.outputs.plans import Action
from loyaltyctl.errors import Conflict, Detail, Incomplete, UsageError
from loyaltyctl.intake.documents import STDIN
from loyaltyctl.model import rule_files
from loyaltyctl.model.bulk import ItemResult, ItemStatus
from loyaltyctl.render.views import GREEN, RED, YELLOW, Column, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.apply.site import Site
    from loyaltyctl.intake.values import Json


OnErrorOption = Annotated[
    OnError,
    Option(
        "--on-error", metavar="WHAT", help="stop: send nothing if a rule is invalid; continue: send the rest."
    ),
]
Resume = Annotated[bool | None, Option("--resume", help="Finish an earlier run of the same file.")]

_STATUS_COLORS = {
    ItemStatus.CREATED: GREEN,
    ItemStatus.FAILED: RED,
    ItemStatus.UNKNOWN: YELLOW,
    ItemStatus.UNSENT: YELLOW,
}


BULK_VIEW = View[ItemResult](
    columns=(
        Column("ITEM", lambda result: result.index + 1),
        Column("ID", lambda result: result.id, whole=True),
        Column("RESULT", lambda result: result.status, lambda result: _STATUS_COLORS[result.status]),
        Column("TITLE", lambda result: result.title),
        Column("PROBLEM", lambda result: result.problem),
    ),
    output=outputs.BulkItem.of,
    id=lambda result: result.id,
    output_type=outputs.BulkItem,
    row=lambda result: {
        "item": result.index + 1,
        "id": result.id,
        "result": result.status,
        "title": result.title,
        "problem": result.problem,
    },
    whole=outputs.Bulk.of,
)


def bulk_create(
    ctx: Context, file: flags.File = None, on_error: OnErrorOption = OnError.STOP, resume: Resume = None
) -> None:
    """Create any number of rules from a file.

    The file is JSON, JSONL, YAML or CSV; in CSV the columns are title, trigger, points,
    per, tiers and status. Every rule is checked before the first is sent.

    Each request is recorded on disk before it is sent, and after its response: after a
    crash or a lost response, --resume finishes the run, and each rule is created exactly
    once. The file may be corrected before that; rules that exist are not created again.

    Examples:
      loyaltyctl -p sandbox rules bulk-create -f rules.csv
      loyaltyctl -p sandbox rules bulk-create -f rules.csv --resume --json
    """
    ctx.output.check_view(BULK_VIEW)
    if file is None:
        raise UsageError("no file of rules is given", hint="Give -f FILE, or -f - for a pipe.")
    source, changes = _read_creations(ctx, file, on_error)
    if ctx.dry_run:
        _preview_creations(ctx, changes)
        return
    with open_site(ctx, ctx.settings, source) as site:
        options = _RunOptions(bool(resume), on_error is OnError.STOP)
        creation = _begin_or_resume(ctx, site, source, changes, options)
        ctx.interrupt_hint = "Finish it with --resume."
        for done in ctx.output.progress("creating rules", creation.run(), len(changes)):
            ctx.messages.verbose(f"{done} rules are processed")
        creation.end()
    results = creation.results()
    # If an error ended the run before anything was sent, the error alone is shown.
    if not creation.ended_by or any(result.status is not ItemStatus.UNSENT for result in results):
        ctx.output.show_all(results, BULK_VIEW)
    if creation.ended_by:
        raise creation.ended_by
    _raise_unless_all_created(ctx, results)


class _RunOptions(NamedTuple):
    """Options of a bulk creation: `resume` continues the last run, `stop` ends it after a failed rule."""

    resume: bool
    stop: bool


def _read_creations(ctx: Context, file: str, on_error: OnError) -> tuple[str, list[Change]]:
    """Read the file of a bulk creation. Return its name and a change for each of its rules.

    --resume finds the run by this name. With --on-error continue, the change for an invalid rule names the
    problem. Otherwise, an invalid rule raises InvalidData with the problems of all rules.
    """
    from loyaltyctl.model.draft_validation import validate_draft

    document = ctx.inputs.document(file)
    # The absolute path: --resume finds the run from any folder. Pipes and devices count as standard input.
    source = str(Path(file).resolve()) if file != STDIN and Path(file).is_file() else STDIN
    entries = rule_files.entries(document)
    validations = [entry.validate(validate_draft) for entry in entries]
    details = [entry.details(one.problems) for entry, one in zip(entries, validations, strict=True)]
    if any(details) and on_error is OnError.STOP:
        raise rule_files.invalid_file(document.name, tuple(chain.from_iterable(details)))
    for warning in dict.fromkeys(warning for one in validations for warning in one.warnings):
        ctx.messages.warn(warning)
    return source, [
        Change(
            Action.CREATE,
            None,
            one.draft.document if one.draft else {"title": _title_of_invalid_rule(entry.value)},
            problem="; ".join(map(str, problems)),
        )
        for entry, one, problems in zip(entries, validations, details, strict=True)
    ]


def _preview_creations(ctx: Context, changes: Sequence[Change]) -> None:
    """Show the requests of a bulk creation in a dry run; warn about each rule that would not be sent."""
    for number, change in enumerate(changes, start=1):
        if change.problem:
            ctx.messages.warn(f"item {number} is not sent: {change.problem}")
    ctx.rules.list()  # a real run lists the rules first, so this request is shown too
    execute.dry_run(ctx.rules, [change for change in changes if not change.problem])


def _begin_or_resume(
    ctx: Context, site: Site, source: str, changes: Sequence[Change], options: _RunOptions
) -> BulkCreate:
    """Begin a bulk creation, or with --resume continue the last run of the same file.

    Raises Conflict without --resume if the last run did not finish: rules would be created twice.
    """
    ledger, command = site.ledger, ctx.command
    resume, stop = options
    ctx.messages.verbose(f"ledger: {ledger.path}")
    found = ledger.reopen(command, source) or import_journal(ledger, site.target, command, source)
    if found and resume:
        ctx.messages.note("resuming the last run of this file on this site")
        return BulkCreate.resume(site, changes, stop=stop)
    if found and ledger.has_open_steps:
        copy = "save the input to a file" if source == STDIN else "copy the file to another name"
        raise Conflict(
            "an earlier run of this file on this site did not finish",
            code="UNFINISHED_RUN",
            hint=f"Finish it with --resume. To create all rules again instead, {copy}.",
        )
    if resume:
        ctx.messages.note("no earlier run of this file on this site: starting a new one")
    return BulkCreate.begin(site, changes, command, source, stop=stop)


def _raise_unless_all_created(ctx: Context, results: Sequence[ItemResult]) -> None:
    """Write the number of created rules. Raises Incomplete unless the bulk creation created all rules."""
    counts = {status: sum(result.status is status for result in results) for status in ItemStatus}
    text = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    if counts[ItemStatus.CREATED] == len(results):
        ctx.messages.success(text or "nothing to create")
        return
    raise Incomplete(
        f"not all of {len(results)} rules were created: {text}",
        hint="Correct the file, or wait, and repeat the command with --resume: it creates what is missing.",
        details=[
            Detail(result.problem, where=f"item {result.index + 1}") for result in results if result.error
        ],
    )


def _title_of_invalid_rule(value: Json) -> str:
    """Return the title of an invalid rule in the input of `rules bulk-create`; empty if it has none."""
    title = value.get("title") if isinstance(value, dict) else None
    return title if isinstance(title, str) else ""
