"""`events send`: send sample events, and defective ones, to an endpoint and check its responses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Option

from loyaltyctl.cli.commands.events import options
from loyaltyctl.cli.commands.events.trials import send_all
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.contract.outputs.events import Trial
from loyaltyctl.tokens.signing import Defect

if TYPE_CHECKING:
    from collections.abc import Iterator

Repeat = Annotated[
    int, Option("--repeat", min=1, max=100_000, metavar="N", help="Send N events, each with its own ID.")
]
Duplicate = Annotated[bool, Option("--duplicate", help="Send each event twice, as Wix sometimes does.")]
Tamper = Annotated[bool, Option("--tamper", help="Also send an event that was changed after signing.")]
Expired = Annotated[bool, Option("--expired", help="Also send an event that expired an hour ago.")]
WrongKey = Annotated[bool, Option("--wrong-key", help="Also send an event that was signed with another key.")]


def send(  # noqa: PLR0913, PLR0917 - the options of the command
    ctx: Context,
    to: options.To,
    key: options.PrivateKeyFile,
    source: options.EventOptions,
    repeat: Repeat = 1,
    duplicate: Duplicate = False,
    tamper: Tamper = False,
    expired: Expired = False,
    wrong_key: WrongKey = False,
) -> None:
    """Send an event to an endpoint, and check its response.

    A correct endpoint responds with 200 to a genuine event within 1.25 seconds, and to its
    duplicate as well. It rejects an event that was changed, has expired or was signed with
    another key. If the endpoint is not correct, the exit code is 10.

    Examples:
      loyaltyctl events send --to http://localhost:3000/events --key test.pem --type program_updated
      loyaltyctl events send --to http://localhost:3000 --key test.pem --type tier_deleted --tamper --expired
    """
    from loyaltyctl.model.events import samples
    from loyaltyctl.tokens import signing

    document = source.document(ctx)
    private, now = options.private_key(ctx, key), ctx.console.clock.time()
    defects = {Defect.TAMPER: tamper, Defect.EXPIRED: expired, Defect.WRONG_KEY: wrong_key}

    def tokens() -> Iterator[tuple[Trial, str]]:
        """Sign the tokens to send: genuine events and duplicates first, then events with a defect."""
        for number in range(repeat):
            one = samples.copy_with_new_id(document, number) if number else document
            token = signing.sign(samples.to_claims(one), private)
            yield Trial.GENUINE, token
            if duplicate:
                yield Trial.DUPLICATE, token
        for defect in (defect for defect, is_wanted in defects.items() if is_wanted):
            # The ID is new: an endpoint that knows it may skip the event as a duplicate, with status 200.
            claims = samples.to_claims(samples.copy_with_new_id(document, 0))
            yield Trial(defect), signing.sign_defective(claims, private, defect, now)

    send_all(ctx, to, tokens())
