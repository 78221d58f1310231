"""Open a site for a run that changes it: connect, lock the site, open its ledger."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from loyaltyctl.apply.database import ledger_path
from loyaltyctl.apply.ledger import Ledger
from loyaltyctl.apply.locks import creation_lock, site_lock
from loyaltyctl.apply.site import Requests, Site
from loyaltyctl.apply.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loyaltyctl.cli.runtime.context import Context
    from loyaltyctl.config.settings import Settings


@contextmanager
def open_site(context: Context, settings: Settings, source: str | None = None) -> Iterator[Site]:
    """Open a site for a command that changes it: connect, lock it for one run, open its ledger.

    With a `source`, the lock is for bulk creations from that file only. Raises Conflict while another
    process holds the lock.
    """
    # The hook sees each request before it is sent, so that the ledger records which request made a change.
    requests = Requests()
    connection = context.connect(settings, [requests], has_ledger=True)
    path = ledger_path(context.paths.ledgers, connection.origin, connection.site)
    try:
        with Ledger(path, site_lock(path) if source is None else creation_lock(path, source)) as ledger:
            yield Site(
                connection.client.rules,
                Target(settings.profile or "", connection.origin, connection.site),
                ledger,
                requests,
                context.console.clock,
                connection.local,
                context.message_hook,
            )
    finally:
        connection.close()
