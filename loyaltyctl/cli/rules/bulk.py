"""`rules bulk-create`: any number of rules from a file, each exactly once."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from loyaltyctl.cli import flags, views
from loyaltyctl.cli.desk import Desk
from loyaltyctl.errors import Conflict, Incomplete, UsageError
from loyaltyctl.model import rule_files
from loyaltyctl.model.bulk import Fate, ItemResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.apply.bulk import BulkCreate
    from loyaltyctl.apply.journal import Journal
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.drafts import Checked
    from loyaltyctl.model.rule_files import Entry


class OnError(StrEnum):
    """What a run does after something that failed."""

    STOP = "stop"
    CONTINUE = "continue"


OnErrorOption = Annotated[
    OnError,
    Option(
        "--on-error",
        metavar="WHAT",
        help="stop: send nothing if any rule is invalid; continue: send the rest.",
    ),
]
Resume = Annotated[bool | None, Option("--resume", help="Finish an earlier run of the same file.")]


def bulk_create(
    ctx: Context,
    file: flags.File = None,
    on_error: OnErrorOption = OnError.STOP,
    resume: Resume = None,
) -> None:
    """Create any number of rules from a file.

    The file is JSON, JSONL, YAML or CSV. Every rule is checked before the first is sent. What was sent, and what came of it,
    is kept in a journal on disk: after a crash or a lost answer, --resume finishes the
    run, and each rule is there exactly once. In a CSV file the columns are title,
    trigger, points, per, tiers and status.

    Examples:
      loyaltyctl -p sandbox rules bulk-create -f rules.csv
      loyaltyctl -p sandbox rules bulk-create -f rules.csv --resume --json
    """
    desk = Desk.of(ctx)
    if file is None:
        raise UsageError(
            "nothing says which rules to create", hint="Give -f FILE, or -f - to read them from a pipe."
        )
    entries = rule_files.entries(desk.document(file))
    checks = _checked(desk, entries, file, on_error)
    with _journal(desk, entries) as journal:
        run = _run(desk, journal, checks, on_error)
        _begin(desk, run, journal, entries, checks, resume=bool(resume))
        for done in desk.progress("creating rules", run.run(), len(entries)):
            desk.say.explain(f"{done} rules sent")
        results = journal.results([_title(entry.value) for entry in entries])
    desk.show_all(results, views.BULK)
    _conclude(desk, results)


def _checked(desk: Desk, entries: Sequence[Entry], file: str, on_error: OnError) -> list[Checked]:
    """Every rule after its checks; with `stop`, all that is wrong is raised at once."""
    from loyaltyctl.model.drafts import check

    checks = [check(entry.value) for entry in entries]
    details = [
        detail for entry, one in zip(entries, checks, strict=True) for detail in entry.details(one.problems)
    ]
    if details and on_error is OnError.STOP:
        raise rule_files.invalid(file, tuple(details))
    for note in dict.fromkeys(note for one in checks for note in one.notes):
        desk.say.warn(note)
    return checks


def _journal(desk: Desk, entries: Sequence[Entry]) -> Journal:
    from loyaltyctl.apply.journal import Journal, path_for

    if desk.rehearsing:
        return Journal(None)
    target = (desk.connection.origin, desk.connection.site)
    return Journal(path_for(desk.paths.journals, target, [entry.value for entry in entries]))


def _run(desk: Desk, journal: Journal, checks: Sequence[Checked], on_error: OnError) -> BulkCreate:
    from loyaltyctl.apply.bulk import BulkCreate

    drafts = {i: one.draft for i, one in enumerate(checks) if one.draft is not None}
    return BulkCreate(desk.rules, journal, drafts, desk.clock, stop=on_error is OnError.STOP)


def _begin(  # noqa: PLR0913 - what a beginning depends on
    desk: Desk,
    run: BulkCreate,
    journal: Journal,
    entries: Sequence[Entry],
    checks: Sequence[Checked],
    *,
    resume: bool,
) -> None:
    """Begin a run, or go on with the one in the journal."""
    from loyaltyctl.apply.bulk import QUIET

    if journal.begun and resume:
        desk.say.note(f"going on with {journal.path}")
        run.resume(0.0 if desk.connection.local else QUIET)
        return
    if journal.begun and not journal.finished:
        raise Conflict(
            "an earlier run of this file on this site did not end",
            code="UNFINISHED_RUN",
            hint=f"Finish it with --resume. To begin anew instead, remove {journal.path}",
        )
    refused = {
        i: "; ".join(map(str, entry.details(one.problems)))
        for i, (entry, one) in enumerate(zip(entries, checks, strict=True))
        if one.problems
    }
    run.begin(len(entries), refused)
    desk.say.explain(f"journal: {journal.path}")


def _conclude(desk: Desk, results: Sequence[ItemResult]) -> None:
    """Say how it went; what is not created makes the command end as Incomplete."""
    counts = {fate: sum(result.fate is fate for result in results) for fate in Fate}
    text = ", ".join(f"{count} {fate}" for fate, count in counts.items() if count)
    if counts[Fate.CREATED] == len(results):
        desk.say.succeed(text or "nothing to create")
        return
    raise Incomplete(
        f"not all of {len(results)} rules were created: {text}",
        hint="Correct what is wrong, or wait, and repeat the command with --resume.",
    )


def _title(value: Json) -> str:
    title = value.get("title") if isinstance(value, dict) else None
    return title if isinstance(title, str) else ""
