"""The API of one site for one caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loyaltyctl.api.rehearsal import Rehearsal
from loyaltyctl.api.rules import Rules

if TYPE_CHECKING:
    from loyaltyctl.api.calls import Clock
    from loyaltyctl.api.rehearsal import Prepared
    from loyaltyctl.api.session import Session


class Client:
    """Holds the methods of the API by what they are about, and the one connection they share."""

    def __init__(self, sender: Session | Rehearsal, clock: Clock) -> None:
        self._sender = sender
        self.rules = Rules(sender, clock)

    @property
    def rehearsed(self) -> list[Prepared]:
        """The requests of a dry run, in their order."""
        return self._sender.requests if isinstance(self._sender, Rehearsal) else []

    def close(self) -> None:
        """Close the connections."""
        self._sender.close()
