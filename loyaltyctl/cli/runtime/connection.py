"""Create API clients: over HTTP, for the in-process sandbox, or for a dry run."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, assert_never

from loyaltyctl.api.auth import Anonymous, ApiKey, App, Authorizer
from loyaltyctl.api.client import Client
from loyaltyctl.config import credentials
from loyaltyctl.config.credentials import ApiKeyCredential, AppCredential
from loyaltyctl.intake.file_names import hash_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loyaltyctl.api.hooks import Hook
    from loyaltyctl.cli.runtime.endpoint import Endpoint
    from loyaltyctl.config.paths import Paths
    from loyaltyctl.config.settings import Settings
    from loyaltyctl.transport.deadline import Clock


class Connection(NamedTuple):
    """API client of a run, with the server and site that its requests go to."""

    client: Client
    origin: str
    site: str
    local: bool
    """True if requests never leave this process: for the sandbox, and in a dry run."""
    closers: tuple[Callable[[], None], ...] = ()

    def close(self) -> None:
        """Close the HTTP connections and the sandbox database of the API client, and save the rule cache."""
        self.client.close()
        for close in self.closers:
            close()


def connect(
    endpoint: Endpoint, settings: Settings, paths: Paths, clock: Clock, hooks: Sequence[Hook]
) -> Connection:
    """Return a connection to `endpoint`, with the timeout and the number of retries from `settings`.

    The session calls the hooks in the given order.
    """
    from loyaltyctl.api.exchange import Exchange
    from loyaltyctl.api.hooks import Hooks
    from loyaltyctl.api.rate_limiter import RateLimiter
    from loyaltyctl.api.session import Session

    notify = Hooks(hooks)
    limiter = None
    closers: tuple[Callable[[], None], ...] = ()
    if endpoint.is_sandbox:
        from loyaltyctl.sandbox.app import Application
        from loyaltyctl.sandbox.store import Store

        store = Store(paths.sandbox)
        closers = (store.close,)
        exchange = Exchange.in_process(endpoint.origin, notify, Application(store))
    else:
        exchange = Exchange.over_http(endpoint.origin, notify)
        # The vendor limits calls per site, so all processes that use a site share one file of recent calls.
        limiter = RateLimiter(clock, notify, paths.calls / hash_name(endpoint.origin, endpoint.target))
    session = Session(
        exchange,
        authorizer=_authorizer(endpoint, paths, clock),
        limiter=limiter,
        clock=clock,
        hooks=hooks,
        seconds=settings.timeout,
        retries=int(settings["retries"].value or 0),
        remedy=endpoint.refusal_hint,
    )
    return Connection(Client(session, clock), endpoint.origin, endpoint.target, endpoint.is_sandbox, closers)


def connect_for_dry_run(endpoint: Endpoint, paths: Paths, clock: Clock) -> Connection:
    """Create the connection for a dry run: its client records requests, and sends nothing."""
    from loyaltyctl.api.dry_run import DryRun

    client = Client(DryRun(endpoint.origin, _authorizer(endpoint, paths, clock)), clock)
    return Connection(client, endpoint.origin, endpoint.target, local=True)


def _authorizer(endpoint: Endpoint, paths: Paths, clock: Clock) -> Authorizer:
    """Return the authorizer of a connection, by the kind of the endpoint's credential."""
    match credential := endpoint.credential:
        case None:
            return Anonymous()
        case ApiKeyCredential():
            return ApiKey(credential.key, endpoint.site_id, endpoint.account_id)
        case AppCredential():
            store = credentials.StoredToken(paths, credential, endpoint.origin)
            return App(credential.app_id, credential.app_secret, credential.instance_id, store, clock)
        case _:
            assert_never(credential)
