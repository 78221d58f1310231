"""`loyaltyctl auth status`: show the credentials in use, and whether the API accepts them."""

from __future__ import annotations

from loyaltyctl.cli.commands.auth.options import Offline
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config import SANDBOX
from loyaltyctl.contract.json_values import OMITTED
from loyaltyctl.contract.outputs.settings import AuthStatus
from loyaltyctl.errors import LoyaltyError, NotAllowed


def status(ctx: Context, offline: Offline = False) -> None:
    """Show the credentials in use, and whether the API accepts them.

    Shows where each value comes from. With --offline, the API is not called.

    Examples:
      loyaltyctl -p sandbox auth status
      loyaltyctl -p sandbox auth status --json --offline
    """
    found, error = _status_and_error(ctx, offline=offline)
    ctx.output.show_object(found)  # also with an error: it shows which credentials were rejected
    if error:
        raise error


def _status_and_error(ctx: Context, *, offline: bool) -> tuple[AuthStatus, LoyaltyError | None]:
    """Return the status of the credentials in use, and the error of the API call that checks them.

    The error is None if the API accepts them or is not called. Raises NotAllowed without credentials.
    """
    from loyaltyctl.cli.runtime.endpoint import no_credentials

    profile = ctx.settings["profile"]
    if profile.value == SANDBOX:
        in_sandbox = AuthStatus(
            profile=SANDBOX,
            kind="none needed in the sandbox",
            credential=OMITTED,
            source=str(profile.source),
            server=OMITTED,
            server_source=OMITTED,
            site_id=OMITTED,
            account_id=OMITTED,
            instance_id=OMITTED,
            target_source=OMITTED,
            accepted=True,
        )
        return in_sandbox, None
    found = ctx.settings.credential()
    if found is None:
        raise no_credentials(ctx.settings)
    site, account = ctx.settings.target()
    target = site if site.value else account
    server = ctx.settings["base-url"]
    used = AuthStatus(
        profile=ctx.settings.shown_profile() or None,
        kind=found.credential.kind,
        credential=found.credential.secret.masked(),
        source=str(found.source),
        server=server.value or OMITTED,
        server_source=str(server.source),
        site_id=site.value,
        account_id=account.value,
        instance_id=ctx.settings.instance(),
        target_source=str(target.source if target.value else found.source),
        accepted=None,
    )
    if offline:
        return used, None
    try:
        ctx.rules.list()
    except LoyaltyError as error:
        return used._replace(accepted=False if isinstance(error, NotAllowed) else None), error
    return used._replace(accepted=True), None
