"""send and replay: events to an endpoint, good ones and bad ones."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.events import options as given
from loyaltyctl.cli.commands.events import trials
from loyaltyctl.cli.commands.events.trials import Attempt, Counted, Trial
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.errors import Difference, InvalidData, InvalidToken, TryLater, UsageError
from loyaltyctl.tokens.signing import Defect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from loyaltyctl.model.events.event import Event
    from loyaltyctl.webhooks.event_files import InputItem
    from loyaltyctl.webhooks.reader import EventReader

Repeat = Annotated[
    int, Option("--repeat", min=1, max=100_000, metavar="N", help="That many events, each its own.")
]
Duplicate = Annotated[bool, Option("--duplicate", help="Each event twice, as happens.")]
Tamper = Annotated[bool, Option("--tamper", help="Also one whose payload was changed after it was signed.")]
Expired = Annotated[bool, Option("--expired", help="Also one that expired an hour ago.")]
WrongKey = Annotated[bool, Option("--wrong-key", help="Also one that somebody else signed.")]
Resign = Annotated[bool, Option("--resign", help="Sign the events anew, with --key.")]
Key = Annotated[str | None, Option("--key", metavar="FILE", help="The private key, for --resign.")]


def send(  # noqa: PLR0913, PLR0917 - what the event is made from, and how it is sent
    ctx: Context,
    to: given.To,
    key: given.PrivateKeyFile,
    recipe: given.Recipe,
    repeat: Repeat = 1,
    duplicate: Duplicate = False,
    tamper: Tamper = False,
    expired: Expired = False,
    wrong_key: WrongKey = False,
) -> None:
    """Send an event to an endpoint, and say how it answers.

    A correct endpoint answers 200 to a genuine event within 1.25 seconds, and again when
    it comes twice; it refuses one that was changed, expired, or signed by somebody else.
    The exit code is 10 where it does not.

    Examples:
      loyaltyctl events send --to http://localhost:3000/events --key test.pem --type program_updated
      loyaltyctl events send --to http://localhost:3000 --key test.pem --type tier_deleted --tamper --expired
    """
    from loyaltyctl.model.events import samples
    from loyaltyctl.tokens import signing

    document = recipe.event(ctx)
    private, now = given.private_key(ctx, key), ctx.console.clock.time()
    asked = {Defect.TAMPER: tamper, Defect.EXPIRED: expired, Defect.WRONG_KEY: wrong_key}

    def tokens() -> Iterator[tuple[Trial, str]]:
        for number in range(repeat):
            event = samples.copy_with_new_id(document, number) if number else document
            token = signing.sign(samples.to_claims(event), private)
            yield Trial.GENUINE, token
            if duplicate:
                yield Trial.DUPLICATE, token
        for defect in (defect for defect, wanted in asked.items() if wanted):
            claims = samples.to_claims(samples.copy_with_new_id(document, 0))
            yield Trial(defect), signing.sign_defective(claims, private, defect, now)

    _send(ctx, to, tokens())


def replay(
    ctx: Context,
    inputs: given.Inputs,
    to: given.To,
    resign: Resign = False,
    key: Key = None,
) -> None:
    """Send saved events again: byte for byte, or signed anew.

    Tokens are sent as they were received, so one that has expired since then is refused
    by a correct endpoint; --resign gives each a signature and times of its own.

    Examples:
      loyaltyctl events replay events.jsonl --to http://localhost:3000/events
      loyaltyctl events replay events.jsonl --to http://localhost:3000/events --resign --key test.pem
    """
    from loyaltyctl.model.events import samples
    from loyaltyctl.tokens import signing
    from loyaltyctl.webhooks.reader import EventReader

    if resign != (key is not None):
        raise UsageError("--resign and --key go together")
    private = None if key is None else given.private_key(ctx, key)
    reader = EventReader(None, ctx.console.clock.time())

    def token(arrival: InputItem) -> str:
        event = _event(reader, arrival)
        if private is not None:
            return signing.sign(samples.to_claims(samples.from_event(event, reader.now)), private)
        if arrival.token is None:
            raise InvalidData(
                f"{arrival.where}: this is no token, and must be signed first",
                hint="Sign it with: --resign --key FILE",
            )
        return arrival.token

    _send(ctx, to, [(Trial.GENUINE, token(arrival)) for arrival in given.read_items(ctx, inputs)])


def _event(reader: EventReader, arrival: InputItem) -> Event:
    """Return the event; the error names its place. Where there is an error, nothing is sent."""
    try:
        return reader.read(arrival).event
    except (InvalidData, InvalidToken) as error:
        place = "" if error.message.startswith(arrival.where) else f"{arrival.where}: "
        raise type(error)(f"{place}{error.message}", code=error.reason, hint=error.hint) from None


def _send(ctx: Context, url: str, tokens: Iterable[tuple[Trial, str]]) -> None:
    """Send tokens one after the other, and show how each was answered."""
    from loyaltyctl.api.deliveries import Endpoint
    from loyaltyctl.transport.redirects import without_login

    with closing(Endpoint(url, float(ctx.settings["timeout"].value or 0))) as endpoint:
        counted = Counted(Attempt(trial, endpoint.post(token)) for trial, token in tokens)
        ctx.output.show_stream(counted, trials.ATTEMPT)
    if counted.failure:
        some = "" if counted.sent == 1 else f" to {counted.unreached:,} of {counted.sent:,}"
        raise TryLater(
            f"no answer from {without_login(url)}{some}: {counted.failure.text}",
            code=counted.failure.code,
            hint=counted.failure.hint,
        )
    if counted.wrong:
        raise Difference(
            f"{counted.wrong:,} of {counted.sent:,} were not answered as a correct endpoint would",
            code="ENDPOINT_WRONG",
            hint=f"It {counted.redirect}: give --to the address that answers." if counted.redirect else "",
        )
