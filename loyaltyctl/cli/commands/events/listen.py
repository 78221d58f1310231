"""listen: a local endpoint that checks, stores, answers, and then shows and forwards."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.events import options as given
from loyaltyctl.cli.commands.events import views
from loyaltyctl.cli.runtime import flags
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.cli.runtime.public_keys import check_file_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.api.deliveries import Delivery
    from loyaltyctl.webhooks.app import Accepted, Rejected
    from loyaltyctl.webhooks.forwarding import Forwarder, Route
    from loyaltyctl.webhooks.reader import DecodedEvent

DEFAULT_PORT = 8788
SHOWN = 20
"""Refusals that are told one by one; the rest is in the sum at the end."""
ACCEPTED, DUPLICATE, REFUSED, LEFT_OUT = "accepted", "duplicate", "refused", "not forwarded"

Save = Annotated[
    str | None, Option("--save", metavar="FILE", help="Add each event to this file before it is answered.")
]
Forward = Annotated[
    list[str] | None,
    Option(
        "--forward-to",
        metavar="[TYPES=]URL",
        help="Pass events on; types may have * in them.",
        show_default=False,
    ),
]
Dedupe = Annotated[
    bool, Option("--dedupe", help="Keep and show each event once, by its type and id, or its bytes.")
]
Count = Annotated[int | None, Option("--count", min=1, metavar="N", help="End after that many events.")]


def listen(  # noqa: PLR0913, PLR0917 - where to listen, what to trust, and what to do with it
    ctx: Context,
    host: flags.Host = "127.0.0.1",
    port: flags.Port = DEFAULT_PORT,
    save: Save = None,
    forward_to: Forward = None,
    dedupe: Dedupe = False,
    count: Count = None,
    *,
    trust: given.Trust,
) -> None:
    """Receive events as an endpoint of one's own would, until Ctrl-C.

    A request is checked, its event is written to the file of --save and synced, and then
    answered with 200; only after that it is shown and passed on. What is not genuine is
    answered with 400 or 401. Without a public key everything with the form of a token is
    taken. The endpoints of --forward-to get the token as it came; each has a queue.

    Examples:
      loyaltyctl events listen --public-key test.pub.pem --save events.jsonl --dedupe
      loyaltyctl events listen --forward-to http://localhost:3000 --forward-to "account_*=http://localhost:3001"
    """
    from loyaltyctl.webhooks.listener import Listener

    ctx.output.check_stream(views.LINE)
    reader = trust.reader(ctx)
    forwarder = _forwarder(ctx, forward_to or ())
    heard = Counter({ACCEPTED: 0, DUPLICATE: 0, REFUSED: 0, LEFT_OUT: 0})
    step = "Give the name of a file that events are added to."
    path = None if save is None else Path(check_file_name(save, "--save", step))
    with Listener(reader, ctx.console.clock, path, once=dedupe, most=count) as station:
        ctx.messages.write(f"listening on {station.listen(host, port)}")
        if reader.key is None:
            ctx.messages.warn(
                "NOT CHECKED: no public key is given, so anything with the form of a token is taken"
            )
        for fact in station.facts():
            _hear(ctx, fact, heard, forwarder, once=dedupe)
            if heard[ACCEPTED] == count:
                break
    forwarder.close()
    heard[LEFT_OUT] = forwarder.left_out
    said = ", ".join(f"{number:,} {what}" for what, number in heard.items() if number)
    ctx.messages.note(f"done: {said or 'nothing came'}")


def _hear(
    ctx: Context, fact: Accepted | Rejected, heard: Counter[str], forwarder: Forwarder, *, once: bool
) -> None:
    """Show what was received, and pass it on."""
    from loyaltyctl.webhooks.app import Rejected

    if isinstance(fact, Rejected):
        heard[REFUSED] += 1
        if heard[REFUSED] <= SHOWN:
            why = f": {fact.why}" if fact.why and (fact.needs_action or ctx.flags.verbose) else ""
            ctx.messages.note(f"refused with {fact.status}: {fact.reason}{why}")
        return
    if once and not fact.is_new:
        heard[DUPLICATE] += 1
        return
    heard[ACCEPTED] += 1
    ctx.output.show_next(fact.reading, views.LINE)
    forwarder.send(fact.reading)


def _forwarder(ctx: Context, routes: Sequence[str]) -> Forwarder:
    """Passes events on, and says what became of each."""
    from loyaltyctl.transport.redirects import without_login
    from loyaltyctl.webhooks.forwarding import Forwarder, Route

    def tell(route: Route, reading: DecodedEvent, delivery: Delivery) -> None:
        outcome = delivery.problem or f"{delivery.status} in {delivery.seconds * 1000:.0f} ms"
        more = f"; it {delivery.redirect}" if delivery.redirect else ""
        ctx.messages.note(f"{reading.event.type} to {without_login(route.url)}: {outcome}{more}")

    seconds = float(ctx.settings["timeout"].value or 0)
    return Forwarder([Route.parse(text) for text in routes], seconds, tell)
