"""`rules bulk-create`: any number of rules from a file, each exactly once."""

from __future__ import annotations

from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from loyaltyctl.cli.runtime import flags, views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import Conflict, Detail, Incomplete, UsageError
from loyaltyctl.intake.documents import STDIN
from loyaltyctl.model import rule_files
from loyaltyctl.model.bulk import ItemStatus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.apply.bulk_create import BulkCreate
    from loyaltyctl.apply.journal import Journal
    from loyaltyctl.intake.values import Json
    from loyaltyctl.model.bulk import ItemResult
    from loyaltyctl.model.problems import RuleDraft, Validation
    from loyaltyctl.model.rule_files import Entry


class OnError(StrEnum):
    """What a run does after something that failed."""

    STOP = "stop"
    CONTINUE = "continue"


OnErrorOption = Annotated[
    OnError,
    Option(
        "--on-error", metavar="WHAT", help="stop: send nothing if a rule is invalid; continue: send the rest."
    ),
]
Resume = Annotated[bool | None, Option("--resume", help="Finish an earlier run of the same file.")]


def bulk_create(
    ctx: Context, file: flags.File = None, on_error: OnErrorOption = OnError.STOP, resume: Resume = None
) -> None:
    """Create any number of rules from a file.

    The file is JSON, JSONL, YAML or CSV; in CSV the columns are title, trigger, points,
    per, tiers and status. Every rule is checked before the first is sent.

    What was sent, and what came of it, is kept in a journal on disk: after a crash or a
    lost answer, --resume finishes the run, and each rule is there exactly once. The file
    may be corrected before that; what is done already is not done again.

    Examples:
      loyaltyctl -p sandbox rules bulk-create -f rules.csv
      loyaltyctl -p sandbox rules bulk-create -f rules.csv --resume --json
    """
    ctx.will_show(views.BULK)
    if file is None:
        raise UsageError("nothing says which rules to create", hint="Give -f FILE, or -f - for a pipe.")
    given = _read(ctx, file, on_error)
    with _journal(ctx, given) as journal:
        run = _run(ctx, journal, given, on_error)
        _begin(ctx, run, journal, given, resume=bool(resume))
        ctx.if_interrupted = "Finish it with --resume."
        for done in ctx.progress("creating rules", run.run(), len(given.entries)):
            ctx.say.explain(f"{done} rules are dealt with")
        results = journal.results([_title(entry.value) for entry in given.entries])
    if not run.ended_by or any(result.status is not ItemStatus.UNSENT for result in results):
        ctx.show_all(results, views.BULK)
    if run.ended_by:
        raise run.ended_by
    _conclude(ctx, results)


class _Input(NamedTuple):
    """The rules of the file, and what the checks said of each."""

    source: str
    """What finds the journal again: the path of the file, or "-" for a pipe."""
    entries: Sequence[Entry]
    checks: Sequence[Validation]

    @property
    def drafts(self) -> dict[int, RuleDraft]:
        """What may be sent, by its number."""
        return {i: check.draft for i, check in enumerate(self.checks) if check.draft is not None}

    @property
    def problems(self) -> dict[int, tuple[Detail, ...]]:
        """What is wrong, by the number of the rule."""
        pairs = enumerate(zip(self.entries, self.checks, strict=True))
        return {i: entry.details(check.problems) for i, (entry, check) in pairs if check.problems}


def _read(ctx: Context, file: str, on_error: OnError) -> _Input:
    """The file after its checks; with `stop`, everything that is wrong is raised at once."""
    from loyaltyctl.model.drafts import validate

    document = ctx.document(file)
    entries = rule_files.entries(document)
    source = str(Path(file).resolve()) if file != STDIN and Path(file).is_file() else STDIN
    given = _Input(source, entries, [entry.validate(validate) for entry in entries])
    if given.problems and on_error is OnError.STOP:
        raise rule_files.invalid(document.name, tuple(chain.from_iterable(given.problems.values())))
    for note in dict.fromkeys(note for one in given.checks for note in one.warnings):
        ctx.say.warn(note)
    return given


def _journal(ctx: Context, given: _Input) -> Journal:
    from loyaltyctl.apply.journal import Journal, path_for

    if ctx.rehearsing:
        return Journal(None)
    target = (ctx.connection.origin, ctx.connection.site)
    return Journal(path_for(ctx.paths.journals, target, given.source))


def _run(ctx: Context, journal: Journal, given: _Input, on_error: OnError) -> BulkCreate:
    from loyaltyctl.apply.bulk_create import BulkCreate

    return BulkCreate(ctx.rules, journal, given.drafts, ctx.clock, stop=on_error is OnError.STOP)


def _begin(ctx: Context, run: BulkCreate, journal: Journal, given: _Input, *, resume: bool) -> None:
    """Begin a run, or go on with the one in the journal."""
    from loyaltyctl.apply.bulk_create import QUIET

    refused = {number: "; ".join(map(str, details)) for number, details in given.problems.items()}
    if journal.begun and resume:
        ctx.say.note(f"going on with {journal.path}")
        run.resume(refused, 0.0 if ctx.connection.local else QUIET)
        return
    if journal.begun and not journal.finished:
        raise Conflict(
            "an earlier run of this file on this site did not end",
            code="UNFINISHED_RUN",
            hint=f"Finish it with --resume. To begin anew instead, remove {journal.path}",
        )
    if resume:
        ctx.say.note("no earlier run of this file on this site is known: beginning anew")
    run.begin(refused)
    ctx.say.explain(f"journal: {journal.path}")


def _conclude(ctx: Context, results: Sequence[ItemResult]) -> None:
    """Say how it went; what is not created makes the command end as Incomplete."""
    counts = {status: sum(result.status is status for result in results) for status in ItemStatus}
    text = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    if counts[ItemStatus.CREATED] == len(results):
        ctx.say.succeed(text or "nothing to create")
        return
    raise Incomplete(
        f"not all of {len(results)} rules were created: {text}",
        hint="Correct the file, or wait, and repeat the command with --resume; what is done stays done.",
        details=[
            Detail(result.problem, where=f"item {result.index + 1}") for result in results if result.error
        ],
    )


def _title(value: Json) -> str:
    title = value.get("title") if isinstance(value, dict) else None
    return title if isinstance(title, str) else ""
