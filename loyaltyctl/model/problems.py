"""What is wrong with a value that somebody wrote, and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from loyaltyctl.intake.values import Place


class Problem(NamedTuple):
    """One field that breaks a rule: its place in the value, and a sentence with the value and the limit."""

    place: Place
    message: str
    rule: str = "INVALID"

    @property
    def field(self) -> str:
        """The place as people write it: `conversionRate.configs.2.points`."""
        return ".".join(map(str, self.place))
