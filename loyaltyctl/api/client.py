"""The API of one site for one caller."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from loyaltyctl.api.calls import EFFECTS, Call, Effect, Gives, is_of_rules
from loyaltyctl.api.dry_run import DryRun
from loyaltyctl.api.paths import validate_path
from loyaltyctl.api.rules import Rules
from loyaltyctl.intake.redaction import redacted, redacted_url
from loyaltyctl.intake.values import is_guid

if TYPE_CHECKING:
    from loyaltyctl.api.dry_run import PreparedRequest
    from loyaltyctl.api.session import Session
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.transport.deadline import Clock


class Client:
    """Holds the methods of the API by what they are about, and the one connection they share."""

    def __init__(self, sender: Session | DryRun, clock: Clock) -> None:
        self._sender = sender
        self.rules = Rules(sender, clock)

    @property
    def rehearsed(self) -> list[PreparedRequest]:
        """The requests of a dry run, in their order."""
        return self._sender.requests if isinstance(self._sender, DryRun) else []

    def send(self, method: str, path: str, body: JsonObject | None = None) -> Json:
        """The answer to a call of the caller's own making; None where it is empty. `path` may have a query.

        Raises UsageError for a path that may lead to another server, and the errors of any call.
        """
        own = shlex.quote(redacted_url(validate_path(path)))
        named = path.partition("?")[0]
        what = redacted(f"{method} {named}")
        effect = EFFECTS[method]
        look = "Look at the site" if effect is Effect.CREATE else f"Look at it with: loyaltyctl api GET {own}"
        *_, last = named.split("/")
        about = (last.lower(),) if is_of_rules(path) and is_guid(last) else ()
        call = Call(what, effect, method, path, body=body, gives=Gives.JSON, about=about, look=look)
        return self._sender.perform(call).body

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
