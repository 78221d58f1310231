"""`events replay`: send saved events to an endpoint again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.events import options
from loyaltyctl.cli.commands.events.trials import send_all
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.events import Trial
from loyaltyctl.errors import InvalidData, InvalidToken, UsageError

if TYPE_CHECKING:
    from loyaltyctl.model.events.event import Event
    from loyaltyctl.webhooks.event_files import InputItem
    from loyaltyctl.webhooks.reader import EventReader

Resign = Annotated[bool, Option("--resign", help="Sign the events again, with --key.")]
Key = Annotated[str | None, Option("--key", metavar="FILE", help="The private key, for --resign.")]


def replay(
    ctx: Context,
    inputs: options.Inputs,
    to: options.To,
    resign: Resign = False,
    key: Key = None,
) -> None:
    """Send saved events to an endpoint again.

    Tokens are sent byte for byte, so a correct endpoint rejects one that has expired since;
    --resign gives each a new signature and new times.

    Examples:
      loyaltyctl events replay events.jsonl --to http://localhost:3000/events
      loyaltyctl events replay events.jsonl --to http://localhost:3000/events --resign --key test.pem
    """
    from loyaltyctl.model.events import samples
    from loyaltyctl.tokens import signing
    from loyaltyctl.webhooks.reader import EventReader

    if resign != (key is not None):
        raise UsageError("--resign and --key require each other")
    private = None if key is None else options.private_key(ctx, key)
    reader = EventReader(None, ctx.console.clock.time())

    def token(item: InputItem) -> str:
        """Return the token to replay for a saved event: its own, or a new one with --resign."""
        event = _read_saved_event(reader, item)
        if private is not None:
            # The ID stays the same: an endpoint still recognizes an event that it has received before.
            return signing.sign(samples.to_claims(samples.from_event(event, reader.now)), private)
        if item.token is None:
            raise InvalidData(
                f"{item.where}: not a token, so it must be signed first",
                hint="Sign it with: --resign --key FILE",
            )
        return item.token

    # A list: all events are read and signed before the first is sent, so if one is invalid, none is sent.
    send_all(ctx, to, [(Trial.GENUINE, token(item)) for item in options.read_file_arguments(ctx, inputs)])


def _read_saved_event(reader: EventReader, item: InputItem) -> Event:
    """Read the saved event in an input item of `events replay`; errors name the file and the line."""
    try:
        return reader.read(item).event
    except (InvalidData, InvalidToken) as error:
        location = "" if error.message.startswith(item.where) else f"{item.where}: "
        raise type(error)(f"{location}{error.message}", code=error.reason, hint=error.hint) from None
