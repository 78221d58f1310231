"""`events decode`: show the content of tokens and events."""

from __future__ import annotations

import os
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.events import options, views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.events import SignatureState
from loyaltyctl.intake import timestamps
from loyaltyctl.intake.documents import STDIN
from loyaltyctl.intake.suggestions import did_you_mean
from loyaltyctl.intake.values import quoted
from loyaltyctl.model.events.names import NAMES, find_event_type, is_valid_type_name, matching_event_types
from loyaltyctl.webhooks.filter import EventFilter, FilterCriteria, FilterStatistics, SkipReason

if TYPE_CHECKING:
    from collections.abc import Iterable

PARALLEL_BYTES = 1024 * 1024
"""Minimum size of the input files that several processes decode."""

Types = Annotated[
    list[str] | None,
    Option(
        "--type",
        metavar="TYPE",
        help="Only events of this type, of any app; also used for events that do not contain their type.",
    ),
]
Handler = Annotated[
    str | None,
    Option("--handler", metavar="HANDLER", help="The Velo handler that received the events."),
]
Since = Annotated[str | None, Option("--since", metavar="TIME", help="Only events since then, such as 2h.")]
Dedupe = Annotated[bool, Option("--dedupe", help="Omit duplicates, by type and ID, or by content.")]
Latest = Annotated[bool, Option("--latest", help="Only the latest event of each entity.")]


def decode(  # noqa: PLR0913, PLR0917 - the options of the command
    ctx: Context,
    inputs: options.Inputs,
    trust: options.TrustOptions,
    at: options.At = None,
    type_: Types = None,
    handler: Handler = None,
    since: Since = None,
    dedupe: Dedupe = False,
    latest: Latest = False,
) -> None:
    """Decode events: tokens, or the JSON that handlers receive.

    Input may be tokens, one per line or in arrays, or lines saved by `events listen`; JSON may
    be a domain event, an SDK envelope, a Velo event or decoded claims. A token is also
    extracted from a parsed body, a log line, a curl command, base64 or a printed object, if
    there is exactly one. With a public key, signatures are verified, and the exit code is 9
    if any is invalid; without one, anybody may have written the events.

    Examples:
      loyaltyctl events decode token.jwt
      loyaltyctl events decode token.jwt --public-key test.pub.pem --json
      loyaltyctl events decode events.jsonl --type program_updated --latest -o jsonl
      loyaltyctl events decode velo.json --handler wixLoyalty_onProgramUpdated
    """
    names = [name for name in type_ or () if matching_event_types(name) or not is_valid_type_name(name)]
    other_types = frozenset(type_ or ()) - {*names}
    kinds = [find_event_type(name) for name in [*names, *([handler] if handler else ())]]
    # An event without a type, such as Velo's, gets the type of --type or --handler if there is only one.
    kind = kinds[0] if len(kinds) == 1 and not other_types else None
    reader = trust.reader(ctx, at)._replace(kind=kind, extracts=True)
    start = None if since is None else timestamps.parse_option(since, "--since", ctx.console.clock.time())
    if start is not None:
        ctx.messages.note(f"events since {timestamps.format_utc(start)}")
    criteria = FilterCriteria(frozenset(kind.name for kind in kinds), other_types, start, dedupe, latest)
    event_filter = EventFilter(reader, criteria)
    _show_events(ctx, event_filter, inputs, _process_count(inputs) if criteria.is_stateless else 1)
    statistics = event_filter.statistics
    _report_statistics(ctx, statistics, has_key=reader.key is not None)
    if other_types and not statistics.shown:
        _suggest_types(ctx, statistics, other_types)
    if (error := statistics.error()) is not None:
        raise error


def _show_events(ctx: Context, event_filter: EventFilter, inputs: list[str], processes: int) -> None:
    """Decode the input files, and show the events that pass the filter; a single event as a record."""
    view = views.event_view()
    if processes > 1 and ctx.output.writer.is_by_line:
        for text in event_filter.texts(
            lambda: options.read_file_arguments(ctx, inputs),
            lambda events: ctx.output.writer.many(events, view),
            processes,
        ):
            ctx.output.write(text)
        return
    events = event_filter.events(options.read_file_arguments(ctx, inputs))
    first = [*islice(events, 2)]
    if len(first) == event_filter.statistics.count == 1:
        ctx.output.show(first[0], views.event_view(first[0] if ctx.output.writer.is_for_people else None))
    else:
        ctx.output.show_stream(chain(first, events), view)


def _process_count(inputs: list[str]) -> int:
    """Return the number of processes for the command `events decode`: 1 unless its input files are large."""
    # Not Path.is_file: it raises OSError for a name that is too long.
    if STDIN in inputs or not all(map(os.path.isfile, inputs)):
        return 1
    if sum(map(os.path.getsize, inputs)) < PARALLEL_BYTES:
        return 1
    from loyaltyctl.webhooks.parallel import process_count

    return process_count()


def _suggest_types(ctx: Context, statistics: FilterStatistics, other_types: Iterable[str]) -> None:
    """Warn that no decoded event has a type of --type, and list the types of the decoded events."""
    found = statistics.other_types.most_common(10)
    counted = [f"{type_ or 'without a type'} ({count:,})" for type_, count in found]
    there = f"; there are {', '.join(counted)}" if counted else ""
    for other in sorted(other_types):
        suggestion = did_you_mean(other, [*statistics.other_types, *NAMES])
        ctx.messages.warn(f"no event has the type {quoted(other)}{suggestion}{there}")


def _report_statistics(ctx: Context, statistics: FilterStatistics, *, has_key: bool) -> None:
    """Report how many events were decoded and left out, and warn about signatures that were not checked."""
    total = statistics.count
    if total > 1:
        states = [f"{count:,} {state}" for state, count in statistics.states.items()]
        skipped = [
            f"{count:,} {reason}"
            for reason, count in statistics.skipped.items()
            if reason is not SkipReason.UNREADABLE
        ]
        unreadable = statistics.skipped[SkipReason.UNREADABLE]
        read = ", ".join([*states, *([f"{unreadable:,} unreadable"] if unreadable else ())])
        ctx.messages.note(
            f"{total:,} read: {read}" + (f"; left out: {', '.join(skipped)}" if skipped else "")
        )
    if statistics.without_time:
        ctx.messages.warn(
            f"{statistics.without_time:,} of {total:,} have no time, so --since does not leave them out"
        )
    unchecked = statistics.states[SignatureState.UNCHECKED]
    for where, count in statistics.found_in.items():
        ctx.messages.note(f"found in {where}" + (f": {count:,} of {total:,}" if total > 1 else ""))
    if unchecked and has_key:
        ctx.messages.warn(f"{unchecked:,} of {total:,} NOT CHECKED: bare JSON has no signature")
    elif unchecked:
        ctx.messages.warn(
            "NOT CHECKED: without a public key, anybody may have written this (--public-key FILE)"
        )
