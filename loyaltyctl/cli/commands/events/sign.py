"""`events sign`: sign an event."""

from __future__ import annotations

from loyaltyctl.cli.commands.events import options
from loyaltyctl.cli.runtime.context import Context


def sign(ctx: Context, key: options.PrivateKeyFile, source: options.EventOptions) -> None:
    """Sign an event as Wix does, and print the token.

    The event is a sample of a type, or comes from a file in any format that `events decode`
    reads. PATH is the path of a field in the output of `events decode --json`; VALUE is text,
    or JSON for a field that is not text.

    Examples:
      loyaltyctl events sign --type program_updated --key test.pem
      loyaltyctl events sign --type account_updated --key test.pem --set entity.points.balance=95
      loyaltyctl -p sandbox events sign --key test.pem --from-rule b690f925-8527-4d5e-b358-4b0adcb275b5
    """
    from loyaltyctl.model.events import samples
    from loyaltyctl.tokens import signing

    claims = samples.to_claims(source.document(ctx))
    ctx.output.write(f"{signing.sign(claims, options.private_key(ctx, key))}\n")
