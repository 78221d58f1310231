"""decode: what is in tokens and events, and whether it is to be trusted."""

from __future__ import annotations

import os
from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.events import options as given
from loyaltyctl.cli.commands.events import views
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.intake import timestamps
from loyaltyctl.intake.values import did_you_mean, quoted
from loyaltyctl.model.events.names import NAMES, find, is_valid, matching
from loyaltyctl.webhooks.filter import EventFilter, FilterOptions, SkipReason, Tally
from loyaltyctl.webhooks.reader import SignatureState

if TYPE_CHECKING:
    from collections.abc import Iterable

MUCH = 1024 * 1024

Types = Annotated[
    list[str] | None,
    Option(
        "--type",
        metavar="TYPE",
        help="Only this type, of any app; also names events that do not state theirs.",
    ),
]
Handler = Annotated[
    str | None, Option("--handler", metavar="HANDLER", help="The Velo handler that events were passed to.")
]
Since = Annotated[str | None, Option("--since", metavar="TIME", help="Only events since then, such as 2h.")]
Dedupe = Annotated[bool, Option("--dedupe", help="Each event once, by its type and id, or its bytes.")]
Latest = Annotated[bool, Option("--latest", help="Only the latest event of each entity.")]


def decode(  # noqa: PLR0913, PLR0917 - what to trust, and which to show
    ctx: Context,
    inputs: given.Inputs,
    trust: given.Trust,
    at: given.At = None,
    type_: Types = None,
    handler: Handler = None,
    since: Since = None,
    dedupe: Dedupe = False,
    latest: Latest = False,
) -> None:
    """Show what is in events: tokens, or the JSON that handlers get.

    Tokens may stand one a line, in arrays, or in lines that `events listen` saved; JSON
    may be a domain event, an SDK envelope, a Velo event or decoded claims. A token is also
    found in a body that was parsed, a log line, a curl command, base64 or a printed object,
    as long as there is exactly one. With a public key signatures are checked, and any that
    fails makes the exit code 9; without one, anybody may have written what is shown.

    Examples:
      loyaltyctl events decode token.jwt
      loyaltyctl events decode token.jwt --public-key test.pub.pem --json
      loyaltyctl events decode events.jsonl --type program_updated --latest -o jsonl
      loyaltyctl events decode velo.json --handler wixLoyalty_onProgramUpdated
    """
    names = [name for name in type_ or () if matching(name) or not is_valid(name)]
    others = frozenset(type_ or ()) - {*names}
    kinds = [find(name) for name in [*names, *([handler] if handler else ())]]
    named = kinds[0] if len(kinds) == 1 and not others else None
    reader = trust.reader(ctx, at)._replace(named=named, unwraps=True)
    earliest = None if since is None else timestamps.parse_option(since, "--since", ctx.console.clock.time())
    if earliest is not None:
        ctx.messages.note(f"events since {timestamps.format_utc(earliest)}")
    wanted = FilterOptions(frozenset(kind.name for kind in kinds), others, earliest, dedupe, latest)
    sieve = EventFilter(reader, wanted)
    _show(ctx, sieve, inputs, _processes(inputs) if wanted.one_by_one else 1)
    _tell(ctx, sieve.tally, checking=reader.key is not None)
    if others and not sieve.tally.shown:
        _tell_types(ctx, sieve.tally, others)
    if (verdict := sieve.tally.verdict()) is not None:
        raise verdict


def _show(ctx: Context, sieve: EventFilter, inputs: list[str], number: int) -> None:
    """Show the events in the files, by several processes where that can be."""
    view = views.reading_view()
    if number > 1 and ctx.output.writer.is_by_line:
        for text in sieve.texts(
            lambda: given.read_items(ctx, inputs),
            lambda readings: ctx.output.writer.many(readings, view),
            number,
        ):
            ctx.output.write(text)
        return
    events = sieve.events(given.read_items(ctx, inputs))
    first = [*islice(events, 2)]
    if len(first) == sieve.tally.count == 1:
        ctx.output.show(first[0], views.reading_view(first[0] if ctx.output.writer.is_for_people else None))
    else:
        ctx.output.show_stream(chain(first, events), view)


def _processes(inputs: list[str]) -> int:
    """How many processes the files are worth: more than one where there is much in them."""
    # Not Path.is_file, which raises for a name that is too long.
    if not all(map(os.path.isfile, inputs)) or sum(map(os.path.getsize, inputs)) < MUCH:
        return 1
    from loyaltyctl.webhooks.parallel import processes

    return processes()


def _tell_types(ctx: Context, tally: Tally, others: Iterable[str]) -> None:
    """Name the types that are there, where none of those that were asked for is."""
    found = tally.other_types.most_common(10)
    counted = [f"{type_ or 'without a type'} ({count:,})" for type_, count in found]
    there = f"; there are {', '.join(counted)}" if counted else ""
    for other in sorted(others):
        advice = did_you_mean(other, [*tally.other_types, *NAMES])
        ctx.messages.warn(f"no event is of the type {quoted(other)}{advice}{there}")


def _tell(ctx: Context, tally: Tally, *, checking: bool) -> None:
    """Say what was read, what was left out, and loudly what nobody checked."""
    if tally.count > 1:
        states = [f"{count:,} {state}" for state, count in tally.states.items()]
        left = [f"{count:,} {why}" for why, count in tally.left.items() if why is not SkipReason.UNREADABLE]
        unreadable = tally.left[SkipReason.UNREADABLE]
        said = ", ".join([*states, *([f"{unreadable:,} unreadable"] if unreadable else ())])
        ctx.messages.note(
            f"{tally.count:,} read: {said}" + (f"; left out: {', '.join(left)}" if left else "")
        )
    if tally.without_time:
        what = f"{tally.without_time:,} of {tally.count:,} have no time, so --since does not leave them out"
        ctx.messages.warn(what)
    unchecked = tally.states[SignatureState.UNCHECKED]
    for where, count in tally.found_in.items():
        ctx.messages.note(
            f"found in {where}" + (f": {count:,} of {tally.count:,}" if tally.count > 1 else "")
        )
    if unchecked and checking:
        ctx.messages.warn(f"{unchecked:,} of {tally.count:,} NOT CHECKED: bare JSON has no signature")
    elif unchecked:
        ctx.messages.warn(
            "NOT CHECKED: no public key is given, so anybody can have written this (--public-key FILE)"
        )
