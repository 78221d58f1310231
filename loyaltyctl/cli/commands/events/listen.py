"""`events listen`: run a local webhook endpoint."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.events import options, views
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.file_options import check_file_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.webhooks.app import Accepted, Rejected
    from loyaltyctl.webhooks.delivery import Delivery
    from loyaltyctl.webhooks.forwarding import Forwarder, Route
    from loyaltyctl.webhooks.reader import DecodedEvent

DEFAULT_PORT = 8788
MAX_SHOWN = 20
"""Maximum number of rejected requests that are shown; the summary at the end counts all of them."""
ACCEPTED, DUPLICATE, REJECTED, DROPPED = "accepted", "duplicate", "rejected", "not forwarded"

Save = Annotated[
    str | None, Option("--save", metavar="FILE", help="Append each event to this file before responding.")
]
ForwardTo = Annotated[
    list[str] | None,
    Option(
        "--forward-to",
        metavar="[TYPES=]URL",
        help="Forward events; types may contain *. May be repeated.",
        show_default=False,
    ),
]
Dedupe = Annotated[
    bool, Option("--dedupe", help="Save and show each event once, by type and ID, or by content.")
]
Count = Annotated[int | None, Option("--count", min=1, metavar="N", help="End after N events.")]


def listen(  # noqa: PLR0913, PLR0917 - the options of the command
    ctx: Context,
    host: flags.Host = "127.0.0.1",
    port: flags.Port = DEFAULT_PORT,
    save: Save = None,
    forward_to: ForwardTo = None,
    dedupe: Dedupe = False,
    count: Count = None,
    *,
    trust: options.TrustOptions,
) -> None:
    """Run a local webhook endpoint until Ctrl-C.

    Each request is verified, its event is appended to the file of --save and synced to
    disk, and only then the response is 200; after that, the event is shown and forwarded.
    Requests that are not genuine get 400 or 401. Without a public key, every well-formed token is
    accepted. --forward-to sends on the token unchanged; each URL has its own queue.

    Examples:
      loyaltyctl events listen --public-key test.pub.pem --save events.jsonl --dedupe
      loyaltyctl events listen --forward-to http://localhost:3000 --forward-to "account_*=http://localhost:3001"
    """
    from loyaltyctl.webhooks.listener import Listener

    # Checked before the port is opened: not every output format can show events one by one.
    ctx.output.check_stream(views.LINE)
    reader = trust.reader(ctx)
    forwarder = _create_forwarder(ctx, forward_to or ())
    counts = Counter({ACCEPTED: 0, DUPLICATE: 0, REJECTED: 0, DROPPED: 0})
    hint = "Give the name of a file to append events to."
    path = None if save is None else Path(check_file_name(save, "--save", hint))
    with Listener(reader, ctx.console.clock, path, once=dedupe, limit=count) as listener:
        ctx.messages.write(f"listening on {listener.listen(host, port)}")
        if reader.key is None:
            ctx.messages.warn("NOT CHECKED: without a public key, every well-formed token is accepted")
        for result in listener.results():
            _handle_result(ctx, result, counts, forwarder, once=dedupe)
            if counts[ACCEPTED] == count:
                break
    forwarder.close()
    counts[DROPPED] = forwarder.dropped
    summary = ", ".join(f"{number:,} {name}" for name, number in counts.items() if number)
    ctx.messages.note(f"done: {summary or 'no requests'}")


def _handle_result(
    ctx: Context, result: Accepted | Rejected, counts: Counter[str], forwarder: Forwarder, *, once: bool
) -> None:
    """Count the result of a request that `events listen` has received; show and forward its event.

    With `once` (--dedupe), a repeated event is only counted. A rejected request has no event: a note shows
    why it was rejected, but only for the first MAX_SHOWN of them.
    """
    from loyaltyctl.webhooks.app import Rejected

    if isinstance(result, Rejected):
        counts[REJECTED] += 1
        if counts[REJECTED] <= MAX_SHOWN:
            is_shown = result.description and (result.needs_action or ctx.flags.verbose)
            description = f": {result.description}" if is_shown else ""
            ctx.messages.note(f"rejected with {result.status}: {result.reason}{description}")
        return
    if once and not result.is_new:
        counts[DUPLICATE] += 1
        return
    counts[ACCEPTED] += 1
    ctx.output.show_next(result.decoded, views.LINE)
    forwarder.send(result.decoded)


def _create_forwarder(ctx: Context, routes: Sequence[str]) -> Forwarder:
    """Create the forwarder for --forward-to of `events listen`; it reports each delivery."""
    from loyaltyctl.intake.redaction import without_login
    from loyaltyctl.webhooks.forwarding import Forwarder, Route

    def report(route: Route, decoded: DecodedEvent, delivery: Delivery) -> None:
        """Print a note on an event that `events listen` has forwarded, with the endpoint's response."""
        outcome = delivery.problem or f"{delivery.status} in {delivery.seconds * 1000:.0f} ms"
        more = f"; it {delivery.redirect}" if delivery.redirect else ""
        ctx.messages.note(f"{decoded.event.type} to {without_login(route.url)}: {outcome}{more}")

    return Forwarder([Route.parse(text) for text in routes], ctx.settings.timeout, report)
