"""Client of the sandbox that sends and reads raw JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from loyaltyctl.sandbox.app import PREFIXES, Application
from tests.model.examples import golden

if TYPE_CHECKING:
    from loyaltyctl.sandbox.store import Store

RULE = golden("create_request")["earningRule"]
RULES = "/v1/earning-rules"


class Api:
    """A sandbox and an HTTP client that shares no code with it."""

    def __init__(
        self, store: Store, prefix: str = PREFIXES[0], headers: dict[str, str] | None = None, **settings: Any
    ) -> None:
        app = Application(store, **settings)
        self._client = httpx.Client(
            transport=httpx.WSGITransport(app), base_url=f"http://sandbox{prefix}", headers=headers
        )

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        content = more.pop("content", None) or (None if body is None else json.dumps(body))
        response = self._client.request(method, path, content=content, **more)
        assert response.headers["X-Wix-Request-Id"]
        assert response.headers["content-type"] == "application/json"
        return response

    def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        response = self(method, path, body, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> Any:
        response = self(method, path, body, **more)
        assert response.status_code == status, response.text
        assert set(response.json()) == {"message", "details"}
        return response.json()["details"]

    def violations(self, method: str, path: str, body: Any) -> dict[str, str]:
        details = self.refused(400, method, path, body)
        return {one["field"]: one["ruleName"] for one in details["validationError"]["fieldViolations"]}
