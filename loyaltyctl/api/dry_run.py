"""A session that sends nothing: it writes down each request and answers with stand-ins.

What only the site could tell stands as a word in capitals (REVISION), so that a dry
run of a command that reads before it writes shows both requests.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from loyaltyctl.api.calls import Gives, Response
from loyaltyctl.intake.redaction import redacted_url
from loyaltyctl.model.triggers import LOYALTY_APP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loyaltyctl.api.auth import Authorizer
    from loyaltyctl.api.calls import Call
    from loyaltyctl.api.session import Reconcile
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.transport.deadline import Deadline


REVISION = "REVISION"
"""Stands for a revision that only the site knows."""


class PreparedRequest(NamedTuple):
    """A request as it would be sent, with the names of variables in place of secrets."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: JsonObject | None

    def document(self) -> JsonObject:
        """The request as JSON."""
        headers: JsonObject = dict(self.headers)
        return {"method": self.method, "url": self.url, "headers": headers, "body": self.body}


class DryRun:
    """Takes the place of a Session in a dry run."""

    def __init__(self, origin: str, authorizer: Authorizer) -> None:
        self._origin = origin
        self._headers = authorizer.rehearsed()
        self.requests: list[PreparedRequest] = []

    def perform(
        self, call: Call, _find_out: Reconcile | None = None, deadline: Deadline | None = None
    ) -> Response:
        """Write `call` down; the answer is made up."""
        del deadline  # nothing is waited for
        url = self._origin + call.path + (f"?{urlencode(call.query)}" if call.query else "")
        content = {} if call.body is None else {"Content-Type": "application/json"}
        self.requests.append(
            PreparedRequest(call.method, redacted_url(url), {**self._headers, **content}, call.body)
        )
        return Response(_stand_in(call))

    def close(self) -> None:
        """Nothing is open."""


def _stand_in(call: Call) -> JsonObject:
    sent = call.body or {}
    if call.gives is Gives.RESULTS:
        items = sent.get("earningRules")
        count = len(items) if isinstance(items, list) else 0
        return {
            "results": [
                {"itemMetadata": {"id": "ID", "originalIndex": i, "success": True}} for i in range(count)
            ]
        }
    if call.gives is Gives.RULES:
        return {"earningRules": [_rule(rule_id) for rule_id in call.about]}
    rule = sent.get("earningRule")
    return {"earningRule": _rule("".join(call.about) or "ID") | (rule if isinstance(rule, dict) else {})}


def _rule(rule_id: str) -> JsonObject:
    return {"id": rule_id, "revision": REVISION, "sourceAppId": LOYALTY_APP}
