"""API client of one site: the methods of each resource, and requests to any other path."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from loyaltyctl.api.calls import Call
from loyaltyctl.api.dry_run import DryRun
from loyaltyctl.api.methods import EARNING_RULES, EFFECTS, Content, Effect, Method
from loyaltyctl.api.orders import Orders
from loyaltyctl.api.paths import validate_path
from loyaltyctl.api.rules import Rules
from loyaltyctl.intake.redaction import redacted, redacted_url
from loyaltyctl.intake.values import is_guid

if TYPE_CHECKING:
    from loyaltyctl.api.session import Session
    from loyaltyctl.contract.outputs.requests import Request
    from loyaltyctl.intake.values import Json, JsonObject
    from loyaltyctl.transport.deadline import Clock


class Client:
    """API client: the methods of each resource, and requests to any other path of the API."""

    def __init__(self, sender: Session | DryRun, clock: Clock) -> None:
        """Create a client whose calls `sender` performs: a session sends them, a dry run records them."""
        self._sender = sender
        self.rules = Rules(sender, clock)
        self.orders = Orders(sender)

    @property
    def prepared_requests(self) -> list[Request]:
        """The requests that the client recorded in a dry run, in the order of the calls.

        Empty if the client is not in a dry run.
        """
        return self._sender.requests if isinstance(self._sender, DryRun) else []

    def send(self, verb: str, path: str, body: JsonObject | None = None) -> Json:
        """Send a request of the client to any path of the API, as `loyaltyctl api` does.

        `path` may have a query. Return the JSON of the response; None if it has no body. Raises UsageError
        for a path that could lead to another server, and the errors of any API call.
        """
        shown = shlex.quote(redacted_url(validate_path(path)))
        named = path.partition("?")[0]
        effect = EFFECTS[verb]
        check = (
            "Look at the site" if effect is Effect.CREATE else f"Look at it with: loyaltyctl api GET {shown}"
        )
        resource = EARNING_RULES if EARNING_RULES.has_path(path) else None
        *_, last = named.split("/")
        ids = (last.lower(),) if resource and is_guid(last) else ()
        method = Method(verb, named, effect, Content.ANYTHING, resource)
        what = redacted(f"{verb} {named}")
        return self._sender.perform(Call(what, method, path, body=body, ids=ids, check=check)).body

    def close(self) -> None:
        """Close the connections of the client."""
        self._sender.close()
