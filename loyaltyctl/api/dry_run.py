"""Dry run: a session that records each request instead of sending it, and returns placeholder responses.

A placeholder is a word in capitals, such as REVISION, for data that only the site has. So a command that
reads a rule before it changes the rule can continue, and its dry run shows both requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.api.calls import Response
from loyaltyctl.api.methods import Content
from loyaltyctl.contract.outputs.requests import Request
from loyaltyctl.intake.redaction import redacted_url
from loyaltyctl.model.triggers import LOYALTY_APP

if TYPE_CHECKING:
    from loyaltyctl.api.auth import Authorizer
    from loyaltyctl.api.calls import Call
    from loyaltyctl.api.reconcile import Reconcile
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.transport.deadline import Deadline


REVISION = "REVISION"
"""Placeholder for the revision of a rule in requests of a dry run."""


class DryRun:
    """Session of a dry run: it records requests, and sends nothing."""

    def __init__(self, origin: str, authorizer: Authorizer) -> None:
        """Start a dry run of requests to the server `origin`, with the headers of `authorizer`."""
        self._origin = origin
        self._headers = authorizer.dry_run_headers()
        self.requests: list[Request] = []

    def perform(
        self, call: Call, _reconcile: Reconcile | None = None, deadline: Deadline | None = None
    ) -> Response:
        """Record the request that a call would send without the dry run; return a placeholder response."""
        del deadline
        content = {} if call.body is None else {"Content-Type": "application/json"}
        url = redacted_url(self._origin + call.target)
        self.requests.append(Request(call.method.verb, url, {**self._headers, **content}, call.body))
        return Response(_placeholder_body(call))

    def close(self) -> None:
        """Do nothing: a dry run has no connections."""


def _placeholder_body(call: Call) -> JsonObject:
    """Return the response body of a dry run: placeholders, in the form that the called method expects."""
    resource, sent = call.method.resource, call.body or {}
    if resource is None:
        return {}
    match call.method.content:
        case Content.RESULTS:
            items = sent.get(resource.many)
            count = len(items) if isinstance(items, list) else 0
            metadata: list[JsonObject] = [
                {"id": "ID", "originalIndex": i, "success": True} for i in range(count)
            ]
            return {"results": [{"itemMetadata": item} for item in metadata]}
        case Content.MANY:
            return {resource.many: [_placeholder_entity(entity_id) for entity_id in call.ids]}
        case _:
            entity = sent.get(resource.one)
            known = entity if isinstance(entity, dict) else {}
            return {resource.one: _placeholder_entity(call.ids[0] if call.ids else "ID") | known}


def _placeholder_entity(entity_id: str) -> JsonObject:
    """Return the rule in the response of a dry run, with a placeholder instead of a revision."""
    # The source of non-automated rules, so that `rules delete` shows the request for the usual kind of rule.
    return {"id": entity_id, "revision": REVISION, "sourceAppId": LOYALTY_APP}
