"""Client of a sandbox with faults, on a clock that does not wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loyaltyctl.api.auth import Anonymous
from loyaltyctl.api.client import Client
from loyaltyctl.api.exchange import Exchange
from loyaltyctl.api.hooks import RequestStarted
from loyaltyctl.api.session import Session
from loyaltyctl.model.validation_results import RuleDraft
from loyaltyctl.sandbox.app import DEFAULT_SITE, Application
from loyaltyctl.sandbox.faults import Fault, Faults
from loyaltyctl.sandbox.store import Store
from tests.conftest import FakeClock
from tests.model.examples import golden

if TYPE_CHECKING:
    from loyaltyctl.api.auth import Authorizer
    from loyaltyctl.api.hooks import Notification

DRAFT = RuleDraft(golden("create_request")["earningRule"] | {"title": "New"})


class SandboxClient:
    """A client of a sandbox in memory, and all notifications of the client."""

    def __init__(
        self,
        *faults: str,
        authorizer: Authorizer | None = None,
        api_key: str | None = None,
        retries: int = 2,
        seconds: float = 60,
    ) -> None:
        self.store = Store()
        self.clock = FakeClock()
        self.notifications: list[Notification] = []
        app = Faults(Application(self.store, api_key=api_key), [Fault.parse(spec) for spec in faults])
        self.session = Session(
            Exchange.in_process("http://127.0.0.1", self.notifications.append, app),
            authorizer=authorizer or Anonymous(),
            limiter=None,
            clock=self.clock,
            hooks=[self.notifications.append],
            seconds=seconds,
            retries=retries,
        )
        self.client = Client(self.session, self.clock)
        self.rules = self.client.rules

    def close(self) -> None:
        self.session.close()
        self.store.close()

    def titles(self, site: str = DEFAULT_SITE) -> list[Any]:
        """Return the titles of the rules on the site."""
        with self.store.site(site) as rules:
            return [rule["title"] for rule in rules.rules()]

    def sent(self, method: str) -> int:
        """Return the number of requests with an HTTP method."""
        return sum(
            isinstance(notification, RequestStarted) and notification.method == method
            for notification in self.notifications
        )
