"""`loyaltyctl auth status`: the credentials in use, and whether the API accepts them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.cli.commands.auth.options import Offline
from loyaltyctl.cli.runtime.context import Context
from loyaltyctl.config.settings import SANDBOX
from loyaltyctl.errors import LoyaltyError, NotAllowed

if TYPE_CHECKING:
    from loyaltyctl.intake.values import JsonObject


def status(ctx: Context, offline: Offline = False) -> None:
    """Show the credentials in use, and whether the API accepts them.

    Shows where each value comes from. With --offline, the API is not called.

    Examples:
      loyaltyctl -p sandbox auth status
      loyaltyctl -p sandbox auth status --json --offline
    """
    facts, error = _status(ctx, offline=offline)
    ctx.output.show_object(facts)
    if error:
        raise error


def _status(ctx: Context, *, offline: bool) -> tuple[JsonObject, LoyaltyError | None]:
    """Return the facts to show, and the error if the API refuses the credentials or cannot be reached."""
    from loyaltyctl.cli.runtime.endpoint import no_credentials

    profile = ctx.settings["profile"]
    if profile.value == SANDBOX:
        kind = "none needed in the sandbox"
        return {"profile": SANDBOX, "kind": kind, "source": str(profile.source), "accepted": True}, None
    found = ctx.settings.credential()
    if found is None:
        raise no_credentials(ctx.settings)
    site, account = ctx.settings.target()
    target = site if site.value else account
    server = ctx.settings["base-url"]
    facts: JsonObject = {
        "profile": ctx.settings.shown_profile() or None,
        "kind": found.credential.kind,
        "credential": found.credential.secret.masked(),
        "source": str(found.source),
        "server": server.value,
        "serverSource": str(server.source),
        "siteId": site.value,
        "accountId": account.value,
        "instanceId": ctx.settings.instance(),
        "targetSource": str(target.source if target.value else found.source),
        "accepted": None,
    }
    if offline:
        return facts, None
    try:
        ctx.rules.list()
    except LoyaltyError as error:
        return {**facts, "accepted": False if isinstance(error, NotAllowed) else None}, error
    return {**facts, "accepted": True}, None
